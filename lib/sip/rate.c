/* What is let in: requests by the rate of their source, then calls by
 * overload. Who is banned does not come so far (limit.c).
 *
 * Whoever has proven nothing and is over its rate gets no answer on UDP, since
 * an answer to a forged source would hit somebody else, and there is no use in
 * being told; trunks and phones get a 503 with Retry-After. Requests of a call
 * that there is are never refused here, whatever else that address, or
 * somebody in its name, has sent. */
#include <string.h>
#include <strings.h>

#include <sip/limit.h>

enum {
	RETRY_AFTER_S = 5, /* … to twice that, so that not all come at once */
};

#define LOOPBACK "127.0.0.0/8 ::1"

static bool is(const struct sip_msg *msg, const char *method)
{
	return !pl_strcmp(&msg->met, method);
}

static void refuse_for_now(struct usher__ua *ua, const struct sip_msg *msg,
			   const char *why)
{
	char more[32];

	(void)re_snprintf(more, sizeof(more), "Retry-After: %u\r\n",
			  RETRY_AFTER_S + rand_u16() % (RETRY_AFTER_S + 1));
	usher__ua_refuse(ua, msg, 503, USHER__NOTE_LIMIT, why, more);
}

/* Programs that look for what can be broken into, and say so. */
static bool calls_itself_scanner(const struct sip_msg *msg)
{
	static const char *const names[] = {
		"friendly-scanner", "friendly-request", "sipvicious",
		"sip-scan",         "sundayddr",        "pplsip",
		"siparmyknife",     "sipcli",           "iwar",
	};
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_USER_AGENT);
	char agent[64];
	size_t i, n;

	if (!hdr)
		return false;
	n = hdr->val.l < sizeof(agent) - 1 ? hdr->val.l : sizeof(agent) - 1;
	memcpy(agent, hdr->val.p, n);
	agent[n] = '\0';
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncasecmp(agent, names[i], strlen(names[i])))
			return true;
	return false;
}

/* Beyond what its source may send: true, it was dealt with. */
static bool over_rate(struct usher__ua *ua, const struct sip_msg *msg)
{
	struct usher__limit *limit = ua->limit;
	bool first = !pl_isset(&msg->to.tag);
	bool call = first && (is(msg, "INVITE") || is(msg, "REGISTER"));
	bool line = usher__trunk_by_line(ua, msg) != NULL;
	bool trunk = line || usher__trunk_by_source(ua, &msg->src, NULL);
	int64_t now_us = usher__loop_mono_us();
	enum usher__source_verdict verdict;
	struct usher__address address;

	if (!first && usher__leg_by_dialog(ua, msg))
		return false;
	usher__limit_source(&msg->src, &address);
	/* Our registrar alone was told the line; some are known by nothing
	 * else. */
	if (line)
		usher__source_prove(limit->sources, &address, now_us);
	if (!trunk && calls_itself_scanner(msg) &&
	    !usher__source_proven(limit->sources, &address, now_us)) {
		usher__limit_offend(ua, &msg->src, USHER__OFFENCE_SCANNER,
				    USHER__OFFENCE_AT_ONCE);
		return true;
	}
	verdict = usher__source_take(limit->sources, &address, trunk, call,
				     now_us);
	if (verdict == USHER__SOURCE_GOOD)
		return false;
	ua->n.limited++;
	if (verdict == USHER__SOURCE_FLOOD)
		usher__limit_offend(ua, &msg->src, USHER__OFFENCE_FLOOD,
				    USHER__OFFENCE_AT_ONCE);
	else if (msg->tp != SIP_TRANSP_UDP || trunk ||
		 usher__source_proven(limit->sources, &address, now_us))
		refuse_for_now(ua, msg, "more than its rate");
	return true;
}

bool usher__limit_connect(struct usher__ua *ua, const struct sa *src)
{
	enum usher__source_verdict verdict;
	struct usher__address address;

	if (usher__limit_banned(ua, src))
		return false;
	if (usher__limit_allowed(ua, src))
		return true;
	usher__limit_source(src, &address);
	verdict = usher__source_take(ua->limit->sources, &address,
				     usher__trunk_by_source(ua, src, NULL) !=
					     NULL,
				     false, usher__loop_mono_us());
	if (verdict == USHER__SOURCE_GOOD)
		return true;
	ua->n.limited++;
	if (verdict == USHER__SOURCE_FLOOD)
		usher__limit_offend(ua, src, USHER__OFFENCE_FLOOD,
				    USHER__OFFENCE_AT_ONCE);
	return false;
}

bool usher__limit_known(struct usher__ua *ua, const struct sa *src)
{
	return usher__limit_exempt(ua, src) ||
	       usher__trunk_by_source(ua, src, NULL);
}

bool usher__limit_request(struct usher__ua *ua, const struct sip_msg *msg)
{
	struct usher__limit *limit = ua->limit;

	if (!limit)
		return false;
	if (limit->overload && msg->tp != SIP_TRANSP_UDP)
		usher__overload_stream(limit->overload);
	if (!usher__limit_allowed(ua, &msg->src) && over_rate(ua, msg))
		return true;
	if (pl_isset(&msg->to.tag) || !is(msg, "INVITE") || !limit->overload ||
	    !usher__overload_on(limit->overload,
				usher__limit_known(ua, &msg->src),
				msg->tp == SIP_TRANSP_UDP))
		return false;
	usher__overload_refused(limit->overload);
	refuse_for_now(ua, msg, "overload");
	return true;
}

static uint32_t number(int32_t wanted, uint32_t fallback)
{
	if (wanted < 0)
		return 0;
	return wanted ? (uint32_t)wanted : fallback;
}

static void limit_destructor(void *arg)
{
	struct usher__limit *limit = arg;

	tmr_cancel(&limit->sweep_tmr);
	tmr_cancel(&limit->told_tmr);
	mem_deref(limit->overload);
	usher__guesses_free(limit->guesses);
	usher__sources_free(limit->sources);
}

int usher__allow_check(const char *allow, struct usher_error *err)
{
	struct usher__prefix prefixes[USHER__UA_ALLOW_MAX];
	unsigned count = 0;

	return usher__prefixes_parse(prefixes, USHER__UA_ALLOW_MAX, &count,
				     allow, err);
}

int usher__limit_new(struct usher__ua *ua, const struct usher__limits *limits,
		     struct usher_error *err)
{
	static const struct usher__limits none;
	const struct usher__limits *l = limits ? limits : &none;
	const struct usher__sources_opts opts = {
		.stranger = {number(l->stranger_requests,
				    USHER__UA_STRANGER_REQUESTS),
			     number(l->stranger_calls,
				    USHER__UA_STRANGER_CALLS)},
		.phone = {number(l->phone_requests, USHER__UA_PHONE_REQUESTS),
			  number(l->phone_calls, USHER__UA_PHONE_CALLS)},
		.trunk = {number(l->trunk_requests, USHER__UA_TRUNK_REQUESTS),
			  number(l->trunk_calls, USHER__UA_TRUNK_CALLS)},
		.failures = number(l->failures, USHER__UA_FAILURES),
		.ban_s = number(l->ban_s, USHER__UA_BAN_S),
		.ban_max_s = number(l->ban_max_s, USHER__UA_BAN_MAX_S),
		.seed = rand_u64(),
	};
	uint32_t overload_ms = number(l->overload_ms, USHER__UA_OVERLOAD_MS);
	/* Who says how long means it. */
	uint32_t own_ms = l->overload_ms ? 0 : USHER__UA_OVERLOAD_OWN_MS;
	struct usher__limit *limit;
	int code;

	limit = mem_zalloc(sizeof(*limit), limit_destructor);
	if (!limit)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	limit->ua = ua;
	tmr_init(&limit->sweep_tmr);
	tmr_init(&limit->told_tmr);
	code = usher__prefixes_parse(limit->allow, USHER__UA_ALLOW_MAX,
				     &limit->allow_count,
				     l->allow ? l->allow : LOOPBACK, err);
	if (!code &&
	    (usher__sources_new(&limit->sources, &opts) ||
	     usher__guesses_new(&limit->guesses) ||
	     (overload_ms &&
	      usher__overload_new(&limit->overload, ua, overload_ms, own_ms))))
		code = usher_error_set(err, USHER_ENOMEM, "no memory");
	if (code)
		mem_deref(limit);
	else
		ua->limit = limit;
	return code;
}

void usher__limit_free(struct usher__ua *ua)
{
	ua->limit = mem_deref(ua->limit);
}
