/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small device and its maker's pages, as the assessor's probes meet them: a process of its own, real TLS, real
 * signatures, on a loopback address of the test's own. Each fault is switched on by itself.
 */
#ifndef HALLMARK_TESTS_ASSESS_DEVICE_DOUBLE_H
#define HALLMARK_TESTS_ASSESS_DEVICE_DOUBLE_H

#include <sys/types.h>

#include "assess_world.h"

#define DEVICE_DOUBLE_PASSWORD "H8K3DX7QW92M"

enum double_evidence {
	EVIDENCE_GOOD,
	EVIDENCE_FORGED,
	EVIDENCE_BAD_SIGNATURE,
	EVIDENCE_REPLAYED,
	EVIDENCE_UNSIGNED,
	EVIDENCE_OF_ANOTHER
};

struct double_faults {
	enum double_evidence evidence;
	bool weak_password, no_throttle, open_page, open_change, fragile, echo, old_tls, extra_port;
	bool installs_anything, never_recovers;			     /* updates */
	bool expired_contact, no_policy, no_time_frames, other_date; /* pages */
};

struct device_double {
	char dir[256], address[32], records[300], factory_pub[300], password_file[300], repo[300], service[64];
	uint16_t page_port, service_port, listener_port; /* page_port + 1 is free, or the undeclared one */
	struct privkey statement, other, page, factory;
	struct record *unit;
	pid_t pids[2];
	int extra_fd;
	struct double_faults faults;
};

void device_double_start(struct device_double *d, const struct double_faults *f);
void device_double_stop(struct device_double *d);

/* One more unit's record in place of the double's own. */
void device_double_foreign_record(struct device_double *d);

#endif
