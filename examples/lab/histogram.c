/*
 * Waits by their logarithm: STEPS_A_DOUBLING steps to a doubling, from FIRST_S
 * on, so that a quantile is off by a percent at most. Counts add up in any
 * order to the same. The longest is known as it was: where many wait as long
 * as they may, no quantile is beyond that.
 */
#include <math.h>
#include <string.h>

#include "lab.h"

#define STEPS_A_DOUBLING 64
#define FIRST_S          1e-3

/* 2048 steps of 64 reach 2^32 ms, 49 days. */
static uint32_t step_of(double wait_s)
{
	double step = STEPS_A_DOUBLING * log2(wait_s / FIRST_S);

	if (!(step > 0))
		return 0;
	return step < LAB_STEPS ? (uint32_t)step : LAB_STEPS - 1;
}

double lab_histogram_edge(uint32_t step)
{
	return step ? FIRST_S * exp2((double)step / STEPS_A_DOUBLING) : 0;
}

void lab_histogram_add(struct lab_histogram *h, int64_t wait_us)
{
	if (wait_us > h->longest_us)
		h->longest_us = wait_us;
	if (wait_us <= 0)
		h->none++;
	else
		h->counts[step_of((double)wait_us / 1e6)]++;
}

void lab_histogram_sum(struct lab_histogram *to,
		       const struct lab_histogram *from)
{
	to->none += from->none;
	if (from->longest_us > to->longest_us)
		to->longest_us = from->longest_us;
	for (uint32_t i = 0; i < LAB_STEPS; i++)
		to->counts[i] += from->counts[i];
}

uint64_t lab_histogram_total(const struct lab_histogram *h)
{
	uint64_t sum = h->none;

	for (uint32_t i = 0; i < LAB_STEPS; i++)
		sum += h->counts[i];
	return sum;
}

double lab_histogram_quantile(const struct lab_histogram *h, double part)
{
	const uint64_t total = lab_histogram_total(h);
	const double wanted = part * (double)total;
	const double longest = (double)h->longest_us / 1e6;
	double below = (double)h->none;

	if (!total)
		return NAN;
	if (wanted <= below)
		return 0;
	if (part >= 1)
		return longest;
	for (uint32_t i = 0; i < LAB_STEPS; i++) {
		const double here = (double)h->counts[i];
		const double from = lab_histogram_edge(i);

		if (here > 0 && below + here >= wanted)
			return fmin(from + (lab_histogram_edge(i + 1) - from) *
						    (wanted - below) / here,
				    longest);
		below += here;
	}
	return longest;
}
