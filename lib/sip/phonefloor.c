/* Who sees and reads whom: the media engine knows that of sound, and what a
 * phone's calls have beside it follows here. In a conference two who talk see
 * each other; for more it would take a mixer of pictures. */
#include <string.h>

#include <sip/phone.h>

static uint64_t video_of(const struct usher__phone_call *call)
{
	return call->phone->ua
		       ? usher__leg_video_port(call->phone->ua, call->leg)
		       : 0;
}

static void dark(const struct usher__phone_call *call)
{
	uint64_t port = video_of(call);

	if (port)
		(void)usher__media_unbridge(call->phone->media, port);
}

/* Who has called is offered what who was called has chosen, if that is not
 * what both have. */
static void show(const struct usher__phone_call *a,
		 const struct usher__phone_call *b)
{
	uint64_t one = video_of(a), two = video_of(b);

	if (!one || !two)
		return;
	(void)usher__media_bridge(a->phone->media, one, two);
	if (a->placed)
		usher__leg_video_match(a->phone->ua, b->leg, a->leg);
	else
		usher__leg_video_match(a->phone->ua, a->leg, b->leg);
}

static struct usher__phone_call *partner(const struct usher__phone_call *call)
{
	return call->floor.with
		       ? usher__phone_call_find(call->phone, call->floor.with)
		       : NULL;
}

/* --- conferences ----------------------------------------------------------
 */

struct talkers {
	uint64_t room;
	uint32_t count;
	const struct usher__phone_call *first[2];
};

static bool find_talker(struct le *le, void *arg)
{
	const struct usher__phone_call *call = le->data;
	struct talkers *talkers = arg;

	if (call->floor.room != talkers->room)
		return false;
	dark(call);
	if (call->floor.role != USHER_PHONE_TALK)
		return false;
	if (talkers->count < 2)
		talkers->first[talkers->count] = call;
	talkers->count++;
	return false;
}

static void room_look(struct usher_phone *phone, uint64_t room)
{
	struct talkers talkers = {.room = room};

	(void)hash_apply(phone->calls, find_talker, &talkers);
	if (talkers.count == 2)
		show(talkers.first[0], talkers.first[1]);
}

void usher__phone_floor_leave(struct usher__phone_call *call)
{
	struct usher__phone_call *other = partner(call);
	uint64_t room = call->floor.room;

	if (other && other->floor.with == call->id)
		other->floor.with = 0;
	dark(call);
	memset(&call->floor, 0, sizeof(call->floor));
	if (room)
		room_look(call->phone, room);
}

void usher__phone_floor_pair(struct usher__phone_call *call,
			     struct usher__phone_call *other)
{
	usher__phone_floor_leave(call);
	usher__phone_floor_leave(other);
	call->floor.with = other->id;
	other->floor.with = call->id;
	show(call, other);
}

void usher__phone_floor_enter(struct usher__phone_call *call,
			      const struct usher__phone_floor *floor)
{
	if (call->floor.room != floor->room)
		usher__phone_floor_leave(call);
	call->floor = *floor;
	if (floor->room)
		room_look(call->phone, floor->room);
}

void usher__phone_floor_look(const struct usher__phone_call *call)
{
	const struct usher__phone_call *other = partner(call);

	if (call->floor.room)
		room_look(call->phone, call->floor.room);
	else if (other)
		show(call, other);
}

/* --- text -----------------------------------------------------------------
 */

struct typed {
	const struct usher__phone_call *from;
	const char *text;
	size_t len;
};

/* In pieces that are not too long, of whole characters. */
static void write_to(const struct usher__phone_call *to,
		     const struct typed *typed)
{
	uint64_t port = usher__leg_text_port(to->phone->ua, to->leg);
	const char *text = typed->text;
	size_t left = typed->len, part;

	for (; port && left; text += part, left -= part) {
		part = left;
		if (part > USHER__MTEXT_SAY_MAX)
			for (part = USHER__MTEXT_SAY_MAX;
			     (text[part] & 0xc0) == 0x80;)
				part--;
		if (usher__mtext_say(to->phone->media, port, text, part))
			return;
	}
}

static bool write_to_mate(struct le *le, void *arg)
{
	const struct usher__phone_call *to = le->data;
	const struct typed *typed = arg;
	const struct usher__phone_call *from = typed->from;

	if (to == from || to->floor.room != from->floor.room)
		return false;
	if (from->floor.role == USHER_PHONE_TALK ||
	    (from->floor.role == USHER_PHONE_WHISPER &&
	     from->floor.whisper_to == to->id))
		write_to(to, typed);
	return false;
}

void usher__phone_floor_type(const struct usher__phone_call *call,
			     const char *text, size_t n)
{
	const struct usher__phone_call *other = partner(call);
	struct typed typed = {call, text, n};

	if (!call->phone->ua || !n)
		return;
	if (call->floor.room)
		(void)hash_apply(call->phone->calls, write_to_mate, &typed);
	else if (other)
		write_to(other, &typed);
}
