/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a flow test of the agent needs around it, all real: a maker with keys and a repository, a service (its own
 * process, TLS, client certificates), a factory device with two slots, and a boot loader that obeys the boot record.
 */
#ifndef HALLMARK_TESTS_AGENT_WORLD_H
#define HALLMARK_TESTS_AGENT_WORLD_H

#include <sys/types.h>

#include "core/model/statement.h"
#include "host/os/bootctl.h"
#include "scratch.h"

#define WORLD_MODEL "cam"
#define WORLD_PAGE_PORT 18443 /* in the test's own network; taken elsewhere: the agent runs without its page */
#define WORLD_SLOT_BYTES (12u << 20)

/* How the service answers whoever asks for metadata or an image. */
enum world_oddity {
	WORLD_AS_IT_SHOULD,
	WORLD_REDIRECTS, /* to where the request came to, for ever */
	WORLD_SHORT,	 /* images: half of the range */
	WORLD_LONG,	 /* images: the whole file, as if it were the range */
	WORLD_GARBAGE,	 /* as long as it should be */
	WORLD_BREAKS,	 /* the connection, after a few bytes of an image */
	WORLD_ODDITIES
};

/* Shared with the service's process. */
struct world_service {
	char offer_version[32]; /* "": none */
	uint32_t wait_s;
	uint32_t corrupt;   /* one byte is sent wrong: 1 of the header, 2 of the frames */
	uint32_t rangeless; /* always the whole file */
	uint32_t odd;	    /* enum world_oddity */
	uint32_t cut_after; /* answer this many image requests, then 503 (0: all) */
	/* what it saw */
	uint32_t checkins, oddly_answered, image_requests, image_bytes, confirmed, reverted, bad_statements;
	char last_state[24], last_reason[24], last_version[32];
	struct statement_boot statement; /* the last good one */
};

struct world {
	struct scratch scratch;
	char dev[300], device[65];
	uint16_t port; /* of the service, and of the product's listener that health checks look at */
	pid_t service_pid;
	struct world_service *service;
	const char *agent;	     /* the program under test */
	uint8_t sha[6][SHA256_SIZE]; /* of the images 1.0.0, 2.0.0, 3.0.0 (unhealthy), 4.0.0 (patch), 5.0.0 (blocks) */
	uint64_t length[6], file_bytes[6]; /* in a slot, and as it travels */
	uint32_t header_bytes[6];	   /* of the file */
	uint64_t patch_bytes;		   /* from 1.0.0 to 4.0.0 */
};

/* image_bytes: size of each release's image. */
void world_make(struct world *w, const char *agent, size_t image_bytes);
void world_done(struct world *w);

/* A repository of its own with one release, signed so many days ago (timestamps live for seven). */
void world_publish(struct world *w, const char *repo_dir, int release, int days_ago);

/* The device as it left the factory. */
void world_reset(struct world *w);

/* Start the agent as the boot loader would: decide, spend a try, start. NULL-terminated extra arguments. */
pid_t world_boot(struct world *w, const char *const *extra);
pid_t world_start_agent(struct world *w, const char *const *extra); /* without the boot loader */
/* Wait at most timeout_ms for the agent's end; its wait status, or -1. */
int world_wait(pid_t pid, int64_t timeout_ms);
#define WORLD_LONG_MS 20000 /* for what comes soon on any machine */
/* End it with SIGTERM: in time, and well. */
void world_stop(pid_t pid);
/* It ends by itself, and wants a reboot. */
void world_expect_reboot(pid_t pid);
/* From now on the service offers this release; "": none. */
void world_offer(struct world *w, const char *version);
/* Wait until the counter is at least n. */
bool world_until(const uint32_t *counter, uint32_t n, int64_t timeout_ms);

struct bootctl world_record(struct world *w);
/* Does the slot that the record would boot hold, byte for byte, one of the releases? Its number, 0 if none. */
int world_bootable(struct world *w);
/* A file of the device as text; "" if there is none. */
const char *world_read(struct world *w, const char *path);

#endif
