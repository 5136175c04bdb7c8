/* What queues of a record's model do over time, and when they are open. */
#include <math.h>

#include "sim/rec.h"
#include "sim/sim.h"

/* Nobody answers would be all, so nearly nobody. */
#define REACH_LEAST 1e-9

/* Who came in the moment of opening or closing finds it open: inputs of one
 * moment have an order that plans of one moment have not. */
#define MARGIN_S 1e-3

static const char *text_of(const char *text)
{
	return text && *text ? text : NULL;
}

static int steps(const struct usher_record *r, const struct rec_queue *q,
		 struct usher_sim_queue *ret, struct rec_list *list)
{
	const struct rec_step *steps = q->steps.items;

	for (uint32_t i = 0; i < q->steps.count; i++) {
		const uint32_t action = steps[i].opts.action;
		struct usher_queue_step_opts *step;

		/* to queues that the record does not know */
		if ((action == USHER_QUEUE_STEP_ADD ||
		     action == USHER_QUEUE_STEP_OVERFLOW) &&
		    !steps[i].queue_count)
			continue;
		step = usher__rec_more(r, list, sizeof(*step));
		if (!step)
			return USHER_ENOMEM;
		*step = steps[i].opts;
		step->condition = text_of(steps[i].condition);
		step->requirement = text_of(steps[i].requirement);
		step->text = text_of(steps[i].text);
		step->queues = steps[i].queue_count ? steps[i].queues : NULL;
		step->queue_count = steps[i].queue_count;
	}
	ret->steps = list->items;
	ret->step_count = list->count;
	return 0;
}

int usher__rec_open(const struct usher_record *r, struct rec_list *hours,
		    int64_t from_us, int64_t to_us)
{
	struct usher_sim_hours *one = hours->items;
	double from_s = (double)(from_us - r->first_us) / SIM_SECOND_US;

	from_s = fmax(from_s - MARGIN_S, 0);
	if (hours->count && from_s <= one[hours->count - 1].to_s) {
		one += hours->count - 1;
	} else {
		one = usher__rec_more(r, hours, sizeof(*one));
		if (!one)
			return USHER_ENOMEM;
		one->from_s = from_s;
	}
	one->to_s = (double)(to_us - r->first_us) / SIM_SECOND_US + MARGIN_S;
	return 0;
}

/* The model's period is a second longer than the record. */
static int hours(const struct usher_record *r, const struct rec_queue *q,
		 struct usher_sim_queue *ret, struct rec_list *list)
{
	const struct usher_sim_hours *known = q->hours.items;
	const bool open = q->open_us >= 0;
	const int64_t half_us = SIM_SECOND_US / 2;
	int rc = 0;

	if (open && q->open_us == r->first_us)
		return 0;
	for (uint32_t i = 0; i < q->hours.count; i++) {
		struct usher_sim_hours *one =
			usher__rec_more(r, list, sizeof(*one));

		if (!one)
			return USHER_ENOMEM;
		*one = known[i];
	}
	/* without any it would always be open: so after all is over */
	if (open)
		rc = usher__rec_open(r, list, q->open_us,
				     r->last_us + half_us);
	else if (!list->count)
		rc = usher__rec_open(r, list, r->last_us + half_us,
				     r->last_us + half_us);
	ret->hours = list->items;
	ret->hour_count = list->count;
	return rc;
}

static void callbacks(const struct rec_queue *q, struct usher_sim_queue *ret)
{
	if (q->offered)
		ret->callback_part = q->agreed < q->offered
					     ? (double)q->agreed / q->offered
					     : 1;
	if (!q->called)
		return;
	/* a model has one attempt, which takes as long as all of them did */
	ret->dial_s = (double)q->dialed_us / SIM_SECOND_US / q->called;
	ret->reach_part = (double)q->reached / q->called;
	if (!q->reached)
		ret->reach_part = REACH_LEAST;
}

int usher__rec_model_steps(const struct usher_record *r,
			   const struct rec_queue *q,
			   struct usher_sim_queue *ret, struct rec_list *lists)
{
	int rc = steps(r, q, ret, &lists[0]);

	if (!rc)
		rc = hours(r, q, ret, &lists[1]);
	if (rc)
		return rc;
	callbacks(q, ret);
	ret->max_waiting = q->max_waiting;
	if (q->max_wait_us > 0 && q->max_wait_us != USHER_NEVER)
		ret->max_wait_s = (double)q->max_wait_us / SIM_SECOND_US;
	return 0;
}
