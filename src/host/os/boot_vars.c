/* SPDX-License-Identifier: Apache-2.0 */
/* Reads both conventions into the same few facts, judges those once, and writes them back in either. */
#include "host/os/boot_vars.h"

#include <stdio.h>

#include "core/base/banned.h"

#define ORDER_WORDS_MAX 8
#define LEFT_MAX 0xff

/* The names of a kind; %s is the slot. */
struct naming {
	const char *order, *left, *ok, *tried, *marker;
};

static const struct naming names[] = {
	[BOOT_VARS_LEFT] = {.order = "BOOT_ORDER", .left = "BOOT_%s_LEFT", .marker = "hallmark_trial"},
	[BOOT_VARS_OK_TRY] = {.order = "ORDER", .ok = "%s_OK", .tried = "%s_TRY", .marker = "HALLMARK_TRIAL"},
};

static const char *const letters[2] = {"A", "B"};

struct facts {
	struct bytes order[ORDER_WORDS_MAX]; /* ours and others' */
	size_t order_n;
	int at[2];	  /* place of a slot in the order; -1: not in it */
	unsigned left[2]; /* boots that the script would still give it */
	bool full[2];	  /* nothing of that was spent */
	int marked;	  /* the slot that we put on trial; -1: none */
	bool defaults;	  /* a variable is missing: the script's default stands in for it */
};

static bool find(const struct boot_vars_env *env, const char *pattern, int slot, struct bytes *ret)
{
	char name[BOOT_VARS_NAME_SIZE];
	/* The patterns are ours, in the table above; a name without %s ignores the letter. */
	const char *at = strstr(pattern, "%s");
	if (at)
		(void)snprintf(name, sizeof name, "%.*s%s%s", (int)(at - pattern), pattern, letters[slot], at + 2);
	else
		(void)snprintf(name, sizeof name, "%s", pattern);
	return env->get(env->env, name, ret);
}

static rc get_number(const struct boot_vars_env *env, const char *pattern, int slot, unsigned *v, struct err *e)
{
	static const char digits[] = "0123456789abcdef"; /* RAUC's scripts count in hexadecimal */
	struct bytes text;
	unsigned n = 0;
	if (!find(env, pattern, slot, &text))
		return err_set(e, ERR_MISSING, "not set");
	bool good = text.n >= 1 && text.n <= 4;
	for (size_t i = 0; good && i < text.n; i++) {
		uint8_t c = text.p[i] >= 'A' && text.p[i] <= 'F' ? text.p[i] + ('a' - 'A') : text.p[i];
		const char *digit = c ? strchr(digits, c) : NULL;
		good = digit != NULL;
		n = n << 4 | (good ? (unsigned)(digit - digits) : 0);
	}
	if (!good)
		return err_set(e, ERR_INPUT, "the boot loader's count for slot %s is not a number", letters[slot]);
	*v = n > LEFT_MAX ? LEFT_MAX : n;
	return RC_OK;
}

/* A missing variable is what the scripts take for it. */
static rc number_or(const struct boot_vars_env *env, const char *pattern, int slot, unsigned *v, struct facts *f,
		    struct err *e)
{
	struct err why = {0};
	rc r = get_number(env, pattern, slot, v, &why);
	if (r.code == ERR_MISSING) {
		f->defaults = true;
		return RC_OK;
	}
	return rc_failed(r) ? err_set(e, r.code, "%s", why.text) : RC_OK;
}

static rc read_order(const struct naming *n, const struct boot_vars_env *env, struct facts *f, struct err *e)
{
	struct bytes text;
	f->at[0] = f->at[1] = -1;
	if (!find(env, n->order, 0, &text)) {
		text = bytes_of_text("A B");
		f->defaults = true;
	}
	for (size_t i = 0, end; i < text.n; i = end + 1) {
		for (end = i; end < text.n && text.p[end] != ' ';)
			end++;
		struct bytes word = bytes_of(text.p + i, end - i);
		if (word.n == 0)
			continue;
		if (f->order_n == ORDER_WORDS_MAX)
			return err_set(e, ERR_LIMIT, "the boot order names more than %d slots", ORDER_WORDS_MAX);
		for (int slot = 0; slot < 2; slot++)
			if (f->at[slot] < 0 && bytes_equal(word, bytes_of_text(letters[slot])))
				f->at[slot] = (int)f->order_n;
		f->order[f->order_n++] = word;
	}
	return RC_OK;
}

static rc read_counts(enum boot_vars_kind kind, const struct boot_vars_env *env, struct facts *f, struct err *e)
{
	const struct naming *n = &names[kind];
	rc r = RC_OK;
	for (int slot = 0; rc_ok(r) && slot < 2; slot++) {
		unsigned left = BOOT_VARS_TRIES, ok = 0, tried = 0;
		if (kind == BOOT_VARS_LEFT) {
			r = number_or(env, n->left, slot, &left, f, e);
			f->left[slot] = left;
			f->full[slot] = left == BOOT_VARS_TRIES;
			continue;
		}
		r = number_or(env, n->ok, slot, &ok, f, e);
		if (rc_ok(r))
			r = number_or(env, n->tried, slot, &tried, f, e);
		f->left[slot] = ok == 1 && tried == 0;
		f->full[slot] = f->left[slot];
		if (ok != 1)
			f->at[slot] = -1; /* the script passes over it, whatever the order says */
	}
	return r;
}

static rc read_marker(const struct naming *n, const struct boot_vars_env *env, struct facts *f, struct err *e)
{
	struct bytes text;
	f->marked = -1;
	if (!find(env, n->marker, 0, &text) || text.n == 0 || bytes_equal(text, bytes_of_text("-")))
		return RC_OK;
	for (int slot = 0; slot < 2; slot++)
		if (bytes_equal(text, bytes_of_text(letters[slot])))
			f->marked = slot;
	return f->marked < 0 ? err_set(e, ERR_INPUT, "%s names no slot", n->marker) : RC_OK;
}

static rc read_facts(enum boot_vars_kind kind, const struct boot_vars_env *env, struct facts *f, struct err *e)
{
	*f = (struct facts){0};
	rc r = read_order(&names[kind], env, f, e);
	if (rc_ok(r))
		r = read_counts(kind, env, f, e);
	return rc_ok(r) ? read_marker(&names[kind], env, f, e) : r;
}

/* SWUpdate writes "1" installed, "2" testing, "7" in progress; and the other variable while it writes. */
static bool swupdate_at_work(const struct boot_vars_env *env)
{
	struct bytes v;
	if (env->get(env->env, "ustate", &v) && v.n == 1 && (v.p[0] == '1' || v.p[0] == '2' || v.p[0] == '7'))
		return true;
	return env->get(env->env, "recovery_status", &v) && bytes_equal(v, bytes_of_text("in_progress"));
}

static bool comes_before(const struct facts *f, int slot, int other)
{
	return f->at[slot] >= 0 && (f->at[other] < 0 || f->at[slot] < f->at[other]);
}

/* The first in the order that the script would start. The slot that runs is well: its count is renewed by settling. */
static int first_of(const struct facts *f, int booted)
{
	int best = -1;
	for (int slot = 0; slot < 2; slot++) {
		bool startable = f->left[slot] > 0 || (slot == booted && slot != f->marked);
		if (f->at[slot] >= 0 && startable && (best < 0 || f->at[slot] < f->at[best]))
			best = slot;
	}
	return best < 0 ? booted : best;
}

rc boot_vars_read(enum boot_vars_kind kind, const struct boot_vars_env *env, int booted, struct boot_loader *ret,
		  struct err *e)
{
	struct facts f;
	struct boot_loader l = {.foreign = swupdate_at_work(env)};
	rc r = read_facts(kind, env, &f, e);
	if (rc_failed(r))
		return r;
	int first = first_of(&f, booted);
	if (f.marked >= 0 && comes_before(&f, f.marked, 1 - f.marked)) {
		l.trial = true;
		l.active = (uint8_t)(1 - f.marked);
	} else if (first != booted && f.at[booted] >= 0 && f.left[booted] > 0) {
		/* Somebody else switched, and did not restart yet; the slot that runs is what it would fall back to. */
		l.trial = true;
		l.active = (uint8_t)booted;
	} else {
		l.active = (uint8_t)first;
	}
	int other = 1 - l.active;
	l.tries = l.trial ? (uint8_t)f.left[other] : 0;
	l.open = f.at[other] >= 0;
	l.tidy = f.marked < 0 && !l.trial && !f.defaults && f.full[l.active] && comes_before(&f, l.active, other);
	*ret = l;
	return RC_OK;
}

/* ---- writing ---- */

static void set(struct boot_vars_set *s, const char *pattern, int slot, const char *value)
{
	const char *at = strstr(pattern, "%s");
	(void)snprintf(s->list[s->n].name, sizeof s->list[s->n].name, "%.*s%s%s",
		       (int)(at ? (size_t)(at - pattern) : strlen(pattern)), pattern, at ? letters[slot] : "",
		       at ? at + 2 : "");
	(void)snprintf(s->list[s->n].value, sizeof s->list[s->n].value, "%s", value);
	s->n++;
}

static bool add_word(char *out, size_t size, struct bytes word)
{
	size_t n = strlen(out);
	if (n + word.n + 2 > size)
		return false;
	(void)snprintf(out + n, size - n, "%s%.*s", n ? " " : "", (int)word.n, (const char *)word.p);
	return true;
}

/* Our slots first, then whatever else the order names, as it was; never more than is read again. */
static rc make_order(const struct facts *f, int first, int second, char *out, size_t size, struct err *e)
{
	size_t words = second >= 0 ? 2 : 1;
	bool good = add_word(out, size, bytes_of_text(letters[first]));
	if (second >= 0)
		good = add_word(out, size, bytes_of_text(letters[second])) && good;
	for (size_t i = 0; i < f->order_n; i++) {
		bool ours =
			bytes_equal(f->order[i], bytes_of_text("A")) || bytes_equal(f->order[i], bytes_of_text("B"));
		if (ours)
			continue;
		good = add_word(out, size, f->order[i]) && good;
		words++;
	}
	return good && words <= ORDER_WORDS_MAX
		       ? RC_OK
		       : err_set(e, ERR_LIMIT, "the boot order is longer than %d slots or %zu characters",
				 ORDER_WORDS_MAX, size - 1);
}

static void set_count(enum boot_vars_kind kind, struct boot_vars_set *s, int slot, unsigned left)
{
	const struct naming *n = &names[kind];
	char text[16];
	if (kind == BOOT_VARS_LEFT) {
		(void)snprintf(text, sizeof text, "%x", left);
		set(s, n->left, slot, text);
	} else {
		set(s, n->ok, slot, left ? "1" : "0");
		set(s, n->tried, slot, "0");
	}
}

rc boot_vars_write(enum boot_vars_kind kind, const struct boot_vars_env *env, const struct boot_loader *want,
		   struct boot_vars_set *ret, struct err *e)
{
	struct facts f;
	struct boot_vars_set s = {0};
	char order[BOOT_VARS_VALUE_SIZE] = "";
	int active = want->active, other = 1 - active;
	rc r = read_facts(kind, env, &f, e);
	if (rc_ok(r))
		r = want->trial ? make_order(&f, other, active, order, sizeof order, e)
				: make_order(&f, active, kind == BOOT_VARS_OK_TRY || want->open ? other : -1, order,
					     sizeof order, e);
	if (rc_failed(r))
		return r;
	set(&s, names[kind].order, 0, order);
	set_count(kind, &s, active, BOOT_VARS_TRIES);
	if (want->trial)
		set_count(kind, &s, other, want->tries);
	else if (!want->open)
		set_count(kind, &s, other, 0);
	/* GRUB's block is changed in place, within one sector: there, lengths stay what they are. */
	set(&s, names[kind].marker, 0, want->trial ? letters[other] : kind == BOOT_VARS_OK_TRY ? "-" : "");
	*ret = s;
	return RC_OK;
}
