/* Contacts that outlive us: their owner keeps them, and gives them back after
 * a restart.
 *
 *   given back --> ASKED --an answer, or REGISTER--> as any other
 *                    +--no answer, 404, 410, 604, its time--> forgotten
 *
 * What is given back comes from outside: it is checked as REGISTER is. It was
 * there before we were gone, for who knows how long; so it is asked by OPTIONS
 * where it is called, and one that is not there does not keep its agent's
 * calls waiting until it expires. */
#include <string.h>

#include <sip/bindings.h>

struct walk {
	const char *domain;
	usher__bound_fn *fn;
	void *arg;
};

static bool walk_account(struct le *le, void *arg)
{
	const struct usher__aor *aor = le->data;
	const struct walk *walk = arg;
	struct usher__bound bound;
	char source[64];

	if (str_casecmp(aor->domain, walk->domain))
		return false;
	for (le = aor->contacts.head; le; le = le->next) {
		const struct usher__contact *contact = le->data;

		if (contact->tcp)
			continue;
		(void)re_snprintf(source, sizeof(source), "%J", &contact->src);
		bound.user = aor->user;
		bound.uri = contact->uri;
		bound.instance = contact->instance ? contact->instance : "";
		bound.agent = contact->agent ? contact->agent : "";
		bound.call_id = contact->call_id;
		bound.source = source;
		bound.cseq = contact->cseq;
		bound.left_ms = tmr_get_expire(&contact->tmr);
		walk->fn(walk->arg, &bound);
	}
	return false;
}

void usher__ua_bound(struct usher__ua *ua, const char *domain,
		     usher__bound_fn *fn, void *arg)
{
	struct walk walk = {domain, fn, arg};

	(void)hash_apply(ua->accounts, walk_account, &walk);
}

/* ---- is it there? ---- */

static void gone(struct usher__contact *contact)
{
	usher__contact_drop(contact, USHER__BINDING_EXPIRED);
}

/* Who says so would say it to a call. */
static bool is_nobody(uint16_t status)
{
	return status == 404 || status == 410 || status == 604;
}

static void answered(int err, const struct sip_msg *msg, void *arg)
{
	if (err || is_nobody(msg->scode))
		gone(arg);
}

static int own_contact(enum sip_transp tp, const struct sa *src,
		       const struct sa *dst, struct mbuf *mb, void *arg)
{
	const struct usher__contact *contact = arg;

	(void)src;
	return usher__ua_contact(mb, contact->ua, "usher", tp, dst);
}

static void ask(void *arg)
{
	struct usher__contact *contact = arg;
	struct pl pl, host;
	struct uri route;

	pl_set_str(&pl, contact->target);
	pl_set_str(&host, contact->ua->local_ip);
	if (uri_decode(&route, &pl) ||
	    sip_requestf(&contact->ask, contact->ua->sip, true, "OPTIONS",
			 contact->target, &route, NULL, own_contact, answered,
			 contact,
			 "To: <%s>\r\n"
			 "From: <sip:usher@%H>;tag=%016llx\r\n"
			 "Call-ID: %016llx\r\nCSeq: 1 OPTIONS\r\n"
			 "Content-Length: 0\r\n\r\n",
			 contact->target, usher__host_print, &host, rand_u64(),
			 rand_u64()))
		gone(contact);
}

/* Thousands of them are not asked at once. */
static void ask_soon(struct usher__contact *contact)
{
	struct usher__ua *ua = contact->ua;
	uint64_t now_us = (uint64_t)usher__loop_mono_us();

	if (ua->ask_us < now_us)
		ua->ask_us = now_us;
	tmr_start(&contact->ask_tmr, (ua->ask_us - now_us) / 1000, ask,
		  contact);
	ua->ask_us += USHER__UA_BOUND_ASK_MS * 1000;
}

/* ---- had again ---- */

static bool fits(const char *text, size_t size)
{
	return strlen(text) < size && usher__text_ok(text);
}

/* Could a REGISTER have made it? */
static bool check(const struct usher__ua *ua, const struct usher__bound *bound,
		  struct sip_addr *addr, struct sa *src)
{
	struct pl pl;

	pl_set_str(&pl, bound->uri);
	if (!*bound->user || !fits(bound->user, USHER__UA_MAX_NAME) ||
	    !fits(bound->uri, USHER__UA_MAX_URI) || !usher__uri_ok(&pl) ||
	    !fits(bound->instance, 2 * USHER__UA_MAX_NAME + 2) ||
	    !fits(bound->agent, USHER__UA_MAX_NAME) || !*bound->call_id ||
	    !fits(bound->call_id, USHER__UA_MAX_MESSAGE))
		return false;
	memset(addr, 0, sizeof(*addr));
	addr->auri = pl;
	return !uri_decode(&addr->uri, &pl) &&
	       !pl_strcasecmp(&addr->uri.scheme, "sip") &&
	       !sa_decode(src, bound->source, strlen(bound->source)) &&
	       sa_port(src) &&
	       (sa_af(src) == sa_af(&ua->local) ||
		(sa_isset(&ua->second, SA_ADDR) &&
		 sa_af(src) == sa_af(&ua->second)));
}

static bool is_account(struct usher__ua *ua, const char *domain,
		       const char *user)
{
	struct usher__account account;
	bool known;

	memset(&account, 0, sizeof(account));
	known = ua->ops->account &&
		!ua->ops->account(ua->arg, domain, user, &account);
	explicit_bzero(&account, sizeof(account));
	return known;
}

static bool has_instance(const struct usher__aor *aor, const char *instance)
{
	const struct le *le;

	for (le = aor->contacts.head; *instance && le; le = le->next) {
		const struct usher__contact *contact = le->data;

		if (contact->instance && !strcmp(contact->instance, instance))
			return true;
	}
	return false;
}

static int fill(struct usher__contact *contact,
		const struct usher__bound *bound, const struct sa *src,
		const struct sip_addr *addr)
{
	int err;

	contact->src = *src;
	contact->cseq = bound->cseq;
	err = str_dup(&contact->uri, bound->uri);
	err |= str_dup(&contact->call_id, bound->call_id);
	if (*bound->instance)
		err |= str_dup(&contact->instance, bound->instance);
	if (*bound->agent)
		err |= str_dup(&contact->agent, bound->agent);
	if (err || usher__contact_aim(contact, addr))
		return USHER_ENOMEM;
	return usher__text_ok(contact->target) ? 0 : USHER_EINVAL;
}

int usher__ua_bind(struct usher__ua *ua, const char *domain,
		   const struct usher__bound *bound)
{
	uint64_t left_ms = bound->left_ms;
	struct usher__contact *contact = NULL;
	struct usher__aor *aor;
	struct sip_addr addr;
	struct sa src;
	int err = 0;

	if (!left_ms || !check(ua, bound, &addr, &src))
		return USHER_EINVAL;
	if (!is_account(ua, domain, bound->user))
		return USHER_ENOENT;
	if (left_ms > (uint64_t)ua->max_expires_s * 1000)
		left_ms = (uint64_t)ua->max_expires_s * 1000;
	aor = usher__aor_get(ua, domain, bound->user);
	if (!aor)
		return USHER_ENOMEM;
	if (usher__contact_find(aor, &addr.uri) ||
	    has_instance(aor, bound->instance))
		err = USHER_EEXIST;
	else if (list_count(&aor->contacts) >=
			 USHER__UA_MAX_ACCOUNT_BINDINGS ||
		 ua->n.bindings_now >= ua->max_bindings)
		err = USHER_EFULL;
	if (!err) {
		contact = usher__contact_new(ua, aor);
		err = contact ? fill(contact, bound, &src, &addr)
			      : USHER_ENOMEM;
	}
	if (err) {
		mem_deref(contact);
	} else {
		ask_soon(contact);
		usher__contact_take(contact, left_ms);
	}
	mem_deref(aor);
	return err;
}
