/* SPDX-License-Identifier: Apache-2.0 */
/* Progress goes to standard error and only to a terminal, so that output can be piped. */
#include "cli/cli_transfer.h"

#include <string.h>
#include <unistd.h>

#include "cli/cli_keys.h"
#include "core/codec/hex.h"
#include "delta/make/made_io.h"
#include "delta/make/parallel_io.h"
#include "core/base/banned.h"

void cli_transfer_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	(void)ctx;
	if (total && isatty(STDERR_FILENO) && (done == total || done * 100 / total != (done - 1) * 100 / total))
		(void)fprintf(stderr, "\r%-20s %3u %%", what, (unsigned)(done * 100 / total));
}

void cli_transfer_progress_end(void)
{
	if (isatty(STDERR_FILENO))
		(void)fprintf(stderr, "\r%26s\r", "");
}

/* "64K" to "4M", powers of two. */
static bool segment_log2(const char *text, uint8_t *ret)
{
	for (uint8_t log2 = TRANSFER_SEGMENT_LOG2_MIN; log2 <= TRANSFER_SEGMENT_LOG2_MAX; log2++) {
		char name[8];
		(void)snprintf(name, sizeof name, "%u%c", 1u << (log2 < 20 ? log2 - 10 : log2 - 20),
			       log2 < 20 ? 'K' : 'M');
		if (strcmp(name, text) == 0) {
			*ret = log2;
			return true;
		}
	}
	return false;
}

bool cli_transfer_job(const struct cli_args *a, const char *segment_default, struct made_job *ret)
{
	long threads = 0, level = 0;
	const char *segment = cli_value(a, "segment", segment_default);
	unsigned processors = parallel_io_threads();
	if (!cli_number(a, "threads", 1, MADE_THREADS_MAX,
			processors < MADE_THREADS_MAX ? (long)processors : MADE_THREADS_MAX, &threads) ||
	    !cli_number(a, "level", 1, 22, MADE_LEVEL_DEFAULT, &level))
		return false;
	if (!segment_log2(segment, &ret->segment_log2)) {
		(void)cli_wrong("--segment is 64K, 128K, 256K, 512K, 1M, 2M or 4M, not \"%s\"", segment);
		return false;
	}
	ret->threads = (unsigned)threads;
	ret->level = (int)level;
	ret->progress = cli_transfer_progress;
	return true;
}

int cli_transfer_write(const struct cli_args *a, const struct made *m)
{
	struct err e = {0};
	struct made_io_file file = {0};
	char header[HEX_TEXT_SIZE(SHA256_SIZE)], root[HEX_TEXT_SIZE(SHA256_SIZE)];
	const char *out = cli_value(a, "out", "");
	rc r = made_io_write(m, out, &file, &e);
	cli_transfer_progress_end();
	if (rc_failed(r))
		return cli_fail(&e);
	hex_encode(bytes_of(file.header_sha256, SHA256_SIZE), header);
	hex_encode(bytes_of(m->t.image.root, SHA256_SIZE), root);
	if (cli_flag(a, "json"))
		return cli_keys_json(json_pack("{s:i, s:s, s:s, s:I, s:I, s:s, s:I, s:I, s:I, s:s}", "v", 1, "file",
					       out, "kind", m->t.kind == TRANSFER_PATCH ? "patch" : "full", "bytes",
					       (json_int_t)file.bytes, "image_bytes", (json_int_t)m->t.image.length,
					       "root", root, "segments", (json_int_t)m->t.segments_n, "segment_bytes",
					       (json_int_t)1 << m->t.segment_log2, "decoder_memory_bytes",
					       (json_int_t)m->t.memory, "header_sha256", header));
	(void)printf("%s: %s of %llu bytes for an image of %llu (%.2f %%)\n", out,
		     m->t.kind == TRANSFER_PATCH ? "patch" : "full image", (unsigned long long)file.bytes,
		     (unsigned long long)m->t.image.length, 100.0 * (double)file.bytes / (double)m->t.image.length);
	(void)printf("  %u segments of %llu KiB; a device needs %u KiB of memory\n  root   %s\n  header %s\n",
		     m->t.segments_n, (1ull << m->t.segment_log2) / 1024, (m->t.memory + 1023) / 1024, root, header);
	return CLI_OK;
}
