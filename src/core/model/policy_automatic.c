/* SPDX-License-Identifier: Apache-2.0 */
/* The words of enum policy_automatic. A file of its own: the process with the page needs them, and no JSON. */
#include <string.h>

#include "core/model/policy.h"
#include "core/base/banned.h"

static const char *const automatic_names[] = {"all", "security", "off"};

const char *policy_automatic_name(enum policy_automatic a)
{
	return a < POLICY_AUTO_COUNT ? automatic_names[a] : automatic_names[POLICY_AUTO_ALL];
}

bool policy_automatic_parse(const char *word, enum policy_automatic *ret)
{
	for (int i = 0; i < POLICY_AUTO_COUNT; i++) {
		if (strcmp(word, automatic_names[i]) == 0) {
			*ret = (enum policy_automatic)i;
			return true;
		}
	}
	return false;
}
