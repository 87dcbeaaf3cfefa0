/* SPDX-License-Identifier: Apache-2.0 */
/* What no list of needed facts can say: ports against the declaration, and TLS on each port. For judging_rules.c. */
#ifndef HALLMARK_ASSESS_JUDGING_NETWORK_H
#define HALLMARK_ASSESS_JUDGING_NETWORK_H

#include "assess/judging.h"

void judging_network_ports(const struct judging_input *in, struct verdict_case *c);
void judging_network_tls(const struct judging_input *in, struct verdict_case *c);
void judging_network_all_tls(const struct judging_input *in, struct verdict_case *c);

#endif
