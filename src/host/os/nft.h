/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's packet filter, through libnftables. Product-blind: takes a ruleset text that was made from checked
 * values and loads it as one transaction. For the root parent only: the library talks netlink.
 */
#ifndef HALLMARK_HOST_OS_NFT_H
#define HALLMARK_HOST_OS_NFT_H

#include "core/base/buf.h"

#define NFT_TEXT_MAX (256 * 1024)

/*
 * Load it, all or nothing. ERR_DENIED: no permission in this network namespace; ERR_UNSUPPORTED: the kernel lacks
 * nftables or one of the expressions; ERR_INPUT: refused text, with the library's first complaint.
 */
rc nft_apply(struct bytes text, struct err *e) MUST_CHECK;

/* Append the table as the kernel has it now ("list table inet NAME"); ERR_MISSING if there is none. */
rc nft_list(const char *table, struct buf *out, struct err *e) MUST_CHECK;

#endif
