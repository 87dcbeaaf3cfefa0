/* SPDX-License-Identifier: Apache-2.0 */
/* The style sheet of all pages. */
#ifndef HALLMARK_FLEET_WEB_STYLE_H
#define HALLMARK_FLEET_WEB_STYLE_H

extern const char style_css[];

#endif
