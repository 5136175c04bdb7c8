/*
 * Steps that would send a contact round in a circle of queues, in none of
 * which it waits: each passes it on at once, whatever is the case. The core
 * bounds that to one round a `check` (lib/acd/steps.c), so it does no harm
 * but to the contact, who is at home nowhere: nobody means it.
 *
 * A queue passes a contact on if one of its steps takes it away (overflow,
 * exit) after no time and on no condition. Then it leads to where that step
 * overflows to, and to where the steps before it add the contact at once. A
 * circle in which one step takes time or asks something is fine: there the
 * contact waits. So it does where the next queue has hours or a limit: while
 * that is closed or full, nobody goes there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <usher/expr.h>

#include "center/config_names.h"

#define NONE SIZE_MAX
/* Bytes of the circle's names in a message. */
#define NAMES_MAX 160

enum seen { NEW, ON_WAY, DONE };

struct place {
	size_t first; /* of its steps, or NONE */
	size_t last;
	size_t leaves; /* the step by which it is left at once, or NONE */
	size_t from;   /* on the way: the queue before, or NONE */
	size_t step;   /* on the way: looked at now */
	uint32_t item; /* of that step's queues: the next to look at */
	enum seen seen;
};

struct walk {
	const struct usher_config *config;
	struct place *places; /* of queues */
	size_t *next;         /* of steps: the next one of the same queue */
};

static void undefined(void *arg, uint32_t index, struct usher_value *ret)
{
	(void)arg;
	(void)index;
	*ret = usher_value_undefined();
}

/* Whatever is the case; also "1 < 2". 1, 0, or an error. */
static int always(const char *condition)
{
	struct usher_expr *expr = NULL;
	int holds, code;

	if (!condition)
		return 1;
	code = usher_expr_new(&expr, NULL, condition, SIZE_MAX, NULL);
	/* What is no condition is refused elsewhere, with its place. */
	if (code)
		return code == USHER_ENOMEM ? code : 0;
	holds = !usher_expr_names(expr) &&
		usher_expr_test(expr, undefined, NULL);
	usher_expr_free(expr);
	return holds;
}

static bool leaves(const struct usher_queue_step_conf *c)
{
	return c->action == USHER_QUEUE_STEP_OVERFLOW ||
	       c->action == USHER_QUEUE_STEP_EXIT;
}

/* Steps of each queue in a row, up to that by which it is left at once. */
static int sort(struct walk *w)
{
	for (size_t i = 0; i < w->config->queue_count; i++)
		w->places[i] =
			(struct place){NONE, NONE, NONE, NONE, NONE, 0, NEW};
	for (size_t i = 0; i < w->config->step_count; i++) {
		const struct usher__config_step *step = &w->config->steps[i];
		struct place *place = &w->places[step->queue];
		bool brings = step->conf.action == USHER_QUEUE_STEP_ADD;
		int at_once;

		if (place->leaves != NONE || step->conf.after_ms ||
		    (!brings && !leaves(&step->conf)))
			continue;
		at_once = always(step->conf.condition);
		if (at_once < 0)
			return at_once;
		if (!at_once)
			continue;
		w->next[i] = NONE;
		if (place->last == NONE)
			place->first = i;
		else
			w->next[place->last] = i;
		place->last = i;
		if (!brings)
			place->leaves = i;
	}
	return 0;
}

/* Closed or full, by what it is given: requests may close any. */
static bool may_refuse(const struct usher_config *config, size_t queue)
{
	const struct usher_queue_conf *c = &config->queues[queue];

	return c->max_waiting || usher__config_has_hours(config, c->name);
}

/* The next queue that this one leads to, or NONE. */
static size_t lead(struct walk *w, size_t queue)
{
	struct place *place = &w->places[queue];

	while (place->leaves != NONE && place->step != NONE) {
		const struct usher_queue_step_conf *c =
			&w->config->steps[place->step].conf;

		while (place->item < c->queue_count) {
			const struct usher__name *name = usher__name_find(
				w->config, QUEUE, c->queues[place->item++]);

			/* nobody is brought to where they are */
			if (name && name->index != queue &&
			    !may_refuse(w->config, name->index))
				return name->index;
		}
		place->step = w->next[place->step];
		place->item = 0;
	}
	return NONE;
}

static void enter(struct walk *w, size_t queue, size_t from)
{
	struct place *place = &w->places[queue];

	place->seen = ON_WAY;
	place->from = from;
	place->step = place->first;
	place->item = 0;
}

/* From where it begins to where that is reached again: "a, b, a". */
static void tell(const struct walk *w, size_t last, size_t first, char *text,
		 size_t cap)
{
	size_t way = last, count = 1, used = 0;

	for (; way != first; way = w->places[way].from)
		count++;
	for (size_t i = 0; i <= count && used < cap; i++) {
		way = last;
		for (size_t k = i % count + 1; k < count; k++)
			way = w->places[way].from;
		used += (size_t)snprintf(text + used, cap - used, "%s%s",
					 i ? ", " : "",
					 w->config->queues[way].name);
	}
	if (used >= cap)
		snprintf(text + cap - 4, 4, "...");
}

static int refuse(const struct walk *w, size_t last, size_t first,
		  struct usher_config_place *place, struct usher_error *err)
{
	const struct usher__config_step *step =
		&w->config->steps[w->places[last].step];
	char names[NAMES_MAX];

	tell(w, last, first, names, sizeof(names));
	usher__config_place(place, USHER_CONFIG_QUEUE, step->conf.queue);
	if (place)
		place->step = step->number;
	return usher_error_set(err, USHER_EINVAL,
			       "steps go round in a circle in which nobody "
			       "waits: %s; one needs 'after' or 'when'",
			       names);
}

static int follow(struct walk *w, size_t start,
		  struct usher_config_place *place, struct usher_error *err)
{
	size_t at = start;

	enter(w, start, NONE);
	while (at != NONE) {
		size_t to = lead(w, at);

		if (to == NONE) {
			w->places[at].seen = DONE;
			at = w->places[at].from;
		} else if (w->places[to].seen == ON_WAY) {
			return refuse(w, at, to, place, err);
		} else if (w->places[to].seen == NEW) {
			enter(w, to, at);
			at = to;
		}
	}
	return 0;
}

int usher__config_circles(const struct usher_config *config,
			  struct usher_config_place *place,
			  struct usher_error *err)
{
	struct walk w = {config, NULL, NULL};
	int code = 0;

	if (!config->step_count)
		return 0;
	w.places = calloc(config->queue_count, sizeof(*w.places));
	w.next = calloc(config->step_count, sizeof(*w.next));
	code = w.places && w.next ? sort(&w) : USHER_ENOMEM;
	if (code)
		usher_error_set(err, code, "%s", usher_strerror(code));
	for (size_t i = 0; i < config->queue_count && !code; i++)
		if (w.places[i].seen == NEW)
			code = follow(&w, i, place, err);
	free(w.places);
	free(w.next);
	return code;
}
