/* What is let in.
 *
 * A banned source costs one lookup for each packet (guard.c) or connection
 * (tcp.c), before anything is read. What can be read goes through
 * usher__limit_request(): rates by source, then overload. Whoever has proven
 * nothing and is over its rate gets no answer on UDP, since an answer to a
 * forged source would hit somebody else, and there is no use in being told;
 * trunks and phones get a 503 with Retry-After. Requests of a call that there
 * is are never refused here, whatever else that address, or somebody in its
 * name, has sent.
 *
 * Who may not be locked out: sources on UDP can be forged, so what is wrong
 * with them may be somebody else's work. Never banned are those in
 * limits->allow, trunks' sources, and those that have shown a right password
 * or the line of our registration from that very address, or have answered
 * our REGISTER, in the last USHER__SOURCE_PROVEN_S. They have rates
 * of their own, which a forger can only spend by sending as much. */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include <sip/limit.h>

enum {
	RETRY_AFTER_S = 5, /* … to twice that, so that not all come at once */
	SWEEP_MIN_MS = 100,
	ADDRESS_TEXT = 64,
	V6_BYTES = 8, /* of an address of IPv6 that are looked at */
};

#define LOOPBACK "127.0.0.0/8 ::1"

static const char *offence_name(enum usher__offence offence)
{
	static const char *const names[] = {"",        "malformed", "refused",
					    "unknown", "scanner",   "flood"};

	return names[offence];
}

void usher__limit_source(const struct sa *src, struct usher__address *ret)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0,    0,
					   0, 0, 0, 0, 0xff, 0xff};
	uint8_t six[16];
	uint32_t in;

	memset(ret, 0, sizeof(*ret));
	if (sa_af(src) == AF_INET) {
		in = htonl(sa_in(src));
		ret->af = 4;
		memcpy(ret->bytes, &in, sizeof(in));
		return;
	}
	sa_in6(src, six);
	ret->af = memcmp(six, mapped, sizeof(mapped)) ? 6 : 4;
	if (ret->af == 6)
		memcpy(ret->bytes, six, V6_BYTES);
	else
		memcpy(ret->bytes, six + sizeof(mapped), 4);
}

static void address_text(const struct usher__address *address, char *ret,
			 size_t size)
{
	uint32_t in;
	struct sa sa;

	if (address->af == 4) {
		memcpy(&in, address->bytes, sizeof(in));
		sa_set_in(&sa, ntohl(in), 0);
	} else {
		sa_set_in6(&sa, address->bytes, 0);
	}
	(void)re_snprintf(ret, size, "%j%s", &sa,
			  address->af == 4 ? "" : "/64");
}

/* ---- what is told ---- */

static void told_handler(void *arg)
{
	struct usher__limit *limit = arg;
	struct usher__security more = {.kind = USHER__SECURITY_MORE,
				       .source = "",
				       .reason = "",
				       .count = limit->more};

	limit->told = 0;
	limit->more = 0;
	if (more.count)
		usher__security_tell(limit->ua, &more);
}

void usher__security_tell(struct usher__ua *ua,
			  const struct usher__security *what)
{
	struct usher__limit *limit = ua->limit;

	if (!ua->ops->security || !limit)
		return;
	if (!tmr_isrunning(&limit->told_tmr))
		tmr_start(&limit->told_tmr, USHER__SECURITY_MS, told_handler,
			  limit);
	if (limit->told >= USHER__SECURITY_EVENTS) {
		limit->more++;
		return;
	}
	limit->told++;
	ua->ops->security(ua->arg, what);
}

static void tell_ban(struct usher__ua *ua, const struct usher__ban *ban)
{
	char text[ADDRESS_TEXT];
	struct usher__security what = {
		.kind = USHER__SECURITY_BAN,
		.source = text,
		.reason = offence_name(ban->offence),
		.count = ban->count,
		.seconds =
			(uint32_t)((ban->until_us - ban->since_us) / 1000000),
	};

	address_text(&ban->address, text, sizeof(text));
	ua->n.bans++;
	usher__ua_note(ua, USHER__NOTE_SECURITY, USHER__LOG_WARNING,
		       "banned %s for %u s: %s", text, what.seconds,
		       what.reason);
	usher__security_tell(ua, &what);
}

static void tell_end(void *arg, const struct usher__ban *ban)
{
	struct usher__limit *limit = arg;
	char text[ADDRESS_TEXT];
	struct usher__security what = {
		.kind = USHER__SECURITY_BAN_END,
		.source = text,
		.reason = offence_name(ban->offence),
		.count = ban->dropped,
	};

	address_text(&ban->address, text, sizeof(text));
	usher__ua_note(limit->ua, USHER__NOTE_SECURITY, USHER__LOG_INFO,
		       "no longer banned: %s, %llu packets dropped", text,
		       (unsigned long long)ban->dropped);
	usher__security_tell(limit->ua, &what);
}

/* ---- bans ---- */

static void sweep(void *arg)
{
	struct usher__limit *limit = arg;
	int64_t now_us = usher__loop_mono_us(), next_us;
	uint64_t wait_ms;

	next_us =
		usher__sources_sweep(limit->sources, now_us, tell_end, limit);
	if (!next_us)
		return;
	wait_ms = next_us > now_us ? (uint64_t)(next_us - now_us) / 1000 : 0;
	tmr_start(&limit->sweep_tmr, wait_ms + SWEEP_MIN_MS, sweep, limit);
}

/* allow and trunks' sources: they are who they are. */
static bool trusted(struct usher__ua *ua, const struct sa *src)
{
	return usher__limit_allowed(ua, src) ||
	       usher__trunk_by_source(ua, src, NULL);
}

bool usher__limit_allowed(const struct usher__ua *ua, const struct sa *src)
{
	const struct usher__limit *limit = ua->limit;

	return !limit ||
	       usher__prefixes_cover(limit->allow, limit->allow_count, src);
}

bool usher__limit_exempt(struct usher__ua *ua, const struct sa *src)
{
	struct usher__address address;

	if (usher__limit_allowed(ua, src))
		return true;
	usher__limit_source(src, &address);
	return usher__source_proven(ua->limit->sources, &address,
				    usher__loop_mono_us());
}

void usher__limit_prove(struct usher__ua *ua, const struct sa *src)
{
	struct usher__address address;

	if (usher__limit_allowed(ua, src))
		return;
	usher__limit_source(src, &address);
	usher__source_prove(ua->limit->sources, &address,
			    usher__loop_mono_us());
}

bool usher__limit_banned(struct usher__ua *ua, const struct sa *src)
{
	struct usher__limit *limit = ua->limit;
	struct usher__address address;
	struct usher__ban ban;

	if (!limit)
		return false;
	usher__limit_source(src, &address);
	if (!usher__source_banned(limit->sources, &address,
				  usher__loop_mono_us()))
		return false;
	/* It has become a trunk's since. */
	if (trusted(ua, src)) {
		if (usher__source_lift(limit->sources, &address, &ban))
			tell_end(limit, &ban);
		return false;
	}
	ua->n.banned++;
	return true;
}

void usher__limit_offend(struct usher__ua *ua, const struct sa *src,
			 enum usher__offence offence, uint32_t points)
{
	struct usher__limit *limit = ua->limit;
	struct usher__address address;
	struct usher__ban ban;

	if (!limit || trusted(ua, src))
		return;
	usher__limit_source(src, &address);
	if (!usher__source_offend(limit->sources, &address, offence, points,
				  usher__loop_mono_us(), &ban))
		return;
	tell_ban(ua, &ban);
	sweep(limit);
}

struct listing {
	usher__ua_ban_fn *fn;
	void *arg;
	int64_t now_us;
};

static void list_ban(void *arg, const struct usher__ban *ban)
{
	const struct listing *listing = arg;
	char text[ADDRESS_TEXT];
	struct usher__ua_ban one = {
		.source = text,
		.reason = offence_name(ban->offence),
		.left_s =
			(uint32_t)((ban->until_us - listing->now_us + 999999) /
				   1000000),
		.count = ban->count,
		.dropped = ban->dropped,
	};

	address_text(&ban->address, text, sizeof(text));
	listing->fn(listing->arg, &one);
}

size_t usher__ua_bans(struct usher__ua *ua, usher__ua_ban_fn *fn, void *arg)
{
	struct listing listing = {fn, arg, usher__loop_mono_us()};

	return ua->limit ? usher__sources_bans(ua->limit->sources,
					       listing.now_us,
					       fn ? list_ban : NULL, &listing)
			 : 0;
}

int usher__ua_unban(struct usher__ua *ua, const char *source)
{
	struct usher__address address;
	struct usher__ban ban;
	char text[ADDRESS_TEXT];
	struct sa sa;

	/* "2001:db8::/64", as it is told. */
	str_ncpy(text, source, sizeof(text));
	text[strcspn(text, "/")] = '\0';
	if (sa_set_str(&sa, text, 0))
		return USHER_EINVAL;
	usher__limit_source(&sa, &address);
	if (!ua->limit ||
	    !usher__source_lift(ua->limit->sources, &address, &ban))
		return USHER_ENOENT;
	tell_end(ua->limit, &ban);
	return 0;
}

/* ---- requests ---- */

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

static bool known(struct usher__ua *ua, const struct sa *src)
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
	    !usher__overload_on(limit->overload, known(ua, &msg->src)))
		return false;
	usher__overload_refused(limit->overload);
	refuse_for_now(ua, msg, "overload");
	return true;
}

/* ---- life ---- */

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
	if (!code && (usher__sources_new(&limit->sources, &opts) ||
		      usher__guesses_new(&limit->guesses) ||
		      (overload_ms && usher__overload_new(&limit->overload, ua,
							  overload_ms))))
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
