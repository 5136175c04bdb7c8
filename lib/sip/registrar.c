/* The registrar (RFC 3261, 10.3): who may register, and what REGISTER asks
 * for. The contacts are kept by bindings.c. */
#include <stdio.h>
#include <string.h>

#include <sip/bindings.h>
#include <sip/limit.h>

enum {
	DEFAULT_EXPIRES_S = 600,
	MALFORMED_EXPIRES_S = 3600, /* RFC 3261, 10.2.1.1 */
};

/* A REGISTER being handled. */
struct job {
	struct usher__ua *ua;
	const struct sip_msg *msg;
	char domain[USHER__UA_MAX_NAME];
	char user[USHER__UA_MAX_NAME];
	struct usher__aor *aor;
	unsigned contacts; /* named in the request */
	bool star;

	/* of a refusal */
	uint16_t status;
	enum usher__note note;
	const char *why;
};

static bool refuse(struct job *job, uint16_t status, enum usher__note note,
		   const char *why)
{
	job->status = status;
	job->note = note;
	job->why = why;
	return true;
}

/* RFC 3261, 10.2.1.1: more than 32 bits have is as much as they have. */
static uint32_t seconds_of(const struct pl *pl)
{
	size_t i;

	if (usher__pl_decimal(pl, UINT32_MAX))
		return pl_u32(pl);
	for (i = 0; i < pl->l; i++)
		if (pl->p[i] < '0' || pl->p[i] > '9')
			return MALFORMED_EXPIRES_S;
	return pl->l ? UINT32_MAX : MALFORMED_EXPIRES_S;
}

static uint32_t wanted_expires(const struct sip_msg *msg,
			       const struct sip_addr *addr)
{
	struct pl pl;

	if (!msg_param_decode(&addr->params, "expires", &pl))
		return seconds_of(&pl);
	if (pl_isset(&msg->expires))
		return pl_u32(&msg->expires);
	return DEFAULT_EXPIRES_S;
}

/* First pass: is every Contact acceptable (that it carries no header of its
 * own was seen by check.c)? Nothing is changed before. */
static bool check_contact(const struct sip_hdr *hdr, const struct sip_msg *msg,
			  void *arg)
{
	struct job *job = arg;
	char uri[USHER__UA_MAX_URI];
	struct sip_addr addr;
	uint32_t expires;

	if (++job->contacts > USHER__UA_MAX_ACCOUNT_BINDINGS)
		return refuse(job, 403, USHER__NOTE_LIMIT,
			      "too many contacts");
	if (!pl_strcmp(&hdr->val, "*")) {
		job->star = true;
		return false;
	}
	if (sip_addr_decode(&addr, &hdr->val) ||
	    (pl_strcasecmp(&addr.uri.scheme, "sip") &&
	     (msg->tp != SIP_TRANSP_TLS ||
	      pl_strcasecmp(&addr.uri.scheme, "sips"))) ||
	    !usher__pl_copy(uri, sizeof(uri), &addr.auri))
		return refuse(job, 400, USHER__NOTE_MALFORMED,
			      "a contact that we cannot call");
	expires = wanted_expires(msg, &addr);
	if (expires && expires < USHER__UA_MIN_EXPIRES_S)
		return refuse(job, 423, USHER__NOTE_LIMIT,
			      "a registration that is too short");
	return false;
}

static bool apply_contact(const struct sip_hdr *hdr, const struct sip_msg *msg,
			  void *arg)
{
	struct job *job = arg;
	struct usher__contact *contact;
	struct sip_addr addr;
	uint32_t expires;

	if (sip_addr_decode(&addr, &hdr->val))
		return false;
	expires = wanted_expires(msg, &addr);
	if (expires > job->ua->max_expires_s)
		expires = job->ua->max_expires_s;
	contact = usher__contact_find(job->aor, &addr.uri);
	/* A REGISTER that was overtaken by a later one (10.3, step 7). */
	if (contact && !pl_strcmp(&msg->callid, contact->call_id) &&
	    msg->cseq.num <= contact->cseq)
		return false;
	if (!expires) {
		if (contact)
			usher__contact_drop(contact, USHER__BINDING_REMOVED);
		return false;
	}
	if (!usher__contact_put(job->ua, job->aor, msg, &addr, expires))
		return refuse(job, 503, USHER__NOTE_LIMIT,
			      "too many contacts of all accounts");
	return false;
}

static void answer(struct job *job)
{
	struct mbuf *mb = mbuf_alloc(512);
	struct le *le;
	int err = mb ? 0 : ENOMEM;

	for (le = job->aor->contacts.head; le && !err; le = le->next) {
		const struct usher__contact *contact = le->data;

		err = mbuf_printf(
			mb, "Contact: <%s>;expires=%u\r\n", contact->uri,
			(unsigned)(tmr_get_expire(&contact->tmr) + 999) /
				1000);
	}
	if (!err)
		err = mbuf_write_u8(mb, '\0');
	if (!err)
		usher__ua_reply(job->ua, job->msg, 200, (char *)mb->buf);
	else
		usher__ua_deny(job->ua, job->msg, 503, USHER__NOTE_LIMIT,
			       "no memory", NULL);
	mem_deref(mb);
}

static void update(struct job *job)
{
	struct usher__ua *ua = job->ua;
	const struct sip_msg *msg = job->msg;
	char more[32];

	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, check_contact,
				job);
	if (job->star && (job->contacts != 1 || !pl_isset(&msg->expires) ||
			  pl_u32(&msg->expires) != 0))
		(void)refuse(job, 400, USHER__NOTE_MALFORMED,
			     "a star among contacts, or that expires");
	if (!job->status && job->star)
		usher__contacts_drop(job->aor);
	else if (!job->status)
		(void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT,
					apply_contact, job);
	if (!job->status) {
		answer(job);
		return;
	}
	(void)snprintf(more, sizeof(more), "Min-Expires: %u\r\n",
		       USHER__UA_MIN_EXPIRES_S);
	usher__ua_deny(ua, msg, job->status, job->note, job->why,
		       job->status == 423 ? more : NULL);
}

/* 0: go on; else it has been answered, or is to be refused with. */
static uint16_t allowed(struct job *job)
{
	struct usher__ua *ua = job->ua;
	struct usher__account account;
	enum usher__auth auth;
	bool known, named;

	if (usher__ua_domain(ua, &job->msg->to.uri.host, job->domain,
			     sizeof(job->domain)))
		return 404;
	/* A name that no account can have goes the way of an unknown one:
	 * it is well formed (RFC 4475, 3.1.1.4). */
	if (!pl_isset(&job->msg->to.uri.user))
		return 400;
	named = usher__pl_user(job->user, sizeof(job->user),
			       &job->msg->to.uri.user);
	if (!named)
		job->user[0] = '\0';
	memset(&account, 0, sizeof(account));
	if (usher__guess_slowed(ua, job->msg, job->domain, job->user))
		return 403;
	known = named && ua->ops->account &&
		!ua->ops->account(ua->arg, job->domain, job->user, &account);
	auth = usher__auth_check(ua, job->msg, job->domain, job->user,
				 account.password, known);
	explicit_bzero(&account, sizeof(account));
	usher__guess_tell(ua, job->msg, job->domain, job->user, auth);
	if (auth == USHER__AUTH_NONE || auth == USHER__AUTH_STALE) {
		(void)usher__auth_challenge(ua, job->msg, job->domain,
					    auth == USHER__AUTH_STALE);
		return 1;
	}
	return auth == USHER__AUTH_OK ? 0 : 403;
}

void usher__registrar_handle(struct usher__ua *ua, const struct sip_msg *msg)
{
	struct job job;
	char why[USHER__NOTE_TEXT];
	uint16_t status;

	memset(&job, 0, sizeof(job));
	job.ua = ua;
	job.msg = msg;
	ua->n.registers++;
	status = allowed(&job);
	if (status == 1)
		return;
	if (status) {
		(void)re_snprintf(why, sizeof(why), "%J: %s", &msg->src,
				  status == 403   ? "wrong name or password"
				  : status == 404 ? "no domain here"
						  : "nobody is named");
		usher__ua_refuse(ua, msg, status, USHER__NOTE_REFUSED, why,
				 NULL);
		return;
	}
	usher__tcp_known(ua, msg);
	job.aor = usher__aor_get(ua, job.domain, job.user);
	if (job.aor)
		update(&job);
	else
		usher__ua_deny(ua, msg, 503, USHER__NOTE_LIMIT, "no memory",
			       NULL);
	mem_deref(job.aor);
}
