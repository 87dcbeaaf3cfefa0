/* SPDX-License-Identifier: Apache-2.0 */
/* The device agent. */
#include "agent/roles/hallmarkd.h"
#include "core/base/banned.h"

int main(int argc, char **argv)
{
	return hallmarkd_main(argc, argv);
}
