/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's report (docs/update.md) in words for a terminal. Pure. */
#ifndef HALLMARK_CTL_CTL_TEXT_H
#define HALLMARK_CTL_CTL_TEXT_H

#include "core/base/buf.h"
#include "core/codec/json.h"

/* What would happen with the release that is there. *ret_now: nothing stands against it, or there is nothing to do. */
rc ctl_text_plan(const json_t *report, struct buf *out, bool *ret_now, struct err *e) MUST_CHECK;
rc ctl_text_status(const json_t *report, struct buf *out, struct err *e) MUST_CHECK;

/* "1.5 MiB" */
void ctl_text_bytes(int64_t n, char out[32]);

#endif
