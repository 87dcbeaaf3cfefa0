/* SPDX-License-Identifier: Apache-2.0 */
/* A verified target's content, from the server into a folder. */
#ifndef HALLMARK_CLI_CLI_TUF_DOWNLOAD_H
#define HALLMARK_CLI_CLI_TUF_DOWNLOAD_H

#include "cli/cli_tuf_http.h"
#include "core/trust/tuf.h"
#include "host/os/file.h"

/*
 * *ret_path is where it lies: DIR and the percent-encoded name. A file there that is the target already is kept
 * (*ret_kept), one that is not is replaced only when the new one was checked. Makes the folder.
 */
rc cli_tuf_download(struct cli_tuf_http *server, const struct tuf_target *t, const char *dir,
		    char ret_path[FILE_PATH_MAX], bool *ret_kept, struct err *e) MUST_CHECK;

#endif
