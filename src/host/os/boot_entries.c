/* SPDX-License-Identifier: Apache-2.0 */
/* Entry names: what they say, and which steps make them say something else. */
#include "host/os/boot_entries.h"

#include <stdio.h>

#include "core/base/banned.h"

#define PREFIX "hallmark-"
#define SUFFIX ".conf"
#define DIGITS_MAX 9

/* A decimal number without leading zeros (0 itself is fine). */
static bool take_number(const char **at, uint32_t *ret)
{
	uint32_t v = 0;
	size_t n = strspn(*at, "0123456789");
	if (n == 0 || n > DIGITS_MAX || (n > 1 && **at == '0'))
		return false;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (uint32_t)((*at)[i] - '0');
	*at += n;
	*ret = v;
	return true;
}

bool boot_entries_parse(const char *name, struct boot_entries_one *ret)
{
	struct boot_entries_one one = {0};
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return false;
	const char *at = name + strlen(PREFIX);
	if (!take_number(&at, &one.seq) || one.seq == 0 || *at++ != '-')
		return false;
	one.slot = bootctl_slot(*at);
	if (one.slot < 0)
		return false;
	at++;
	if (*at == '+') {
		at++;
		one.counted = true;
		if (!take_number(&at, &one.left))
			return false;
		if (*at == '-') {
			at++;
			one.done_named = true;
			if (!take_number(&at, &one.done))
				return false;
		}
	}
	if (strcmp(at, SUFFIX) != 0)
		return false;
	*ret = one;
	return true;
}

void boot_entries_name(const struct boot_entries_one *one, char ret[BOOT_ENTRIES_NAME_SIZE])
{
	char count[24] = "";
	if (one->counted && one->done_named)
		(void)snprintf(count, sizeof count, "+%u-%u", one->left, one->done);
	else if (one->counted)
		(void)snprintf(count, sizeof count, "+%u", one->left);
	(void)snprintf(ret, BOOT_ENTRIES_NAME_SIZE, PREFIX "%u-%c%.22s" SUFFIX, one->seq, bootctl_letter(one->slot),
		       count);
}

rc boot_entries_add(struct boot_entries *b, const char *name, struct err *e)
{
	struct boot_entries_one one;
	if (!boot_entries_parse(name, &one))
		return RC_OK;
	/* A damaged FAT can list a name twice: removing the one would remove the other. */
	for (size_t i = 0; i < b->n; i++) {
		char known[BOOT_ENTRIES_NAME_SIZE];
		boot_entries_name(&b->list[i], known);
		if (strcmp(known, name) == 0)
			return RC_OK;
	}
	if (b->n == BOOT_ENTRIES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d boot entries of our name", BOOT_ENTRIES_MAX);
	b->list[b->n++] = one;
	return RC_OK;
}

/* The newest entry of a slot, counted or not as asked; NULL if there is none. */
static const struct boot_entries_one *newest(const struct boot_entries *b, int slot, bool counted)
{
	const struct boot_entries_one *best = NULL;
	for (size_t i = 0; i < b->n; i++) {
		const struct boot_entries_one *o = &b->list[i];
		if (o->slot == slot && o->counted == counted && (!best || o->seq > best->seq))
			best = o;
	}
	return best;
}

static uint32_t seq_of(const struct boot_entries_one *o)
{
	return o ? o->seq : 0;
}

void boot_entries_read(const struct boot_entries *b, int booted, struct boot_loader *ret)
{
	struct boot_loader l = {0};
	const struct boot_entries_one *well[2] = {newest(b, 0, false), newest(b, 1, false)};
	const struct boot_entries_one *trial[2] = {newest(b, 0, true), newest(b, 1, true)};
	int active = booted;
	if (well[0] || well[1])
		active = seq_of(well[1]) > seq_of(well[0]);
	int other = 1 - active;
	l.active = (uint8_t)active;
	/* A counted twin of an entry that is well was left over by a rename. */
	if (trial[other] && seq_of(trial[other]) > seq_of(well[active]) && seq_of(trial[other]) > seq_of(well[other])) {
		l.trial = true;
		l.tries = (uint8_t)(trial[other]->left > UINT8_MAX ? UINT8_MAX : trial[other]->left);
	}
	l.open = well[other] || trial[other];
	l.tidy = well[active] && !trial[0] && !trial[1];
	*ret = l;
}

static struct boot_entries_step *next_step(struct boot_entries_plan *p, enum boot_entries_deed deed)
{
	struct boot_entries_step *s = &p->list[p->n++];
	*s = (struct boot_entries_step){.deed = deed};
	return s;
}

static rc add_create(struct boot_entries_plan *p, const struct boot_entries *b, struct boot_entries_one one,
		     struct err *e)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->list[i].seq > one.seq)
			one.seq = b->list[i].seq;
	if (one.seq >= BOOT_ENTRIES_SEQ_MAX)
		return err_set(e, ERR_LIMIT, "boot entries: no number is left above %u", one.seq);
	one.seq++;
	struct boot_entries_step *s = next_step(p, BOOT_ENTRIES_CREATE);
	s->slot = one.slot;
	boot_entries_name(&one, s->to);
	return RC_OK;
}

/* Everything but `keep`; with `open` entries of `other` that are well stay too. */
static void add_removals(struct boot_entries_plan *p, const struct boot_entries *b, const struct boot_entries_one *keep,
			 int other, bool open)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct boot_entries_one *o = &b->list[i];
		if (o == keep || (open && o->slot == other && !o->counted))
			continue;
		boot_entries_name(o, next_step(p, BOOT_ENTRIES_REMOVE)->from);
	}
}

/*
 * A trial that was confirmed is blessed: the name without its counter. As a new file, not by a rename: FAT may lose a
 * file that is being renamed, and this is the slot that runs.
 */
static rc plan_rest(struct boot_entries_plan *p, const struct boot_entries *b, const struct boot_loader *want,
		    struct err *e)
{
	int active = want->active;
	rc r = RC_OK;
	const struct boot_entries_one *keep = newest(b, active, false);
	const struct boot_entries_one *trial = newest(b, active, true);
	if (seq_of(trial) > seq_of(keep)) {
		struct boot_entries_step *s = next_step(p, BOOT_ENTRIES_CREATE);
		s->slot = active;
		boot_entries_name(&(struct boot_entries_one){.seq = trial->seq, .slot = active}, s->to);
		keep = NULL;
	} else if (!keep) {
		r = add_create(p, b, (struct boot_entries_one){.slot = active}, e);
	}
	add_removals(p, b, keep, 1 - active, want->open);
	return r;
}

/* The new entry first: only when it is there may what was left over of its slot go. */
static rc plan_trial(struct boot_entries_plan *p, const struct boot_entries *b, const struct boot_loader *want,
		     struct err *e)
{
	int other = 1 - want->active;
	const struct boot_entries_one *keep = newest(b, want->active, false);
	if (!keep)
		return err_set(e, ERR_WRONG_STATE, "slot %c has no boot entry to fall back to",
			       bootctl_letter(want->active));
	rc r = add_create(p, b, (struct boot_entries_one){.slot = other, .counted = true, .left = want->tries}, e);
	add_removals(p, b, keep, other, false);
	return r;
}

rc boot_entries_write(const struct boot_entries *b, const struct boot_loader *want, struct boot_entries_plan *ret,
		      struct err *e)
{
	struct boot_entries_plan p = {0};
	rc r = want->trial ? plan_trial(&p, b, want, e) : plan_rest(&p, b, want, e);
	if (rc_ok(r))
		*ret = p;
	return r;
}

rc boot_entries_check_conf(struct bytes conf, struct err *e)
{
	static const char key[] = "default", pattern[] = PREFIX "*";
	for (size_t at = 0, end; at < conf.n; at = end + 1) {
		for (end = at; end < conf.n && conf.p[end] != '\n';)
			end++;
		size_t from = at;
		while (from < end && (conf.p[from] == ' ' || conf.p[from] == '\t'))
			from++;
		size_t k = sizeof key - 1;
		if (end - from <= k || memcmp(conf.p + from, key, k) != 0 ||
		    (conf.p[from + k] != ' ' && conf.p[from + k] != '\t'))
			continue;
		for (from += k; from < end && (conf.p[from] == ' ' || conf.p[from] == '\t');)
			from++;
		while (end > from && (conf.p[end - 1] == ' ' || conf.p[end - 1] == '\t' || conf.p[end - 1] == '\r'))
			end--;
		if (!bytes_equal(bytes_of(conf.p + from, end - from), bytes_of(pattern, sizeof pattern - 1))) {
			(void)err_set(e, ERR_INPUT, "loader.conf: its default would be started, whatever we say");
			return err_hint(e, "let it read: default %s", pattern);
		}
		while (end < conf.n && conf.p[end] != '\n')
			end++;
	}
	return RC_OK;
}
