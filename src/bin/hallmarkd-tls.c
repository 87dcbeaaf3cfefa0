/* SPDX-License-Identifier: Apache-2.0 */
/* The device agent: the processes that speak TLS and hold no key. */
#include "agent/roles/hallmarkd.h"
#include "core/base/banned.h"

int main(int argc, char **argv)
{
	static const struct hallmarkd_role roles[] = {{"net", net_main}, {"local", local_start}};
	return hallmarkd_main(argc, argv, roles, ARRAY_LEN(roles));
}
