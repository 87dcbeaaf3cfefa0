/* SPDX-License-Identifier: Apache-2.0 */
/* The factory step of a virtual device: disk, boot record, and the seeds of the agent's first start. */
#include "vdev.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/codec/json.h"
#include "host/os/bootctl_io.h"
#include "host/os/slot.h"
#include "core/base/banned.h"

#define COPY_STEP 65536

static rc copy_image(const struct slot_disk *disk, const char *path, uint64_t *ret_bytes, struct err *e)
{
	static uint8_t piece[COPY_STEP];
	FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "open %s", path);
	uint64_t at = 0;
	for (;;) {
		ssize_t n = read(fd, piece, sizeof piece);
		if (n < 0)
			return err_errno(e, errno, "read %s", path);
		if (n == 0)
			break;
		rc r = slot_write(disk, 0, at, bytes_of(piece, (size_t)n), e);
		if (rc_failed(r))
			return r;
		at += (uint64_t)n;
	}
	*ret_bytes = at;
	return slot_sync(disk, e);
}

static rc make_disk(const struct vdev_make *m, struct bootctl_image *ret, struct err *e)
{
	char path[FILE_PATH_MAX];
	CLEANUP(slot_close) struct slot_disk disk = {0};
	rc r = file_path(path, e, m->device, "disk.img");
	if (rc_ok(r))
		r = slot_create(path, m->slot_bytes, e);
	if (rc_ok(r))
		r = slot_open(path, true, &disk, e);
	if (rc_ok(r))
		r = copy_image(&disk, m->image, &ret->bytes, e);
	if (rc_ok(r))
		r = slot_hash_all(&disk, 0, ret->bytes, ret->sha256, e);
	return rc_failed(r) ? err_wrap(e, "disk of the device") : RC_OK;
}

static rc make_boot_record(const struct vdev_make *m, const struct bootctl_image *image, struct err *e)
{
	char path[FILE_PATH_MAX];
	struct bootctl b;
	bootctl_factory(&b, image);
	rc r = file_path(path, e, m->device, "boot.env");
	return rc_failed(r) ? r : bootctl_io_create(path, &b, e);
}

static rc check_policy(struct bytes text, const char *path, struct err *e)
{
	struct policy *p = NULL;
	rc r = policy_decode(text, &p, e);
	policy_free(p);
	return rc_failed(r) ? err_wrap(e, "policy %s", path) : RC_OK;
}

static rc make_seeds(const struct vdev_make *m, struct err *e)
{
	char path[FILE_PATH_MAX];
	CLEANUP(buf_done) struct buf policy, installed;
	JSON_AUTO json_t *j =
		json_pack("{s:i, s:s, s:I}", "v", 1, "version", m->version, "counter", (json_int_t)m->counter);
	buf_init(&policy, POLICY_MAX);
	buf_init(&installed, 4096);
	rc r = file_read(m->policy, POLICY_MAX, &policy, e);
	if (rc_ok(r))
		r = check_policy(buf_view(&policy), m->policy, e);
	if (rc_ok(r))
		r = file_path(path, e, m->device, "factory/policy.json");
	if (rc_ok(r))
		r = file_write_atomic(path, buf_view(&policy), 0644, e);
	if (rc_ok(r))
		r = json_codec_canonical(j, &installed, e);
	if (rc_ok(r))
		r = file_path(path, e, m->device, "factory/installed.json");
	return rc_failed(r) ? r : file_write_atomic(path, buf_view(&installed), 0644, e);
}

/* What a failed or killed run left. */
static void remove_parts(const struct vdev_make *m)
{
	static const char *const parts[] = {"disk.img", "factory/policy.json", "factory/installed.json"};
	char path[FILE_PATH_MAX];
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (rc_ok(file_path(path, NULL, m->device, parts[i])))
			(void)unlink(path);
}

/* The boot record comes last: without it the device was never made, and may be made anew. */
rc vdev_make(const struct vdev_make *m, struct err *e)
{
	char boot[FILE_PATH_MAX];
	struct bootctl_image image = {0};
	rc r = file_path(boot, e, m->device, "boot.env");
	if (rc_failed(r))
		return r;
	if (file_exists(boot)) {
		(void)err_set(e, ERR_EXISTS, "device %s is made already", m->device);
		return err_hint(e, "a unit is made once; `hallmark provision` makes another");
	}
	remove_parts(m);
	r = make_seeds(m, e);
	if (rc_ok(r))
		r = make_disk(m, &image, e);
	if (rc_ok(r))
		r = make_boot_record(m, &image, e);
	if (rc_failed(r))
		remove_parts(m);
	return r;
}
