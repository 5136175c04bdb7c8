/* Placing a call: where it goes, and what it says of who calls. */
#include <string.h>

#include <sip/legimpl.h>

struct target {
	char uri[USHER__UA_MAX_URI];
	char to[USHER__UA_MAX_URI];
	char from[USHER__UA_MAX_URI];
	char from_name[USHER__UA_MAX_NAME];
	char hop[96];
	const char *contact; /* of an account; NULL: the newest */
	const char *auth_user, *auth_password, *asserted;
	const char *from_domain; /* borrowed from its trunk or the options */
	bool anonymous;
};

static void take_contact(void *arg, const struct usher__binding *binding)
{
	struct target *target = arg;

	if (!target->uri[0] &&
	    (!target->contact || !strcmp(binding->contact, target->contact)))
		str_ncpy(target->uri, binding->contact, sizeof(target->uri));
}

static int print(char *dst, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = re_vsnprintf(dst, size, fmt, ap);
	va_end(ap);
	return n < 0 || (size_t)n >= size - 1 ? USHER_EINVAL : 0;
}

/* Who is there over TLS has to be who the trunk is. */
static int expect(const struct usher__trunk *trunk, const char *hop)
{
	struct pl pl, tp;
	struct uri uri;
	struct sa dst;

	pl_set_str(&pl, hop);
	if (uri_decode(&uri, &pl) ||
	    sa_set(&dst, &uri.host, uri.port ? uri.port : SIP_PORT_TLS))
		return USHER_EINVAL;
	return !msg_param_decode(&uri.params, "transport", &tp) &&
			       !pl_strcasecmp(&tp, "tls")
		       ? usher__trunk_expect(trunk, SIP_TRANSP_TLS, &dst)
		       : 0;
}

/* The URI names the trunk's domain: where that is was found out before. */
static int way_to(const struct usher__trunk *trunk, const char *hop,
		  struct target *target)
{
	char first[sizeof(((struct usher__way *)0)->hop)];

	if (!hop && trunk->hop_count) {
		usher__hop_print(trunk->hops[0], first, sizeof(first));
		hop = first;
	}
	if (!hop)
		return USHER_ENOENT;
	if (print(target->hop, sizeof(target->hop), "sip:%s", hop))
		return USHER_EINVAL;
	return expect(trunk, target->hop);
}

static int by_trunk(struct usher__ua *ua, const struct usher__call_opts *opts,
		    struct target *target, const char **from_user)
{
	struct usher__trunk *trunk = usher__trunk_find(ua, opts->trunk);
	int err;

	if (!trunk || !trunk->host)
		return USHER_ENOENT;
	if (!*from_user && trunk->user)
		*from_user = trunk->user;
	target->from_domain = trunk->from_domain;
	target->auth_user = trunk->user;
	target->auth_password = trunk->password;
	if (opts->uri)
		return print(target->uri, sizeof(target->uri), "%s",
			     opts->uri);
	if (!opts->user || !*opts->user)
		return USHER_EINVAL;
	if (opts->asserted && trunk->trusted)
		target->asserted = opts->asserted;
	err = usher__trunk_print(trunk, opts->user, target->uri,
				 sizeof(target->uri));
	return err ? err : way_to(trunk, opts->hop, target);
}

static int by_account(struct usher__ua *ua,
		      const struct usher__call_opts *opts,
		      struct target *target)
{
	struct pl user, host;

	if (!opts->domain || !opts->user)
		return USHER_EINVAL;
	target->contact = opts->contact;
	usher__ua_bindings(ua, opts->domain, opts->user, take_contact, target);
	if (!target->uri[0] || !usher__text_ok(target->uri))
		return USHER_ENOENT;
	pl_set_str(&user, opts->user);
	pl_set_str(&host, opts->domain);
	return print(target->to, sizeof(target->to), "sip:%H@%H",
		     uri_user_escape, &user, usher__host_print, &host);
}

static bool texts_ok(const struct usher__call_opts *opts)
{
	const char *line = opts->headers, *end;

	/* Headers are lines; anything else would let a name be smuggled. */
	for (; line && *line; line = end + 2) {
		end = strstr(line, "\r\n");
		if (!end || end == line ||
		    !memchr(line, ':', (size_t)(end - line)))
			return false;
	}
	return usher__text_ok(opts->uri) && usher__text_ok(opts->domain) &&
	       usher__text_ok(opts->user) && usher__text_ok(opts->from_user) &&
	       usher__text_ok(opts->from_name) &&
	       usher__text_ok(opts->from_domain) &&
	       usher__text_ok(opts->hop) && usher__text_ok(opts->asserted) &&
	       usher__text_ok(opts->route);
}

/* A display name goes between quotes. */
static void quote(char *dst, size_t size, const char *src)
{
	size_t n = 0;

	for (; src && *src && n + 2 < size; src++) {
		if (*src == '"' || *src == '\\')
			dst[n++] = '\\';
		dst[n++] = *src;
	}
	dst[n] = '\0';
}

static int find_target(struct usher__ua *ua,
		       const struct usher__call_opts *opts,
		       struct target *target)
{
	const char *from_user = opts->from_user;
	struct pl user, host;
	int err;

	if (!texts_ok(opts))
		return USHER_EINVAL;
	memset(target, 0, sizeof(*target));
	target->auth_user = opts->auth_user;
	target->auth_password = opts->auth_password;
	if (opts->trunk)
		err = by_trunk(ua, opts, target, &from_user);
	else if (opts->uri)
		err = print(target->uri, sizeof(target->uri), "%s", opts->uri);
	else
		err = by_account(ua, opts, target);
	if (err)
		return err;
	if (!target->to[0])
		str_ncpy(target->to, target->uri, sizeof(target->to));
	if (opts->from_domain)
		target->from_domain = opts->from_domain;
	else if (!target->from_domain)
		target->from_domain =
			opts->domain ? opts->domain : ua->local_ip;
	target->anonymous =
		opts->anonymous || usher__asks_privacy(opts->headers);
	if (target->anonymous) {
		str_ncpy(target->from_name, "Anonymous",
			 sizeof(target->from_name));
		str_ncpy(target->from, "sip:anonymous@anonymous.invalid",
			 sizeof(target->from));
		return 0;
	}
	pl_set_str(&user, from_user ? from_user : "usher");
	pl_set_str(&host, target->from_domain);
	quote(target->from_name, sizeof(target->from_name), opts->from_name);
	return print(target->from, sizeof(target->from), "sip:%H@%H",
		     uri_user_escape, &user, usher__host_print, &host);
}

/* Whose call it is, for those who are to know it (RFC 3325, 9.1). */
static int assert_identity(struct usher__leg *leg, const struct target *target)
{
	struct pl user, host;

	if (!target->asserted)
		return 0;
	pl_set_str(&user, target->asserted);
	pl_set_str(&host, target->from_domain);
	return re_sdprintf(&leg->asserted,
			   "P-Asserted-Identity: <sip:%H@%H>\r\n",
			   uri_user_escape, &user, usher__host_print, &host);
}

static int fill(struct usher__leg *leg, const struct usher__call_opts *opts,
		const struct target *target)
{
	const char *routes[1] = {opts->route};
	const char *name = target->from_name[0] ? target->from_name : NULL;
	struct pl pl, host;
	struct uri uri;
	struct sa peer;
	int err;

	pl_set_str(&pl, opts->route      ? opts->route
			: target->hop[0] ? target->hop
					 : target->uri);
	if (uri_decode(&uri, &pl) || (pl_strcasecmp(&uri.scheme, "sip") &&
				      pl_strcasecmp(&uri.scheme, "sips")))
		return USHER_EINVAL;
	/* RFC 3261, 8.1.1.8. */
	leg->sips = usher__uri_sips(&pl);
	pl_set_str(&pl, target->uri);
	leg->sips = leg->sips || usher__uri_sips(&pl);
	if (leg->sips && !leg->ua->tls)
		return USHER_ENOTSUP;
	leg->arg = opts->arg;
	usher__leg_forward(leg, opts->caller);
	/* A phone that is registered here. */
	leg->registered = !opts->trunk && !opts->uri;
	leg->near = leg->registered && !opts->route;
	leg->no_text = opts->no_text;
	leg->no_video = opts->no_video;
	leg->text.wanted = opts->text && !opts->no_text;
	if (opts->video_of)
		usher__leg_video_like(leg, opts->video_of);
	else if (opts->video)
		usher__leg_video_want(leg);
	err = usher__str_set(&leg->headers, opts->headers);
	err |= assert_identity(leg, target);
	err |= usher__str_set(&leg->target, target->uri);
	err |= usher__str_set(&leg->contact,
			      opts->from_user && !target->anonymous
				      ? opts->from_user
				      : "usher");
	if (target->hop[0] && !opts->route)
		err |= usher__str_set(&leg->hop, target->hop);
	err |= usher__str_set(&leg->auth_user, target->auth_user);
	err |= usher__str_set(&leg->auth_password, target->auth_password);
	if (err || sip_dialog_alloc(&leg->dlg, target->uri, target->to, name,
				    target->from, routes, opts->route ? 1 : 0))
		return USHER_ENOMEM;
	if (leg->hop && usher__dialog_hop(leg->dlg, leg->hop))
		return USHER_EINVAL;
	usher__leg_index(leg);
	host = uri.host;
	if (sa_set(&peer, &host, uri.port ? uri.port : SIP_PORT))
		sa_init(&peer, AF_UNSPEC);
	return usher__leg_open_port(leg, &peer);
}

int usher__ua_call(struct usher__ua *ua, const struct usher__call_opts *opts,
		   uint64_t *ret_leg, struct usher_error *err)
{
	struct usher__leg *leg;
	struct target target;
	uint32_t ring_ms;
	int code;

	if (ua->stopping)
		return usher_error_set(err, USHER_ECLOSED, "stopping");
	code = find_target(ua, opts, &target);
	if (code)
		return usher_error_set(err, code, "no such target: %s",
				       usher_strerror(code));
	leg = usher__leg_alloc(ua, true);
	if (!leg)
		return usher_error_set(err, USHER_EFULL, "too many legs");
	code = usher__trunk_take(leg, opts->trunk);
	if (!code)
		code = fill(leg, opts, &target);
	if (!code)
		code = usher__leg_invite(leg);
	if (code) {
		mem_deref(leg);
		return usher_error_set(err, code, "cannot send an INVITE: %s",
				       usher_strerror(code));
	}
	ring_ms = opts->ring_timeout_ms ? opts->ring_timeout_ms
					: USHER__UA_RING_TIMEOUT_MS;
	usher__leg_ring_start(leg, ring_ms, opts->silent_ms);
	*ret_leg = leg->id;
	return 0;
}
