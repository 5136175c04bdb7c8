/* A request of ours within a dialog: what libre's sip_drequestf() does, and
 * two things that it does not.
 *
 * Where a URI is sips, or its dialog is secure, the next hop is asked over TLS
 * and never otherwise, whatever transport a URI names (RFC 3261, 8.1.2); libre
 * sends to no sips URI at all.
 *
 * Where the first Route has no "lr" that router is a strict one: it is to find
 * itself in the Request-URI, and the target as the last Route (12.2.1.1). */
#include <string.h>

#include <sip/legimpl.h>

enum { AUTH_TRIES_MAX = 2 };

static const char route_name[] = "Route: ";

bool usher__uri_sips(const struct pl *uri)
{
	return uri->l >= 5 && !strncasecmp(uri->p, "sips:", 5);
}

/* A parameter ";name" or ";name=value" of a URI or an address. */
static bool has_param(struct pl params, const char *name)
{
	size_t len = strlen(name);

	while (params.l) {
		while (params.l && strchr("; \t", *params.p))
			pl_advance(&params, 1);
		if (params.l >= len && !strncasecmp(params.p, name, len) &&
		    (params.l == len || strchr("=; \t", params.p[len])))
			return true;
		while (params.l && *params.p != ';')
			pl_advance(&params, 1);
	}
	return false;
}

/* The first line of a dialog's headers, if that is a Route; its length with
 * the end of the line. */
static size_t first_route(struct pl headers, struct sip_addr *ret)
{
	size_t skip = sizeof(route_name) - 1;
	const char *end;
	struct pl pl;

	if (headers.l < skip || memcmp(headers.p, route_name, skip))
		return 0;
	end = memchr(headers.p, '\n', headers.l);
	if (!end || end[-1] != '\r')
		return 0;
	pl.p = headers.p + skip;
	pl.l = (size_t)(end - 1 - pl.p);
	return sip_addr_decode(ret, &pl) ? 0 : (size_t)(end + 1 - headers.p);
}

static struct pl all_of(const struct mbuf *mb)
{
	return (struct pl){(const char *)mb->buf, mb->end};
}

/* How long the Routes are that there are. */
static size_t routes_len(struct pl headers)
{
	const char *begin = headers.p;
	struct sip_addr addr;
	size_t len;

	while ((len = first_route(headers, &addr)))
		pl_advance(&headers, (ssize_t)len);
	return (size_t)(headers.p - begin);
}

/* The strict router out of the Routes, the target behind them; its URI is what
 * the request asks for, without the headers that no Request-URI has. */
static int turn_routes(struct mbuf *mb, const char *target, char *ret,
		       size_t size)
{
	struct mbuf *turned = mbuf_alloc(mb->end + strlen(target) + 16);
	size_t end = routes_len(all_of(mb)), len;
	struct sip_addr addr;
	const char *query;
	int err;

	len = first_route(all_of(mb), &addr);
	query = pl_strchr(&addr.auri, '?');
	if (query)
		addr.auri.l = (size_t)(query - addr.auri.p);
	err = !turned                                 ? ENOMEM
	      : usher__pl_copy(ret, size, &addr.auri) ? 0
						      : EBADMSG;
	if (err)
		goto out;
	err = mbuf_write_mem(turned, mb->buf + len, end - len);
	err |= mbuf_printf(turned, "%s<%s>\r\n", route_name, target);
	err |= mbuf_write_mem(turned, mb->buf + end, mb->end - end);
	if (!err) {
		mbuf_rewind(mb);
		err = mbuf_write_mem(mb, turned->buf, turned->end);
	}

out:
	mem_deref(turned);
	return err;
}

/* Where it goes, over TLS if it has to. */
static int next_hop(const struct usher__request *how, const char *uri,
		    char *params, size_t size, struct uri *ret)
{
	struct pl target, asked, maddr;

	pl_set_str(&target, sip_dialog_uri(how->dlg));
	pl_set_str(&asked, uri);
	*ret = *sip_dialog_route(how->dlg);
	if (!how->secure && pl_strcasecmp(&ret->scheme, "sips") &&
	    !usher__uri_sips(&target) && !usher__uri_sips(&asked))
		return 0;
	maddr.l = 0;
	(void)msg_param_decode(&ret->params, "maddr", &maddr);
	if (re_snprintf(params, size, ";transport=tls%s%r",
			maddr.l ? ";maddr=" : "", &maddr) < 0)
		return EBADMSG;
	pl_set_str(&ret->scheme, "sip");
	pl_set_str(&ret->params, params);
	return 0;
}

int usher__request(struct sip_request **reqp, const struct usher__request *how,
		   const char *fmt, ...)
{
	const char *target = sip_dialog_uri(how->dlg);
	char router[USHER__UA_MAX_URI], params[USHER__UA_MAX_NAME];
	struct mbuf *mb = mbuf_alloc(2048), *dialog = mbuf_alloc(512);
	const char *uri = target;
	struct sip_addr addr;
	struct uri route;
	va_list ap;
	int err = ENOMEM;

	if (!mb || !dialog)
		goto out;
	err = sip_dialog_encode(dialog, how->dlg, how->cseq, how->method);
	if (!err && first_route(all_of(dialog), &addr) &&
	    !has_param(addr.uri.params, "lr") &&
	    !has_param(addr.params, "lr")) {
		err = turn_routes(dialog, target, router, sizeof(router));
		uri = router;
	}
	if (!err)
		err = next_hop(how, uri, params, sizeof(params), &route);
	if (err)
		goto out;
	err = mbuf_printf(mb, "Max-Forwards: %u\r\n", how->forwards);
	if (how->auth)
		err |= sip_auth_encode(mb, how->auth, how->method, uri);
	err |= mbuf_write_mem(mb, dialog->buf, dialog->end);
	err |= mbuf_printf(mb, "User-Agent: %s\r\n", how->ua->software);
	va_start(ap, fmt);
	err |= mbuf_vprintf(mb, fmt, ap);
	va_end(ap);
	mb->pos = 0;
	if (!err)
		err = sip_request(reqp, how->ua->sip, !how->stateless,
				  how->method, -1, uri, -1, &route, mb,
				  sip_dialog_hash(how->dlg), how->sendh,
				  how->resph, how->arg);

out:
	mem_deref(mb);
	mem_deref(dialog);
	return err;
}

void usher__leg_request(struct usher__request *ret, struct usher__leg *leg,
			struct sip_dialog *dlg, const char *method)
{
	*ret = (struct usher__request){
		.ua = leg->ua,
		.dlg = dlg,
		.method = method,
		.auth = leg->auth,
		.arg = leg,
		.secure = leg->sips,
		.forwards = USHER__MAX_FORWARDS,
	};
}

int usher__leg_contact_handler(enum sip_transp tp, const struct sa *src,
			       const struct sa *dst, struct mbuf *mb,
			       void *arg)
{
	struct usher__leg *leg = arg;

	int err = usher__tls_towards(leg->ua, tp, dst,
				     sip_dialog_route(leg->dlg));

	(void)src;
	return err ? err
		   : usher__ua_contact(mb, leg->ua, leg->contact,
				       leg->sips ? USHER__TP_SIPS : tp, dst);
}

int usher__leg_retry_auth(struct usher__leg *leg, const struct sip_msg *msg,
			  uint8_t *tries)
{
	if ((*tries)++ >= AUTH_TRIES_MAX)
		return USHER_EPERM;
	if (!leg->auth && usher__auth_client(&leg->auth, &leg->auth_user,
					     &leg->auth_password))
		return USHER_ENOMEM;
	/* Many give out a nonce for each request; what is refused with the
	 * one that it was given is refused. */
	if (*tries == 1)
		sip_auth_reset(leg->auth);
	return sip_auth_authenticate(leg->auth, msg) ? USHER_EPERM : 0;
}
