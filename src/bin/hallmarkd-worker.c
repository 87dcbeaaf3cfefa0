/* SPDX-License-Identifier: Apache-2.0 */
/* The device agent: the process that unpacks images and patches. */
#include "agent/roles/hallmarkd.h"
#include "core/base/banned.h"

int main(int argc, char **argv)
{
	static const struct hallmarkd_role roles[] = {{"worker", worker_main}};
	return hallmarkd_main(argc, argv, roles, ARRAY_LEN(roles));
}
