/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the device can show of itself to an assessor, signed over the assessor's nonce. Each fact says how it was come
 * by; what could not be looked at is an error, never an absence. The kernel's tables are opened before the sandbox
 * closes and read again for each evidence.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/guard/listener_table.h"
#include "agent/roles/ward_state.h"
#include "core/codec/rfc3339.h"
#include "core/crypto/password.h"
#include "core/base/banned.h"

#define TABLE_TEXT_MAX (256 * 1024)

static const struct {
	const char *path;
	bool udp;
} tables[WARD_PROC_FILES] = {
	{"/proc/self/net/tcp", false}, {"/proc/self/net/tcp6", false}, {"/proc/self/net/udp", true},
	{"/proc/self/net/udp6", true}, {"/proc/self/status", false},
};
#define STATUS_FILE 4

void ward_evidence_open(struct ward *w)
{
	for (size_t i = 0; i < WARD_PROC_FILES; i++)
		w->proc_fds[i] = open(tables[i].path, O_RDONLY | O_CLOEXEC);
}

void ward_evidence_close(struct ward *w)
{
	for (size_t i = 0; i < WARD_PROC_FILES; i++)
		file_close(&w->proc_fds[i]);
}

static bool read_again(int fd, struct buf *out)
{
	if (fd < 0 || lseek(fd, 0, SEEK_SET) != 0)
		return false;
	for (;;) {
		uint8_t *at = buf_room(out, 4096);
		ssize_t n = at ? read(fd, at, 4096) : -1;
		if (n < 0)
			return false;
		if (n == 0)
			return true;
		buf_grew(out, (size_t)n);
	}
}

static void add(struct statement_evidence *s, const char *id, enum statement_fact_state state, const char *value,
		const char *source)
{
	if (s->facts_n == STATEMENT_FACTS_MAX)
		return;
	struct statement_fact *f = &s->facts[s->facts_n++];
	f->state = state;
	(void)snprintf(f->id, sizeof f->id, "%s", id);
	(void)snprintf(f->value, sizeof f->value, "%.*s", (int)sizeof f->value - 1, value);
	(void)snprintf(f->source, sizeof f->source, "%.*s", (int)sizeof f->source - 1, source);
}

/* The engine's facts arrive with the state as a word. */
static void add_by_name(void *ctx, const char *id, const char *state, const char *value, const char *source)
{
	enum statement_fact_state s = STATEMENT_ERROR;
	for (unsigned i = 0; i < STATEMENT_FACT_STATE_COUNT; i++)
		if (strcmp(statement_fact_state_name((enum statement_fact_state)i), state) == 0)
			s = (enum statement_fact_state)i;
	add(ctx, id, s, value, source);
}

static void add_sandbox(struct statement_evidence *s, const char *id, const struct ward_peer *p)
{
	char text[96];
	if (p->fd < 0 || !p->hello) {
		add(s, id, STATEMENT_ERROR, "the process does not run or did not say", "agent");
		return;
	}
	(void)snprintf(text, sizeof text, "user=%s no_new_privs=%s landlock=%s seccomp=%s",
		       p->sandbox.user_dropped ? "own" : "inherited", p->sandbox.no_new_privs ? "yes" : "no",
		       p->sandbox.landlock ? "yes" : "no", p->sandbox.seccomp ? "yes" : "no");
	add(s, id, STATEMENT_SEEN, text, "the process itself, after entering it");
}

static bool declared(const struct ward *w, const struct listener_entry *l)
{
	if (!w->policy)
		return false;
	if (!l->udp && l->port == w->policy->page_port)
		return true;
	for (size_t i = 0; i < w->policy->listeners_n; i++) {
		const struct policy_listener *d = &w->policy->listeners[i];
		if (d->port == l->port && (d->proto == POLICY_UDP) == l->udp)
			return true;
	}
	return false;
}

static void put_listener(struct buf *out, const struct listener_entry *l)
{
	buf_putf(out, "%s%s%s/%u", out->len ? " " : "", l->loopback ? "lo:" : "", l->udp ? "udp" : "tcp", l->port);
}

static void add_listeners(struct ward *w, struct statement_evidence *s)
{
	CLEANUP(buf_done) struct buf text, all, stray;
	struct listener_table t = {0};
	bool good = true;
	buf_init(&text, TABLE_TEXT_MAX);
	buf_init(&all, STATEMENT_VALUE_SIZE - 1);
	buf_init(&stray, STATEMENT_VALUE_SIZE - 1);
	for (size_t i = 0; i < STATUS_FILE; i++) {
		buf_reset(&text);
		good = good && read_again(w->proc_fds[i], &text) &&
		       listener_table_add(&t, tables[i].udp, buf_view(&text));
	}
	for (size_t i = 0; i < t.n; i++) {
		put_listener(&all, &t.at[i]);
		if (!t.at[i].loopback && !declared(w, &t.at[i]))
			put_listener(&stray, &t.at[i]);
	}
	if (!good || !w->policy) {
		add(s, "listeners", STATEMENT_ERROR, "the kernel's socket tables or the policy could not be read",
		    "/proc/net");
		return;
	}
	add(s, "listeners", t.n ? STATEMENT_SEEN : STATEMENT_ABSENT, buf_text(&all), "/proc/net tcp tcp6 udp udp6");
	add(s, "undeclared-listeners", stray.len ? STATEMENT_SEEN : STATEMENT_ABSENT, buf_text(&stray),
	    "/proc/net against the signed policy");
}

static void add_guard(const struct ward *w, struct statement_evidence *s)
{
	char text[160], when[RFC3339_TIME_SIZE];
	(void)snprintf(text, sizeof text, "%zu files, scanned every %u s", w->policy ? w->policy->protect_n : 0,
		       w->policy ? w->policy->scan_period_s : 0);
	add(s, "protected-files", w->policy && w->policy->protect_n ? STATEMENT_SEEN : STATEMENT_ABSENT, text,
	    "signed policy");
	if (!w->pass.any) {
		add(s, "last-full-scan", w->guard_peer.fd < 0 ? STATEMENT_ERROR : STATEMENT_ABSENT,
		    w->guard_peer.fd < 0 ? "the scanner does not run" : "no scan ended yet", "guard");
		return;
	}
	rfc3339_time(w->pass.when, when);
	(void)snprintf(text, sizeof text, "%s checked=%u changed=%u unreadable=%u took=%u ms", when, w->pass.checked,
		       w->pass.wrong, w->pass.unreadable, w->pass.ms);
	add(s, "last-full-scan", STATEMENT_SEEN, text, "guard");
	if (w->guard.findings_n)
		add(s, "changed-file", STATEMENT_SEEN, w->guard.findings[0].path, "guard");
}

/* Was the device ever cut off because of a changed file, and did it tell? Of the past: 5.7-2. */
static void add_isolation(const struct ward *w, struct statement_evidence *s)
{
	static const char source[] = "state/guard.json";
	const struct guard_isolation *l = &w->guard.last;
	char text[STATEMENT_VALUE_SIZE], began[RFC3339_TIME_SIZE], ended[RFC3339_TIME_SIZE] = "now";
	if (!l->any) {
		add(s, "last-isolation", STATEMENT_ABSENT, "", source);
		return;
	}
	rfc3339_time(l->began, began);
	if (l->ended.s)
		rfc3339_time(l->ended, ended);
	(void)snprintf(text, sizeof text, "%s to %s: %s", began, ended, l->cause);
	add(s, "last-isolation", STATEMENT_SEEN, text, source);
	add(s, "last-isolation.alert", l->told ? STATEMENT_SEEN : STATEMENT_ABSENT, "",
	    "signed and put into the outbox for the service");
	add(s, "last-isolation.network", l->cut ? STATEMENT_SEEN : STATEMENT_ABSENT, "",
	    "the firewall of the isolation was loaded");
}

static void add_password(const struct ward *w, struct statement_evidence *s)
{
	char text[128];
	add(s, "password-kind", STATEMENT_SEEN, owner_is_factory(&w->owner) ? "factory" : "owner", "state/owner.phc");
	(void)snprintf(text, sizeof text, "%d free tries, then %d s doubling to %d s, kept over restarts; failures=%u",
		       THROTTLE_FREE, THROTTLE_FIRST_S, THROTTLE_MAX_S, w->owner.doors[0].throttle.all.failures);
	add(s, "password-throttle", STATEMENT_SEEN, text, "state/throttle.json");
}

static void add_personal(const struct ward *w, struct statement_evidence *s)
{
	char text[96];
	struct vault_count count;
	struct err e = {0};
	rc r = vault_count(&w->vault, NULL, &count, &e);
	if (rc_failed(r)) {
		add(s, "personal-data", STATEMENT_ERROR, e.text, "state/personal");
		return;
	}
	(void)snprintf(text, sizeof text, "%zu records, %llu bytes, AES-256-GCM", count.records,
		       (unsigned long long)count.bytes);
	add(s, "personal-data", count.records ? STATEMENT_SEEN : STATEMENT_ABSENT, text, "state/personal");
	bool key = file_exists(w->vault.key_path);
	add(s, "personal-key-grade", key ? STATEMENT_SEEN : STATEMENT_ABSENT, key ? "file" : "", "state/personal.key");
}

static void add_debug(const struct ward *w, struct statement_evidence *s)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, 16384);
	bool good = read_again(w->proc_fds[STATUS_FILE], &text);
	const char *at = good ? strstr(buf_text(&text), "TracerPid:\t") : NULL;
	if (!at)
		add(s, "debugger", STATEMENT_ERROR, "/proc/self/status could not be read", "/proc/self/status");
	else
		add(s, "debugger", strncmp(at + 11, "0\n", 2) == 0 ? STATEMENT_ABSENT : STATEMENT_SEEN, "",
		    "TracerPid of the engine");
}

/* Ours alone (0600), or root's for our group to read (0640); 0: neither. */
static unsigned key_file_mode(const struct stat *st)
{
	if (!(st->st_mode & 077) && st->st_uid == geteuid())
		return 0600;
	bool given = st->st_uid == 0 && geteuid() != 0 && st->st_gid == getegid();
	return given && !(st->st_mode & 037) ? 0640 : 0;
}

/* Is every private key file readable by us alone? 5.4-1 */
static void add_key_files(const struct ward *w, struct statement_evidence *s)
{
	static const char *const names[] = {"factory/tls.key", "factory/page.key", "factory/statement.key"};
	bool given = false;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[FILE_PATH_MAX];
		struct stat st;
		if (rc_failed(file_path(path, NULL, w->config.device_dir, names[i])) || stat(path, &st) != 0) {
			add(s, "key-private", STATEMENT_ERROR, names[i], "could not be looked at");
			return;
		}
		unsigned seen = key_file_mode(&st);
		given = given || seen == 0640;
		if (!seen) {
			add(s, "key-private", STATEMENT_ABSENT, names[i], "its mode or owner");
			return;
		}
	}
	add(s, "key-private", STATEMENT_SEEN, given ? "0640, root's, for the agent's group" : "0600",
	    "mode and owner of each key file");
}

/* How the password in force is stored, from the file itself: 5.1-3, 5.4-1. */
static void add_password_storage(const struct ward *w, struct statement_evidence *s)
{
	static const char argon2id[] = "$argon2id$";
	CLEANUP(buf_done_wiped) struct buf phc;
	struct err e = {0};
	buf_init(&phc, PASSWORD_PHC_SIZE + 1);
	const char *path = owner_is_factory(&w->owner) ? w->owner.factory_path : w->owner.owner_path;
	if (rc_failed(file_read(path, PASSWORD_PHC_SIZE, &phc, &e)))
		add(s, "password-storage", STATEMENT_ERROR, "", "the stored password could not be read");
	else if (strncmp(buf_text(&phc), argon2id, sizeof argon2id - 1) == 0)
		add(s, "password-storage", STATEMENT_SEEN, "argon2id", "first letters of the stored hash");
	else
		add(s, "password-storage", STATEMENT_ABSENT, "not a known hash", "first letters of the stored hash");
}

/* What an assessor waits for when it offers a changed release, and whether erasing was ever done (5.3-9, 5.11-4). */
static void add_history(const struct ward *w, const struct ward_update_view *view, struct statement_evidence *s)
{
	add(s, "update-step", STATEMENT_SEEN, view->step, "engine");
	add(s, "update-reason", STATEMENT_SEEN, view->reason[0] ? view->reason : "none", "engine, last check");
	add(s, "erase-receipt", ward_receipt_any(w) ? STATEMENT_SEEN : STATEMENT_ABSENT, "", "state/receipts");
}

static void fill(struct ward *w, const struct ward_update_view *view, struct statement_evidence *s)
{
	struct ward_fact_sink sink = {s, add_by_name};
	add_sandbox(s, "sandbox-guard", &w->guard_peer);
	add_sandbox(s, "sandbox-local", &w->local_peer);
	add(s, "page-key-place", STATEMENT_SEEN, "engine process; the process with the network signs through it",
	    "agent");
	add(s, "firewall", w->firewall ? STATEMENT_SEEN : STATEMENT_ABSENT,
	    w->firewall ? "default deny, flows of the policy only" : w->firewall_reason, "nftables");
	add_guard(w, s);
	add_isolation(w, s);
	add_password(w, s);
	add_password_storage(w, s);
	add_key_files(w, s);
	add_personal(w, s);
	add_listeners(w, s);
	add_debug(w, s);
	add_history(w, view, s);
	if (w->config.ops.facts)
		w->config.ops.facts(w->config.ops.ctx, &sink);
}

rc ward_evidence_make(struct ward *w, const char *nonce, struct now now, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf payload;
	struct ward_update_view view = {0};
	MEM_AUTO struct statement_evidence *s = mem_alloc(sizeof *s);
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	if (!s)
		return err_set(e, ERR_MEMORY, "evidence: out of memory");
	w->config.ops.view(w->config.ops.ctx, &view);
	s->time = now.wall;
	s->counter = view.counter;
	s->slot = view.slot;
	(void)snprintf(s->device, sizeof s->device, "%s", w->config.device);
	(void)snprintf(s->model, sizeof s->model, "%s", w->config.model);
	(void)snprintf(s->nonce, sizeof s->nonce, "%s", nonce);
	(void)snprintf(s->version, sizeof s->version, "%s", view.version);
	(void)snprintf(s->mode, sizeof s->mode, "%s", guard_state_mode_name(w->guard.mode));
	fill(w, &view, s);
	rc r = statement_evidence_encode(s, &payload, e);
	if (rc_ok(r))
		r = envelope_sign(w->config.statement, STATEMENT_TYPE_EVIDENCE, buf_view(&payload), out, e);
	return rc_failed(r) ? err_wrap(e, "evidence") : r;
}
