/* Where a 3xx sends our INVITE (RFC 3261, 8.1.3.4): its Contacts are tried one
 * after another, the best first. What was tried once is not tried again, which
 * ends loops, and USHER__REDIRECTS_MAX ends the rest. Credentials and who
 * calls are for the host that they were given for. The same place is asked
 * again, once, where it may want SRTP alone. */
#include <string.h>

#include <sip/legimpl.h>

struct usher__redirect {
	char *uri[USHER__REDIRECTS_MAX];
	unsigned q[USHER__REDIRECTS_MAX];
	unsigned count, next;
};

static void redirect_destructor(void *arg)
{
	struct usher__redirect *redirect = arg;
	unsigned i;

	for (i = 0; i < redirect->count; i++)
		mem_deref(redirect->uri[i]);
}

/* Thousandths: "0.7", "1", ".25"; 1000 where there is none or a bad one. */
static unsigned quality(const struct sip_addr *addr)
{
	unsigned q = 0, unit = 1000;
	bool point = false;
	struct pl pl;
	size_t i;

	if (msg_param_decode(&addr->params, "q", &pl))
		return 1000;
	for (i = 0; i < pl.l; i++) {
		if (pl.p[i] == '.' && !point) {
			point = true;
			continue;
		}
		if (pl.p[i] < '0' || pl.p[i] > '9')
			return 1000;
		if (point)
			unit /= 10;
		q += unit * (unsigned)(pl.p[i] - '0');
		if (q >= 1000)
			return 1000;
	}
	return q;
}

static bool known(const struct usher__leg *leg, const struct pl *uri)
{
	const struct usher__redirect *redirect = leg->redirect;
	unsigned i;

	if (leg->target && !pl_strcmp(uri, leg->target))
		return true;
	for (i = 0; i < redirect->count; i++)
		if (!pl_strcmp(uri, redirect->uri[i]))
			return true;
	return false;
}

/* Who is called may not make us call another number: whether ours may be
 * called, and what it costs, was asked for the first one alone. A phone that
 * registered here chose that name itself, so it moves nothing. A phone of ours
 * (open) calls for itself. */
static bool may_move(const struct usher__leg *leg, const struct sip_addr *addr)
{
	struct uri called;
	struct pl pl;

	if (leg->ua->open)
		return true;
	pl_set_str(&pl, leg->target ? leg->target : "");
	return !leg->registered && !uri_decode(&called, &pl) &&
	       !pl_cmp(&called.user, &addr->uri.user);
}

/* Who was called by sips is not called by less (RFC 5630, 5.1.3). */
static bool scheme_ok(const struct usher__leg *leg,
		      const struct sip_addr *addr)
{
	struct pl target;

	if (!pl_strcasecmp(&addr->uri.scheme, "sips"))
		return leg->ua->tls != NULL;
	pl_set_str(&target, leg->target ? leg->target : "");
	return !pl_strcasecmp(&addr->uri.scheme, "sip") &&
	       !usher__uri_sips(&target);
}

/* Behind those that wait and are as good. */
static bool add(const struct sip_hdr *hdr, const struct sip_msg *msg,
		void *arg)
{
	struct usher__leg *leg = arg;
	struct usher__redirect *redirect = leg->redirect;
	unsigned i = redirect->count, q;
	char text[USHER__UA_MAX_URI];
	char *uri = NULL;
	struct sip_addr addr;

	(void)msg;
	if (i >= USHER__REDIRECTS_MAX)
		return true;
	if (sip_addr_decode(&addr, &hdr->val) || !scheme_ok(leg, &addr) ||
	    pl_isset(&addr.uri.headers) || !usher__uri_ok(&addr.auri) ||
	    !may_move(leg, &addr) ||
	    !usher__pl_copy(text, sizeof(text), &addr.auri) ||
	    known(leg, &addr.auri) || usher__str_set(&uri, text))
		return false;
	q = quality(&addr);
	for (; i > redirect->next && redirect->q[i - 1] < q; i--) {
		redirect->uri[i] = redirect->uri[i - 1];
		redirect->q[i] = redirect->q[i - 1];
	}
	redirect->uri[i] = uri;
	redirect->q[i] = q;
	redirect->count++;
	return false;
}

/* Same host? Then its credentials are still good. */
static bool same_host(const char *a, const char *b)
{
	struct uri one, two;
	struct pl pl;

	pl_set_str(&pl, a ? a : "");
	if (uri_decode(&one, &pl))
		return false;
	pl_set_str(&pl, b);
	return !uri_decode(&two, &pl) && !pl_casecmp(&one.host, &two.host);
}

/* A trunk's address is no proxy for where the trunk sends us. */
static int leave_hop(struct usher__leg *leg, const char *uri)
{
	char *old = leg->hop;
	int err;

	if (!old)
		return 0;
	leg->hop = NULL;
	err = usher__str_set(&leg->hop, uri);
	if (!err)
		err = usher__dialog_hop(leg->dlg, leg->hop);
	if (!err) {
		mem_deref(old);
		return 0;
	}
	mem_deref(leg->hop);
	leg->hop = old; /* into which the dialog points */
	return err;
}

/* The dialog that is not one yet gets another target: libre takes it from the
 * Contact of a response. */
static int retarget(struct usher__leg *leg, const char *uri)
{
	struct mbuf *mb = mbuf_alloc(USHER__UA_MAX_URI);
	struct sip_msg *msg = NULL;
	int err = ENOMEM;
	struct pl pl;

	if (mb)
		err = mbuf_printf(
			mb, "SIP/2.0 302 Moved\r\nContact: <%s>\r\n\r\n", uri);
	if (!err) {
		mb->pos = 0;
		err = sip_msg_decode(&msg, mb);
	}
	if (!err)
		err = sip_dialog_update(leg->dlg, msg);
	mem_deref(msg);
	mem_deref(mb);
	pl_set_str(&pl, uri);
	leg->sips = usher__uri_sips(&pl);
	return err ? USHER_EINVAL : leave_hop(leg, uri);
}

/* What the one before said of its media; our key for it is for nobody else.
 */
static void forget_side(struct usher__leg_side *side)
{
	explicit_bzero(&side->srtp, sizeof(side->srtp));
	side->up = false;
}

static void forget_media(struct usher__leg *leg)
{
	/* Where we go on to is offered what the one before was. */
	if (leg->invited) {
		mem_deref(leg->formats);
		leg->formats = mem_ref(leg->invited->formats);
	}
	forget_side(&leg->text);
	forget_side(&leg->video);
	leg->early = false;
	leg->peer_holds = false;
	explicit_bzero(&leg->srtp, sizeof(leg->srtp));
	explicit_bzero(&leg->srtp_short, sizeof(leg->srtp_short));
	usher__peer_clear(&leg->peer);
	usher__codecs_map_init(&leg->map);
	usher__sdp_text_map_init(&leg->text_map);
	leg->peer_ip[0] = '\0';
}

int usher__leg_insist(struct usher__leg *leg)
{
	if (leg->srtp_policy != USHER__SRTP_OFFER || leg->insists)
		return USHER_ESTATE;
	leg->insists = true;
	leg->auth_tries = 0;
	forget_media(leg);
	return 0;
}

/* Credentials, and who calls, are for the host that they were given for. */
static void forget_who(struct usher__leg *leg)
{
	leg->auth = mem_deref(leg->auth);
	leg->auth_user = mem_deref(leg->auth_user);
	leg->auth_password = usher__secret_free(leg->auth_password);
	leg->asserted = mem_deref(leg->asserted);
}

int usher__redirect_next(struct usher__leg *leg)
{
	struct usher__redirect *redirect = leg->redirect;
	const char *uri;

	while (redirect && redirect->next < redirect->count) {
		uri = redirect->uri[redirect->next++];
		if (!same_host(leg->target, uri))
			forget_who(leg);
		leg->insists = false;
		forget_media(leg);
		leg->near = false;
		leg->auth_tries = 0;
		if (!retarget(leg, uri))
			return 0;
	}
	return USHER_ENOENT;
}

bool usher__redirect_went(const struct usher__leg *leg)
{
	return leg->redirect && leg->redirect->next;
}

int usher__redirect_take(struct usher__leg *leg, const struct sip_msg *msg)
{
	if (msg->scode < 300 || msg->scode > 302)
		return USHER_EPERM;
	if (!leg->redirect) {
		leg->redirect = mem_zalloc(sizeof(*leg->redirect),
					   redirect_destructor);
		if (!leg->redirect)
			return USHER_ENOMEM;
	}
	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, add, leg);
	return 0;
}
