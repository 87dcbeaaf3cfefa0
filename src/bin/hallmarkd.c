/* SPDX-License-Identifier: Apache-2.0 */
/* The device agent: the processes that need no TLS library. The others are beside it. */
#include "agent/roles/hallmarkd.h"
#include "core/base/banned.h"

int main(int argc, char **argv)
{
	static const struct hallmarkd_role roles[] = {{"parent", parent_main}, {"guard", guard_start}};
	return hallmarkd_main(argc, argv, roles, ARRAY_LEN(roles));
}
