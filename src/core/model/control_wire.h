/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people's programs (hallmarkctl) ask of the agent over run/agent.sock, beside the products' own requests
 * (product_wire.h): root and the members of the update group may. One request, one answer, integers big-endian.
 *
 *   request: u16 kind, fields.   answer: u16 kind, u8 enum control_result, text reason code, rest: JSON (STATUS).
 */
#ifndef HALLMARK_CORE_MODEL_CONTROL_WIRE_H
#define HALLMARK_CORE_MODEL_CONTROL_WIRE_H

#define CONTROL_FOLDER_MAX 255
#define CONTROL_POSTPONE_MIN_S 3600
#define CONTROL_POSTPONE_MAX_S (90 * 86400)
#define CONTROL_GRANT_MAX 4096 /* bytes of a whole envelope; what grant_open takes at most */
#define CONTROL_KEEP 255       /* of CHOOSE: leave it as it is */

enum control_kind {
	CONTROL_STATUS = 0x100,
	CONTROL_CHECK,
	CONTROL_CANCEL,
	CONTROL_POSTPONE, /* u32 seconds */
	CONTROL_INSTALL,  /* text: a folder below the media folder, or "" for what the service offered */
	CONTROL_CHOOSE,	  /* u8 automatic (enum policy_automatic), u8 window from, u8 window to (hours, equal: any) */
	CONTROL_GRANT,	  /* rest: a downgrade grant, as `hallmark grant` made it */
	CONTROL_KIND_END
};

enum control_result {
	CONTROL_DONE,
	CONTROL_REFUSED, /* the reason code says why */
	CONTROL_DENIED,	 /* this user may not */
	CONTROL_FAILED,	 /* the agent could not */
	CONTROL_RESULT_COUNT
};

#endif
