/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing one byte of a file in a test rig's update repository for a while, and putting the original back, whatever
 * happens: a journal in the repository makes an interrupted run end with the next one. The original is never copied: it
 * is a hard link that is renamed back.
 */
#ifndef HALLMARK_ASSESS_TAMPER_H
#define HALLMARK_ASSESS_TAMPER_H

#include <sys/types.h>

#include "core/base/buf.h"

#define TAMPER_FOLDER ".hallmark-tamper"

/*
 * Put a copy of REPO/name, with the lowest bit of the byte at `at` flipped, in its place, atomically. ERR_WRONG_STATE
 * when another change is still in place.
 */
rc tamper_begin(const char *repo, const char *name, off_t at, struct err *e) MUST_CHECK;

/*
 * Undo what a journal says is in place; *ret_restored tells whether there was anything. A file that somebody replaced
 * meanwhile (a new release was published) is left as it is.
 */
rc tamper_restore(const char *repo, bool *ret_restored, struct err *e) MUST_CHECK;

/* Offset of a digit inside the signed part of TUF metadata (the year of "expires"); false if there is none. Pure. */
bool tamper_find_digit(struct bytes metadata, off_t *ret);

#endif
