/*
 * round_robin: in the order of the list, after the one this queue offered to
 * last; around the end. It remembers that agent's place, so that it goes on
 * there also when the agent is gone.
 */
#include <string.h>

#include <policy/policies.h>

struct state {
	uint64_t agent; /* 0: none yet */
	uint64_t order;
};

static int seek(void *arg, void *block, const struct usher_pick *pick,
		struct usher_choice *choice)
{
	struct state state;

	(void)arg;
	(void)pick;
	memcpy(&state, block, sizeof(state));
	if (!state.agent)
		return USHER_PICK_THIS;
	choice->seek = USHER_SEEK_AFTER;
	choice->order = (uint32_t)state.order;
	choice->agent = state.agent;
	return USHER_PICK_THIS;
}

static void chosen(void *arg, void *block, const struct usher_pick *pick,
		   const struct usher_agent_view *agent)
{
	struct state state;

	(void)arg;
	(void)pick;
	state.agent = agent->agent;
	state.order = agent->order;
	memcpy(block, &state, sizeof(state));
}

const struct usher_agent_policy usher__round_robin = {
	.size = sizeof(struct usher_agent_policy),
	.name = "round_robin",
	.version = 1,
	.order = USHER_ORDER_STATIC,
	.group = 1,
	.state_size = sizeof(struct state),
	.seek = seek,
	.chosen = chosen,
};
