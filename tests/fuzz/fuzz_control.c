/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reaches the agent about updates from people's programs, from folders and from its own files (choices, used
 * grants). What is accepted is within its bounds and encodes to the same bytes. First byte: which decoder.
 */
#include <stdlib.h>

#include "agent/roles/control_request.h"
#include "agent/update/update_grants.h"
#include "agent/update/update_media.h"
#include "core/base/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void control(struct bytes in)
{
	CLEANUP(buf_done) struct buf again = {0};
	struct control_request q;
	buf_init(&again, 2 * CONTROL_GRANT_MAX);
	if (!control_request_decode(in, &q))
		return;
	if (!control_request_is(in) || q.window_from > 23 || q.window_to > 23 || q.automatic >= POLICY_AUTO_COUNT ||
	    q.grant.n > CONTROL_GRANT_MAX || (q.kind == CONTROL_GRANT && q.grant.n == 0) ||
	    (q.folder[0] && strcmp(q.folder, ".") != 0 && !name_path_ok(q.folder)))
		abort();
	control_request_put(&q, &again);
	if (!bytes_equal(in, buf_view(&again)))
		abort();
}

static void names(struct bytes in)
{
	const struct update_conditions world = {0};
	struct update_media_offer offer;
	if (update_media_pick(in, "cam", "os", &world, &offer) &&
	    (!semver_ok(offer.version) || strncmp(offer.target, "cam-os-", 7) != 0 || strchr(offer.target, '/')))
		abort();
}

static void choices(struct bytes in)
{
	CLEANUP(buf_done) struct buf again = {0};
	struct update_choices c, back;
	buf_init(&again, UPDATE_CHOICES_MAX);
	if (rc_failed(update_choices_decode(in, &c, NULL)))
		return;
	if (rc_failed(update_choices_encode(&c, &again, NULL)) ||
	    rc_failed(update_choices_decode(buf_view(&again), &back, NULL)) || back.automatic != c.automatic ||
	    back.window_from != c.window_from || back.window_to != c.window_to)
		abort();
}

static void grants(struct bytes in)
{
	static struct update_grants u, back;
	CLEANUP(buf_done) struct buf again = {0};
	buf_init(&again, UPDATE_GRANTS_BYTES);
	if (rc_failed(update_grants_decode(in, &u, NULL)))
		return;
	if (rc_failed(update_grants_encode(&u, &again, NULL)) ||
	    rc_failed(update_grants_decode(buf_view(&again), &back, NULL)) || back.n != u.n ||
	    memcmp(back.serial, u.serial, sizeof u.serial) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct bytes in = bytes_of(data + 1, size - 1);
	if (data[0] % 4 == 0)
		control(in);
	else if (data[0] % 4 == 1)
		names(in);
	else if (data[0] % 4 == 2)
		choices(in);
	else
		grants(in);
	return 0;
}
