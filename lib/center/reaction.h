/* What a turn still has to react to. */
#ifndef USHER_LIB_CENTER_REACTION_H
#define USHER_LIB_CENTER_REACTION_H

#include <stdint.h>

#include <usher/event.h>

struct reaction {
	uint32_t type; /* enum usher_event_type */
	uint32_t code; /* leave, withdraw, presence */
	uint64_t contact, segment, offer, agent, queue;
	char text[USHER_NAME_MAX + 1]; /* of a step */
};

#endif
