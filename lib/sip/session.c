/* Session timers (RFC 4028), in both roles: a call whose peer has vanished
 * ends, even when nobody sends sound.
 *
 *   OFF --a 2xx agrees on an interval--> ON
 *   ON  --a later 2xx, either side's request--> ON, from the beginning, or OFF
 *   ON, we refresh --half of it is over--> UPDATE, or re-INVITE where the peer
 *       does not allow that; after a refusal again when half of what is left
 *       is over; 481, 408 or no answer: lost
 *   ON  --its end less a margin--> lost: BYE
 */
#include <sip/legimpl.h>

/* ---- text ---- */

int usher__session_read(const struct pl *value, uint32_t *ret_s,
			enum usher__refresher *ret_who)
{
	struct pl num = *value, params, who;

	for (num.l = 0; num.l < value->l; num.l++)
		if (num.p[num.l] < '0' || num.p[num.l] > '9')
			break;
	params.p = value->p + num.l;
	params.l = value->l - num.l;
	while (params.l && (*params.p == ' ' || *params.p == '\t'))
		pl_advance(&params, 1);
	if (!usher__pl_decimal(&num, UINT32_MAX) ||
	    (params.l && *params.p != ';'))
		return USHER_EPROTO;
	*ret_who = USHER__REFRESHER_NONE;
	if (!msg_param_decode(&params, "refresher", &who)) {
		if (!pl_strcasecmp(&who, "uac"))
			*ret_who = USHER__REFRESHER_UAC;
		else if (!pl_strcasecmp(&who, "uas"))
			*ret_who = USHER__REFRESHER_UAS;
		else
			return USHER_EPROTO;
	}
	*ret_s = pl_u32(&num);
	return 0;
}

/* A header of these two: 0 with 0 s where there is none. */
static int read_header(const struct sip_msg *msg, enum sip_hdrid id,
		       uint32_t *ret_s, enum usher__refresher *ret_who)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, id);

	*ret_s = 0;
	*ret_who = USHER__REFRESHER_NONE;
	return hdr ? usher__session_read(&hdr->val, ret_s, ret_who) : 0;
}

static uint32_t least(const struct usher__leg *leg)
{
	return MAX(leg->session.min_s, leg->ua->session_min_s);
}

int usher__session_ask(struct re_printf *pf, const struct usher__leg *leg)
{
	const struct usher__session *s = &leg->session;
	bool up = leg->state == USHER__LEG_UP;
	uint32_t secs = s->ask_s ? s->ask_s : leg->ua->session_s;
	int err;

	/* Where none was agreed on there will be none, and before the answer
	 * only the INVITE asks. */
	if (up ? !s->interval_s : !leg->outbound || leg->branches.head)
		return 0;
	if (up)
		secs = MAX(s->interval_s, s->ask_s);
	err = re_hprintf(pf, "Session-Expires: %u%s\r\n",
			 MAX(secs, least(leg)),
			 !up       ? ""
			 : s->ours ? ";refresher=uac"
				   : ";refresher=uas");
	if (least(leg) != USHER__SESSION_MIN_S)
		err |= re_hprintf(pf, "Min-SE: %u\r\n", least(leg));
	return err;
}

int usher__session_grant(struct re_printf *pf, const struct usher__leg *leg)
{
	const struct usher__session *s = &leg->session;

	if (!s->interval_s)
		return 0;
	return re_hprintf(pf, "%sSession-Expires: %u;refresher=%s\r\n",
			  s->timer ? "Require: timer\r\n" : "", s->interval_s,
			  s->ours ? "uas" : "uac");
}

/* ---- agreeing ---- */

uint16_t usher__session_take(struct usher__leg *leg, const struct sip_msg *msg)
{
	bool timer = sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "timer") ||
		     sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "timer");
	struct usher__session *s = &leg->session;
	struct usher__ua *ua = leg->ua;
	enum usher__refresher who, unused;
	uint32_t asked, min_s;

	if (read_header(msg, SIP_HDR_SESSION_EXPIRES, &asked, &who) ||
	    read_header(msg, SIP_HDR_MIN_SE, &min_s, &unused) ||
	    min_s > USHER__SESSION_MAX_S)
		return 400;
	if (asked && asked < ua->session_min_s) {
		if (timer)
			return 422;
		/* A proxy's wish, with a phone that cannot know why. */
		asked = 0;
	}
	s->timer = timer;
	s->min_s = MAX(s->min_s, min_s);
	if (!asked && !timer) {
		s->ours = true;
		return 0;
	}
	if (!asked && !who)
		who = s->interval_s && !s->ours ? USHER__REFRESHER_UAC
						: USHER__REFRESHER_UAS;
	if (!asked || asked > ua->session_s)
		asked = MAX(ua->session_s, least(leg));
	s->interval_s = asked;
	s->ours = !timer || who != USHER__REFRESHER_UAC;
	return 0;
}

void usher__session_answered(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__session *s = &leg->session;
	enum usher__refresher who;
	uint32_t secs;

	s->tries = 0;
	if (read_header(msg, SIP_HDR_SESSION_EXPIRES, &secs, &who))
		secs = 0;
	if (secs) {
		secs = MAX(secs, leg->ua->session_min_s);
		secs = MIN(secs, USHER__SESSION_MAX_S);
	}
	s->interval_s = secs;
	s->ours = who != USHER__REFRESHER_UAS;
	usher__session_start(leg);
}

int usher__session_more(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__session *s = &leg->session;
	enum usher__refresher unused;
	uint32_t min_s;

	if (s->tries >= USHER__SESSION_TRIES ||
	    read_header(msg, SIP_HDR_MIN_SE, &min_s, &unused) || !min_s ||
	    min_s > USHER__SESSION_MAX_S)
		return USHER_EPERM;
	s->tries++;
	s->min_s = MAX(s->min_s, min_s);
	s->ask_s = MAX(s->min_s, MAX(s->ask_s, leg->ua->session_s));
	return 0;
}

void usher__session_min(const struct usher__ua *ua, char *ret, size_t size)
{
	(void)re_snprintf(ret, size, "Min-SE: %u\r\n", ua->session_min_s);
}

struct usher__session_terms usher__session_terms(const struct usher__leg *leg)
{
	const struct usher__session *s = &leg->session;

	return (struct usher__session_terms){s->interval_s, s->min_s, s->ours,
					     s->timer};
}

void usher__session_restore(struct usher__leg *leg,
			    const struct usher__session_terms *terms)
{
	leg->session.interval_s = terms->interval_s;
	leg->session.min_s = terms->min_s;
	leg->session.ours = terms->ours;
	leg->session.timer = terms->timer;
}

/* ---- keeping it ---- */

void usher__session_stop(struct usher__leg *leg)
{
	tmr_cancel(&leg->session.tmr);
	leg->session.req = mem_deref(leg->session.req);
}

void usher__session_start(struct usher__leg *leg)
{
	struct usher__session *s = &leg->session;
	uint64_t ms = (uint64_t)s->interval_s * 1000, end;

	tmr_cancel(&s->tmr);
	if (!s->interval_s || leg->ended)
		return;
	end = ms - MIN(USHER__SESSION_MARGIN_MS, ms / USHER__SESSION_SHARE);
	s->ends_us = usher__loop_mono_us() + (int64_t)end * 1000;
	tmr_start(&s->tmr, s->ours ? ms / 2 : end + 1, leg->ua->session_due,
		  leg);
}
