/*
 * Explanations as text: for people, and as fields of the offer's event.
 */
#include <inttypes.h>
#include <stdio.h>

#include <acd/explain.h>

#define EXACT_MAX (INT64_C(1) << 53) /* whole numbers of a double */
#define SECOND_US 1000000

/* Of an agent in an event: the name, and a number or a text. */
#define ENTRY_MAX                                                             \
	(NAME_SIZE + 1 + NAME_SIZE + USHER_EXPLAIN_TEXT_MAX + sizeof(double))

const char *usher_excluded_name(uint32_t reason)
{
	static const char *const names[] = {
		[USHER_EXCLUDED_NO] = "candidate",
		[USHER_EXCLUDED_SIGNED_OUT] = "signed out",
		[USHER_EXCLUDED_NOT_STAFFED] = "does not serve this queue",
		[USHER_EXCLUDED_PAUSED] = "paused",
		[USHER_EXCLUDED_LEAVING] = "leaving",
		[USHER_EXCLUDED_HERE] = "on this contact already",
		[USHER_EXCLUDED_OFFERED] = "is being offered it",
		[USHER_EXCLUDED_FULL] = "no room",
		[USHER_EXCLUDED_REQUIREMENT] = "requirement of the queue",
		[USHER_EXCLUDED_SKILL] = "requirement of the contact",
		[USHER_EXCLUDED_RETRY] = "refused or missed it",
	};

	return reason < sizeof(names) / sizeof(names[0]) ? names[reason]
							 : NULL;
}

const char *usher_held_name(uint32_t held)
{
	static const char *const names[] = {
		[USHER_HELD_NOT] = "not held",
		[USHER_HELD_PUT_OFF] = "put off",
		[USHER_HELD_ASKED] = "asked outside",
		[USHER_HELD_COLLECTED] = "collected",
		[USHER_HELD_OFFERED] = "offered",
		[USHER_HELD_TURN] = "to be dialed in its turn",
		[USHER_HELD_CALLBACK] = "to be called back",
		[USHER_HELD_DETACHED] = "detached",
	};

	return held < sizeof(names) / sizeof(names[0]) ? names[held] : NULL;
}

static double seconds(int64_t us)
{
	return (double)us / SECOND_US;
}

static void candidate_text(const struct explaining *e,
			   const struct agent *agent, char *text, size_t size)
{
	struct usher_agent_view view;

	usher__agent_view(agent, &view);
	snprintf(text, size,
		 "idle %.3f s, %" PRIu64 " contacts today, load %u, order %u",
		 seconds(e->acd->now - view.idle_since_us), view.contacts,
		 view.load, view.order);
}

/* What did not fit may have left a part of a character. */
static void cut(char *text)
{
	size_t len = strlen(text);

	if (len < USHER_EXPLAIN_TEXT_MAX - 1)
		return;
	while (len && (text[len - 1] & 0xc0) == 0x80)
		text[--len] = '\0';
	if (len && text[len - 1] & 0x80)
		text[len - 1] = '\0';
}

/* Whom else the agent was given to together with this one: a contact of the
 * queue, in the moment of a batch. 0: nobody. */
static uint64_t given_to(const struct explaining *e, const struct agent *agent)
{
	const struct queue *queue = e->seg->q.queue;

	/* not of somebody who was assigned by hand */
	if (e->policy->order != USHER_ORDER_BATCH ||
	    queue->assigned != e->acd->now)
		return 0;
	for (const struct offer *at = agent->offers; at; at = at->agent_next) {
		if (at->segment && at->segment->q.queue == queue &&
		    at->made == e->acd->now)
			return at->contact->id;
	}
	return 0;
}

static void room_text(const struct explaining *e, const struct agent *agent,
		      char *text, size_t size)
{
	uint32_t kind = e->seg->contact->kind;
	uint64_t other = given_to(e, agent);

	if (other)
		snprintf(text, size,
			 "given to contact %" PRIu64 " in this batch", other);
	else
		snprintf(text, size, "%s: %u of %u, together %u of %u",
			 e->acd->kinds[kind], agent->load[kind],
			 usher__agent_max(e->acd, agent, kind),
			 agent->load_total, agent->conf->max_total);
}

void usher__explained_text(const struct explaining *e,
			   const struct explained *one,
			   char text[USHER_EXPLAIN_TEXT_MAX])
{
	const struct agent *agent = one->agent;
	size_t size = USHER_EXPLAIN_TEXT_MAX;

	text[0] = '\0';
	switch (one->reason) {
	case USHER_EXCLUDED_NO:
		candidate_text(e, agent, text, size);
		break;
	case USHER_EXCLUDED_PAUSED:
		snprintf(text, size, "%s", agent->reason);
		break;
	case USHER_EXCLUDED_LEAVING:
		snprintf(text, size, "%s",
			 agent->removing ? "removed" : agent->pending_reason);
		break;
	case USHER_EXCLUDED_FULL:
		room_text(e, agent, text, size);
		break;
	case USHER_EXCLUDED_REQUIREMENT:
	case USHER_EXCLUDED_SKILL:
		if (one->part)
			snprintf(text, size, "%s", usher_expr_text(one->part));
		break;
	case USHER_EXCLUDED_RETRY:
		snprintf(text, size, "for another %.3f s",
			 seconds(one->until - e->acd->now));
		break;
	}
	cut(text);
}

/* What the policy goes by. */
static int64_t decides(const struct explaining *e, const struct explained *one)
{
	return e->scored ? one->score : one->node->k0;
}

/* ---- For people ---- */

static void line_of(const struct explaining *e, const struct explained *one,
		    void (*line)(void *arg, const char *text), void *arg)
{
	char text[USHER_EXPLAIN_TEXT_MAX];
	char all[2 * USHER_EXPLAIN_TEXT_MAX + 2 * NAME_SIZE];

	usher__explained_text(e, one, text);
	if (one->node)
		snprintf(all, sizeof(all), "  + %s: %s %" PRId64 ", %s",
			 usher__cstr(&one->agent->conf->name),
			 e->scored ? "score" : "key", decides(e, one), text);
	else
		snprintf(all, sizeof(all), "  - %s: %s%s%s",
			 usher__cstr(&one->agent->conf->name),
			 usher_excluded_name(one->reason), *text ? ": " : "",
			 text);
	line(arg, all);
}

int usher_acd_explain_text(const struct usher_acd *acd, uint64_t segment,
			   void (*line)(void *arg, const char *text),
			   void *arg)
{
	const struct segment *seg = usher__segment_get(acd, segment);
	char text[2 * USHER_EXPLAIN_TEXT_MAX];
	struct explaining e;
	int64_t until;
	uint32_t held;
	int err;

	if (!seg || seg->kind != USHER_SEGMENT_QUEUE)
		return USHER_ENOENT;
	err = usher__explaining(&e, acd, seg, USHER_EXPLAIN_MAX);
	if (err)
		goto out;
	held = usher__explained_held(acd, seg, &until);
	snprintf(text, sizeof(text),
		 "contact %" PRIu64 " in %s for %.3f s: %s, %u candidates, "
		 "%u excluded, %u not named%s%s",
		 seg->contact->id, usher__cstr(&seg->q.queue->conf->name),
		 seconds(acd->now - seg->began), e.policy->name, e.candidates,
		 e.others, e.truncated, held ? ", " : "",
		 held ? usher_held_name(held) : "");
	line(arg, text);
	for (uint32_t i = 0; i < e.considered_count; i++)
		line_of(&e, &e.considered[i], line, arg);
	for (uint32_t i = 0; i < e.excluded_count; i++)
		line_of(&e, &e.excluded[i], line, arg);
out:
	usher__explaining_done(&e);
	return err;
}

/* ---- As fields ---- */

static char *put_number(char *at, int64_t value)
{
	double number = (double)value;
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	*at++ = 'n';
	for (int i = 0; i < 8; i++)
		*at++ = (char)(bits >> (8 * i));
	return at;
}

static char *put_entry(const struct explaining *e, const struct explained *one,
		       char *at)
{
	const struct usher__bytes *name = &one->agent->conf->name;
	char text[USHER_EXPLAIN_TEXT_MAX];
	int64_t key = one->node ? decides(e, one) : 0;
	int len;

	memcpy(at, name->ptr, name->len + 1);
	at += name->len + 1;
	if (one->node && key >= -EXACT_MAX && key <= EXACT_MAX)
		return put_number(at, key);
	*at++ = 't';
	usher__explained_text(e, one, text);
	if (one->node)
		len = sprintf(at, "%" PRId64, key);
	else
		len = sprintf(at, "%s%s%s", usher_excluded_name(one->reason),
			      *text ? ": " : "", text);
	return at + len + 1;
}

/* Attributes stand in the order of their names. */
static struct usher__bytes put_list(const struct explaining *e,
				    struct explained *list, uint32_t count,
				    char **at)
{
	struct usher__bytes kv = {*at, 0, count};

	for (uint32_t i = 1; i < count; i++) {
		struct explained one = list[i];
		uint32_t to = i;

		for (;
		     to && strcmp(usher__cstr(&list[to - 1].agent->conf->name),
				  usher__cstr(&one.agent->conf->name)) > 0;
		     to--)
			list[to] = list[to - 1];
		list[to] = one;
	}
	for (uint32_t i = 0; i < count; i++)
		*at = put_entry(e, &list[i], *at);
	kv.len = (uint32_t)(*at - (const char *)kv.ptr);
	return kv;
}

/* Not the scratch bytes: those may hold what the offers come from. */
static char *room(struct usher_acd *acd)
{
	size_t size = 2 * acd->explain * ENTRY_MAX;
	char *at;

	if (acd->named_size >= size)
		return acd->named;
	at = acd->alloc.realloc(acd->alloc.arg, acd->named, size);
	if (!at)
		return NULL;
	acd->named = at;
	acd->named_size = size;
	return at;
}

int usher__explain_offer(struct usher_acd *acd, struct segment *seg,
			 struct usher__ev_offer_made *ev)
{
	char *at = room(acd);
	struct explaining e;
	int err;

	if (!at)
		return USHER_ENOMEM;
	err = usher__explaining(&e, acd, seg, acd->explain);
	if (!err) {
		ev->considered =
			put_list(&e, e.considered, e.considered_count, &at);
		ev->excluded = put_list(&e, e.excluded, e.excluded_count, &at);
		ev->truncated = e.truncated;
	}
	usher__explaining_done(&e);
	return err;
}

int usher_acd_explain(const struct usher_acd *acd, uint64_t segment,
		      struct usher_explanation *ret,
		      void (*agent)(void *arg,
				    const struct usher_explained *one),
		      void *arg)
{
	const struct segment *seg = usher__segment_get(acd, segment);
	struct usher_explanation all = {0};
	struct usher_explained one;
	struct explaining e;
	int err;

	if (!seg || seg->kind != USHER_SEGMENT_QUEUE)
		return USHER_ENOENT;
	if (!ret || ret->size < sizeof(ret->size) || ret->size > sizeof(all))
		return USHER_EINVAL;
	err = usher__explaining(&e, acd, seg, USHER_EXPLAIN_MAX);
	if (err)
		goto out;
	for (uint32_t i = 0;
	     agent && i < e.considered_count + e.excluded_count; i++) {
		const struct explained *at =
			i < e.considered_count
				? &e.considered[i]
				: &e.excluded[i - e.considered_count];

		memset(&one, 0, sizeof(one));
		one.size = sizeof(one);
		one.agent = at->agent->id;
		one.name = usher__cstr(&at->agent->conf->name);
		one.key = at->node ? at->node->k0 : 0;
		one.score = at->score;
		one.until_us = at->until;
		one.reason = at->reason;
		usher__explained_text(&e, at, one.text);
		agent(arg, &one);
	}
	all.size = ret->size;
	all.contact = seg->contact->id;
	all.queue = seg->q.queue->id;
	all.policy = e.policy->name;
	all.version = e.policy->version;
	all.candidates = e.candidates;
	all.excluded = e.others;
	all.truncated = e.truncated;
	all.held = usher__explained_held(acd, seg, &all.until_us);
	all.scored = e.scored;
	memcpy(ret, &all, all.size);
out:
	usher__explaining_done(&e);
	return err;
}
