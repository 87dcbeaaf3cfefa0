/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What strangers and devices hand to the fleet's own decoders: names, ranges, wave lists, case secrets, site.json, the
 * vault's answers. First byte: which one. Nothing accepted may break the promise of its header.
 */
#include <stdlib.h>

#include "core/base/mem.h"
#include "fleet/api/range.h"
#include "fleet/disclosure/disclosure.h"
#include "fleet/roles/service.h"
#include "fleet/roles/vault.h"
#include "fleet/rollout/rollout.h"
#include "fleet/web/site.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void try_range(struct bytes in)
{
	uint64_t offset = 0, length = 0;
	if (range_parse(in, 1000, &offset, &length) == RANGE_PART && (length == 0 || offset + length > 1000))
		abort();
}

static void try_name(const char *text)
{
	if ((range_metadata_name_ok(text) || range_target_name_ok(text)) && (strchr(text, '/') || strstr(text, "..")))
		abort();
}

static void try_waves(const char *text)
{
	struct rollout_rule r;
	rollout_rule_init(&r);
	if (rc_failed(rollout_waves_parse(text, &r, NULL)))
		return;
	for (uint32_t i = 0; i < 50; i++)
		if (rollout_wave_of(&r, i, 50) >= r.waves_n)
			abort();
}

static void try_texts(const char *text)
{
	char hash[2 * SHA256_SIZE + 1], address[64];
	uint16_t port = 0;
	(void)disclosure_number_ok(text);
	(void)disclosure_secret_hash(text, hash);
	if (service_address(text, address, &port) && strlen(address) >= sizeof address)
		abort();
}

static void try_large(uint8_t which, struct bytes in)
{
	MEM_AUTO struct site *site = mem_alloc(sizeof *site);
	MEM_AUTO struct public_case *c = mem_alloc(sizeof *c);
	if (!site || !c)
		return;
	if (which == 4 && rc_ok(site_decode(in, site, NULL)) && site->products_n > SITE_PRODUCTS_MAX)
		abort();
	if (which == 5 && rc_ok(vault_decode_case(in, 1, c, NULL)) && c->events_n > PUBLIC_EVENTS_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n < 1 || n > 65536)
		return 0;
	uint8_t which = data[0] % 6;
	const struct bytes in = bytes_of(data + 1, n - 1);
	MEM_AUTO char *text = mem_alloc(n);
	if (!text)
		return 0;
	memcpy(text, data + 1, n - 1);
	if (which == 0)
		try_range(in);
	else if (which == 1)
		try_name(text);
	else if (which == 2)
		try_waves(text);
	else if (which == 3)
		try_texts(text);
	else
		try_large(which, in);
	return 0;
}
