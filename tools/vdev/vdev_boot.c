/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot loader of the virtual device: reads the boot record, spends a try if the slot is on trial, checks the slot
 * against the record's hash and unpacks its ext4 file system into DEV/root with debugfs (which needs no privilege).
 */
#include "vdev.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/os/bootctl_io.h"
#include "host/os/slot.h"
#include "host/os/spawn.h"
#include "core/base/banned.h"

#define UNPACK_MS 20000
#define TREE_FDS 16

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static rc empty_dir(const char *path, struct err *e)
{
	if (file_exists(path) && nftw(path, remove_one, TREE_FDS, FTW_DEPTH | FTW_PHYS) != 0)
		return err_errno(e, errno, "remove %s", path);
	return file_make_dir(path, 0755, e);
}

static rc unpack(const char *device, const struct slot_disk *disk, int slot, struct err *e)
{
	char root[FILE_PATH_MAX], image[FILE_PATH_MAX + 32], request[FILE_PATH_MAX + 16];
	rc r = file_path(root, e, device, "root");
	if (rc_ok(r))
		r = empty_dir(root, e);
	if (rc_failed(r))
		return r;
	if (strpbrk(device, " \t\"?"))
		return err_set(e, ERR_INPUT, "the device folder's path may not contain blanks, quotes or '?'");
	(void)snprintf(image, sizeof image, "%s/disk.img?offset=%" PRIu64, device, disk->offset[slot]);
	(void)snprintf(request, sizeof request, "rdump / %s", root);
	const char *path = access("/usr/sbin/debugfs", X_OK) == 0 ? "/usr/sbin/debugfs" : "/sbin/debugfs";
	const char *argv[] = {"debugfs", "-R", request, image, NULL};
	/* debugfs is chatty, and tells of failures in words only: the tree is judged by what is in it. */
	FD_AUTO int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct spawn s = {.path = path, .argv = argv, .stdout_fd = null_fd};
	int status = 0;
	if (rc_failed(r = spawn_wait(&s, UNPACK_MS, &status, e)))
		return r;
	char agent[FILE_PATH_MAX + 32];
	(void)snprintf(agent, sizeof agent, "%s/usr/bin/hallmarkd", root);
	if (status != 0 || access(agent, X_OK) != 0)
		return err_set(e, ERR_INPUT, "slot %c does not hold a bootable file system", bootctl_letter(slot));
	return RC_OK;
}

static rc slot_genuine(const struct slot_disk *disk, const struct bootctl *b, int slot, bool *ret, struct err *e)
{
	uint8_t digest[SHA256_SIZE];
	rc r = slot_hash_all(disk, slot, b->image[slot].bytes, digest, e);
	if (rc_ok(r))
		*ret = memcmp(digest, b->image[slot].sha256, sizeof digest) == 0;
	return r;
}

/* Spend tries until a slot is found whose content is what the record says. */
static rc choose(const char *env_path, const struct slot_disk *disk, int *ret_slot, struct err *e)
{
	struct bootctl b;
	rc r = bootctl_io_read(env_path, &b, e);
	while (rc_ok(r)) {
		bool write = false, genuine = false;
		bool was_trying = b.trying;
		if (rc_failed(r = bootctl_boot(&b, ret_slot, &write, e)))
			return r;
		if (write && rc_failed(r = bootctl_io_write(env_path, &b, e)))
			return r;
		if (rc_failed(r = slot_genuine(disk, &b, *ret_slot, &genuine, e)))
			return r;
		if (genuine)
			return RC_OK;
		(void)fprintf(stderr, "loader: slot %c is damaged\n", bootctl_letter(*ret_slot));
		if (!was_trying)
			return err_set(e, ERR_TRUST, "slot %c does not hold the image it should",
				       bootctl_letter(*ret_slot));
	}
	return r;
}

rc vdev_boot(const char *device, int *ret_slot, struct err *e)
{
	char env_path[FILE_PATH_MAX], disk_path[FILE_PATH_MAX], run_path[FILE_PATH_MAX];
	CLEANUP(slot_close) struct slot_disk disk = {0};
	int slot = 0;
	/* The services' users must reach their programs and their socket below it. */
	rc r = chmod(device, 0711) == 0 ? RC_OK : err_errno(e, errno, "chmod %s", device);
	if (rc_ok(r))
		r = file_path(env_path, e, device, "boot.env");
	if (rc_ok(r))
		r = file_path(disk_path, e, device, "disk.img");
	if (rc_ok(r))
		r = file_path(run_path, e, device, "run");
	if (rc_ok(r))
		r = empty_dir(run_path, e);
	if (rc_ok(r))
		r = slot_open(disk_path, false, &disk, e);
	if (rc_ok(r))
		r = choose(env_path, &disk, &slot, e);
	if (rc_ok(r))
		r = unpack(device, &disk, slot, e);
	if (rc_failed(r))
		return err_wrap(e, "booting %s", device);
	*ret_slot = slot;
	return RC_OK;
}
