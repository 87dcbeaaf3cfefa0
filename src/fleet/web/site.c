/* SPDX-License-Identifier: Apache-2.0 */
/* site.json and what follows from it. Strict: a public page must not promise what a typing error made of it. */
#include "fleet/web/site.h"

#include <stdio.h>

#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "core/model/policy.h"
#include "core/base/banned.h"

#define ACK_DAYS 5
#define UPDATE_DAYS 14
#define EXPIRES_DAYS 364 /* RFC 9116 2.5.5: less than a year is recommended */

void site_init(struct site *s, const char *company, const char *contact, const char *url)
{
	*s = (struct site){.ack_days = ACK_DAYS, .update_days = UPDATE_DAYS};
	(void)snprintf(s->company, sizeof s->company, "%s", company);
	(void)snprintf(s->contact, sizeof s->contact, "%s", contact);
	(void)snprintf(s->url, sizeof s->url, "%s", url);
}

static rc get_text(const json_t *j, const char *key, char *out, size_t size, struct err *e)
{
	return json_codec_copy_any(j, "site.json", key, out, size, e);
}

static rc get_product(const json_t *j, struct site_product *p, struct err *e)
{
	static const char *const keys[] = {"name", "model", "support_end", NULL};
	char date[RFC3339_DATE_SIZE];
	rc r = json_codec_only(j, "site.json product", keys, e);
	if (rc_failed(r) || rc_failed(r = get_text(j, "name", p->name, sizeof p->name, e)) ||
	    rc_failed(r = get_text(j, "model", p->model, sizeof p->model, e)) ||
	    rc_failed(r = get_text(j, "support_end", date, sizeof date, e)))
		return r;
	if (!rfc3339_parse_date(date, &p->support_end))
		return err_set(e, ERR_INPUT, "site.json: support_end must be a date like 2030-12-31");
	return RC_OK;
}

static bool url_ok(const char *url, bool mail)
{
	bool known = strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0 ||
		     (mail && (strncmp(url, "mailto:", 7) == 0 || strncmp(url, "tel:", 4) == 0));
	return known && !strpbrk(url, " \"'<>\\");
}

rc site_decode(struct bytes text, struct site *ret, struct err *e)
{
	static const char *const keys[] = {"v",	       "company",     "contact",  "url",
					   "ack_days", "update_days", "products", NULL};
	JSON_AUTO json_t *j = NULL;
	json_t *products = NULL;
	struct site s = {0};
	int64_t v = 0, ack = 0, update = 0;
	rc r = json_codec_parse(text, SITE_MAX, "site.json", &j, e);
	if (rc_failed(r) || rc_failed(r = json_codec_only(j, "site.json", keys, e)) ||
	    rc_failed(r = json_codec_int(j, "site.json", "v", 1, 1, &v, e)) ||
	    rc_failed(r = get_text(j, "company", s.company, sizeof s.company, e)) ||
	    rc_failed(r = get_text(j, "contact", s.contact, sizeof s.contact, e)) ||
	    rc_failed(r = get_text(j, "url", s.url, sizeof s.url, e)) ||
	    rc_failed(r = json_codec_int(j, "site.json", "ack_days", 1, 90, &ack, e)) ||
	    rc_failed(r = json_codec_int(j, "site.json", "update_days", 1, 365, &update, e)) ||
	    rc_failed(r = json_codec_array(j, "site.json", "products", SITE_PRODUCTS_MAX, &products, e)))
		return r;
	if (!url_ok(s.url, false) || (s.contact[0] && !url_ok(s.contact, true)))
		return err_set(e, ERR_INPUT,
			       "site.json: url must begin with https://, contact with mailto: or https://");
	for (; s.products_n < json_array_size(products); s.products_n++)
		if (rc_failed(r = get_product(json_array_get(products, s.products_n), &s.products[s.products_n], e)))
			return r;
	s.ack_days = (uint32_t)ack;
	s.update_days = (uint32_t)update;
	*ret = s;
	return RC_OK;
}

rc site_encode(const struct site *s, struct buf *out, struct err *e)
{
	JSON_AUTO json_t *j =
		json_pack("{s:i,s:s,s:s,s:s,s:i,s:i,s:[]}", "v", 1, "company", s->company, "contact", s->contact, "url",
			  s->url, "ack_days", (int)s->ack_days, "update_days", (int)s->update_days, "products");
	json_t *products = json_object_get(j, "products");
	for (size_t i = 0; products && i < s->products_n; i++) {
		char date[RFC3339_DATE_SIZE];
		rfc3339_date(s->products[i].support_end, date);
		if (json_array_append_new(products, json_pack("{s:s,s:s,s:s}", "name", s->products[i].name, "model",
							      s->products[i].model, "support_end", date)) != 0)
			return err_set(e, ERR_MEMORY, "site.json: out of memory");
	}
	if (!products)
		return err_set(e, ERR_INPUT, "site.json: a text is not UTF-8");
	return json_codec_pretty(j, out, e);
}

rc site_add_policy(struct site *s, struct bytes text, struct err *e)
{
	struct policy *p = NULL;
	rc r = policy_decode(text, &p, e);
	if (rc_failed(r))
		return r;
	bool known = s->products_n == SITE_PRODUCTS_MAX;
	for (size_t i = 0; i < s->products_n; i++)
		known = known || strcmp(s->products[i].model, p->model) == 0;
	if (!known) {
		struct site_product *row = &s->products[s->products_n++];
		(void)snprintf(row->name, sizeof row->name, "%s", p->product);
		(void)snprintf(row->model, sizeof row->model, "%s", p->model);
		row->support_end = p->support_end;
	}
	policy_free(p);
	return RC_OK;
}

void site_security_txt(const struct site *s, struct wall_time now, struct buf *out)
{
	char expires[RFC3339_TIME_SIZE];
	struct wall_time end = {now.s + (int64_t)EXPIRES_DAYS * SECONDS_PER_DAY};
	rfc3339_time(end, expires);
	buf_putf(out, "Contact: %s/report\n", s->url);
	if (s->contact[0])
		buf_putf(out, "Contact: %s\n", s->contact);
	buf_putf(
		out,
		"Expires: %s\nPreferred-Languages: en\nPolicy: %s/disclosure\nCanonical: %s/.well-known/security.txt\n",
		expires, s->url, s->url);
}
