/* SPDX-License-Identifier: Apache-2.0 */
/* The sticker on the unit: product, id, set-up address as QR code, set-up password. EN303645 5.12-2. */
#ifndef HALLMARK_RELEASE_LABEL_SHEET_H
#define HALLMARK_RELEASE_LABEL_SHEET_H

#include "core/base/buf.h"

#define LABEL_SHEET_MAX 65536
#define LABEL_SHEET_PASSWORD_SIZE 20

struct label_sheet {
	const char *maker, *model, *device;
	const char *url;
	const char *password; /* canonical; printed in groups */
};

/* "XXXXX-XXXX-XXXX": as printed; what the owner types may contain the hyphens or not. */
void label_sheet_password(const char *password, char ret[LABEL_SHEET_PASSWORD_SIZE]);

/* Append an SVG of 85 x 54 mm. */
rc label_sheet_svg(const struct label_sheet *l, struct buf *out, struct err *e) MUST_CHECK;

#endif
