/* Who is banned, and what is told of it.
 *
 * A banned source costs one lookup for each packet (guard.c) or connection
 * (tcp.c), before anything is read. Who may not be locked out: sources on UDP
 * can be forged, so what is wrong with them may be somebody else's work. Never
 * banned are those in limits->allow, trunks' sources, and those that have
 * shown a right password or the line of our registration from that very
 * address, or have answered our REGISTER, in the last USHER__SOURCE_PROVEN_S.
 * They have rates of their own, which a forger can only spend by sending as
 * much. */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include <sip/limit.h>

enum {
	SWEEP_MIN_MS = 100,
	ADDRESS_TEXT = 64,
	V6_BYTES = 8, /* of an address of IPv6 that are looked at */
};

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
