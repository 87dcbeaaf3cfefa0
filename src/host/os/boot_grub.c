/* SPDX-License-Identifier: Apache-2.0 */
/* GRUB's environment block, line by line. */
#include "host/os/boot_grub.h"

#include "core/base/buf.h"
#include "core/base/banned.h"

#define SIGNATURE "# GRUB Environment Block\n"
#define SIGNATURE_SIZE (sizeof SIGNATURE - 1)

/*
 * The line that begins at `at` ends before *ret_end, where its line break is. A backslash takes the next character with
 * it, a line break too. False if there is no whole line: the padding, or damage.
 */
static bool line_at(struct bytes block, size_t at, size_t *ret_end)
{
	bool comment = at < block.n && block.p[at] == '#';
	for (; at < block.n; at++) {
		if (block.p[at] == '\n') {
			*ret_end = at;
			return true;
		}
		if (block.p[at] == '\\' && !comment)
			at++;
	}
	return false;
}

/* Where the lines end and the padding begins; SIZE_MAX if there is anything but '#' after the last line. */
static size_t padding_at(struct bytes block)
{
	size_t at = SIGNATURE_SIZE, end;
	while (line_at(block, at, &end))
		at = end + 1;
	for (size_t i = at; i < block.n; i++)
		if (block.p[i] != '#')
			return SIZE_MAX;
	return at;
}

rc boot_grub_check(const uint8_t block[BOOT_GRUB_SIZE], struct err *e)
{
	bool good = memcmp(block, SIGNATURE, SIGNATURE_SIZE) == 0 && !memchr(block, 0, BOOT_GRUB_SIZE) &&
		    padding_at(bytes_of(block, BOOT_GRUB_SIZE)) != SIZE_MAX;
	if (good)
		return RC_OK;
	(void)err_set(e, ERR_INPUT, "not a whole GRUB environment block");
	return err_hint(e, "nothing was written; `grub-editenv FILE create` makes an empty one");
}

static bool is_named(struct bytes line, const char *name)
{
	size_t n = strlen(name);
	return line.n > n && memcmp(line.p, name, n) == 0 && line.p[n] == '=';
}

bool boot_grub_get(struct bytes block, const char *name, struct bytes *ret)
{
	for (size_t at = SIGNATURE_SIZE, end; line_at(block, at, &end); at = end + 1) {
		struct bytes line = bytes_of(block.p + at, end - at);
		if (!is_named(line, name) || memchr(line.p, '\\', line.n))
			continue;
		*ret = bytes_of(line.p + strlen(name) + 1, line.n - strlen(name) - 1);
		return true;
	}
	return false;
}

static void put_lines(struct bytes block, const struct boot_vars_set *set, bool done[], struct buf *out)
{
	for (size_t at = SIGNATURE_SIZE, end; line_at(block, at, &end); at = end + 1) {
		size_t i = 0;
		struct bytes line = bytes_of(block.p + at, end - at);
		while (i < set->n && !is_named(line, set->list[i].name))
			i++;
		if (i == set->n)
			buf_put(out, bytes_of(line.p, line.n + 1));
		else if (!done[i])
			buf_putf(out, "%s=%s\n", set->list[i].name, set->list[i].value);
		if (i < set->n)
			done[i] = true;
	}
}

rc boot_grub_encode(const uint8_t block[BOOT_GRUB_SIZE], const struct boot_vars_set *set, uint8_t ret[BOOT_GRUB_SIZE],
		    struct err *e)
{
	bool done[BOOT_VARS_MAX] = {false};
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, BOOT_GRUB_SIZE);
	buf_put_text(&out, SIGNATURE);
	put_lines(bytes_of(block, BOOT_GRUB_SIZE), set, done, &out);
	for (size_t i = 0; i < set->n; i++)
		if (!done[i])
			buf_putf(&out, "%s=%s\n", set->list[i].name, set->list[i].value);
	if (out.broken)
		return err_set(e, ERR_SPACE, "GRUB environment: no room in its %d bytes", BOOT_GRUB_SIZE);
	memset(ret, '#', BOOT_GRUB_SIZE);
	memcpy(ret, out.data, out.len);
	return RC_OK;
}

bool boot_grub_span(const uint8_t was[BOOT_GRUB_SIZE], const uint8_t is[BOOT_GRUB_SIZE], size_t *ret_sector)
{
	size_t changed = 0, at = 0;
	for (size_t i = 0; i < BOOT_GRUB_SIZE; i += BOOT_GRUB_SECTOR) {
		if (memcmp(was + i, is + i, BOOT_GRUB_SECTOR) == 0)
			continue;
		changed++;
		at = i;
	}
	*ret_sector = at;
	return changed <= 1;
}
