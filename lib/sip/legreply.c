/* Final responses to an INVITE: refused, or answered and sent again until the
 * ACK comes, for re-INVITEs too (RFC 3261, 13.3.1.4). */
#include <sip/legimpl.h>

/* Who is refused with 503 may try again after so many seconds, to twice that.
 */
enum { BUSY_S = 5 };

void usher__leg_refuse(struct usher__leg *leg, uint16_t status,
		       const char *reason)
{
	struct usher__ua *ua = leg->ua;

	if (!usher__leg_take(leg, USHER__IN_HANGUP))
		return;
	/* Nobody said no: it is we who cannot. */
	if (leg->no_port) {
		ua->n.over_limit++;
		status = 503;
		reason = NULL;
	}
	if (!reason)
		reason = usher__sip_reason(status);
	/* Whoever has no room for a call now has it soon: RFC 3261, 21.5.4. */
	if (status == 503)
		(void)sip_treplyf(&leg->st, NULL, ua->sip, leg->invite, false,
				  status, reason,
				  "Retry-After: %u\r\n"
				  "Content-Length: 0\r\n\r\n",
				  BUSY_S + rand_u16() % (BUSY_S + 1));
	else
		(void)sip_treply(&leg->st, ua->sip, leg->invite, status,
				 reason);
	if (leg->ended_told)
		leg->ended = true;
	usher__leg_over(leg, USHER__CAUSE_LOCAL, status, NULL);
	usher__leg_dispose(leg);
}

int usher__leg_contact_print(struct re_printf *pf,
			     const struct usher__leg *leg)
{
	enum sip_transp tp = leg->sips ? USHER__TP_SIPS : leg->tp;
	char ip[USHER__SDP_IP_MAX];
	struct pl pl, host;

	pl_set_str(&pl, leg->contact ? leg->contact : "");
	usher__ua_local_ip(leg->ua, &leg->invite->src, ip, sizeof(ip));
	pl_set_str(&host, ip);
	return re_hprintf(pf, "Contact: <%s:%H%s%H:%u%s>\r\n",
			  leg->sips ? "sips" : "sip", uri_user_escape, &pl,
			  pl.l ? "@" : "", usher__host_print, &host,
			  usher__ua_tp_port(leg->ua, tp),
			  leg->sips ? "" : sip_transp_param(tp));
}

static void no_ack(struct usher__leg *leg)
{
	usher__leg_over(leg, USHER__CAUSE_NO_ACK, 408, NULL);
	if (usher__leg_take(leg, USHER__IN_NO_ACK))
		usher__leg_bye(leg);
}

static void again_handler(void *arg)
{
	struct usher__leg *leg = arg;
	uint64_t wait_ms = SIP_T2;

	/* After 64*T1 = 32 s: twelve times, doubled until T2. */
	if (++leg->again_count > 10) {
		leg->again = mem_deref(leg->again);
		no_ack(leg);
		return;
	}
	leg->ua->n.retransmitted++;
	(void)sip_send(leg->ua->sip, leg->invite->sock, leg->again_tp,
		       &leg->again_dst, leg->again);
	if (leg->again_count < 3)
		wait_ms = (uint64_t)SIP_T1 << leg->again_count;
	tmr_start(&leg->again_tmr, wait_ms, again_handler, leg);
}

void usher__leg_again_start(struct usher__leg *leg, const struct sip_msg *msg,
			    tmr_h *handler)
{
	leg->again_tp = msg->tp;
	leg->again_count = 0;
	/* As libre's reply did: rport is always honored. */
	sip_reply_addr(&leg->again_dst, msg,
		       msg_param_exists(&msg->via.params, "rport",
					&(struct pl){NULL, 0}) == 0);
	tmr_start(&leg->again_tmr, SIP_T1, handler, leg);
}

int usher__leg_send_200(struct usher__leg *leg, const struct sip_msg *msg,
			const char *sdp, size_t len)
{
	struct usher__ua *ua = leg->ua;
	struct mbuf *mb = NULL;
	int err;

	if (leg->invite != msg) {
		mem_deref(leg->invite);
		leg->invite = mem_ref((void *)msg);
	}
	err = sip_treplyf(&leg->st, &mb, ua->sip, msg, true, 200, "OK",
			  "%H" USHER__SIP_ALLOW USHER__SIP_SUPPORTED "%H%s"
			  "Content-Length: %zu\r\n\r\n%b",
			  usher__leg_contact_print, leg, usher__session_grant,
			  leg, len ? "Content-Type: application/sdp\r\n" : "",
			  len, sdp, len);
	if (err)
		return USHER_EIO;
	/* Its transaction has it for half a minute. */
	mbuf_trim(mb);
	mem_deref(leg->again);
	leg->again = mb;
	leg->again_cseq = msg->cseq.num;
	usher__leg_again_start(leg, msg, again_handler);
	usher__session_start(leg);
	return 0;
}

/* Has the 200 to wait for a PRACK? Then it goes out with that. */
static bool rel_delays(struct usher__leg *leg)
{
	leg->rel.answer = leg->rel.open && leg->rel.sdp;
	return leg->rel.answer;
}

int usher__leg_answer(struct usher__ua *ua, uint64_t id)
{
	struct usher__leg *leg = usher__leg_find(ua, id);
	char sdp[USHER__SDP_TEXT_MAX];
	size_t len = 0;
	int err;

	if (!leg)
		return USHER_ENOENT;
	if (leg->rel.answer ||
	    usher__leg_next(leg->state, USHER__IN_ACCEPT) < 0)
		return USHER_ESTATE;
	if (rel_delays(leg))
		return 0;
	err = usher__leg_open_port(leg, &leg->invite->src);
	if (err)
		return err;
	if (leg->rel.answered) {
		/* The first description is the one (RFC 3261, 13.2.1). */
	} else if (leg->offered) {
		len = usher__leg_offer(leg, sdp, USHER__SENDRECV);
		leg->ack_answer = true;
	} else {
		len = usher__leg_sdp_answer(leg, sdp);
		err = usher__leg_apply(leg, false);
		if (err)
			return err;
	}
	err = usher__leg_send_200(leg, leg->invite, sdp, len);
	if (err)
		return err;
	(void)usher__leg_take(leg, USHER__IN_ACCEPT);
	tmr_cancel(&leg->deadline);
	return 0;
}
