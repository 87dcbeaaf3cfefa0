/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to the device while power fails. A new scenario is a row, and a function if its disk is special. */
#include <stdio.h>

#include "agent/update/update.h"
#include "host/boot_loaders.h"
#include "sim.h"

/* State of before the attack's recovery: metadata far ahead, all of it signed with keys that were good then. */
static void attacked(struct sim *s)
{
	disk_put(s->disk, "state/tuf/timestamp.json", buf_view(&s->maker->attack_timestamp));
	disk_put(s->disk, "state/tuf/snapshot.json", buf_view(&s->maker->attack_snapshot));
	disk_put(s->disk, "state/tuf/targets.json", buf_view(&s->maker->attack_targets));
}

static void put_alert(struct sim *s)
{
	struct err e = {0};
	struct statement_alert a = {.time = NOW, .seq = 1, .mode = "recovered", .cause = "a file was changed"};
	CLEANUP(buf_done) struct buf payload, envelope;
	struct signer by = privkey_signer(&s->maker->statement);
	(void)snprintf(a.device, sizeof a.device, "%s", MAKER_DEVICE);
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	buf_init(&envelope, ENVELOPE_MAX);
	check_ok(statement_alert_encode(&a, &payload, &e));
	check_ok(envelope_sign(&by, STATEMENT_TYPE_ALERT, buf_view(&payload), &envelope, &e));
	disk_put(s->disk, "state/outbox/0000000000000001.json", buf_view(&envelope));
}

/* The technician was here. */
static void granted(struct sim *s)
{
	disk_put(s->disk, "state/grant.json", buf_view(&s->maker->grant));
}

/* An owner's data, which the service orders to be erased while an update is on offer, and an alert not yet told. */
static void owned(struct sim *s)
{
	static const uint8_t key[32] = {1, 2, 3}, record[700] = {4, 5, 6};
	disk_put(s->disk, "state/personal.key", bytes_of(key, sizeof key));
	disk_put(s->disk, "state/personal/app~note", bytes_of(record, sizeof record));
	put_alert(s);
}

/*
 * Power failed within renames, on a disk that does them in two steps: each temporary name leads to the file that is in
 * use. Whoever writes the next one must not write into that.
 */
static void half_renamed(struct sim *s)
{
	static const char *const names[] = {"state/installed.json", "state/counter.json", "state/policy.json",
					    "state/update.json"};
	const struct update_state idle = {0};
	CLEANUP(buf_done) struct buf text;
	struct err e = {0};
	buf_init(&text, 4096);
	check_ok(update_state_encode(&idle, &text, &e));
	disk_put(s->disk, "state/update.json", buf_view(&text));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char name[64];
		(void)snprintf(name, sizeof name, "%s.tmp", names[i]);
		(void)disk_link(s->disk, names[i], name);
	}
}

const struct sim_scenario scenarios_list[] = {
	{.name = "good update", .from = 1, .offer = 2},
	{.name = "unhealthy release", .from = 1, .offer = 3, .reverts = true},
	{.name = "key rotation", .from = 1, .offer = 2, .rotates = true, .prepare = attacked},
	{.name = "crashing release", .from = 1, .offer = 3, .reverts = true, .crashes = true},
	{.name = "slow service", .from = 1, .offer = 2, .fail_image = 3, .fail_statement = 1},
	{.name = "wrong byte", .from = 1, .offer = 2, .corrupt_image = 3},
	{.name = "half renamed", .from = 1, .offer = 2, .prepare = half_renamed},
	{.name = "patch", .from = 2, .offer = 4},
	{.name = "granted downgrade", .from = 2, .offer = 1, .granted = true, .prepare = granted},
	{.name = "erasure", .from = 1, .offer = 2, .erases = true, .prepare = owned},
	{.name = "first boot", .from = 1, .offer = 2, .fresh = true},
#define LOADER(title, kind, few)                                                                                       \
	{.name = title ", good", .from = 1, .offer = 2, .loader = (kind) + 1, .brief = true, .one_try = (few)},        \
		{.name = title ", unhealthy",                                                                          \
		 .from = 1,                                                                                            \
		 .offer = 3,                                                                                           \
		 .reverts = true,                                                                                      \
		 .loader = (kind) + 1,                                                                                 \
		 .brief = true},                                                                                       \
	{                                                                                                              \
		.name = title ", crashing", .from = 1, .offer = 3, .reverts = true, .crashes = true,                   \
		.loader = (kind) + 1, .brief = true                                                                    \
	}
	LOADER("u-boot", BOOT_LOADERS_UBOOT, false),
	LOADER("u-boot with one copy", BOOT_LOADERS_UBOOT_SINGLE, false),
	LOADER("grub", BOOT_LOADERS_GRUB, true),
	LOADER("systemd-boot", BOOT_LOADERS_SD, false),
};
const size_t scenarios_n = sizeof scenarios_list / sizeof *scenarios_list;
