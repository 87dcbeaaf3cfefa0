/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One simulated device in one process: the agent's real engine, root verbs, stores and TUF client, on a simulated disk,
 * clock and event loop, beside a simulated service. Every system call of the agent ends in sim_calls.c; nothing of it
 * reaches this machine.
 *
 *   disk.c          the disk, and what is left of it when power fails
 *   sim_calls.c     the system calls
 *   sim_service.c   the net role and the service behind it
 *   sim_worker.c    the worker role
 *   sim_loader.c    boot loaders other than the record file
 *   sim_device.c    factory, boot loader, parent: starts the agent and starts it again
 *   maker.c         releases and metadata, made once
 *   promises.c      what must hold on every disk that a power cut may leave
 *   mutants.c       planted bugs
 *   scenarios.c     what is installed
 *   powercut.c      cuts everywhere, counts, reports
 */
#ifndef HALLMARK_TESTS_POWERCUT_SIM_H
#define HALLMARK_TESTS_POWERCUT_SIM_H

#include "agent/roles/verbs.h"
#include "core/codec/semver.h"
#include "core/model/statement.h"
#include "disk.h"
#include "maker.h"

#define SIM_FD_PARENT 3
#define SIM_FD_NET 4
#define SIM_FD_WORKER 7
#define SIM_FD_FIRST 16
#define SIM_FDS 64
#define SIM_QUEUE 8
#define SIM_WATCHES 16
#define SIM_LOG_SIZE 16384
#define SIM_PIECE 16384 /* bytes of an image in one message of the net role */

/* What the service knows and wants. Plain data: a cut keeps a copy of it. */
struct sim_service {
	int offer;  /* release, 0: none */
	bool erase; /* orders an erasure until it has a receipt */
	/* This request (1: the next) for a piece of the image is answered 503 or with a wrong byte; this statement 503.
	 */
	unsigned fail_image, corrupt_image, fail_statement;
	unsigned checkins, images, confirmed, reverted, receipts, alerts, bad;
	uint64_t image_bytes;
	bool without_health; /* the first "confirmed" had no checks in it */
	bool corrupted;	     /* a wrong byte was sent */
	bool healthy;	     /* the release on offer answered a probe */
	unsigned quiet;	     /* check-ins since the last news */
	char version[SEMVER_MAX + 1], state[24], reason[24], failed_version[SEMVER_MAX + 1];
};

enum sim_fd_kind { SIM_FREE, SIM_FILE, SIM_EPOLL, SIM_SOCKET, SIM_SIGNALS };

struct sim_fd {
	enum sim_fd_kind kind;
	int node;
	uint64_t at;
};

struct sim_message {
	uint16_t type;
	struct buf payload;
};

struct sim_watch {
	int fd; /* -1: free */
	void *data;
};

/* The call to the service that is being answered. */
struct sim_answer {
	uint32_t id;
	uint16_t status;
	size_t piece;
	struct buf request, body;
	size_t sent;
	bool asked, open;
};

struct sim_scenario;
struct sim_worker;

struct sim {
	const struct sim_scenario *scenario;
	struct maker *maker;
	struct disk *disk;
	struct sim_service service;
	int64_t mono_ms, began_ms;
	uint64_t chance;
	unsigned boots, cuts;

	struct sim_fd fds[SIM_FDS];
	struct sim_watch watches[SIM_WATCHES];
	struct verbs verbs;
	struct buf verb_reply;
	bool verb_waits;
	struct sim_worker *worker; /* NULL: none runs */
	struct buf worker_reply;
	bool worker_waits;
	struct sim_message queue[SIM_QUEUE];
	size_t queue_n;
	struct sim_answer answer;
	bool stop; /* the parent closes the engine's channel */
	unsigned turns;

	char log[SIM_LOG_SIZE]; /* what the agent said */
	size_t log_n;
	const char *broken; /* the first promise that was not kept */
	char why[512];
};

extern struct sim *sim_current; /* whose system calls these are */

void sim_break(struct sim *s, const char *promise, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Has the service heard all that the scenario ends with, and nothing new since? */
bool sim_done(const struct sim *s);

/* ---- sim_calls.c ---- */
void sim_calls_reset(struct sim *s); /* the process ended: its descriptors are closed */
void sim_queue(struct sim *s, uint16_t type, const struct buf *payload);

/* ---- sim_service.c ---- */
/* While the engine waits: a request that is on its way arrives. */
void sim_service_turn(struct sim *s);
void sim_service_message(struct sim *s, uint16_t type, struct bytes payload);
void sim_service_reset(struct sim *s);

/* ---- sim_worker.c ---- */
struct verbs_worker sim_worker_of(struct sim *s);
void sim_worker_message(struct sim *s, uint16_t type, struct bytes payload);

/* ---- sim_loader.c: boot loaders with a store of their own ---- */

void sim_loader_factory(struct sim *s); /* from the record file to that store */
/* The slot that is started, with the store changed as the loader changes it; -1: none. */
int sim_loader_boot(struct sim *s);
/* The same, with nothing changed. */
int sim_loader_peek(struct sim *s);
/* The boot record as the agent sees it. */
bool sim_loader_record(struct sim *s, struct bootctl *ret);

/* ---- sim_device.c ---- */

/* A device with this disk (taken over), never started. */
struct sim *sim_new(const struct sim_scenario *scenario, struct maker *m, struct disk *take_disk);
/* The same device and service a moment later, when power is back, with what was left of the disk (taken over). */
struct sim *sim_after_cut(const struct sim *s, struct disk *take_disk);
void sim_free(struct sim *s);		   /* NULL is fine */
struct disk *sim_factory(struct maker *m); /* the disk as it leaves the factory */
/* Boots, and boots again, until the scenario is at its end (true) or a promise was broken. */
bool sim_run(struct sim *s);

/* ---- scenarios ---- */

struct sim_scenario {
	const char *name;
	int from, offer; /* releases */
	bool fresh;	 /* begins with the factory's disk, not with one that ran already */
	bool reverts;	 /* the offered release is not healthy */
	bool erases, rotates;
	bool granted; /* the offered release is an older one, and there is a grant for it */
	bool crashes; /* the offered release never comes as far as its agent */
	int loader;   /* 0: the record file; else the boot loader of this number in host/boot_loaders.h, plus one */
	bool one_try; /* it knows one try: a cut during the trial ends the trial */
	bool brief;   /* no cuts while the image is written: another scenario has them */
	unsigned fail_image, corrupt_image, fail_statement;
	void (*prepare)(struct sim *s); /* on the disk before the first boot; may be NULL */
};

extern const struct sim_scenario scenarios_list[];
extern const size_t scenarios_n;
/* The release that must run when all is over. */
int sim_end(const struct sim *s);

/* ---- promises.c ---- */

/* On what a cut left, before anything runs on it. */
void promises_check(struct sim *s);
/* Bytes of the image that this disk does not have for certain: no more than these may be fetched from now on. */
uint64_t promises_left(struct sim *s);
/* At the end of the scenario, on what would be left if power failed now. */
void promises_check_end(struct sim *s);
/* Release whose image is in this slot, whole; 0: none. */
int promises_release_in(const struct sim *s, int slot);

#endif
