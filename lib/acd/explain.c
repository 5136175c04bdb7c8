/*
 * Why an agent is offered a contact, and why the others are not. Nothing here
 * decides anything: it asks the same questions as the search for candidates,
 * one agent after another, without caches, and keeps the first that is
 * answered by no.
 */
#include <acd/callbacks.h>
#include <acd/explain.h>
#include <acd/question.h>

/* ---- Parts of a requirement ---- */

static void parts_done(struct parts *parts)
{
	for (uint32_t i = 0; i < parts->count; i++)
		usher_expr_free(parts->exprs[i]);
	parts->count = 0;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.' || c & 0x80;
}

/* Length of a word, a quoted text or another character. */
static size_t token(const char *at)
{
	size_t len = 1;

	if (*at == '"' || *at == '\'') {
		while (at[len] && at[len] != *at)
			len += at[len] == '\\' && at[len + 1] ? 2 : 1;
		return at[len] ? len + 1 : len;
	}
	while (is_word(*at) && is_word(at[len]))
		len++;
	return len;
}

/* Compile one more. */
static int part_add(const struct usher_acd *acd, struct parts *parts,
		    const char *text, size_t len)
{
	int err = usher_expr_new(&parts->exprs[parts->count], &acd->alloc,
				 text, len, NULL);

	parts->count += !err;
	return err;
}

/* What stands between two `and` at the top; an `or` there: one part. 0 or
 * USHER_ENOMEM: what an event says must not depend on the memory there is. */
static int parts_make(const struct usher_acd *acd, const struct req *req,
		      struct parts *ret)
{
	const char *from = usher__req_text(req), *at = from;
	int depth = 0, err;
	size_t len;

	for (;; at += len) {
		bool end = !*at;

		len = end ? 0 : token(at);
		depth += *at == '(';
		depth -= *at == ')';
		if (!depth && len == 2 && !strncmp(at, "or", 2))
			goto whole;
		if (!end && (depth || len != 3 || strncmp(at, "and", 3)))
			continue;
		if (ret->count == EXPLAIN_PARTS_MAX)
			goto whole;
		err = part_add(acd, ret, from, (size_t)(at - from));
		if (err == USHER_ENOMEM)
			return err;
		if (err)
			goto whole;
		from = at + len;
		if (end)
			return 0;
	}
whole:
	parts_done(ret);
	err = part_add(acd, ret, usher__req_text(req), SIZE_MAX);
	return err == USHER_ENOMEM ? err : 0;
}

/* The first part that is false; NULL: not known. */
static const struct usher_expr *false_part(struct explaining *e,
					   const struct req *req,
					   struct parts *parts,
					   const struct usher__helper *helper)
{
	if (!parts->count && !e->err)
		e->err = parts_make(e->acd, req, parts);
	for (uint32_t i = 0; i < parts->count; i++) {
		if (!usher__holds(parts->exprs[i], &e->seeker, helper))
			return parts->exprs[i];
	}
	return NULL;
}

/* ---- The first reason ---- */

static bool is_offered(const struct contact *contact,
		       const struct agent *agent)
{
	for (const struct offer *at = contact->offers; at; at = at->next) {
		if (at->agent == agent)
			return true;
	}
	return false;
}

static int64_t retry_until(const struct usher_acd *acd,
			   const struct contact *contact,
			   const struct agent *agent)
{
	for (const struct retry *at = contact->retries; at; at = at->next) {
		if (at->agent == agent->id &&
		    usher__retry_holds(acd, contact, at))
			return at->until;
	}
	return 0;
}

/* Somebody whom the queue's own requirement lets in, or a ring of its steps:
 * what is left is what the contact asks. */
static bool in_reach(const struct explaining *e,
		     const struct usher__helper *helper)
{
	const struct queue *queue = e->seg->q.queue;

	return usher__suits(queue, NULL, usher__rings(queue, e->seg->taken),
			    &e->seeker, helper);
}

static uint32_t skill_reason(struct explaining *e, struct explained *one,
			     const struct usher__helper *helper)
{
	const struct req *of_queue = e->seg->q.queue->req;
	const struct req *of_contact = e->seg->q.req;

	if (!in_reach(e, helper)) {
		if (of_queue)
			one->part =
				false_part(e, of_queue, &e->of_queue, helper);
		return USHER_EXCLUDED_REQUIREMENT;
	}
	if (of_contact &&
	    !usher__holds(of_contact->expr, &e->seeker, helper)) {
		one->part = false_part(e, of_contact, &e->of_contact, helper);
		return USHER_EXCLUDED_SKILL;
	}
	return USHER_EXCLUDED_NO;
}

static uint32_t reason_of(struct explaining *e, struct explained *one)
{
	const struct contact *contact = e->seg->contact;
	const struct agent *agent = one->agent;
	const struct usher__helper helper = {
		agent->conf->attrs, usher__cstr(&agent->conf->name),
		agent->conf->queues.ptr, agent->conf->queues.count};
	uint32_t reason;

	if (agent->presence == USHER_SIGNED_OUT)
		return USHER_EXCLUDED_SIGNED_OUT;
	if (!usher__serves(e->seg->q.queue, &helper) && !in_reach(e, &helper))
		return USHER_EXCLUDED_NOT_STAFFED;
	if (agent->presence != USHER_READY)
		return USHER_EXCLUDED_PAUSED;
	if (agent->pending || agent->removing)
		return USHER_EXCLUDED_LEAVING;
	if (usher__contact_with(contact, agent))
		return USHER_EXCLUDED_HERE;
	if (is_offered(contact, agent))
		return USHER_EXCLUDED_OFFERED;
	if (!usher__agent_free(e->acd, agent, contact->kind))
		return USHER_EXCLUDED_FULL;
	reason = skill_reason(e, one, &helper);
	if (reason)
		return reason;
	one->until = retry_until(e->acd, contact, agent);
	return one->until ? USHER_EXCLUDED_RETRY : USHER_EXCLUDED_NO;
}

/* ---- The two lists, each with the best of its kind ---- */

static bool before(const struct explained *a, const struct explained *b)
{
	if (a->node && b->node && a->score != b->score)
		return a->score > b->score;
	if (a->node && b->node)
		return usher__node_cmp(a->node, b->node) < 0;
	/* who came nearest; of those alike the first */
	return a->reason > b->reason;
}

static void list_put(struct explained *list, uint32_t *count, uint32_t max,
		     const struct explained *one)
{
	uint32_t at = *count;

	if (at == max) {
		if (!max || !before(one, &list[max - 1]))
			return;
		at--;
	} else {
		++*count;
	}
	for (; at && before(one, &list[at - 1]); at--)
		list[at] = list[at - 1];
	list[at] = *one;
}

/* Nodes of candidates into a list of their own, or who they are into that of
 * those considered. */
static void look_at(struct explaining *e, uint32_t look,
		    const struct usher__node **nodes)
{
	for (uint32_t i = 0; i < look; i++) {
		struct explained one = {.agent = e->acd->agents.items[i]};

		one.reason = reason_of(e, &one);
		if (one.reason) {
			e->others++;
			e->left_out += one.reason == USHER_EXCLUDED_RETRY;
			list_put(e->excluded, &e->excluded_count, e->max,
				 &one);
			continue;
		}
		one.node = &usher__dim_place(e->dim, one.agent->slot)->node;
		if (nodes)
			nodes[e->candidates] = one.node;
		else
			list_put(e->considered, &e->considered_count, e->max,
				 &one);
		e->candidates++;
	}
}

/* The same by scores. */
static int look_for_scores(struct explaining *e, uint32_t look)
{
	const struct usher_alloc *alloc = &e->acd->alloc;
	const struct usher__node **nodes;
	int64_t *scores;
	int err = 0;

	nodes = alloc->realloc(alloc->arg, NULL,
			       look * (sizeof(*nodes) + sizeof(*scores)));
	if (!nodes)
		return USHER_ENOMEM;
	scores = (void *)(nodes + look);
	look_at(e, look, nodes);
	if (e->candidates)
		err = usher__explained_scores(e, nodes, e->candidates, scores);
	for (uint32_t i = 0; !err && i < e->candidates; i++) {
		struct explained one = {.node = nodes[i], .score = scores[i]};

		one.agent = usher__node_agent(nodes[i]);
		list_put(e->considered, &e->considered_count, e->max, &one);
	}
	alloc->realloc(alloc->arg, nodes, 0);
	return err;
}

int usher__explaining(struct explaining *e, const struct usher_acd *acd,
		      const struct segment *seg, uint32_t max)
{
	const struct queue *queue = seg->q.queue;
	uint32_t look = acd->agents.count;
	int err = 0;

	memset(e, 0, sizeof(*e));
	e->acd = acd;
	e->seg = seg;
	e->max = max;
	e->policy = usher__is_external(queue->policy) ? queue->fallback
						      : queue->policy;
	e->dim = usher__dim_get(acd, seg->contact->kind, e->policy);
	e->seeker.acd = acd;
	e->seeker.contact = seg->contact;
	if (look > USHER_EXPLAIN_LOOK_MAX)
		look = USHER_EXPLAIN_LOOK_MAX;
	if (look && e->policy->order != USHER_ORDER_STATIC)
		err = look_for_scores(e, look);
	else
		look_at(e, look, NULL);
	e->truncated =
		acd->agents.count - e->considered_count - e->excluded_count;
	return err ? err : e->err;
}

void usher__explaining_done(struct explaining *e)
{
	parts_done(&e->of_queue);
	parts_done(&e->of_contact);
}

static uint32_t held_without_time(const struct segment *seg)
{
	const struct contact *contact = seg->contact;

	if (usher__contact_turns(contact))
		return USHER_HELD_TURN;
	if (contact->callback && usher__contact_away(contact))
		return USHER_HELD_CALLBACK;
	if (contact->detached_until)
		return USHER_HELD_DETACHED;
	if (contact->offers)
		return USHER_HELD_OFFERED;
	return USHER_HELD_NOT;
}

uint32_t usher__explained_held(const struct usher_acd *acd,
			       const struct segment *seg, int64_t *ret_until)
{
	const struct queue *queue = seg->q.queue;
	uint32_t held = held_without_time(seg);

	*ret_until = 0;
	if (held)
		return held;
	if (seg->state == USHER_SEGMENT_DECIDING) {
		*ret_until = seg->q.until;
		return USHER_HELD_ASKED;
	}
	if (usher__deferred(acd, seg)) {
		*ret_until = seg->q.until;
		return USHER_HELD_PUT_OFF;
	}
	if (queue->policy && queue->policy->order == USHER_ORDER_BATCH &&
	    usher__collects(acd, queue)) {
		*ret_until = queue->collect;
		return USHER_HELD_COLLECTED;
	}
	return USHER_HELD_NOT;
}
