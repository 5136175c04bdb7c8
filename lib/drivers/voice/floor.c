/* Who hears whom, as the center's verbs have it: the media engine knows that
 * of sound, and what goes beside sound follows it. */
#include "drivers/voice/hub.h"

static void ring_leave(struct voice_floor *floor)
{
	if (!floor->room)
		return;
	floor->next->floor.prev = floor->prev;
	floor->prev->floor.next = floor->next;
	floor->next = floor->prev = NULL;
	floor->room = 0;
}

/* Beside whoever is there already. */
static void ring_enter(struct voice_leg *leg, uint64_t room)
{
	struct voice_leg *other, *tmp;

	leg->floor.next = leg->floor.prev = leg;
	HASH_ITER (hh, leg->voice->hub->legs, other, tmp) {
		if (other->voice != leg->voice || other->floor.room != room)
			continue;
		leg->floor.next = other;
		leg->floor.prev = other->floor.prev;
		other->floor.prev->floor.next = leg;
		other->floor.prev = leg;
		break;
	}
	leg->floor.room = room;
}

static struct voice_leg *partner(const struct voice_leg *leg)
{
	return leg->floor.with ? usher__voice_leg_find(leg->voice->hub,
						       leg->floor.with)
			       : NULL;
}

void usher__voice_floor_leave(struct voice_leg *leg)
{
	struct voice_leg *other = partner(leg);

	if (other && other->floor.with == leg->id)
		other->floor.with = 0;
	leg->floor.with = 0;
	ring_leave(&leg->floor);
}

void usher__voice_floor_pair(struct voice_leg *a, struct voice_leg *b)
{
	usher__voice_floor_leave(a);
	usher__voice_floor_leave(b);
	a->floor.with = b->id;
	b->floor.with = a->id;
}

void usher__voice_floor_enter(struct voice_leg *leg,
			      const struct usher_channel_mix *mix)
{
	if (leg->floor.room != mix->room || leg->floor.with)
		usher__voice_floor_leave(leg);
	if (mix->room && !leg->floor.room)
		ring_enter(leg, mix->room);
	leg->floor.role = mix->role;
	leg->floor.whisper_to = mix->whisper_to;
}

static bool hears(const struct voice_leg *from, const struct voice_leg *to)
{
	return from->floor.role == USHER_MIX_TALK ||
	       (from->floor.role == USHER_MIX_WHISPER &&
		from->floor.whisper_to == to->id);
}

struct voice_leg *usher__voice_floor_next(const struct voice_leg *from,
					  const struct voice_leg *after)
{
	struct voice_leg *leg;

	if (!from->floor.room)
		return after ? NULL : partner(from);
	leg = after ? after->floor.next : from->floor.next;
	for (; leg != from; leg = leg->floor.next)
		if (hears(from, leg))
			return leg;
	return NULL;
}
