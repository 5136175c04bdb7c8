/* Small centers to simulate, and what their figures are worth. */
#ifndef UNIT_SIM_HOUSE_H
#define UNIT_SIM_HOUSE_H

#include <usher/sim.h>

#define HOUSE_HOUR 3600.0
#define HOUSE_MANY 8 /* queues and groups */

struct house {
	struct usher_sim_queue queues[HOUSE_MANY];
	struct usher_sim_group groups[HOUSE_MANY];
	struct usher_sim_opts opts;
};

/* A group takes so many of one kind. */
void house_takes(struct usher_sim_group *g, const struct usher_capacity *c,
		 uint32_t count, uint32_t total);
/* Queues q1, q2, … of exponential handle times and groups g1, g2, … of one
 * agent. */
void house_init(struct house *h, uint32_t queues, uint32_t groups);
/* A simulation of a copy of the house: it may be changed afterwards. */
struct usher_sim *house_open(struct house *h);
struct usher_queue_figures house_queue(const struct usher_sim *sim,
				       uint32_t index);
struct usher_sim_counts house_counts(const struct usher_sim *sim,
				     uint32_t index);
/* What the first group did with a kind of channel; NULL: with all. */
struct usher_sim_load house_load(const struct usher_sim *sim,
				 const char *channel);
/* After a warm-up. Free it. */
struct usher_sim *house_run(struct house *h, double warmup_s,
			    double duration_s);

/* Somebody calls the first queue every 30 s, the first one after a second, and
 * talks for ten. After so many seconds all of it is over. */
#define HOUSE_CALLS   400
#define HOUSE_CALLS_S (HOUSE_CALLS * 30.0 + 1000)
void house_customers(struct house *h, int64_t patience_us);
/* Two queues and an agent, who belongs to the second. */
void house_two(struct house *h);
struct usher_queue_step_opts house_step(uint32_t action, int after_s);

/* Counts of events by hour of the day, and when things happened. */
struct house_seen {
	uint64_t entered[24];
	int64_t at[64];
	uint32_t type;
	int count;
};

/* arg: a struct house_seen. */
void house_see(void *arg, const struct usher_event *ev);

double house_mean(const double *values, size_t count);
/* Take from the values what they owe to a control whose mean is known: how
 * many came, how long they talked. What is left varies less. */
void house_control(double *values, const double *by, double by_mean,
		   size_t count);

/* The values' 99.9 % interval holds what is wanted, and is narrower than the
 * part of it that width says. */
void house_agrees(const double *values, size_t count, const char *what,
		  double want, double width);
/* The same of values less what they owe to so many controls, whose slopes were
 * estimated from them: as many degrees of freedom fewer, and wider by what the
 * controls' own means are off (Lavenberg and Welch 1981). */
void house_agrees_less(const double *values, size_t count, unsigned controls,
		       const char *what, double want, double width);
double house_widened(size_t count, unsigned controls);

#endif
