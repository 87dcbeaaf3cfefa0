/* SPDX-License-Identifier: Apache-2.0 */
/* Device policy decoder: whatever is accepted keeps the promises that firewall, guard and launcher build on. */
#include <stdlib.h>

#include "core/base/names.h"
#include "core/model/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct policy *p = NULL;
	if (rc_failed(policy_decode(bytes_of(data, n), &p, NULL)))
		return 0;
	for (size_t i = 0; i < p->services_n; i++)
		if (p->services[i].user == 0 || !name_path_ok(p->services[i].exec))
			abort();
	for (size_t i = 0; i < p->flows_n; i++)
		if (!policy_service(p, p->flows[i].service) || !policy_host_ok(p->flows[i].host) ||
		    p->flows[i].port == 0)
			abort();
	for (size_t i = 0; i < p->protect_n; i++)
		if (!name_path_ok(p->protect[i].path))
			abort();
	policy_free(p);
	return 0;
}
