/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark label`: the label of an assessment that was made before. Made of verdicts.json alone. */
#include <stdio.h>

#include "assess/stage.h"
#include "cli/cli_keys.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

static int run(const struct cli_args *a)
{
	CLEANUP(privkey_done) struct privkey key = {0};
	struct err e = {0}, no_png = {0};
	const char *path = cli_value(a, "key", NULL);
	const char *out = cli_value(a, "out", NULL);
	if (!path || !out)
		return cli_wrong("label needs --key and --out");
	rc r = cli_keys_label(a, path, &key, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	const struct signer signer = privkey_signer(&key);
	if (rc_failed(r = stage_label(cli_at(a, 0), out, &signer, clock_now().wall, &no_png, &e))) {
		(void)cli_fail(&e);
		return r.code == ERR_DENIED ? CLI_NEGATIVE : CLI_FAILED;
	}
	(void)printf("%s/label.svg\n%s/label.html\n%s/label.txt\n", out, out, out);
	if (no_png.code == ERR_NONE)
		(void)printf("%s/label.png\n", out);
	else
		(void)cli_fail(&no_png);
	return CLI_OK;
}

static const struct cli_option options[] = {
	{"key", "FILE", "the maker's label key (label.key)", false},
	{"passphrase-file", "FILE", "file with the passphrase of the key", false},
	{"out", "DIR", "folder for label.svg, label.html, label.txt and label.png", false},
	{0},
};

const struct cli_command cmd_label = {
	.name = "label",
	.summary = "issue the label of an assessment",
	.positional = "VERDICTS.JSON",
	.positional_min = 1,
	.positional_max = 1,
	.details = "The label says what verdicts.json says, and carries a signed claim in its QR code. It is refused "
		   "(exit\n"
		   "status 1) when a mandatory provision failed or the support period has no end or is over. What is "
		   "open is\n"
		   "printed on it as open, and no level counts it. docs/label.md explains each field. label.svg and "
		   "label.png\n"
		   "are 80 mm wide; print them no narrower than 70 mm, where the QR code has 29 mm.\n\n"
		   "  hallmark label assessment/verdicts.json --key keys/label.key --out assessment",
	.options = options,
	.run = run,
};
