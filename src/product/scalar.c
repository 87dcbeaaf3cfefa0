/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of single values. Whatever ends up in a path, a firewall rule or a link is checked by characters here. */
#include "product/scalar.h"

#include <string.h>

#include "core/base/attr.h"
#include "core/base/names.h"
#include "core/codec/rfc3339.h"
#include "core/codec/semver.h"
#include "core/model/policy.h"
#include "product/catalogue.h"
#include "core/base/banned.h"

#define INT_DIGITS 18

/* Visible ASCII without the characters that end a link in HTML, Markdown or a mail header. */
static bool link_chars_ok(const char *text)
{
	for (; *text; text++)
		if (*text <= 0x20 || *text >= 0x7f || strchr("\"'<>\\`()[]{}|^", *text))
			return false;
	return true;
}

static bool link_ok(const char *text, const char *scheme)
{
	size_t n = strlen(scheme);
	return strncmp(text, scheme, n) == 0 && text[n] && link_chars_ok(text);
}

static bool mail_ok(const char *text)
{
	const char *at = strchr(text, '@');
	return link_ok(text, "mailto:") && at && at != text + strlen("mailto:") && at[1] && !strchr(at + 1, '@');
}

static bool url_ok(const char *text)
{
	return link_ok(text, "https://") && text[strlen("https://")] != '/';
}

static bool glob_ok(const char *text)
{
	static const char all_below[] = "/**";
	size_t n = strlen(text), tail = sizeof all_below - 1;
	char path[POLICY_PATH_MAX + 1];
	if (n > POLICY_PATH_MAX)
		return false;
	memcpy(path, text, n + 1);
	if (n > tail && strcmp(text + n - tail, all_below) == 0)
		path[n - tail] = 0;
	return name_path_ok(path) && !strpbrk(path, "*?[]");
}

static bool country_ok(const char *text)
{
	return strlen(text) == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
}

/* One attribute of a CPE name (NIST IR 7695 section 6.2): wildcards at its ends, punctuation behind '\\'. NULL: none.
 */
static const char *cpe_value(const char *p)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	static const char quoted[] = "\\*?!\"#$%&'()+,/:;<=>@[]^`{|}~";
	size_t n = 0;
	if ((*p == '*' || *p == '-') && (p[1] == ':' || p[1] == 0))
		return p + 1;
	p += *p == '*' ? 1 : strspn(p, "?");
	for (;; n++) {
		if (*p && strchr(plain, *p))
			p++;
		else if (*p == '\\' && p[1] && strchr(quoted, p[1]))
			p += 2;
		else
			break;
	}
	p += *p == '*' ? 1 : strspn(p, "?");
	return n && (*p == ':' || *p == 0) ? p : NULL;
}

/* "en", "de-at", "es-419", or a wildcard. */
static const char *cpe_language(const char *p)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t n = strspn(p, letters);
	if (n == 0)
		return *p == '*' || *p == '-' ? p + 1 : NULL;
	if (n != 2 && n != 3)
		return NULL;
	p += n;
	if (*p != '-')
		return p;
	p++;
	n = strspn(p, letters);
	if (n == 0 && strspn(p, "0123456789") == 3)
		return p + 3;
	return n == 2 ? p + n : NULL;
}

static bool cpe_ok(const char *text)
{
	static const char prefix[] = "cpe:2.3:";
	enum { VALUES = 10, LANGUAGE = 5 };
	if (strncmp(text, prefix, sizeof prefix - 1) != 0)
		return false;
	const char *p = text + sizeof prefix - 1;
	if (!*p || !strchr("aho*-", *p))
		return false;
	p++;
	for (int i = 0; i < VALUES; i++) {
		if (*p != ':')
			return false;
		p = i == LANGUAGE ? cpe_language(p + 1) : cpe_value(p + 1);
		if (!p)
			return false;
	}
	return *p == 0;
}

bool scalar_text_ok(enum schema_type type, const char *text)
{
	struct wall_time date;
	switch (type) {
	case SCHEMA_TEXT:
		return text[0] != 0;
	case SCHEMA_ID:
	case SCHEMA_NAME:
	case SCHEMA_REF:
		return name_ok(text);
	case SCHEMA_SEMVER:
		return semver_ok(text);
	case SCHEMA_DATE:
		return rfc3339_parse_date(text, &date);
	case SCHEMA_PATH:
		return name_path_ok(text) && !strpbrk(text, "*?[]");
	case SCHEMA_GLOB:
		return glob_ok(text);
	case SCHEMA_HOST:
		return policy_host_ok(text);
	case SCHEMA_URL:
		return url_ok(text);
	case SCHEMA_CONTACT:
		return url_ok(text) || mail_ok(text) || link_ok(text, "tel:");
	case SCHEMA_COUNTRY:
		return country_ok(text);
	case SCHEMA_PURL:
		return link_ok(text, "pkg:");
	case SCHEMA_CPE:
		return cpe_ok(text);
	case SCHEMA_SHA256:
		return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
	case SCHEMA_PROVISION:
		return catalogue_find(text) != NULL;
	case SCHEMA_MAP:
	case SCHEMA_LIST:
	case SCHEMA_TEXTS:
	case SCHEMA_INT:
	case SCHEMA_BOOL:
	case SCHEMA_WORD:
	case SCHEMA_TYPES:
		break;
	}
	return false;
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

/* Digits with an optional fraction and exponent, as YAML 1.2 has them. */
static bool is_number(const char *text)
{
	text += *text == '-' || *text == '+';
	size_t whole = strspn(text, "0123456789");
	text += whole;
	size_t fraction = 0;
	if (*text == '.') {
		fraction = strspn(text + 1, "0123456789");
		text += 1 + fraction;
	}
	if (!whole && !fraction)
		return false;
	if (*text == 'e' || *text == 'E') {
		text += 1 + (text[1] == '-' || text[1] == '+');
		size_t exponent = strspn(text, "0123456789");
		return exponent && !text[exponent];
	}
	return !*text;
}

bool scalar_other_type(const char *text)
{
	static const char *const words[] = {"~",     "null",  "Null",  "NULL", "true", "True",	"TRUE",	 "false",
					    "False", "FALSE", ".inf",  ".Inf", ".INF", "+.inf", "+.Inf", "+.INF",
					    "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN",	NULL};
	if (strncmp(text, "0x", 2) == 0 && text[2])
		return !text[2 + strspn(text + 2, "0123456789abcdefABCDEF")];
	if (strncmp(text, "0o", 2) == 0 && text[2])
		return !text[2 + strspn(text + 2, "01234567")];
	return is_number(text) || is_one_of(text, words);
}

bool scalar_int(const char *text, int64_t *ret)
{
	const char *digits = text + (*text == '-');
	size_t n = strspn(digits, "0123456789");
	if (n == 0 || n > INT_DIGITS || digits[n] || (digits[0] == '0' && (n > 1 || digits != text)))
		return false;
	int64_t v = 0;
	for (size_t i = 0; i < n; i++)
		v = 10 * v + (digits[i] - '0');
	*ret = digits == text ? v : -v;
	return true;
}

bool scalar_bool(const char *text, bool *ret)
{
	bool yes = strcmp(text, "true") == 0;
	if (!yes && strcmp(text, "false") != 0)
		return false;
	*ret = yes;
	return true;
}

bool scalar_word(const char *const *words, const char *text, unsigned *ret)
{
	for (unsigned i = 0; words[i]; i++)
		if (strcmp(words[i], text) == 0) {
			*ret = i;
			return true;
		}
	return false;
}
