/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the guard and the page process may say to the ward, and back. First byte: which decoder; second: the kind. What
 * is accepted encodes to the same bytes.
 */
#include <stdlib.h>

#include "agent/roles/ward_messages.h"
#include "host/os/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ward_guard_message guard;
static struct ward_local_request request;
static struct ward_local_answer answer;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_done) struct buf again = {0};
	buf_init(&again, 1024 * 1024);
	if (size < 2)
		return 0;
	struct bytes in = bytes_of(data + 2, size - 2);
	bool good = false;
	switch (data[0] % 3) {
	case 0:
		good = rc_ok(ward_messages_get_guard(data[1], in, &guard, NULL));
		if (good)
			ward_messages_put_guard(&guard, &again);
		break;
	case 1:
		good = rc_ok(ward_messages_get_request(data[1], in, &request, NULL));
		if (good)
			ward_messages_put_request(&request, &again);
		break;
	default:
		good = rc_ok(ward_messages_get_answer(data[1], in, &answer, NULL));
		if (good && data[1] != WARD_LOCAL_VIEW) /* its spare flag bits are dropped */
			ward_messages_put_answer(&answer, &again);
		else
			return 0;
	}
	if (good && !bytes_equal(in, buf_view(&again)))
		abort();
	return 0;
}
