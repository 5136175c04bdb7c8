/* A room on its media thread. Who is in it says what it does:
 *
 *           two who talk            a third, or one who only
 *            and no one else         listens or whispers
 *   IDLE ─────────────────▶ RELAY ─────────────────────▶ MIX
 *    ▲                       │  ▲                         │
 *    │        fewer than two │  │   two who talk are left │
 *    └───────────────────────┘  └─────────────────────────┤
 *    ▲                                     fewer than two │
 *    └────────────────────────────────────────────────────┘
 *    └──────── two of whom one only listens, ───────────▶ MIX
 *              or who have no clock in common
 *
 * arrange() makes every move. From RELAY to MIX a listener hears the mix only
 * when it has something new of the one that was relayed to it, so that what
 * was heard is not repeated and nothing is left out; from MIX to RELAY it is
 * given what waits in the buffers. Its stream has one SSRC and goes on by the
 * frame all the while.
 *
 * Two who are mixed, as they have no clock in common, and go to another room
 * in one turn take along what waits in their buffers; who comes to them there
 * does not hear that.
 */
#include <string.h>

#include "media/packets.h"
#include "media/samples.h"
#include "media/mvideo.h"
#include "media/mworker.h"

struct usher__mroom *usher__mroom_new(void)
{
	struct usher__mroom *room = calloc(1, sizeof(*room));

	if (!room)
		return NULL;
	atomic_init(&room->refs, 1);
	LIST_INIT(&room->owned);
	LIST_INIT(&room->legs);
	return room;
}

struct usher__mroom *usher__mroom_ref(struct usher__mroom *room)
{
	if (room)
		atomic_fetch_add(&room->refs, 1);
	return room;
}

void usher__mroom_unref(struct usher__mroom *room)
{
	if (room && atomic_fetch_sub(&room->refs, 1) == 1)
		free(room);
}

int usher__mear_new(struct usher__mear **ret)
{
	struct usher__mear *ear = calloc(1, sizeof(*ear));
	int rc;

	if (!ear)
		return USHER_ENOMEM;
	rc = usher__jitter_new(&ear->jitter);
	if (rc) {
		free(ear);
		return rc;
	}
	*ret = ear;
	return 0;
}

void usher__mear_free(struct usher__mear *ear)
{
	if (!ear)
		return;
	usher__jitter_free(ear->jitter);
	free(ear);
}

/* --- moves ------------------------------------------------------------ */

static enum usher__mmode mode_of(const struct usher__mroom *room)
{
	const struct usher__mleg *leg, *first = LIST_FIRST(&room->legs);
	bool alike = true;
	uint32_t talkers = 0;

	if (room->count < 2)
		return USHER__MM_IDLE;
	LIST_FOREACH (leg, &room->legs, seat.mate) {
		talkers += leg->seat.role == USHER__MROLE_TALK;
		alike &= usher__mlegs_alike(leg, first);
	}
	return room->count == 2 && talkers == 2 && alike ? USHER__MM_RELAY
							 : USHER__MM_MIX;
}

static void mixed_begin(struct usher__mleg *leg)
{
	struct usher__mseat *seat = &leg->seat;

	seat->from = NULL;
	seat->wait = 0;
	seat->deaf = 0;
	if (!seat->ear)
		return;
	seat->ear->filled = 0;
	seat->ear->was_muted = leg->muted;
	seat->ear->left_out = false;
	usher__jitter_reset(seat->ear->jitter);
	/* What it heard last is not what comes before. */
	if (leg->params.codec == USHER__OPUS)
		usher__opus_dec_reset(leg->opus->dec);
}

/* What was relayed to its partner must not come again. */
static void mixed_after_relay(struct usher__mleg *leg,
			      struct usher__mleg *partner)
{
	const struct usher__mtx *tx = &partner->tx;
	struct usher__mseat *seat = &leg->seat;

	mixed_begin(leg);
	seat->untaped = 0;
	if (leg->tx.feed == partner->id) {
		seat->from = partner;
		seat->wait = USHER__MJITTER_WAIT;
	}
	if (tx->feed == leg->id)
		usher__mleg_prime(leg, partner);
	if (seat->ear && tx->feed == leg->id)
		usher__jitter_reset_after(
			seat->ear->jitter, tx->feed_ssrc,
			usher__timeline_in(
				&leg->rx.timeline, usher__mleg_clock(leg),
				tx->ts + tx->frame - tx->ts_offset));
}

static void relay_end(struct usher__mroom *room)
{
	struct usher__mleg *leg;

	LIST_FOREACH (leg, &room->legs, seat.mate)
		usher__mleg_unbridge(leg);
}

/* Were they mixed with each other until now, in another room? */
static bool together(const struct usher__mworker *w,
		     const struct usher__mroom *room)
{
	const struct usher__mleg *leg, *first = LIST_FIRST(&room->legs);

	LIST_FOREACH (leg, &room->legs, seat.mate) {
		const struct usher__mseat *seat = &leg->seat;

		if (!seat->ear || seat->kept_us != w->now_us ||
		    seat->kept.space != first->seat.kept.space ||
		    seat->kept.room != first->seat.kept.room)
			return false;
	}
	return true;
}

static void mix_begin(struct usher__mworker *w, struct usher__mroom *room)
{
	bool goes_on = together(w, room);
	struct usher__mleg *leg, *partner;

	LIST_FOREACH (leg, &room->legs, seat.mate) {
		partner = leg->seat.from;
		usher__mleg_samples_flush(w, leg);
		if (partner)
			mixed_after_relay(leg, partner);
		else if (!goes_on)
			mixed_begin(leg);
	}
	room->part = goes_on ? LIST_FIRST(&room->legs)->seat.kept_part
			     : w->next_part++ % USHER__MTICK_PARTS;
	LIST_INSERT_HEAD(&w->rooms, room, link);
	usher__mworker_clock(w);
}

static void mix_end(struct usher__mworker *w, struct usher__mroom *room)
{
	struct usher__mleg *leg;

	LIST_FOREACH (leg, &room->legs, seat.mate) {
		leg->seat.from = NULL;
		leg->seat.mixed_us = w->now_us;
	}
	LIST_REMOVE(room, link);
	usher__mworker_clock(w);
}

static void relay_begin(struct usher__mworker *w, struct usher__mroom *room)
{
	struct usher__mleg *a = LIST_FIRST(&room->legs);
	struct usher__mleg *b = LIST_NEXT(a, seat.mate);

	if (room->mode == USHER__MM_MIX) {
		usher__mroom_hand_over(w, a, b);
		usher__mroom_hand_over(w, b, a);
	}
	a->peer = b;
	b->peer = a;
	if (a->video) {
		usher__mvideo_fresh(a);
		usher__mvideo_fresh(b);
	}
}

/* The only place where the mode changes. */
static void arrange(struct usher__mworker *w, struct usher__mroom *room)
{
	enum usher__mmode mode = mode_of(room);
	struct usher__mleg *leg;

	if (mode == room->mode)
		return;
	if (mode == USHER__MM_RELAY)
		relay_begin(w, room);
	if (room->mode == USHER__MM_RELAY) {
		LIST_FOREACH (leg, &room->legs, seat.mate)
			leg->seat.from = leg->peer;
		relay_end(room);
	}
	if (mode == USHER__MM_MIX)
		mix_begin(w, room);
	if (room->mode == USHER__MM_MIX)
		mix_end(w, room);
	room->mode = mode;
}

void usher__mroom_recoded(struct usher__mworker *w, struct usher__mleg *leg)
{
	struct usher__mroom *room = leg->seat.room;

	/* What was said by the other clock has no place on this one's. */
	if (room->mode == USHER__MM_MIX)
		mixed_begin(leg);
	arrange(w, room);
}

/* --- who comes and goes ----------------------------------------------- */

/* Nobody waits for, or whispers to, one who left. */
static void forget(struct usher__mroom *room, const struct usher__mleg *gone)
{
	struct usher__mleg *leg;

	LIST_FOREACH (leg, &room->legs, seat.mate) {
		struct usher__mseat *seat = &leg->seat;

		if (seat->from == gone)
			seat->from = NULL;
		if (seat->role == USHER__MROLE_WHISPER &&
		    seat->whisper_to == gone->id)
			seat->role = USHER__MROLE_LISTEN;
	}
}

void usher__mleg_leave(struct usher__mworker *w, struct usher__mleg *leg)
{
	struct usher__mseat *seat = &leg->seat;
	struct usher__mroom *room = seat->room;

	if (room) {
		if (room->mode == USHER__MM_RELAY)
			usher__mleg_unbridge(leg);
		LIST_REMOVE(leg, seat.mate);
		room->count--;
		forget(room, leg);
		arrange(w, room);
		usher__mroom_unref(room);
	}
	usher__mear_free(seat->ear);
	*seat = (struct usher__mseat){0};
}

/* As leave does, but for its ear and its part if it was mixed until now. */
static void leave_for(struct usher__mworker *w, struct usher__mleg *leg,
		      const struct usher__mroom *next)
{
	struct usher__mseat *seat = &leg->seat;
	struct usher__mseat before = *seat;
	bool keeps = next && before.room && before.ear &&
		     (before.room->mode == USHER__MM_MIX ||
		      before.mixed_us == w->now_us);

	if (keeps) {
		before.kept = before.room->key;
		before.kept_part = before.room->part;
		seat->ear = NULL;
	}
	usher__mleg_leave(w, leg);
	if (!keeps)
		return;
	*seat = (struct usher__mseat){
		.role = before.role,
		.whisper_to = before.whisper_to,
		.ear = before.ear,
		.deaf = before.deaf,
		.untaped = before.untaped,
		.kept_us = w->now_us,
		.kept = before.kept,
		.kept_part = before.kept_part,
	};
}

/* What the others have said before it came is not for it. */
static void be_deaf(struct usher__mroom *room, struct usher__mleg *leg)
{
	struct usher__mleg *mate;
	size_t most = 0;

	LIST_FOREACH (mate, &room->legs, seat.mate) {
		size_t rest =
			mate != leg && mate->seat.ear
				? usher__jitter_waits(mate->seat.ear->jitter)
				: 0;

		most = rest > most ? rest : most;
	}
	most = (most + USHER__MROOM_FRAME - 1) / USHER__MROOM_FRAME;
	leg->seat.deaf = most < UINT8_MAX ? (uint8_t)most : UINT8_MAX;
}

void usher__mroom_leave_out(struct usher__mleg *leg)
{
	if (!usher__mroom_wants(leg))
		return;
	usher__jitter_mark(leg->seat.ear->jitter, USHER__MARK_MUTE);
	leg->seat.ear->left_out = true;
}

void usher__mroom_untape(struct usher__mworker *w, struct usher__mleg *leg)
{
	struct usher__mseat *seat = &leg->seat;
	struct usher__mleg *mate;

	if (!seat->room)
		return;
	LIST_FOREACH (mate, &seat->room->legs, seat.mate) {
		usher__mleg_catch_up(w, mate);
		if (mate->seat.ear)
			usher__jitter_mark(mate->seat.ear->jitter,
					   USHER__MARK_TAPE);
	}
	if (seat->room->mode != USHER__MM_MIX || !seat->ear)
		return;
	memset(seat->ear->plain, 0, sizeof(seat->ear->plain));
	seat->untaped = USHER__MROOM_MADE_UP;
}

/* What it said in another part is not for those who hear it in this one. */
static void take_part(struct usher__mseat *seat,
		      const struct usher__mjoin *join)
{
	if (seat->ear &&
	    (seat->role != join->role || seat->whisper_to != join->whisper_to))
		usher__jitter_reset(seat->ear->jitter);
	seat->role = join->role;
	seat->whisper_to = join->whisper_to;
}

void usher__mleg_join(struct usher__mworker *w, struct usher__mleg *leg,
		      struct usher__mjoin *join)
{
	struct usher__mseat *seat = &leg->seat;
	struct usher__mroom *room = join->room;
	bool enters = seat->room != room;

	if (enters)
		leave_for(w, leg, room);
	if (!room)
		return;
	if (join->ear && !seat->ear) {
		seat->ear = join->ear;
		join->ear = NULL;
	}
	take_part(seat, join);
	if (enters) {
		usher__mleg_unbridge(leg);
		seat->room = usher__mroom_ref(room);
		LIST_INSERT_HEAD(&room->legs, leg, seat.mate);
		room->count++;
		if (room->mode == USHER__MM_MIX) {
			mixed_begin(leg);
			be_deaf(room, leg);
		}
	}
	arrange(w, room);
}

void usher__mleg_ear(struct usher__mleg *leg, struct usher__mjoin *join)
{
	if (!leg->seat.room || leg->seat.ear)
		return;
	leg->seat.ear = join->ear;
	join->ear = NULL;
}

void usher__mjoin_free(struct usher__mjoin *join)
{
	if (!join)
		return;
	usher__mroom_unref(join->room);
	usher__mear_free(join->ear);
	free(join);
}

void usher__mleg_unbridge(struct usher__mleg *leg)
{
	if (!leg->peer)
		return;
	leg->peer->peer = NULL;
	leg->peer = NULL;
}
