/* One staffing, simulated: what its targets come to. */
#include <math.h>
#include <string.h>

#include "sim/staff.h"

struct usher_sim_range usher__staff_range(const struct staff *staff,
					  uint32_t group)
{
	const size_t size = staff->opts.range_size;
	struct usher_sim_range ret = {0};

	memcpy(&ret, (const char *)staff->opts.ranges + size * group, size);
	return ret;
}

struct usher_sim_target usher__staff_target(const struct staff *staff,
					    uint32_t index)
{
	const size_t size = staff->opts.target_size;
	struct usher_sim_target ret = {0};

	memcpy(&ret, (const char *)staff->opts.targets + size * index, size);
	return ret;
}

bool usher__staff_windowed(const struct usher_sim_target *t)
{
	return t->from_s != 0 || t->to_s != 0;
}

double usher__staff_period(const struct staff *staff)
{
	return staff->sim.period_s > 0 ? staff->sim.period_s : STAFF_DAY_S;
}

/* Numerator and denominator of one target in one replication. */
struct sum {
	double over, under;
	double came;    /* whoever it could be of: in all, … */
	double waiting; /* … and before, if it begins now */
};

/* Of each target: what is wanted, and two to reckon it. */
#define SUMS 3

struct
try {
	const struct staff *staff;
	struct usher_sim_group *groups; /* one copy: read alone */
	struct sum *sums;               /* by replication, SUMS, target */
	int *failed;                    /* by replication */
};

static struct sum level(const struct usher_queue_figures *f, int32_t figure)
{
	const double in = (double)f->answered_within;
	const double out = (double)f->abandoned_within;
	const double a = (double)f->answered, b = (double)f->abandoned;

	switch (figure) {
	case USHER_SIM_LEVEL_ANSWERED:
		return (struct sum){in, a, 0, 0};
	case USHER_SIM_LEVEL_CREDIT:
		return (struct sum){in + out, a + b, 0, 0};
	case USHER_SIM_LEVEL_STRICT:
		return (struct sum){in, a + b, 0, 0};
	case USHER_SIM_LEVEL_EXCLUDE:
		return (struct sum){in, a + b - out, 0, 0};
	default:
		return (struct sum){in + (double)f->short_abandons, a + b, 0,
				    0};
	}
}

static struct sum measure(const struct usher_queue_figures *f,
			  const struct usher_sim_counts *c, int32_t figure)
{
	const double a = (double)f->answered, b = (double)f->abandoned;
	const double wait_s = (double)f->answered_wait_us / 1e6;
	const double came = (double)(c->arrived + c->retried);
	const double blocked = (double)c->blocked;
	const double entered = (double)f->entered;
	struct sum ret;

	switch (figure) {
	/* who came before, and stays or is answered, is nobody's loss */
	case USHER_SIM_ABANDONED:
		return (struct sum){b, entered, entered + b, 0};
	case USHER_SIM_BLOCKED:
		return (struct sum){blocked, came, came, 0};
	case USHER_SIM_ASA:
		ret = (struct sum){wait_s, a, 0, 0};
		break;
	case USHER_SIM_WAIT:
		ret = (struct sum){wait_s + (double)f->abandoned_wait_us / 1e6,
				   a + b, 0, 0};
		break;
	default:
		ret = level(f, figure);
	}
	ret.came = a + b + came;
	ret.waiting = (double)f->waiting;
	return ret;
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

static int64_t microseconds(double s)
{
	return (int64_t)(s * 1e6 + 0.5);
}

/* Whether any of what is measured is of the target's part of the period. */
static bool simulated(const struct staff *staff,
		      const struct usher_sim_target *t)
{
	const int64_t period_us = microseconds(usher__staff_period(staff));
	const int64_t from_us = microseconds(t->from_s);
	const int64_t to_us = microseconds(t->to_s);
	const int64_t begin_us =
		microseconds(staff->opts.warmup_s) % period_us;
	const int64_t end_us = begin_us + microseconds(staff->opts.duration_s);

	return from_us < to_us && ((from_us < end_us && begin_us < to_us) ||
				   from_us + period_us < end_us);
}

int usher__staff_check_parts(const struct staff *staff)
{
	for (uint32_t k = 0; k < staff->opts.target_count; k++) {
		const struct usher_sim_target t =
			usher__staff_target(staff, k);

		if (usher__staff_windowed(&t) && !simulated(staff, &t))
			return usher_error_set(
				staff->err, USHER_EINVAL,
				"target %u: nothing from %g s to %g s of the "
				"period is simulated",
				k + 1, t.from_s, t.to_s);
	}
	return 0;
}

static bool within(const struct usher_sim_target *t, int64_t phase_us)
{
	return !usher__staff_windowed(t) ||
	       (phase_us >= microseconds(t->from_s) &&
		phase_us < microseconds(t->to_s));
}

/* The next moment at which a target's part of the period begins or ends. */
static int64_t border_after(const struct staff *staff, int64_t phase_us)
{
	const int64_t period_us = microseconds(usher__staff_period(staff));
	int64_t next_us = INT64_MAX;

	for (uint32_t k = 0; k < staff->opts.target_count; k++) {
		const struct usher_sim_target t =
			usher__staff_target(staff, k);
		const double edges[] = {t.from_s, t.to_s};

		for (int i = 0; usher__staff_windowed(&t) && i < 2; i++) {
			int64_t edge_us = microseconds(edges[i]);

			if (edge_us <= phase_us)
				edge_us += period_us;
			if (edge_us < next_us)
				next_us = edge_us;
		}
	}
	return next_us;
}

/* From border to border; sums, and behind them room for twice as many: those
 * since the warm-up, then and now. */
static int measured(const struct staff *staff, struct usher_sim *sim,
		    int64_t start_us, struct sum *sums)
{
	const int64_t period_us = microseconds(usher__staff_period(staff));
	const int64_t end_us =
		usher_sim_now(sim) + microseconds(staff->opts.duration_s);
	const uint32_t count = staff->opts.target_count;
	struct sum *last = sums + count, *now = last + count;
	int rc = 0;

	memset(sums, 0, count * sizeof(*sums));
	rc = sum_up(staff, sim, last);
	while (!rc && usher_sim_now(sim) < end_us) {
		const int64_t at_us = usher_sim_now(sim);
		const int64_t phase_us = (at_us - start_us) % period_us;
		int64_t for_us = border_after(staff, phase_us) - phase_us;

		if (for_us > end_us - at_us)
			for_us = end_us - at_us;
		rc = usher_sim_run(sim, (double)for_us / 1e6);
		if (!rc)
			rc = sum_up(staff, sim, now);
		for (uint32_t k = 0; !rc && k < count; k++) {
			const struct usher_sim_target t =
				usher__staff_target(staff, k);

			if (within(&t, phase_us)) {
				sums[k].over += now[k].over - last[k].over;
				sums[k].under += now[k].under - last[k].under;
				sums[k].came += now[k].came - last[k].came +
						last[k].waiting;
			}
			last[k] = now[k];
		}
	}
	return rc;
}

static void replicate(void *ctx, uint32_t i)
{
	struct try *try = ctx;
	const struct staff *staff = try->staff;
	struct usher_sim_opts opts = staff->sim;
	struct usher_sim *sim = NULL;
	int64_t start_us;
	int rc;

	opts.groups = try->groups;
	opts.seed = usher_sim_seed(staff->sim.seed, i);
	rc = usher_sim_new(&sim, &opts, NULL);
	start_us = rc ? 0 : usher_sim_now(sim);
	if (!rc)
		rc = usher_sim_run(sim, staff->opts.warmup_s);
	if (!rc)
		rc = usher_sim_warm(sim);
	if (!rc)
		rc = measured(staff, sim, start_us,
			      try->sums + SUMS * (size_t)i *
						  staff->opts.target_count);
	try->failed[i] = rc;
	usher_sim_free(sim);
}

int usher__staff_spread_make(struct staff *staff)
{
	const struct usher_alloc *alloc = staff->sim.alloc;
	const size_t count =
		(size_t)staff->opts.replications * staff->opts.target_count;

	if (!staff->opts.tried)
		return 0;
	staff->spread = alloc->realloc(alloc->arg, NULL,
				       count * sizeof(*staff->spread));
	return staff->spread ? 0 : USHER_ENOMEM;
}

static const struct sum *sum_at(const struct try *try, uint32_t i, uint32_t k)
{
	return &try->sums[SUMS * (size_t)i * try->staff->opts.target_count +
			  k];
}

/* A ratio of sums is nearly its value where each replication adds what it is
 * off by, over the mean denominator (Cochran 1977, 6.3). */
static void spread(const struct try *try, uint32_t k, const struct sum *all)
{
	const uint32_t n = try->staff->opts.replications;
	double *to = try->staff->spread + (size_t)k * n;
	const double value = all->over / all->under;

	for (uint32_t i = 0; i < n; i++) {
		const struct sum *s = sum_at(try, i, k);

		to[i] = all->under > 0 ? value + (s->over - value * s->under) *
							 n / all->under
				       : NAN;
	}
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
		struct sum sum = {0, 0, 0, 0};
		double off;

		for (uint32_t i = 0; i < o->replications; i++) {
			const struct sum *s = sum_at(try, i, k);

			sum.over += s->over;
			sum.under += s->under;
			sum.came += s->came;
		}
		point->values[k] = sum.under > 0 ? sum.over / sum.under : NAN;
		if (try->staff->spread)
			spread(try, k, &sum);
		if (usher__staff_windowed(t) && sum.came <= 0)
			continue;
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
				  SUMS * replications * o->target_count *
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
