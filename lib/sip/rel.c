/* Reliable provisional responses of an inbound leg (RFC 3262, 3).
 *
 *   none --send--> OPEN, sent again after T1, 2 T1, … --PRACK--> none
 *   OPEN --send--> OPEN, the other waits for its turn
 *   OPEN --answer, and it had a description--> OPEN, 200 waits for the PRACK
 *   OPEN --64 T1--> the call is refused
 *
 * An INVITE without an offer gets ours in the first of them, and the answer
 * comes in its PRACK; after an exchange the PRACK may bring another offer. */
#include <sip/legimpl.h>

/* ---- text ---- */

static bool next_word(struct pl *rest, struct pl *ret)
{
	while (rest->l && (*rest->p == ' ' || *rest->p == '\t'))
		pl_advance(rest, 1);
	*ret = *rest;
	for (ret->l = 0; ret->l < rest->l; ret->l++)
		if (ret->p[ret->l] == ' ' || ret->p[ret->l] == '\t')
			break;
	pl_advance(rest, (ssize_t)ret->l);
	return ret->l > 0;
}

int usher__rack_read(const struct pl *value, uint32_t *ret_rseq,
		     uint32_t *ret_cseq)
{
	struct pl rest = *value, rseq, cseq, method, more;

	if (!next_word(&rest, &rseq) || !next_word(&rest, &cseq) ||
	    !next_word(&rest, &method) || next_word(&rest, &more) ||
	    !usher__pl_decimal(&rseq, UINT32_MAX) ||
	    !usher__pl_decimal(&cseq, UINT32_MAX) ||
	    pl_strcmp(&method, "INVITE"))
		return USHER_EPROTO;
	*ret_rseq = pl_u32(&rseq);
	*ret_cseq = pl_u32(&cseq);
	return 0;
}

/* ---- sending ---- */

void usher__rel_learn(struct usher__leg *leg, const struct sip_msg *msg)
{
	if (sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "100rel"))
		leg->rel.peer = USHER__REL_REQUIRED;
	else if (sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "100rel"))
		leg->rel.peer = USHER__REL_SUPPORTED;
}

static void refuse(struct usher__leg *leg, enum usher__leg_cause cause,
		   uint16_t status)
{
	if (!usher__leg_take(leg, USHER__IN_HANGUP))
		return;
	(void)sip_treply(&leg->st, leg->ua->sip, leg->invite, status,
			 usher__sip_reason(status));
	usher__leg_over(leg, cause, status, NULL);
	usher__leg_dispose(leg);
}

static void again_handler(void *arg)
{
	struct usher__leg *leg = arg;
	unsigned n = ++leg->again_count;

	if (n > USHER__REL_SENDS) {
		refuse(leg, USHER__CAUSE_NO_ACK, 504);
		return;
	}
	leg->ua->n.retransmitted++;
	(void)sip_send(leg->ua->sip, leg->invite->sock, leg->again_tp,
		       &leg->again_dst, leg->again);
	tmr_start(&leg->again_tmr,
		  n == USHER__REL_SENDS ? SIP_T1 : (uint64_t)SIP_T1 << n,
		  again_handler, leg);
}

/* What goes with it: our offer, or our answer, or nothing. */
static int describe(struct usher__leg *leg, uint16_t status, char *sdp,
		    size_t *len)
{
	*len = 0;
	leg->rel.offer = false;
	if (leg->rel.answered || (status != 183 && !leg->offered))
		return 0;
	if (leg->offered) {
		*len = usher__leg_offer(leg, sdp, USHER__SENDRECV);
		leg->rel.offer = true;
		return 0;
	}
	*len = usher__leg_sdp_answer(leg, sdp);
	return usher__leg_apply(leg, false);
}

static int send_now(struct usher__leg *leg, uint16_t status)
{
	struct usher__rel *rel = &leg->rel;
	const struct sip_msg *msg = leg->invite;
	char sdp[USHER__SDP_TEXT_MAX];
	struct mbuf *mb = NULL;
	size_t len;
	int err;

	err = describe(leg, status, sdp, &len);
	if (err)
		return err;
	if (!rel->rseq)
		rel->rseq = rand_u32() >> 2;
	err = sip_treplyf(
		&leg->st, &mb, leg->ua->sip, msg, true, status,
		usher__sip_reason(status),
		"%H" USHER__SIP_ALLOW "Require: 100rel\r\nRSeq: %u\r\n%s"
		"Content-Length: %zu\r\n\r\n%b",
		usher__leg_contact_print, leg, ++rel->rseq,
		len ? "Content-Type: application/sdp\r\n" : "", len, sdp, len);
	if (err)
		return USHER_EIO;
	rel->cseq = msg->cseq.num;
	rel->open = true;
	rel->sdp = len > 0;
	mem_deref(leg->again);
	leg->again = mb;
	usher__leg_again_start(leg, msg, again_handler);
	return 0;
}

int usher__rel_send(struct usher__leg *leg, uint16_t status)
{
	struct usher__rel *rel = &leg->rel;
	int err = 0;

	if (status == 183 || leg->offered)
		err = usher__leg_open_port(leg, &leg->invite->src);
	if (err)
		return err;
	if (!rel->open)
		return send_now(leg, status);
	if (rel->next != 183)
		rel->next = status;
	return 0;
}

/* ---- PRACK ---- */

/* The answer to our offer. */
static int take_answer(struct usher__leg *leg, const struct sip_msg *msg)
{
	leg->rel.offer = false;
	if (!usher__msg_has_sdp(msg) || usher__leg_peer_sdp(leg, msg))
		return USHER_EPROTO;
	return usher__leg_apply(leg, true);
}

/* What waited for it. */
static void go_on(struct usher__leg *leg)
{
	struct usher__rel *rel = &leg->rel;
	uint16_t next = rel->next;

	rel->next = 0;
	if (rel->answer) {
		rel->answer = false;
		if (usher__leg_answer(leg->ua, leg->id))
			refuse(leg, USHER__CAUSE_MEDIA, 500);
	} else if (next && leg->state == USHER__LEG_ALERTING) {
		(void)send_now(leg, next);
	}
}

void usher__leg_pracked(struct usher__leg *leg, const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_RACK);
	struct usher__rel *rel = &leg->rel;
	char sdp[USHER__SDP_TEXT_MAX];
	uint32_t rseq, cseq;
	size_t len = 0;

	if (!hdr || usher__rack_read(&hdr->val, &rseq, &cseq)) {
		usher__ua_deny(leg->ua, msg, 400, USHER__NOTE_MALFORMED,
			       "no RAck", NULL);
		return;
	}
	if (!rel->open || rseq != rel->rseq || cseq != rel->cseq) {
		usher__ua_deny(leg->ua, msg, 481, USHER__NOTE_UNEXPECTED,
			       "nothing to confirm", NULL);
		return;
	}
	rel->open = false;
	if (leg->state <= USHER__LEG_ALERTING) {
		tmr_cancel(&leg->again_tmr);
		leg->again = mem_deref(leg->again);
	}
	if (rel->offer) {
		if (take_answer(leg, msg)) {
			usher__leg_reply_200(leg, msg, NULL, 0);
			refuse(leg, USHER__CAUSE_MEDIA, 488);
			return;
		}
		rel->answered = true;
	} else {
		rel->answered = rel->answered || rel->sdp;
		if (usher__msg_has_body(msg)) {
			/* Refused alone: what it confirms is confirmed. */
			if (usher__leg_offer_now(leg, msg, sdp, &len)) {
				go_on(leg);
				return;
			}
		}
	}
	usher__leg_reply_200(leg, msg, sdp, len);
	go_on(leg);
}
