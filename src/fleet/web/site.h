/* SPDX-License-Identifier: Apache-2.0 */
/* Who the maker is and what it promises to reporters: DATA/site.json, read once at start by the roles that show it. */
#ifndef HALLMARK_FLEET_WEB_SITE_H
#define HALLMARK_FLEET_WEB_SITE_H

#include "core/base/buf.h"
#include "core/base/units.h"

#define SITE_MAX 65536
#define SITE_TEXT_SIZE 129
#define SITE_URL_SIZE 257
#define SITE_PRODUCTS_MAX 64

struct site_product {
	char name[SITE_TEXT_SIZE], model[SITE_TEXT_SIZE];
	struct wall_time support_end; /* the last day, midnight UTC */
};

struct site {
	char company[SITE_TEXT_SIZE];
	char contact[SITE_URL_SIZE]; /* mailto: or https: of a person, for who does not want the form; may be "" */
	char url[SITE_URL_SIZE];     /* public address of these pages, https://..., without a final slash */
	uint32_t ack_days, update_days;
	struct site_product products[SITE_PRODUCTS_MAX];
	size_t products_n;
};

/* Acknowledgement within 5 days, status updates every 14. */
void site_init(struct site *s, const char *company, const char *contact, const char *url);
rc site_decode(struct bytes text, struct site *ret, struct err *e) MUST_CHECK;
rc site_encode(const struct site *s, struct buf *out, struct err *e) MUST_CHECK; /* indented, to be edited */

/* Adds the product of a compiled device policy, unless its model is there already. */
rc site_add_policy(struct site *s, struct bytes text, struct err *e) MUST_CHECK;

/* security.txt (RFC 9116) from what is in `s`; Expires a year after `now`. */
void site_security_txt(const struct site *s, struct wall_time now, struct buf *out);

#endif
