/* One staffing, simulated: what its targets come to. */
#include <math.h>
#include <string.h>

#include "sim/staff.h"

/* Numerator and denominator of one target in one replication. */
struct sum {
	double over, under;
};

struct
try {
	const struct staff *staff;
	struct usher_sim_group *groups; /* one copy: read alone */
	struct sum *sums;               /* by replication, then target */
	int *failed;                    /* by replication */
};

static struct sum level(const struct usher_queue_figures *f, int32_t figure)
{
	const double in = (double)f->answered_within;
	const double out = (double)f->abandoned_within;
	const double a = (double)f->answered, b = (double)f->abandoned;

	switch (figure) {
	case USHER_SIM_LEVEL_ANSWERED:
		return (struct sum){in, a};
	case USHER_SIM_LEVEL_CREDIT:
		return (struct sum){in + out, a + b};
	case USHER_SIM_LEVEL_STRICT:
		return (struct sum){in, a + b};
	case USHER_SIM_LEVEL_EXCLUDE:
		return (struct sum){in, a + b - out};
	default:
		return (struct sum){in + (double)f->short_abandons, a + b};
	}
}

static struct sum measure(const struct usher_queue_figures *f,
			  const struct usher_sim_counts *c, int32_t figure)
{
	const double a = (double)f->answered, b = (double)f->abandoned;

	switch (figure) {
	case USHER_SIM_ASA:
		return (struct sum){(double)f->answered_wait_us / 1e6, a};
	case USHER_SIM_WAIT:
		return (struct sum){
			(double)(f->answered_wait_us + f->abandoned_wait_us) /
				1e6,
			a + b};
	case USHER_SIM_ABANDONED:
		return (struct sum){b, (double)f->entered};
	case USHER_SIM_BLOCKED:
		return (struct sum){(double)c->blocked,
				    (double)(c->arrived + c->retried)};
	default:
		return level(f, figure);
	}
}

static int all_queues(const struct usher_sim *sim,
		      struct usher_queue_figures *f,
		      struct usher_sim_counts *sum)
{
	struct usher_sim_counts c = {.size = sizeof(c)};

	for (uint32_t i = 0; usher_sim_queue_id(sim, i); i++) {
		usher_sim_counts(sim, i, &c);
		sum->blocked += c.blocked;
		sum->arrived += c.arrived;
		sum->retried += c.retried;
	}
	return usher_metrics_total(usher_sim_metrics(sim), USHER_SPAN_DAY,
				   usher_sim_now(sim), f);
}

static int sum_up(const struct staff *staff, const struct usher_sim *sim,
		  struct sum *sums)
{
	int rc = 0;

	for (uint32_t k = 0; !rc && k < staff->opts.target_count; k++) {
		const struct usher_sim_target target =
			usher__staff_target(staff, k);
		const struct usher_sim_target *t = &target;
		struct usher_queue_figures f = {.size = sizeof(f)};
		struct usher_sim_counts c = {.size = sizeof(c)};

		if (t->queue == USHER_SIM_ALL)
			rc = all_queues(sim, &f, &c);
		else
			rc = usher_metrics_queue(
				usher_sim_metrics(sim),
				usher_sim_queue_id(sim, t->queue),
				USHER_SPAN_DAY, usher_sim_now(sim), &f);
		if (!rc && t->queue != USHER_SIM_ALL)
			rc = usher_sim_counts(sim, t->queue, &c);
		if (!rc)
			sums[k] = measure(&f, &c, t->figure);
	}
	return rc;
}

static void replicate(void *ctx, uint32_t i)
{
	struct try *try = ctx;
	const struct staff *staff = try->staff;
	struct usher_sim_opts opts = staff->sim;
	struct usher_sim *sim = NULL;
	int rc;

	opts.groups = try->groups;
	opts.seed = usher_sim_seed(staff->sim.seed, i);
	rc = usher_sim_new(&sim, &opts, NULL);
	if (!rc)
		rc = usher_sim_run(sim, staff->opts.warmup_s);
	if (!rc)
		rc = usher_sim_warm(sim);
	if (!rc)
		rc = usher_sim_run(sim, staff->opts.duration_s);
	if (!rc)
		rc = sum_up(staff, sim,
			    try->sums + (size_t)i * staff->opts.target_count);
	try->failed[i] = rc;
	usher_sim_free(sim);
}

/* In the order of the replications, so that no last bit depends on threads. */
static void judge(const struct try *try, struct staff_point *point)
{
	const struct usher_sim_staff_opts *o = &try->staff->opts;

	point->missing = 0;
	point->slack = INFINITY;
	for (uint32_t k = 0; k < o->target_count; k++) {
		const struct usher_sim_target target =
			usher__staff_target(try->staff, k);
		const struct usher_sim_target *t = &target;
		struct sum sum = {0, 0};
		double off;

		for (uint32_t i = 0; i < o->replications; i++) {
			const struct sum *s =
				&try->sums[(size_t)i * o->target_count + k];

			sum.over += s->over;
			sum.under += s->under;
		}
		point->values[k] = sum.under > 0 ? sum.over / sum.under : NAN;
		off = point->values[k] - t->limit;
		if (t->figure >= USHER_SIM_ASA)
			off = t->limit > 0 ? -off / t->limit : -off;
		if (!(off >= 0))
			point->missing += isnan(off) ? 1 : -off;
		if (!(off >= point->slack))
			point->slack = isnan(off) ? -1 : off;
	}
}

int usher__staff_try(const struct staff *staff, struct staff_point *point)
{
	const struct usher_alloc *alloc = staff->sim.alloc;
	const struct usher_sim_staff_opts *o = &staff->opts;
	const size_t replications = o->replications;
	struct try try = {.staff = staff};
	int rc = USHER_ENOMEM;

	try.sums = alloc->realloc(alloc->arg, NULL,
				  replications * o->target_count *
					  sizeof(*try.sums));
	try.failed = alloc->realloc(alloc->arg, NULL,
				    replications * sizeof(*try.failed));
	try.groups = alloc->realloc(alloc->arg, NULL,
				    o->range_count * sizeof(*try.groups));
	if (!try.sums || !try.failed || !try.groups)
		goto out;
	for (uint32_t g = 0; g < o->range_count; g++) {
		try.groups[g] = staff->groups[g];
		try.groups[g].agents = point->agents[g];
	}
	if (o->each)
		o->each(o->arg, o->replications, replicate, &try);
	else
		for (uint32_t i = 0; i < o->replications; i++)
			replicate(&try, i);
	rc = 0;
	for (uint32_t i = 0; !rc && i < o->replications; i++)
		rc = try.failed[i];
	if (!rc)
		judge(&try, point);
out:
	alloc->realloc(alloc->arg, try.sums, 0);
	alloc->realloc(alloc->arg, try.failed, 0);
	alloc->realloc(alloc->arg, try.groups, 0);
	return rc;
}
