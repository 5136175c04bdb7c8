/* Loads, and their figures. */
#ifndef UNIT_WFM_LOAD_H
#define UNIT_WFM_LOAD_H

#include <check.h>

#include <usher/erlang.h>

/* Handle times of 100 s, patience of 60, ten places to wait. */
struct usher_erlang_opts load(int32_t model, double offered, uint32_t agents);
struct usher_erlang_figures figures(const struct usher_erlang_opts *o);
double percentile(const struct usher_erlang_opts *o, int32_t whose,
		  double part);
void near(double got, double want, double tolerance);

#endif
