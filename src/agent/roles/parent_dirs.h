/* SPDX-License-Identifier: Apache-2.0 */
/* The device folder's own folders and who owns them, before any role starts. */
#ifndef HALLMARK_AGENT_ROLES_PARENT_DIRS_H
#define HALLMARK_AGENT_ROLES_PARENT_DIRS_H

#include <sys/types.h>

#include "core/base/err.h"

/*
 * In the working folder: make state/ and run/, and give them to the engine's user (0: leave owners alone); give
 * factory/ to root, for the engine's group to read. Does not follow symbolic links.
 */
rc parent_dirs_prepare(uid_t engine, struct err *e) MUST_CHECK;

#endif
