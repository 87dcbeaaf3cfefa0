/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which number an entry of the declaration has in its IXIT table: the one place that knows the order of rows, for the
 * writers that make them and those that refer to them. Each puts the entry's id ("SecComMech-2") into the next cell.
 */
#ifndef HALLMARK_PRODUCT_IXIT_REFS_H
#define HALLMARK_PRODUCT_IXIT_REFS_H

#include "product/ixit_fill.h"

/* False, and nothing is put, if there is no such entry. */
bool ixit_refs_credential(struct ixit_fill *f, const char *id);
bool ixit_refs_component(struct ixit_fill *f, const char *id);
bool ixit_refs_update(struct ixit_fill *f, const char *id); /* NULL: the main mechanism */
bool ixit_refs_data(struct ixit_fill *f, const char *id);
bool ixit_refs_channel(struct ixit_fill *f, const char *id);
bool ixit_refs_user_interface(struct ixit_fill *f, const char *id);
bool ixit_refs_logical(struct ixit_fill *f, const char *id);
bool ixit_refs_physical(struct ixit_fill *f, const char *id);
/* All listeners of a service. */
bool ixit_refs_listeners(struct ixit_fill *f, const char *service);
bool ixit_refs_listener(struct ixit_fill *f, const struct decl_listener *l);
/* The mechanism that protects it: a channel, or one of its own. */
bool ixit_refs_of_listener(struct ixit_fill *f, const struct decl_listener *l);
bool ixit_refs_of_flow(struct ixit_fill *f, const struct decl_flow *flow);

/* It is protected, and by none of the channels: a row of its own in 11-SecComMech. */
bool ixit_refs_own_mechanism(enum decl_protection protection, const char *channel);
/* It belongs to 15-PhyIntf, not to 28-LogIntf. */
bool ixit_refs_debug_is_physical(const struct decl_port *debug);

#endif
