/* SPDX-License-Identifier: Apache-2.0 */
/* data/schemes.json as bytes; the build makes the object with tools/json-to-c. */
#ifndef HALLMARK_PRODUCT_SCHEMES_TEXT_H
#define HALLMARK_PRODUCT_SCHEMES_TEXT_H

#include <stddef.h>

extern const unsigned char schemes_text[];
extern const size_t schemes_text_n;

#endif
