/* SPDX-License-Identifier: Apache-2.0 */
/* Reads boot.json: every key is checked, and one that a backend has no use for is refused. */
#include "host/os/boot_config.h"

#include <stdio.h>

#include "core/codec/json.h"
#include "host/os/boot_uboot.h"
#include "core/base/banned.h"

#define WHAT "boot.json"
#define OFFSET_MAX ((int64_t)1 << 48)

void boot_config_default(struct boot_config *ret)
{
	*ret = (struct boot_config){.kind = BOOT_CONFIG_FILE, .cmdline = "/proc/cmdline"};
}

static rc keep_path(const char *text, const char *key, char out[BOOT_CONFIG_PATH_SIZE], struct err *e)
{
	if (text[0] != '/')
		return err_set(e, ERR_INPUT, WHAT ": \"%s\" is not an absolute path", key);
	(void)snprintf(out, BOOT_CONFIG_PATH_SIZE, "%s", text);
	return RC_OK;
}

static rc get_path(const json_t *j, const char *key, char out[BOOT_CONFIG_PATH_SIZE], struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text(j, WHAT, key, BOOT_CONFIG_PATH_SIZE - 1, &text, e);
	return rc_ok(r) ? keep_path(text, key, out, e) : r;
}

static rc get_copy(const json_t *j, struct boot_config_copy *c, struct err *e)
{
	static const char *const keys[] = {"path", "offset", "size", NULL};
	int64_t offset = 0, size = 0;
	rc r = json_codec_only(j, WHAT " copy", keys, e);
	if (rc_ok(r))
		r = get_path(j, "path", c->path, e);
	if (rc_ok(r))
		r = json_codec_int(j, WHAT, "offset", 0, OFFSET_MAX, &offset, e);
	if (rc_ok(r))
		r = json_codec_int(j, WHAT, "size", BOOT_UBOOT_SIZE_MIN, BOOT_UBOOT_SIZE_MAX, &size, e);
	c->offset = (uint64_t)offset;
	c->size = (uint32_t)size;
	return r;
}

static bool overlap(const struct boot_config_copy *a, const struct boot_config_copy *b)
{
	return strcmp(a->path, b->path) == 0 && a->offset < b->offset + b->size && b->offset < a->offset + a->size;
}

static rc get_copies(const json_t *j, struct boot_config *c, struct err *e)
{
	json_t *list = NULL;
	rc r = json_codec_array(j, WHAT, "copies", BOOT_UBOOT_COPIES, &list, e);
	if (rc_failed(r))
		return r;
	c->copies = json_array_size(list);
	if (c->copies == 0)
		return err_set(e, ERR_INPUT, WHAT ": \"copies\" is empty");
	for (size_t i = 0; rc_ok(r) && i < c->copies; i++)
		r = get_copy(json_array_get(list, i), &c->copy[i], e);
	if (rc_failed(r) || c->copies == 1)
		return r;
	if (c->copy[0].size != c->copy[1].size)
		return err_set(e, ERR_INPUT, WHAT ": the two copies differ in size");
	if (overlap(&c->copy[0], &c->copy[1]))
		return err_set(e, ERR_INPUT, WHAT ": the two copies overlap");
	return RC_OK;
}

static rc get_slots(const json_t *j, struct boot_config *c, struct err *e)
{
	json_t *list = NULL;
	if (!json_object_get(j, "slots"))
		return RC_OK;
	rc r = json_codec_array(j, WHAT, "slots", 2, &list, e);
	if (rc_ok(r) && json_array_size(list) != 2)
		r = err_set(e, ERR_INPUT, WHAT ": \"slots\" must name two");
	for (size_t i = 0; rc_ok(r) && i < 2; i++) {
		const char *text = json_string_value(json_array_get(list, i));
		if (!text || strlen(text) >= BOOT_CONFIG_PATH_SIZE)
			return err_set(e, ERR_INPUT, WHAT ": \"slots\" must hold two paths");
		r = keep_path(text, "slots", c->slot[i], e);
	}
	if (rc_ok(r) && strcmp(c->slot[0], c->slot[1]) == 0)
		return err_set(e, ERR_INPUT, WHAT ": both slots are %s", c->slot[0]);
	return r;
}

static rc get_grub(const json_t *j, struct boot_config *c, struct err *e)
{
	return get_path(j, "path", c->path, e);
}

static rc get_entries(const json_t *j, struct boot_config *c, struct err *e)
{
	return get_path(j, "entries", c->path, e);
}

static const struct {
	const char *word, *key; /* the one key beside those that all have */
	rc (*get)(const json_t *j, struct boot_config *c, struct err *e);
} kinds[BOOT_CONFIG_COUNT] = {
	[BOOT_CONFIG_FILE] = {"file", NULL, NULL},
	[BOOT_CONFIG_UBOOT] = {"u-boot", "copies", get_copies},
	[BOOT_CONFIG_GRUB] = {"grub", "path", get_grub},
	[BOOT_CONFIG_ENTRIES] = {"systemd-boot", "entries", get_entries},
};

static rc get_kind(const json_t *j, struct boot_config *c, struct err *e)
{
	const char *word = NULL;
	rc r = json_codec_text(j, WHAT, "backend", 32, &word, e);
	if (rc_failed(r))
		return r;
	for (int i = 0; i < BOOT_CONFIG_COUNT; i++) {
		if (strcmp(word, kinds[i].word) == 0) {
			c->kind = (enum boot_config_kind)i;
			return RC_OK;
		}
	}
	(void)err_set(e, ERR_INPUT, WHAT ": no backend \"%s\"", word);
	return err_hint(e, "one of file, u-boot, grub, systemd-boot");
}

static rc decode(const json_t *j, struct boot_config *c, struct err *e)
{
	int64_t v = 0;
	rc r = json_is_object(j) ? json_codec_int(j, WHAT, "v", 1, 1, &v, e)
				 : err_set(e, ERR_INPUT, WHAT " is not an object");
	if (rc_ok(r))
		r = get_kind(j, c, e);
	if (rc_failed(r))
		return r;
	const char *const keys[] = {"v", "backend", "slots", "cmdline", kinds[c->kind].key, NULL};
	r = json_codec_only(j, WHAT, keys, e);
	if (rc_ok(r))
		r = get_slots(j, c, e);
	if (rc_ok(r) && json_object_get(j, "cmdline"))
		r = get_path(j, "cmdline", c->cmdline, e);
	return rc_ok(r) && kinds[c->kind].get ? kinds[c->kind].get(j, c, e) : r;
}

rc boot_config_decode(struct bytes text, struct boot_config *ret, struct err *e)
{
	JSON_AUTO json_t *j = NULL;
	struct boot_config c;
	boot_config_default(&c);
	rc r = json_codec_parse(text, BOOT_CONFIG_MAX, WHAT, &j, e);
	if (rc_ok(r))
		r = decode(j, &c, e);
	if (rc_ok(r))
		*ret = c;
	return r;
}
