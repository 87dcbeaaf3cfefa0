/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays a fuzz corpus without libFuzzer: every file as it is, every truncation of it, and every byte changed in three
 * ways. Deterministic, so that `make test` shows the same result everywhere. An empty corpus is a failure.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define SAMPLE_MAX (1 << 20)
#define MUTATE_MAX 4096 /* longer samples are mutated in their first bytes only */

/* A copy of exactly n bytes on the heap, so that a sanitizer sees a read past the end. */
static void run(const uint8_t *data, size_t n)
{
	uint8_t *exact = malloc(n ? n : 1);
	if (!exact)
		abort();
	memcpy(exact, data, n);
	(void)LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

static unsigned long mutate(uint8_t *data, size_t n)
{
	static const uint8_t flips[] = {0x01, 0x80, 0xff};
	unsigned long runs = 0;
	size_t upto = n < MUTATE_MAX ? n : MUTATE_MAX;
	for (size_t i = 0; i < upto; i++) {
		run(data, i);
		runs++;
		for (size_t f = 0; f < sizeof flips; f++, runs++) {
			data[i] ^= flips[f];
			run(data, n);
			data[i] ^= flips[f];
		}
	}
	return runs;
}

static unsigned long replay_file(const char *path)
{
	static uint8_t data[SAMPLE_MAX];
	FILE *f = fopen(path, "rb");
	if (!f)
		return 0;
	size_t n = fread(data, 1, sizeof data, f);
	(void)fclose(f);
	run(data, n);
	return 1 + mutate(data, n);
}

int main(int argc, char **argv)
{
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	if (!dir) {
		(void)fprintf(stderr, "usage: replay CORPUS-FOLDER\n");
		return 2;
	}
	unsigned long files = 0, runs = 0;
	for (const struct dirent *d; (d = readdir(dir));) {
		char path[4096];
		if (d->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", argv[1], d->d_name);
		runs += replay_file(path);
		files++;
	}
	(void)closedir(dir);
	(void)printf("%lu samples, %lu runs\n", files, runs);
	return files ? 0 : 1;
}
