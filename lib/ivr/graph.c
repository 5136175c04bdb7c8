/*
 * Problems of the ways between steps that can be known at load: steps that
 * nothing leads to, steps where they cannot work, flows that call themselves,
 * and cycles in which nothing waits.
 */
#include <string.h>

#include "ivr/model.h"

/* Exits, next, and one more for a subflow. */
#define WAYS_MAX (USHER_FLOW_ITEMS_MAX + 2)

struct graph {
	const struct usher_flow_set *set;
	struct usher_flow_builder *b;
	struct usher_error *err;
	uint8_t *seen;
	uint8_t *returns; /* can come to its flow's end without waiting */
	uint32_t *stack;
	uint32_t *at; /* of depth-first search: next way to try */
	uint32_t height;
};

/* Whether control can come to `next` at all. */
static bool next_used(const struct step *step)
{
	bool other = usher__step_exit(step, "else") != TARGET_NONE;

	switch (step->kind) {
	case USHER_STEP_END:
	case USHER_STEP_LEAVE:
	case USHER_STEP_TRANSFER:
	case USHER_STEP_CALLBACK:
		return false;
	case USHER_STEP_IF:
	case USHER_STEP_QUEUE:
		return !other;
	case USHER_STEP_MENU:
		return !other &&
		       (usher__step_exit(step, "timeout") == TARGET_NONE ||
			usher__step_exit(step, "invalid") == TARGET_NONE);
	case USHER_STEP_WAIT:
		return step->timeout_ms != 0;
	default:
		return true;
	}
}

/* Where control can go from a step, within its flow or by a jump. */
static uint32_t ways(const struct step *step, int32_t *ret)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < step->n_exits; i++)
		ret[count++] = step->exits[i].target;
	if (next_used(step))
		ret[count++] = step->next;
	return count;
}

static void visit(struct graph *g, int32_t target)
{
	if (target < 0 || g->seen[target])
		return;
	g->seen[target] = 1;
	g->stack[g->height++] = (uint32_t)target;
}

/* Whether the i-th way from a step stays in the queue, as its `while` flow
 * does. */
static bool stays(const struct usher_flow_set *set, const struct step *step,
		  uint32_t i)
{
	return step->kind == USHER_STEP_QUEUE && i < step->n_exits &&
	       usher__flow_meanwhile(set, &step->exits[i]);
}

/* Follow everything that was visited; with_while also into `while` flows. */
static void spread(struct graph *g, bool with_while)
{
	int32_t next[WAYS_MAX];

	while (g->height) {
		const struct step *step = g->set->steps[g->stack[--g->height]];
		uint32_t count = ways(step, next);

		for (uint32_t i = 0; i < count; i++)
			if (with_while || !stays(g->set, step, i))
				visit(g, next[i]);
		if (step->kind == USHER_STEP_SUBFLOW || with_while)
			visit(g, step->sub);
	}
}

static void forget(struct graph *g)
{
	memset(g->seen, 0, g->set->n_steps);
	g->height = 0;
}

static int problem(struct graph *g, const struct step *step, const char *text)
{
	char where[2 * USHER_FLOW_NAME_MAX + 16];

	usher__step_where(g->set, step, where, sizeof(where));
	return usher__flow_problem(g->err, USHER_EINVAL, &step->place,
				   "%s (step %s)", text, where);
}

static int check_reach(struct graph *g)
{
	const struct usher_flow_set *set = g->set;

	forget(g);
	for (uint32_t i = 0; i < set->n_flows; i++)
		if (set->flows[i]->entry || !g->b->n_entries)
			visit(g, (int32_t)set->flows[i]->first);
	spread(g, true);
	for (uint32_t i = 0; i < set->n_steps; i++) {
		const struct flow *flow = set->flows[set->steps[i]->flow];

		if (g->seen[i])
			continue;
		if (i == flow->first)
			return usher__flow_problem(
				g->err, USHER_EINVAL, &flow->place,
				"unreachable: no entry leads to flow %s",
				flow->name);
		return problem(g, set->steps[i],
			       "unreachable: nothing leads to this step");
	}
	return 0;
}

/* A `leave` step's exit has to be one of the queue step's. */
static int check_leave(struct graph *g, const struct step *leave,
		       const struct step *queue)
{
	char where[2 * USHER_FLOW_NAME_MAX + 16];

	if (usher__step_exit(queue, leave->flow_name) != TARGET_NONE)
		return 0;
	usher__step_where(g->set, queue, where, sizeof(where));
	return usher__flow_problem(g->err, USHER_EINVAL, &leave->place,
				   "unknown-target: queue step %s has no exit "
				   "%s",
				   where, leave->flow_name);
}

static int check_while(struct graph *g, const struct step *queue)
{
	const struct usher_flow_set *set = g->set;
	int code = 0;

	if (queue->kind != USHER_STEP_QUEUE)
		return 0;
	forget(g);
	visit(g, queue->sub);
	/* A key that leads to a callback stays in the queue. */
	for (uint32_t i = 0; i < queue->n_exits; i++)
		if (usher__flow_meanwhile(set, &queue->exits[i]))
			visit(g, queue->exits[i].target);
	spread(g, false);
	for (uint32_t i = 0; !code && i < set->n_steps; i++) {
		const struct step *step = set->steps[i];

		if (!g->seen[i])
			continue;
		if (step->kind == USHER_STEP_QUEUE ||
		    step->kind == USHER_STEP_TRANSFER ||
		    step->kind == USHER_STEP_VOICEMAIL)
			return problem(g, step,
				       "misplaced: not while waiting in a "
				       "queue; leave it first");
		if (step->kind == USHER_STEP_LEAVE)
			code = check_leave(g, step, queue);
	}
	return code;
}

/* Flows that another flow mentions start in that one's place. */
static void mark_mentioned(struct graph *g, uint8_t *mentioned)
{
	const struct usher_flow_set *set = g->set;
	int32_t next[WAYS_MAX];

	for (uint32_t i = 0; i < set->n_steps; i++) {
		const struct step *step = set->steps[i];
		uint32_t count = ways(step, next);

		next[count++] = step->sub;
		for (uint32_t k = 0; k < count; k++) {
			const struct step *to =
				next[k] < 0 ? step : set->steps[next[k]];

			if (to->flow != step->flow)
				mentioned[to->flow] = 1;
		}
	}
}

/* Steps that only work in a `while` flow, met outside of one. */
static int check_outside(struct graph *g)
{
	const struct usher_flow_set *set = g->set;
	uint8_t mentioned[USHER_FLOW_FLOWS_MAX] = {0};

	mark_mentioned(g, mentioned);
	forget(g);
	for (uint32_t i = 0; i < set->n_flows; i++)
		if (g->b->n_entries ? set->flows[i]->entry : !mentioned[i])
			visit(g, (int32_t)set->flows[i]->first);
	spread(g, false);
	for (uint32_t i = 0; i < set->n_steps; i++) {
		const struct step *step = set->steps[i];

		if (!g->seen[i])
			continue;
		if (step->kind == USHER_STEP_LEAVE)
			return problem(g, step,
				       "misplaced: only a flow that runs "
				       "while waiting can leave a queue");
		if (step->kind == USHER_STEP_WAIT && !step->timeout_ms)
			return problem(g, step,
				       "missing-part: only while waiting in a "
				       "queue a wait may last for ever");
	}
	return 0;
}

/* Going deeper for ever: from inside, without returning, to the same call. */
static int check_recursion(struct graph *g, uint32_t i)
{
	const struct step *step = g->set->steps[i];

	if (step->kind != USHER_STEP_SUBFLOW)
		return 0;
	forget(g);
	visit(g, step->sub);
	spread(g, true);
	return g->seen[i] ? problem(g, step,
				    "recursion: the subflow comes back here "
				    "without `return`")
			  : 0;
}

/*
 * Steps that wait for nothing. A prompt is one of them: for a text it ends
 * at once, so a cycle of prompts would fill somebody's screen.
 */
static bool instant(const struct step *step)
{
	return step->kind == USHER_STEP_PROMPT ||
	       step->kind == USHER_STEP_SET || step->kind == USHER_STEP_IF ||
	       step->kind == USHER_STEP_SUBFLOW;
}

/* The ways from a step that can be gone without waiting. */
static uint32_t instant_ways(const struct graph *g, const struct step *step,
			     int32_t *ret)
{
	uint32_t count = 0;

	if (!instant(step))
		return 0;
	if (step->kind != USHER_STEP_SUBFLOW)
		return ways(step, ret);
	if (g->returns[step->sub])
		count = ways(step, ret);
	ret[count++] = step->sub;
	return count;
}

/* Fill in g->returns: the least solution, by repetition. */
static void find_returns(struct graph *g)
{
	const struct usher_flow_set *set = g->set;
	int32_t next[WAYS_MAX];
	bool changed = true;

	memset(g->returns, 0, set->n_steps);
	while (changed) {
		changed = false;
		for (uint32_t i = set->n_steps; i-- > 0;) {
			const struct step *step = set->steps[i];
			bool calls = step->kind == USHER_STEP_SUBFLOW;
			uint32_t count;

			if (g->returns[i] || !instant(step) ||
			    (calls && !g->returns[step->sub]))
				continue;
			count = ways(step, next);
			while (count--)
				if (next[count] == TARGET_RETURN ||
				    (next[count] >= 0 &&
				     g->returns[next[count]]))
					g->returns[i] = 1;
			changed = changed || g->returns[i];
		}
	}
}

enum { WHITE, GRAY, BLACK };

/* Depth first from one step; a way to a gray step closes a cycle. */
static int check_cycle(struct graph *g, uint32_t root)
{
	int32_t next[WAYS_MAX];

	g->height = 0;
	if (g->seen[root] != WHITE)
		return 0;
	g->seen[root] = GRAY;
	g->at[root] = 0;
	g->stack[g->height++] = root;
	while (g->height) {
		uint32_t i = g->stack[g->height - 1];
		uint32_t count = instant_ways(g, g->set->steps[i], next);
		int32_t to;

		if (g->at[i] >= count) {
			g->seen[i] = BLACK;
			g->height--;
			continue;
		}
		to = next[g->at[i]++];
		if (to < 0 || g->seen[to] == BLACK)
			continue;
		if (g->seen[to] == GRAY)
			return problem(g, g->set->steps[to],
				       "endless-loop: a way leads back here "
				       "on which nothing waits");
		g->seen[to] = GRAY;
		g->at[to] = 0;
		g->stack[g->height++] = (uint32_t)to;
	}
	return 0;
}

static int check_all(struct graph *g)
{
	uint32_t count = g->set->n_steps;
	int code = check_reach(g);

	for (uint32_t i = 0; !code && i < count; i++)
		code = check_while(g, g->set->steps[i]);
	code = code ? code : check_outside(g);
	for (uint32_t i = 0; !code && i < count; i++)
		code = check_recursion(g, i);
	if (code)
		return code;
	find_returns(g);
	forget(g);
	for (uint32_t i = 0; !code && i < count; i++)
		code = check_cycle(g, i);
	return code;
}

int usher__flow_check_graph(struct usher_flow_builder *b,
			    struct usher_error *err)
{
	const struct usher_alloc *alloc = &b->alloc;
	struct graph g = {.set = b->set, .b = b, .err = err};
	size_t count = b->set->n_steps;
	uint32_t *memory;
	int code;

	if (!count)
		return 0;
	memory = alloc->realloc(alloc->arg, NULL,
				count * (2 * sizeof(uint32_t) + 2));
	if (!memory)
		return USHER_ENOMEM;
	g.stack = memory;
	g.at = memory + count;
	g.seen = (uint8_t *)(g.at + count);
	g.returns = g.seen + count;
	code = check_all(&g);
	alloc->realloc(alloc->arg, memory, 0);
	return code;
}
