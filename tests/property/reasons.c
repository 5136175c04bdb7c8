/*
 * Explanations against a naive reading of their page: each agent is either
 * considered or excluded, and the first reason of who is excluded holds, while
 * none before it does.
 */
#include <string.h>

#include <usher/expr.h>

#include "day.h"

#define ID(x) ((unsigned long long)(x))

static bool is_member(const struct m_queue *q, const struct m_agent *a)
{
	bool member = !q->members_only;

	for (size_t i = 0; i < a->queue_count; i++)
		member |= a->queues[i] == q->id;
	return member;
}

static bool is_offered(const struct model *m, const struct m_agent *a,
		       uint64_t contact)
{
	for (size_t i = m->offer_first; i < m->offer_count; i++)
		if (!m->offers[i].gone && m->offers[i].agent == a->id &&
		    m->offers[i].contact == contact)
			return true;
	return false;
}

static bool is_on(const struct model *m, const struct m_agent *a,
		  uint64_t contact)
{
	for (size_t i = m->segment_first; i < m->segment_count; i++)
		if (!m->segments[i].gone && m->segments[i].agent == a->id &&
		    m->segments[i].contact == contact)
			return true;
	return false;
}

static int64_t refused_until(const struct day *d, const struct m_agent *a,
			     uint64_t contact)
{
	const struct model *m = d->model;
	int64_t until = 0;

	for (size_t i = 0; i < m->retry_count; i++)
		if (m->retries[i].agent == a->id &&
		    m->retries[i].contact == contact &&
		    moment_holds(d, m->retries[i].until, contact) &&
		    m->retries[i].until > until)
			until = m->retries[i].until;
	return until;
}

/* Somebody is taken by the queue and its rings, whatever the contact asks. */
static bool lets_in(struct model *m, const struct m_segment *s,
		    const struct m_agent *a, const struct m_contact *c)
{
	struct m_segment any = *s;

	any.requirement[0] = '\0';
	return model_lets_in(m, &any, a, c);
}

static uint32_t reason_of(struct day *d, const struct m_segment *s,
			  const struct m_agent *a)
{
	struct model *m = d->model;
	const struct m_contact *c = model_contact(m, s->contact);
	const bool in = lets_in(m, s, a, c);

	if (a->presence == USHER_SIGNED_OUT)
		return USHER_EXCLUDED_SIGNED_OUT;
	if (!is_member(model_queue(m, s->queue), a) && !in)
		return USHER_EXCLUDED_NOT_STAFFED;
	if (a->presence != USHER_READY)
		return USHER_EXCLUDED_PAUSED;
	if (a->pending || a->removing)
		return USHER_EXCLUDED_LEAVING;
	if (is_on(m, a, c->id))
		return USHER_EXCLUDED_HERE;
	if (is_offered(m, a, c->id))
		return USHER_EXCLUDED_OFFERED;
	if (!matcher_free(d, a, c->kind))
		return USHER_EXCLUDED_FULL;
	if (!in)
		return USHER_EXCLUDED_REQUIREMENT;
	if (!model_lets_in(m, s, a, c))
		return USHER_EXCLUDED_SKILL;
	return refused_until(d, a, c->id) ? USHER_EXCLUDED_RETRY
					  : USHER_EXCLUDED_NO;
}

/* ---- Who waits ---- */

struct asked {
	struct day *d;
	const struct m_segment *s;
	uint32_t candidates, excluded;
};

struct reader {
	const struct usher_expr *expr;
	const struct usher_acd *acd;
	const struct usher_explained *one;
	uint64_t contact;
};

static void look_up(void *arg, uint32_t name, struct usher_value *ret)
{
	const struct reader *r = arg;
	const char *text = usher_expr_name(r->expr, name);
	struct usher_attr attr;
	int rc;

	if (!strcmp(text, "agent.name")) {
		*ret = usher_value_string(r->one->name);
		return;
	}
	rc = strncmp(text, "contact.", 8)
		     ? usher_acd_agent_attr(r->acd, r->one->agent, text, &attr)
		     : usher_acd_contact_attr(r->acd, r->contact, text + 8,
					      &attr);
	if (!rc && attr.type == USHER_ATTR_NUMBER)
		*ret = usher_value_number(attr.number);
	else if (!rc)
		*ret = usher_value_string(attr.text);
}

/* The part of a requirement that is named is false. */
static bool part_is_false(const struct asked *asked,
			  const struct usher_explained *one)
{
	struct reader r = {NULL, asked->d->acd, one, asked->s->contact};
	struct usher_expr *expr = NULL;
	bool holds;

	/* only rings do not let this one in: nothing to name */
	if (one->reason == USHER_EXCLUDED_REQUIREMENT && !*one->text)
		return true;
	if (usher_expr_new(&expr, NULL, one->text, SIZE_MAX, NULL))
		return false;
	r.expr = expr;
	holds = usher_expr_test(expr, look_up, &r);
	usher_expr_free(expr);
	return !holds;
}

static void see(void *arg, const struct usher_explained *one)
{
	struct asked *asked = arg;
	struct day *d = asked->d;
	const struct m_agent *a = model_agent(d->model, one->agent);
	uint32_t reason = a ? reason_of(d, asked->s, a) : UINT32_MAX;

	asked->candidates += !one->reason;
	asked->excluded += one->reason != USHER_EXCLUDED_NO;
	if (one->reason != reason)
		fail(d, "segment %llu, agent %llu: \"%s\" (%s), not \"%s\"",
		     ID(asked->s->id), ID(one->agent),
		     usher_excluded_name(one->reason), one->text,
		     a ? usher_excluded_name(reason) : "no such agent");
	else if (reason == USHER_EXCLUDED_RETRY &&
		 one->until_us != refused_until(d, a, asked->s->contact))
		fail(d, "agent %llu: refused until another time",
		     ID(one->agent));
	else if ((reason == USHER_EXCLUDED_REQUIREMENT ||
		  reason == USHER_EXCLUDED_SKILL) &&
		 !part_is_false(asked, one))
		fail(d, "segment %llu, agent %llu: \"%s\" is not false",
		     ID(asked->s->id), ID(one->agent), one->text);
}

bool check_reasons(struct day *d)
{
	struct model *m = d->model;

	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		const struct m_segment *s = &m->segments[i];
		struct usher_explanation all = {.size = sizeof(all)};
		struct asked asked = {d, s, 0, 0};

		if (s->gone || s->kind != USHER_SEGMENT_QUEUE)
			continue;
		d->reasons++;
		if (usher_acd_explain(d->acd, s->id, &all, see, &asked))
			return fail(d, "segment %llu is not explained",
				    ID(s->id));
		if (all.candidates != asked.candidates ||
		    all.excluded != asked.excluded || all.truncated ||
		    all.contact != s->contact || all.queue != s->queue)
			return fail(d, "segment %llu: explained otherwise",
				    ID(s->id));
		if (d->failure[0])
			return false;
	}
	return true;
}

/* ---- Who is offered ---- */

static const struct m_agent *by_name(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->agent_count; i++)
		if (!m->agents[i].gone && !strcmp(m->agents[i].name, name))
			return &m->agents[i];
	return NULL;
}

/* Begins with the reason's name, and goes on with its text or not at all. */
static bool says(const struct usher_attr *attr, uint32_t reason)
{
	const char *name = usher_excluded_name(reason);
	size_t len = strlen(name);

	return attr->type == USHER_ATTR_TEXT && reason &&
	       !strncmp(attr->text, name, len) &&
	       (!attr->text[len] || attr->text[len] == ':');
}

bool check_offer_reasons(struct day *d, const struct usher_event *ev,
			 const struct m_segment *s)
{
	uint64_t considered = 0, excluded = 0, live = 0, candidates = 0;
	struct usher_attr attr;
	const char *policy = "", *why = "";

	usher_event_str(ev, USHER_F_WHY, &why, NULL);
	if (!*why)
		return true;
	d->reasons++;
	usher_event_u64(ev, USHER_F_CANDIDATES, &candidates);
	usher_event_str(ev, USHER_F_POLICY, &policy, NULL);
	for (; !usher_event_attr_at(ev, USHER_F_CONSIDERED, considered, &attr);
	     considered++) {
		const struct m_agent *a = by_name(d->model, attr.name);

		if (!a || reason_of(d, s, a))
			return fail(d, "%s was considered: \"%s\"", attr.name,
				    a ? usher_excluded_name(reason_of(d, s, a))
				      : "nobody");
	}
	for (; !usher_event_attr_at(ev, USHER_F_EXCLUDED, excluded, &attr);
	     excluded++) {
		const struct m_agent *a = by_name(d->model, attr.name);

		if (!a || !says(&attr, reason_of(d, s, a)))
			return fail(d, "%s was excluded as \"%s\", not \"%s\"",
				    attr.name, attr.text,
				    a ? usher_excluded_name(reason_of(d, s, a))
				      : "nobody");
	}
	for (size_t i = 0; i < d->model->agent_count; i++)
		live += !d->model->agents[i].gone;
	if (considered + excluded != live)
		return fail(d, "an offer explains %llu of %llu agents",
			    ID(considered + excluded), ID(live));
	/* Of a batch those are left whom none before was given. */
	if (!strcmp(policy, "batch")
		    ? considered > candidates
		    : strcmp(policy, "assign") && considered != candidates)
		return fail(d, "%s: %llu candidates, %llu considered (%s)",
			    policy, ID(candidates), ID(considered), why);
	return true;
}
