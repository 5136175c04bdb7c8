/* Who may send us a new request: the rules at the top of ua.h. */
#include <string.h>

#include <sip/limit.h>

/* The digest of a sender who says that it is user. */
static int by_digest(struct usher__ua *ua, const struct sip_msg *msg,
		     const char *user, struct usher__account *account,
		     bool known, struct usher__sender *ret)
{
	enum usher__auth auth;

	if (usher__guess_slowed(ua, msg, ret->domain, user))
		return 403;
	auth = usher__auth_check(ua, msg, ret->domain, user, account->password,
				 known);
	usher__guess_tell(ua, msg, ret->domain, user, auth);
	switch (auth) {
	case USHER__AUTH_NONE:
	case USHER__AUTH_STALE:
		(void)usher__auth_challenge(ua, msg, ret->domain,
					    auth == USHER__AUTH_STALE);
		return 1;
	case USHER__AUTH_OK:
		strcpy(ret->account, user);
		ret->trunk = account->trunk;
		return 0;
	default:
		return 403;
	}
}

static bool has_account(struct usher__ua *ua, const char *domain,
			const char *user, struct usher__account *ret)
{
	memset(ret, 0, sizeof(*ret));
	return ua->ops->account && *user &&
	       !ua->ops->account(ua->arg, domain, user, ret);
}

/* Whose it is. A number has no host: it is dialed where its caller is at home,
 * or where it is sent to; of a trunk that knows its tenant it is that one's.
 */
static int domain_of(struct usher__ua *ua, const struct sip_msg *msg,
		     char *ret, size_t size)
{
	struct pl host;

	if (!usher__uri_tel(&msg->uri))
		return usher__ua_domain(ua, &msg->uri.host, ret, size);
	if (!usher__uri_tel(&msg->from.uri) &&
	    !usher__ua_domain(ua, &msg->from.uri.host, ret, size))
		return 0;
	pl_set_str(&host, ua->local_ip);
	return usher__ua_domain(ua, &host, ret, size);
}

/* 0: allowed; 1: answered already; else a status to refuse with. */
static int admit(struct usher__ua *ua, const struct sip_msg *msg,
		 struct usher__sender *ret)
{
	struct usher__trunk *trunk;
	char from_domain[USHER__UA_MAX_NAME], user[USHER__UA_MAX_NAME];
	struct usher__account account;
	bool local, known;
	int err;

	err = domain_of(ua, msg, ret->domain, sizeof(ret->domain));
	/* Who knows what only our registrar was told was sent by it. */
	trunk = usher__trunk_by_line(ua, msg);
	if (!trunk)
		trunk = usher__trunk_by_source(ua, &msg->src,
					       err ? NULL : ret->domain);
	if (err && trunk && trunk->domain)
		err = 0;
	if (err)
		return 404;
	if (!usher__pl_user(user, sizeof(user), &msg->from.uri.user))
		return 403;

	local = !usher__ua_domain(ua, &msg->from.uri.host, from_domain,
				  sizeof(from_domain)) &&
		!strcmp(from_domain, ret->domain);
	known = local && has_account(ua, ret->domain, user, &account);

	/* An account's name is proven, wherever the request came from; a name
	 * that is none is asked too, lest the answer tell which names are. */
	if (known || (local && !trunk && ua->ops->account)) {
		if (!known)
			memset(&account, 0, sizeof(account));
		err = by_digest(ua, msg, user, &account, known, ret);
		explicit_bzero(&account, sizeof(account));
		return err;
	}
	if (trunk) {
		/* A provider calls our address; the trunk knows whose. */
		if (trunk->domain)
			str_ncpy(ret->domain, trunk->domain,
				 sizeof(ret->domain));
		ret->trunk = trunk->id;
		return 0;
	}
	return 403;
}

/* Nothing of it is the sender's word, who may be anybody. That a name is none
 * and that a password is wrong look alike here, too. */
static void refuse(struct usher__ua *ua, const struct sip_msg *msg, int status,
		   const struct usher__sender *sender)
{
	char domain[USHER__UA_MAX_NAME], why[USHER__NOTE_TEXT];
	const char *what = "no trunk has its address, From is of no domain "
			   "here";

	if (status == 404)
		what = "no domain here";
	else if (!usher__ua_domain(ua, &msg->from.uri.host, domain,
				   sizeof(domain)) &&
		 !strcmp(domain, sender->domain))
		what = "wrong name or password";
	(void)re_snprintf(why, sizeof(why), "%J: %s", &msg->src, what);
	usher__ua_refuse(ua, msg, (uint16_t)status, USHER__NOTE_REFUSED, why,
			 NULL);
}

bool usher__admit(struct usher__ua *ua, const struct sip_msg *msg,
		  struct usher__sender *ret)
{
	int status = 0;

	memset(ret, 0, sizeof(*ret));
	if (ua->open)
		(void)(!usher__uri_tel(&msg->uri) &&
		       usher__pl_copy(ret->domain, sizeof(ret->domain),
				      &msg->uri.host));
	else
		status = admit(ua, msg, ret);
	if (!status)
		usher__tcp_known(ua, msg);
	else if (status != 1)
		refuse(ua, msg, status, ret);
	return !status;
}
