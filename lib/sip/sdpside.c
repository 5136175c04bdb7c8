/* Streams beside sound in session descriptions: how they are read, and text;
 * sdpvideo.c has video.
 *
 * Text is T.140 (RFC 4103), best repeated in text/red:
 *
 *   m=text 11000 RTP/AVP 99 98
 *   a=rtpmap:98 t140/1000
 *   a=fmtp:98 cps=20
 *   a=rtpmap:99 red/1000
 *   a=fmtp:99 98/98/98
 *
 * What is wrong with such a stream refuses the stream, never the call. */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>

#include <usher/error.h>

#include <sip/sdp.h>
#include <sip/sdpread.h>

enum { PT_DYNAMIC = 96, PT_MAX = 127 };

struct parser {
	struct usher__sdp *sdp;
	enum usher__srtp_policy policy;
	char session_ip[USHER__SDP_IP_MAX];
	uint8_t session_dir;
	uint8_t index; /* of the next m= line */
	bool in_media;
	struct usher__sdp_side *side; /* NULL: a stream that is none */
	bool is_video;
	struct format format[USHER__CODECS_FORMATS_MAX];
	unsigned count;
	uint8_t feedback; /* of all of them */
};

/* --- reading ------------------------------------------------------------ */

/* One host's address, or the null address, which once meant hold (RFC 3264,
 * 8.4): neither a group, nor everybody, nor what nobody has. */
static bool can_be_called(int af, const unsigned char *bin)
{
	static const unsigned char null[16];

	if (!memcmp(bin, null, af == AF_INET ? 4 : 16))
		return true;
	if (af == AF_INET)
		return bin[0] && bin[0] < 224;
	return bin[0] != 0xff;
}

int usher__sdp_address(char *ret, const char *text, size_t len)
{
	struct span line = {text, len};
	struct span net = cut(&line, " "), type = cut(&line, " ");
	struct span addr = cut(&line, " /");
	char ip[USHER__SDP_IP_MAX];
	unsigned char bin[16];
	int af;

	if (!equals(&net, "IN") || !copy(ip, sizeof(ip), &addr))
		return USHER_EPROTO;
	af = equals(&type, "IP6") ? AF_INET6 : AF_INET;
	/* A name is allowed, but resolving it would block: not usable, and
	 * no other address may take its place. */
	if (inet_pton(af, ip, bin) != 1 || !can_be_called(af, bin))
		ip[0] = '\0';
	strcpy(ret, ip);
	return 0;
}

static bool is_null(const struct usher__sdp_side *side)
{
	return !strcmp(side->ip, "0.0.0.0") || !strcmp(side->ip, "::");
}

static struct format *format_of(struct parser *parser, const struct span *num)
{
	long pt = number(num, 127);

	for (unsigned i = 0; i < parser->count; i++)
		if (parser->format[i].pt == pt)
			return &parser->format[i];
	return NULL;
}

static void use(uint8_t *used, uint8_t pt)
{
	used[pt / 8] |= (uint8_t)(1u << (pt % 8));
}

static bool is_used(const uint8_t *used, uint8_t pt)
{
	return used[pt / 8] & (1u << (pt % 8));
}

/* "98/98/98": how often it is said again; 0 if it is not that. */
static unsigned repeats_of(struct span list, uint8_t pt)
{
	unsigned n = 0;

	while (list.len) {
		struct span word = cut(&list, "/ ");

		if (number(&word, 127) != pt)
			return 0;
		n++;
	}
	return n ? n - 1 : 0;
}

static uint16_t cps_of(struct span fmtp)
{
	struct span name = cut(&fmtp, "="), value = cut(&fmtp, "=; ");
	long n = number(&value, UINT16_MAX);

	return equals(&name, "cps") && n > 0 ? (uint16_t)n : 0;
}

static void settle_text(struct parser *parser)
{
	struct usher__sdp_text *text = &parser->sdp->more->text;
	const struct format *f;
	unsigned i, repeats;

	for (i = 0; i < parser->count; i++)
		use(text->used, parser->format[i].pt);
	for (i = 0; i < parser->count; i++) {
		f = &parser->format[i];
		if (text->t140_pt == USHER__NO_PT &&
		    is_name(f->map, "t140", 1000)) {
			text->t140_pt = f->pt;
			text->cps = cps_of(f->fmtp);
		}
	}
	for (i = 0; i < parser->count; i++) {
		f = &parser->format[i];
		repeats = repeats_of(f->fmtp, text->t140_pt);
		if (text->red_pt == USHER__NO_PT && repeats &&
		    is_name(f->map, "red", 1000)) {
			text->red_pt = f->pt;
			text->repeats =
				(uint8_t)(repeats > USHER__NO_PT ? USHER__NO_PT
								 : repeats);
		}
	}
}

/* The stream has been read to its end. */
static void settle(struct parser *parser)
{
	if (!parser->side)
		return;
	if (parser->is_video)
		usher__sdp_settle_video(&parser->sdp->more->video,
					parser->format, parser->count,
					parser->feedback);
	else
		settle_text(parser);
	parser->side = NULL;
}

/* Feedback (RTP/AVPF, RFC 4585) is for video. */
static bool profile_allowed(const struct parser *parser,
			    const struct span *proto, bool video)
{
	if (equals(proto, "RTP/SAVP") || (video && equals(proto, "RTP/SAVPF")))
		return parser->policy != USHER__SRTP_NEVER;
	return (equals(proto, "RTP/AVP") ||
		(video && equals(proto, "RTP/AVPF"))) &&
	       parser->policy != USHER__SRTP_REQUIRE;
}

static void parse_media(struct parser *parser, struct span line)
{
	struct span media = cut(&line, " "), port = cut(&line, " ");
	struct span proto = cut(&line, " "), first = cut(&port, "/"), fmt;
	bool video = equals(&media, "video");
	struct usher__sdp_side *side = video ? &parser->sdp->more->video.side
					     : &parser->sdp->more->text.side;
	long pt;

	settle(parser);
	parser->in_media = true;
	parser->count = 0;
	parser->feedback = 0;
	parser->is_video = video;
	if (side->index < USHER__SDP_STREAMS_MAX ||
	    (!video && !equals(&media, "text")) ||
	    !profile_allowed(parser, &proto, video)) {
		parser->index++;
		return;
	}
	side->index = parser->index++;
	side->port = (uint16_t)number(&first, 65535);
	side->savp = starts(&proto, "RTP/SAVP");
	parser->sdp->more->video.avpf |=
		video && proto.p[proto.len - 1] == 'F';
	side->dir = parser->session_dir;
	strcpy(side->ip, parser->session_ip);
	for (fmt = cut(&line, " "); fmt.len; fmt = cut(&line, " ")) {
		pt = number(&fmt, 127);
		if (pt < 0 || parser->count >= USHER__CODECS_FORMATS_MAX)
			break;
		parser->format[parser->count++] =
			(struct format){.pt = (uint8_t)pt};
	}
	parser->side = side;
}

static bool parse_dir(const struct span *line, uint8_t *dir)
{
	for (uint8_t d = 0; d <= USHER__SENDRECV; d++) {
		if (!equals(line, usher__sdp_dir_name(d)))
			continue;
		*dir = d;
		return true;
	}
	return false;
}

static void parse_format(struct parser *parser, const struct span *name,
			 struct span line)
{
	struct span num = cut(&line, " ");
	struct format *format = format_of(parser, &num);

	while (line.len && *line.p == ' ') {
		line.p++;
		line.len--;
	}
	if (equals(name, "rtcp-fb") && equals(&num, "*"))
		parser->feedback |= usher__sdp_feedback(line);
	else if (format && equals(name, "rtpmap"))
		format->map = line;
	else if (format && equals(name, "fmtp"))
		format->fmtp = line;
	else if (format)
		format->feedback |= usher__sdp_feedback(line);
}

static void parse_attribute(struct parser *parser, struct span line)
{
	struct usher__sdp_side *side = parser->side;
	struct span name, num;
	long n;

	if (!parser->in_media)
		(void)parse_dir(&line, &parser->session_dir);
	if (!side || parse_dir(&line, &side->dir))
		return;
	name = cut(&line, ":");
	line.p += line.len ? 1 : 0;
	line.len -= line.len ? 1 : 0;
	if (equals(&name, "rtpmap") || equals(&name, "fmtp") ||
	    equals(&name, "rtcp-fb")) {
		parse_format(parser, &name, line);
	} else if (equals(&name, "crypto")) {
		if (!side->crypto.key.suite &&
		    parser->policy != USHER__SRTP_NEVER)
			(void)usher__sdp_crypto_read(&side->crypto, line.p,
						     line.len);
	} else if (equals(&name, "rtcp")) {
		num = cut(&line, " ");
		n = number(&num, 65535);
		side->rtcp_port = (uint16_t)(n > 0 ? n : 0);
	}
}

static void parse_line(struct parser *parser, char type, struct span value)
{
	struct usher__sdp_side *side = parser->side;

	switch (type) {
	case 'c':
		if (!parser->in_media)
			(void)usher__sdp_address(parser->session_ip, value.p,
						 value.len);
		else if (side)
			(void)usher__sdp_address(side->ip, value.p, value.len);
		break;
	case 'm':
		parse_media(parser, value);
		break;
	case 'a':
		parse_attribute(parser, value);
		break;
	default:
		break;
	}
}

void usher__sdp_sides(struct usher__sdp *sdp, const char *text, size_t len,
		      enum usher__srtp_policy policy)
{
	struct parser parser = {
		.sdp = sdp,
		.policy = policy,
		.session_dir = USHER__SENDRECV,
	};
	size_t pos, n;

	sdp->more->text = (struct usher__sdp_text){
		.side.index = USHER__SDP_STREAMS_MAX,
		.t140_pt = USHER__NO_PT,
		.red_pt = USHER__NO_PT,
	};
	sdp->more->video = (struct usher__sdp_video){
		.side.index = USHER__SDP_STREAMS_MAX,
	};
	for (pos = 0; pos < len; pos += n + 1) {
		const char *end = memchr(text + pos, '\n', len - pos);
		struct span value = {text + pos + 2, 0};

		n = end ? (size_t)(end - (text + pos)) : len - pos;
		value.len = n;
		if (n && text[pos + n - 1] == '\r')
			value.len--;
		if (value.len < 2)
			continue;
		value.len -= 2;
		parse_line(&parser, text[pos], value);
	}
	settle(&parser);
}

/* --- what follows ------------------------------------------------------- */

bool usher__sdp_side_usable(const struct usher__sdp *sdp,
			    const struct usher__sdp_side *side)
{
	bool encrypted = side->crypto.key.suite != USHER__SRTP_NONE;

	return side->index < USHER__SDP_STREAMS_MAX && side->port &&
	       side->ip[0] &&
	       (encrypted || (!side->savp && !sdp->crypto.key.suite));
}

const struct usher__sdp_side *usher__sdp_side_of(const struct usher__sdp *sdp,
						 enum usher__mkind kind)
{
	static const struct usher__sdp_side none = {
		.index = USHER__SDP_STREAMS_MAX,
	};

	if (!sdp->more)
		return &none;
	return kind == USHER__MKIND_TEXT ? &sdp->more->text.side
					 : &sdp->more->video.side;
}

bool usher__sdp_text_usable(const struct usher__sdp *sdp)
{
	return sdp->more &&
	       usher__sdp_side_usable(sdp, &sdp->more->text.side) &&
	       sdp->more->text.t140_pt != USHER__NO_PT;
}

uint8_t usher__sdp_side_dir(const struct usher__sdp_side *side, uint8_t want)
{
	uint8_t dir = 0;

	if ((side->dir & USHER__RECVONLY) && !is_null(side))
		dir |= USHER__SENDONLY;
	if (side->dir & USHER__SENDONLY)
		dir |= USHER__RECVONLY;
	return dir & want;
}

void usher__sdp_side_params(struct usher__mleg_params *params,
			    const struct usher__sdp_side *side, uint8_t dir)
{
	usher__mleg_params_init(params);
	params->remote_ip = is_null(side) ? NULL : side->ip;
	params->remote_port = side->port;
	params->remote_rtcp_port = side->rtcp_port;
	params->direction = dir;
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

void usher__sdp_put(struct writer *w, const char *fmt, va_list ap)
{
	size_t room = w->room - w->len;
	int n = vsnprintf(w->p + w->len, room, fmt, ap);

	if (n > 0 && room)
		w->len += (size_t)n < room ? (size_t)n : room - 1;
}

static void put(struct writer *w, const char *fmt, ...) USHER_PRINTF(2, 3);
static void put(struct writer *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	usher__sdp_put(w, fmt, ap);
	va_end(ap);
}

void usher__sdp_put_common(struct writer *w,
			   const struct usher__sdp_beside *ours)
{
	char line[USHER__SDP_CRYPTO_MAX];

	put(w, "a=%s\r\n", usher__sdp_dir_name(ours->dir));
	if (!ours->crypto.key.suite)
		return;
	usher__sdp_crypto_print(line, &ours->crypto);
	put(w, "%s", line);
	explicit_bzero(line, sizeof(line));
}

static size_t print(char *to, size_t room,
		    const struct usher__sdp_beside *ours, unsigned t140,
		    unsigned red, bool savp)
{
	struct writer w = {to, room, 0};

	put(&w, "m=text %u RTP/%s", ours->port, savp ? "SAVP" : "AVP");
	if (red != USHER__NO_PT)
		put(&w, " %u", red);
	put(&w, " %u\r\na=rtpmap:%u t140/1000\r\n", t140, t140);
	if (red != USHER__NO_PT)
		put(&w, "a=rtpmap:%u red/1000\r\na=fmtp:%u %u/%u/%u\r\n", red,
		    red, t140, t140, t140);
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
