/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root verbs of the parent: the only things that a captured engine could still ask for. Each request is decoded,
 * checked against what the parent itself knows (the boot record, what it hashed), and then done.
 */
#ifndef HALLMARK_AGENT_ROLES_VERBS_H
#define HALLMARK_AGENT_ROLES_VERBS_H

#include "core/base/buf.h"
#include "host/os/boot_io.h"
#include "host/os/slot.h"

/* Where the running image lies: what a worker may read. */
struct verbs_base {
	int fd; /* read only; the callee's to keep */
	uint64_t at, bytes;
};

/* Starts and ends the worker; a test's, or parent_worker.h. */
struct verbs_worker {
	/* *ret_room: `bytes` of memory that the worker fills, until stop. */
	rc (*start)(void *ctx, const struct verbs_base *base, uint32_t bytes, const uint8_t **ret_room, struct err *e);
	void (*stop)(void *ctx);
	void *ctx;
};

struct verbs {
	struct boot boot;
	/* The boot record, so that it is not read for every piece of an image; dropped by every transition. */
	struct bootctl known;
	bool is_known;
	struct slot_disk disk;
	struct slot_hash hashing;
	/* What the parent has hashed and nobody wrote over since; bytes 0: nothing. */
	int proven_slot;
	struct bootctl_image proven;
	rc (*firewall)(struct bytes ruleset, struct err *e); /* nft_apply, or a test's */
	struct verbs_worker worker;
	const uint8_t *room; /* shared with the worker that runs; NULL: none */
	size_t room_bytes;
	const char *media_dir; /* NULL: there is none */
	bool reboot;	       /* VERB_REBOOT was asked for */
	char why[128];
};

/* Opens the boot control and the slots that `factory/boot.json` below dir names. Zero `ret` before. */
rc verbs_init(struct verbs *ret, const char *dir, rc (*firewall)(struct bytes ruleset, struct err *e), struct err *e)
	MUST_CHECK;
void verbs_done(struct verbs *v);

/*
 * Do what the message asks; `reply` (empty before) gets the VERB_ANSWER payload, a refusal included. An error means
 * that the message itself is broken, and the peer must end.
 */
rc verbs_handle(struct verbs *v, uint16_t type, struct bytes payload, struct buf *reply, struct err *e) MUST_CHECK;

#endif
