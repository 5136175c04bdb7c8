/* speexdsp's buffer holds pointers to our slots and gives each back once: by a
 * get, or by released() when it drops one. It does neither for a packet that
 * it finds hopelessly late, and it warns on stderr when a turn ends with less
 * than was asked for; so lateness is judged here first, of each part of a
 * packet that is cut, and a turn always takes all that it asked for.
 */
#include "media/jitter.h"

#include <stdlib.h>
#include <string.h>
#include <speex/speex_jitter.h>

/* Of one late packet in a hundred, in samples of delay: one in a thousand is
 * worth a frame. Left to itself speexdsp puts up with one in thirty. */
#define LATE_COST 1600
/* Later than this does not count, so that one straggler does not delay what
 * follows; many that are raise the delay bit by bit. */
#define TELL_MAX 480

static void released(void *data)
{
	((struct usher__jitter_slot *)data)->used = false;
}

int usher__jitter_new(struct usher__jitter **ret)
{
	struct usher__jitter *j = calloc(1, sizeof(*j));
	void (*drop)(void *) = released;
	spx_int32_t one = 1, cost = LATE_COST;

	if (!j)
		return USHER_ENOMEM;
	j->speex = jitter_buffer_init(USHER__MJITTER_PIECE);
	if (!j->speex) {
		free(j);
		return USHER_ENOMEM;
	}
	/* Gaps are filled to the sample. */
	jitter_buffer_ctl(j->speex, JITTER_BUFFER_SET_CONCEALMENT_SIZE, &one);
	jitter_buffer_ctl(j->speex, JITTER_BUFFER_SET_LATE_COST, &cost);
	jitter_buffer_ctl(j->speex, JITTER_BUFFER_SET_DESTROY_CALLBACK,
			  (void *)drop);
	usher__plc_init(&j->plc, true);
	*ret = j;
	return 0;
}

void usher__jitter_free(struct usher__jitter *j)
{
	if (!j)
		return;
	jitter_buffer_destroy(j->speex);
	free(j);
}

/* Where it is is found anew with the next packet. A reset forgets everything
 * but that speexdsp meant to make something up, so that is fetched first. */
static void resync(struct usher__jitter *j)
{
	JitterBufferPacket packet = {0};
	spx_int32_t offset;

	if (j->synced && jitter_buffer_get(j->speex, &packet, 1, &offset) ==
				 JITTER_BUFFER_OK)
		released(packet.data);
	jitter_buffer_reset(j->speex);
	/* It holds none now, whatever it gave back. */
	for (size_t i = 0; i < USHER__MJITTER_SLOTS; i++)
		j->slots[i].used = false;
	j->synced = false;
	j->floored = false;
	j->joint = true;
	j->late = 0;
	j->missed = 0;
	j->pending = 0;
	j->owed = 0;
	j->hold = 0;
	j->left_n = 0;
	memset(j->marked, 0, sizeof(j->marked));
}

void usher__jitter_reset(struct usher__jitter *j)
{
	resync(j);
	j->known = false;
	usher__plc_init(&j->plc, true);
}

void usher__jitter_reset_after(struct usher__jitter *j, uint32_t ssrc,
			       uint32_t floor)
{
	resync(j);
	j->known = true;
	j->ssrc = ssrc;
	j->floored = true;
	j->floor = floor;
	j->end = floor;
	j->joint = false;
	usher__plc_init(&j->plc, false);
}

static uint32_t pointer(const struct usher__jitter *j)
{
	return (uint32_t)jitter_buffer_get_pointer_timestamp(j->speex);
}

/* --- in --------------------------------------------------------------- */

static struct usher__jitter_slot *slot_take(struct usher__jitter *j)
{
	for (size_t i = 0; i < USHER__MJITTER_SLOTS; i++) {
		if (!j->slots[i].used)
			return &j->slots[i];
	}
	return NULL;
}

static void give(struct usher__jitter *j, struct usher__jitter_slot *slot,
		 uint32_t ts, size_t n)
{
	const JitterBufferPacket packet = {
		.data = (char *)slot,
		.len = (spx_uint32_t)n,
		.timestamp = ts,
		.span = (spx_uint32_t)n,
	};

	slot->used = true;
	jitter_buffer_put(j->speex, &packet);
}

/* What is late is of no use, but tells that the delay is too short. */
static void tell_late(struct usher__jitter *j, uint32_t ts, size_t n)
{
	if ((int32_t)(ts + (uint32_t)n - pointer(j)) > -TELL_MAX)
		give(j, &j->trash, ts, n);
}

static bool too_late(struct usher__jitter *j, const struct usher__mpiece *in)
{
	int32_t from, end;

	if (!j->synced) {
		if (!j->floored || (int32_t)(in->ts - j->floor) >= 0)
			return false;
		if (++j->late < USHER__MJITTER_LATE)
			return true;
		resync(j);
		return false;
	}
	from = (int32_t)(in->ts - pointer(j));
	end = from + (int32_t)in->n;
	if (end > 0 && from < USHER__MJITTER_MAX) {
		j->late = 0;
		return false;
	}
	/* Once is a straggler, time and again a new timeline. */
	if (from >= USHER__MJITTER_MAX || ++j->late >= USHER__MJITTER_LATE) {
		resync(j);
		j->resyncs++;
		return false;
	}
	tell_late(j, in->ts, in->n);
	return true;
}

/* A piece that came late in part has parts that are wholly so. */
static bool part_late(const struct usher__jitter *j, uint32_t ts, size_t n)
{
	return j->synced && (int32_t)(ts + (uint32_t)n - pointer(j)) <= 0;
}

static void cut(struct usher__jitter *j, const struct usher__mpiece *in)
{
	size_t n;

	for (size_t at = 0; at < in->n; at += n) {
		uint32_t ts = in->ts + (uint32_t)at;
		struct usher__jitter_slot *slot;

		n = in->n - at;
		if (n > USHER__MJITTER_PIECE)
			n = USHER__MJITTER_PIECE;
		if (part_late(j, ts, n)) {
			tell_late(j, ts, n);
			continue;
		}
		slot = slot_take(j);
		if (!slot) {
			resync(j);
			j->resyncs++;
			slot = &j->slots[0]; /* all are free now */
		}
		memcpy(slot->pcm, in->pcm + at, n * sizeof(*in->pcm));
		give(j, slot, ts, n);
	}
}

/* What is made up and was due already says nothing about the line. */
static struct usher__mpiece timely(const struct usher__jitter *j,
				   const struct usher__mpiece *in)
{
	struct usher__mpiece piece = *in;
	int32_t late = j->synced ? (int32_t)(pointer(j) - in->ts) : 0;

	if (late <= 0 || (size_t)late > USHER__MJITTER_MAX)
		return piece;
	if ((size_t)late > in->made)
		late = (int32_t)in->made;
	piece.ts += (uint32_t)late;
	piece.pcm += late;
	piece.n -= (size_t)late;
	return piece;
}

static void put(struct usher__jitter *j, const struct usher__mpiece *in,
		uint32_t jitter)
{
	bool begins;
	uint32_t end = in->ts + (uint32_t)in->n;

	if (!in->n)
		return;
	if (!j->known || j->ssrc != in->ssrc) {
		resync(j);
		j->known = true;
		j->ssrc = in->ssrc;
	}
	/* speexdsp would do so itself, unseen, a little later. */
	if (j->synced && j->missed >= USHER__MJITTER_MISS)
		resync(j);
	if (too_late(j, in)) {
		j->late_packets++;
		return;
	}
	begins = !j->synced && !usher__jitter_rest(j);
	cut(j, in);
	if (begins) {
		j->end = end;
		j->hold = 2 * jitter / USHER__MJITTER_PIECE;
		if (j->hold > USHER__MJITTER_HOLD)
			j->hold = USHER__MJITTER_HOLD;
	} else if ((int32_t)(end - j->end) > 0) {
		j->end = end;
	}
}

void usher__jitter_put(struct usher__jitter *j, const struct usher__mpiece *in,
		       uint32_t jitter)
{
	struct usher__mpiece piece = *in;

	if (j->known && j->ssrc == in->ssrc)
		piece = timely(j, in);
	put(j, &piece, jitter);
}

/* What is still ahead speexdsp would give us in the place of what was made up
 * for it, or of the packet itself. */
void usher__jitter_late(struct usher__jitter *j, uint32_t ts, size_t n)
{
	j->late_packets++;
	if (part_late(j, ts, n))
		tell_late(j, ts, n);
}

void usher__jitter_noise(struct usher__jitter *j, uint8_t level)
{
	usher__plc_noise(&j->plc, level);
}

/* --- out -------------------------------------------------------------- */

struct out {
	int16_t *pcm;
	size_t n;
	size_t filled;
};

static void put_out(struct usher__jitter *j, struct out *out,
		    const int16_t *pcm, size_t n)
{
	size_t room = out->n - out->filled;
	size_t now = n < room ? n : room;

	memcpy(out->pcm + out->filled, pcm, now * sizeof(*pcm));
	out->filled += now;
	if (now == n)
		return;
	j->left_at = 0;
	j->left_n = (uint32_t)(n - now);
	memcpy(j->left, pcm + now, (n - now) * sizeof(*pcm));
}

static void conceal(struct usher__jitter *j, struct out *out, size_t n)
{
	size_t room = out->n - out->filled;

	if (n > room)
		n = room;
	usher__plc_lost(&j->plc, out->pcm + out->filled, n);
	out->filled += n;
	j->concealed += n;
}

/* What the turn before left over. */
static void take_left(struct usher__jitter *j, struct out *out)
{
	size_t before = out->filled;
	uint32_t n = j->left_n;

	if (n) {
		if (n > out->n)
			n = (uint32_t)out->n;
		memcpy(out->pcm, j->left + j->left_at, n * sizeof(*j->left));
		out->filled = n;
		j->left_at += n;
		j->left_n -= n;
	}
	conceal(j, out, j->pending);
	j->pending -= (uint32_t)(out->filled - before - n);
}

/* A piece that came, offset samples from where we are. */
static void take_piece(struct usher__jitter *j, struct out *out,
		       const JitterBufferPacket *packet, spx_int32_t offset)
{
	struct usher__jitter_slot *slot =
		(struct usher__jitter_slot *)(void *)packet->data;
	size_t skip = offset < 0 ? (size_t)-offset : 0;

	slot->used = false;
	if (slot == &j->trash || skip >= packet->len)
		return;
	if (offset > 0)
		conceal(j, out, (size_t)offset);
	usher__plc_good(&j->plc, slot->pcm + skip, packet->len - skip,
			j->joint);
	j->joint = false;
	j->missed = 0;
	put_out(j, out, slot->pcm + skip, packet->len - skip);
}

static void turn(struct usher__jitter *j, struct out *out)
{
	/* Each round gives a sample at least, else the rest is made up. */
	for (size_t i = 0; i < out->n && out->filled < out->n; i++) {
		JitterBufferPacket packet = {0};
		spx_int32_t want = (spx_int32_t)(out->n - out->filled);
		spx_int32_t offset = 0;

		switch (jitter_buffer_get(j->speex, &packet, want, &offset)) {
		case JITTER_BUFFER_OK:
			take_piece(j, out, &packet, offset);
			break;
		case JITTER_BUFFER_INSERTION:
			j->missed++;
			j->owed = 0;
			j->pending = packet.span;
			take_left(j, out);
			break;
		default:
			j->missed++;
			conceal(j, out, packet.span);
			break;
		}
	}
	conceal(j, out, out->n);
}

/* Nothing is there to go on from. Who heard it another way just waits a
 * little, and what comes is then not faded in. */
static void wait_for(struct usher__jitter *j, struct out *out)
{
	if (j->floored && j->missed++ < USHER__MJITTER_WAIT)
		memset(out->pcm, 0, out->n * sizeof(*out->pcm));
	else
		conceal(j, out, out->n);
}

bool usher__jitter_ready(const struct usher__jitter *j)
{
	return usher__jitter_rest(j) && !j->hold;
}

void usher__jitter_pull(struct usher__jitter *j, int16_t *pcm, size_t n)
{
	struct out out = {.pcm = pcm, .n = n};
	uint32_t before;

	if (!j->synced) {
		if (!usher__jitter_ready(j)) {
			j->hold -= j->hold > 0;
			wait_for(j, &out);
			return;
		}
		j->synced = true;
		j->floored = false;
	} else {
		take_left(j, &out);
	}
	if (out.filled == n)
		return;
	turn(j, &out);
	before = pointer(j);
	jitter_buffer_tick(j->speex);
	/* What it means to make up next it takes from its pointer, and what
	 * it leaves out it adds. */
	if ((int32_t)(before - pointer(j)) > 0)
		j->owed = before - pointer(j);
	else
		j->joint |= before != pointer(j);
}

uint32_t usher__jitter_ts(const struct usher__jitter *j)
{
	return pointer(j) + j->owed - j->left_n;
}

static size_t pieces(const struct usher__jitter *j)
{
	size_t count = 0;

	for (size_t i = 0; i < USHER__MJITTER_SLOTS; i++)
		count += j->slots[i].used;
	return count;
}

size_t usher__jitter_rest(const struct usher__jitter *j)
{
	int32_t n;

	if (!j->synced)
		return pieces(j) > 0;
	n = (int32_t)(j->end - usher__jitter_ts(j));
	return n > 0 ? (size_t)n : 0;
}

size_t usher__jitter_waits(const struct usher__jitter *j)
{
	size_t n = pieces(j);

	if (!j->synced)
		return n ? (n + j->hold) * USHER__MJITTER_PIECE : 0;
	/* Far ahead by its timestamp is not more sound. */
	n = usher__jitter_rest(j);
	return n < USHER__MJITTER_WAITS ? n : USHER__MJITTER_WAITS;
}

void usher__jitter_mark(struct usher__jitter *j, enum usher__jitter_mark which)
{
	j->marked[which] = usher__jitter_rest(j) > 0;
	j->marks[which] = j->end;
}

/* By its timestamp: how many pulls that takes is speexdsp's to say. */
bool usher__jitter_marked(const struct usher__jitter *j,
			  enum usher__jitter_mark which)
{
	return j->marked[which] &&
	       (!j->synced ||
		(int32_t)(usher__jitter_ts(j) - j->marks[which]) < 0);
}
