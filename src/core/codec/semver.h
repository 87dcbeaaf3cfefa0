/* SPDX-License-Identifier: Apache-2.0 */
/* Semantic Versioning 2.0.0: is a text a version, and which of two comes first. */
#ifndef HALLMARK_CORE_CODEC_SEMVER_H
#define HALLMARK_CORE_CODEC_SEMVER_H

#include <stdbool.h>

#define SEMVER_MAX 63 /* characters */

/* MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD], no leading zeros, at most SEMVER_MAX characters. */
bool semver_ok(const char *text);

/* <0, 0, >0 by precedence (build metadata ignored). Both must be semver_ok. */
int semver_compare(const char *a, const char *b);

#endif
