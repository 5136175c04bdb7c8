/* Trunks: made and freed, how many calls each may have, and what is known of
 * one. Whose calls are whose: source.c; where one is, and found by its number:
 * hop.c; which one a call goes over: route.c. */
#include <string.h>
#include <strings.h>

#include <sip/legimpl.h>

enum { LINE_BYTES = 8 };

static void trunk_destructor(void *arg)
{
	struct usher__trunk *trunk = arg;

	usher__hops_flush(trunk);
	mem_deref(trunk->use);
	mem_deref(trunk->name);
	mem_deref(trunk->domain);
	mem_deref(trunk->host);
	mem_deref(trunk->user);
	usher__secret_free(trunk->password);
	mem_deref(trunk->tls_name);
	mem_deref(trunk->from_domain);
	mem_deref(trunk->reg_domain);
	mem_deref(trunk->prefixes);
}

/* An address, or a name that DNS may know. */
static bool host_ok(const char *host)
{
	struct sa sa;
	size_t i, label = 0;

	if (!sa_set_str(&sa, host, 0))
		return true;
	for (i = 0; host[i]; i++) {
		bool alnum =
			(host[i] | 0x20) >= 'a' && (host[i] | 0x20) <= 'z';

		alnum = alnum || (host[i] >= '0' && host[i] <= '9') ||
			host[i] == '-' || host[i] == '_';
		if (!alnum && (host[i] != '.' || !label))
			return false;
		label = host[i] == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	/* Of digits and dots alone it was meant for an address. */
	return i > 0 && i < USHER__UA_MAX_NAME &&
	       strspn(host, "0123456789.") != i;
}

int usher__trunk_check(const struct usher__trunk_opts *opts,
		       struct usher_error *err)
{
	struct usher__prefix prefixes[USHER__SIP_TRUNK_PREFIXES];
	struct usher__codecs codecs;
	unsigned count = 0;
	int code;

	if (usher__codecs_read(&codecs, opts->codecs))
		return usher_error_set(err, USHER_EINVAL,
				       "a trunk's codecs are some of opus, "
				       "pcma and pcmu, not \"%.40s\"",
				       opts->codecs);
	if (!usher__text_ok(opts->host) || !usher__text_ok(opts->tls_name) ||
	    !usher__text_ok(opts->user) ||
	    (opts->host && !host_ok(opts->host)))
		return usher_error_set(err, USHER_EINVAL,
				       "a trunk's host or user is malformed");
	if ((opts->from_domain && !host_ok(opts->from_domain)) ||
	    (opts->reg_domain && !host_ok(opts->reg_domain)))
		return usher_error_set(err, USHER_EINVAL,
				       "\"%.40s\" is no domain for From",
				       opts->from_domain);
	if (opts->reg && (!opts->host || !opts->user))
		return usher_error_set(err, USHER_EINVAL,
				       "to register takes an address and a "
				       "user");
	if (opts->check_ms && opts->check_ms < USHER__TRUNK_CHECK_MIN_MS)
		return usher_error_set(err, USHER_EINVAL,
				       "checked every %d ms at most",
				       USHER__TRUNK_CHECK_MIN_MS);
	if (opts->srtp > USHER__SRTP_REQUIRE)
		return usher_error_set(err, USHER_EINVAL,
				       "no such policy of SRTP");
	if (opts->weight > USHER__TRUNK_WEIGHT_MAX)
		return usher_error_set(err, USHER_EINVAL,
				       "a weight of %d at most",
				       USHER__TRUNK_WEIGHT_MAX);
	if (!opts->sources)
		return 0;
	code = usher__prefixes_parse(prefixes, USHER__SIP_TRUNK_PREFIXES,
				     &count, opts->sources, err);
	return code || count ? code
			     : usher_error_set(err, USHER_EINVAL,
					       "a trunk's sources are blank");
}

static int sources_set(struct usher__trunk *trunk, const char *text,
		       struct usher_error *err)
{
	unsigned count = 0;
	int code;

	trunk->prefixes = mem_zalloc(
		USHER__SIP_TRUNK_PREFIXES * sizeof(*trunk->prefixes), NULL);
	if (!trunk->prefixes)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	code = usher__prefixes_parse(
		trunk->prefixes, USHER__SIP_TRUNK_PREFIXES, &count, text, err);
	trunk->prefix_count = count;
	return code;
}

bool usher__asks_privacy(const char *headers)
{
	static const char *const asks[] = {"id", "user", "header"};
	static const char name[] = "Privacy:";
	size_t len, i;

	while (headers && strncasecmp(headers, name, sizeof(name) - 1)) {
		headers = strstr(headers, "\r\n");
		headers = headers ? headers + 2 : NULL;
	}
	if (!headers)
		return false;
	headers += sizeof(name) - 1;
	while (*headers && *headers != '\r') {
		headers += strspn(headers, " \t;,");
		len = strcspn(headers, " \t;,\r");
		for (i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
			if (len == strlen(asks[i]) &&
			    !strncasecmp(headers, asks[i], len))
				return true;
		headers += len;
	}
	return false;
}

/* ---- calls at once ---- */

static bool beyond(uint32_t now, uint32_t max)
{
	return max && now >= max;
}

bool usher__trunk_full(const struct usher__trunk *trunk, bool outbound)
{
	const struct usher__use *use = trunk->use;

	return beyond(use->in + use->out, trunk->max_calls) ||
	       (outbound ? beyond(use->out, trunk->max_out)
			 : beyond(use->in, trunk->max_in));
}

int usher__trunk_take(struct usher__leg *leg, uint32_t id)
{
	struct usher__trunk *trunk = usher__trunk_find(leg->ua, id);

	if (!trunk)
		return 0;
	if (trunk->srtp)
		leg->srtp_policy = trunk->srtp;
	if (usher__trunk_full(trunk, leg->outbound))
		return USHER_EBUSY;
	leg->use = mem_ref(trunk->use);
	if (trunk->codecs.count)
		leg->codecs = trunk->codecs;
	if (!leg->outbound) {
		leg->use->in++;
		return 0;
	}
	leg->use->out++;
	leg->use->placed++;
	return 0;
}

/* ---- made and freed ---- */

static int register_trunk(struct usher__ua *ua, struct usher__trunk *trunk,
			  struct usher_error *err)
{
	struct usher__register_opts opts;
	char registrar[USHER__UA_MAX_URI];

	memset(&opts, 0, sizeof(opts));
	if (usher__trunk_print(trunk, NULL, registrar, sizeof(registrar)))
		return USHER_EINVAL;
	opts.registrar = registrar;
	opts.domain = trunk->reg_domain;
	opts.user = trunk->user;
	opts.password = trunk->password;
	opts.expires_s = trunk->expires_s;
	opts.trunk = trunk->id;
	return usher__ua_register(ua, &opts, &trunk->registration, err);
}

static void numbers_set(struct usher__trunk *trunk,
			const struct usher__trunk_opts *opts)
{
	struct sa sa;

	trunk->port = opts->port;
	trunk->tp = opts->tls   ? SIP_TRANSP_TLS
		    : opts->tcp ? SIP_TRANSP_TCP
				: SIP_TRANSP_UDP;
	trunk->tp_given = opts->tls || opts->tcp || opts->udp;
	trunk->trusted = opts->trusted;
	trunk->srtp = opts->srtp;
	trunk->priority = opts->priority;
	trunk->weight = opts->weight ? opts->weight : 1;
	trunk->max_in = opts->max_in;
	trunk->max_out = opts->max_out;
	trunk->max_calls = opts->max_calls;
	trunk->check_ms = opts->check_ms;
	trunk->reg = opts->reg;
	trunk->expires_s = opts->expires_s;
	if (opts->codecs)
		(void)usher__codecs_read(&trunk->codecs, opts->codecs);
	trunk->numeric = opts->host && !sa_set_str(&sa, opts->host, 0);
	trunk->by_hops = opts->host && !trunk->numeric && !opts->sources;
}

static int texts_set(struct usher__trunk *trunk,
		     const struct usher__trunk_opts *opts)
{
	uint8_t line[LINE_BYTES];
	int code = usher__str_set(&trunk->name, opts->name);

	if (opts->domain && *opts->domain)
		code |= usher__str_set(&trunk->domain, opts->domain);
	code |= usher__str_set(&trunk->host, opts->host);
	code |= usher__str_set(&trunk->user, opts->user);
	code |= usher__str_set(&trunk->password, opts->password);
	code |= usher__str_set(&trunk->tls_name, opts->tls_name);
	code |= usher__str_set(&trunk->from_domain, opts->from_domain);
	code |= usher__str_set(&trunk->reg_domain, opts->reg_domain);
	rand_bytes(line, sizeof(line));
	(void)re_snprintf(trunk->line, sizeof(trunk->line), "%w", line,
			  sizeof(line));
	return code ? USHER_ENOMEM : 0;
}

int usher__ua_trunk_add(struct usher__ua *ua,
			const struct usher__trunk_opts *opts, uint32_t *ret_id,
			struct usher_error *err)
{
	struct usher__trunk *trunk;
	struct sa sa;
	int code;

	if (ua->trunk_count >= USHER__UA_MAX_TRUNKS)
		return usher_error_set(err, USHER_EFULL, "more than %d trunks",
				       USHER__UA_MAX_TRUNKS);
	code = usher__trunk_check(opts, err);
	if (code)
		return code;
	trunk = mem_zalloc(sizeof(*trunk), trunk_destructor);
	if (!trunk)
		return usher_error_set(err, USHER_ENOMEM, "no memory");

	tmr_init(&trunk->dns_tmr);
	trunk->id = ++ua->last_trunk;
	trunk->kin = trunk->id;
	trunk->ua = ua;
	numbers_set(trunk, opts);
	code = texts_set(trunk, opts);
	trunk->use = mem_zalloc(sizeof(*trunk->use), NULL);
	if (!trunk->use)
		code = USHER_ENOMEM;
	if (!code && trunk->numeric &&
	    !sa_set_str(&sa, trunk->host,
			sip_transp_port(trunk->tp, trunk->port)))
		code = usher__hop_add(trunk, &sa, trunk->tp, 0, 1);
	if (code) {
		code = usher_error_set(err, code, "no memory");
		goto out;
	}
	if (opts->sources)
		code = sources_set(trunk, opts->sources, err);

out:
	if (code) {
		mem_deref(trunk);
		return code;
	}
	ua->trunks[ua->trunk_count++] = trunk;
	*ret_id = trunk->id;
	return 0;
}

static bool same(const char *a, const char *b)
{
	return !a || !b ? a == b : !strcmp(a, b);
}

static struct usher__trunk *predecessor(struct usher__ua *ua,
					const struct usher__trunk *trunk)
{
	unsigned i;

	for (i = 0; i < ua->trunk_count; i++) {
		struct usher__trunk *other = ua->trunks[i];

		if (other != trunk && other->started &&
		    same(other->name, trunk->name) &&
		    same(other->domain, trunk->domain))
			return other;
	}
	return NULL;
}

/* The registrar, and who we are there. */
static bool same_account(const struct usher__trunk *a,
			 const struct usher__trunk *b)
{
	return a->reg && b->reg && same(a->host, b->host) &&
	       same(a->user, b->user) && same(a->password, b->password) &&
	       same(a->reg_domain, b->reg_domain) &&
	       same(a->tls_name, b->tls_name) && a->port == b->port &&
	       a->tp == b->tp && a->tp_given == b->tp_given &&
	       a->expires_s == b->expires_s;
}

/* Until DNS has said it once more, it is where it was. */
static void take_hops(struct usher__trunk *trunk,
		      const struct usher__trunk *old)
{
	unsigned i;

	if (trunk->numeric || trunk->hop_count ||
	    !same(trunk->host, old->host) || trunk->port != old->port ||
	    trunk->tp != old->tp || trunk->tp_given != old->tp_given)
		return;
	for (i = 0; i < old->hop_count; i++)
		(void)usher__hop_add(trunk, &old->hops[i]->addr,
				     old->hops[i]->tp, old->hops[i]->rank,
				     old->hops[i]->weight);
	trunk->dns_good_until_us = old->dns_good_until_us;
}

static void take_over(struct usher__trunk *trunk, struct usher__trunk *old)
{
	trunk->kin = old->kin;
	mem_deref(trunk->use);
	trunk->use = mem_ref(old->use);
	take_hops(trunk, old);
	usher__hops_learn(trunk, old);
	if (!same_account(trunk, old))
		return;
	trunk->registration = old->registration;
	old->registration = 0;
	strcpy(trunk->line, old->line);
	usher__ua_registration_move(trunk->ua, trunk->registration, trunk->id);
}

void usher__ua_trunk_start(struct usher__ua *ua, uint32_t id)
{
	struct usher__trunk *trunk = usher__trunk_find(ua, id), *old;

	if (!trunk || trunk->started)
		return;
	old = predecessor(ua, trunk);
	trunk->started = true;
	if (old)
		take_over(trunk, old);
	usher__hops_start(trunk);
	if (trunk->reg && !trunk->registration &&
	    register_trunk(ua, trunk, NULL))
		usher__ua_log(ua, USHER__LOG_ERROR,
			      "trunk \"%s\" cannot register", trunk->name);
}

int usher__ua_trunk_remove(struct usher__ua *ua, uint32_t id)
{
	unsigned i;

	for (i = 0; i < ua->trunk_count; i++)
		if (ua->trunks[i]->id == id)
			break;
	if (i == ua->trunk_count)
		return USHER_ENOENT;
	if (ua->trunks[i]->registration)
		(void)usher__ua_unregister(ua, ua->trunks[i]->registration);
	mem_deref(ua->trunks[i]);
	ua->trunk_count--;
	memmove(&ua->trunks[i], &ua->trunks[i + 1],
		(ua->trunk_count - i) * sizeof(ua->trunks[0]));
	return 0;
}

void usher__trunks_free(struct usher__ua *ua)
{
	while (ua->trunk_count)
		mem_deref(ua->trunks[--ua->trunk_count]);
}

int usher__ua_trunk_state(struct usher__ua *ua, uint32_t id,
			  struct usher__trunk_state *ret)
{
	const struct usher__trunk *trunk = usher__trunk_find(ua, id);
	unsigned i;

	if (!trunk)
		return USHER_ENOENT;
	memset(ret, 0, sizeof(*ret));
	ret->name = trunk->name;
	ret->hops = trunk->hop_count;
	for (i = 0; i < trunk->hop_count; i++) {
		ret->hops_up += !trunk->hops[i]->down;
		ret->hops_resting += usher__hop_resting(trunk->hops[i]);
	}
	/* Calls of one without an address only come in. */
	ret->up = !trunk->host || ret->hops_up > 0;
	ret->registered = trunk->registration &&
			  usher__ua_registered(ua, trunk->registration);
	ret->calls_in = trunk->use->in;
	ret->calls_out = trunk->use->out;
	ret->placed = trunk->use->placed;
	ret->failed = trunk->use->failed;
	return 0;
}
