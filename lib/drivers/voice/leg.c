/* The life of a leg: made, in the hub's table, and freed with all it has. */
#include <string.h>

#include "drivers/voice/hub.h"

struct voice_leg *usher__voice_leg_new(struct usher__voice *voice,
				       uint64_t sip)
{
	struct voice_leg *leg = calloc(1, sizeof(*leg));

	if (!leg)
		return NULL;
	leg->sip = sip;
	leg->voice = voice;
	if (!usher__reserve_fill(&leg->reserve, VOICE_LEG_RESERVE))
		return leg;
	usher__voice_leg_free(leg);
	return NULL;
}

int usher__voice_leg_add(struct voice_leg *leg, uint64_t id)
{
	struct usher__voice_hub *hub = leg->voice->hub;
	unsigned before = HASH_COUNT(hub->legs);

	leg->id = id;
	HASH_ADD(hh, hub->legs, id, sizeof(leg->id), leg);
	if (HASH_COUNT(hub->legs) == before)
		return USHER_ENOMEM;
	leg->listed = true;
	hub->leg_count++;
	return 0;
}

void usher__voice_leg_free(struct voice_leg *leg)
{
	struct usher__voice_hub *hub = leg->voice->hub;

	if (leg->listed) {
		HASH_DEL(hub->legs, leg);
		hub->leg_count--;
	}
	usher__voice_floor_leave(leg);
	usher__voice_text_free(leg);
	usher__voice_route_free(leg->route);
	usher__voice_fork_free(leg, false);
	usher__reserve_free(&leg->reserve);
	free(leg->user_to_user);
	free(leg->privacy);
	/* They may be a card's. */
	explicit_bzero(&leg->keys, sizeof(leg->keys));
	free(leg);
}
