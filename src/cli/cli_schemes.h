/* SPDX-License-Identifier: Apache-2.0 */
/* Schemes as text for people: the list, a product seen by them, the next steps, who accepts whose label. */
#ifndef HALLMARK_CLI_CLI_SCHEMES_H
#define HALLMARK_CLI_CLI_SCHEMES_H

#include "product/schemes_json.h"

/* `rows`: each requirement too. */
void cli_schemes_print(const struct schemes_shown *s, bool rows);

#endif
