/* SPDX-License-Identifier: Apache-2.0 */
/* Boot entries: lines are file names of a folder; the last part is taken for a loader.conf. */
#include <stdlib.h>

#include "host/os/boot_entries.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void apply(struct boot_entries *b, const struct boot_entries_plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct boot_entries_one one;
		for (size_t k = 0; k < b->n && p->list[i].deed != BOOT_ENTRIES_CREATE; k++) {
			char name[BOOT_ENTRIES_NAME_SIZE];
			boot_entries_name(&b->list[k], name);
			if (strcmp(name, p->list[i].from) == 0)
				b->list[k--] = b->list[--b->n];
		}
		if (p->list[i].deed == BOOT_ENTRIES_REMOVE)
			continue;
		if (!boot_entries_parse(p->list[i].to, &one))
			abort();
		if (b->n < BOOT_ENTRIES_MAX)
			b->list[b->n++] = one;
	}
}

static void check(const struct boot_entries *all, const struct boot_loader *want)
{
	struct boot_entries b = *all;
	struct boot_entries_plan plan;
	struct boot_loader l;
	if (b.n == BOOT_ENTRIES_MAX || rc_failed(boot_entries_write(&b, want, &plan, NULL)))
		return;
	apply(&b, &plan);
	boot_entries_read(&b, want->active, &l);
	if (l.active != want->active || l.trial != want->trial || (l.trial && l.tries != want->tries) ||
	    (!want->trial && (l.open || !l.tidy)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct boot_entries all = {0};
	struct boot_loader l;
	size_t at = 0;
	while (at < n) {
		char name[64];
		size_t len = 0;
		while (at < n && data[at] != '\n' && data[at] && len < sizeof name - 1)
			name[len++] = (char)data[at++];
		name[len] = 0;
		at++;
		if (rc_failed(boot_entries_add(&all, name, NULL)))
			break;
	}
	bool free_choice = rc_ok(boot_entries_check_conf(bytes_of(data, n), NULL));
	if (n == 0 && !free_choice)
		abort();
	for (int slot = 0; slot < 2; slot++) {
		boot_entries_read(&all, slot, &l);
		check(&all, &(struct boot_loader){.active = (uint8_t)slot});
		check(&all, &(struct boot_loader){.active = (uint8_t)slot, .trial = true, .tries = 3});
	}
	return 0;
}
