/* A datagram as the SIP socket gets it: the guard's answer to what libre
 * cannot decode; else our own checks and what reads a decoded message. And the
 * same bytes as a stream, which is cut in the same places whatever pieces it
 * comes in. */
#include <stdlib.h>
#include <string.h>

#include <sip/cut.h>
#include <sip/impl.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct sip_msg *msg)
{
	char text[USHER__UA_MAX_NAME];
	struct pl sdp_text;

	(void)usher__response_ok(msg);
	(void)usher__msg_check(msg, text, sizeof(text));
	(void)usher__pl_user(text, sizeof(text), &msg->uri.user);
	(void)usher__pl_user(text, sizeof(text), &msg->from.uri.user);
	(void)usher__pl_copy(text, sizeof(text), &msg->from.dname);
	if (usher__msg_sdp(msg, &sdp_text) == USHER__BODY_SDP) {
		struct usher__sdp_more more;
		struct usher__sdp sdp;

		(void)usher__sdp_parse(&sdp, &more, sdp_text.p, sdp_text.l,
				       USHER__SRTP_ANSWER);
	}
}

/* As a request of before RFC 3261, whose Via has no branch. */
static void look_mended(const struct mbuf *mb)
{
	struct mbuf *mended = usher__guard_branch(mb);
	struct sip_msg *msg;

	if (mended && !sip_msg_decode(&msg, mended)) {
		look(msg);
		mem_deref(msg);
	}
	mem_deref(mended);
}

/* How a stream ended, and what of it were messages. */
struct cutting {
	int err;
	size_t bytes;
};

static struct cutting cut_in_pieces(const uint8_t *data, size_t size,
				    size_t piece)
{
	struct cutting ret = {0, 0};
	struct usher__cut cut;
	struct mbuf *mb = mbuf_alloc(size + 1);
	size_t n, whole, at = 0;
	bool heard;

	memset(&cut, 0, sizeof(cut));
	while (mb && at < size && !ret.err) {
		n = piece < size - at ? piece : size - at;
		mb->pos = mb->end;
		(void)mbuf_write_mem(mb, data + at, n);
		at += n;
		mb->pos = 0;
		heard = false;
		ret.err = usher__cut_messages(&cut, mb, &whole, &heard);
		ret.bytes += whole;
		/* What is whole goes to libre, and the rest waits. */
		memmove(mb->buf, mb->buf + whole, mb->end - whole);
		mb->end -= whole;
	}
	mem_deref(mb);
	return ret;
}

static void look_as_stream(const uint8_t *data, size_t size)
{
	struct cutting whole = cut_in_pieces(data, size, size);
	struct cutting pieces = cut_in_pieces(data, size, 1 + size / 7);

	if (whole.bytes != pieces.bytes || whole.err != pieces.err)
		abort();
}

/* Before it is decoded: whose call it says it is. */
static void look_for_call(const char *text, size_t size)
{
	struct pl id;
	bool within;

	if (usher__guard_call_id(text, size, &id, &within) &&
	    (!id.l || id.p < text || id.p + id.l > text + size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char refusal[USHER__UA_MAX_MESSAGE];
	struct sip_msg *msg;
	struct mbuf *mb;

	if (size > USHER__UA_MAX_MESSAGE)
		return 0;
	look_as_stream(data, size);
	look_for_call((const char *)data, size);
	mb = mbuf_alloc(size + 1);
	if (!mb)
		return 0;
	(void)mbuf_write_mem(mb, data, size);
	mb->pos = 0;
	if (sip_msg_decode(&msg, mb)) {
		(void)usher__guard_refusal(refusal, sizeof(refusal),
					   (const char *)data, size);
		mb->pos = 0;
		look_mended(mb);
	} else {
		look(msg);
		mem_deref(msg);
	}
	mem_deref(mb);
	return 0;
}
