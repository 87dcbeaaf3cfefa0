/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the declaration. Loading it is in subject_product.c. */
#include "assess/subject.h"

#include "core/base/mem.h"
#include "core/base/banned.h"

void subject_free(struct subject **s)
{
	mem_free(*s);
	*s = NULL;
}

bool subject_declares(const struct subject *s, bool udp, uint16_t port)
{
	if (!udp && s->page_port && port == s->page_port)
		return true;
	for (size_t i = 0; i < s->listeners_n; i++)
		if (s->listeners[i].port == port && s->listeners[i].udp == udp)
			return true;
	return false;
}

const struct subject_provision *subject_provision(const struct subject *s, const char *id)
{
	for (size_t i = 0; i < s->provisions_n; i++)
		if (strcmp(s->provisions[i].id, id) == 0)
			return &s->provisions[i];
	return NULL;
}
