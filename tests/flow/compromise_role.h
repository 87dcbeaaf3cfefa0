/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a role that was broken into (compromise_role.c). */
#ifndef HALLMARK_TESTS_FLOW_COMPROMISE_ROLE_H
#define HALLMARK_TESTS_FLOW_COMPROMISE_ROLE_H

#include "host/os/sandbox.h"

struct compromise {
	char role[16], attack[64], base[600]; /* base: the folder that holds the device or data folder */
	bool fleet, first;		      /* first: the role that its parent starts first */
	pid_t victim;			      /* another process of the same program */
	int out_fd;
	struct sandbox_state state;
};

#define COMPROMISE_CHANNEL 3
#define COMPROMISE_ROOM 4  /* worker: shared with the parent */
#define COMPROMISE_BASE 5  /* worker: the running image */
#define COMPROMISE_VAULT 4 /* fleet: public - operator */

/* What the net role wants signed: the bytes under the signature of a boot statement with this payload (DSSE's PAE). */
#define COMPROMISE_TYPE "application/vnd.hallmark.boot-statement+json"
#define COMPROMISE_PAYLOAD "{\"forged\":true}"
#define COMPROMISE_PAE "44 " COMPROMISE_TYPE " 15 " COMPROMISE_PAYLOAD

void compromise_say(const char *what, const char *result);
void compromise_wait(void); /* say and read nothing more */

/* Everything that this role must not be able to do on the machine. Then the role goes on as if nothing had been. */
void compromise_contain(const struct compromise *me);
/* The attack named in the plan, over the role's channel. */
void compromise_speak(const struct compromise *me);

#endif
