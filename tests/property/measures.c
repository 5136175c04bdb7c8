/* What the policies of the library go by, said as plainly as their page says
 * it, over the naive account. */
#include <string.h>

#include "day.h"

int64_t available_since(const struct m_agent *a)
{
	return a->idle_since > a->ready_since ? a->idle_since : a->ready_since;
}

static double occupied(const struct model *m, const struct m_agent *a)
{
	int64_t all = m->now - a->signed_in - a->paused;
	int64_t busy = a->busy + (a->busy_since ? m->now - a->busy_since : 0);

	return all > 0 ? (double)busy / (double)all : 0;
}

/* In whole microseconds, as the mean is kept. */
static double mean(const struct m_queue *q, const struct m_agent *a)
{
	int64_t weight = (int64_t)option_number(&q->options, "weight", 8);
	int64_t prior =
		(int64_t)(option_number(&q->options, "prior", 0) * 1e6);
	int64_t sum = 0, count = 0;

	if (!prior)
		prior = q->handle;
	for (size_t i = 0; i < a->pace_count; i++) {
		if (a->paces[i].queue != q->id)
			continue;
		sum = a->paces[i].handle;
		count = (int64_t)a->paces[i].count;
	}
	return (double)((weight * prior + sum) / (weight + count));
}

/* Sum of weight × proficiency, and of what the contact is about. */
static double skill(struct day *d, const struct m_segment *s,
		    const struct m_agent *a)
{
	static const char *const not_skills[] = {
		"about", "window", "wait", "idle", "priority", "preferred",
	};
	const struct m_options *o = &model_queue(d->model, s->queue)->options;
	const struct m_option *about = option_find(o, "about");
	double sum = 0;

	if (about)
		about = option_find(
			&model_contact(d->model, s->contact)->attrs,
			about->text);
	if (about && option_number(&a->attrs, about->text, 0) > 0)
		sum = option_number(&a->attrs, about->text, 0);
	for (size_t i = 0; i < o->count; i++) {
		double part = option_number(&a->attrs, o->list[i].name, 0);
		bool is_skill = part > 0;

		for (int k = 0; k < 6; k++)
			is_skill = is_skill &&
				   strcmp(o->list[i].name, not_skills[k]);
		sum += is_skill ? part * o->list[i].number : 0;
	}
	return sum;
}

static double whole_seconds(int64_t span)
{
	return span > 0 ? (double)(span / 1000000) : 0;
}

/* What a pair is worth in a batch, less than nothing for the cost. */
static double cost(struct day *d, const struct m_segment *s,
		   const struct m_agent *a)
{
	const struct m_contact *c = model_contact(d->model, s->contact);
	const struct m_queue *q = model_queue(d->model, s->queue);
	const struct m_option *name =
		option_find(&c->attrs, "preferred_agent");
	int64_t now = d->model->now;
	double points = skill(d, s, a);

	points += option_number(&q->options, "wait", 1) *
		  whole_seconds(now - c->since);
	points += option_number(&q->options, "idle", 1) *
		  whole_seconds(now - available_since(a));
	points += option_number(&q->options, "priority", 60) *
		  (double)(c->priority + q->priority + s->priority);
	if (name && !strcmp(name->text, a->name))
		points += option_number(&q->options, "preferred", 0);
	return -points;
}

/* Offers, contacts and wrap-ups. */
static double load_of(const struct model *m, const struct m_agent *a)
{
	unsigned n = 0;

	for (size_t i = m->offer_first; i < m->offer_count; i++)
		n += !m->offers[i].gone && m->offers[i].agent == a->id;
	for (size_t i = m->segment_first; i < m->segment_count; i++)
		n += !m->segments[i].gone && m->segments[i].agent == a->id;
	return n;
}

double measure_of(struct day *d, const struct m_segment *s, const char *policy,
		  const struct m_agent *a)
{
	const struct m_queue *q = model_queue(d->model, s->queue);

	if (!strcmp(policy, "longest_idle") ||
	    !strcmp(policy, "preferred_agent"))
		return load_of(d->model, a);
	if (!strcmp(policy, "fewest_contacts"))
		return (double)a->contacts;
	if (!strcmp(policy, "least_talk_time"))
		return (double)a->talk;
	if (!strcmp(policy, "least_occupied"))
		return occupied(d->model, a);
	if (!strcmp(policy, "best_skilled"))
		return -skill(d, s, a);
	if (!strcmp(policy, "least_skilled_first"))
		return skill(d, s, a);
	if (!strcmp(policy, "fastest_first"))
		return mean(q, a);
	if (!strcmp(policy, "slowest_first"))
		return -mean(q, a);
	if (!strcmp(policy, "batch"))
		return cost(d, s, a);
	if (!strcmp(policy, "test_head"))
		return (double)a->idle_since;
	if (!strcmp(policy, "test_scan"))
		return -(double)a->id;
	return 0;
}

bool measure_by_team(const char *policy)
{
	return !strcmp(policy, "percentage") ||
	       !strcmp(policy, "idleness_ratio") ||
	       !strcmp(policy, "fair_threshold");
}

bool measure_by_idle(const char *policy)
{
	static const char *const by_idle[] = {
		"longest_idle",  "least_occupied",  "best_skilled",
		"fastest_first", "slowest_first",   "least_skilled_first",
		"batch",         "preferred_agent",
	};

	for (size_t i = 0; i < sizeof(by_idle) / sizeof(*by_idle); i++)
		if (!strcmp(policy, by_idle[i]))
			return true;
	return measure_by_team(policy);
}

/* ---- Teams: the options but "attribute" ---- */

static bool is_of(const struct m_queue *q, size_t team,
		  const struct m_agent *a)
{
	const struct m_option *attribute =
		option_find(&q->options, "attribute");
	const struct m_option *own =
		option_find(&a->attrs, attribute ? attribute->text : "team");

	return own && own->is_text && !q->options.list[team].is_text &&
	       !strcmp(own->text, q->options.list[team].name);
}

static double free_in(const struct m_queue *q, size_t team,
		      const struct m_agent *const *list, size_t n)
{
	double idle = 0;

	for (size_t i = 0; i < n; i++)
		idle += is_of(q, team, list[i]);
	return idle;
}

/* The team that comes last: the smallest threshold above the number of idle
 * agents, or the largest one. */
static size_t kept_idle(const struct m_queue *q, double idle)
{
	const struct m_options *o = &q->options;
	size_t above = o->count, largest = o->count;

	for (size_t i = 0; i < o->count; i++) {
		double at = o->list[i].number;

		if (o->list[i].is_text)
			continue;
		if (largest == o->count || at > o->list[largest].number)
			largest = i;
		if (at > idle &&
		    (above == o->count || at < o->list[above].number))
			above = i;
	}
	return above < o->count ? above : largest;
}

/* The largest goes first. */
static double team_measure(const struct m_queue *q, size_t team, double idle,
			   double all, double sum)
{
	double own = q->options.list[team].number;

	if (!strcmp(q->policy, "idleness_ratio"))
		return idle * sum - own * all;
	return team == kept_idle(q, all) ? -1 : own;
}

/* Had fewer offers for its share, the next one counted half. */
static bool had_less(const struct m_queue *q, size_t a, size_t b)
{
	const double of_a = q->options.list[a].number,
		     of_b = q->options.list[b].number;

	if (of_a <= 0 || of_b <= 0)
		return of_a > of_b;
	return ((double)q->given[a] + 0.5) * of_b <
	       ((double)q->given[b] + 0.5) * of_a;
}

size_t measure_team(struct day *d, const struct m_segment *s,
		    const struct m_agent *const *list, size_t n)
{
	struct m_queue *q = model_queue(d->model, s->queue);
	int kind = model_contact(d->model, s->contact)->kind;
	const struct m_options *o = &q->options;
	double all = 0, sum = 0, best = 0;
	const struct m_agent *free[AGENTS_MAX];
	size_t team = o->count, frees = 0;

	/* Idle is who has room for it, whoever may take it. */
	for (size_t i = 0; i < d->model->agent_count; i++)
		if (matcher_free(d, &d->model->agents[i], kind))
			free[frees++] = &d->model->agents[i];
	for (size_t i = 0; i < o->count; i++) {
		all += free_in(q, i, free, frees);
		sum += o->list[i].is_text ? 0 : o->list[i].number;
	}
	for (size_t i = 0; i < o->count; i++) {
		double idle = free_in(q, i, free, frees), value;

		if (free_in(q, i, list, n) == 0)
			continue;
		value = team_measure(q, i, idle, all, sum);
		if (team == o->count ||
		    (strcmp(q->policy, "percentage") ? value > best
						     : had_less(q, i, team))) {
			team = i;
			best = value;
		}
	}
	/* Of no team, when no team has anybody. */
	if (team == o->count)
		return 0;
	q->given[team]++;
	for (size_t i = 0; i < n; i++)
		if (is_of(q, team, list[i]))
			return i;
	return n;
}

static uint64_t weight(const struct m_queue *q, const struct m_agent *a)
{
	const struct m_option *attribute =
		option_find(&q->options, "attribute");
	double own = option_number(&a->attrs,
				   attribute ? attribute->text : "weight", 1);

	return own > 0 ? (uint64_t)(own * 1000) : 0;
}

size_t measure_weighted(struct day *d, struct m_queue *q,
			const struct m_agent *const *list, size_t n)
{
	uint64_t total = 0, draw;

	for (size_t i = 0; i < n; i++)
		total += weight(q, list[i]);
	draw = model_random(d->model, q, total ? total : n);
	for (size_t i = 0; total && i < n; i++) {
		if (draw < weight(q, list[i]))
			return i;
		draw -= weight(q, list[i]);
	}
	return (size_t)draw;
}
