/*
 * Conditions of steps: what they may ask about a waiting contact and its
 * queue, and the answers. A name that there is not is refused when the step is
 * made.
 */
#include <acd/qstep.h>
#include <acd/tables.h>
#include <expr/turn.h>

#define MS INT64_C(1000)

enum asked {
	ASK_WAIT,
	ASK_AGE,
	ASK_POSITION,
	ASK_PRIORITY,
	ASK_WAITING,
	ASK_STAFFED,
	ASK_READY,
	ASK_FREE,
	ASK_EXPECTED,
	ASK_OPEN,
	ASK_COUNT
};

static const char *const asked_names[ASK_COUNT] = {
	[ASK_WAIT] = "wait_ms",      [ASK_AGE] = "age_ms",
	[ASK_POSITION] = "position", [ASK_PRIORITY] = "priority",
	[ASK_WAITING] = "waiting",   [ASK_STAFFED] = "staffed",
	[ASK_READY] = "ready",       [ASK_FREE] = "free",
	[ASK_OPEN] = "open",         [ASK_EXPECTED] = "expected_wait_ms",
};

static uint32_t asked(const char *name)
{
	uint32_t i = 0;

	while (i < ASK_COUNT && strcmp(asked_names[i], name) != 0)
		i++;
	return i;
}

int usher__condition_names(const struct usher_expr *expr,
			   struct usher_error *err)
{
	for (uint32_t i = 0; i < usher_expr_names(expr); i++) {
		const char *name = usher_expr_name(expr, i);

		if (usher__is_agent_name(name) && asked(name) == ASK_COUNT)
			return usher_error_set(
				err, USHER_EINVAL,
				"'%.60s' is not known to a step: wait_ms, "
				"age_ms, position, priority, waiting, "
				"staffed, ready, free, open, "
				"expected_wait_ms, contact.NAME are",
				name);
	}
	return 0;
}

int usher_acd_condition_check(const char *text, struct usher_error *err)
{
	struct usher_expr *expr;
	int code;

	if (!text)
		return usher_error_set(err, USHER_EINVAL, "no condition");
	code = usher_expr_new(&expr, NULL, text, SIZE_MAX, err);
	if (code)
		return code;
	code = usher__condition_names(expr, err);
	usher_expr_free(expr);
	return code;
}

struct question {
	struct usher_acd *acd;
	const struct segment *seg;
	const struct usher_expr *when;
	bool informed;
	struct usher_queue_info info;
	struct usher__lists lists;
};

static void inform(struct question *q)
{
	if (q->informed)
		return;
	q->informed = true;
	memset(&q->info, 0, sizeof(q->info));
	usher__queue_outlook(q->acd, q->seg->q.queue, q->seg->contact->kind,
			     &q->info);
}

/* Unknown and endless waits: the one is undefined, the other very long. */
static struct usher_value expected(const struct question *q)
{
	if (q->info.expected_wait_us < 0)
		return usher_value_undefined();
	return usher_value_number((double)(q->info.expected_wait_us / MS));
}

static struct usher_value answer(struct question *q, uint32_t what)
{
	const struct segment *seg = q->seg;

	switch (what) {
	case ASK_WAIT:
		return usher_value_number(
			(double)((q->acd->now - seg->began) / MS));
	case ASK_AGE:
		return usher_value_number(
			(double)((q->acd->now - seg->q.node.k1) / MS));
	case ASK_POSITION:
		return usher_value_number(usher_acd_position(q->acd, seg->id));
	case ASK_PRIORITY:
		return usher_value_number((double)seg->q.priority);
	case ASK_WAITING:
		return usher_value_number(seg->q.queue->waiting);
	case ASK_OPEN:
		return usher_value_bool(seg->q.queue->open);
	}
	inform(q);
	switch (what) {
	case ASK_STAFFED:
		return usher_value_number(q->info.staffed);
	case ASK_READY:
		return usher_value_number(q->info.ready);
	case ASK_FREE:
		return usher_value_number(q->info.free);
	}
	return expected(q);
}

static void look_up(void *arg, uint32_t index, struct usher_value *ret)
{
	struct question *q = arg;
	const char *name = usher_expr_name(q->when, index);
	struct usher_attr attr;

	if (usher__is_agent_name(name)) {
		*ret = answer(q, asked(name));
		return;
	}
	name += strlen("contact.");
	if (usher__contact_value(q->acd, q->seg->contact, name, &attr))
		usher__give(&q->lists, index, &attr, ret);
}

static void question_init(struct question *q, struct usher_acd *acd,
			  const struct segment *seg,
			  const struct usher_expr *when)
{
	q->acd = acd;
	q->seg = seg;
	q->when = when;
	q->informed = false;
	usher__lists_init(&q->lists);
}

bool usher__condition_holds(struct usher_acd *acd, const struct segment *seg,
			    const struct usher_expr *when)
{
	struct question q;

	if (!when)
		return true;
	question_init(&q, acd, seg, when);
	return usher_expr_test(when, look_up, &q);
}

static uint32_t name_of(const struct usher_expr *when, uint32_t what)
{
	for (uint32_t i = 0; i < usher_expr_names(when); i++) {
		if (!strcmp(usher_expr_name(when, i), asked_names[what]))
			return i;
	}
	return UINT32_MAX;
}

/* By one of the two names that grow: it counts from a time. */
static int64_t turns_by(struct question *q, uint32_t name, uint32_t other,
			int64_t since)
{
	int64_t now = (q->acd->now - since) / MS;
	struct usher__expr_turn turn = {name, other, (double)now,
					(double)USHER_TIME_MAX};

	if (name == UINT32_MAX)
		return USHER_NEVER;
	if (!usher__expr_turn(q->when, look_up, q, &turn))
		return q->acd->now + 1;
	if (!(turn.at < (double)(USHER_TIME_MAX / MS)))
		return USHER_NEVER;
	return since + (int64_t)turn.at * MS;
}

int64_t usher__condition_turns(struct usher_acd *acd,
			       const struct segment *seg,
			       const struct usher_expr *when)
{
	uint32_t wait = name_of(when, ASK_WAIT), age = name_of(when, ASK_AGE);
	int64_t by_wait, by_age;
	struct question q;

	question_init(&q, acd, seg, when);
	by_wait = turns_by(&q, wait, age, seg->began);
	by_age = turns_by(&q, age, wait, seg->q.node.k1);
	return by_wait < by_age ? by_wait : by_age;
}

bool usher__nobody_staffed(struct usher_acd *acd, const struct segment *seg)
{
	const struct profile *loose =
		acd->classes->by_index[acd->profiles_max];
	bool one_by_one = usher__class_loose(seg->q.class);

	for (uint32_t i = 0; !one_by_one && i < acd->classes->high; i++) {
		struct profile *profile = acd->classes->by_index[i];

		if (profile && profile->signed_in &&
		    usher__class_allows(acd, seg->q.class, profile))
			return false;
	}
	if (!one_by_one && !loose->refs)
		return true;
	for (uint32_t i = 0; i < acd->agents.count; i++) {
		const struct agent *agent = acd->agents.items[i];

		if (agent->counted_in &&
		    (one_by_one || agent->profile == loose) &&
		    usher__eligible(acd, seg, agent))
			return false;
	}
	return true;
}
