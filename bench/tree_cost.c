/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs commands for tools/bench-update and writes what they and everything they started have cost: CPU time and peak
 * resident memory from wait4. It is small and in C because a process inherits the peak of whoever forked it.
 *
 *   tree_cost REPORT COMMAND... [| COMMAND...] [& COMMAND...] [% COMMAND...]
 *
 * "|" reads from the command before it, "&" runs beside it, "%" too but as a service that is told to end once all
 * others have. The report is JSON, a stage for each command. Exit status 1 if a stage failed, 2 if nothing could be
 * run.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STAGES_MAX = 16 };

struct stage {
	char **argv;
	bool piped, service; /* reads from the one before; is told to end */
	pid_t pid;
	bool ended, told;
	int status;
	double cpu_s;
	long peak_kib;
};

/* What lost its parent and came to us, so that nothing is left out of the sums. */
struct orphans {
	double cpu_s;
	long peak_kib;
};

static double seconds(const struct rusage *r)
{
	return (double)r->ru_utime.tv_sec + (double)r->ru_stime.tv_sec +
	       (double)(r->ru_utime.tv_usec + r->ru_stime.tv_usec) / 1e6;
}

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Cuts the argument list into stages at its separators. 0 if there is an empty one or too many. */
static size_t cut(char **argv, struct stage *stages)
{
	size_t n = 1;
	stages[0] = (struct stage){.argv = argv};
	for (; *argv; argv++) {
		if (strlen(*argv) != 1 || !strchr("|&%", **argv))
			continue;
		if (stages[n - 1].argv == argv || !argv[1] || n == STAGES_MAX)
			return 0;
		/* "A % B": A is the service, and B what the run is about. */
		stages[n - 1].service = **argv == '%';
		stages[n] = (struct stage){.argv = argv + 1, .piped = **argv == '|'};
		*argv = NULL;
		n++;
	}
	return stages[0].argv[0] ? n : 0;
}

static void child(const struct stage *s, int in, int out)
{
	if ((in >= 0 && dup2(in, 0) < 0) || (out >= 0 && dup2(out, 1) < 0))
		_exit(126);
	execvp(s->argv[0], s->argv);
	fprintf(stderr, "tree_cost: %s: %s\n", s->argv[0], strerror(errno));
	_exit(127);
}

static int start(struct stage *stages, size_t n)
{
	int in = -1;
	for (size_t i = 0; i < n; i++) {
		int ends[2] = {-1, -1};
		if (i + 1 < n && stages[i + 1].piped && pipe(ends) != 0)
			return -1;
		stages[i].pid = fork();
		if (stages[i].pid == 0) {
			if (ends[0] >= 0)
				close(ends[0]);
			child(&stages[i], in, ends[1]);
		}
		if (in >= 0)
			close(in);
		if (ends[1] >= 0)
			close(ends[1]);
		in = ends[0];
		if (stages[i].pid < 0)
			return -1;
	}
	return 0;
}

static bool all_ended(const struct stage *stages, size_t n, bool services)
{
	for (size_t i = 0; i < n; i++) {
		if (stages[i].service == services && !stages[i].ended)
			return false;
	}
	return true;
}

static void note(struct stage *stages, size_t n, struct orphans *orphans, pid_t pid, int status, const struct rusage *r)
{
	for (size_t i = 0; i < n; i++) {
		if (stages[i].pid != pid)
			continue;
		stages[i].ended = true;
		stages[i].status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (stages[i].told) /* told to end: how it does is its own affair (rauc: "lost connection", 1) */
			stages[i].status = 0;
		stages[i].cpu_s = seconds(r);
		stages[i].peak_kib = r->ru_maxrss;
		return;
	}
	orphans->cpu_s += seconds(r);
	if (r->ru_maxrss > orphans->peak_kib)
		orphans->peak_kib = r->ru_maxrss;
}

static void wait_for_all(struct stage *stages, size_t n, struct orphans *orphans)
{
	for (;;) {
		struct rusage r;
		int status;
		pid_t pid = wait4(-1, &status, 0, &r);
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return;
		note(stages, n, orphans, pid, status, &r);
		if (!all_ended(stages, n, false))
			continue;
		for (size_t i = 0; i < n; i++) {
			if (stages[i].service && !stages[i].ended && !stages[i].told) {
				stages[i].told = true;
				kill(stages[i].pid, SIGTERM);
			}
		}
	}
}

static int report(const char *path, const struct stage *stages, size_t n, const struct orphans *orphans, double wall_s)
{
	FILE *f = fopen(path, "w");
	if (!f)
		return -1;
	double cpu_s = orphans->cpu_s;
	long together_kib = orphans->peak_kib;
	fprintf(f, "{\"stages\": [");
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "%s{\"status\": %d, \"cpu_s\": %.6f, \"peak_kib\": %ld}", i ? ", " : "", stages[i].status,
			stages[i].cpu_s, stages[i].peak_kib);
		cpu_s += stages[i].cpu_s;
		together_kib += stages[i].peak_kib;
	}
	fprintf(f, "], \"cpu_s\": %.6f, \"peak_kib\": %ld, \"wall_s\": %.6f}\n", cpu_s, together_kib, wall_s);
	return fclose(f);
}

int main(int argc, char **argv)
{
	struct stage stages[STAGES_MAX];
	struct orphans orphans = {0};
	size_t n = argc < 3 ? 0 : cut(argv + 2, stages);
	if (n == 0) {
		fprintf(stderr, "usage: tree_cost REPORT COMMAND... [| COMMAND...] [& COMMAND...] [%% COMMAND...]\n");
		return 2;
	}
	double before_s = now_s();
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || start(stages, n) != 0) {
		perror("tree_cost");
		return 2;
	}
	wait_for_all(stages, n, &orphans);
	if (report(argv[1], stages, n, &orphans, now_s() - before_s) != 0) {
		perror(argv[1]);
		return 2;
	}
	for (size_t i = 0; i < n; i++) {
		if (stages[i].status != 0)
			return 1;
	}
	return 0;
}
