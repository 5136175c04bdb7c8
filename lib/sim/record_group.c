/*
 * Agents who are alike: the same attributes, queues and capacity. How quick a
 * group is comes from what its contacts took, against what contacts of the
 * same queues took on average; within a group agents who came and went at the
 * same times share a pattern, if need be nearly the same.
 */
#include <math.h>
#include <string.h>

#include "sim/rec.h"

/* Fewer contacts tell nothing of a group's speed. */
#define SPEED_LEAST 30

static bool same_attr(const struct usher_attr *a, const struct usher_attr *b)
{
	uint32_t items = a->type == USHER_ATTR_LIST ? a->count : 1;
	size_t at = 0;

	if (strcmp(a->name, b->name) || a->type != b->type ||
	    a->count != b->count)
		return false;
	if (a->type == USHER_ATTR_NUMBER)
		return a->number == b->number;
	for (; items--; at += strlen(a->text + at) + 1)
		if (strcmp(a->text + at, b->text + at))
			return false;
	return true;
}

static bool same_attrs(const struct rec_attrs *a, const struct rec_attrs *b)
{
	const struct usher_attr *x = a->list.items, *y = b->list.items;

	if (a->list.count != b->list.count)
		return false;
	for (uint32_t i = 0; i < a->list.count; i++)
		if (!same_attr(&x[i], &y[i]))
			return false;
	return true;
}

static bool alike(const struct rec_agent *a, const struct rec_agent *b)
{
	if (!same_attrs(&a->attrs, &b->attrs) ||
	    a->queues.count != b->queues.count)
		return false;
	if (a->most != b->most || !same_attrs(&a->most_of, &b->most_of) ||
	    !same_attrs(&a->interrupts, &b->interrupts))
		return false;
	return !a->queues.count || !memcmp(a->queues.items, b->queues.items,
					   a->queues.count * sizeof(uint64_t));
}

/* Equal, or from minute to minute where that is asked for. */
static bool same_time(double a, double b, bool minutes)
{
	return a == b || (minutes && floor(a / 60) == floor(b / 60));
}

static bool same_spans(const struct rec_agent *a, const struct rec_agent *b,
		       bool minutes)
{
	const struct usher_sim_span *x = a->spans.items, *y = b->spans.items;

	if (a->spans.count != b->spans.count)
		return false;
	for (uint32_t i = 0; i < a->spans.count; i++)
		if (!same_time(x[i].from_s, y[i].from_s, minutes) ||
		    !same_time(x[i].to_s, y[i].to_s, minutes) ||
		    x[i].presence != y[i].presence)
			return false;
	return true;
}

/* "support-12" and "support12" are of "support". */
static size_t stem(const char *name)
{
	size_t len = strlen(name);

	while (len && name[len - 1] >= '0' && name[len - 1] <= '9')
		len--;
	while (len && (name[len - 1] == '-' || name[len - 1] == '_'))
		len--;
	return len;
}

static bool name_taken(const struct usher_record *r, uint32_t but,
		       const char *name)
{
	for (uint32_t i = 0; i < r->groups.count; i++)
		if (i != but && !strcmp(usher__rec_group(r, i)->name, name))
			return true;
	return false;
}

/* The stem that all names have, or the first one's name. */
static void name_group(struct usher_record *r, uint32_t index)
{
	struct rec_group *g = usher__rec_group(r, index);
	const char *name = usher__rec_agent(r, g->first)->name;
	size_t len = stem(name);

	for (uint32_t i = g->first; i < r->agents.count; i++) {
		const struct rec_agent *a = usher__rec_agent(r, i);

		if (a->spans.count && a->group == index &&
		    (stem(a->name) != len || memcmp(a->name, name, len)))
			len = 0;
	}
	memcpy(g->name, name, len);
	g->name[len] = '\0';
	if (!len || name_taken(r, index, g->name))
		strcpy(g->name, name);
}

static int join(struct usher_record *r, uint32_t index)
{
	struct rec_agent *a = usher__rec_agent(r, index);
	struct rec_group *g = NULL;

	for (uint32_t i = 0; i < r->groups.count && !g; i++) {
		g = usher__rec_group(r, i);
		a->group = i;
		if (!alike(a, usher__rec_agent(r, g->first)))
			g = NULL;
	}
	if (!g) {
		a->group = r->groups.count;
		g = usher__rec_more(r, &r->groups, sizeof(*g));
		if (!g)
			return USHER_ENOMEM;
		g->first = index;
		g->speed = 1;
	}
	g->agents++;
	return 0;
}

/* Each agent's pattern: the first of the group who comes and goes so. With
 * most, agents of a group that has its share of them join its last one.
 * Returns how many there are. */
static uint32_t find_patterns(struct usher_record *r, bool minutes,
			      uint32_t most)
{
	uint32_t patterns = 0;

	for (uint32_t index = 0; index < r->agents.count; index++) {
		struct rec_agent *a = usher__rec_agent(r, index);
		struct rec_group *g;
		uint32_t last = index;

		if (!a->spans.count)
			continue;
		g = usher__rec_group(r, a->group);
		if (g->first == index)
			g->patterns = 0;
		a->pattern = index;
		for (uint32_t i = g->first; i < index; i++) {
			const struct rec_agent *b = usher__rec_agent(r, i);

			if (!b->spans.count || b->group != a->group ||
			    b->pattern != i)
				continue;
			last = i;
			if (!same_spans(a, b, minutes))
				continue;
			a->pattern = i;
			break;
		}
		if (a->pattern == index && g->patterns && g->patterns >= most)
			a->pattern = last;
		if (a->pattern != index)
			continue;
		g->patterns++;
		patterns++;
	}
	return patterns;
}

/* Each pattern is a group of the simulation, of which there is a limit:
 * times are told apart as they are, else by minutes, else each group has its
 * share of the room and the rest come and go as another one of theirs. */
static void fit_patterns(struct usher_record *r)
{
	if (find_patterns(r, false, UINT32_MAX) <= USHER_SIM_GROUPS_MAX ||
	    find_patterns(r, true, UINT32_MAX) <= USHER_SIM_GROUPS_MAX)
		return;
	find_patterns(r, true, USHER_SIM_GROUPS_MAX / r->groups.count);
}

static double mean_of(const struct rec_queue *q)
{
	const struct rec_handled *h = q->handled.items;
	double sum = 0;

	for (uint32_t i = 0; i < q->handled.count; i++)
		sum += h[i].time_s;
	return q->handled.count ? sum / q->handled.count : 0;
}

static void measure_speed(struct usher_record *r, uint32_t index)
{
	struct rec_group *g = usher__rec_group(r, index);
	double took = 0, expected = 0;

	for (uint32_t i = 0; i < r->queues.count; i++) {
		const struct rec_queue *q = usher__rec_queue(r, i);
		const struct rec_handled *h = q->handled.items;
		double mean = mean_of(q);

		for (uint32_t k = 0; k < q->handled.count; k++) {
			const struct rec_agent *a =
				usher__rec_agent(r, h[k].agent);

			if (!a->spans.count || a->group != index)
				continue;
			g->handled += !h[k].talks;
			took += h[k].time_s;
			expected += mean;
		}
	}
	if (g->handled >= SPEED_LEAST && took > 0 && expected > 0 &&
	    expected / took < USHER_SIM_SPEED_MAX &&
	    took / expected < USHER_SIM_SPEED_MAX)
		g->speed = expected / took;
}

int usher__rec_group_all(struct usher_record *r)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < r->agents.count; i++)
		if (usher__rec_agent(r, i)->spans.count)
			rc = join(r, i);
	if (rc)
		return rc;
	fit_patterns(r);
	rc = usher__rec_slow_all(r);
	if (!rc)
		rc = usher__rec_cut_all(r);
	if (rc)
		return rc;
	for (uint32_t i = 0; i < r->groups.count; i++) {
		name_group(r, i);
		measure_speed(r, i);
	}
	return 0;
}
