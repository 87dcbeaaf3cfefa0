/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark`: the command line of the maker, the test lab and the shopper. */
#include "cli/cli_table.h"

#include "core/base/banned.h"

int main(int argc, char **argv)
{
	return cli_main("hallmark", cli_table, argc, argv);
}
