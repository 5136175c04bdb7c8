/* Where messages end in a stream of bytes that comes as it likes.
 *
 *   headers --a blank line: decoded, once--> body --all of it is here-->
 * headers
 *
 * What was searched is not searched again, so that a message costs what it is
 * long and not what pieces it came in. */
#include <errno.h>
#include <string.h>

#include <sip/cut.h>
#include <sip/impl.h>

enum { FIRST_LINE_MAX = 8192 }; /* as libre has it */

#define ANY_VERSION "SIP/"

/* Are the headers here with the blank line that ends them? */
static bool headers_end(struct usher__cut *cut, const struct mbuf *mb)
{
	const uint8_t *begin = mbuf_buf(mb), *end = begin + mbuf_get_left(mb);
	const uint8_t *p = begin + cut->searched;

	while (p < end) {
		if (cut->at_line) {
			if (*p == '\n')
				return true;
			cut->at_line = *p++ == '\r';
			continue;
		}
		p = memchr(p, '\n', (size_t)(end - p));
		if (!p)
			break;
		cut->at_line = true;
		cut->lines++;
		p++;
	}
	cut->searched = (size_t)(end - begin);
	return false;
}

static bool speaks_sip(const uint8_t *line, size_t len)
{
	const size_t n = sizeof(ANY_VERSION) - 1;
	size_t i;

	for (i = 0; i + n <= len; i++)
		if ((!i || line[i - 1] == ' ') &&
		    !memcmp(line + i, ANY_VERSION, n))
			return true;
	return false;
}

/* No end of the headers is in sight: can there still come one? */
static int begun(struct usher__cut *cut, const struct mbuf *mb)
{
	const uint8_t *text = mbuf_buf(mb), *nl;
	size_t left = mbuf_get_left(mb);

	if (left > USHER__UA_MAX_MESSAGE)
		return EMSGSIZE;
	if (cut->began)
		return 0;
	nl = memchr(text, '\n', left);
	if (!nl)
		return left > FIRST_LINE_MAX ? EBADMSG : 0;
	cut->began = true;
	return speaks_sip(text, (size_t)(nl - text)) ? 0 : EBADMSG;
}

/* What the headers say of the whole. */
static int measure(struct usher__cut *cut, struct mbuf *mb)
{
	size_t pos = mb->pos, head;
	struct sip_msg *msg;

	if (sip_msg_decode(&msg, mb)) {
		mb->pos = pos;
		if (!usher__guard_mend(mb) || sip_msg_decode(&msg, mb)) {
			mb->pos = pos;
			return EBADMSG;
		}
	}
	head = mb->pos - pos;
	mb->pos = pos;
	/* RFC 3261, 18.3: a stream needs it. */
	if (usher__response_ok(msg) &&
	    usher__pl_decimal(&msg->clen, USHER__UA_MAX_MESSAGE))
		cut->length = head + pl_u32(&msg->clen);
	mem_deref(msg);
	if (!cut->length)
		return EBADMSG;
	return cut->length > USHER__UA_MAX_MESSAGE ? EMSGSIZE : 0;
}

/* How many bytes the message at mb's position has: 0, it is not whole; or
 * it can never be one. */
static int message_length(struct usher__cut *cut, struct mbuf *mb, size_t *ret)
{
	int err = 0;

	*ret = 0;
	if (!cut->length && !headers_end(cut, mb))
		err = begun(cut, mb);
	else if (!cut->length)
		err = measure(cut, mb);
	/* The first line is no header. */
	if (!err && cut->lines > USHER__UA_MAX_HEADERS + 1)
		err = EBADMSG;
	if (!err && cut->length && cut->length <= mbuf_get_left(mb))
		*ret = cut->length;
	return err;
}

int usher__cut_messages(struct usher__cut *cut, struct mbuf *mb, size_t *whole,
			bool *heard)
{
	size_t n;
	int err = 0;

	while (mbuf_get_left(mb)) {
		const uint8_t *p = mbuf_buf(mb);

		if (!cut->searched && !cut->length &&
		    (*p == '\r' || *p == '\n')) {
			if (mbuf_get_left(mb) < 2)
				break;
			n = 2;
			err = memcmp(p, "\r\n", 2) ? EBADMSG : 0;
		} else {
			err = message_length(cut, mb, &n);
			*heard |= !err && n;
		}
		if (err || !n)
			break;
		mb->pos += n;
		memset(cut, 0, sizeof(*cut));
	}
	*whole = mb->pos;
	return err;
}
