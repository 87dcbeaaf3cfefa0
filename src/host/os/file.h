/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files with the promises the rest relies on: a write is there whole after power loss or not at all, a read is bounded,
 * and a failure says which path.
 */
#ifndef HALLMARK_HOST_OS_FILE_H
#define HALLMARK_HOST_OS_FILE_H

#include <sys/types.h>

#include "core/base/buf.h"

#define FILE_PATH_MAX 1024

/* Join with '/', checked against FILE_PATH_MAX; ERR_LIMIT if it does not fit. */
rc file_path(char ret[FILE_PATH_MAX], struct err *e, const char *dir, const char *name) MUST_CHECK;

/* Append the whole regular file; ERR_LIMIT when larger than `max` bytes. Does not follow a final symbolic link. */
rc file_read(const char *path, size_t max, struct buf *out, struct err *e) MUST_CHECK;

/* Write beside it, fsync, rename over it, fsync the folder. After an error the old content stands. */
rc file_write_atomic(const char *path, struct bytes content, mode_t mode, struct err *e) MUST_CHECK;

/* Like file_write_atomic, but ERR_EXISTS if the path is taken. */
rc file_create(const char *path, struct bytes content, mode_t mode, struct err *e) MUST_CHECK;

/* Add to the end of a file (made if missing) and fsync it. */
rc file_append_synced(const char *path, struct bytes content, mode_t mode, struct err *e) MUST_CHECK;

bool file_exists(const char *path);

/* Remove and fsync the folder. A missing file is fine. */
rc file_remove(const char *path, struct err *e) MUST_CHECK;

/* Overwrite with zeros, fsync, remove, fsync the folder: for key files. A missing file is fine. */
rc file_shred(const char *path, struct err *e) MUST_CHECK;

/* Make the folder and its parents, and fsync the folder that each is made in. An existing folder is fine. */
rc file_make_dir(const char *path, mode_t mode, struct err *e) MUST_CHECK;

/* Names of the entries (no dot entries), sorted by bytes, NULL-terminated; file_list_free frees. At most `max`. */
rc file_list_dir(const char *path, size_t max, char ***ret, size_t *ret_n, struct err *e) MUST_CHECK;
void file_list_free(char **names);

/* Write all of it to a descriptor, however often the kernel takes less. */
rc file_write_all(int fd, struct bytes content, const char *what, struct err *e) MUST_CHECK;
rc file_pwrite_all(int fd, struct bytes content, off_t at, const char *what, struct err *e) MUST_CHECK;

/* Exactly n bytes from `at` on; ERR_INPUT if the file ends before. */
rc file_pread_all(int fd, uint8_t *to, size_t n, off_t at, const char *what, struct err *e) MUST_CHECK;

void file_close(int *fd); /* for CLEANUP; ignores -1 */
#define FD_AUTO CLEANUP(file_close)

#endif
