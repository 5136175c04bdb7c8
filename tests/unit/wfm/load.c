#include <math.h>

#include "load.h"

struct usher_erlang_opts load(int32_t model, double offered, uint32_t agents)
{
	struct usher_erlang_opts o;

	ck_assert_int_eq(usher_erlang_opts_init(&o, sizeof(o)), 0);
	o.model = model;
	o.arrivals_per_s = offered / 100;
	o.handle_s = 100;
	o.patience_s = 60;
	o.agents = agents;
	o.room = 10;
	return o;
}

struct usher_erlang_figures figures(const struct usher_erlang_opts *o)
{
	struct usher_erlang_figures f = {.size = sizeof(f)};
	struct usher_error err;

	ck_assert_msg(usher_erlang_figures(o, &f, &err) == 0, "%s",
		      err.message);
	return f;
}

double percentile(const struct usher_erlang_opts *o, int32_t whose,
		  double part)
{
	double s = -1;

	ck_assert_int_eq(usher_erlang_percentile(o, whose, part, &s, NULL), 0);
	return s;
}

void near(double got, double want, double tolerance)
{
	ck_assert_msg(fabs(got - want) <= tolerance * fabs(want),
		      "got %.17g, expected %.17g", got, want);
}
