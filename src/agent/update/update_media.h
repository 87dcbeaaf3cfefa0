/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which release a folder beside the device seems to offer: the names of its targets, and nothing else, for none of it
 * is verified yet. A hint like the service's offer; the metadata decides. Pure.
 */
#ifndef HALLMARK_AGENT_UPDATE_UPDATE_MEDIA_H
#define HALLMARK_AGENT_UPDATE_UPDATE_MEDIA_H

#include "agent/update/update_plan.h"

struct update_media_offer {
	char target[UPDATE_TARGET_SIZE], version[SEMVER_MAX + 1];
};

/*
 * `names`: each followed by a NUL, as "SHA256.MODEL-COMPONENT-VERSION.img". The highest version that is not in the list
 * of blocked ones; false if there is none.
 */
bool update_media_pick(struct bytes names, const char *model, const char *component,
		       const struct update_conditions *world, struct update_media_offer *ret);

#endif
