/* Trunks: whose calls come in by their source address, and where numbers go
 * out. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <sip/impl.h>

static void trunk_destructor(void *arg)
{
	struct usher__trunk *trunk = arg;

	mem_deref(trunk->name);
	mem_deref(trunk->domain);
	mem_deref(trunk->host);
	mem_deref(trunk->user);
	mem_deref(trunk->password);
	mem_deref(trunk->tls_name);
	mem_deref(trunk->prefixes);
}

/* "10.0.0.0/8", "192.0.2.1", "2001:db8::/32" */
static bool parse_prefix(struct usher__prefix *prefix, const char *word,
			 size_t len)
{
	char text[USHER__SDP_IP_MAX + 4], *slash, *end;
	unsigned max;

	if (!len || len >= sizeof(text))
		return false;
	memcpy(text, word, len);
	text[len] = '\0';
	slash = strchr(text, '/');
	if (slash)
		*slash++ = '\0';
	memset(prefix, 0, sizeof(*prefix));
	if (inet_pton(AF_INET, text, prefix->addr) == 1)
		prefix->af = 4;
	else if (inet_pton(AF_INET6, text, prefix->addr) == 1)
		prefix->af = 6;
	else
		return false;

	max = prefix->af == 4 ? 32 : 128;
	prefix->bits = (uint8_t)max;
	if (slash) {
		unsigned long bits = strtoul(slash, &end, 10);

		if (*slash < '0' || *slash > '9' || *end || bits > max)
			return false;
		prefix->bits = (uint8_t)bits;
	}
	return true;
}

int usher__prefixes_parse(struct usher__prefix *prefixes, unsigned max,
			  unsigned *count, const char *text,
			  struct usher_error *err)
{
	size_t len;

	for (text += strspn(text, " \t,"); *text;
	     text += strspn(text, " \t,")) {
		len = strcspn(text, " \t,");
		if (*count >= max)
			return usher_error_set(err, USHER_EFULL,
					       "more than %u sources", max);
		if (!parse_prefix(&prefixes[*count], text, len))
			return usher_error_set(err, USHER_EINVAL,
					       "no address or prefix: '%.*s'",
					       (int)(len < 64 ? len : 64),
					       text);
		++*count;
		text += len;
	}
	return 0;
}

int usher__trunk_check(const struct usher__trunk_opts *opts,
		       struct usher_error *err)
{
	struct usher__prefix prefixes[USHER__SIP_TRUNK_PREFIXES];
	unsigned count = 0;

	if (!usher__text_ok(opts->host) || !usher__text_ok(opts->tls_name) ||
	    !usher__text_ok(opts->user) ||
	    (opts->reg && (!opts->host || !opts->user)))
		return usher_error_set(err, USHER_EINVAL,
				       "a trunk's host or user is malformed");
	return opts->sources
		       ? usher__prefixes_parse(prefixes,
					       USHER__SIP_TRUNK_PREFIXES,
					       &count, opts->sources, err)
		       : 0;
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

static bool prefix_covers(const struct usher__prefix *prefix,
			  const uint8_t *addr, unsigned af)
{
	unsigned whole = prefix->bits / 8, rest = prefix->bits % 8;
	uint8_t mask = (uint8_t)(0xff00u >> rest);

	if (prefix->af != af || memcmp(prefix->addr, addr, whole))
		return false;
	return !rest || !((prefix->addr[whole] ^ addr[whole]) & mask);
}

static unsigned bytes_of(const struct sa *src, uint8_t addr[16])
{
	uint32_t in;

	if (sa_af(src) != AF_INET) {
		sa_in6(src, addr);
		return 6;
	}
	in = htonl(sa_in(src));
	memcpy(addr, &in, 4);
	return 4;
}

bool usher__prefixes_cover(const struct usher__prefix *prefixes,
			   unsigned count, const struct sa *src)
{
	uint8_t addr[16];
	unsigned af = bytes_of(src, addr);

	while (count--)
		if (prefix_covers(&prefixes[count], addr, af))
			return true;
	return false;
}

struct usher__trunk *usher__trunk_by_source(struct usher__ua *ua,
					    const struct sa *src,
					    const char *domain)
{
	struct usher__prefix best = {.bits = 0};
	struct usher__trunk *found = NULL;
	bool own, found_own = false;
	uint8_t addr[16];
	unsigned i, k, af = bytes_of(src, addr);

	/* A trunk of the tenant that is called wins, then the longest
	 * prefix, as people expect. */
	for (i = 0; i < ua->trunk_count; i++) {
		struct usher__trunk *trunk = ua->trunks[i];

		own = domain &&
		      (!trunk->domain || !strcmp(trunk->domain, domain));

		for (k = 0; k < trunk->prefix_count; k++) {
			const struct usher__prefix *p = &trunk->prefixes[k];

			if (!prefix_covers(p, addr, af) ||
			    (found && found_own && !own) ||
			    (found && found_own == own &&
			     p->bits <= best.bits))
				continue;
			found_own = own;
			best = *p;
			found = trunk;
		}
	}
	return found;
}

struct usher__trunk *usher__trunk_find(struct usher__ua *ua, uint32_t id)
{
	unsigned i;

	for (i = 0; i < ua->trunk_count; i++)
		if (ua->trunks[i]->id == id)
			return ua->trunks[i];
	return NULL;
}

/* As URIs want it. */
static int host_set(struct usher__trunk *trunk, const char *host)
{
	if (!host || !strchr(host, ':') || *host == '[')
		return usher__str_set(&trunk->host, host);
	return re_sdprintf(&trunk->host, "[%s]", host) ? USHER_ENOMEM : 0;
}

int usher__trunk_expect(struct usher__ua *ua, const struct usher__trunk *trunk)
{
	struct pl host, name;
	struct sa dst;

	if (!trunk->tls_name || trunk->tp != SIP_TRANSP_TLS)
		return 0;
	pl_set_str(&host, trunk->host);
	if (*trunk->host == '[' && host.l > 2)
		host = (struct pl){host.p + 1, host.l - 2};
	pl_set_str(&name, trunk->tls_name);
	/* Where it is a name, that name's address counts. */
	if (sa_set(&dst, &host, trunk->port))
		return 0;
	return usher__tls_expect(ua, &dst, &name) ? USHER_EPERM : 0;
}

static int register_trunk(struct usher__ua *ua, struct usher__trunk *trunk,
			  uint32_t expires_s, struct usher_error *err)
{
	struct usher__register_opts opts;
	char registrar[USHER__UA_MAX_URI];

	memset(&opts, 0, sizeof(opts));
	(void)usher__trunk_expect(ua, trunk);
	(void)re_snprintf(registrar, sizeof(registrar), "sip:%s:%u%s",
			  trunk->host, trunk->port,
			  sip_transp_param(trunk->tp));
	opts.registrar = registrar;
	opts.user = trunk->user;
	opts.password = trunk->password;
	opts.expires_s = expires_s;
	return usher__ua_register(ua, &opts, &trunk->registration, err);
}

int usher__ua_trunk_add(struct usher__ua *ua,
			const struct usher__trunk_opts *opts, uint32_t *ret_id,
			struct usher_error *err)
{
	struct usher__trunk *trunk;
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

	trunk->id = ++ua->last_trunk;
	trunk->tp = opts->tls   ? SIP_TRANSP_TLS
		    : opts->tcp ? SIP_TRANSP_TCP
				: SIP_TRANSP_UDP;
	trunk->port = sip_transp_port(trunk->tp, opts->port);
	code = usher__str_set(&trunk->name, opts->name);
	if (opts->domain && *opts->domain)
		code |= usher__str_set(&trunk->domain, opts->domain);
	code |= host_set(trunk, opts->host);
	code |= usher__str_set(&trunk->tls_name, opts->tls_name);
	code |= usher__str_set(&trunk->user, opts->user);
	code |= usher__str_set(&trunk->password, opts->password);
	if (code) {
		code = usher_error_set(err, USHER_ENOMEM, "no memory");
		goto out;
	}
	if (opts->sources)
		code = sources_set(trunk, opts->sources, err);
	if (!code && opts->reg)
		code = register_trunk(ua, trunk, opts->expires_s, err);

out:
	if (code) {
		mem_deref(trunk);
		return code;
	}
	ua->trunks[ua->trunk_count++] = trunk;
	*ret_id = trunk->id;
	return 0;
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
