/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine and its two partners say to each other: one small enum per pair. All integers big-endian, texts as in
 * host/os/channel.h. A message of unknown type or wrong length ends the peer: the receiver exits, the parent notices.
 * (The ward's pairs are in the ward's own header.)
 */
#ifndef HALLMARK_AGENT_ROLES_MESSAGES_H
#define HALLMARK_AGENT_ROLES_MESSAGES_H

#include <stdint.h>

#define MESSAGES_CHUNK_MAX 61440 /* bytes of an image or an answer in one message: 60 KiB */
#define MESSAGES_BODY_MAX 63488	 /* of a request to the service */
#define MESSAGES_PATH_MAX 512
#define MESSAGES_HEADERS_MAX 256
#define MESSAGES_TEXT_MAX 400

/* ---- engine -> parent. Each request is answered by one VERB_ANSWER: u8 err_code, text, then what is named here ----
 */
enum messages_verb {
	VERB_BOOT = 1, /* -> boot record (BOOTCTL_RECORD_SIZE bytes), u64 slot_bytes */
	VERB_STAGE,    /* nothing in the inactive slot may boot */
	VERB_WORKER, /* u32 bytes: start the worker with that much room for a segment, and the slot that runs as base */
	VERB_WORKER_END,
	VERB_WRITE, /* u8 slot, u64 at, u32 n: the first n bytes of that room */
	VERB_SYNC,
	VERB_HASH,   /* u8 slot, u64 total, u8 restart -> u8 end, 32 bytes; a bounded piece per request */
	VERB_SWITCH, /* u8 slot, u64 bytes, sha256: only what the parent itself has hashed since the last write */
	VERB_CONFIRM,
	VERB_REVERT,
	VERB_FIREWALL,	 /* lockdown_encode */
	VERB_REBOOT,	 /* text: why */
	VERB_MEDIA_LIST, /* text folder, text sub-folder -> names, each with a NUL */
	VERB_MEDIA_READ, /* text folder, text path, u64 from, u32 max -> u64 size, bytes */
	VERB_ANSWER = 0x80,
};

/* ---- engine -> net ---- */
enum messages_to_net {
	NET_CONFIG = 1, /* u64 clock floor, u16 port, text host, text cert PEM, text CA PEM: first, once */
	NET_CALL,	/* u32 id, u8 post, u32 deadline ms, u32 answer max, text path, text headers, body: the rest */
	NET_MORE,	/* u32 id: one more NET_DATA may come */
	NET_CANCEL,	/* u32 id */
	NET_PROBE,	/* u32 id, u16 port, u32 deadline ms: does 127.0.0.1 accept a connection there? */
	NET_SIGNATURE,	/* u8 ok, DER signature: the answer to NET_SIGN */
};

/* ---- net -> engine ---- */
enum messages_from_net {
	NET_READY = 0x80, /* u8 bits: MESSAGES_SANDBOX_*: what this role gave up */
	NET_DATA,	  /* u32 id, bytes: a piece of a 2xx body; the next only after NET_MORE */
	NET_END,	  /* u32 id, u8 err_code, u16 status, u32 retry after s, text */
	NET_SIGN,	  /* 32 bytes: digest of a TLS handshake */
};

/* ---- engine -> worker. Each that is the last of its kind is answered by one WORKER_ANSWER ---- */
#define MESSAGES_WORKER_MS 60000 /* for unpacking one segment */

enum messages_worker {
	WORKER_HEADER = 1, /* u8 last, bytes: the transfer file's header, in pieces */
	WORKER_GROUP,	   /* u8 last, u32 group, bytes */
	WORKER_SEGMENT,	   /* u8 last, u32 segment, bytes; when it is answered, the segment is in the shared room */
	WORKER_INDEX, /* u8 last, u32 0, bytes: the block index; the answer goes on with a bit per segment that is here
		       */
	WORKER_REUSE, /* u8 1, u32 segment: make it of blocks of the running image */
	WORKER_ANSWER = 0x80, /* u8 err_code, text: TRUST: not the announced frame; anything else: it makes nothing */
};

/* What the parent and a worker share: this, then the room for a segment from MESSAGES_ROOM_AT on. */
#define MESSAGES_ROOM_AT 4096

struct messages_room {
	uint64_t base_at, base_bytes; /* the base image's place on descriptor 5 */
};

/* ---- parent -> firewall and its answer; one of each, then it ends ---- */
#define MESSAGES_FIREWALL_MS 10000 /* for loading one ruleset */

enum messages_firewall {
	FIREWALL_RULES = 1,	/* the rendered text */
	FIREWALL_RESULT = 0x80, /* u8 err_code, text, text hint */
};

#define MESSAGES_SANDBOX_USER 1
#define MESSAGES_SANDBOX_NO_NEW_PRIVS 2
#define MESSAGES_SANDBOX_LANDLOCK 4
#define MESSAGES_SANDBOX_SECCOMP 8

#endif
