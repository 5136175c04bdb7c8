/* Streams beside sound in session descriptions: how they are read; sdptext.c
 * and sdpvideo.c know what they are. What is wrong with such a stream refuses
 * the stream, never the call. */
#include <arpa/inet.h>

#include <usher/error.h>

#include <sip/sdp.h>
#include <sip/sdpread.h>

struct parser {
	struct usher__sdp *sdp;
	enum usher__srtp_policy policy;
	char session_ip[USHER__SDP_IP_MAX];
	uint8_t session_dir;
	uint8_t index; /* of the next m= line */
	bool in_media;
	struct usher__sdp_side *side; /* NULL: a stream that is none */
	bool is_video;
	struct sdp_format format[USHER__CODECS_FORMATS_MAX];
	unsigned count;
	uint8_t feedback; /* of all of them */
};

/* --- reading ------------------------------------------------------------ */

/* One host's address, or the null address, which once meant hold (RFC 3264,
 * 8.4): neither a group, nor everybody, nor what nobody has. */
static bool can_be_called(int af, const unsigned char *bin)
{
	static const unsigned char null[16],
		mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	if (!memcmp(bin, null, af == AF_INET ? 4 : 16))
		return true;
	if (af == AF_INET6 && !memcmp(bin, mapped, sizeof(mapped)))
		bin += sizeof(mapped);
	else if (af == AF_INET6)
		return bin[0] != 0xff;
	return bin[0] && bin[0] < 224;
}

int usher__sdp_address(char *ret, const char *text, size_t len)
{
	struct sdp_span line = {text, len};
	struct sdp_span net = usher__sdp_cut(&line, " "),
			type = usher__sdp_cut(&line, " ");
	struct sdp_span addr = usher__sdp_cut(&line, " /");
	char ip[USHER__SDP_IP_MAX];
	unsigned char bin[16];
	int af = AF_UNSPEC;

	if (!net.len || !type.len || !addr.len)
		return USHER_EPROTO;
	if (usher__sdp_equals(&net, "IN") && usher__sdp_equals(&type, "IP4"))
		af = AF_INET;
	if (usher__sdp_equals(&net, "IN") && usher__sdp_equals(&type, "IP6"))
		af = AF_INET6;
	/* A name, or what is of another network, is allowed, but not usable
	 * (usher__sdp_trouble()), and no other address may take its place. */
	if (!usher__sdp_copy(ip, sizeof(ip), &addr) ||
	    inet_pton(af, ip, bin) != 1 || !can_be_called(af, bin))
		ip[0] = '\0';
	strcpy(ret, ip);
	return 0;
}

static struct sdp_format *format_of(struct parser *parser,
				    const struct sdp_span *num)
{
	long pt = usher__sdp_number(num, 127);

	for (unsigned i = 0; i < parser->count; i++)
		if (parser->format[i].pt == pt)
			return &parser->format[i];
	return NULL;
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
		usher__sdp_settle_text(&parser->sdp->more->text,
				       parser->format, parser->count);
	parser->side = NULL;
}

/* Feedback (RTP/AVPF, RFC 4585) is for video. */
static bool profile_allowed(const struct parser *parser,
			    const struct sdp_span *proto, bool video)
{
	if (usher__sdp_equals(proto, "RTP/SAVP") ||
	    (video && usher__sdp_equals(proto, "RTP/SAVPF")))
		return parser->policy != USHER__SRTP_NEVER;
	return (usher__sdp_equals(proto, "RTP/AVP") ||
		(video && usher__sdp_equals(proto, "RTP/AVPF"))) &&
	       parser->policy != USHER__SRTP_REQUIRE;
}

static void parse_media(struct parser *parser, struct sdp_span line)
{
	struct sdp_span media = usher__sdp_cut(&line, " "),
			port = usher__sdp_cut(&line, " ");
	struct sdp_span proto = usher__sdp_cut(&line, " "),
			first = usher__sdp_cut(&port, "/"), fmt;
	bool video = usher__sdp_equals(&media, "video");
	struct usher__sdp_side *side = video ? &parser->sdp->more->video.side
					     : &parser->sdp->more->text.side;
	long pt;

	settle(parser);
	parser->in_media = true;
	parser->count = 0;
	parser->feedback = 0;
	parser->is_video = video;
	if (side->index < USHER__SDP_STREAMS_MAX ||
	    (!video && !usher__sdp_equals(&media, "text")) ||
	    !profile_allowed(parser, &proto, video)) {
		parser->index++;
		return;
	}
	side->index = parser->index++;
	side->port = (uint16_t)usher__sdp_number(&first, 65535);
	side->savp = usher__sdp_starts(&proto, "RTP/SAVP");
	parser->sdp->more->video.avpf |=
		video && proto.p[proto.len - 1] == 'F';
	side->dir = parser->session_dir;
	strcpy(side->ip, parser->session_ip);
	for (fmt = usher__sdp_cut(&line, " "); fmt.len;
	     fmt = usher__sdp_cut(&line, " ")) {
		pt = usher__sdp_number(&fmt, 127);
		if (pt < 0 || parser->count >= USHER__CODECS_FORMATS_MAX)
			break;
		parser->format[parser->count++] =
			(struct sdp_format){.pt = (uint8_t)pt};
	}
	parser->side = side;
}

static bool parse_dir(const struct sdp_span *line, uint8_t *dir)
{
	for (uint8_t d = 0; d <= USHER__SENDRECV; d++) {
		if (!usher__sdp_equals(line, usher__sdp_dir_name(d)))
			continue;
		*dir = d;
		return true;
	}
	return false;
}

static void parse_format(struct parser *parser, const struct sdp_span *name,
			 struct sdp_span line)
{
	struct sdp_span num = usher__sdp_cut(&line, " ");
	struct sdp_format *format = format_of(parser, &num);

	while (line.len && *line.p == ' ') {
		line.p++;
		line.len--;
	}
	if (usher__sdp_equals(name, "rtcp-fb") && usher__sdp_equals(&num, "*"))
		parser->feedback |= usher__sdp_feedback(line);
	else if (format && usher__sdp_equals(name, "rtpmap"))
		format->map = line;
	else if (format && usher__sdp_equals(name, "fmtp"))
		format->fmtp = line;
	else if (format)
		format->feedback |= usher__sdp_feedback(line);
}

static void parse_attribute(struct parser *parser, struct sdp_span line)
{
	struct usher__sdp_side *side = parser->side;
	struct sdp_span name, num;
	long n;

	if (!parser->in_media)
		(void)parse_dir(&line, &parser->session_dir);
	if (!side || parse_dir(&line, &side->dir))
		return;
	name = usher__sdp_cut(&line, ":");
	line.p += line.len ? 1 : 0;
	line.len -= line.len ? 1 : 0;
	if (usher__sdp_equals(&name, "rtpmap") ||
	    usher__sdp_equals(&name, "fmtp") ||
	    usher__sdp_equals(&name, "rtcp-fb")) {
		parse_format(parser, &name, line);
	} else if (usher__sdp_equals(&name, "crypto")) {
		if (!side->crypto.key.suite &&
		    parser->policy != USHER__SRTP_NEVER)
			(void)usher__sdp_crypto_read(&side->crypto, line.p,
						     line.len);
	} else if (usher__sdp_equals(&name, "rtcp-mux")) {
		side->rtcp_mux = true;
	} else if (usher__sdp_equals(&name, "rtcp")) {
		num = usher__sdp_cut(&line, " ");
		n = usher__sdp_number(&num, 65535);
		side->rtcp_port = (uint16_t)(n > 0 ? n : 0);
	}
}

static void parse_line(struct parser *parser, char type, struct sdp_span value)
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
		struct sdp_span value = {text + pos + 2, 0};

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
