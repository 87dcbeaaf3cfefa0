/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The level on the label: four steps, each on top of the one before, from verdicts alone. A recommendation that is not
 * followed, for whatever reason, has not passed; a provision that is missing, open or not judged has not either.
 */
#include "assess/label.h"
#include "product/catalogue.h"
#include "core/base/banned.h"

/* The three things that the laws of several countries begin with: passwords, contact, support period. */
static const char *const basics[] = {"5.1-1", "5.1-2", "5.2-1", "5.3-13"};

static bool in_step(const struct catalogue_provision *p, bool mandatory, unsigned step)
{
	switch (step) {
	case 1:
		for (size_t i = 0; i < ARRAY_LEN(basics); i++)
			if (strcmp(p->id, basics[i]) == 0)
				return true;
		return false;
	case 2:
		return mandatory && (strncmp(p->id, "5.1-", 4) == 0 || strncmp(p->id, "5.2-", 4) == 0 ||
				     strncmp(p->id, "5.3-", 4) == 0);
	case 3:
		return mandatory;
	default:
		return true;
	}
}

static const struct verdict *find(const struct verdict_set *v, const char *provision)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->list[i].provision, provision) == 0)
			return &v->list[i];
	return NULL;
}

static bool reached(const struct verdict_set *v, unsigned step)
{
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct catalogue_provision *p = &catalogue_table[i];
		const struct verdict *x = find(v, p->id);
		if (!in_step(p, catalogue_mandatory(p) || (x && x->mandatory), step))
			continue;
		if (!x || (x->result != VERDICT_PASS && x->result != VERDICT_NOT_APPLICABLE))
			return false;
	}
	return true;
}

unsigned label_level(const struct verdict_set *v)
{
	unsigned level = 0;
	while (level < CLAIM_LEVEL_MAX && reached(v, level + 1))
		level++;
	return level;
}

const char *label_level_words(unsigned level)
{
	static const char *const words[CLAIM_LEVEL_MAX + 1] = {
		"No level reached",
		"The basics: passwords, contact, support period",
		"All that is mandatory on passwords, reports and updates",
		"All mandatory requirements",
		"All requirements and recommendations",
	};
	return words[level <= CLAIM_LEVEL_MAX ? level : 0];
}
