/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share that hold a declaration against the record of what was published. */
#ifndef HALLMARK_CLI_CLI_PUBLISHED_H
#define HALLMARK_CLI_CLI_PUBLISHED_H

#include <jansson.h>

#include "cli/cli.h"
#include "product/published_io.h"

#define CLI_PUBLISHED_OPTION                                                                                           \
	{                                                                                                              \
		"published", "FILE",                                                                                   \
			"record of what was published (default: product.published.jsonl beside product.yaml, if "      \
			"there)",                                                                                      \
			false                                                                                          \
	}
#define CLI_PUBLISHED_KEY_OPTION                                                                                       \
	{                                                                                                              \
		"key", "FILE", "label.pub: check the signatures of the record too", false                              \
	}

/* A declaration judged with its record; zero it before use. */
struct cli_published {
	struct judge_result *judged;
	struct publication_record record;
};
void cli_published_done(struct cli_published *p);

/* The declaration from `path`, with its record as the two options say. */
rc cli_published_judge(const struct cli_args *a, const char *path, const struct declaration *d, struct wall_time today,
		       struct cli_published *ret, struct err *e) MUST_CHECK;

/* One line about the record, or nothing if there is none. */
void cli_published_print(const struct publication_record *record);

/* The same for programs: null, or what the newest entry says. NULL when out of memory. */
json_t *cli_published_json(const struct publication_record *record);

#endif
