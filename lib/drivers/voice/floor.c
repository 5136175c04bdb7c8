/* Who hears whom, as the center's verbs have it: the media engine knows that
 * of sound, and what goes beside sound follows it. */
#include "drivers/voice/hub.h"

static uint64_t video_of(const struct voice_leg *leg)
{
	return usher__leg_video_port(leg->voice->hub->ua, leg->sip);
}

static void dark(const struct voice_leg *leg)
{
	struct usher__voice_hub *hub = leg->voice->hub;
	uint64_t port = hub->ua ? video_of(leg) : 0;

	if (port)
		usher__media_unbridge(hub->media, port);
}

/* Two people who talk see each other. Who has called is offered what who was
 * called has chosen, if that is not what both have. */
static void show(const struct voice_leg *a, const struct voice_leg *b)
{
	struct usher__voice_hub *hub = a->voice->hub;
	uint64_t one = video_of(a), two = video_of(b);

	if (!one || !two)
		return;
	usher__media_bridge(hub->media, one, two);
	if (a->called)
		usher__leg_video_match(hub->ua, b->sip, a->sip);
	else
		usher__leg_video_match(hub->ua, a->sip, b->sip);
}

/* In a room with more than two who talk nobody is seen: that would take a
 * mixer of pictures. */
static void ring_look(const struct voice_leg *leg)
{
	const struct voice_leg *talk[2] = {NULL}, *at = leg;
	unsigned count = 0;

	do {
		if (at->floor.role == USHER_MIX_TALK) {
			if (count < 2)
				talk[count] = at;
			count++;
		}
		dark(at);
		at = at->floor.next;
	} while (at != leg);
	if (count == 2)
		show(talk[0], talk[1]);
}

static void ring_leave(struct voice_floor *floor)
{
	struct voice_leg *next = floor->next;

	if (!floor->room)
		return;
	floor->next->floor.prev = floor->prev;
	floor->prev->floor.next = floor->next;
	floor->next = floor->prev = NULL;
	floor->room = 0;
	if (&next->floor != floor)
		ring_look(next);
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
	dark(leg);
	ring_leave(&leg->floor);
}

void usher__voice_floor_pair(struct voice_leg *a, struct voice_leg *b)
{
	usher__voice_floor_leave(a);
	usher__voice_floor_leave(b);
	a->floor.with = b->id;
	b->floor.with = a->id;
	show(a, b);
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
	if (leg->floor.room)
		ring_look(leg);
}

void usher__voice_floor_look(const struct voice_leg *leg)
{
	const struct voice_leg *other = partner(leg);

	if (leg->floor.room)
		ring_look(leg);
	else if (other)
		show(leg, other);
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

struct voice_leg *usher__voice_floor_other(const struct voice_leg *leg)
{
	struct voice_leg *at, *found = NULL;

	if (!leg->floor.room)
		return partner(leg);
	if (leg->floor.role != USHER_MIX_TALK)
		return NULL;
	for (at = leg->floor.next; at != leg; at = at->floor.next) {
		if (at->floor.role != USHER_MIX_TALK)
			continue;
		if (found)
			return NULL;
		found = at;
	}
	return found;
}
