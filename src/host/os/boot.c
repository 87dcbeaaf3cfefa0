/* SPDX-License-Identifier: Apache-2.0 */
/* One view from two sources: the boot loader's store, which decides, and the side record, which remembers. */
#include "host/os/boot.h"

#include "core/base/banned.h"

static const struct bootctl_image unknown = {.bytes = BOOT_IMAGE_UNKNOWN};

void boot_merge(const struct bootctl *side, const struct boot_loader *l, int booted, struct bootctl *ret)
{
	struct bootctl b = {.active = l->active, .booted = (uint8_t)booted};
	int other = 1 - l->active;
	/* The loader spent the last try and came back: over. While that last try runs, it is not. */
	b.trying = l->trial && (l->tries > 0 || booted == other);
	b.tries = b.trying ? l->tries : 0;
	if (side) {
		b.sequence = side->sequence;
		memcpy(b.image, side->image, sizeof b.image);
		/* A switch that was written down, and then never reached the boot loader: power failed in between. */
		if (side->trying && side->active == l->active && !l->trial)
			b.image[other] = (struct bootctl_image){0};
	}
	if (b.image[l->active].bytes == 0)
		b.image[l->active] = unknown;
	if (l->open && b.image[other].bytes == 0)
		b.image[other] = unknown;
	*ret = b;
}

static bool starts_with(struct bytes word, const char *key, struct bytes *ret_value)
{
	size_t n = strlen(key);
	if (word.n < n || memcmp(word.p, key, n) != 0)
		return false;
	*ret_value = bytes_of(word.p + n, word.n - n);
	return true;
}

static int slot_of_word(struct bytes word, const char *const roots[2])
{
	struct bytes v;
	if (starts_with(word, "hallmark.slot=", &v) || starts_with(word, "rauc.slot=", &v)) {
		if (v.n != 1)
			return -1;
		return v.p[0] == 'a' || v.p[0] == 'A' ? 0 : v.p[0] == 'b' || v.p[0] == 'B' ? 1 : -1;
	}
	if (!starts_with(word, "root=", &v))
		return -1;
	for (int i = 0; i < 2; i++)
		if (roots[i][0] && bytes_equal(v, bytes_of_text(roots[i])))
			return i;
	return -1;
}

int boot_cmdline_slot(struct bytes line, const char *root_a, const char *root_b)
{
	const char *const roots[2] = {root_a, root_b};
	int by_name = -1, by_root = -1;
	for (size_t i = 0, end; i < line.n; i = end + 1) {
		for (end = i; end < line.n && line.p[end] != ' ' && line.p[end] != '\n';)
			end++;
		struct bytes word = bytes_of(line.p + i, end - i), v;
		int slot = slot_of_word(word, roots);
		if (slot < 0)
			continue;
		if (starts_with(word, "root=", &v))
			by_root = slot;
		else
			by_name = slot;
	}
	return by_name >= 0 ? by_name : by_root;
}
