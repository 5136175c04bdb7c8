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

/* Will the room mix, once the leg has its part? */
static bool will_mix(const struct usher__mroom *room,
		     const struct usher__mleg *leg, enum usher__mrole role)
{
	uint32_t count = 1, talkers = role == USHER__MROLE_TALK;
	const struct usher__mleg *mate;

	LIST_FOREACH (mate, &room->owned, place.mate) {
		if (mate == leg)
			continue;
		count++;
		talkers += mate->place.role == USHER__MROLE_TALK;
	}
	return count > 1 && !(count == 2 && talkers == 2);
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
	bool mixes = will_mix(room, leg, opts->role);
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

int usher__media_room(struct usher__media *m, uint64_t id,
		      const struct usher__mroom_opts *opts)
{
	struct usher__mleg *leg = usher__media_leg(m, id);
	struct usher__mroom_key key = {opts->space, opts->room};
	struct usher__mroom *room;
	int rc;

	if (!leg)
		return USHER_ENOENT;
	if (!opts->room)
		return leave(m, leg);
	room = find(m, &key);
	rc = opts_check(m, leg, opts, room);
	if (rc)
		return rc;
	if (!room)
		room = room_add(m, &key);
	if (!room)
		return USHER_ENOMEM;
	rc = join(m, leg, room, opts);
	if (rc)
		room_drop_empty(m, room);
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
