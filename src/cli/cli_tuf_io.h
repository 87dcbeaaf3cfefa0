/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The effects around core/trust for `hallmark tuf`: trusted metadata in a folder, under unversioned names, and the
 * fetch loop. After any failure the folder stands as the last good step left it, and the next run goes on from there.
 */
#ifndef HALLMARK_CLI_CLI_TUF_IO_H
#define HALLMARK_CLI_CLI_TUF_IO_H

#include "cli/cli_tuf_http.h"
#include "core/trust/tuf.h"
#include "host/os/file.h"

/* Zero it before use; cli_tuf_io_done frees. */
struct cli_tuf_io {
	char dir[FILE_PATH_MAX];
	struct cli_tuf_http server;
	struct tuf *tuf;
};

/* Trust this root from now on. ERR_EXISTS if the folder trusts one already. Makes the folder. */
rc cli_tuf_io_init(const char *dir, const char *root_path, struct err *e) MUST_CHECK;

rc cli_tuf_io_open(const char *dir, const char *url, struct cli_tuf_io *ret, struct err *e) MUST_CHECK;
void cli_tuf_io_done(struct cli_tuf_io *u);

/* `start` is the time that every expiry is judged at, in the lookups that follow too. */
rc cli_tuf_io_refresh(struct cli_tuf_io *u, struct wall_time start, struct err *e) MUST_CHECK;

/* Through delegations. tuf_target_done frees. ERR_MISSING if there is none. */
rc cli_tuf_io_lookup(struct cli_tuf_io *u, const char *name, struct tuf_target *ret, struct err *e) MUST_CHECK;

#endif
