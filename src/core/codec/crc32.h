/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 of IEEE 802.3, as Ethernet, zlib and U-Boot compute it: finds damage, proves nothing about who wrote. */
#ifndef HALLMARK_CORE_CODEC_CRC32_H
#define HALLMARK_CORE_CODEC_CRC32_H

#include "core/base/bytes.h"

uint32_t crc32_of(struct bytes content);

#endif
