/* Where a trunk is: one numeric address, or what DNS says, looked up before
 * anybody calls and again when the answer is too old. A call waits for no
 * name server; while none answers, the old addresses are good for a day.
 *
 *   usher__hops_start --> LOOKING
 *   LOOKING --found--> FOUND --its time is over--> LOOKING
 *   LOOKING --nothing found, no answer--> WAITING --a while--> LOOKING
 */
#include <string.h>

#include <sip/impl.h>

enum { RETRY_FIRST_S = 5 };

static void look(void *arg);

static bool same_hop(const struct usher__hop *a, const struct usher__hop *b)
{
	return a->tp == b->tp && sa_cmp(&a->addr, &b->addr, SA_ALL);
}

static void learn(struct usher__hop *hop, const struct usher__hop *from)
{
	hop->misses = from->misses;
	hop->down = from->down && hop->trunk->check_ms;
	hop->silent = from->silent;
	hop->rest_ms = from->rest_ms;
	hop->rest_until_us = from->rest_until_us;
	if (hop->trunk->check_ms)
		usher__hop_watch_on(hop, from);
}

void usher__hops_learn(struct usher__trunk *trunk,
		       const struct usher__trunk *from)
{
	unsigned i, k;

	if (!trunk->numeric && trunk->host && from->host &&
	    !strcmp(trunk->host, from->host) && trunk->port == from->port &&
	    trunk->tp == from->tp && trunk->tp_given == from->tp_given &&
	    !trunk->hop_count) {
		for (i = 0; i < from->hop_count; i++)
			(void)usher__hop_add(
				trunk, &from->hops[i]->addr, from->hops[i]->tp,
				from->hops[i]->rank, from->hops[i]->weight);
		trunk->dns_good_until_us = from->dns_good_until_us;
	}
	for (i = 0; i < trunk->hop_count; i++)
		for (k = 0; k < from->hop_count; k++)
			if (same_hop(trunk->hops[i], from->hops[k]))
				learn(trunk->hops[i], from->hops[k]);
}

static void look_again(struct usher__trunk *trunk)
{
	trunk->dns_retry_s =
		trunk->dns_retry_s ? trunk->dns_retry_s * 2 : RETRY_FIRST_S;
	if (trunk->dns_retry_s > USHER__DNS_RETRY_MAX_S)
		trunk->dns_retry_s = USHER__DNS_RETRY_MAX_S;
	tmr_start(&trunk->dns_tmr, (uint64_t)trunk->dns_retry_s * 1000, look,
		  trunk);
}

static void nothing_found(struct usher__trunk *trunk, int err)
{
	int64_t now_us = usher__loop_mono_us();
	bool old = trunk->hop_count && now_us < trunk->dns_good_until_us;

	if (!old)
		usher__hops_drop(trunk);
	usher__ua_log(trunk->ua, USHER__LOG_WARNING,
		      "trunk \"%s\": DNS %s %s%s", trunk->name,
		      err ? "does not answer for" : "knows no address of",
		      trunk->host, old ? ": the old addresses stay" : "");
	look_again(trunk);
}

static void found(void *arg, int err, const struct usher__found *at,
		  unsigned count, uint32_t ttl_s)
{
	struct usher__trunk *trunk = arg;
	struct usher__trunk was = *trunk;
	unsigned i, known = 0;

	trunk->resolver = mem_deref(trunk->resolver);
	if (err || !count) {
		nothing_found(trunk, err);
		return;
	}
	/* The new ones first, so that what is known of the old is kept. */
	trunk->hop_count = 0;
	for (i = 0; i < count; i++)
		(void)usher__hop_add(trunk, &at[i].addr, at[i].tp, at[i].rank,
				     at[i].weight);
	usher__hops_learn(trunk, &was);
	for (i = 0; i < trunk->hop_count; i++)
		known += i < was.hop_count &&
			 same_hop(trunk->hops[i], was.hops[i]);
	if (known != was.hop_count || known != trunk->hop_count)
		usher__ua_log(trunk->ua, USHER__LOG_INFO,
			      "trunk \"%s\": %s has %u address%s", trunk->name,
			      trunk->host, trunk->hop_count,
			      trunk->hop_count == 1 ? "" : "es");
	for (i = 0; i < was.hop_count; i++)
		mem_deref(was.hops[i]);
	for (i = 0; i < trunk->hop_count; i++)
		if (!tmr_isrunning(&trunk->hops[i]->tmr))
			usher__hop_watch(trunk->hops[i]);
	usher__registration_kick(trunk);
	trunk->dns_retry_s = 0;
	trunk->dns_good_until_us =
		usher__loop_mono_us() + (int64_t)USHER__DNS_STALE_S * 1000000;
	tmr_start(&trunk->dns_tmr, (uint64_t)ttl_s * 1000, look, trunk);
}

static void look(void *arg)
{
	struct usher__trunk *trunk = arg;

	if (usher__resolve(&trunk->resolver, trunk->ua, trunk->host,
			   trunk->port,
			   trunk->tp_given ? trunk->tp : SIP_TRANSP_NONE,
			   found, trunk))
		look_again(trunk);
}

void usher__hops_start(struct usher__trunk *trunk)
{
	unsigned i;

	for (i = 0; i < trunk->hop_count; i++)
		if (!tmr_isrunning(&trunk->hops[i]->tmr))
			usher__hop_watch(trunk->hops[i]);
	if (trunk->host && !trunk->numeric)
		look(trunk);
}
