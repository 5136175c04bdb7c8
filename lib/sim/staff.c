/*
 * Few agents for some targets, where no formula holds.
 *
 *   begin ──→ grow ──→ descend ──→ exchange ──→ found
 *               ▲ │       ▲            │
 *               └─┘       └────────────┘ something cheaper is good, too
 *
 * From what was found the walk begins again at a staffing nearby, as often as
 * is asked for.
 *
 * All staffings meet the same days, so that what is compared is the staff and
 * not the luck; then the figures are nearly monotone in the agents of a group,
 * which descend() relies on: it halves what is above the least, then takes a
 * quarter, and so on down to one.
 */
#include <math.h>
#include <string.h>

#include "sim/sim.h"
#include "sim/staff.h"

#define REPLICATIONS     20
#define REPLICATIONS_MAX 1000000
#define TRIES            2000
#define TRIES_MAX        1000000
#define POINTS           64

int usher_sim_staff_opts_init(struct usher_sim_staff_opts *opts, size_t size)
{
	struct usher_sim_staff_opts full = {
		.size = size,
		.range_size = sizeof(struct usher_sim_range),
		.target_size = sizeof(struct usher_sim_target)};

	if (!opts || size < sizeof(opts->size) || size > sizeof(full))
		return USHER_EINVAL;
	memcpy(opts, &full, size);
	return 0;
}

/* ---- What was tried ---- */

static double cost_of(const struct staff *staff, uint32_t group)
{
	const double cost = usher__staff_range(staff, group).cost;

	return cost > 0 ? cost : 1;
}

static size_t agents_size(const struct staff *staff)
{
	return staff->opts.range_count * sizeof(uint32_t);
}

static struct staff_point *known(const struct staff *staff,
				 const uint32_t *agents)
{
	for (uint32_t i = 0; i < staff->count; i++)
		if (!memcmp(staff->points[i].agents, agents,
			    agents_size(staff)))
			return &staff->points[i];
	return NULL;
}

static int point_new(struct staff *staff, const uint32_t *agents,
		     struct staff_point **ret)
{
	const struct usher_alloc *alloc = staff->sim.alloc;
	const size_t values =
		staff->opts.target_count * sizeof(*(*ret)->values);
	struct staff_point *points, *p;

	if (staff->count == staff->opts.tries_max)
		return usher_error_set(staff->err, USHER_EFULL,
				       "not found by %u staffings",
				       staff->opts.tries_max);
	if (staff->count == staff->room) {
		points = alloc->realloc(alloc->arg, staff->points,
					(staff->room + POINTS) *
						sizeof(*points));
		if (!points)
			return USHER_ENOMEM;
		staff->points = points;
		staff->room += POINTS;
	}
	p = &staff->points[staff->count];
	memset(p, 0, sizeof(*p));
	p->values =
		alloc->realloc(alloc->arg, NULL, values + agents_size(staff));
	if (!p->values)
		return USHER_ENOMEM;
	p->agents = (uint32_t *)(p->values + staff->opts.target_count);
	memcpy(p->agents, agents, agents_size(staff));
	for (uint32_t g = 0; g < staff->opts.range_count; g++)
		p->cost += agents[g] * cost_of(staff, g);
	*ret = p;
	return 0;
}

/* Try a staffing, unless it was tried before. *ret is valid until the next
 * one. */
static int at(struct staff *staff, const uint32_t *agents,
	      const struct staff_point **ret)
{
	const struct usher_alloc *alloc = staff->sim.alloc;
	struct staff_point *p = known(staff, agents);
	int rc = 0;

	if (!p) {
		rc = point_new(staff, agents, &p);
		if (!rc)
			rc = usher__staff_try(staff, p);
		if (rc && p)
			alloc->realloc(alloc->arg, p->values, 0);
		if (rc)
			return rc;
		if (staff->opts.tried)
			staff->opts.tried(
				staff->opts.arg,
				&(struct usher_sim_staffing){
					sizeof(struct usher_sim_staffing),
					p->agents, p->values, p->cost,
					staff->count, p->missing == 0,
					staff->spread});
		staff->count++;
	}
	*ret = p;
	return 0;
}

static bool good(const struct staff_point *p)
{
	return p->missing == 0;
}

/* ---- The walk ---- */

/* The most that may be; where nothing is said, twice as many again. */
static int grow(struct staff *staff, uint32_t *now)
{
	const uint32_t groups = staff->opts.range_count;
	const struct staff_point *p;
	int rc;

	for (uint32_t g = 0; g < groups; g++) {
		const struct usher_sim_range r = usher__staff_range(staff, g);

		now[g] = r.most ? r.most : staff->groups[g].agents;
		if (now[g] < r.least)
			now[g] = r.least;
	}
	while (!(rc = at(staff, now, &p)) && !good(p)) {
		uint64_t sum = 0;
		bool grown = false;

		for (uint32_t g = 0; g < groups; g++) {
			if (!usher__staff_range(staff, g).most) {
				now[g] = now[g] ? 2 * now[g] : 1;
				grown = true;
			}
			sum += now[g];
		}
		if (!grown || sum > USHER_SIM_AGENTS_MAX)
			return usher_error_set(
				staff->err, USHER_ENOENT,
				"the targets do not hold with the most "
				"agents");
	}
	return rc;
}

static uint32_t step_of(const struct staff *staff, const uint32_t *now,
			uint32_t group, uint32_t parts)
{
	const uint32_t above =
		now[group] - usher__staff_range(staff, group).least;

	return above && above < parts ? 1 : above / parts;
}

/* Take agents away as long as the targets hold: from whom they are missed
 * least. */
static int descend(struct staff *staff, uint32_t *now, uint32_t parts)
{
	const uint32_t groups = staff->opts.range_count;
	int rc;

	for (;;) {
		uint32_t best = groups, best_step = 0;
		double best_slack = 0;
		bool fine = true;

		for (uint32_t g = 0; g < groups; g++) {
			const uint32_t step = step_of(staff, now, g, parts);
			const struct staff_point *p;

			fine = fine && step <= 1;
			if (!step)
				continue;
			now[g] -= step;
			rc = at(staff, now, &p);
			now[g] += step;
			if (rc)
				return rc;
			if (!good(p) ||
			    (best < groups && p->slack <= best_slack))
				continue;
			best = g;
			best_step = step;
			best_slack = p->slack;
		}
		if (best < groups)
			now[best] -= best_step;
		else if (fine)
			return 0;
		else
			parts *= 2;
	}
}

/* One of `from` and one of `more` (or of nobody: groups) for one of `to`. */
static int swap(struct staff *staff, uint32_t *now, uint32_t from,
		uint32_t more, uint32_t to, bool *better)
{
	const uint32_t groups = staff->opts.range_count;
	const struct usher_sim_range other = usher__staff_range(staff, to);
	const struct staff_point *p;
	double saved = cost_of(staff, from) - cost_of(staff, to);
	int rc;

	*better = false;
	if (more < groups)
		saved += cost_of(staff, more);
	if (to == from || to == more || !(saved > 0) ||
	    now[from] < usher__staff_range(staff, from).least + 1 +
				(more == from) ||
	    (more < groups &&
	     now[more] < usher__staff_range(staff, more).least + 1) ||
	    (other.most && now[to] >= other.most))
		return 0;
	now[from]--;
	now[to]++;
	if (more < groups)
		now[more]--;
	rc = at(staff, now, &p);
	*better = !rc && good(p);
	if (*better)
		return 0;
	now[from]++;
	now[to]--;
	if (more < groups)
		now[more]++;
	return rc;
}

static int exchange(struct staff *staff, uint32_t *now, bool *better)
{
	const uint32_t groups = staff->opts.range_count;
	int rc = 0;

	*better = false;
	for (uint32_t from = 0; from < groups; from++)
		for (uint32_t more = from; more <= groups; more++)
			for (uint32_t to = 0; !rc && !*better && to < groups;
			     to++)
				rc = swap(staff, now, from, more, to, better);
	return rc;
}

static int settle(struct staff *staff, uint32_t *now, uint32_t parts)
{
	bool better = true;
	int rc = 0;

	while (!rc && better) {
		rc = descend(staff, now, parts);
		if (!rc)
			rc = exchange(staff, now, &better);
	}
	return rc;
}

static double cost_at(const struct staff *staff, const uint32_t *agents)
{
	double sum = 0;

	for (uint32_t g = 0; g < staff->opts.range_count; g++)
		sum += agents[g] * cost_of(staff, g);
	return sum;
}

/* One more, one fewer or none in each group, by chance; then one more in all
 * of them, until it is enough. Where there is no such staffing: *ret_good. */
static int shake(struct staff *staff, uint32_t *now, uint32_t turn,
		 bool *ret_good)
{
	const struct sim_stream stream = {staff->sim.seed, turn, SIM_SHAKE};
	const uint32_t groups = staff->opts.range_count;
	const struct staff_point *p;
	bool grown = true;
	int rc = 0;

	for (uint32_t g = 0; g < groups; g++) {
		const struct usher_sim_range r = usher__staff_range(staff, g);
		const int by = (int)(3 * usher__sim_uniform(&stream, g)) - 1;

		if (by < 0 ? now[g] > r.least : !r.most || now[g] < r.most)
			now[g] = (uint32_t)((int64_t)now[g] + by);
	}
	*ret_good = false;
	while (grown && !(rc = at(staff, now, &p)) && !(*ret_good = good(p))) {
		grown = false;
		for (uint32_t g = 0; g < groups; g++) {
			const uint32_t most =
				usher__staff_range(staff, g).most;

			if (now[g] <
			    (most ? most : USHER_SIM_AGENTS_MAX / groups)) {
				now[g]++;
				grown = true;
			}
		}
	}
	return rc;
}

/* now: the staffing where the walk begins, and then what it found; other: room
 * for another one. */
static int search(struct staff *staff, uint32_t *now, uint32_t *other)
{
	int rc = grow(staff, now);
	bool is_good;

	if (!rc)
		rc = settle(staff, now, 2);
	for (uint32_t i = 0; !rc && i < staff->opts.restarts; i++) {
		memcpy(other, now, agents_size(staff));
		rc = shake(staff, other, i, &is_good);
		if (!rc && is_good)
			rc = settle(staff, other, UINT32_MAX);
		if (!rc && is_good &&
		    cost_at(staff, other) < cost_at(staff, now))
			memcpy(now, other, agents_size(staff));
		/* what was found before that is not lost */
		if (rc == USHER_EFULL)
			return 0;
	}
	return rc;
}

/* ---- What is asked ---- */

static int target_check(const struct staff *staff, uint32_t index)
{
	const struct usher_sim_target target =
		usher__staff_target(staff, index);
	const struct usher_sim_target *t = &target;
	const bool part = t->figure <= USHER_SIM_LEVEL_SHORT_CREDIT ||
			  t->figure >= USHER_SIM_ABANDONED;

	if (t->figure < USHER_SIM_LEVEL_ANSWERED ||
	    t->figure > USHER_SIM_BLOCKED || !(t->limit >= 0) ||
	    !isfinite(t->limit) || (part && t->limit > 1) ||
	    (t->queue != USHER_SIM_ALL && t->queue >= staff->sim.queue_count))
		return usher_error_set(staff->err, USHER_EINVAL,
				       "target %u: no such figure or queue, "
				       "or its limit is out of range",
				       index + 1);
	if (usher__staff_windowed(t) &&
	    !(t->from_s >= 0 && t->to_s > t->from_s &&
	      t->to_s <= usher__staff_period(staff)))
		return usher_error_set(staff->err, USHER_EINVAL,
				       "target %u: its interval is empty or "
				       "out of the period",
				       index + 1);
	return 0;
}

static int opts_check(struct staff *staff,
		      const struct usher_sim_staff_opts *opts)
{
	struct usher_sim_staff_opts *o = &staff->opts;

	if (!opts || opts->size < sizeof(opts->size) ||
	    opts->size > sizeof(*o))
		return usher_error_set(staff->err, USHER_EINVAL,
				       "options of an unknown size");
	memcpy(o, opts, opts->size);
	if (!o->replications)
		o->replications = REPLICATIONS;
	if (!o->tries_max)
		o->tries_max = TRIES;
	if (o->duration_s == 0)
		o->duration_s = STAFF_DAY_S;
	if (!o->sim || o->sim->size < sizeof(o->sim->size) ||
	    o->sim->size > sizeof(staff->sim) || !o->ranges || !o->targets ||
	    !o->target_count || o->target_count > USHER_SIM_TARGETS_MAX ||
	    !o->range_size || o->range_size > sizeof(struct usher_sim_range) ||
	    !o->target_size ||
	    o->target_size > sizeof(struct usher_sim_target) ||
	    !o->range_count || o->replications > REPLICATIONS_MAX ||
	    o->tries_max > TRIES_MAX || !(o->warmup_s >= 0) ||
	    o->warmup_s > SIM_TIME_MAX_S || !(o->duration_s > 0) ||
	    o->duration_s > SIM_TIME_MAX_S)
		return usher_error_set(staff->err, USHER_EINVAL,
				       "nothing to search, or out of range");
	usher_sim_opts_init(&staff->sim, sizeof(staff->sim));
	memcpy(&staff->sim, o->sim, o->sim->size);
	staff->sim.size = sizeof(staff->sim);
	if (!staff->sim.alloc)
		staff->sim.alloc = usher_alloc_default();
	if (o->range_count != staff->sim.group_count)
		return usher_error_set(staff->err, USHER_EINVAL,
				       "not one range a group");
	for (uint32_t g = 0; g < o->range_count; g++) {
		const struct usher_sim_range r = usher__staff_range(staff, g);

		if ((r.most && r.most < r.least) ||
		    r.least > USHER_SIM_AGENTS_MAX || !(r.cost >= 0))
			return usher_error_set(staff->err, USHER_EINVAL,
					       "the range of group %u", g + 1);
	}
	for (uint32_t i = 0; i < o->target_count; i++)
		if (target_check(staff, i))
			return USHER_EINVAL;
	return 0;
}

/* Groups of the size that we know, and the message of what is wrong with the
 * whole. */
static int groups_make(struct staff *staff)
{
	const struct usher_alloc *alloc = staff->sim.alloc;
	const uint32_t count = staff->sim.group_count;
	const size_t known_size = sizeof(*staff->groups);
	struct usher_sim *sim = NULL;
	int rc = usher_sim_new(&sim, &staff->sim, staff->err);

	usher_sim_free(sim);
	if (rc)
		return rc;
	staff->groups = alloc->realloc(alloc->arg, NULL, count * known_size);
	if (!staff->groups)
		return USHER_ENOMEM;
	memset(staff->groups, 0, count * known_size);
	for (uint32_t g = 0; g < count; g++)
		memcpy(&staff->groups[g],
		       (const char *)staff->sim.groups +
			       g * staff->sim.group_size,
		       staff->sim.group_size);
	staff->sim.group_size = known_size;
	return 0;
}

int usher_sim_staff(const struct usher_sim_staff_opts *opts,
		    uint32_t *ret_agents, struct usher_error *err)
{
	struct staff staff = {.err = err};
	const struct usher_alloc *alloc;
	uint32_t *now = NULL;
	int rc;

	if (!ret_agents)
		return usher_error_set(err, USHER_EINVAL, "nowhere to write");
	usher_sim_staff_opts_init(&staff.opts, sizeof(staff.opts));
	rc = opts_check(&staff, opts);
	if (rc)
		return rc;
	alloc = staff.sim.alloc;
	rc = groups_make(&staff);
	if (!rc)
		rc = usher__staff_check_parts(&staff);
	if (!rc)
		rc = usher__staff_spread_make(&staff);
	if (!rc) {
		now = alloc->realloc(alloc->arg, NULL,
				     2 * agents_size(&staff));
		rc = now ? search(&staff, now, now + staff.opts.range_count)
			 : USHER_ENOMEM;
	}
	if (!rc)
		memcpy(ret_agents, now, agents_size(&staff));
	if (rc == USHER_ENOMEM)
		usher_error_set(err, rc, "no memory");
	for (uint32_t i = 0; i < staff.count; i++)
		alloc->realloc(alloc->arg, staff.points[i].values, 0);
	alloc->realloc(alloc->arg, staff.points, 0);
	alloc->realloc(alloc->arg, staff.groups, 0);
	alloc->realloc(alloc->arg, staff.spread, 0);
	alloc->realloc(alloc->arg, now, 0);
	return rc;
}
