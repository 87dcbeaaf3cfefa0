/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers of entries. The order in each table: 7-UpdMech the main mechanism, then the others; 11-SecComMech the
 * channels, then what listeners, then what flows bring of their own; 15-PhyIntf interfaces, then debug ports;
 * 28-LogIntf logical interfaces, then listeners, then other debug interfaces.
 */
#include "product/ixit_refs.h"

#include <string.h>

#include "core/base/banned.h"

/* Position + 1 of the entry with this id in a list of the declaration; 0: none. */
#define POSITION(list, n, wanted)                                                                                      \
	({                                                                                                             \
		size_t found_ = 0;                                                                                     \
		for (size_t i_ = 0; i_ < (n) && !found_; i_++)                                                         \
			if (strcmp((list)[i_].id, (wanted)) == 0)                                                      \
				found_ = i_ + 1;                                                                       \
		found_;                                                                                                \
	})

static bool put(struct ixit_fill *f, const char *table, size_t number)
{
	if (number)
		ixit_fill_item(f, "%s-%zu", table, number);
	return number > 0;
}

bool ixit_refs_own_mechanism(enum decl_protection protection, const char *channel)
{
	return !channel &&
	       (protection == PROTECTION_TLS || protection == PROTECTION_DTLS || protection == PROTECTION_SEALED);
}

bool ixit_refs_debug_is_physical(const struct decl_port *debug)
{
	return debug->physical != DECL_NO;
}

bool ixit_refs_credential(struct ixit_fill *f, const char *id)
{
	return put(f, "AuthMech", POSITION(f->d->credentials, f->d->credentials_n, id));
}

bool ixit_refs_component(struct ixit_fill *f, const char *id)
{
	return put(f, "SoftComp", POSITION(f->d->components, f->d->components_n, id));
}

bool ixit_refs_update(struct ixit_fill *f, const char *id)
{
	size_t main_one = f->d->update.mechanism != MECHANISM_NONE;
	if (!id)
		return put(f, "UpdMech", main_one);
	size_t at = POSITION(f->d->other_updates, f->d->other_updates_n, id);
	return put(f, "UpdMech", at ? main_one + at : 0);
}

bool ixit_refs_data(struct ixit_fill *f, const char *id)
{
	return put(f, "PersData", POSITION(f->d->personal_data, f->d->personal_data_n, id));
}

bool ixit_refs_channel(struct ixit_fill *f, const char *id)
{
	return put(f, "SecComMech", POSITION(f->d->channels, f->d->channels_n, id));
}

bool ixit_refs_user_interface(struct ixit_fill *f, const char *id)
{
	return put(f, "UserIntf", POSITION(f->d->user_interfaces, f->d->user_interfaces_n, id));
}

bool ixit_refs_logical(struct ixit_fill *f, const char *id)
{
	return put(f, "LogIntf", POSITION(f->d->logical, f->d->logical_n, id));
}

bool ixit_refs_physical(struct ixit_fill *f, const char *id)
{
	return put(f, "PhyIntf", POSITION(f->d->physical, f->d->physical_n, id));
}

bool ixit_refs_listener(struct ixit_fill *f, const struct decl_listener *l)
{
	return put(f, "LogIntf", f->d->logical_n + (size_t)(l - f->d->listeners) + 1);
}

bool ixit_refs_listeners(struct ixit_fill *f, const char *service)
{
	bool any = false;
	for (size_t i = 0; i < f->d->listeners_n; i++)
		if (strcmp(f->d->listeners[i].service, service) == 0)
			any = ixit_refs_listener(f, &f->d->listeners[i]);
	return any;
}

/* Mechanisms of their own among the first n listeners. */
static size_t own_of_listeners(const struct declaration *d, size_t n)
{
	size_t own = 0;
	for (size_t i = 0; i < n; i++)
		own += ixit_refs_own_mechanism(d->listeners[i].protection, d->listeners[i].channel);
	return own;
}

bool ixit_refs_of_listener(struct ixit_fill *f, const struct decl_listener *l)
{
	if (l->channel)
		return ixit_refs_channel(f, l->channel);
	if (!ixit_refs_own_mechanism(l->protection, l->channel))
		return false;
	size_t before = own_of_listeners(f->d, (size_t)(l - f->d->listeners));
	return put(f, "SecComMech", f->d->channels_n + before + 1);
}

bool ixit_refs_of_flow(struct ixit_fill *f, const struct decl_flow *flow)
{
	if (flow->channel)
		return ixit_refs_channel(f, flow->channel);
	if (!ixit_refs_own_mechanism(flow->protection, flow->channel))
		return false;
	size_t before = own_of_listeners(f->d, f->d->listeners_n);
	for (const struct decl_flow *one = f->d->flows; one < flow; one++)
		before += ixit_refs_own_mechanism(one->protection, one->channel);
	return put(f, "SecComMech", f->d->channels_n + before + 1);
}
