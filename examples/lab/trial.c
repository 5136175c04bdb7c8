/* One replication: a simulation, and what its events and figures say. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <usher/event.h>

#include "expect.h"

struct watch {
	const struct lab_day *day;
	struct lab_trial *trial;
	const struct usher_sim *sim;        /* NULL as long as it warms up */
	uint64_t ids[USHER_SIM_QUEUES_MAX]; /* of queues, ascending */
	int64_t start_us, period_us, interval_us;
	int64_t measured_us; /* from then on */
	uint32_t slots;
	uint32_t queues;
	struct expect *expect; /* or NULL */
};

static int64_t microseconds(double seconds)
{
	return (int64_t)llround(seconds * 1e6);
}

uint32_t lab_slots(const struct lab_day *day)
{
	return (uint32_t)ceil(day->sim.period_s / day->interval_s - 1e-9);
}

int lab_trial_init(struct lab_trial *trial, const struct lab_day *day)
{
	const size_t rows = day->sim.queue_count + (size_t)1;
	const size_t groups = day->sim.group_count + (size_t)1;
	const size_t slots = lab_slots(day);

	memset(trial, 0, sizeof(*trial));
	trial->figures = calloc(rows, sizeof(*trial->figures));
	trial->groups = calloc(groups, sizeof(*trial->groups));
	trial->kinds = calloc(groups * (day->kind_count + (size_t)1),
			      sizeof(*trial->kinds));
	trial->slots = calloc(rows * slots, sizeof(*trial->slots));
	trial->group_slots =
		calloc(groups * slots, sizeof(*trial->group_slots));
	trial->waits = calloc(rows, sizeof(*trial->waits));
	trial->expected = calloc(rows, sizeof(*trial->expected));
	if (trial->expected && trial->figures && trial->groups &&
	    trial->kinds && trial->slots && trial->group_slots && trial->waits)
		return 0;
	lab_trial_done(trial);
	return USHER_ENOMEM;
}

void lab_trial_done(struct lab_trial *trial)
{
	free(trial->figures);
	free(trial->groups);
	free(trial->kinds);
	free(trial->slots);
	free(trial->group_slots);
	free(trial->waits);
	free(trial->expected);
	memset(trial, 0, sizeof(*trial));
}

static uint32_t slot_of(const struct watch *w, int64_t time_us)
{
	int64_t at = (time_us - w->start_us) % w->period_us;
	int64_t slot;

	if (at < 0)
		at += w->period_us;
	slot = at / w->interval_us;
	return slot < w->slots ? (uint32_t)slot : w->slots - 1;
}

static int compare_ids(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Someone was answered or gave up. */
static void left(struct watch *w, uint32_t row, const struct usher_event *ev,
		 bool answered, int64_t wait_us)
{
	const int64_t came_us = ev->time_us - wait_us;
	struct lab_slot *slot =
		&w->trial->slots[row * w->slots + slot_of(w, came_us)];
	const double target_s = lab_target_s(&w->day->queues[row]);

	lab_histogram_add(&w->trial->waits[row], wait_us);
	/* of those who came before only the ones who waited long are seen */
	if (came_us < w->measured_us)
		return;
	slot->came++;
	slot->answered += answered;
	slot->within += answered && wait_us <= microseconds(target_s);
	slot->wait_us += wait_us;
}

static void watch(void *arg, const struct usher_event *ev)
{
	struct watch *w = arg;
	uint64_t queue = 0, leave = UINT64_MAX, wait = 0;
	const uint64_t *found;
	uint32_t row;

	if (w->expect && (ev->type == USHER_EV_AGENT_PRESENCE ||
			  ev->type == USHER_EV_AGENT_PENDING))
		expect_turned(w->expect, ev);
	if (!w->sim || (ev->type != USHER_EV_QUEUE_LEFT &&
			(!w->expect || ev->type != USHER_EV_QUEUE_ENTERED)))
		return;
	usher_event_u64(ev, USHER_F_QUEUE, &queue);
	found = bsearch(&queue, w->ids, w->queues, sizeof(*w->ids),
			compare_ids);
	if (!found)
		return;
	row = (uint32_t)(found - w->ids);
	if (ev->type == USHER_EV_QUEUE_ENTERED) {
		expect_entered(w->expect, w->sim, row, ev);
		return;
	}
	usher_event_u64(ev, USHER_F_LEAVE, &leave);
	usher_event_u64(ev, USHER_F_WAIT, &wait);
	if (w->expect && leave == USHER_LEAVE_ANSWERED)
		expect_answered(w->expect, row, ev, (int64_t)wait);
	if (leave == USHER_LEAVE_ANSWERED || leave == USHER_LEAVE_ABANDONED)
		left(w, row, ev, leave == USHER_LEAVE_ANSWERED, (int64_t)wait);
}

static double ratio(double a, double b)
{
	return b > 0 ? a / b : NAN;
}

static void count(double *to, const struct usher_sim_counts *c)
{
	const double calls = (double)(c->arrived + c->retried);

	to[LAB_ARRIVED] = (double)c->arrived;
	to[LAB_BLOCKED] = ratio((double)c->blocked, calls);
	to[LAB_RETRIED] = (double)c->retried;
	to[LAB_CALLBACKS] = (double)c->callbacks;
	to[LAB_DIALED] = (double)c->dialed;
	to[LAB_REACHED] = (double)c->reached;
	to[LAB_CLOSED] = (double)c->closed;
	to[LAB_MISMATCHED] = (double)c->mismatched;
}

/* Who found no place has entered where the simulation had to look first. */
static double came(const struct usher_queue_figures *f, uint64_t blocked)
{
	return (double)(f->entered + blocked - f->flowed[USHER_LEAVE_FULL]);
}

static void measure(double *to, const struct usher_queue_figures *f,
		    const struct lab_histogram *waits, uint64_t blocked)
{
	static const struct {
		enum lab_figure figure;
		double part;
	} quantiles[] = {{LAB_P50, 0.5},  {LAB_P80, 0.8},  {LAB_P90, 0.9},
			 {LAB_P95, 0.95}, {LAB_P99, 0.99}, {LAB_LONGEST, 1}};
	const double both = (double)(f->answered + f->abandoned);
	struct usher_handle_time aht;
	int64_t asa_us;

	to[LAB_ENTERED] = (double)f->entered;
	to[LAB_ANSWERED] = (double)f->answered;
	to[LAB_LED] = (double)(f->flowed[USHER_LEAVE_TIMEOUT] +
			       f->flowed[USHER_LEAVE_OVERFLOW]);
	to[LAB_WAITING] = (double)f->waiting;
	to[LAB_ABANDONED] = ratio((double)f->abandoned, came(f, blocked));
	to[LAB_WAITED] =
		ratio((double)(lab_histogram_total(waits) - waits->none),
		      (double)(lab_histogram_total(waits) + blocked));
	for (int32_t i = 0; i < 5; i++)
		if (usher_figures_service_level(f, USHER_LEVEL_ANSWERED + i,
						&to[LAB_LEVEL + i]))
			to[LAB_LEVEL + i] = NAN;
	to[LAB_ASA] =
		usher_figures_asa(f, &asa_us) ? NAN : (double)asa_us / 1e6;
	to[LAB_WAIT] = ratio(
		(double)(f->answered_wait_us + f->abandoned_wait_us) / 1e6,
		both);
	for (size_t i = 0; i < LAB_COUNT(quantiles); i++)
		to[quantiles[i].figure] =
			lab_histogram_quantile(waits, quantiles[i].part);
	to[LAB_AHT] =
		usher_figures_aht(f, &aht) ? NAN : (double)aht.total_us / 1e6;
}

/* Rows of all queues, and the one over all of them. */
static int queues_measure(struct watch *w)
{
	const struct usher_metrics *m = usher_sim_metrics(w->sim);
	const int64_t now_us = usher_sim_now(w->sim);
	struct usher_sim_counts sum = {.size = sizeof(sum)};
	struct usher_queue_figures f = {.size = sizeof(f)};
	struct lab_trial *t = w->trial;
	int rc;

	for (uint32_t i = 0; i < w->queues; i++) {
		struct usher_sim_counts c = {.size = sizeof(c)};

		rc = usher_metrics_queue(m, w->ids[i], USHER_SPAN_DAY, now_us,
					 &f);
		if (!rc)
			rc = usher_sim_counts(w->sim, i, &c);
		if (rc)
			return rc;
		lab_histogram_sum(&t->waits[w->queues], &t->waits[i]);
		count(t->figures[i], &c);
		measure(t->figures[i], &f, &t->waits[i], c.blocked);
		sum.arrived += c.arrived;
		sum.blocked += c.blocked;
		sum.retried += c.retried;
		sum.callbacks += c.callbacks;
		sum.dialed += c.dialed;
		sum.reached += c.reached;
		sum.closed += c.closed;
		sum.mismatched += c.mismatched;
	}
	rc = usher_metrics_total(m, USHER_SPAN_DAY, now_us, &f);
	if (rc)
		return rc;
	count(t->figures[w->queues], &sum);
	measure(t->figures[w->queues], &f, &t->waits[w->queues], sum.blocked);
	return 0;
}

/* Since the warm-up. */
static int group_times(const struct watch *w, uint32_t group,
		       struct usher_agent_figures *sum)
{
	const struct usher_metrics *m = usher_sim_metrics(w->sim);

	memset(sum, 0, sizeof(*sum));
	for (uint32_t i = 0; i < w->day->groups[group].agents; i++) {
		struct usher_agent_figures a = {.size = sizeof(a)};
		int rc = usher_metrics_agent(
			m, usher_sim_agent_id(w->sim, group, i),
			USHER_SPAN_DAY, usher_sim_now(w->sim), &a);

		if (rc)
			return rc;
		sum->handled += a.handled;
		sum->occupied_us += a.occupied_us;
		sum->ringing_us += a.ringing_us;
		sum->available_us += a.available_us;
		sum->paused_us += a.paused_us;
	}
	return 0;
}

static int kinds_measure(struct watch *w, uint32_t group,
			 const struct usher_agent_figures *a)
{
	const struct lab_day *day = w->day;
	int rc = 0;

	for (uint32_t k = 0; !rc && k < day->kind_count; k++) {
		struct usher_sim_load l = {.size = sizeof(l)};
		double *to = w->trial->kinds[group * day->kind_count + k];

		rc = usher_sim_load(w->sim, group, day->kinds[k], &l);
		to[LAB_KIND_HANDLED] = ratio(
			(double)l.contacts, (double)day->groups[group].agents);
		to[LAB_KIND_OCCUPANCY] =
			ratio((double)l.busy_us,
			      (double)(a->occupied_us + a->available_us));
		to[LAB_KIND_AT_ONCE] =
			ratio((double)l.work_us, (double)l.busy_us);
		to[LAB_KIND_STILL] =
			ratio((double)l.still_us, (double)l.work_us);
	}
	return rc;
}

static int groups_measure(struct watch *w)
{
	struct lab_trial *t = w->trial;

	t->cost = 0;
	for (uint32_t i = 0; i < w->day->sim.group_count; i++) {
		struct usher_agent_figures a;
		double *to = t->groups[i];
		int rc = group_times(w, i, &a);

		if (rc)
			return rc;
		to[LAB_OCCUPANCY] =
			ratio((double)a.occupied_us,
			      (double)(a.occupied_us + a.available_us));
		to[LAB_HANDLED] = ratio((double)a.handled,
					(double)w->day->groups[i].agents);
		to[LAB_STAFFED] = (double)(a.occupied_us + a.ringing_us +
					   a.available_us + a.paused_us) /
				  3.6e9;
		to[LAB_COST] = to[LAB_STAFFED] * w->day->ranges[i].per_hour;
		t->cost += to[LAB_COST];
		rc = kinds_measure(w, i, &a);
		if (rc)
			return rc;
	}
	return 0;
}

/* Occupancy by the time of day: differences from step to step. */
static int slot_measure(struct watch *w, uint32_t slot,
			struct lab_group_slot *last)
{
	for (uint32_t i = 0; i < w->day->sim.group_count; i++) {
		struct lab_group_slot *to =
			&w->trial->group_slots[i * w->slots + slot];
		struct usher_agent_figures a;
		int rc = group_times(w, i, &a);

		if (rc)
			return rc;
		to->occupied_us += a.occupied_us - last[i].occupied_us;
		to->available_us += a.available_us - last[i].available_us;
		last[i].occupied_us = a.occupied_us;
		last[i].available_us = a.available_us;
	}
	return 0;
}

/* From border to border of the slots. */
static int run_measured(struct watch *w, struct usher_sim *sim)
{
	struct lab_group_slot *last =
		calloc(w->day->sim.group_count + (size_t)1, sizeof(*last));
	int64_t end_us = usher_sim_now(sim) + microseconds(w->day->duration_s);
	int rc = last ? 0 : USHER_ENOMEM;

	while (!rc && usher_sim_now(sim) < end_us) {
		int64_t now_us = usher_sim_now(sim);
		int64_t in = (now_us - w->start_us) % w->period_us;
		int64_t next_us =
			now_us + w->interval_us - in % w->interval_us;

		/* the last slot of a period may be a short one */
		if (next_us > now_us - in + w->period_us)
			next_us = now_us - in + w->period_us;
		if (next_us > end_us)
			next_us = end_us;
		rc = usher_sim_run(sim, (double)(next_us - now_us) / 1e6);
		if (!rc)
			rc = slot_measure(w, slot_of(w, now_us), last);
	}
	free(last);
	return rc;
}

int lab_trial_run(struct lab_trial *trial, const struct lab_day *day,
		  uint64_t number, struct usher_error *err)
{
	struct watch w = {.day = day,
			  .trial = trial,
			  .period_us = microseconds(day->sim.period_s),
			  .interval_us = microseconds(day->interval_s),
			  .slots = lab_slots(day),
			  .queues = day->sim.queue_count};
	struct usher_sim_opts opts = day->sim;
	struct usher_sim *sim = NULL;
	int rc;

	if (day->expected) {
		w.expect = expect_new(day, trial->expected);
		if (!w.expect)
			return usher_error_set(err, USHER_ENOMEM, "no memory");
	}
	opts.seed = usher_sim_seed(day->sim.seed, number);
	opts.event = watch;
	opts.arg = &w;
	rc = usher_sim_new(&sim, &opts, err);
	if (rc) {
		free(w.expect);
		return rc;
	}
	w.start_us = usher_sim_now(sim);
	for (uint32_t i = 0; i < w.queues; i++)
		w.ids[i] = usher_sim_queue_id(sim, i);
	rc = usher_sim_run(sim, day->warmup_s);
	if (!rc)
		rc = usher_sim_warm(sim);
	w.sim = sim;
	w.measured_us = usher_sim_now(sim);
	if (!rc)
		rc = run_measured(&w, sim);
	if (!rc)
		rc = queues_measure(&w);
	if (!rc)
		rc = groups_measure(&w);
	usher_sim_free(sim);
	free(w.expect);
	return rc ? usher_error_set(err, rc, "%s", usher_strerror(rc)) : 0;
}
