/* SPDX-License-Identifier: Apache-2.0 */
/*
 * security.txt (RFC 9116). Every value is an address that the schema checked character by character, or a text on the
 * comment line, without what any reader could take for the end of a line: nothing can add a field.
 */
#include "core/codec/celltext.h"
#include "core/codec/rfc3339.h"
#include "product/documents_papers.h"
#include "core/base/banned.h"

/* RFC 9116 section 2.5.5 recommends less than a year. */
#define SECURITY_TXT_DAYS 360

static void put_field(struct buf *out, const char *name, const char *value)
{
	if (value)
		buf_putf(out, "%s: %s\n", name, value);
}

void documents_security_txt(const struct declaration *d, struct wall_time today, struct buf *out)
{
	char expires[RFC3339_TIME_SIZE];
	int64_t midnight = today.s - today.s % SECONDS_PER_DAY;
	rfc3339_time((struct wall_time){midnight + (int64_t)SECURITY_TXT_DAYS * SECONDS_PER_DAY}, expires);
	buf_put_text(out, "# ");
	celltext_plain(out, d->maker.name);
	buf_put_text(out, ", ");
	celltext_plain(out, d->product);
	buf_put_text(out, "\n");
	put_field(out, "Contact", d->disclosure.contact);
	put_field(out, "Expires", expires);
	put_field(out, "Preferred-Languages", "en");
	put_field(out, "Canonical", d->disclosure.security_txt_url);
	put_field(out, "Policy", d->disclosure.policy_url);
	put_field(out, "Encryption", d->disclosure.encryption_url);
	put_field(out, "Acknowledgments", d->disclosure.acknowledgments_url);
}
