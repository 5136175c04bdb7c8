/* What people who wait are told, against what came: the estimate of
 * usher/metrics.h beside two that are in use everywhere. */
#include <math.h>
#include <stdlib.h>

#include <usher/event.h>

#include "expect.h"

#define SLOTS    65536 /* who waits at once; beyond it some are not asked */
#define CELL_MAX 64

static const char *const names[LAB_WAYS] = {"usher", "place x AHT / agents",
					    "wait of the last answered"};

struct asked {
	uint64_t segment;
	double told_s[LAB_WAYS];
};

struct expect {
	const struct lab_day *day;
	struct lab_expected *sums; /* by queue */
	double agents;             /* who take contacts */
	bool takes[SLOTS];         /* by their ids */
	double last_s[USHER_SIM_QUEUES_MAX];
	struct asked asked[SLOTS];
};

struct expect *expect_new(const struct lab_day *day, struct lab_expected *sums)
{
	struct expect *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->day = day;
	e->sums = sums;
	for (uint32_t q = 0; q < day->sim.queue_count; q++)
		e->last_s[q] = NAN;
	return e;
}

void expect_turned(struct expect *e, const struct usher_event *ev)
{
	uint64_t agent = 0, presence = 0;
	bool *takes;

	usher_event_u64(ev, USHER_F_AGENT, &agent);
	usher_event_u64(ev, USHER_F_PRESENCE, &presence);
	takes = &e->takes[agent % SLOTS];
	e->agents += (presence == USHER_READY) - *takes;
	*takes = presence == USHER_READY;
}

void expect_entered(struct expect *e, const struct usher_sim *sim,
		    uint32_t queue, const struct usher_event *ev)
{
	const uint64_t id = usher_sim_queue_id(sim, queue);
	const struct usher_metrics *m = usher_sim_metrics(sim);
	struct usher_queue_figures f = {.size = sizeof(f)};
	struct asked *a = &e->asked[ev->segment % SLOTS];
	struct usher_handle_time aht;
	uint64_t waiting = 0;
	int64_t us;

	usher_event_u64(ev, USHER_F_WAITING, &waiting);
	if (!waiting || e->agents < 1 || isnan(e->last_s[queue]) ||
	    usher_metrics_expected_wait(m, id, waiting - 1, &us) ||
	    usher_metrics_queue(m, id, USHER_SPAN_DAY, ev->time_us, &f) ||
	    usher_figures_aht(&f, &aht))
		return;
	a->segment = ev->segment;
	a->told_s[0] = (double)us / 1e6;
	a->told_s[1] =
		(double)waiting * (double)aht.total_us / 1e6 / e->agents;
	a->told_s[2] = e->last_s[queue];
}

void expect_answered(struct expect *e, uint32_t queue,
		     const struct usher_event *ev, int64_t wait_us)
{
	struct asked *a = &e->asked[ev->segment % SLOTS];
	struct lab_expected *sum = &e->sums[queue];
	const double wait_s = (double)wait_us / 1e6;

	if (wait_us > 0)
		e->last_s[queue] = wait_s;
	/* whom an agent took in the same moment had nothing to wait for */
	if (a->segment != ev->segment || !wait_us)
		return;
	a->segment = 0;
	sum->waits_s += wait_s;
	sum->count++;
	for (int w = 0; w < LAB_WAYS; w++)
		sum->squares[w] +=
			(a->told_s[w] - wait_s) * (a->told_s[w] - wait_s);
}

int expect_table(const struct lab_results *r, FILE *out)
{
	const struct lab_day *day = r->day;
	struct lab_table *table = lab_table_new(LAB_WAYS + 2);
	char cell[CELL_MAX];

	fputs("\nerror of the wait that is told, as a part of the mean wait "
	      "of those told\n\n",
	      out);
	lab_table_cell(table, "queue");
	for (int w = 0; w < LAB_WAYS; w++)
		lab_table_cell(table, names[w]);
	lab_table_cell(table, "told");
	for (uint32_t q = 0; q < day->sim.queue_count; q++) {
		struct lab_expected sum = {{0}, 0, 0};

		for (uint64_t i = 0; i < r->count; i++) {
			const struct lab_expected *e =
				&r->trials[i].expected[q];

			for (int w = 0; w < LAB_WAYS; w++)
				sum.squares[w] += e->squares[w];
			sum.waits_s += e->waits_s;
			sum.count += e->count;
		}
		lab_table_cell(table, day->queues[q].name);
		for (int w = 0; w < LAB_WAYS; w++) {
			const double n = (double)sum.count;

			lab_say(cell, sizeof(cell), LAB_PART,
				n > 0 ? sqrt(sum.squares[w] / n) * n /
						sum.waits_s
				      : NAN);
			lab_table_cell(table, cell);
		}
		snprintf(cell, sizeof(cell), "%llu",
			 (unsigned long long)sum.count);
		lab_table_cell(table, cell);
	}
	return lab_table_print(table, out);
}
