/* SPDX-License-Identifier: Apache-2.0 */
/* The boot record's bytes and transitions. No file is touched here. */
#include "host/os/bootctl.h"

#include "core/base/cur.h"
#include "core/codec/crc32.h"
#include "core/base/banned.h"

#define MAGIC "HMBOOT1"
#define MAGIC_SIZE 8
#define CRC_SIZE 4
#define USED_SIZE (MAGIC_SIZE + 8 + 4 + 2 * 8 + 2 * SHA256_SIZE)

static uint8_t *put_be(uint8_t *at, uint64_t v, size_t width)
{
	for (size_t i = 0; i < width; i++)
		at[i] = (uint8_t)(v >> 8 * (width - 1 - i));
	return at + width;
}

void bootctl_encode(const struct bootctl *b, uint8_t out[BOOTCTL_RECORD_SIZE])
{
	memset(out, 0, BOOTCTL_RECORD_SIZE);
	memcpy(out, MAGIC, MAGIC_SIZE);
	uint8_t *at = put_be(out + MAGIC_SIZE, b->sequence, 8);
	at = put_be(at, b->active, 1);
	at = put_be(at, b->trying, 1);
	at = put_be(at, b->tries, 1);
	at = put_be(at, b->booted, 1);
	at = put_be(at, b->image[0].bytes, 8);
	at = put_be(at, b->image[1].bytes, 8);
	memcpy(at, b->image[0].sha256, SHA256_SIZE);
	memcpy(at + SHA256_SIZE, b->image[1].sha256, SHA256_SIZE);
	(void)put_be(out + BOOTCTL_RECORD_SIZE - CRC_SIZE, crc32_of(bytes_of(out, BOOTCTL_RECORD_SIZE - CRC_SIZE)),
		     CRC_SIZE);
}

static bool all_zero(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i])
			return false;
	return true;
}

bool bootctl_decode(const uint8_t in[BOOTCTL_RECORD_SIZE], struct bootctl *ret)
{
	struct cur c = cur_of(bytes_of(in, BOOTCTL_RECORD_SIZE));
	struct bootctl b = {0};
	struct bytes magic = cur_take(&c, MAGIC_SIZE);
	b.sequence = cur_u64(&c);
	b.active = cur_u8(&c);
	uint8_t trying = cur_u8(&c);
	b.trying = trying == 1;
	b.tries = cur_u8(&c);
	b.booted = cur_u8(&c);
	b.image[0].bytes = cur_u64(&c);
	b.image[1].bytes = cur_u64(&c);
	cur_copy(&c, b.image[0].sha256, SHA256_SIZE);
	cur_copy(&c, b.image[1].sha256, SHA256_SIZE);
	struct bytes rest = cur_take(&c, BOOTCTL_RECORD_SIZE - USED_SIZE - CRC_SIZE);
	uint32_t crc = cur_u32(&c);
	if (!cur_ok(&c) || !bytes_equal(magic, bytes_of(MAGIC, MAGIC_SIZE)) ||
	    crc != crc32_of(bytes_of(in, BOOTCTL_RECORD_SIZE - CRC_SIZE)) || b.active > 1 || b.booted > 1 ||
	    trying > 1 || !all_zero(rest))
		return false;
	*ret = b;
	return true;
}

rc bootctl_choose(const uint8_t file[BOOTCTL_FILE_SIZE], struct bootctl *ret, int *ret_at, struct err *e)
{
	struct bootctl found[2];
	bool valid[2];
	for (int i = 0; i < 2; i++)
		valid[i] = bootctl_decode(file + (size_t)i * BOOTCTL_RECORD_SIZE, &found[i]);
	if (!valid[0] && !valid[1])
		return err_set(e, ERR_INPUT, "neither boot record is valid");
	int at = !valid[0] || (valid[1] && found[1].sequence > found[0].sequence);
	*ret = found[at];
	*ret_at = at;
	return RC_OK;
}

char bootctl_letter(int slot)
{
	return slot == 1 ? 'b' : 'a';
}

int bootctl_slot(char letter)
{
	return letter == 'a' ? 0 : letter == 'b' ? 1 : -1;
}

static int inactive(const struct bootctl *b)
{
	return 1 - b->active;
}

void bootctl_factory(struct bootctl *ret, const struct bootctl_image *image)
{
	*ret = (struct bootctl){.image = {*image}};
}

rc bootctl_stage(struct bootctl *b, struct err *e)
{
	if (b->trying)
		return err_set(e, ERR_WRONG_STATE, "slot %c is on trial", bootctl_letter(inactive(b)));
	if (b->booted != b->active)
		return err_set(e, ERR_WRONG_STATE, "slot %c is running", bootctl_letter(b->booted));
	b->image[inactive(b)] = (struct bootctl_image){0};
	return RC_OK;
}

rc bootctl_switch(struct bootctl *b, const struct bootctl_image *image, struct err *e)
{
	rc r = bootctl_stage(b, e);
	if (rc_failed(r))
		return r;
	if (image->bytes == 0)
		return err_set(e, ERR_INPUT, "an empty image cannot be booted");
	b->image[inactive(b)] = *image;
	b->trying = true;
	b->tries = BOOTCTL_TRIES;
	return RC_OK;
}

rc bootctl_confirm(struct bootctl *b, struct err *e)
{
	if (!b->trying || b->booted != inactive(b))
		return err_set(e, ERR_WRONG_STATE, "no slot on trial is running");
	b->active = b->booted;
	b->trying = false;
	b->tries = 0;
	return RC_OK;
}

rc bootctl_revert(struct bootctl *b, struct err *e)
{
	if (!b->trying)
		return err_set(e, ERR_WRONG_STATE, "no slot is on trial");
	b->trying = false;
	b->tries = 0;
	return RC_OK;
}

rc bootctl_boot(struct bootctl *b, int *ret_slot, bool *ret_write, struct err *e)
{
	struct bootctl next = *b;
	if (next.trying && next.tries > 0 && next.image[inactive(b)].bytes > 0) {
		next.tries--;
		next.booted = (uint8_t)inactive(b);
	} else {
		next.trying = false;
		next.tries = 0;
		next.booted = next.active;
	}
	if (next.image[next.booted].bytes == 0)
		return err_set(e, ERR_MISSING, "slot %c holds no image", bootctl_letter(next.booted));
	*ret_slot = next.booted;
	*ret_write = next.trying != b->trying || next.tries != b->tries || next.booted != b->booted;
	*b = next;
	return RC_OK;
}
