/* The media ports of a leg: one for sound, and one for each stream beside it.
 * What was measured and typed until the end is kept when they close. */
#include <string.h>

#include <sip/legimpl.h>

/* The parts of descriptions and legs that are about one kind. */
struct usher__leg_side *usher__leg_side_of(struct usher__leg *leg,
					   enum usher__mkind kind)
{
	return kind == USHER__MKIND_TEXT ? &leg->text : &leg->video;
}

int usher__leg_new_port(struct usher__leg *leg, enum usher__mkind kind,
			uint64_t *ret, uint16_t *ret_port)
{
	struct usher__mleg_opts opts = {.kind = kind};
	struct usher__ua *ua = leg->ua;
	const struct sa *local;
	char ip[USHER__SDP_IP_MAX];
	int err;

	/* The engine is at our first address. */
	local = usher__ua_local(ua, strchr(leg->ip, ':') ? AF_INET6 : AF_INET);
	if (local == &ua->second && !sa_ntop(local, ip, sizeof(ip)))
		opts.bind_ip = ip;
	err = usher__mleg_new(ua->media, &opts, ret, ret_port);
	if (err)
		usher__ua_note(ua, USHER__NOTE_PORTS, USHER__LOG_ERROR,
			       "no media port: %s", usher_strerror(err));
	return err;
}

static void keep_quality(struct usher__leg *leg)
{
	struct usher__mleg_stats s;

	if (usher__mleg_stats(leg->ua->media, leg->port, &s))
		return;
	leg->quality = (struct usher__leg_quality){
		.packets = s.rx_packets,
		.lost = s.rx_lost > 0 ? (uint64_t)s.rx_lost : 0,
		.peer_lost = s.peer_lost > 0 ? (uint64_t)s.peer_lost : 0,
		.jitter_us = s.rx_jitter_us,
		.peer_jitter_us = s.peer_jitter_us,
		.rtt_us = s.rtt_us,
		.mos = s.mos100,
		.peer_mos = s.peer_mos100,
		.r_factor = s.r10,
		.peer_r_factor = s.peer_r10,
	};
}

/* What was typed just before the end is told with it. */
static void keep_rest(struct usher__leg *leg)
{
	char text[USHER__MTEXT_IN];
	size_t n = usher__mtext_read(leg->ua->media, leg->text.port, text,
				     sizeof(text));

	if (!n || leg->rest)
		return;
	leg->rest = mem_alloc(n, NULL);
	if (!leg->rest)
		return;
	memcpy(leg->rest, text, n);
	leg->rest_len = n;
}

void usher__leg_side_close(struct usher__leg *leg, enum usher__mkind kind)
{
	struct usher__leg_side *side = usher__leg_side_of(leg, kind);

	hash_unlink(&side->he);
	if (side->port) {
		if (kind == USHER__MKIND_TEXT)
			keep_rest(leg);
		usher__mleg_free(leg->ua->media, side->port);
	}
	side->port = 0;
	side->up = false;
	side->wanted = false;
}

static void close_sides(struct usher__leg *leg)
{
	usher__leg_side_close(leg, USHER__MKIND_TEXT);
	usher__leg_side_close(leg, USHER__MKIND_VIDEO);
}

void usher__leg_close_port(struct usher__leg *leg)
{
	hash_unlink(&leg->he_port);
	if (leg->port) {
		keep_quality(leg);
		usher__mleg_free(leg->ua->media, leg->port);
	}
	leg->port = 0;
	close_sides(leg);
}
