/* Which contacts an account has now; see bindings.h. */
#include <string.h>

#include <sip/bindings.h>

static void aor_destructor(void *arg)
{
	struct usher__aor *aor = arg;

	hash_unlink(&aor->he);
	mem_deref(aor->domain);
	mem_deref(aor->user);
}

static void contact_destructor(void *arg)
{
	struct usher__contact *contact = arg;

	tmr_cancel(&contact->tmr);
	tmr_cancel(&contact->alive_tmr);
	tmr_cancel(&contact->ask_tmr);
	mem_deref(contact->ask);
	list_unlink(&contact->le);
	contact->ua->n.bindings_now--;
	mem_deref(contact->uri);
	mem_deref(contact->instance);
	mem_deref(contact->target);
	mem_deref(contact->agent);
	mem_deref(contact->call_id);
	mem_deref(contact->aor);
}

static uint32_t name_hash(const char *domain, const char *user)
{
	return hash_joaat_str(user) ^ hash_joaat_str_ci(domain) * 31;
}

struct name {
	const char *domain, *user;
};

static bool name_is(struct le *le, void *arg)
{
	const struct usher__aor *aor = le->data;
	const struct name *name = arg;

	return !strcmp(aor->user, name->user) &&
	       !str_casecmp(aor->domain, name->domain);
}

static struct usher__aor *aor_find(struct usher__ua *ua, const char *domain,
				   const char *user)
{
	struct name name = {domain, user};

	return list_ledata(hash_lookup(ua->accounts, name_hash(domain, user),
				       name_is, &name));
}

struct usher__aor *usher__aor_get(struct usher__ua *ua, const char *domain,
				  const char *user)
{
	struct usher__aor *aor = aor_find(ua, domain, user);

	if (aor)
		return mem_ref(aor);
	aor = mem_zalloc(sizeof(*aor), aor_destructor);
	if (!aor)
		return NULL;
	if (str_dup(&aor->domain, domain) || str_dup(&aor->user, user)) {
		mem_deref(aor);
		return NULL;
	}
	hash_append(ua->accounts, name_hash(domain, user), &aor->he, aor);
	return aor;
}

static void describe(const struct usher__contact *contact, char *source,
		     size_t size, struct usher__binding *ret)
{
	(void)re_snprintf(source, size, "%J", &contact->src);
	ret->domain = contact->aor->domain;
	ret->user = contact->aor->user;
	ret->contact = contact->target;
	ret->source = source;
	ret->agent = contact->agent ? contact->agent : "";
	ret->expires_s = (uint32_t)(tmr_get_expire(&contact->tmr) / 1000);
	ret->moved = false;
}

static void tell_moved(struct usher__contact *contact,
		       enum usher__binding_change change, bool moved)
{
	struct usher__ua *ua = contact->ua;
	struct usher__binding binding;
	char source[64];

	if (!ua->ops->binding)
		return;
	mem_ref(contact);
	describe(contact, source, sizeof(source), &binding);
	binding.moved = moved;
	ua->ops->binding(ua->arg, change, &binding);
	mem_deref(contact);
}

static void tell(struct usher__contact *contact,
		 enum usher__binding_change change)
{
	tell_moved(contact, change, false);
}

void usher__contact_drop(struct usher__contact *contact,
			 enum usher__binding_change change)
{
	list_unlink(&contact->le);
	tell(contact, change);
	mem_deref(contact);
}

void usher__contacts_drop(struct usher__aor *aor)
{
	while (aor->contacts.head)
		usher__contact_drop(aor->contacts.head->data,
				    USHER__BINDING_REMOVED);
}

static void expire_handler(void *arg)
{
	usher__contact_drop(arg, USHER__BINDING_EXPIRED);
}

struct usher__contact *usher__contact_find(struct usher__aor *aor,
					   const struct uri *uri)
{
	struct le *le;

	for (le = aor->contacts.head; le; le = le->next) {
		struct usher__contact *contact = le->data;
		struct uri own;
		struct pl pl;

		pl_set_str(&pl, contact->uri);
		if (!uri_decode(&own, &pl) && usher__uri_same(&own, uri))
			return contact;
	}
	return NULL;
}

/* ---- what gives way ---- */

/* Was it named in the same request? Then it stays. */
static bool just_named(const struct usher__contact *contact,
		       const struct sip_msg *msg)
{
	return !pl_strcmp(&msg->callid, contact->call_id) &&
	       contact->cseq == msg->cseq.num;
}

/* The phone's own name for itself and for this flow (RFC 5626, 4.1). */
static int instance_print(char **ret, const struct sip_addr *addr)
{
	struct pl instance, id;

	*ret = NULL;
	if (msg_param_decode(&addr->params, "+sip.instance", &instance) ||
	    !instance.l || instance.l > USHER__UA_MAX_NAME)
		return 0;
	if (msg_param_decode(&addr->params, "reg-id", &id) ||
	    id.l > USHER__UA_MAX_NAME)
		id = (struct pl){"", 0};
	return re_sdprintf(ret, "%r;%r", &instance, &id);
}

static void replace_instance(struct usher__aor *aor, const char *instance,
			     const struct sip_msg *msg)
{
	struct le *le = aor->contacts.head;

	while (le && instance) {
		struct usher__contact *contact = le->data;

		le = le->next;
		if (contact->instance &&
		    !strcmp(contact->instance, instance) &&
		    !just_named(contact, msg)) {
			usher__contact_drop(contact, USHER__BINDING_REMOVED);
			return;
		}
	}
}

/* Of a full account: one whose connection is gone; else one of the same
 * Call-ID, so of the same boot of the same phone; else the oldest. */
static struct usher__contact *least_useful(struct usher__ua *ua,
					   struct usher__aor *aor,
					   const struct sip_msg *msg)
{
	struct usher__contact *same = NULL, *oldest = NULL;
	struct le *le;

	for (le = aor->contacts.tail; le; le = le->prev) {
		struct usher__contact *contact = le->data;

		if (just_named(contact, msg))
			continue;
		if (contact->tcp && !usher__tcp_open(ua, &contact->src))
			return contact;
		if (!same && !pl_strcmp(&msg->callid, contact->call_id))
			same = contact;
		if (!oldest)
			oldest = contact;
	}
	return same ? same : oldest;
}

/* ---- what comes ---- */

static void alive_handler(void *arg)
{
	struct usher__contact *contact = arg;
	struct usher__ua *ua = contact->ua;

	usher__ua_ping(ua, &contact->src);
	tmr_start(&contact->alive_tmr, ua->keep_alive_ms, alive_handler,
		  contact);
}

/* A phone on UDP that is not where it says is behind NAT, which forgets it
 * unless something passes. On TCP it keeps its own connection. */
static void keep_alive(struct usher__contact *contact,
		       const struct sip_msg *msg, const struct sip_addr *addr)
{
	uint32_t every_ms = contact->ua->keep_alive_ms;

	tmr_cancel(&contact->alive_tmr);
	if (every_ms && msg->tp == SIP_TRANSP_UDP &&
	    !usher__contact_reached(msg, addr))
		tmr_start(&contact->alive_tmr, every_ms, alive_handler,
			  contact);
}

/* Where calls to this contact go. A phone behind NAT names an address that we
 * cannot reach, and one on TCP is reached on the connection it opened. */
static int target_print(char **ret, const struct sip_msg *msg,
			const struct sip_addr *addr)
{
	const struct pl *headers = &addr->uri.headers;
	struct pl uri = addr->auri;

	/* They are not for a Request-URI (RFC 3261, 19.1.1). */
	if (pl_isset(headers) && *headers->p == '?')
		uri.l = (size_t)(headers->p - uri.p);
	if (msg->tp == SIP_TRANSP_UDP && usher__contact_reached(msg, addr))
		return pl_strdup(ret, &uri);
	return usher__source_print(ret, msg, &addr->uri);
}

static int contact_fill(struct usher__contact *contact,
			const struct sip_msg *msg, const struct sip_addr *addr)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_USER_AGENT);
	char *uri = NULL, *target = NULL, *call_id = NULL, *agent = NULL;
	char name[USHER__UA_MAX_NAME];
	int err;

	err = target_print(&target, msg, addr);
	err |= !err && !usher__text_ok(target) ? EINVAL : 0;
	err |= pl_strdup(&uri, &addr->auri);
	err |= pl_strdup(&call_id, &msg->callid);
	if (hdr && usher__pl_copy(name, sizeof(name), &hdr->val))
		err |= str_dup(&agent, name);
	if (err) {
		mem_deref(uri);
		mem_deref(target);
		mem_deref(call_id);
		mem_deref(agent);
		return USHER_ENOMEM;
	}
	mem_deref(contact->uri);
	mem_deref(contact->target);
	mem_deref(contact->call_id);
	mem_deref(contact->agent);
	contact->uri = uri;
	contact->target = target;
	contact->call_id = call_id;
	contact->agent = agent;
	contact->src = msg->src;
	contact->tcp = msg->tp != SIP_TRANSP_UDP;
	contact->cseq = msg->cseq.num;
	return 0;
}

struct usher__contact *usher__contact_new(struct usher__ua *ua,
					  struct usher__aor *aor)
{
	struct usher__contact *contact;

	contact = mem_zalloc(sizeof(*contact), contact_destructor);
	if (!contact)
		return NULL;
	ua->n.bindings_now++;
	contact->ua = ua;
	contact->aor = mem_ref(aor);
	tmr_init(&contact->tmr);
	tmr_init(&contact->alive_tmr);
	tmr_init(&contact->ask_tmr);
	return contact;
}

int usher__contact_aim(struct usher__contact *contact,
		       const struct sip_addr *addr)
{
	const struct sip_msg msg = {.tp = SIP_TRANSP_UDP, .src = contact->src};
	int err = target_print(&contact->target, &msg, addr);

	if (!err)
		keep_alive(contact, &msg, addr);
	return err;
}

void usher__contact_take(struct usher__contact *contact, uint64_t left_ms)
{
	list_append(&contact->aor->contacts, &contact->le, contact);
	tmr_start(&contact->tmr, left_ms, expire_handler, contact);
	tell(contact, USHER__BINDING_NEW);
}

static struct usher__contact *contact_new(struct usher__ua *ua,
					  struct usher__aor *aor,
					  const struct sip_msg *msg,
					  const struct sip_addr *addr)
{
	struct usher__contact *contact = usher__contact_new(ua, aor);
	struct usher__contact *victim = NULL;

	if (!contact)
		return NULL;
	if (instance_print(&contact->instance, addr) ||
	    contact_fill(contact, msg, addr))
		goto out;
	replace_instance(aor, contact->instance, msg);
	if (list_count(&aor->contacts) >= USHER__UA_MAX_ACCOUNT_BINDINGS) {
		victim = least_useful(ua, aor, msg);
		if (!victim)
			goto out;
		usher__contact_drop(victim, USHER__BINDING_REMOVED);
	}
	if (ua->n.bindings_now > ua->max_bindings)
		goto out;
	return contact;

out:
	mem_deref(contact);
	return NULL;
}

struct usher__contact *usher__contact_put(struct usher__ua *ua,
					  struct usher__aor *aor,
					  const struct sip_msg *msg,
					  const struct sip_addr *addr,
					  uint32_t expires_s)
{
	struct usher__contact *contact = usher__contact_find(aor, &addr->uri);
	bool fresh = !contact, moved;

	moved = !fresh && (!sa_cmp(&contact->src, &msg->src, SA_ALL) ||
			   contact->tcp != (msg->tp != SIP_TRANSP_UDP) ||
			   pl_strcmp(&msg->callid, contact->call_id));
	if (fresh)
		contact = contact_new(ua, aor, msg, addr);
	else if (contact_fill(contact, msg, addr))
		return NULL;
	if (!contact)
		return NULL;
	/* It has said itself that it is there. */
	tmr_cancel(&contact->ask_tmr);
	contact->ask = mem_deref(contact->ask);
	list_unlink(&contact->le);
	list_prepend(&aor->contacts, &contact->le, contact);
	tmr_start(&contact->tmr, (uint64_t)expires_s * 1000, expire_handler,
		  contact);
	keep_alive(contact, msg, addr);
	tell_moved(contact,
		   fresh ? USHER__BINDING_NEW : USHER__BINDING_REFRESHED,
		   moved);
	return contact;
}

/* ---- for others ---- */

int usher__ua_bindings(struct usher__ua *ua, const char *domain,
		       const char *user, usher__binding_fn *fn, void *arg)
{
	struct usher__aor *aor = aor_find(ua, domain, user);
	struct usher__binding binding;
	char source[64];
	struct le *le;
	int n = 0;

	if (!aor)
		return 0;
	for (le = aor->contacts.head; le; n++) {
		struct usher__contact *contact = le->data;

		le = le->next;
		if (!fn)
			continue;
		describe(contact, source, sizeof(source), &binding);
		fn(arg, &binding);
	}
	return n;
}

void usher__ua_unbind(struct usher__ua *ua, const char *domain,
		      const char *user)
{
	struct usher__aor *aor = aor_find(ua, domain, user);

	if (!aor)
		return;
	mem_ref(aor);
	usher__contacts_drop(aor);
	mem_deref(aor);
}

static bool flush_handler(struct le *le, void *arg)
{
	struct usher__aor *aor = le->data;

	(void)arg;
	mem_ref(aor);
	list_flush(&aor->contacts);
	mem_deref(aor);
	return false;
}

void usher__bindings_free(struct usher__ua *ua)
{
	if (!ua->accounts)
		return;
	(void)hash_apply(ua->accounts, flush_handler, NULL);
	ua->accounts = mem_deref(ua->accounts);
}
