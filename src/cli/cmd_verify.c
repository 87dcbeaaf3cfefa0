/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark verify`: is it genuine, and what does it say? Offline, for shoppers, owners and laboratories. */
#include <stdio.h>
#include <string.h>

#include "assess/genuine.h"
#include "cli/cli.h"
#include "cli/cli_keys.h"
#include "core/model/claim.h"
#include "core/model/envelope.h"
#include "core/model/verdict.h"
#include "host/os/clock.h"
#include "host/os/file.h"
#include "core/base/banned.h"

static rc read_input(const char *given, struct buf *out, struct err *e)
{
	/* The text of a QR code, as a scanner gives it; no file is called so. */
	if (!strstr(given, CLAIM_PREFIX))
		return file_read(given, GENUINE_INPUT_MAX, out, e);
	buf_put_text(out, given);
	return buf_check(out, "claim", e);
}

static rc read_optional(const char *path, size_t max, struct buf *out, struct err *e)
{
	return path ? file_read(path, max, out, e) : RC_OK;
}

static int print_json(bool genuine, const struct genuine_answer *answer, const struct err *e)
{
	JSON_AUTO json_t *says = json_array();
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, GENUINE_LINES_MAX);
	buf_put(&text, buf_view(&answer->lines));
	char *rest = NULL;
	for (char *l = text.len ? strtok_r((char *)text.data, "\n", &rest) : NULL; l; l = strtok_r(NULL, "\n", &rest)) {
		char *colon = strstr(l, ": ");
		if (!colon)
			continue;
		*colon = 0;
		(void)json_array_append_new(says, json_pack("{s:s, s:s}", "name", l, "value", colon + 2));
	}
	int printed = cli_keys_json(json_pack("{s:b, s:s, s:O, s:s}", "genuine", genuine, "kind", answer->kind, "says",
					      says, "error", genuine ? "" : e->text));
	return printed != CLI_OK ? printed : genuine ? CLI_OK : CLI_NEGATIVE;
}

static int print_plain(bool genuine, const struct genuine_answer *answer, const struct err *e)
{
	if (!genuine) {
		(void)printf("Not genuine: %s\n", e->text);
		return CLI_NEGATIVE;
	}
	(void)printf("Genuine: this %s was signed by the key you gave, and nothing in it was changed.\n\n%s",
		     answer->kind, buf_text(&answer->lines));
	if (answer->caveat.len)
		(void)printf("\n%s\n", buf_text(&answer->caveat));
	return CLI_OK;
}

/* The answer is no; or there is no answer, because something could not be read. */
static bool is_no(rc r)
{
	return r.code == ERR_TRUST || r.code == ERR_INPUT || r.code == ERR_LIMIT;
}

static int run(const struct cli_args *a)
{
	CLEANUP(buf_done) struct buf input, record, verdicts;
	CLEANUP(pubkey_done) struct pubkey key = {0};
	CLEANUP(genuine_answer_done) struct genuine_answer answer;
	struct err e = {0};
	const char *key_path = cli_value(a, "key", NULL);
	buf_init(&input, GENUINE_INPUT_MAX);
	buf_init(&record, ENVELOPE_MAX);
	buf_init(&verdicts, VERDICT_JSON_MAX);
	genuine_answer_init(&answer);
	if (!key_path)
		return cli_wrong("verify needs --key, the public key of who should have signed");
	rc r = cli_keys_public(key_path, &key, &e);
	if (rc_failed(r) || rc_failed(r = read_input(cli_at(a, 0), &input, &e)) ||
	    rc_failed(r = read_optional(cli_value(a, "record", NULL), ENVELOPE_MAX, &record, &e)) ||
	    rc_failed(r = read_optional(cli_value(a, "verdicts", NULL), VERDICT_JSON_MAX, &verdicts, &e)))
		return cli_fail(&e);
	const struct genuine_keys keys = {&key, buf_view(&record), buf_view(&verdicts), clock_now().wall};
	r = genuine_check(buf_view(&input), &keys, &answer, &e);
	if (rc_failed(r) && !is_no(r))
		return cli_fail(&e);
	return cli_flag(a, "json") ? print_json(rc_ok(r), &answer, &e) : print_plain(rc_ok(r), &answer, &e);
}

static const struct cli_option options[] = {
	{"key", "FILE", "public key (PEM): the maker's label key, the factory's, or a device's statement key", false},
	{"record", "FILE", "the device's factory record; --key is then the factory's", false},
	{"verdicts", "FILE", "verdicts.json: does the label say what they say?", false},
	{"json", NULL, "print for programs", false},
	{0},
};

const struct cli_command cmd_verify = {
	.name = "verify",
	.summary = "check a label, a receipt or any signed statement, offline",
	.positional = "FILE|TEXT",
	.positional_min = 1,
	.positional_max = 1,
	.details =
		"Takes the text of a label's QR code (https://...#HMK1:...), a label.svg, label.html or label.txt, a "
		"receipt, a\n"
		"factory record, a record of publications or another signed statement. Of a label file the picture is "
		"checked too; a PNG is "
		"only\n"
		"pixels: scan its code and give the text. Exit: 0 genuine, 1 not genuine, 3 could not be looked at.\n\n"
		"  hallmark verify label.svg --key label.pub\n"
		"  hallmark verify receipt.json --record record.json --key factory.pub",
	.options = options,
	.run = run,
};
