/* SPDX-License-Identifier: Apache-2.0 */
/* U-Boot's environment block: which copy, what is in it, and the next one. */
#include "host/os/boot_uboot.h"

#include "core/codec/crc32.h"
#include "core/base/banned.h"

#define CRC_SIZE 4
#define FLAG_AT CRC_SIZE

static size_t head_size(size_t n)
{
	return n > 1 ? CRC_SIZE + 1 : CRC_SIZE;
}

struct bytes boot_uboot_texts(struct bytes copy, size_t n)
{
	return bytes_of(copy.p + head_size(n), copy.n - head_size(n));
}

/* The end of the text that begins at `at`: the place of its NUL. The whole length if there is none. */
static size_t text_end(struct bytes texts, size_t at)
{
	while (at < texts.n && texts.p[at])
		at++;
	return at;
}

/* Every text ends inside, and so does the list. *ret_end: the place of the empty text. */
static bool well_formed(struct bytes texts, size_t *ret_end)
{
	size_t at = 0;
	while (at < texts.n && texts.p[at])
		at = text_end(texts, at) + 1;
	*ret_end = at;
	return at < texts.n;
}

/* U-Boot writes the sum in the byte order of its processor, which is ours. */
static uint32_t stored_crc(struct bytes copy)
{
	uint32_t v;
	memcpy(&v, copy.p, sizeof v);
	return v;
}

static bool valid(struct bytes copy, size_t n)
{
	size_t end;
	if (copy.n < BOOT_UBOOT_SIZE_MIN || copy.n > BOOT_UBOOT_SIZE_MAX)
		return false;
	struct bytes texts = boot_uboot_texts(copy, n);
	return stored_crc(copy) == crc32_of(texts) && well_formed(texts, &end);
}

/* The flag counts up and wraps; equal ones cannot come from a regular writer, and U-Boot takes the first. */
static bool second_is_newer(uint8_t first, uint8_t second)
{
	if (first == UINT8_MAX && second == 0)
		return true;
	return !(second == UINT8_MAX && first == 0) && second > first;
}

rc boot_uboot_choose(const struct bytes copies[], size_t n, size_t *ret_at, struct err *e)
{
	bool good[BOOT_UBOOT_COPIES] = {false};
	for (size_t i = 0; i < n && i < BOOT_UBOOT_COPIES; i++)
		good[i] = valid(copies[i], n);
	if (!good[0] && !good[1]) {
		(void)err_set(e, ERR_INPUT, "U-Boot environment: %s damaged (checksum)",
			      n > 1 ? "both copies are" : "its only copy is");
		return err_hint(e, "nothing was written; compare place and size with the boot loader's configuration, "
				   "or write a new one with saveenv at its prompt");
	}
	*ret_at = !good[0] || (good[1] && second_is_newer(copies[0].p[FLAG_AT], copies[1].p[FLAG_AT]));
	return RC_OK;
}

static bool is_named(struct bytes text, const char *name)
{
	size_t n = strlen(name);
	return text.n > n && memcmp(text.p, name, n) == 0 && text.p[n] == '=';
}

bool boot_uboot_get(struct bytes texts, const char *name, struct bytes *ret)
{
	bool found = false;
	for (size_t at = 0, end; at < texts.n && texts.p[at]; at = end + 1) {
		end = text_end(texts, at);
		struct bytes text = bytes_of(texts.p + at, end - at);
		if (!is_named(text, name))
			continue;
		*ret = bytes_of(text.p + strlen(name) + 1, text.n - strlen(name) - 1);
		found = true;
	}
	return found;
}

static void put_var(struct buf *out, const struct boot_vars_set *set, size_t i)
{
	if (!*set->list[i].value)
		return;
	buf_putf(out, "%s=%s", set->list[i].name, set->list[i].value);
	buf_put_u8(out, 0);
}

/* A variable that is set anew keeps its place; one that was not there comes last. */
static void put_texts(struct bytes texts, const struct boot_vars_set *set, struct buf *out)
{
	bool done[BOOT_VARS_MAX] = {false};
	for (size_t at = 0, end; at < texts.n && texts.p[at]; at = end + 1) {
		size_t i = 0;
		end = text_end(texts, at);
		struct bytes text = bytes_of(texts.p + at, end - at);
		while (i < set->n && !is_named(text, set->list[i].name))
			i++;
		if (i == set->n)
			buf_put(out, bytes_of(text.p, text.n + 1));
		else if (!done[i])
			put_var(out, set, i);
		if (i < set->n)
			done[i] = true;
	}
	for (size_t i = 0; i < set->n; i++)
		if (!done[i])
			put_var(out, set, i);
}

rc boot_uboot_encode(struct bytes current, size_t n, const struct boot_vars_set *set, struct buf *out, struct err *e)
{
	size_t begin = out->len, head = head_size(n);
	static const uint8_t zeros[FLAG_AT + 1];
	buf_put(out, bytes_of(zeros, head));
	put_texts(boot_uboot_texts(current, n), set, out);
	if (out->broken || out->len - begin >= current.n) /* the empty text at the end needs a byte too */
		return err_set(e, ERR_SPACE, "U-Boot environment: no room in its %zu bytes", current.n);
	size_t rest = current.n - (out->len - begin);
	uint8_t *room = buf_room(out, rest);
	if (!room)
		return buf_check(out, "U-Boot environment", e);
	memset(room, 0, rest);
	buf_grew(out, rest);
	uint8_t *copy = out->data + begin;
	uint32_t crc = crc32_of(bytes_of(copy + head, current.n - head));
	memcpy(copy, &crc, sizeof crc);
	if (n > 1)
		copy[FLAG_AT] = (uint8_t)(current.p[FLAG_AT] + 1);
	return RC_OK;
}
