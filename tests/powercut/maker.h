/* SPDX-License-Identifier: Apache-2.0 */
/* What the maker published and the factory put into the device: made once, read by every run. */
#ifndef HALLMARK_TESTS_POWERCUT_MAKER_H
#define HALLMARK_TESTS_POWERCUT_MAKER_H

#include "core/tufrepo.h"
#include "delta/transfer.h"

#define MAKER_MODEL "cam"
#define MAKER_DEVICE "cam-0001"
#define MAKER_HEALTHY_PORT 80
#define MAKER_RELEASES 4
#define MAKER_SEGMENT 65536 /* of a transfer file, and of what is recorded at once */
#define MAKER_PATCHED 4	    /* has a patch from 2 */
#define MAKER_GRANT_SERIAL "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5"

/* A transfer file; no content: there is none. */
struct maker_file {
	struct buf content;
	struct transfer *t;
	uint8_t sha256[SHA256_SIZE], header_sha256[SHA256_SIZE];
};

struct maker_release {
	const char *version;
	unsigned counter;
	bool healthy;
	struct buf image, policy;
	struct maker_file full, patch;
	uint8_t image_sha256[SHA256_SIZE], policy_sha256[SHA256_SIZE];
};

struct maker {
	struct tufrepo repo;	/* root 1 */
	struct tufrepo rotated; /* roots 1 to 3, after an attack on the online keys */
	struct buf attack_timestamp, attack_snapshot,
		attack_targets;				   /* versions far ahead, signed with the stolen keys */
	struct maker_release releases[MAKER_RELEASES + 1]; /* from 1 on; 3 is not healthy */
	struct buf grant; /* lets the device go back from release 2 to release 1, once */
	struct privkey statement;
	struct buf tls_pem, page_pem, statement_pem; /* private keys */
	size_t slot_bytes;
};

struct maker *maker_new(unsigned segments);
void maker_free(struct maker *m);

#endif
