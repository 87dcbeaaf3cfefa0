/* SPDX-License-Identifier: Apache-2.0 */
/* Placeholder until the codec is in place: refuses every patch. */
#include "delta/patch.h"

#include "core/base/banned.h"

rc patch_group_decode(struct bytes frame, const struct patch_limits *limits, struct patch_group **ret, struct err *e)
{
	(void)frame, (void)limits, (void)ret;
	return err_set(e, ERR_UNSUPPORTED, "patches are not read yet");
}

void patch_group_free(struct patch_group *g)
{
	(void)g;
}

rc patch_segment_decode(const struct patch_group *g, uint64_t at, size_t n, struct bytes frame,
			const struct delta_base *base, uint8_t *out, struct err *e)
{
	(void)g, (void)at, (void)n, (void)frame, (void)base, (void)out;
	return err_set(e, ERR_UNSUPPORTED, "patches are not read yet");
}
