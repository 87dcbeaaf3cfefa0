/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first product.yaml. Text with @marks@, filled from the answers; then parsed with our own parser, so that nobody
 * gets a file that the next command refuses.
 */
#include "product/template.h"

#include "core/base/names.h"
#include "core/codec/rfc3339.h"
#include "product/declaration.h"
#include "core/base/banned.h"

#define SUPPORT_YEARS 5

struct kind {
	const char *service, *service_why, *sensors, *data;
};

const char *const template_kinds[] = {"camera", "speaker", "hub", NULL};

static const struct kind kinds[] = {
	{"camera", "takes pictures, keeps clips and shows them to the owner",
	 "sensors:\n"
	 "  - {id: camera, what: pictures of the area before it, why: to show the owner what happens}\n",
	 "personal_data:\n"
	 "  - id: recordings\n"
	 "    what: clips of what happened before the camera\n"
	 "    why: to show the owner what happened\n"
	 "    where: device # service or both: then name it under `data` of the flow that carries it\n"
	 "    keep_days: 14\n"
	 "    sensitive: true\n"
	 "    basis: contract\n"
	 "    minimised: clips only when something moves, deleted after 14 days\n"},
	{"speaker", "plays music and answers the owner",
	 "sensors:\n"
	 "  - {id: microphone, what: sound in the room, why: to hear the wake word and the request after it}\n",
	 "personal_data:\n"
	 "  - id: requests\n"
	 "    what: what the owner asked for\n"
	 "    why: to answer\n"
	 "    where: device # service or both: then name it under `data` of the flow that carries it\n"
	 "    keep_days: 0\n"
	 "    sensitive: true\n"
	 "    basis: contract\n"
	 "    minimised: sound is dropped at once, only the request is looked at\n"},
	{"hub", "connects lamps, locks and sensors of the home", "sensors: []\n",
	 "personal_data:\n"
	 "  - id: history\n"
	 "    what: when which device of the home was used\n"
	 "    why: to show the owner and to run automations\n"
	 "    where: device # service or both: then name it under `data` of the flow that carries it\n"
	 "    keep_days: 30\n"
	 "    sensitive: true\n"
	 "    basis: contract\n"
	 "    minimised: events only, deleted after 30 days\n"},
};

static const char body_head[] =
	"# The product declaration: what you promise. Everything else follows from it. \"hallmark check\" reads it,\n"
	"# \"hallmark explain 5.3-13\" tells about a provision. Lines with CHANGE are guesses.\n"
	"product: @product@\n"
	"model: @model@ # as on the label\n"
	"model_shown_on: both # label, page or both\n"
	"version: 1.0.0\n\n"
	"maker:\n"
	"  name: @maker@\n"
	"  address: @address@\n"
	"  country: @country@\n\n"
	"support: # security updates come at least until; may be extended, never shortened\n"
	"  until: @until@ # CHANGE if you can promise longer\n"
	"  published: https://@site@/support\n\n"
	"disclosure: # how people report security problems\n"
	"  contact: mailto:security@@@site@\n"
	"  policy_url: https://@site@/disclosure\n"
	"  acknowledge_days: 5\n"
	"  update_days: 14\n"
	"  monitoring: parts of every release are matched against published advisories # CHANGE\n\n"
	"components: # every software part and how it is updated: updated, immutable, never\n"
	"  - {id: os-image, name: System image, version: 1.0.0, update: updated}\n\n"
	"update:\n"
	"  mechanism: hallmark\n"
	"  network: true\n"
	"  automatic: true\n"
	"  user_action: none\n"
	"  asks_at_setup: true\n"
	"  can_turn_off: true\n"
	"  can_postpone: true\n"
	"  notifies: true\n"
	"  warns_of_interruption: true\n"
	"  check_hours: 6\n"
	"  signature: ed25519\n"
	"  verified_on_device: true\n"
	"  rollback_protection: true\n"
	"  fix_days: 30 # CHANGE: days in which you aim to ship a fix\n\n"
	"services: # your programs; each runs as a user of its own\n"
	"  - id: @service@\n"
	"    exec: usr/bin/@service@ # CHANGE: path in the root tree\n"
	"    user: 2001\n"
	"    args: []\n"
	"    why: @service_why@\n\n"
	"listeners: # every port that answers; what is not here is blocked\n"
	"  - service: agent\n"
	"    proto: tcp\n"
	"    port: 9443\n"
	"    interface: lan\n"
	"    auth: owner-password # a credential below, or none\n"
	"    protection: tls # tls, dtls, sealed, public or none\n"
	"    configures: true\n"
	"    why: \"owner page: set-up, updates, privacy\"\n\n"
	"flows: [] # every destination your programs call:\n"
	"#  - {service: @service@, host: api.@site@, proto: tcp, port: 443, protection: tls, data: [], why: what "
	"for}\n\n";

static const char body_tail[] =
	"credentials: # everything that lets a person or a machine in\n"
	"  - id: owner-password\n"
	"    for: the owner page\n"
	"    kind: password\n"
	"    used_by: user\n"
	"    made: per-unit-random # at the factory, by the agent\n"
	"    bits: 60\n"
	"    changeable: true\n"
	"    brute_force: throttled\n"
	"  - {id: service-identity, for: the fleet service, kind: certificate, used_by: machine, made: "
	"per-unit-random,\n"
	"     bits: 128}\n\n"
	"security_parameters: # keys, secrets and trust anchors on the device; these are the agent's\n"
	"  - {id: device-key, what: private key of the unit, type: critical, use: service, where: file,\n"
	"     made: per-unit-random}\n"
	"  - {id: owner-password-hash, what: Argon2id of the owner password, type: critical, use: login, where: file,\n"
	"     made: per-unit-random}\n"
	"  - {id: personal-key, what: key of the personal data, type: critical, use: storage, where: file,\n"
	"     made: per-unit-random}\n"
	"  - {id: update-root, what: public keys that updates are checked with, type: public, use: update, where: "
	"file}\n\n"
	"@data@\n"
	"@sensors@\n"
	"telemetry: # what the product reports about itself\n"
	"  - {id: update-state, why: to stop a bad update before it spreads, examined: before each next group of "
	"units}\n"
	"  - {id: integrity-alert, why: to tell of an unauthorised change, examined: every alert opens a case}\n\n"
	"interfaces: # CHANGE: connectors, radios, protocols, debug ports\n"
	"  physical:\n"
	"    - {id: network, what: network socket or radio, state: used, why: the connection of the product}\n"
	"  debug:\n"
	"    - {id: uart, what: serial console on the board, state: \"off\", physical: true}\n\n"
	"protected: # files that must not change between updates\n"
	"  - usr/bin/@service@\n"
	"  - usr/bin/hallmarkd\n"
	"  - usr/bin/hallmarkd-engine\n"
	"  - usr/bin/hallmarkd-firewall\n"
	"  - usr/bin/hallmarkd-tls\n"
	"  - etc/**\n"
	"scan_period_s: 300 # seconds in which all of them are looked at once\n\n"
	"health: # what must hold after an update before it is kept\n"
	"  - {id: @service@-works, kind: report, service: @service@, within_s: 60}\n\n"
	"page_port: 9443 # the agent's owner page\n\n"
	"outage:\n"
	"  works_without_network: [owner page] # CHANGE: what else goes on\n"
	"  after_power_loss: restarts by itself with all settings kept\n"
	"  spreads_reconnects: true\n\n"
	"erasure:\n"
	"  device: button \"Delete my data\" on the owner page\n"
	"  service: the same button asks the service\n"
	"  confirmation: a signed receipt on the owner page\n\n"
	"documents: # pages for the owner\n"
	"  privacy_url: https://@site@/privacy/@plain_model@\n"
	"  setup_url: https://@site@/setup/@plain_model@\n"
	"  setup_check_url: https://@site@/setup/@plain_model@#check\n"
	"  deletion_url: https://@site@/privacy/@plain_model@#delete\n"
	"  sensors_url: https://@site@/privacy/@plain_model@#sensors\n\n"
	"reasons: [] # why a recommendation is not followed:\n"
	"#  - {provision: 5.1-2A, why: the reason}\n\n"
	"texts:\n"
	"  isolated: >\n"
	"    The product found a change in its own software that nobody authorised, and has cut itself off from the\n"
	"    network. Its maker has been told. Restart it with the button on this page; if this message stays, stop\n"
	"    using it.\n";

/* In double quotes, so that no answer can become YAML of its own. */
static void put_quoted(struct buf *out, const char *text)
{
	buf_put_u8(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_put_u8(out, '\\');
		buf_put_u8(out, (uint8_t)*text);
	}
	buf_put_u8(out, '"');
}

struct mark {
	const char *name, *value;
	bool quoted;
};

static void put_mark(struct buf *out, const struct mark *marks, const char *name, size_t n)
{
	for (; marks->name; marks++) {
		if (strlen(marks->name) != n || strncmp(marks->name, name, n) != 0)
			continue;
		if (marks->quoted)
			put_quoted(out, marks->value);
		else
			buf_put_text(out, marks->value);
		return;
	}
	out->broken = ERR_INTERNAL; /* a mark in the text that nobody fills */
}

/* "@name@" is replaced, "@@" is one "@". */
static void put_filled(struct buf *out, const char *text, const struct mark *marks)
{
	while (*text) {
		size_t n = strcspn(text, "@");
		buf_put(out, bytes_of(text, n));
		text += n;
		if (!*text)
			return;
		n = strcspn(text + 1, "@");
		if (n == 0)
			buf_put_u8(out, '@');
		else
			put_mark(out, marks, text + 1, n);
		text += n + 2;
	}
}

static const struct kind *find_kind(const char *word)
{
	for (size_t i = 0; template_kinds[i]; i++)
		if (strcmp(template_kinds[i], word) == 0)
			return &kinds[i];
	return NULL;
}

static void put_all(const struct template_answers *a, const struct kind *k, const char *until, struct buf *out)
{
	const struct mark marks[] = {
		{"product", a->product, true},
		{"model", a->model, true},
		{"plain_model", a->model, false},
		{"maker", a->maker, true},
		{"address", a->address, true},
		{"country", a->country, true},
		{"site", a->site, false},
		{"until", until, false},
		{"service", k->service, false},
		{"service_why", k->service_why, false},
		{"data", k->data, false},
		{"sensors", k->sensors, false},
		{NULL, NULL, false},
	};
	put_filled(out, body_head, marks);
	put_filled(out, body_tail, marks);
}

/* A line break would be folded away by YAML: better to say so than to change what was given. */
static bool plain(const struct template_answers *a)
{
	const char *const all[] = {a->maker, a->address, a->country, a->product, a->model, a->site};
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (!name_utf8_ok(all[i], strlen(all[i])))
			return false;
	return true;
}

rc template_write(const struct template_answers *a, struct wall_time today, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	const struct kind *k = find_kind(a->kind);
	char until[RFC3339_DATE_SIZE];
	struct declaration *d = NULL;
	buf_init(&text, DECLARATION_MAX);
	if (!k) {
		(void)err_set(e, ERR_INPUT, "there is no kind \"%.32s\"", a->kind);
		return err_hint(e, "kinds are camera, speaker and hub");
	}
	if (!plain(a))
		return err_set(e, ERR_INPUT, "an answer has line breaks or other control characters");
	/* These two go into addresses as they are. */
	if (!policy_host_ok(a->site))
		return err_set(e, ERR_INPUT, "not a domain name: %.64s", a->site);
	if (!name_ok(a->model)) {
		(void)err_set(e, ERR_INPUT, "not a model name: %.64s", a->model);
		return err_hint(e, "use a-z, 0-9, \".\", \"_\" and \"-\"");
	}
	rfc3339_date((struct wall_time){today.s + (int64_t)SUPPORT_YEARS * 365 * SECONDS_PER_DAY}, until);
	memcpy(until + strlen("YYYY"), "-12-31", sizeof "-12-31");
	put_all(a, k, until, &text);
	rc r = buf_check(&text, "the declaration", e);
	if (rc_ok(r))
		r = declaration_parse(buf_view(&text), &d, NULL, e);
	declaration_free(d);
	if (rc_failed(r))
		return err_wrap(e, "an answer cannot stand in a declaration");
	buf_put(out, buf_view(&text));
	return buf_check(out, "the declaration", e);
}
