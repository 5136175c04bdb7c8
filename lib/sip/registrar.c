/* The registrar (RFC 3261, 10.3): which contacts an account has now. */
#include <ctype.h>
#include <string.h>

#include <sip/impl.h>

enum { DEFAULT_EXPIRES_S = 600 };

struct account {
	struct le he;
	struct list contacts; /* newest first */
	char *domain, *user;
};

struct contact {
	struct le le;
	struct account *account;
	struct usher__ua *ua;
	struct tmr tmr;
	char *uri;    /* as the phone wrote it: its identity */
	char *target; /* where to send: the source, behind NAT and on TCP */
	char *agent;
	char *call_id;
	struct sa src;
	uint32_t cseq;
};

/* A REGISTER being handled. */
struct job {
	struct usher__ua *ua;
	const struct sip_msg *msg;
	char domain[USHER__UA_MAX_NAME];
	char user[USHER__UA_MAX_NAME];
	struct account *account;
	unsigned contacts; /* named in the request */
	uint16_t status;   /* of a refusal */
	bool star;
};

static void account_destructor(void *arg)
{
	struct account *account = arg;

	hash_unlink(&account->he);
	mem_deref(account->domain);
	mem_deref(account->user);
}

static void contact_destructor(void *arg)
{
	struct contact *contact = arg;

	tmr_cancel(&contact->tmr);
	list_unlink(&contact->le);
	contact->ua->n.bindings_now--;
	mem_deref(contact->uri);
	mem_deref(contact->target);
	mem_deref(contact->agent);
	mem_deref(contact->call_id);
	mem_deref(contact->account);
}

static uint32_t aor_hash(const char *domain, const char *user)
{
	return hash_joaat_str(user) ^ hash_joaat_str_ci(domain) * 31;
}

struct aor {
	const char *domain, *user;
};

static bool account_is(struct le *le, void *arg)
{
	const struct account *account = le->data;
	const struct aor *aor = arg;

	return !strcmp(account->user, aor->user) &&
	       !str_casecmp(account->domain, aor->domain);
}

static struct account *account_find(struct usher__ua *ua, const char *domain,
				    const char *user)
{
	struct aor aor = {domain, user};

	return list_ledata(hash_lookup(ua->accounts, aor_hash(domain, user),
				       account_is, &aor));
}

static struct account *account_new(struct usher__ua *ua, const char *domain,
				   const char *user)
{
	struct account *account;

	account = mem_zalloc(sizeof(*account), account_destructor);
	if (!account)
		return NULL;
	if (str_dup(&account->domain, domain) ||
	    str_dup(&account->user, user)) {
		mem_deref(account);
		return NULL;
	}
	hash_append(ua->accounts, aor_hash(domain, user), &account->he,
		    account);
	return account;
}

static void describe(const struct contact *contact, char *source, size_t size,
		     struct usher__binding *ret)
{
	(void)re_snprintf(source, size, "%J", &contact->src);
	ret->domain = contact->account->domain;
	ret->user = contact->account->user;
	ret->contact = contact->target;
	ret->source = source;
	ret->agent = contact->agent ? contact->agent : "";
	ret->expires_s = (uint32_t)(tmr_get_expire(&contact->tmr) / 1000);
}

static void tell(struct contact *contact, enum usher__binding_change change)
{
	struct usher__ua *ua = contact->ua;
	struct usher__binding binding;
	char source[64];

	if (!ua->ops->binding)
		return;
	mem_ref(contact);
	describe(contact, source, sizeof(source), &binding);
	ua->ops->binding(ua->arg, change, &binding);
	mem_deref(contact);
}

static void drop(struct contact *contact, enum usher__binding_change change)
{
	list_unlink(&contact->le);
	tell(contact, change);
	mem_deref(contact);
}

static void expire_handler(void *arg)
{
	drop(arg, USHER__BINDING_EXPIRED);
}

static struct contact *contact_find(struct account *account,
				    const struct pl *uri)
{
	struct le *le;

	for (le = account->contacts.head; le; le = le->next) {
		struct contact *contact = le->data;

		if (!pl_strcmp(uri, contact->uri))
			return contact;
	}
	return NULL;
}

/* Where calls to this contact go. A phone behind NAT names an address that we
 * cannot reach, and one on TCP is reached on the connection it opened. */
static int target_print(char **ret, const struct sip_msg *msg,
			const struct sip_addr *addr)
{
	struct sa named;
	bool direct;

	direct = msg->tp == SIP_TRANSP_UDP &&
		 !sa_set(&named, &addr->uri.host, 0) &&
		 sa_cmp(&named, &msg->src, SA_ADDR);
	if (direct)
		return pl_strdup(ret, &addr->auri);
	return re_sdprintf(ret, "sip:%r%s%J%s", &addr->uri.user,
			   addr->uri.user.l ? "@" : "", &msg->src,
			   msg->tp == SIP_TRANSP_TCP ? ";transport=tcp" : "");
}

static int contact_fill(struct contact *contact, const struct sip_msg *msg,
			const struct sip_addr *addr)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_USER_AGENT);
	char *target = NULL, *call_id = NULL, *agent = NULL;
	char name[USHER__UA_MAX_NAME];
	int err;

	err = target_print(&target, msg, addr);
	err |= pl_strdup(&call_id, &msg->callid);
	if (hdr && usher__pl_copy(name, sizeof(name), &hdr->val))
		err |= str_dup(&agent, name);
	if (err) {
		mem_deref(target);
		mem_deref(call_id);
		mem_deref(agent);
		return USHER_ENOMEM;
	}
	mem_deref(contact->target);
	mem_deref(contact->call_id);
	mem_deref(contact->agent);
	contact->target = target;
	contact->call_id = call_id;
	contact->agent = agent;
	contact->src = msg->src;
	contact->cseq = msg->cseq.num;
	return 0;
}

static struct contact *contact_new(struct job *job,
				   const struct sip_addr *addr)
{
	struct usher__ua *ua = job->ua;
	struct contact *contact;

	if (ua->n.bindings_now >= ua->max_bindings ||
	    list_count(&job->account->contacts) >=
		    USHER__UA_MAX_ACCOUNT_BINDINGS) {
		ua->n.over_limit++;
		return NULL;
	}
	contact = mem_zalloc(sizeof(*contact), contact_destructor);
	if (!contact)
		return NULL;
	ua->n.bindings_now++;
	contact->ua = ua;
	contact->account = mem_ref(job->account);
	tmr_init(&contact->tmr);
	if (pl_strdup(&contact->uri, &addr->auri) ||
	    contact_fill(contact, job->msg, addr)) {
		mem_deref(contact);
		return NULL;
	}
	list_prepend(&job->account->contacts, &contact->le, contact);
	return contact;
}

static uint32_t wanted_expires(const struct sip_msg *msg,
			       const struct sip_addr *addr)
{
	struct pl pl;

	if (!msg_param_decode(&addr->params, "expires", &pl))
		return pl_u32(&pl);
	if (pl_isset(&msg->expires))
		return pl_u32(&msg->expires);
	return DEFAULT_EXPIRES_S;
}

/* First pass: is every Contact acceptable? Nothing is changed before. */
static bool check_contact(const struct sip_hdr *hdr, const struct sip_msg *msg,
			  void *arg)
{
	struct job *job = arg;
	struct sip_addr addr;
	uint32_t expires;

	if (++job->contacts > USHER__UA_MAX_ACCOUNT_BINDINGS) {
		job->status = 403;
		return true;
	}
	if (!pl_strcmp(&hdr->val, "*")) {
		job->star = true;
		return false;
	}
	if (sip_addr_decode(&addr, &hdr->val) ||
	    pl_strcasecmp(&addr.uri.scheme, "sip") ||
	    addr.auri.l >= USHER__UA_MAX_URI) {
		job->status = 400;
		return true;
	}
	expires = wanted_expires(msg, &addr);
	if (expires && expires < USHER__UA_MIN_EXPIRES_S) {
		job->status = 423;
		return true;
	}
	return false;
}

static bool apply_contact(const struct sip_hdr *hdr, const struct sip_msg *msg,
			  void *arg)
{
	struct job *job = arg;
	struct contact *contact;
	struct sip_addr addr;
	uint32_t expires;
	bool fresh = false;

	if (sip_addr_decode(&addr, &hdr->val))
		return false;
	expires = wanted_expires(msg, &addr);
	if (expires > job->ua->max_expires_s)
		expires = job->ua->max_expires_s;
	contact = contact_find(job->account, &addr.auri);
	/* A REGISTER that was overtaken by a later one (10.3, step 7). */
	if (contact && !pl_strcmp(&msg->callid, contact->call_id) &&
	    msg->cseq.num <= contact->cseq)
		return false;
	if (!expires) {
		if (contact)
			drop(contact, USHER__BINDING_REMOVED);
		return false;
	}
	if (contact) {
		if (contact_fill(contact, msg, &addr)) {
			job->status = 503;
			return true;
		}
		list_unlink(&contact->le);
		list_prepend(&job->account->contacts, &contact->le, contact);
	} else {
		contact = contact_new(job, &addr);
		fresh = true;
	}
	if (!contact) {
		job->status = 503;
		return true;
	}
	tmr_start(&contact->tmr, (uint64_t)expires * 1000, expire_handler,
		  contact);
	tell(contact, fresh ? USHER__BINDING_NEW : USHER__BINDING_REFRESHED);
	return false;
}

static void answer(struct job *job)
{
	struct usher__ua *ua = job->ua;
	struct mbuf *mb = mbuf_alloc(512);
	struct le *le;
	int err = 0;

	if (!mb) {
		usher__ua_reply(ua, job->msg, 503, NULL);
		return;
	}
	for (le = job->account->contacts.head; le; le = le->next) {
		const struct contact *contact = le->data;

		err |= mbuf_printf(
			mb, "Contact: <%s>;expires=%u\r\n", contact->uri,
			(unsigned)(tmr_get_expire(&contact->tmr) + 999) /
				1000);
	}
	mb->pos = 0;
	if (!err)
		(void)sip_treplyf(NULL, NULL, ua->sip, job->msg, false, 200,
				  "OK", "%bContent-Length: 0\r\n\r\n",
				  mbuf_buf(mb), mbuf_get_left(mb));
	mem_deref(mb);
}

static void drop_all(struct account *account)
{
	while (account->contacts.head)
		drop(account->contacts.head->data, USHER__BINDING_REMOVED);
}

static void update(struct job *job)
{
	struct usher__ua *ua = job->ua;
	const struct sip_msg *msg = job->msg;

	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, check_contact,
				job);
	if (job->star && (job->contacts != 1 || !pl_isset(&msg->expires) ||
			  pl_u32(&msg->expires) != 0))
		job->status = 400;
	if (job->status == 423) {
		(void)sip_treplyf(NULL, NULL, ua->sip, msg, false, 423,
				  "Interval Too Brief",
				  "Min-Expires: %u\r\n"
				  "Content-Length: 0\r\n\r\n",
				  USHER__UA_MIN_EXPIRES_S);
		return;
	}
	if (!job->status) {
		if (job->star)
			drop_all(job->account);
		else
			(void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT,
						apply_contact, job);
	}
	if (job->status)
		usher__ua_reply(ua, msg, job->status, NULL);
	else
		answer(job);
}

/* 0: go on; else it has been answered, or is to be refused with. */
static uint16_t allowed(struct job *job)
{
	struct usher__ua *ua = job->ua;
	struct usher__account account;
	enum usher__auth auth;
	bool known;

	if (usher__ua_domain(ua, &job->msg->to.uri.host, job->domain,
			     sizeof(job->domain)))
		return 404;
	if (!usher__pl_user(job->user, sizeof(job->user),
			    &job->msg->to.uri.user) ||
	    !*job->user)
		return 400;
	memset(&account, 0, sizeof(account));
	known = ua->ops->account &&
		!ua->ops->account(ua->arg, job->domain, job->user, &account);
	auth = usher__auth_check(ua, job->msg, job->domain, job->user,
				 account.password);
	memset(&account, 0, sizeof(account));
	if (auth == USHER__AUTH_NONE || auth == USHER__AUTH_STALE) {
		(void)usher__auth_challenge(ua, job->msg, job->domain,
					    auth == USHER__AUTH_STALE);
		return 1;
	}
	return known && auth == USHER__AUTH_OK ? 0 : 403;
}

void usher__registrar_handle(struct usher__ua *ua, const struct sip_msg *msg)
{
	struct job job;
	uint16_t status;

	memset(&job, 0, sizeof(job));
	job.ua = ua;
	job.msg = msg;
	ua->n.registers++;
	status = allowed(&job);
	if (status == 1)
		return;
	if (status) {
		ua->n.refused++;
		usher__ua_log(ua, USHER__LOG_WARNING,
			      "refused %u: REGISTER without right", status);
		usher__ua_reply(ua, msg, status, NULL);
		return;
	}

	job.account = account_find(ua, job.domain, job.user);
	if (job.account)
		mem_ref(job.account);
	else
		job.account = account_new(ua, job.domain, job.user);
	if (!job.account) {
		usher__ua_reply(ua, msg, 503, NULL);
		return;
	}
	update(&job);
	mem_deref(job.account);
}

int usher__ua_bindings(struct usher__ua *ua, const char *domain,
		       const char *user, usher__binding_fn *fn, void *arg)
{
	struct account *account = account_find(ua, domain, user);
	struct usher__binding binding;
	char source[64];
	struct le *le;
	int n = 0;

	if (!account)
		return 0;
	for (le = account->contacts.head; le; n++) {
		struct contact *contact = le->data;

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
	struct account *account = account_find(ua, domain, user);

	if (!account)
		return;
	mem_ref(account);
	drop_all(account);
	mem_deref(account);
}

static bool flush_handler(struct le *le, void *arg)
{
	struct account *account = le->data;

	(void)arg;
	mem_ref(account);
	list_flush(&account->contacts);
	mem_deref(account);
	return false;
}

void usher__registrar_free(struct usher__ua *ua)
{
	if (!ua->accounts)
		return;
	(void)hash_apply(ua->accounts, flush_handler, NULL);
	ua->accounts = mem_deref(ua->accounts);
}
