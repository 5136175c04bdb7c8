/* Which contact goes first, by each order as its page says it. */
#include <string.h>

#include "day.h"

static int64_t priority(struct day *d, const struct m_segment *s)
{
	return model_contact(d->model, s->contact)->priority +
	       model_queue(d->model, s->queue)->priority + s->priority;
}

/* Those who wait in a queue, or in all, without an offer. */
static int64_t waiting(struct day *d, uint64_t queue)
{
	const struct model *m = d->model;
	int64_t n = 0;

	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		const struct m_segment *s = &m->segments[i];
		bool offered = false;

		if (s->gone || s->kind != USHER_SEGMENT_QUEUE ||
		    (queue && s->queue != queue))
			continue;
		for (size_t k = m->offer_first; k < m->offer_count; k++)
			offered = offered ||
				  (!m->offers[k].gone &&
				   m->offers[k].contact == s->contact);
		n += !offered;
	}
	return n;
}

/* How far the queue exceeds its share of all that wait. */
static double excess(struct day *d, const struct m_segment *s)
{
	const struct m_queue *q = model_queue(d->model, s->queue);

	return 100.0 * (double)waiting(d, s->queue) -
	       option_number(&q->order, "share", 0) * (double)waiting(d, 0);
}

/* A point of priority is worth a second; waiting counts at the boost. */
static int64_t boosted(struct day *d, const struct m_segment *s)
{
	const struct model *m = d->model;
	const struct m_queue *q = model_queue(d->model, s->queue);
	int64_t boost = (int64_t)option_number(&q->order, "boost", 0);
	int64_t waited_ms =
		(m->now - model_contact(d->model, s->contact)->since) / 1000;

	return priority(d, s) * 100000 +
	       waited_ms * (boost ? boost : q->boost);
}

/* Marginal cost of waiting times rate of service. */
static double marginal(struct day *d, const struct m_segment *s)
{
	const struct m_queue *q = model_queue(d->model, s->queue);
	const struct m_contact *c = model_contact(d->model, s->contact);
	double growth = (int)option_number(&q->order, "growth", 1);
	double cost = option_number(&q->order, "cost", 1) * growth;
	double handle = option_number(&q->order, "handle", 0);
	double waited = (double)(d->model->now - c->since) / 1e6;

	if (handle <= 0)
		handle = q->handle ? (double)q->handle / 1e6 : 180;
	for (int i = 1; i < growth; i++)
		cost *= waited;
	return (double)(int64_t)(cost / handle * 1e6);
}

static int64_t ends(struct day *d, const struct m_segment *s)
{
	return model_contact(d->model, s->contact)->since +
	       model_queue(d->model, s->queue)->target_us;
}

/* When the target ends; whoever is beyond it comes after all others. */
static int64_t due(struct day *d, const struct m_segment *s)
{
	int64_t at = ends(d, s);

	return at < d->model->now ? INT64_MAX : at;
}

bool order_goes_before(struct day *d, const struct m_segment *x,
		       const struct m_segment *y)
{
	const char *order = d->model->contact_order;
	int64_t x_since = model_contact(d->model, x->contact)->since;
	int64_t y_since = model_contact(d->model, y->contact)->since;

	if (!strcmp(order, "test_youngest"))
		return x->id > y->id;
	/* Anyone may be drawn. */
	if (!strcmp(order, "random"))
		return false;
	if (!strcmp(order, "earliest_deadline") && ends(d, x) != ends(d, y))
		return ends(d, x) < ends(d, y);
	if (!strcmp(order, "queue_ratio") && excess(d, x) != excess(d, y))
		return excess(d, x) > excess(d, y);
	if (!strcmp(order, "cmu") && marginal(d, x) != marginal(d, y))
		return marginal(d, x) > marginal(d, y);
	if (!strcmp(order, "age_with_boost") && boosted(d, x) != boosted(d, y))
		return boosted(d, x) > boosted(d, y);
	if (!strcmp(order, "nearest_target") && due(d, x) != due(d, y))
		return due(d, x) < due(d, y);
	if (!strcmp(order, "priority_age") && priority(d, x) != priority(d, y))
		return priority(d, x) > priority(d, y);
	if (x_since != y_since)
		return x_since < y_since;
	return x->id < y->id;
}
