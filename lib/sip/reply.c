/* Answers, and what is told of refusals (note.c).
 *
 * Anybody can ask, and what libre keeps of an answer (its transaction: some
 * kilobytes for 32 s, RFC 3261, 17.2) is memory that strangers would spend.
 * So who has proven nothing is answered without one (RFC 3261, 8.2.7): who
 * asks again is refused again, and the ACK of a refusal finds nobody. Within
 * a call the answer is kept, lest a digit count twice. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <sip/legimpl.h>
#include <sip/limit.h>

static void count(struct usher__ua *ua, enum usher__note note)
{
	switch (note) {
	case USHER__NOTE_MALFORMED:
		ua->n.malformed++;
		break;
	case USHER__NOTE_REFUSED:
		ua->n.refused++;
		break;
	case USHER__NOTE_UNSUPPORTED:
		ua->n.unsupported++;
		break;
	case USHER__NOTE_UNEXPECTED:
		ua->n.unexpected++;
		break;
	case USHER__NOTE_LIMIT:
		ua->n.over_limit++;
		break;
	case USHER__NOTE_GLARE:
		ua->n.glares++;
		break;
	default:
		break;
	}
}

/* ---- answers ---- */

/* May libre keep one more? */
static bool keep(struct usher__ua *ua)
{
	uint64_t now = (uint64_t)usher__loop_mono_us() / 1000000;
	struct usher__kept *kept = &ua->kept;
	unsigned i = 0;

	for (; kept->second < now && i < USHER__KEPT_S; i++) {
		uint32_t *begun = &kept->begun[++kept->second % USHER__KEPT_S];

		kept->now -= *begun;
		*begun = 0;
	}
	kept->second = now;
	if (kept->now >= USHER__UA_MAX_TRANSACTIONS)
		return false;
	kept->begun[now % USHER__KEPT_S]++;
	kept->now++;
	return true;
}

/* To a request without Call-ID, From or To, which libre's answers repeat:
 * what there is (RFC 4475, 3.3.1). */
static void send_torn(struct usher__ua *ua, const struct sip_msg *msg)
{
	const char *text = msg->met.p;
	size_t len = (size_t)((char *)msg->mb->buf + msg->mb->end - text);
	struct mbuf *mb = mbuf_alloc(len + 128);

	if (!mb)
		return;
	mb->end = usher__guard_refusal((char *)mb->buf, mb->size, text, len);
	if (mb->end)
		(void)sip_send(ua->sip, msg->sock, msg->tp, &msg->src, mb);
	mem_deref(mb);
}

static void send_reply(struct usher__ua *ua, const struct sip_msg *msg,
		       bool kept, uint16_t status, const char *headers)
{
	const char *reason = usher__sip_reason(status);

	/* Without these an answer cannot be addressed; to an ACK there is
	 * none, libre sees to that. */
	if (!pl_isset(&msg->via.sentby) || !pl_isset(&msg->via.branch))
		return;
	if (!msg->callid.l || !pl_isset(&msg->from.val) ||
	    !pl_isset(&msg->to.val)) {
		if (status == 400)
			send_torn(ua, msg);
		return;
	}
	/* RFC 3261, 21.4.13. */
	if (!headers || !*headers)
		headers = status == 415 ? USHER__BODY_ACCEPT : "";
	if (kept && keep(ua))
		(void)sip_treplyf(NULL, NULL, ua->sip, msg, false, status,
				  reason, "%sContent-Length: 0\r\n\r\n",
				  headers);
	else
		(void)sip_replyf(ua->sip, msg, status, reason,
				 "%sContent-Length: 0\r\n\r\n", headers);
}

/* The method is the sender's: only a token of letters goes into a line. */
static void tell(struct usher__ua *ua, const struct sip_msg *msg,
		 uint16_t status, enum usher__note note, const char *why)
{
	enum usher__log_level level = note == USHER__NOTE_GLARE
					      ? USHER__LOG_DEBUG
					      : USHER__LOG_WARNING;
	char method[16];
	size_t i;

	if (!usher__pl_copy(method, sizeof(method), &msg->met))
		method[0] = '\0';
	for (i = 0; method[i]; i++)
		if (method[i] < 'A' || method[i] > 'Z')
			method[0] = '\0';
	count(ua, note);
	usher__ua_note(ua, note, level, "refused %u: %s (%s)", status, why,
		       method[0] ? method : "a request");
}

void usher__ua_refuse(struct usher__ua *ua, const struct sip_msg *msg,
		      uint16_t status, enum usher__note note, const char *why,
		      const char *more)
{
	tell(ua, msg, status, note, why);
	if (note == USHER__NOTE_MALFORMED || note == USHER__NOTE_REFUSED)
		usher__limit_offend(ua, &msg->src,
				    note == USHER__NOTE_MALFORMED
					    ? USHER__OFFENCE_MALFORMED
				    : status == 404 ? USHER__OFFENCE_UNKNOWN
						    : USHER__OFFENCE_REFUSED,
				    USHER__OFFENCE_POINTS);
	send_reply(ua, msg, false, status, more);
}

void usher__ua_deny(struct usher__ua *ua, const struct sip_msg *msg,
		    uint16_t status, enum usher__note note, const char *why,
		    const char *more)
{
	tell(ua, msg, status, note, why);
	send_reply(ua, msg, true, status, more);
}

void usher__ua_reply(struct usher__ua *ua, const struct sip_msg *msg,
		     uint16_t status, const char *headers)
{
	send_reply(ua, msg, true, status, headers);
}

void usher__leg_reply_200(struct usher__leg *leg, const struct sip_msg *msg,
			  const char *sdp, size_t len)
{
	struct usher__ua *ua = leg->ua;
	struct mbuf *mb = mbuf_alloc(256);

	if (!mb ||
	    usher__ua_contact(mb, ua, leg->contact,
			      leg->sips ? USHER__TP_SIPS : msg->tp,
			      &msg->src) ||
	    mbuf_write_str(mb, USHER__SIP_ALLOW USHER__SIP_SUPPORTED))
		goto out;
	/* Before the answer its own 200 says what the INVITE agrees on. */
	if (!pl_strcmp(&msg->met, "UPDATE") &&
	    leg->state > USHER__LEG_ALERTING &&
	    mbuf_printf(mb, "%H", usher__session_grant, leg))
		goto out;
	if (len && mbuf_write_str(mb, "Content-Type: application/sdp\r\n"))
		goto out;
	if (mbuf_printf(mb, "Content-Length: %zu\r\n\r\n%b", len,
			sdp ? sdp : "", len))
		goto out;
	if (keep(ua))
		(void)sip_treplyf(NULL, NULL, ua->sip, msg, false, 200, "OK",
				  "%b", mb->buf, mb->end);
	else
		(void)sip_replyf(ua->sip, msg, 200, "OK", "%b", mb->buf,
				 mb->end);

out:
	mem_deref(mb);
}
