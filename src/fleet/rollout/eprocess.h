/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Is this release failing more often than we tolerate?", asked after every single report and still honest.
 *
 * For each report the likelihood under a failure rate t is compared with that under the tolerated rate p0, mixed over
 * many t above p0 (Beta(1/2,1/2), cut at p0). The mixture is a supermartingale for every true rate <= p0, so the
 * chance that it EVER reaches 1/alpha on a healthy release is at most alpha, however often one looks (Ville). Cutting
 * at p0 keeps that promise for rates below p0 too, which the uncut mixture does not.
 */
#ifndef HALLMARK_FLEET_ROLLOUT_EPROCESS_H
#define HALLMARK_FLEET_ROLLOUT_EPROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* Natural logarithm of the evidence after `failed` of `reports` failed. 0 < p0 < 1, failed <= reports. */
double eprocess_log(uint64_t reports, uint64_t failed, double p0);

/* Has the evidence reached 1/alpha? It can only rise with a failure, so looking at each failure is enough. */
bool eprocess_stops(uint64_t reports, uint64_t failed, double p0, double alpha);

#endif
