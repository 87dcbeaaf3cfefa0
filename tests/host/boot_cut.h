/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power cuts within one process: every call that changes the disk below a folder is recorded while it is made; then the
 * folder is put into each state in which a cut could have left it. Writes that were not synced may be there, not, or
 * torn, in any combination; so may renames, until their folder was synced.
 */
#ifndef HALLMARK_TESTS_HOST_BOOT_CUT_H
#define HALLMARK_TESTS_HOST_BOOT_CUT_H

#include <stdbool.h>
#include <stddef.h>

/* Between these two, calls are recorded. Only files directly in `dir` and one or two folders below it. */
void boot_cut_begin(const char *dir);
void boot_cut_end(void);

struct boot_cut_options {
	bool bytes;    /* writes can be torn within a sector too */
	bool fat;      /* a rename can leave both names, or neither */
	bool no_fsync; /* a planted bug: as if nobody had synced anything */
};

/*
 * Puts every such state into the folder, one after the other, and calls `check`, which returns what is wrong with it
 * (NULL: nothing) and may do there what it likes. Returns the number of states; *ret_wrong: the first complaint, or
 * NULL. Ends with the folder as it was at boot_cut_begin.
 */
size_t boot_cut_each(const struct boot_cut_options *o, const char *(*check)(void *ctx), void *ctx,
		     const char **ret_wrong);

/* In `check`: every call of the recording was made, and what was not synced is lost. */
bool boot_cut_complete(void);

#endif
