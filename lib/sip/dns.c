/* Where a SIP domain is (RFC 3263, section 4; RFC 2782).
 *
 *   neither port nor transport   NAPTR, then the SRV that they name
 *                                none: SRV of UDP and TCP; TLS is for those
 *                                who say so
 *   a transport                  SRV of that
 *   a port, or no SRV            A and AAAA
 *
 * The questions are asked one after another, out of a list that grows by what
 * the answers name; the list, the length of a chain of aliases and the number
 * of addresses have limits, so whatever answers, it comes to an end. Records
 * of other names than the one that was asked for are not looked at. */
#include <string.h>

#include <sip/impl.h>

enum { NAME_MAX_ = 256 };

struct step {
	char name[NAME_MAX_];
	uint16_t type;
	uint16_t port, weight;
	uint64_t rank;
	uint8_t tp; /* enum sip_transp */
	uint8_t aliases;
};

struct usher__resolver {
	struct usher__ua *ua;
	struct usher__query *query;
	struct tmr tmr;
	char host[NAME_MAX_];
	enum sip_transp tp; /* wanted */
	struct step steps[USHER__DNS_QUERIES];
	unsigned step_count, step;
	bool named; /* NAPTR, SRV or a port said something */
	bool asked_srv;
	bool unsure; /* SRV was asked for and nobody answered */
	struct usher__found found[USHER__TRUNK_HOPS];
	unsigned count;
	uint32_t ttl_s;
	int err;
	usher__found_fn *fn;
	void *arg;
};

static void run(void *arg);

static void resolver_destructor(void *arg)
{
	struct usher__resolver *r = arg;

	tmr_cancel(&r->tmr);
	mem_deref(r->query);
}

static bool has_transport(const struct usher__ua *ua, enum sip_transp tp)
{
	switch (tp) {
	case SIP_TRANSP_UDP:
		return ua->udp;
	case SIP_TRANSP_TCP:
		return ua->tcp;
	case SIP_TRANSP_TLS:
		return ua->tls != NULL;
	default:
		return false;
	}
}

static struct step *add(struct usher__resolver *r, const char *name,
			uint16_t type)
{
	struct step *step;

	if (r->step_count >= USHER__DNS_QUERIES || !*name ||
	    strlen(name) >= sizeof(step->name))
		return NULL;
	step = &r->steps[r->step_count++];
	memset(step, 0, sizeof(*step));
	strcpy(step->name, name);
	step->type = type;
	return step;
}

static void add_srv(struct usher__resolver *r, enum sip_transp tp,
		    uint64_t rank)
{
	char name[NAME_MAX_];
	struct step *step;

	if (!has_transport(r->ua, tp))
		return;
	if (re_snprintf(name, sizeof(name), "_sip%s._%s.%s",
			tp == SIP_TRANSP_TLS ? "s" : "",
			tp == SIP_TRANSP_UDP ? "udp" : "tcp", r->host) < 0)
		return;
	step = add(r, name, DNS_TYPE_SRV);
	if (!step)
		return;
	step->tp = (uint8_t)tp;
	step->rank = rank;
}

/* Only what our sockets can send to. */
static bool has_family(const struct usher__ua *ua, int af)
{
	return af == sa_af(&ua->local) ||
	       (sa_isset(&ua->second, SA_ADDR) && af == sa_af(&ua->second)) ||
	       (sa_af(&ua->local) == AF_INET6 && sa_is_any(&ua->local));
}

static void add_hosts(struct usher__resolver *r, const char *name,
		      const struct step *like)
{
	struct step *step;
	int i;

	for (i = 0; i < 2; i++) {
		if (!has_family(r->ua, i ? AF_INET6 : AF_INET))
			continue;
		step = add(r, name, i ? DNS_TYPE_AAAA : DNS_TYPE_A);
		if (!step)
			return;
		step->port = like->port;
		step->tp = like->tp;
		step->rank = like->rank;
		step->weight = like->weight;
	}
}

/* ---- what the answers say ---- */

static void age(struct usher__resolver *r, const struct dnsrr *rr)
{
	if (rr->ttl >= 0 && rr->ttl < r->ttl_s)
		r->ttl_s = (uint32_t)rr->ttl;
}

static bool take_naptr(struct usher__resolver *r, const struct dnsrr *rr)
{
	enum sip_transp tp;
	struct step *step;

	if (!str_casecmp(rr->rdata.naptr.services, "SIP+D2U"))
		tp = SIP_TRANSP_UDP;
	else if (!str_casecmp(rr->rdata.naptr.services, "SIP+D2T"))
		tp = SIP_TRANSP_TCP;
	else if (!str_casecmp(rr->rdata.naptr.services, "SIPS+D2T"))
		tp = SIP_TRANSP_TLS;
	else
		return false;
	if (!has_transport(r->ua, tp) ||
	    str_casecmp(rr->rdata.naptr.flags, "s"))
		return false;
	step = add(r, rr->rdata.naptr.replace, DNS_TYPE_SRV);
	if (!step)
		return false;
	step->tp = (uint8_t)tp;
	/* Order and preference come before what SRV says. */
	step->rank = (uint64_t)rr->rdata.naptr.order << 32 |
		     (uint64_t)rr->rdata.naptr.pref << 16;
	r->named = true;
	return true;
}

static bool take_srv(struct usher__resolver *r, const struct step *from,
		     const struct dnsrr *rr)
{
	struct step like = *from;

	/* "." says that there is no such service. */
	r->named = true;
	if (!*rr->rdata.srv.target || !strcmp(rr->rdata.srv.target, ".") ||
	    !rr->rdata.srv.port)
		return true;
	like.port = rr->rdata.srv.port;
	like.weight = rr->rdata.srv.weight;
	like.rank = from->rank + rr->rdata.srv.pri;
	add_hosts(r, rr->rdata.srv.target, &like);
	return true;
}

static bool take_address(struct usher__resolver *r, const struct step *from,
			 const struct dnsrr *rr)
{
	struct usher__found *found;
	unsigned i;

	if (r->count >= USHER__TRUNK_HOPS)
		return false;
	found = &r->found[r->count];
	if (rr->type == DNS_TYPE_A)
		sa_set_in(&found->addr, rr->rdata.a.addr, from->port);
	else
		sa_set_in6(&found->addr, rr->rdata.aaaa.addr, from->port);
	found->tp = (enum sip_transp)from->tp;
	found->rank = from->rank;
	found->weight = from->weight;
	if (sa_is_any(&found->addr))
		return false;
	for (i = 0; i < r->count; i++)
		if (r->found[i].tp == found->tp &&
		    sa_cmp(&r->found[i].addr, &found->addr, SA_ALL))
			return true;
	r->count++;
	return true;
}

static bool take(struct usher__resolver *r, const struct step *from,
		 const struct dnsrr *rr)
{
	switch (rr->type) {
	case DNS_TYPE_NAPTR:
		return take_naptr(r, rr);
	case DNS_TYPE_SRV:
		return take_srv(r, from, rr);
	default:
		return take_address(r, from, rr);
	}
}

/* What the name stands for, in this answer; chains of them are short. */
static const char *follow(struct usher__resolver *r, struct list *records,
			  const char *name, uint8_t *aliases)
{
	struct le *le = records->head;

	while (le && *aliases < USHER__DNS_ALIASES) {
		const struct dnsrr *rr = le->data;

		le = le->next;
		if (rr->type != DNS_TYPE_CNAME || str_casecmp(rr->name, name))
			continue;
		name = rr->rdata.cname.cname;
		++*aliases;
		age(r, rr);
		le = records->head;
	}
	return name;
}

static void answer(void *arg, int err, struct list *records)
{
	struct usher__resolver *r = arg;
	const struct step from = r->steps[r->step++];
	uint8_t aliases = from.aliases;
	struct step *again;
	const char *name;
	bool any = false;
	struct le *le;

	r->query = mem_deref(r->query);
	tmr_start(&r->tmr, 0, run, r);
	if (err) {
		r->err = err;
		r->unsure = r->unsure || from.type == DNS_TYPE_SRV;
		return;
	}
	name = follow(r, records, from.name, &aliases);
	for (le = records->head; le; le = le->next) {
		const struct dnsrr *rr = le->data;

		if (rr->type != from.type || str_casecmp(rr->name, name))
			continue;
		if (take(r, &from, rr))
			age(r, rr);
		any = true;
	}
	/* It stands for a name of which nothing more was said. */
	if (!any && name != from.name && aliases < USHER__DNS_ALIASES) {
		again = add(r, name, from.type);
		if (again) {
			again->port = from.port;
			again->tp = from.tp;
			again->rank = from.rank;
			again->weight = from.weight;
			again->aliases = aliases;
		}
	}
}

/* ---- one question after another ---- */

static void finish(struct usher__resolver *r)
{
	uint32_t ttl_s = r->ttl_s;

	if (ttl_s < USHER__DNS_TTL_MIN_S)
		ttl_s = USHER__DNS_TTL_MIN_S;
	mem_ref(r);
	r->fn(r->arg, r->count ? 0 : r->err, r->found, r->count, ttl_s);
	mem_deref(r);
}

/* port 0: that of the transport. */
static void as_host(struct usher__resolver *r, uint16_t port)
{
	struct step like;

	memset(&like, 0, sizeof(like));
	like.tp = SIP_TRANSP_UDP;
	if (r->tp != SIP_TRANSP_NONE)
		like.tp = (uint8_t)r->tp;
	else if (!r->ua->udp)
		like.tp = r->ua->tcp ? SIP_TRANSP_TCP : SIP_TRANSP_TLS;
	like.port = sip_transp_port((enum sip_transp)like.tp, port);
	like.weight = 1;
	r->named = true;
	add_hosts(r, r->host, &like);
}

/* Nothing was said by what was asked so far. */
static void next_way(struct usher__resolver *r)
{
	if (!r->asked_srv) {
		r->asked_srv = true;
		add_srv(r, SIP_TRANSP_UDP, 0);
		add_srv(r, SIP_TRANSP_TCP, UINT64_C(1) << 32);
		if (r->step < r->step_count)
			return;
	}
	/* Without SRV the domain is a host (RFC 3263, 4.2); that nobody
	 * answers is no proof of that. */
	if (!r->unsure)
		as_host(r, 0);
}

static void run(void *arg)
{
	struct usher__resolver *r = arg;
	const struct step *step;

	for (;; r->step++) {
		if (r->step == r->step_count && !r->named)
			next_way(r);
		if (r->step >= r->step_count) {
			finish(r);
			return;
		}
		step = &r->steps[r->step];
		if (!usher__query(&r->query, r->ua, step->name, step->type,
				  answer, r))
			return;
		r->err = ENOENT;
	}
}

static void first_step(struct usher__resolver *r, uint16_t port)
{
	r->asked_srv = r->tp != SIP_TRANSP_NONE;
	if (port)
		as_host(r, port);
	else if (r->asked_srv)
		add_srv(r, r->tp, 0);
	else
		(void)add(r, r->host, DNS_TYPE_NAPTR);
}

int usher__resolve(struct usher__resolver **ret, struct usher__ua *ua,
		   const char *host, uint16_t port, enum sip_transp tp,
		   usher__found_fn *fn, void *arg)
{
	struct usher__resolver *r;

	if (strlen(host) >= sizeof(r->host))
		return USHER_EINVAL;
	r = mem_zalloc(sizeof(*r), resolver_destructor);
	if (!r)
		return USHER_ENOMEM;
	tmr_init(&r->tmr);
	r->ua = ua;
	strcpy(r->host, host);
	r->tp = tp;
	r->ttl_s = USHER__DNS_TTL_MAX_S;
	r->fn = fn;
	r->arg = arg;
	first_step(r, port);
	tmr_start(&r->tmr, 0, run, r);
	*ret = r;
	return 0;
}
