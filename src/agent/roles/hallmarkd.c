/* SPDX-License-Identifier: Apache-2.0 */
/* Options, and the choice of the role. The parent starts the others; nobody else does. */
#include "agent/roles/hallmarkd.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/codec/rfc3339.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

#define LINE_MAX_BYTES 1024
#define UID_BASE_MAX 2000000000u

void hallmarkd_log(const char *role, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES + 64], time[RFC3339_TIME_SIZE];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	for (char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c)) /* one line each, whatever an error text holds */
			*c = '?';
	rfc3339_time(clock_now().wall, time);
	int n = snprintf(line, sizeof line, "%s %s: %s\n", time, role, text);
	ssize_t written = write(STDERR_FILENO, line, (size_t)n);
	(void)written; /* nowhere to complain */
}

uid_t hallmarkd_uid(const struct hallmarkd_options *o, enum hallmarkd_uid role)
{
	return o->uid_base ? (uid_t)(o->uid_base + (uint32_t)role) : 0;
}

static int usage(void)
{
	(void)fputs("usage: hallmarkd --device DIR [--uid-base N] [--boot-id HEX] [--update-gid N] [--media DIR]\n",
		    stderr);
	return HALLMARKD_USAGE;
}

static bool parse_id(const char *text, uint32_t *ret)
{
	char *end;
	errno = 0;
	unsigned long v = strtoul(text, &end, 10);
	if (errno || *end || end == text || *text == '-' || v > UID_BASE_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool boot_id_ok(const char *text)
{
	return strlen(text) == HALLMARKD_BOOT_ID_SIZE - 1 && strspn(text, "0123456789abcdef") == strlen(text);
}

static bool parse(int argc, char **argv, struct hallmarkd_options *o)
{
	for (int i = 1; i < argc; i += 2) {
		const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
		if (!value)
			return false;
		if (strcmp(name, "--device") == 0)
			o->device_dir = value;
		else if (strcmp(name, "--role") == 0)
			o->role = value;
		else if (strcmp(name, "--boot-id") == 0 && boot_id_ok(value))
			o->boot_id = value;
		else if (strcmp(name, "--media") == 0 && *value == '/')
			o->media_dir = value;
		else if (strcmp(name, "--uid-base") == 0 && parse_id(value, &o->uid_base))
			continue;
		else if (strcmp(name, "--update-gid") != 0 || !parse_id(value, &o->update_gid))
			return false;
	}
	return o->device_dir != NULL;
}

int hallmarkd_main(int argc, char **argv, const struct hallmarkd_role *roles, size_t n)
{
	struct hallmarkd_options o = {0};
	mem_lean();
	if (!parse(argc, argv, &o))
		return usage();
	for (size_t i = 0; i < n; i++)
		if (strcmp(o.role ? o.role : "parent", roles[i].name) == 0)
			return roles[i].main(&o);
	return usage();
}
