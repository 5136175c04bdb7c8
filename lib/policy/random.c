/*
 * random: any free agent, each equally likely. Its state is the position in
 * the queue's stream of random numbers.
 */
#include <string.h>

#include <policy/policies.h>

static int seek(void *arg, void *block, const struct usher_pick *pick,
		struct usher_choice *choice)
{
	uint64_t position;

	(void)arg;
	memcpy(&position, block, sizeof(position));
	choice->seek = USHER_SEEK_RANK;
	choice->rank = (uint32_t)usher_pick_random(
		pick, USHER__PURPOSE_AGENT, &position, pick->candidates);
	memcpy(block, &position, sizeof(position));
	return USHER_PICK_THIS;
}

const struct usher_agent_policy usher__random_agent = {
	.size = sizeof(struct usher_agent_policy),
	.name = "random",
	.version = 1,
	.order = USHER_ORDER_STATIC,
	.group = 1,
	.state_size = sizeof(uint64_t),
	.seek = seek,
};
