/* SPDX-License-Identifier: Apache-2.0 */
/* The probes themselves, for the table in probe.c. */
#ifndef HALLMARK_ASSESS_PROBE_ALL_H
#define HALLMARK_ASSESS_PROBE_ALL_H

#include "assess/probe.h"

extern const struct probe probe_declaration, probe_batch, probe_ports, probe_tls, probe_documents, probe_evidence,
	probe_update, probe_input, probe_passwords;

#endif
