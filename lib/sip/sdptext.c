/* Text in session descriptions: T.140 (RFC 4103), best repeated in text/red:
 *
 *   m=text 11000 RTP/AVP 99 98
 *   a=rtpmap:98 t140/1000
 *   a=fmtp:98 cps=20
 *   a=rtpmap:99 red/1000
 *   a=fmtp:99 98/98/98
 */
#include <sip/sdp.h>
#include <sip/sdpread.h>

enum { PT_DYNAMIC = 96, PT_MAX = 127 };

/* --- reading ------------------------------------------------------------ */

static void use(uint8_t *used, uint8_t pt)
{
	used[pt / 8] |= (uint8_t)(1u << (pt % 8));
}

static bool is_used(const uint8_t *used, uint8_t pt)
{
	return used[pt / 8] & (1u << (pt % 8));
}

/* "98/98/98": how often it is said again; 0 if it is not that. */
static unsigned repeats_of(struct sdp_span list, uint8_t pt)
{
	unsigned n = 0;

	while (list.len) {
		struct sdp_span word = usher__sdp_cut(&list, "/ ");

		if (usher__sdp_number(&word, 127) != pt)
			return 0;
		n++;
	}
	return n ? n - 1 : 0;
}

static uint16_t cps_of(struct sdp_span fmtp)
{
	struct sdp_span name = usher__sdp_cut(&fmtp, "="),
			value = usher__sdp_cut(&fmtp, "=; ");
	long n = usher__sdp_number(&value, UINT16_MAX);

	return usher__sdp_equals(&name, "cps") && n > 0 ? (uint16_t)n : 0;
}

void usher__sdp_settle_text(struct usher__sdp_text *text,
			    const struct sdp_format *formats, unsigned count)
{
	const struct sdp_format *f;
	unsigned i, repeats;

	for (i = 0; i < count; i++)
		use(text->used, formats[i].pt);
	for (i = 0; i < count; i++) {
		f = &formats[i];
		if (text->t140_pt == USHER__NO_PT &&
		    usher__sdp_is_name(f->map, "t140", 1000)) {
			text->t140_pt = f->pt;
			text->cps = cps_of(f->fmtp);
		}
	}
	for (i = 0; i < count; i++) {
		f = &formats[i];
		repeats = repeats_of(f->fmtp, text->t140_pt);
		if (text->red_pt == USHER__NO_PT && repeats &&
		    usher__sdp_is_name(f->map, "red", 1000)) {
			text->red_pt = f->pt;
			text->repeats =
				(uint8_t)(repeats > USHER__NO_PT ? USHER__NO_PT
								 : repeats);
		}
	}
}

/* --- what follows ------------------------------------------------------- */

bool usher__sdp_text_usable(const struct usher__sdp *sdp)
{
	return sdp->more &&
	       usher__sdp_side_usable(sdp, &sdp->more->text.side) &&
	       sdp->more->text.t140_pt != USHER__NO_PT;
}

void usher__sdp_text_params(struct usher__mleg_params *params,
			    const struct usher__sdp_text *peer, uint8_t dir,
			    const struct usher__sdp_text_map *offered)
{
	usher__sdp_side_params(params, &peer->side, dir);
	params->text = (struct usher__mtext_params){
		.t140_tx = peer->t140_pt,
		.red_tx = peer->red_pt,
		.t140_rx = offered ? offered->t140_pt : peer->t140_pt,
		.red_rx = offered ? offered->red_pt : peer->red_pt,
		.repeats = peer->repeats,
		.cps = peer->cps,
	};
}

/* --- writing ------------------------------------------------------------ */

static size_t print(char *to, size_t room,
		    const struct usher__sdp_beside *ours, unsigned t140,
		    unsigned red, bool savp)
{
	struct sdp_writer w = {to, room, 0};

	usher__sdp_put(&w, "m=text %u RTP/%s", ours->port,
		       savp ? "SAVP" : "AVP");
	if (red != USHER__NO_PT)
		usher__sdp_put(&w, " %u", red);
	usher__sdp_put(&w, " %u\r\na=rtpmap:%u t140/1000\r\n", t140, t140);
	if (red != USHER__NO_PT)
		usher__sdp_put(
			&w, "a=rtpmap:%u red/1000\r\na=fmtp:%u %u/%u/%u\r\n",
			red, red, t140, t140, t140);
	usher__sdp_put_common(&w, ours);
	return w.len;
}

size_t usher__sdp_text_offer(char *to, size_t room,
			     const struct usher__sdp_beside *ours,
			     const struct usher__sdp_text_map *map)
{
	return print(to, room, ours, map->t140_pt, map->red_pt, ours->savp);
}

size_t usher__sdp_text_answer(char *to, size_t room,
			      const struct usher__sdp_beside *ours,
			      const struct usher__sdp_text *peer)
{
	return print(to, room, ours, peer->t140_pt, peer->red_pt,
		     peer->side.savp);
}

/* --- numbers --------------------------------------------------------------
 */

void usher__sdp_text_map_init(struct usher__sdp_text_map *map)
{
	memset(map, 0, sizeof(*map));
	map->t140_pt = map->red_pt = USHER__NO_PT;
}

static uint8_t learned(uint8_t ours, uint8_t theirs, const uint8_t *used)
{
	if (theirs != USHER__NO_PT)
		return theirs;
	/* A number that is something else now is ours no more. */
	return ours != USHER__NO_PT && is_used(used, ours) ? USHER__NO_PT
							   : ours;
}

void usher__sdp_text_learn(struct usher__sdp_text_map *map,
			   const struct usher__sdp_text *said, bool offer)
{
	for (unsigned i = 0; i < sizeof(map->used); i++)
		map->used[i] |= said->used[i];
	if (!offer)
		return;
	map->t140_pt = learned(map->t140_pt, said->t140_pt, said->used);
	map->red_pt = learned(map->red_pt, said->red_pt, said->used);
}

/* The one that we would like, else another that never meant anything; where
 * all did, none. */
static void number_one(struct usher__sdp_text_map *map, uint8_t *pt,
		       uint8_t wanted)
{
	unsigned n = PT_MAX + 1 - PT_DYNAMIC;

	if (*pt != USHER__NO_PT)
		return;
	for (; n && is_used(map->used, wanted); n--)
		wanted = wanted < PT_MAX ? wanted + 1 : PT_DYNAMIC;
	if (!n)
		return;
	*pt = wanted;
	use(map->used, wanted);
}

void usher__sdp_text_number(struct usher__sdp_text_map *map)
{
	number_one(map, &map->t140_pt, USHER__SDP_T140_PT);
	number_one(map, &map->red_pt, USHER__SDP_RED_PT);
}
