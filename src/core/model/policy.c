/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoder of the device policy: the only reader of what the maker signed for the device. Everything is bounded and
 * cross-checked here, so that firewall, guard and launcher may use the values as they are. Leaves the question whether
 * the bytes are genuine to trust/tuf.
 */
#include "core/model/policy.h"

#include <stdlib.h>

#include "core/base/mem.h"
#include "core/base/names.h"
#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "core/codec/semver.h"
#include "core/base/banned.h"

#define UID_LARGEST 0x7fffffff
#define KEEP_DAYS_MAX 36500

static const char what_policy[] = "policy";

bool policy_host_ok(const char *host)
{
	size_t n = strnlen(host, POLICY_HOST_MAX + 1);
	if (n == 0 || n > POLICY_HOST_MAX || host[0] == '-' || host[0] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = host[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!plain && c != '.' && c != ':' && c != '-')
			return false;
	}
	return true;
}

const struct policy_service *policy_service(const struct policy *p, const char *id)
{
	for (size_t i = 0; i < p->services_n; i++)
		if (p->services[i].id && strcmp(p->services[i].id, id) == 0)
			return &p->services[i];
	return NULL;
}

/* A number that becomes a narrower unsigned one: the bounds make the narrowing safe. */
static rc read_u32(const json_t *o, const char *what, const char *key, const uint32_t bounds[2], uint32_t *ret,
		   struct err *e)
{
	int64_t v = 0;
	rc r = json_codec_int(o, what, key, bounds[0], bounds[1], &v, e);
	if (rc_ok(r))
		*ret = (uint32_t)v;
	return r;
}

static rc read_port(const json_t *o, const char *what, uint16_t *ret, struct err *e)
{
	int64_t v = 0;
	rc r = json_codec_int(o, what, "port", 1, UINT16_MAX, &v, e);
	if (rc_ok(r))
		*ret = (uint16_t)v;
	return r;
}

static rc read_name(const json_t *o, const char *what, const char *key, const char **ret, struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text(o, what, key, NAME_MAX_CHARS, &text, e);
	if (rc_failed(r))
		return r;
	if (!name_ok(text))
		return err_set(e, ERR_INPUT, "%s: \"%s\" is not a name: %.64s", what, key, text);
	*ret = text;
	return RC_OK;
}

static rc read_path(const json_t *o, const char *what, const char *key, const char **ret, struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text(o, what, key, POLICY_PATH_MAX, &text, e);
	if (rc_failed(r))
		return r;
	if (!name_path_ok(text))
		return err_set(e, ERR_INPUT, "%s: \"%s\" is not a path inside the root tree: %.96s", what, key, text);
	*ret = text;
	return RC_OK;
}

static rc read_service_ref(const json_t *o, const struct policy *p, const char *what, const char **ret, struct err *e)
{
	const char *id = NULL;
	rc r = read_name(o, what, "service", &id, e);
	if (rc_failed(r))
		return r;
	if (!policy_service(p, id))
		return err_set(e, ERR_INPUT, "%s: no service is called %s", what, id);
	*ret = id;
	return RC_OK;
}

static rc read_proto(const json_t *o, const char *what, enum policy_proto *ret, struct err *e)
{
	const char *word = NULL;
	rc r = json_codec_text(o, what, "proto", 3, &word, e);
	if (rc_failed(r))
		return r;
	if (strcmp(word, "tcp") != 0 && strcmp(word, "udp") != 0)
		return err_set(e, ERR_INPUT, "%s: \"proto\" must be tcp or udp", what);
	*ret = word[0] == 't' ? POLICY_TCP : POLICY_UDP;
	return RC_OK;
}

static rc read_args(const json_t *o, struct policy_service *s, struct err *e)
{
	json_t *args = NULL;
	rc r = json_codec_array(o, "policy service", "args", POLICY_ARGS_MAX, &args, e);
	if (rc_failed(r))
		return r;
	for (size_t i = 0; i < json_array_size(args); i++) {
		const json_t *a = json_array_get(args, i);
		if (!json_is_string(a) || json_string_length(a) > POLICY_TEXT_MAX ||
		    !name_utf8_ok(json_string_value(a), json_string_length(a)))
			return err_set(e, ERR_INPUT, "policy service: argument %zu is not a plain text", i);
		s->args[i] = json_string_value(a);
	}
	s->args_n = json_array_size(args);
	return RC_OK;
}

static rc read_service(const json_t *o, const struct policy *p, void *ret, struct err *e)
{
	static const char *const keys[] = {"id", "exec", "user", "args", NULL};
	static const uint32_t uids[2] = {1, UID_LARGEST};
	static const char what[] = "policy service";
	struct policy_service *s = ret;
	const char *id = NULL;
	rc r;
	if (rc_failed(r = json_codec_only(o, what, keys, e)) || rc_failed(r = read_name(o, what, "id", &id, e)) ||
	    rc_failed(r = read_path(o, what, "exec", &s->exec, e)) ||
	    rc_failed(r = read_u32(o, what, "user", uids, &s->user, e)))
		return r;
	if (policy_service(p, id))
		return err_set(e, ERR_INPUT, "policy: two services are called %s", id);
	s->id = id;
	return read_args(o, s, e);
}

static rc read_listener(const json_t *o, const struct policy *p, void *ret, struct err *e)
{
	static const char *const keys[] = {"service", "proto", "port", "why", NULL};
	static const char what[] = "policy listener";
	struct policy_listener *l = ret;
	rc r;
	if (rc_failed(r = json_codec_only(o, what, keys, e)) ||
	    rc_failed(r = read_service_ref(o, p, what, &l->service, e)) ||
	    rc_failed(r = read_proto(o, what, &l->proto, e)) || rc_failed(r = read_port(o, what, &l->port, e)))
		return r;
	return json_codec_text(o, what, "why", POLICY_TEXT_MAX, &l->why, e);
}

static rc read_flow(const json_t *o, const struct policy *p, void *ret, struct err *e)
{
	static const char *const keys[] = {"service", "host", "proto", "port", "why", NULL};
	static const char what[] = "policy flow";
	struct policy_flow *f = ret;
	rc r;
	if (rc_failed(r = json_codec_only(o, what, keys, e)) ||
	    rc_failed(r = read_service_ref(o, p, what, &f->service, e)) ||
	    rc_failed(r = json_codec_text(o, what, "host", POLICY_HOST_MAX, &f->host, e)) ||
	    rc_failed(r = read_proto(o, what, &f->proto, e)) || rc_failed(r = read_port(o, what, &f->port, e)))
		return r;
	/* It becomes part of a firewall rule. */
	if (!policy_host_ok(f->host))
		return err_set(e, ERR_INPUT, "policy flow: not a host name or address: %.64s", f->host);
	return json_codec_text(o, what, "why", POLICY_TEXT_MAX, &f->why, e);
}

static rc read_protected(const json_t *o, const struct policy *p, void *ret, struct err *e)
{
	static const char *const keys[] = {"path", "sha256", "mode", NULL};
	static const uint32_t modes[2] = {0, 07777};
	static const char what[] = "policy protected file";
	struct policy_protected *f = ret;
	rc r;
	(void)p;
	if (rc_failed(r = json_codec_only(o, what, keys, e)) ||
	    rc_failed(r = read_path(o, what, "path", &f->path, e)) ||
	    rc_failed(r = json_codec_hex(o, what, "sha256", f->sha256, sizeof f->sha256, e)))
		return r;
	return read_u32(o, what, "mode", modes, &f->mode, e);
}

static rc read_health(const json_t *o, const struct policy *p, void *ret, struct err *e)
{
	static const char *const keys[] = {"id", "kind", "service", "port", "within_s", NULL};
	static const uint32_t waits[2] = {1, POLICY_WITHIN_MAX_S};
	static const char what[] = "policy health check";
	struct policy_health *h = ret;
	const char *kind = NULL, *id = NULL;
	rc r;
	if (rc_failed(r = json_codec_only(o, what, keys, e)) || rc_failed(r = read_name(o, what, "id", &id, e)) ||
	    rc_failed(r = json_codec_text(o, what, "kind", NAME_MAX_CHARS, &kind, e)) ||
	    rc_failed(r = read_service_ref(o, p, what, &h->service, e)) ||
	    rc_failed(r = read_u32(o, what, "within_s", waits, &h->within_s, e)))
		return r;
	for (size_t i = 0; i < p->health_n; i++)
		if (p->health[i].id && strcmp(p->health[i].id, id) == 0)
			return err_set(e, ERR_INPUT, "policy: two health checks are called %s", id);
	h->id = id;
	if (strcmp(kind, "report") == 0)
		h->kind = POLICY_HEALTH_REPORT;
	else if (strcmp(kind, "listener") == 0)
		h->kind = POLICY_HEALTH_LISTENER;
	else
		return err_set(e, ERR_INPUT, "%s: \"kind\" must be report or listener", what);
	if (h->kind == POLICY_HEALTH_LISTENER || json_object_get(o, "port"))
		return read_port(o, what, &h->port, e);
	return RC_OK;
}

static rc read_data(const json_t *o, const struct policy *p, void *ret, struct err *e)
{
	static const char *const keys[] = {"id", "what", "why", "keep_days", NULL};
	static const uint32_t days[2] = {0, KEEP_DAYS_MAX};
	static const char what[] = "policy personal data";
	struct policy_data *d = ret;
	rc r;
	(void)p;
	if (rc_failed(r = json_codec_only(o, what, keys, e)) || rc_failed(r = read_name(o, what, "id", &d->id, e)) ||
	    rc_failed(r = json_codec_text(o, what, "what", POLICY_TEXT_MAX, &d->what, e)) ||
	    rc_failed(r = json_codec_text(o, what, "why", POLICY_TEXT_MAX, &d->why, e)))
		return r;
	return read_u32(o, what, "keep_days", days, &d->keep_days, e);
}

/* The lists, in the order in which they may refer to each other. */
static const struct list_row {
	const char *key;
	size_t max, size, items_at, count_at;
	rc (*read)(const json_t *o, const struct policy *p, void *ret, struct err *e);
} lists[] = {
#define LIST(key, max, field, read)                                                                                    \
	{                                                                                                              \
		key, max, sizeof *((struct policy *)0)->field, offsetof(struct policy, field),                         \
			offsetof(struct policy, field##_n), read                                                       \
	}
	LIST("services", POLICY_SERVICES_MAX, services, read_service),
	LIST("listeners", POLICY_LISTENERS_MAX, listeners, read_listener),
	LIST("flows", POLICY_FLOWS_MAX, flows, read_flow),
	LIST("protected", POLICY_PROTECTED_MAX, protect, read_protected),
	LIST("health", POLICY_HEALTH_MAX, health, read_health),
	LIST("personal_data", POLICY_DATA_MAX, data, read_data),
#undef LIST
};

static rc read_list(const json_t *root, const struct list_row *row, struct policy *p, struct err *e)
{
	json_t *list = NULL;
	rc r = json_codec_array(root, what_policy, row->key, row->max, &list, e);
	if (rc_failed(r))
		return r;
	size_t n = json_array_size(list);
	if (n == 0)
		return RC_OK;
	uint8_t *items = mem_array(n, row->size);
	if (!items)
		return err_set(e, ERR_MEMORY, "policy: out of memory");
	memcpy((uint8_t *)p + row->items_at, &items, sizeof items);
	memcpy((uint8_t *)p + row->count_at, &n, sizeof n);
	for (size_t i = 0; i < n; i++)
		if (rc_failed(r = row->read(json_array_get(list, i), p, items + i * row->size, e)))
			return err_wrap(e, "%s[%zu]", row->key, i);
	return RC_OK;
}

static rc read_safety(const json_t *root, struct policy *p, struct err *e)
{
	json_t *safety = NULL;
	rc r = json_codec_array(root, what_policy, "safety", POLICY_SERVICES_MAX, &safety, e);
	if (rc_failed(r))
		return r;
	for (size_t i = 0; i < json_array_size(safety); i++) {
		const char *id = json_string_value(json_array_get(safety, i));
		const struct policy_service *s = id ? policy_service(p, id) : NULL;
		if (!s)
			return err_set(e, ERR_INPUT, "policy: safety[%zu] names no service", i);
		p->services[s - p->services].safety = true;
	}
	return RC_OK;
}

static int by_path(const void *a, const void *b)
{
	const struct policy_protected *const *x = a;
	const struct policy_protected *const *y = b;
	return strcmp((*x)->path, (*y)->path);
}

/* Two rows for one path could hold two truths. */
static rc check_protected_unique(const struct policy *p, struct err *e)
{
	if (p->protect_n < 2)
		return RC_OK;
	MEM_AUTO const struct policy_protected **sorted = mem_array(p->protect_n, sizeof *sorted);
	if (!sorted)
		return err_set(e, ERR_MEMORY, "policy: out of memory");
	for (size_t i = 0; i < p->protect_n; i++)
		sorted[i] = &p->protect[i];
	qsort(sorted, p->protect_n, sizeof *sorted, by_path);
	for (size_t i = 1; i < p->protect_n; i++)
		if (strcmp(sorted[i - 1]->path, sorted[i]->path) == 0)
			return err_set(e, ERR_INPUT, "policy: %.128s is protected twice", sorted[i]->path);
	return RC_OK;
}

static rc read_head(const json_t *root, struct policy *p, struct err *e)
{
	static const uint32_t periods[2] = {1, POLICY_SCAN_PERIOD_MAX_S}, ports[2] = {0, UINT16_MAX};
	const char *support = NULL;
	int64_t v = 0;
	uint32_t page = 0;
	rc r;
	if (rc_failed(r = json_codec_int(root, what_policy, "v", 1, 1, &v, e)) ||
	    rc_failed(r = json_codec_text(root, what_policy, "product", POLICY_TEXT_MAX, &p->product, e)) ||
	    rc_failed(r = read_name(root, what_policy, "model", &p->model, e)) ||
	    rc_failed(r = json_codec_text(root, what_policy, "maker", POLICY_TEXT_MAX, &p->maker, e)) ||
	    rc_failed(r = json_codec_text(root, what_policy, "version", SEMVER_MAX, &p->version, e)) ||
	    rc_failed(r = json_codec_text(root, what_policy, "support_end", RFC3339_DATE_SIZE, &support, e)) ||
	    rc_failed(r = json_codec_text(root, what_policy, "contact", POLICY_TEXT_MAX, &p->contact, e)) ||
	    rc_failed(r = read_u32(root, what_policy, "scan_period_s", periods, &p->scan_period_s, e)) ||
	    rc_failed(r = read_u32(root, what_policy, "page_port", ports, &page, e)))
		return r;
	p->page_port = (uint16_t)page;
	if (!semver_ok(p->version))
		return err_set(e, ERR_INPUT, "policy: \"version\" is not a semantic version: %.64s", p->version);
	if (!rfc3339_parse_date(support, &p->support_end))
		return err_set(e, ERR_INPUT, "policy: \"support_end\" is not a date: %.10s", support);
	return RC_OK;
}

static rc read_texts(const json_t *root, struct policy *p, struct err *e)
{
	static const char *const keys[] = {"isolated", NULL};
	json_t *texts = NULL;
	rc r;
	if (rc_failed(r = json_codec_object(root, what_policy, "texts", &texts, e)) ||
	    rc_failed(r = json_codec_only(texts, "policy texts", keys, e)))
		return r;
	return json_codec_text(texts, "policy texts", "isolated", POLICY_TEXT_MAX, &p->isolated_text, e);
}

struct policy_update policy_update_default(void)
{
	return (struct policy_update){.automatic = POLICY_AUTO_ALL,
				      .can_turn_off = true,
				      .can_postpone = true,
				      .postpone_days = POLICY_POSTPONE_DAYS,
				      .postpone_security_days = POLICY_POSTPONE_SECURITY_DAYS,
				      .postpone_times = POLICY_POSTPONE_TIMES,
				      .battery_percent = POLICY_BATTERY_PERCENT};
}

static rc read_update_numbers(const json_t *o, struct policy_update *u, struct err *e)
{
	const struct {
		const char *key;
		uint32_t max, *to;
	} rows[] = {
		{"window_from", 23, &u->window_from},
		{"window_to", 23, &u->window_to},
		{"postpone_days", POLICY_POSTPONE_MAX_DAYS, &u->postpone_days},
		{"postpone_security_days", POLICY_POSTPONE_MAX_DAYS, &u->postpone_security_days},
		{"postpone_times", 100, &u->postpone_times},
		{"battery_percent", 100, &u->battery_percent},
		{"memory_mib", 65536, &u->memory_mib},
		{"metered_mib", 1048576, &u->metered_mib},
	};
	rc r = RC_OK;
	for (size_t i = 0; rc_ok(r) && i < ARRAY_LEN(rows); i++)
		r = read_u32(o, "policy update", rows[i].key, (const uint32_t[2]){0, rows[i].max}, rows[i].to, e);
	return r;
}

/* Not there in a policy that was compiled before there were choices: the defaults are the law's. */
static rc read_update(const json_t *root, struct policy *p, struct err *e)
{
	static const char *const keys[] = {"automatic",	 "can_postpone",    "can_turn_off",   "window_from",
					   "window_to",	 "postpone_days",   "postpone_times", "postpone_security_days",
					   "memory_mib", "battery_percent", "metered",	      "metered_mib",
					   NULL};
	static const char what[] = "policy update";
	struct policy_update *u = &p->update;
	json_t *o = NULL;
	const char *word = NULL;
	rc r;
	*u = policy_update_default();
	if (!json_object_get(root, "update"))
		return RC_OK;
	if (rc_failed(r = json_codec_object(root, what_policy, "update", &o, e)) ||
	    rc_failed(r = json_codec_only(o, what, keys, e)) ||
	    rc_failed(r = json_codec_text(o, what, "automatic", 16, &word, e)) ||
	    rc_failed(r = json_codec_bool(o, what, "can_postpone", &u->can_postpone, e)) ||
	    rc_failed(r = json_codec_bool(o, what, "can_turn_off", &u->can_turn_off, e)) ||
	    rc_failed(r = json_codec_bool(o, what, "metered", &u->metered, e)) ||
	    rc_failed(r = read_update_numbers(o, u, e)))
		return r;
	if (!policy_automatic_parse(word, &u->automatic))
		return err_set(e, ERR_INPUT, "%s: \"automatic\" is all, security or off", what);
	if (u->postpone_security_days > u->postpone_days)
		return err_set(e, ERR_INPUT, "%s: a security release cannot be put off for longer than others", what);
	return RC_OK;
}

static rc read_all(const json_t *root, struct policy *p, struct err *e)
{
	static const char *const keys[] = {"v",		  "product",   "model",		"maker",     "version",
					   "support_end", "contact",   "services",	"listeners", "flows",
					   "safety",	  "protected", "scan_period_s", "health",    "personal_data",
					   "page_port",	  "texts",     "update",	NULL};
	rc r = json_codec_only(root, what_policy, keys, e);
	if (rc_ok(r))
		r = read_head(root, p, e);
	for (size_t i = 0; rc_ok(r) && i < ARRAY_LEN(lists); i++)
		r = read_list(root, &lists[i], p, e);
	if (rc_ok(r))
		r = read_safety(root, p, e);
	if (rc_ok(r))
		r = read_texts(root, p, e);
	if (rc_ok(r))
		r = read_update(root, p, e);
	if (rc_ok(r))
		r = check_protected_unique(p, e);
	return r;
}

static void free_at(struct policy **p)
{
	policy_free(*p);
}

rc policy_decode(struct bytes text, struct policy **ret, struct err *e)
{
	CLEANUP(free_at) struct policy *p = mem_alloc(sizeof *p);
	json_t *root = NULL;
	if (!p)
		return err_set(e, ERR_MEMORY, "policy: out of memory");
	rc r = json_codec_parse(text, POLICY_MAX, what_policy, &root, e);
	if (rc_failed(r))
		return r;
	p->owner = root;
	if (rc_failed(r = read_all(root, p, e)))
		return r;
	*ret = p;
	p = NULL;
	return RC_OK;
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	json_decref(p->owner);
	mem_free(p->services);
	mem_free(p->listeners);
	mem_free(p->flows);
	mem_free(p->protect);
	mem_free(p->health);
	mem_free(p->data);
	mem_free(p);
}
