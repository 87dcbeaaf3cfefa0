/* SPDX-License-Identifier: Apache-2.0 */
/* Names and ranges that a device may ask for: pure checks before anything touches a path. */
#ifndef HALLMARK_FLEET_API_RANGE_H
#define HALLMARK_FLEET_API_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/bytes.h"

#define RANGE_NAME_MAX 200

/* Metadata file: [A-Za-z0-9._-]+ ending in ".json", not starting with a dot, without "..". */
bool range_metadata_name_ok(const char *name);

/* Artifact: 64 lower-case hex digits, a dot, [A-Za-z0-9._+-]+ without "..". */
bool range_target_name_ok(const char *name);

enum range_kind {
	RANGE_WHOLE,	     /* no range, or one that RFC 9110 lets us ignore */
	RANGE_PART,	     /* *ret_offset, *ret_length are within the file */
	RANGE_UNSATISFIABLE, /* starts behind the end */
};

/* "bytes=A-" or "bytes=A-B" of a file of `size` bytes; everything else is ignored. */
enum range_kind range_parse(struct bytes header, uint64_t size, uint64_t *ret_offset, uint64_t *ret_length);

#endif
