/* SPDX-License-Identifier: Apache-2.0 */
/* The mixture e-process of eprocess.h. Pure; a sum over fixed points, so that every machine decides alike. */
#include "fleet/rollout/eprocess.h"

#include <math.h>

#include "core/base/banned.h"

/* A finite mixture is as valid as an integral; more points only sharpen it close to p0. */
#define POINTS 256

/* Point j of the Beta(1/2,1/2) distribution cut at p0: its quantile function is sin^2. */
static double rate_at(int j, double p0)
{
	double from = 2 / M_PI * asin(sqrt(p0));
	double u = from + (1 - from) * (j + 0.5) / POINTS;
	double s = sin(M_PI / 2 * u);
	return s * s;
}

double eprocess_log(uint64_t reports, uint64_t failed, double p0)
{
	double logs[POINTS], top = -INFINITY, sum = 0;
	double bad = (double)failed, good = (double)(reports - failed);
	for (int j = 0; j < POINTS; j++) {
		double t = rate_at(j, p0);
		logs[j] = bad * log(t / p0) + good * log((1 - t) / (1 - p0));
		if (logs[j] > top)
			top = logs[j];
	}
	for (int j = 0; j < POINTS; j++)
		sum += exp(logs[j] - top);
	return top + log(sum / POINTS);
}

bool eprocess_stops(uint64_t reports, uint64_t failed, double p0, double alpha)
{
	return failed > 0 && eprocess_log(reports, failed, p0) >= -log(alpha);
}
