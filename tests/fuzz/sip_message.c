/* A datagram as the SIP socket gets it: the guard's answer to what libre
 * cannot decode; else our own checks and what reads a decoded message. */
#include <string.h>

#include <sip/impl.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct sip_msg *msg)
{
	char text[USHER__UA_MAX_NAME];
	struct pl body;

	(void)usher__msg_check(msg, text, sizeof(text));
	(void)usher__pl_user(text, sizeof(text), &msg->uri.user);
	(void)usher__pl_user(text, sizeof(text), &msg->from.uri.user);
	(void)usher__pl_copy(text, sizeof(text), &msg->from.dname);
	body = usher__msg_body(msg);
	if (usher__msg_has_sdp(msg)) {
		struct usher__sdp_more more;
		struct usher__sdp sdp;

		(void)usher__sdp_parse(&sdp, &more, body.p, body.l,
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char refusal[USHER__UA_MAX_MESSAGE];
	struct sip_msg *msg;
	struct mbuf *mb;

	if (size > USHER__UA_MAX_MESSAGE)
		return 0;
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
