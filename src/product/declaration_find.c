/* SPDX-License-Identifier: Apache-2.0 */
/* Looking things up in a declaration by id or path. */
#include "product/declaration.h"

#include "core/base/banned.h"

const struct decl_service *declaration_service(const struct declaration *d, const char *id)
{
	for (size_t i = 0; i < d->services_n; i++)
		if (strcmp(d->services[i].id, id) == 0)
			return &d->services[i];
	return NULL;
}

const struct decl_credential *declaration_credential(const struct declaration *d, const char *id)
{
	for (size_t i = 0; i < d->credentials_n; i++)
		if (strcmp(d->credentials[i].id, id) == 0)
			return &d->credentials[i];
	return NULL;
}

const struct decl_data *declaration_data(const struct declaration *d, const char *id)
{
	for (size_t i = 0; i < d->personal_data_n; i++)
		if (strcmp(d->personal_data[i].id, id) == 0)
			return &d->personal_data[i];
	return NULL;
}

static bool covers(const char *pattern, const char *path)
{
	static const char all_below[] = "/**";
	size_t n = strlen(pattern), tail = sizeof all_below - 1;
	if (n > tail && strcmp(pattern + n - tail, all_below) == 0)
		/* With its slash: etc covers etc/x, not etcetera. */
		return strncmp(pattern, path, n - tail + 1) == 0 && path[n - tail + 1];
	return strcmp(pattern, path) == 0;
}

bool declaration_protects(const struct declaration *d, const char *path)
{
	for (size_t i = 0; i < d->protect.n; i++)
		if (covers(d->protect.at[i], path))
			return true;
	return false;
}
