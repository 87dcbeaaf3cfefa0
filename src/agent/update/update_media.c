/* SPDX-License-Identifier: Apache-2.0 */
/* Reading file names of a folder that anybody may have filled: every one that is not exactly as ours are is passed
 * over. */
#include "agent/update/update_media.h"

#include <stdio.h>

#include "core/base/banned.h"

#define HEX_CHARS (2 * SHA256_SIZE)
#define ENDING ".img"

/* "HASH.TARGET": the target, or NULL. */
static const char *after_hash(const char *name)
{
	return strspn(name, "0123456789abcdef") == HEX_CHARS && name[HEX_CHARS] == '.' ? name + HEX_CHARS + 1 : NULL;
}

/* "MODEL-COMPONENT-VERSION.img": the version. */
static bool version_of(const char *target, const char *prefix, char out[SEMVER_MAX + 1])
{
	size_t skip = strlen(prefix), n = strlen(target);
	if (n >= UPDATE_TARGET_SIZE || n <= skip + strlen(ENDING) || strncmp(target, prefix, skip) != 0 ||
	    strcmp(target + n - strlen(ENDING), ENDING) != 0)
		return false;
	n -= skip + strlen(ENDING);
	if (n > SEMVER_MAX)
		return false;
	memcpy(out, target + skip, n);
	out[n] = 0;
	return semver_ok(out);
}

static bool blocked(const struct update_conditions *w, const char *version)
{
	for (size_t i = 0; i < w->blocked_n; i++)
		if (strcmp(w->blocked[i], version) == 0)
			return true;
	return false;
}

bool update_media_pick(struct bytes names, const char *model, const char *component,
		       const struct update_conditions *world, struct update_media_offer *ret)
{
	char prefix[UPDATE_TARGET_SIZE];
	bool any = false;
	if (snprintf(prefix, sizeof prefix, "%s-%s-", model, component) >= (int)sizeof prefix)
		return false;
	for (size_t at = 0; at < names.n;) {
		const char *name = (const char *)names.p + at;
		size_t n = strnlen(name, names.n - at);
		if (at + n == names.n) /* not ended */
			break;
		at += n + 1;
		char version[SEMVER_MAX + 1];
		const char *target = after_hash(name);
		if (!target || !version_of(target, prefix, version) || blocked(world, version) ||
		    (any && semver_compare(version, ret->version) <= 0))
			continue;
		(void)snprintf(ret->target, sizeof ret->target, "%s", target);
		(void)snprintf(ret->version, sizeof ret->version, "%s", version);
		any = true;
	}
	return any;
}
