/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Planted bugs: what a careless change of the agent could do. The simulator must find each of them, or it proves
 * nothing. None of them touches the sources: calls between files are bent by the linker (--wrap).
 */
#ifndef HALLMARK_TESTS_POWERCUT_MUTANTS_H
#define HALLMARK_TESTS_POWERCUT_MUTANTS_H

#include "disk.h"

enum mutant {
	MUTANT_NONE,
	MUTANT_SWITCH_BEFORE_FSYNC,
	MUTANT_PERSIST_BEFORE_SYNC,
	MUTANT_COUNTER_BEFORE_HEALTH,
	MUTANT_CONFIRM_BEFORE_PREPARE,
	MUTANT_CONFIRM_AT_START,
	MUTANT_INSTALL_AFTER_PERSIST,
	MUTANT_TELL_AFTER_PERSIST,
	MUTANT_BLOCK_AFTER_PERSIST,
	MUTANT_TELL_BEFORE_CONFIRM,
	MUTANT_ROOT_BEFORE_DELETIONS,
	MUTANT_NO_FSYNC_OF_FILE,
	MUTANT_NO_FSYNC_OF_FOLDER,
	MUTANT_NO_FSYNC_OF_NEW_FOLDER,
	MUTANT_WRITE_IN_PLACE,
	MUTANT_FORGET_BEFORE_ACKNOWLEDGED,
	MUTANT_NO_FSYNC_OF_UBOOT,
	MUTANT_NO_FSYNC_OF_ENTRIES,
	MUTANT_SWITCH_BEFORE_GRANT,
	MUTANT_LOWER_BEFORE_HEALTH,
	MUTANT_COUNT
};

const char *mutants_name(enum mutant m);
const char *mutants_scenario(enum mutant m); /* the one that shows it */
void mutants_plant(enum mutant m);

/* Is this sync one that the planted bug leaves out? */
bool mutants_skip_sync(const struct disk *d, int node);

#endif
