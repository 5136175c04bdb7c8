/* The addresses of a trunk: kept, found, and in which order they are tried;
 * and what all ask who send to a trunk: which one it is (usher__trunk_find),
 * its URI (usher__trunk_print), and whose certificate it shows over TLS
 * (usher__trunk_expect). */
#include <string.h>

#include <sip/impl.h>
#include <sip/limit.h>

static void hop_destructor(void *arg)
{
	struct usher__hop *hop = arg;

	tmr_cancel(&hop->tmr);
	mem_deref(hop->req);
}

int usher__hop_add(struct usher__trunk *trunk, const struct sa *addr,
		   enum sip_transp tp, uint64_t rank, uint16_t weight)
{
	struct usher__hop *hop;

	if (trunk->hop_count >= USHER__TRUNK_HOPS)
		return USHER_EFULL;
	hop = mem_zalloc(sizeof(*hop), hop_destructor);
	if (!hop)
		return USHER_ENOMEM;
	tmr_init(&hop->tmr);
	hop->trunk = trunk;
	hop->addr = *addr;
	hop->tp = tp;
	hop->rank = rank;
	hop->weight = weight;
	trunk->hops[trunk->hop_count++] = hop;
	return 0;
}

void usher__hops_drop(struct usher__trunk *trunk)
{
	while (trunk->hop_count)
		mem_deref(trunk->hops[--trunk->hop_count]);
}

void usher__hops_flush(struct usher__trunk *trunk)
{
	tmr_cancel(&trunk->dns_tmr);
	trunk->resolver = mem_deref(trunk->resolver);
	usher__hops_drop(trunk);
}

void usher__hop_print(const struct usher__hop *hop, char *ret, size_t size)
{
	const char *tp = hop->tp == SIP_TRANSP_TLS   ? "tls"
			 : hop->tp == SIP_TRANSP_TCP ? "tcp"
						     : "udp";

	(void)re_snprintf(ret, size, "%J;transport=%s", &hop->addr, tp);
}

struct usher__hop *usher__hop_find(struct usher__trunk *trunk,
				   const char *text)
{
	char own[sizeof(((struct usher__way *)0)->hop)];
	unsigned i;

	for (i = 0; i < trunk->hop_count; i++) {
		usher__hop_print(trunk->hops[i], own, sizeof(own));
		if (!strcmp(own, text))
			return trunk->hops[i];
	}
	return NULL;
}

static unsigned place_of(const struct usher__trunk *trunk, unsigned which)
{
	const struct usher__hop *hop = trunk->hops[which];
	unsigned i, place = 0;

	for (i = 0; i < trunk->hop_count; i++)
		place += trunk->hops[i]->rank < hop->rank ||
			 (trunk->hops[i]->rank == hop->rank && i < which);
	return place;
}

struct usher__hop *usher__hop_nth(struct usher__trunk *trunk, unsigned n)
{
	unsigned i;

	for (i = 0; i < trunk->hop_count; i++)
		if (place_of(trunk, i) == n)
			return trunk->hops[i];
	return NULL;
}

/* A Route header would say the same, and is refused by many (RFC 5658 tells
 * of it); the Request-URI has to name the domain. */
int usher__dialog_hop(struct sip_dialog *dlg, const char *text)
{
	struct uri *route = (struct uri *)sip_dialog_route(dlg);
	struct uri uri;
	struct pl pl;

	pl_set_str(&pl, text);
	if (!route || uri_decode(&uri, &pl))
		return USHER_EINVAL;
	*route = uri;
	return 0;
}

bool usher__hop_resting(const struct usher__hop *hop)
{
	return hop->rest_until_us > usher__loop_mono_us();
}

/* ---- the trunk itself ---- */

struct usher__trunk *usher__trunk_find(struct usher__ua *ua, uint32_t id)
{
	unsigned i;

	for (i = 0; i < ua->trunk_count; i++)
		if (ua->trunks[i]->id == id)
			return ua->trunks[i];
	return NULL;
}

int usher__trunk_expect(const struct usher__trunk *trunk, enum sip_transp tp,
			const struct sa *dst)
{
	struct pl name;

	/* Without a name the address has to stand there. What DNS makes of the
	 * name that was configured is nobody's word for it (RFC 5922, 7.2). */
	if (tp != SIP_TRANSP_TLS || (trunk->numeric && !trunk->tls_name))
		return 0;
	pl_set_str(&name, trunk->tls_name ? trunk->tls_name : trunk->host);
	return usher__tls_expect(trunk->ua, dst, &name) ? USHER_EPERM : 0;
}

int usher__trunk_print(const struct usher__trunk *trunk, const char *user,
		       char *ret, size_t size)
{
	char port[8] = "";
	struct pl pl, host;
	int n;

	/* A port in the URI would stop who looks for SRV. */
	if (trunk->port || trunk->numeric)
		(void)re_snprintf(port, sizeof(port), ":%u",
				  sip_transp_port(trunk->tp, trunk->port));
	pl_set_str(&pl, user ? user : "");
	pl_set_str(&host, trunk->host);
	n = re_snprintf(ret, size, "sip:%H%s%H%s%s", uri_user_escape, &pl,
			user ? "@" : "", usher__host_print, &host, port,
			trunk->tp_given ? sip_transp_param(trunk->tp) : "");
	return n < 0 || (size_t)n >= size - 1 ? USHER_EINVAL : 0;
}
