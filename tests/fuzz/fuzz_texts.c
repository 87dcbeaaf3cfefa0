/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small text decoders (hex, base64, base32, times, versions, names): what decodes must encode to the same text
 * again, so that no value has two spellings.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/names.h"
#include "core/codec/base32.h"
#include "core/codec/base64.h"
#include "core/codec/hex.h"
#include "core/codec/rfc3339.h"
#include "core/codec/semver.h"

#define TEXT_MAX 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_base64(struct bytes text)
{
	CLEANUP(buf_done) struct buf raw, again;
	buf_init(&raw, TEXT_MAX);
	buf_init(&again, 2 * TEXT_MAX);
	if (rc_failed(base64_decode(text, &raw, NULL)))
		return;
	base64_encode(buf_view(&raw), &again);
	if (!bytes_equal(buf_view(&again), text))
		abort();
}

static void check_time(const char *text)
{
	struct wall_time t;
	char again[RFC3339_TIME_SIZE];
	if (rfc3339_parse_time(text, &t)) {
		rfc3339_time(t, again);
		if (strcmp(again, text) != 0)
			abort();
	}
	if (rfc3339_parse_date(text, &t)) {
		rfc3339_date(t, again);
		if (strcmp(again, text) != 0)
			abort();
	}
}

static void check_base32(const char *text)
{
	char once[65], twice[65];
	if (!base32_normalise(text, once, 64))
		return;
	if (!base32_normalise(once, twice, 64) || strcmp(once, twice) != 0)
		abort();
}

/* "..x" is a name like others, ".." is not. */
static bool leaves_its_folder(const char *path)
{
	char framed[TEXT_MAX + 3];
	(void)snprintf(framed, sizeof framed, "/%s/", path);
	return path[0] == '/' || strstr(framed, "/../");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char text[TEXT_MAX + 1];
	uint8_t raw[32];
	char hex[HEX_TEXT_SIZE(sizeof raw)];
	if (n > TEXT_MAX)
		return 0;
	if (n)
		memcpy(text, data, n);
	text[n] = 0;
	check_base64(bytes_of(data, n));
	check_time(text);
	check_base32(text);
	if (hex_decode(text, raw, sizeof raw)) {
		hex_encode(bytes_of(raw, sizeof raw), hex);
		if (strcasecmp(hex, text) != 0)
			abort();
	}
	if (semver_ok(text) && semver_compare(text, text) != 0)
		abort();
	if (name_path_ok(text) && leaves_its_folder(text))
		abort();
	if (name_ok(text) && !name_utf8_ok(text, strlen(text)))
		abort();
	return 0;
}
