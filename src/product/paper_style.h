/* SPDX-License-Identifier: Apache-2.0 */
/* The look of the documents: one sheet, light and dark, screen and paper. */
#ifndef HALLMARK_PRODUCT_PAPER_STYLE_H
#define HALLMARK_PRODUCT_PAPER_STYLE_H

const char *paper_style(void);

#endif
