#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <usher/error.h>

#include <sip/sdp.h>
#include <sip/sdpread.h>

/* The longest packet that a leg makes. */
#define PACKET_MS_MAX 60

struct parser {
	struct usher__sdp *sdp;
	enum usher__srtp_policy policy;
	char session_ip[USHER__SDP_IP_MAX];
	uint8_t session_dir;
	struct usher__formats_reader formats;
	bool in_media;
	bool in_audio;
	bool audio_ip_seen;
	bool version_seen;
};

static int parse_connection(struct parser *parser, struct sdp_span line)
{
	char ip[USHER__SDP_IP_MAX];

	if (usher__sdp_address(ip, line.p, line.len))
		return USHER_EPROTO;
	if (!parser->in_media) {
		strcpy(parser->session_ip, ip);
	} else if (parser->in_audio) {
		strcpy(parser->sdp->ip, ip);
		parser->audio_ip_seen = true;
	}
	return 0;
}

static int parse_formats(struct parser *parser, struct sdp_span line)
{
	struct sdp_span fmt;

	for (fmt = usher__sdp_cut(&line, " "); fmt.len;
	     fmt = usher__sdp_cut(&line, " ")) {
		long pt = usher__sdp_number(&fmt, 127);

		if (pt < 0 ||
		    !usher__formats_list(&parser->formats, (uint8_t)pt))
			return USHER_EPROTO;
	}
	return 0;
}

static bool profile_allowed(const struct parser *parser,
			    const struct sdp_span *proto)
{
	if (usher__sdp_equals(proto, "RTP/SAVP") ||
	    usher__sdp_equals(proto, "RTP/SAVPF"))
		return parser->policy != USHER__SRTP_NEVER;
	return (usher__sdp_equals(proto, "RTP/AVP") ||
		usher__sdp_equals(proto, "RTP/AVPF")) &&
	       parser->policy != USHER__SRTP_REQUIRE;
}

static int parse_media(struct parser *parser, struct sdp_span line)
{
	struct usher__sdp *sdp = parser->sdp;
	struct usher__sdp_stream *stream;
	struct sdp_span media = usher__sdp_cut(&line, " "),
			port = usher__sdp_cut(&line, " ");
	struct sdp_span proto = usher__sdp_cut(&line, " "), all = line, fmt;
	struct sdp_span first = usher__sdp_cut(&port, "/");
	long n = usher__sdp_number(&first, 65535);

	fmt = usher__sdp_cut(&line, " ");
	if (sdp->streams >= USHER__SDP_STREAMS_MAX || n < 0)
		return USHER_EPROTO;
	stream = &sdp->more->stream[sdp->streams];
	if (!usher__sdp_copy(stream->media, sizeof(stream->media), &media) ||
	    !usher__sdp_copy(stream->proto, sizeof(stream->proto), &proto) ||
	    !usher__sdp_copy(stream->fmt, sizeof(stream->fmt), &fmt))
		return USHER_EPROTO;

	parser->in_media = true;
	parser->in_audio = false;
	sdp->sounds = sdp->sounds || usher__sdp_equals(&media, "audio");
	if (sdp->audio == USHER__SDP_STREAMS_MAX &&
	    usher__sdp_equals(&media, "audio") &&
	    profile_allowed(parser, &proto)) {
		parser->in_audio = true;
		sdp->savp = usher__sdp_starts(&proto, "RTP/SAVP");
		sdp->avpf = usher__sdp_equals(&proto, "RTP/AVPF") ||
			    usher__sdp_equals(&proto, "RTP/SAVPF");
		sdp->audio = sdp->streams;
		sdp->port = (uint16_t)n;
		sdp->dir = parser->session_dir;
		sdp->streams++;
		return parse_formats(parser, all);
	}
	sdp->streams++;
	return 0;
}

static bool parse_dir(const struct sdp_span *line, uint8_t *dir)
{
	static const struct {
		const char *name;
		uint8_t dir;
	} dirs[] = {
		{"sendrecv", USHER__SENDRECV},
		{"sendonly", USHER__SENDONLY},
		{"recvonly", USHER__RECVONLY},
		{"inactive", USHER__INACTIVE},
	};
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (!usher__sdp_equals(line, dirs[i].name))
			continue;
		*dir = dirs[i].dir;
		return true;
	}
	return false;
}

/* Of a packet: what is longer than we make any is as good as that; 0: none. */
static uint8_t packet_ms(struct sdp_span line)
{
	struct sdp_span word = usher__sdp_cut(&line, " .");
	long n = usher__sdp_number(&word, 65535);

	return (uint8_t)(n <= 0 ? 0 : n < PACKET_MS_MAX ? n : PACKET_MS_MAX);
}

static void parse_attribute(struct parser *parser, struct sdp_span line)
{
	struct usher__sdp *sdp = parser->sdp;
	struct sdp_span name;
	long n;

	if (!parser->in_media) {
		(void)parse_dir(&line, &parser->session_dir);
		return;
	}
	if (!parser->in_audio || parse_dir(&line, &sdp->dir))
		return;

	name = usher__sdp_cut(&line, ":");
	line.p += line.len ? 1 : 0;
	line.len -= line.len ? 1 : 0;
	if (usher__sdp_equals(&name, "rtpmap")) {
		usher__formats_rtpmap(&parser->formats, line.p, line.len);
	} else if (usher__sdp_equals(&name, "fmtp")) {
		usher__formats_fmtp(&parser->formats, line.p, line.len);
	} else if (usher__sdp_equals(&name, "crypto")) {
		sdp->keys = true;
		/* The first that we can use: RFC 4568, 5.1.2. */
		if (!sdp->crypto.key.suite &&
		    parser->policy != USHER__SRTP_NEVER)
			(void)usher__sdp_crypto_read(&sdp->crypto, line.p,
						     line.len);
	} else if (usher__sdp_equals(&name, "ptime")) {
		sdp->ptime_ms = packet_ms(line);
	} else if (usher__sdp_equals(&name, "maxptime")) {
		sdp->maxptime_ms = packet_ms(line);
	} else if (usher__sdp_equals(&name, "rtcp-mux")) {
		sdp->rtcp_mux = true;
	} else if (usher__sdp_equals(&name, "rtcp")) {
		struct sdp_span word = usher__sdp_cut(&line, " ");

		n = usher__sdp_number(&word, 65535);
		sdp->rtcp_port = (uint16_t)(n > 0 ? n : 0);
	}
}

static int parse_line(struct parser *parser, char type, struct sdp_span value)
{
	switch (type) {
	case 'v':
		parser->version_seen = usher__sdp_equals(&value, "0");
		return parser->version_seen ? 0 : USHER_EPROTO;
	case 'c':
		return parse_connection(parser, value);
	case 'm':
		return parse_media(parser, value);
	case 'a':
		parse_attribute(parser, value);
		return 0;
	default:
		return 0;
	}
}

int usher__sdp_parse(struct usher__sdp *ret, struct usher__sdp_more *more,
		     const char *text, size_t len,
		     enum usher__srtp_policy policy)
{
	const struct usher__codecs usual = {0};

	return usher__sdp_read(ret, more, text, len, policy, &usual);
}

int usher__sdp_read(struct usher__sdp *ret, struct usher__sdp_more *more,
		    const char *text, size_t len,
		    enum usher__srtp_policy policy,
		    const struct usher__codecs *ours)
{
	struct usher__sdp sdp;
	struct parser parser;
	unsigned lines = 0;
	size_t pos = 0;
	int err = USHER_EPROTO;

	memset(&sdp, 0, sizeof(sdp));
	memset(more, 0, sizeof(*more));
	sdp.more = more;
	memset(&parser, 0, sizeof(parser));
	parser.sdp = &sdp;
	parser.policy = policy;
	parser.session_dir = USHER__SENDRECV;
	usher__formats_init(&parser.formats);
	sdp.codec = USHER__MCODECS;
	sdp.audio = USHER__SDP_STREAMS_MAX;

	while (pos < len) {
		const char *end = memchr(text + pos, '\n', len - pos);
		size_t n = end ? (size_t)(end - (text + pos)) : len - pos;
		struct sdp_span value = {text + pos + 2, 0};

		if (++lines > USHER__SDP_LINES_MAX)
			goto out;
		value.len = n;
		if (n && text[pos + n - 1] == '\r')
			value.len--;
		if (value.len) {
			if (value.len < 2 || text[pos + 1] != '=' ||
			    memchr(text + pos, '\0', value.len) ||
			    parse_line(
				    &parser, text[pos],
				    (struct sdp_span){value.p, value.len - 2}))
				goto out;
		}
		pos += n + (end ? 1 : 0);
	}
	if (!parser.version_seen)
		goto out;

	usher__formats_end(&parser.formats, &sdp.formats, &sdp.map);
	sdp.codec = usher__codecs_choose(&sdp.formats, ours);
	if (!parser.audio_ip_seen)
		strcpy(sdp.ip, parser.session_ip);
	usher__sdp_sides(&sdp, text, len, policy);
	*ret = sdp;
	err = 0;

out:
	explicit_bzero(&sdp, sizeof(sdp)); /* it has keys */
	return err;
}

bool usher__sdp_usable(const struct usher__sdp *sdp)
{
	return sdp->audio < USHER__SDP_STREAMS_MAX && sdp->port &&
	       sdp->codec < USHER__MCODECS && sdp->ip[0] &&
	       (!sdp->savp || sdp->crypto.key.suite);
}

static bool null_address(const struct usher__sdp *sdp)
{
	return !strcmp(sdp->ip, "0.0.0.0") || !strcmp(sdp->ip, "::");
}

bool usher__sdp_hold(const struct usher__sdp *sdp)
{
	return !(sdp->dir & USHER__RECVONLY) || null_address(sdp);
}

uint8_t usher__sdp_answer_dir(const struct usher__sdp *peer, uint8_t want)
{
	uint8_t dir = 0;

	if ((peer->dir & USHER__RECVONLY) && !null_address(peer))
		dir |= USHER__SENDONLY;
	if (peer->dir & USHER__SENDONLY)
		dir |= USHER__RECVONLY;
	return dir & want;
}

static void put_session(struct sdp_writer *w,
			const struct usher__sdp_local *local)
{
	const char *type = strchr(local->ip, ':') ? "IP6" : "IP4";

	usher__sdp_put(w,
		       "v=0\r\no=- %llu %u IN %s %s\r\ns=-\r\nc=IN %s %s\r\n"
		       "t=0 0\r\n",
		       (unsigned long long)local->session, local->version,
		       type, local->ip, type, local->ip);
}

static void put_crypto(struct sdp_writer *w,
		       const struct usher__sdp_crypto *crypto)
{
	char line[USHER__SDP_CRYPTO_MAX];

	if (!crypto->key.suite)
		return;
	usher__sdp_crypto_print(line, crypto);
	usher__sdp_put(w, "%s", line);
	explicit_bzero(line, sizeof(line));
}

/* avpf: what the peer has agreed upon stays as it is. */
static void put_offered_audio(struct sdp_writer *w,
			      const struct usher__sdp_local *local, bool avpf)
{
	char types[USHER__CODECS_LINES_MAX], lines[USHER__CODECS_LINES_MAX];

	usher__codecs_offer(&local->codecs, local->map, types, lines);
	usher__sdp_put(
		w, "m=audio %u RTP/%s%s%s\r\n%sa=ptime:20\r\n%sa=%s\r\n",
		local->port, local->savp ? "SAVP" : "AVP", avpf ? "F" : "",
		types, lines, local->rtcp_mux ? USHER__SDP_RTCP_MUX : "",
		usher__sdp_dir_name(local->dir));
	put_crypto(w, &local->crypto);
	put_crypto(w, &local->other);
}

static void put_text(struct sdp_writer *w,
		     const struct usher__sdp_local *local)
{
	struct usher__sdp_text_map map;

	usher__sdp_text_map_init(&map);
	usher__sdp_text_number(&map);
	w->len += usher__sdp_text_offer(
		w->p + w->len, USHER__SDP_TEXT_MAX - w->len, &local->text,
		local->text_map ? local->text_map : &map);
}

static void put_video(struct sdp_writer *w,
		      const struct usher__sdp_beside *ours,
		      const struct usher__sdp_video *formats, bool answer)
{
	w->len += usher__sdp_video_print(w->p + w->len,
					 USHER__SDP_TEXT_MAX - w->len, ours,
					 formats, answer);
}

static void put_refused(struct sdp_writer *w,
			const struct usher__sdp_stream *stream)
{
	usher__sdp_put(w, "m=%s 0 %s %s\r\n", stream->media, stream->proto,
		       stream->fmt);
}

static unsigned side_index(const struct usher__sdp *sdp,
			   enum usher__mkind kind)
{
	return usher__sdp_side_of(sdp, kind)->index;
}

size_t usher__sdp_offer(char *text, const struct usher__sdp_local *local)
{
	const struct usher__sdp *places = local->places;
	bool has_text = !local->text.port, has_video = !local->video.port;
	struct sdp_writer w = {text, USHER__SDP_TEXT_MAX, 0};
	unsigned i;

	put_session(&w, local);
	if (!places || places->audio >= places->streams) {
		put_offered_audio(&w, local, false);
		places = NULL;
	}
	for (i = 0; places && i < places->streams; i++) {
		if (i == places->audio) {
			put_offered_audio(&w, local, places->avpf);
		} else if (i == side_index(places, USHER__MKIND_TEXT) &&
			   local->text.port) {
			put_text(&w, local);
			has_text = true;
		} else if (i == side_index(places, USHER__MKIND_VIDEO) &&
			   local->video.port) {
			put_video(&w, &local->video, local->formats, false);
			has_video = true;
		} else {
			put_refused(&w, &places->more->stream[i]);
		}
	}
	if (!has_text)
		put_text(&w, local);
	if (!has_video)
		put_video(&w, &local->video, local->formats, false);
	return w.len;
}

static void put_audio(struct sdp_writer *w,
		      const struct usher__sdp_local *local,
		      const struct usher__sdp *peer)
{
	char types[USHER__CODECS_LINES_MAX], lines[USHER__CODECS_LINES_MAX];

	usher__codecs_answer(&peer->formats, peer->codec, types, lines);
	usher__sdp_put(
		w, "m=audio %u RTP/%s%s%s\r\n%sa=ptime:20\r\n%sa=%s\r\n",
		local->port, peer->savp ? "SAVP" : "AVP",
		peer->avpf ? "F" : "", types, lines,
		local->rtcp_mux && peer->rtcp_mux ? USHER__SDP_RTCP_MUX : "",
		usher__sdp_dir_name(local->dir));
	put_crypto(w, &local->crypto);
}

size_t usher__sdp_answer(char *text, const struct usher__sdp_local *local,
			 const struct usher__sdp *peer)
{
	struct sdp_writer w = {text, USHER__SDP_TEXT_MAX, 0};
	unsigned i;

	put_session(&w, local);
	for (i = 0; i < peer->streams; i++) {
		if (i == peer->audio && usher__sdp_usable(peer))
			put_audio(&w, local, peer);
		else if (i == side_index(peer, USHER__MKIND_TEXT) &&
			 local->text.port && usher__sdp_text_usable(peer))
			w.len += usher__sdp_text_answer(
				w.p + w.len, USHER__SDP_TEXT_MAX - w.len,
				&local->text, &peer->more->text);
		else if (i == side_index(peer, USHER__MKIND_VIDEO) &&
			 local->video.port && usher__sdp_video_usable(peer))
			put_video(&w, &local->video, &peer->more->video, true);
		else
			put_refused(&w, &peer->more->stream[i]);
	}
	return w.len;
}

/* RFC 3264, 6.1: how much the peer wants in a packet, and RFC 8866, 6.4, how
 * much it takes at most. */
static uint8_t ptime_of(const struct usher__sdp *peer)
{
	unsigned ms = peer->ptime_ms ? peer->ptime_ms : 20;

	if (peer->maxptime_ms && ms > peer->maxptime_ms)
		ms = peer->maxptime_ms;
	return (uint8_t)(ms < 10 ? 10 : ms - ms % 10);
}

void usher__sdp_params(struct usher__mleg_params *params,
		       const struct usher__sdp *peer, uint8_t dir,
		       const struct usher__codecs_map *offered)
{
	const struct usher__formats *formats = &peer->formats;
	unsigned c;

	memset(params, 0, sizeof(*params));
	params->remote_ip = null_address(peer) ? NULL : peer->ip;
	params->remote_port = peer->port;
	params->remote_rtcp_port = peer->rtcp_port;
	params->rtcp_mux = peer->rtcp_mux;
	params->codec = peer->codec;
	params->tx_pt = formats->pt[peer->codec];
	for (c = 0; c < USHER__MCODECS; c++)
		params->rx_pt[c] = offered ? offered->pt[c] : formats->pt[c];
	params->opus = formats->opus;
	params->te_tx_pt =
		usher__codecs_te(formats, peer->codec, &params->te_rate);
	params->te_rx_pt = params->te_tx_pt;
	if (offered && params->te_rx_pt != USHER__NO_PT)
		params->te_rx_pt = offered->pt[params->te_rate == 48000
						       ? USHER__CODECS_TE48
						       : USHER__CODECS_TE];
	params->ptime_ms = ptime_of(peer);
	params->direction = dir;
}
