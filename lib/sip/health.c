/* Is a trunk's address there? OPTIONS now and then, and what calls show.
 *
 *   UP --USHER__TRUNK_MISSES without an answer--> DOWN --an answer--> UP
 *
 * An answer is whatever says that somebody works there: no response, 408 and
 * 5xx but for 501 and 505 are none (a proxy says those of what is behind it).
 *
 *   a call fails --> RESTING, longer each time --> over by itself, by a call
 *   that gets through, or by UP where it rests for its silence
 */
#include <sip/legimpl.h>

static void check(void *arg);

static const char *why_text(uint16_t status)
{
	return status ? usher__sip_reason(status) : "no answer";
}

static void tell(const struct usher__hop *hop, enum usher__log_level level,
		 const char *what, const char *why)
{
	char at[sizeof(((struct usher__way *)0)->hop)];

	usher__hop_print(hop, at, sizeof(at));
	usher__ua_log(hop->trunk->ua, level, "trunk \"%s\": %s %s%s%s",
		      hop->trunk->name, at, what, *why ? ": " : "", why);
}

static bool is_answer(uint16_t status)
{
	return status != 408 && (status < 500 || status >= 600 ||
				 status == 501 || status == 505);
}

static void up(struct usher__hop *hop)
{
	hop->misses = 0;
	if (!hop->down)
		return;
	hop->down = false;
	/* One that answers this but no call goes on resting. */
	if (hop->silent)
		usher__hop_worked(hop);
	tell(hop, USHER__LOG_INFO, "is up", "");
	usher__registration_kick(hop->trunk);
}

/* Asked again at once until it is believed. */
static void missed(struct usher__hop *hop, uint16_t status)
{
	hop->req = mem_deref(hop->req);
	if (hop->misses < USHER__TRUNK_MISSES)
		hop->misses++;
	if (hop->misses >= USHER__TRUNK_MISSES && !hop->down) {
		hop->down = true;
		tell(hop, USHER__LOG_WARNING, "is down", why_text(status));
	}
	/* Not from inside: what failed to be sent would fail for ever. */
	tmr_start(&hop->tmr,
		  hop->down ? hop->trunk->check_ms
			    : (status ? USHER__TRUNK_CHECK_MIN_MS : 0),
		  check, hop);
}

static void no_answer(void *arg)
{
	missed(arg, 0);
}

static void answered(int err, const struct sip_msg *msg, void *arg)
{
	struct usher__hop *hop = arg;

	if (!err && msg->scode < 200)
		return;
	if (err || !is_answer(msg->scode)) {
		missed(hop, err ? 503 : msg->scode);
		return;
	}
	up(hop);
	tmr_start(&hop->tmr, hop->trunk->check_ms, check, hop);
}

static int contact(enum sip_transp tp, const struct sa *src,
		   const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct usher__hop *hop = arg;
	int err = usher__trunk_expect(hop->trunk, tp, dst);

	(void)src;
	return err ? err
		   : usher__ua_contact(mb, hop->trunk->ua, hop->trunk->user,
				       tp, dst);
}

static int ask(struct usher__hop *hop)
{
	const struct usher__trunk *trunk = hop->trunk;
	char at[sizeof(((struct usher__way *)0)->hop)];
	char to[USHER__UA_MAX_URI], text[sizeof(at) + 8];
	struct pl pl, user, host;
	struct uri route;

	usher__hop_print(hop, at, sizeof(at));
	(void)re_snprintf(text, sizeof(text), "sip:%s", at);
	pl_set_str(&pl, text);
	if (uri_decode(&route, &pl) ||
	    usher__trunk_print(trunk, NULL, to, sizeof(to)))
		return USHER_EINVAL;
	pl_set_str(&user, trunk->user ? trunk->user : "usher");
	pl_set_str(&host, trunk->from_domain ? trunk->from_domain
					     : trunk->ua->local_ip);
	return sip_requestf(&hop->req, trunk->ua->sip, true, "OPTIONS", to,
			    &route, NULL, contact, answered, hop,
			    "To: <%s>\r\n"
			    "From: <sip:%H@%H>;tag=%016llx\r\n"
			    "Call-ID: %016llx\r\nCSeq: 1 OPTIONS\r\n"
			    "Content-Length: 0\r\n\r\n",
			    to, uri_user_escape, &user, usher__host_print,
			    &host, rand_u64(), rand_u64());
}

static void check(void *arg)
{
	struct usher__hop *hop = arg;
	uint32_t wait_ms = hop->trunk->check_ms;

	hop->req = mem_deref(hop->req);
	if (wait_ms > USHER__TRUNK_CHECK_WAIT_MS)
		wait_ms = USHER__TRUNK_CHECK_WAIT_MS;
	if (ask(hop))
		missed(hop, 503);
	else
		tmr_start(&hop->tmr, wait_ms, no_answer, hop);
}

void usher__hop_watch(struct usher__hop *hop)
{
	if (hop->trunk->check_ms)
		tmr_start(&hop->tmr, hop->trunk->check_ms, check, hop);
}

/* DNS may be asked more often than addresses are: what was begun goes on. */
void usher__hop_watch_on(struct usher__hop *hop, const struct usher__hop *from)
{
	if (tmr_isrunning(&from->tmr))
		tmr_start(&hop->tmr, tmr_get_expire(&from->tmr), check, hop);
}

/* ---- what calls show ---- */

static void rest(struct usher__hop *hop, uint64_t for_ms, uint16_t status)
{
	hop->rest_until_us = usher__loop_mono_us() + (int64_t)for_ms * 1000;
	tell(hop, USHER__LOG_WARNING, "rests", why_text(status));
}

void usher__hop_failed(struct usher__hop *hop, uint16_t status)
{
	hop->trunk->use->failed++;
	hop->silent = !status || hop->silent;
	/* Several calls that fail together are one failure. */
	if (usher__hop_resting(hop))
		return;
	hop->rest_ms = hop->rest_ms ? hop->rest_ms * 2 : USHER__TRUNK_REST_MS;
	if (hop->rest_ms > USHER__TRUNK_REST_MAX_MS)
		hop->rest_ms = USHER__TRUNK_REST_MAX_MS;
	rest(hop, hop->rest_ms, status);
}

static struct usher__hop *hop_of(const struct usher__leg *leg)
{
	struct usher__ua *ua = leg->ua;
	struct usher__hop *hop = NULL;
	unsigned i;

	for (i = 0; leg->hop && i < ua->trunk_count && !hop; i++)
		if (ua->trunks[i]->use == leg->use)
			hop = usher__hop_find(ua->trunks[i], leg->hop + 4);
	return hop;
}

/* It says itself for how long (RFC 3261, 21.5.4). */
void usher__trunk_refused(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__hop *hop = msg->scode == 503 ? hop_of(leg) : NULL;
	uint64_t for_ms = (uint64_t)usher__retry_after_s(msg) * 1000;

	if (!hop || !for_ms || usher__hop_resting(hop))
		return;
	rest(hop,
	     for_ms < USHER__TRUNK_REST_MAX_MS ? for_ms
					       : USHER__TRUNK_REST_MAX_MS,
	     msg->scode);
}

void usher__hop_worked(struct usher__hop *hop)
{
	hop->rest_ms = 0;
	hop->rest_until_us = 0;
	hop->silent = false;
}
