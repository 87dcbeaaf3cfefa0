/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine role: holds the device's keys and takes the decisions. It sees its state folder and its factory identity,
 * no network and no other file. This file starts it, wires the ward and the update machine, and ends it.
 */
#include "agent/roles/engine.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/crypto/library.h"
#include "host/keys/keyfile.h"
#include "host/os/channel.h"
#include "host/os/clock.h"
#include "host/os/file.h"
#include "host/os/spawn.h"
#include "core/base/banned.h"

/* Does the release of the update under way run, on trial? */
static bool on_trial(const struct engine *en)
{
	return en->boot.trying && en->boot.booted != en->boot.active && en->boot.booted == en->update.state.slot &&
	       *en->update.state.release.version;
}

const char *engine_running_version(const struct engine *en)
{
	return on_trial(en) ? en->update.state.release.version : en->installed.version;
}

uint64_t engine_running_counter(const struct engine *en)
{
	return on_trial(en) ? en->update.state.release.counter : en->installed.counter;
}

struct now engine_now(const struct engine *en)
{
	struct now now = clock_now();
	now.wall = engine_store_time(en, now.wall);
	return now;
}

void engine_end(struct engine *en, int code)
{
	en->exit_code = code;
	loop_stop(en->loop);
}

/* ---- what the ward asks of us ---- */

static rc on_queue(void *ctx, const char *kind, struct bytes envelope, struct err *e)
{
	enum outbox_kind k = outbox_kind_of(kind);
	if (k == OUTBOX_KIND_COUNT)
		return err_set(e, ERR_INTERNAL, "outbox: unknown kind %s", kind);
	return engine_send_queue(ctx, k, envelope, e);
}

static rc on_firewall(void *ctx, enum ward_mode mode, struct err *e)
{
	struct engine *en = ctx;
	rc r = engine_parent_firewall(en, mode, e);
	en->firewall_loaded = rc_ok(r);
	(void)snprintf(en->firewall_reason, sizeof en->firewall_reason, "%.*s", (int)sizeof en->firewall_reason - 1,
		       rc_ok(r) ? "" : e->text);
	hallmarkd_log("engine", "firewall for mode %s: %s", ward_mode_name(mode), rc_ok(r) ? "loaded" : e->text);
	if (en->ward)
		ward_firewall_result(en->ward, en->firewall_loaded, en->firewall_reason);
	return r;
}

static void on_check_now(void *ctx)
{
	engine_step_nudge(ctx);
}

static void on_control(void *ctx, const struct control_request *q, struct control_answer *ret, struct buf *json)
{
	engine_control(ctx, q, ret, json);
}

static void on_reboot(void *ctx, const char *why)
{
	struct err e = {0};
	if (rc_failed(engine_parent_reboot(ctx, why, &e)))
		hallmarkd_log("engine", "reboot: %s", e.text);
}

static void on_view(void *ctx, struct ward_update_view *ret)
{
	const struct engine *en = ctx;
	*ret = (struct ward_update_view){.last_contact = en->last_contact,
					 .counter = engine_running_counter(en),
					 .slot = bootctl_letter(en->boot.booted)};
	(void)snprintf(ret->version, sizeof ret->version, "%s", engine_running_version(en));
	(void)snprintf(ret->step, sizeof ret->step, "%s", update_step_name(en->update.state.step));
	(void)snprintf(ret->reason, sizeof ret->reason, "%s", en->update.state.reason);
	engine_control_view(ctx, &ret->update);
}

static void add_sandbox(const struct ward_fact_sink *sink, const char *role, bool known, uint8_t bits)
{
	static const struct {
		uint8_t bit;
		const char *name;
	} parts[] = {{MESSAGES_SANDBOX_USER, "user"},
		     {MESSAGES_SANDBOX_NO_NEW_PRIVS, "no-new-privs"},
		     {MESSAGES_SANDBOX_LANDLOCK, "landlock"},
		     {MESSAGES_SANDBOX_SECCOMP, "seccomp"}};
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		char id[64];
		(void)snprintf(id, sizeof id, "sandbox.%s.%s", role, parts[i].name);
		sink->add(sink->ctx, id,
			  !known		? "unreachable"
			  : bits & parts[i].bit ? "seen"
						: "absent",
			  "", "told by the role after it entered its sandbox");
	}
}

static uint8_t bits_of(const struct sandbox_state *s)
{
	return (uint8_t)((s->user_dropped ? MESSAGES_SANDBOX_USER : 0) |
			 (s->no_new_privs ? MESSAGES_SANDBOX_NO_NEW_PRIVS : 0) |
			 (s->landlock ? MESSAGES_SANDBOX_LANDLOCK : 0) | (s->seccomp ? MESSAGES_SANDBOX_SECCOMP : 0));
}

static void on_facts(void *ctx, const struct ward_fact_sink *sink)
{
	struct engine *en = ctx;
	struct tuf_versions v = tuf_versions(en->fetch.tuf);
	char text[STATEMENT_VALUE_SIZE];
	add_sandbox(sink, "engine", true, bits_of(&en->sandbox));
	add_sandbox(sink, "net", en->net.sandbox_bits != 0, en->net.sandbox_bits);
	sink->add(sink->ctx, "firewall.loaded", en->firewall_loaded ? "seen" : "absent", en->firewall_reason,
		  "answer of the parent");
	(void)snprintf(text, sizeof text, "root %lld, timestamp %lld, snapshot %lld, targets %lld", (long long)v.root,
		       (long long)v.timestamp, (long long)v.snapshot, (long long)v.targets);
	sink->add(sink->ctx, "update.trusted-metadata", "seen", text, "TUF client");
	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)en->installed.counter);
	sink->add(sink->ctx, "update.downgrade-counter", "seen", text, "state/counter.json");
	(void)snprintf(text, sizeof text, "%zu", en->blocked_n);
	sink->add(sink->ctx, "update.blocked-versions", "seen", text, "state/blocked.json");
	engine_plan_look(en);
	(void)snprintf(text, sizeof text, "looks every %u s; the owner %s", en->update.wait_s,
		       en->world.limits.can_turn_off ? "can turn it off" : "cannot turn it off");
	/* Security releases install by themselves in both of the first two. */
	sink->add(sink->ctx, "update-automatic", "seen", en->world.choices.automatic == POLICY_AUTO_OFF ? "off" : "on",
		  text);
}

/* ---- start ---- */

/* A role that does not run has /dev/null in its place. */
static int channel_or_none(int fd)
{
	struct stat st;
	if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
		return fd;
	(void)close(fd);
	return -1;
}

static rc load_keys(struct engine *en, struct err *e)
{
	const struct bytes none = {0};
	rc r = keyfile_load("factory/tls.key", none, &en->tls_key, e);
	if (rc_ok(r))
		r = keyfile_load("factory/page.key", none, &en->page_key, e);
	if (rc_ok(r))
		r = keyfile_load("factory/statement.key", none, &en->statement_key, e);
	if (rc_ok(r))
		en->statement = privkey_signer(&en->statement_key);
	return r;
}

static rc start_ward(struct engine *en, struct err *e)
{
	const struct ward_config c = {
		.loop = en->loop,
		.device_dir = en->options->device_dir,
		.device = en->device.id,
		.model = en->device.model,
		.statement = &en->statement,
		.page_key = &en->page_key,
		.guard_fd = channel_or_none(SPAWN_FIRST_FD + 2),
		.local_fd = channel_or_none(SPAWN_FIRST_FD + 3),
		.boot = en->options->boot_id,
		.one_user = en->options->uid_base == 0,
		.control_gid = en->options->update_gid,
		.ops = {.ctx = en,
			.queue = on_queue,
			.firewall = on_firewall,
			.check_now = on_check_now,
			.control = on_control,
			.reboot = on_reboot,
			.view = on_view,
			.facts = on_facts},
	};
	return ward_new(&c, &en->ward, e);
}

static rc enter(struct engine *en, struct err *e)
{
	static const char *const reads[] = {"factory", NULL};
	static const char *const writes[] = {"state", "run", NULL};
	uid_t uid = hallmarkd_uid(en->options, HALLMARKD_UID_ENGINE);
	const struct sandbox box = {.uid = uid,
				    .gid = (gid_t)uid,
				    .read_paths = reads,
				    .write_paths = writes,
				    .keep = SANDBOX_FILES | SANDBOX_ACCEPT};
	return sandbox_enter(&box, &en->sandbox, e);
}

static void on_stop(void *ctx, int signo, struct now now)
{
	(void)signo, (void)now;
	engine_end(ctx, HALLMARKD_OK);
}

/* Between requests the parent says nothing: whatever comes is its end. */
static void on_parent(void *ctx, uint32_t events, struct now now)
{
	(void)events, (void)now;
	engine_end(ctx, HALLMARKD_OK);
}

static rc open_state(struct engine *en, struct err *e)
{
	rc r = engine_store_open(en, e);
	engine_plan_load(en);
	if (rc_ok(r))
		r = outbox_open(&en->outbox, "state/outbox", e);
	if (rc_ok(r))
		r = engine_fetch_open(en, e);
	if (rc_ok(r))
		r = engine_parent_boot(en, &en->boot, &en->slot_bytes, e);
	return r;
}

/* A policy that cannot be used is no reason to stop: an update is what would mend it. */
static void give_policy(struct engine *en)
{
	struct err e = {0};
	rc r = engine_store_running_policy(en, &en->policy, &e);
	if (rc_ok(r))
		r = ward_set_policy(en->ward, en->policy, &e);
	if (rc_failed(r))
		hallmarkd_log("engine", "policy of the running release: %s", e.text);
}

static rc set_up(struct engine *en, struct err *e)
{
	struct loop_watch *w;
	rc r = loop_new(&en->loop, e);
	if (rc_ok(r))
		r = loop_signal(en->loop, SIGTERM, on_stop, en, e);
	/* Before the first file is made: the ward's folders and socket belong to the engine's user. */
	uid_t uid = hallmarkd_uid(en->options, HALLMARKD_UID_ENGINE);
	if (rc_ok(r))
		r = sandbox_become(uid, (gid_t)uid, e);
	if (rc_ok(r))
		r = device_load(".", &en->device, e);
	if (rc_ok(r))
		r = load_keys(en, e);
	if (rc_ok(r))
		r = start_ward(en, e);
	engine_plan_open(en);
	if (rc_ok(r))
		r = enter(en, e);
	if (rc_ok(r))
		r = open_state(en, e);
	if (rc_ok(r))
		r = engine_net_start(en, e);
	if (rc_ok(r))
		r = loop_watch_fd(en->loop, en->parent_fd, EPOLLIN, on_parent, en, &w, e);
	return r;
}

static void tear_down(struct engine *en)
{
	ward_free(en->ward);
	engine_net_done(en);
	engine_fetch_done(en);
	engine_plan_close(en);
	transfer_free(en->transfer.t);
	buf_done(&en->transfer.header);
	policy_free(en->policy);
	privkey_done(&en->tls_key);
	privkey_done(&en->page_key);
	privkey_done(&en->statement_key);
	buf_done(&en->answer);
	loop_free(en->loop);
}

int engine_main(const struct hallmarkd_options *o)
{
	struct err e = {0};
	MEM_AUTO struct engine *en = mem_alloc(sizeof *en);
	if (!en)
		return HALLMARKD_FAILED;
	en->options = o;
	en->parent_fd = SPAWN_FIRST_FD;
	en->net.fd = SPAWN_FIRST_FD + 1;
	en->worker_fd = SPAWN_FIRST_FD + 4;
	buf_init(&en->answer, CHANNEL_PAYLOAD_MAX);
	library_start();
	rc r = set_up(en, &e);
	if (rc_ok(r)) {
		hallmarkd_log("engine", "%s runs %s from slot %c%s", en->device.id, engine_running_version(en),
			      bootctl_letter(en->boot.booted), en->boot.trying ? ", on trial" : "");
		give_policy(en);
		(void)engine_step_feed(en, &(struct engine_event){.kind = UPDATE_START});
		engine_send_outbox(en);
		mem_trim();
		r = loop_run(en->loop, &e);
	}
	if (rc_failed(r)) {
		hallmarkd_log("engine", "%s%s%s", e.text, *e.hint ? "; " : "", e.hint);
		en->exit_code = HALLMARKD_FAILED;
	}
	tear_down(en);
	return en->exit_code;
}
