/* Rooms as their owner sees them: who is where, and what has to be told to
 * the threads. Tables are changed when the command is on its way. */
#include <string.h>
#include "media/engine.h"

static struct usher__mroom *find(struct usher__media *m,
				 const struct usher__mroom_key *key)
{
	struct usher__mroom *room;

	HASH_FIND(hh, m->rooms, key, sizeof(*key), room);
	return room;
}

static struct usher__mroom *room_add(struct usher__media *m,
				     const struct usher__mroom_key *key)
{
	struct usher__mroom *room = usher__mroom_new();
	unsigned before = HASH_COUNT(m->rooms);

	if (!room)
		return NULL;
	room->key = *key;
	HASH_ADD(hh, m->rooms, key, sizeof(room->key), room);
	if (HASH_COUNT(m->rooms) == before) {
		usher__mroom_unref(room);
		return NULL;
	}
	return room;
}

static void room_drop_empty(struct usher__media *m, struct usher__mroom *room)
{
	if (room->owned_count)
		return;
	HASH_DEL(m->rooms, room);
	usher__mroom_unref(room);
}

void usher__mrooms_free(struct usher__media *m)
{
	struct usher__mroom *room, *tmp;

	HASH_ITER (hh, m->rooms, room, tmp) {
		HASH_DEL(m->rooms, room);
		usher__mroom_unref(room);
	}
}

void usher__mplace_leave(struct usher__media *m, struct usher__mleg *leg)
{
	struct usher__mroom *room = leg->place.room;
	struct usher__mleg *mate;

	if (!room)
		return;
	LIST_REMOVE(leg, place.mate);
	leg->place = (struct usher__mplace){0};
	room->owned_count--;
	LIST_FOREACH (mate, &room->owned, place.mate) {
		if (mate->place.role == USHER__MROLE_WHISPER &&
		    mate->place.whisper_to == leg->id)
			mate->place.role = USHER__MROLE_LISTEN;
	}
	room_drop_empty(m, room);
}

/* --- commands --------------------------------------------------------- */

static struct usher__mcmd *join_cmd(struct usher__mleg *leg,
				    enum usher__mcmd_type type,
				    struct usher__mroom *room, bool ear)
{
	struct usher__mcmd *cmd = usher__media_cmd(leg, type);
	struct usher__mjoin *join = cmd ? calloc(1, sizeof(*join)) : NULL;

	if (!cmd)
		return NULL;
	cmd->u.join = join;
	if (!join || (ear && usher__mear_new(&join->ear))) {
		usher__mcmd_free(cmd);
		return NULL;
	}
	join->room = usher__mroom_ref(room);
	return cmd;
}

static int leave(struct usher__media *m, struct usher__mleg *leg)
{
	struct usher__mcmd *cmd;
	int rc;

	if (!leg->place.room)
		return 0;
	cmd = join_cmd(leg, USHER__MC_ROOM, NULL, false);
	if (!cmd)
		return USHER_ENOMEM;
	rc = usher__media_post(leg, cmd);
	if (!rc)
		usher__mplace_leave(m, leg);
	return rc;
}

static bool alike(uint8_t a, uint8_t b)
{
	return a == USHER__MCODECS || b == USHER__MCODECS ||
	       usher__mcodec_clock(a) == usher__mcodec_clock(b);
}

/* Will the room mix, once the leg has its part, and codec? */
static bool will_mix(const struct usher__mroom *room,
		     const struct usher__mleg *leg, enum usher__mrole role,
		     uint8_t codec)
{
	uint32_t count = 1, talkers = role == USHER__MROLE_TALK;
	const struct usher__mleg *mate;
	bool same = true;

	LIST_FOREACH (mate, &room->owned, place.mate) {
		if (mate == leg)
			continue;
		count++;
		talkers += mate->place.role == USHER__MROLE_TALK;
		same &= alike(mate->codec, codec);
	}
	return count > 1 && !(count == 2 && talkers == 2 && same);
}

/* Ears for those who have none: two who were relayed needed none. */
static int mates_hear(struct usher__mroom *room, struct usher__mleg *leg)
{
	struct usher__mleg *mate;

	LIST_FOREACH (mate, &room->owned, place.mate) {
		struct usher__mcmd *cmd;
		int rc;

		if (mate == leg || mate->place.has_ear)
			continue;
		cmd = join_cmd(mate, USHER__MC_EAR, NULL, true);
		if (!cmd)
			return USHER_ENOMEM;
		rc = usher__media_post(mate, cmd);
		if (rc)
			return rc;
		mate->place.has_ear = true;
	}
	return 0;
}

int usher__mplace_recode(struct usher__mleg *leg, uint8_t codec)
{
	struct usher__mroom *room = leg->place.room;

	/* What it has already, or will have before it is heard. */
	if (!room || leg->codec == codec ||
	    !will_mix(room, leg, leg->place.role, codec))
		return 0;
	return mates_hear(room, NULL);
}

static void take_place(struct usher__media *m, struct usher__mleg *leg,
		       struct usher__mroom *room,
		       const struct usher__mroom_opts *opts, bool ear)
{
	if (leg->place.room != room) {
		usher__mplace_leave(m, leg);
		leg->place.room = room;
		LIST_INSERT_HEAD(&room->owned, leg, place.mate);
		room->owned_count++;
	}
	leg->place.role = opts->role;
	leg->place.whisper_to = opts->whisper_to;
	leg->place.has_ear |= ear;
}

static int join(struct usher__media *m, struct usher__mleg *leg,
		struct usher__mroom *room,
		const struct usher__mroom_opts *opts)
{
	bool mixes = will_mix(room, leg, opts->role, leg->codec);
	bool ear = mixes && !(leg->place.room == room && leg->place.has_ear);
	bool moves = room->owned_count && leg->worker != room->worker;
	struct usher__mcmd *cmd;
	int rc;

	cmd = join_cmd(leg, USHER__MC_ROOM, room, ear);
	if (!cmd)
		return USHER_ENOMEM;
	cmd->u.join->role = opts->role;
	cmd->u.join->whisper_to = opts->whisper_to;
	rc = mixes ? mates_hear(room, leg) : 0;
	if (rc) {
		usher__mcmd_free(cmd);
		return rc;
	}
	if (!room->owned_count)
		room->worker = leg->worker;
	if (moves) {
		/* Out of the room that it had, on the thread that it had. */
		usher__mleg_move(leg, room->worker);
		usher__mplace_leave(m, leg);
	}
	rc = usher__media_post(leg, cmd);
	if (!rc)
		take_place(m, leg, room, opts, ear);
	return rc;
}

static int opts_check(struct usher__media *m, const struct usher__mleg *leg,
		      const struct usher__mroom_opts *opts,
		      const struct usher__mroom *room)
{
	const struct usher__mleg *to;

	if (opts->role < USHER__MROLE_TALK ||
	    opts->role > USHER__MROLE_WHISPER)
		return USHER_EINVAL;
	if (room && leg->place.room != room &&
	    room->owned_count >= USHER__MROOM_LEGS_MAX)
		return USHER_EFULL;
	if (opts->role != USHER__MROLE_WHISPER)
		return 0;
	to = usher__media_leg(m, opts->whisper_to);
	if (to == leg)
		return USHER_EINVAL;
	return to && room && to->place.room == room ? 0 : USHER_ENOENT;
}

static int enter(struct usher__media *m, struct usher__mleg *leg,
		 const struct usher__mroom_key *key,
		 const struct usher__mroom_opts *opts)
{
	struct usher__mroom *room = find(m, key);
	int rc;

	rc = opts_check(m, leg, opts, room);
	if (rc)
		return rc;
	if (!room)
		room = room_add(m, key);
	if (!room)
		return USHER_ENOMEM;
	rc = join(m, leg, room, opts);
	if (rc)
		room_drop_empty(m, room);
	return rc;
}

int usher__media_room(struct usher__media *m, uint64_t id,
		      const struct usher__mroom_opts *opts)
{
	struct usher__mleg *leg = usher__media_leg(m, id);
	struct usher__mroom_key key = {opts->space, opts->room};

	if (!leg)
		return USHER_ENOENT;
	if (opts->space == USHER__MROOM_BRIDGES)
		return USHER_EINVAL;
	if (!opts->room)
		return leave(m, leg);
	return enter(m, leg, &key, opts);
}

/* --- bridges: rooms of two -------------------------------------------- */

static bool bridged(const struct usher__mleg *leg)
{
	return leg->place.room &&
	       leg->place.room->key.space == USHER__MROOM_BRIDGES;
}

/* Both leave, as who is alone in a bridge is in none. */
static int unbridge(struct usher__media *m, struct usher__mleg *leg)
{
	struct usher__mleg *mate, *next;
	int rc = 0;

	if (!bridged(leg))
		return 0;
	for (mate = LIST_FIRST(&leg->place.room->owned); mate && !rc;
	     mate = next) {
		next = LIST_NEXT(mate, place.mate);
		if (mate != leg)
			rc = leave(m, mate);
	}
	return rc ? rc : leave(m, leg);
}

int usher__media_unbridge(struct usher__media *m, uint64_t id)
{
	struct usher__mleg *leg = usher__media_leg(m, id);

	return leg ? unbridge(m, leg) : USHER_ENOENT;
}

int usher__media_bridge(struct usher__media *m, uint64_t a, uint64_t b)
{
	const struct usher__mroom_opts opts = {.role = USHER__MROLE_TALK};
	struct usher__mroom_key key = {USHER__MROOM_BRIDGES, 0};
	struct usher__mleg *leg = usher__media_leg(m, a);
	struct usher__mleg *other = usher__media_leg(m, b);
	int rc;

	if (!leg || !other)
		return USHER_ENOENT;
	if (leg == other || leg->kind != other->kind)
		return USHER_EINVAL;
	if (bridged(leg) && leg->place.room == other->place.room)
		return 0;
	rc = unbridge(m, leg);
	if (!rc)
		rc = unbridge(m, other);
	key.room = ++m->next_bridge;
	if (!rc)
		rc = enter(m, leg, &key, &opts);
	if (!rc)
		rc = enter(m, other, &key, &opts);
	if (rc)
		(void)unbridge(m, leg);
	return rc;
}

int usher__mleg_mute(struct usher__media *m, uint64_t id, bool on)
{
	struct usher__mleg *leg = usher__media_leg(m, id);
	struct usher__mcmd *cmd;

	if (!leg)
		return USHER_ENOENT;
	cmd = usher__media_cmd(leg, USHER__MC_MUTE);
	if (!cmd)
		return USHER_ENOMEM;
	cmd->channel = on;
	return usher__media_post(leg, cmd);
}
