/* SPDX-License-Identifier: Apache-2.0 */
/* security.txt (RFC 9116) as a pure decoder: the fields that EN303645 5.2-1 asks for. */
#ifndef HALLMARK_ASSESS_SECURITY_TXT_H
#define HALLMARK_ASSESS_SECURITY_TXT_H

#include "core/base/buf.h"

#define SECURITY_TXT_MAX 32768 /* bytes: the limit that RFC 9116 section 5.5 suggests */
#define SECURITY_TXT_FIELD_SIZE 256

struct security_txt {
	char contact[SECURITY_TXT_FIELD_SIZE]; /* first one; "" if none */
	char expires[SECURITY_TXT_FIELD_SIZE];
	char policy[SECURITY_TXT_FIELD_SIZE];
	size_t contacts, expiries; /* how often given: one Expires is allowed */
};

/* ERR_INPUT when it is not a text of "Name: value" lines. */
rc security_txt_decode(struct bytes text, struct security_txt *ret, struct err *e) MUST_CHECK;

/*
 * Where the words around `word` name a time: "first answer within 5 days". Copies the piece of text (cleaned, cut) and
 * returns true. Case-insensitive; tags count as blanks. Pure.
 */
bool security_txt_time_near(struct bytes page, const char *word, char *out, size_t size);

/* The page's text as people read it: tags and repeated blanks become one blank. Appends. */
void security_txt_plain(struct bytes page, struct buf *out);

#endif
