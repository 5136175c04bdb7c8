/* Whose calls come in: by their source address, of which a trunk has some or
 * DNS gives it some, or by what our registration there says. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <sip/impl.h>

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

static bool is_own(const struct usher__trunk *trunk, const char *domain)
{
	return domain && (!trunk->domain || !strcmp(trunk->domain, domain));
}

/* Where DNS says that it is, calls of it come from. */
static bool hops_cover(const struct usher__trunk *trunk, const struct sa *src)
{
	unsigned i;

	for (i = 0; trunk->by_hops && i < trunk->hop_count; i++)
		if (sa_cmp(&trunk->hops[i]->addr, src, SA_ADDR))
			return true;
	return false;
}

static struct usher__trunk *by_hops(struct usher__ua *ua, const struct sa *src,
				    const char *domain)
{
	struct usher__trunk *found = NULL;
	unsigned i;

	for (i = 0; i < ua->trunk_count; i++) {
		struct usher__trunk *trunk = ua->trunks[i];

		if (!hops_cover(trunk, src))
			continue;
		if (is_own(trunk, domain))
			return trunk;
		if (!found)
			found = trunk;
	}
	return found;
}

/* By its prefixes it is a stranger's or nobody's: by DNS it may be ours. */
static struct usher__trunk *pick_own(struct usher__ua *ua,
				     const struct sa *src, const char *domain,
				     struct usher__trunk *found)
{
	struct usher__trunk *other = by_hops(ua, src, domain);

	if (!found || (other && is_own(other, domain)))
		return other;
	return found;
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

		own = is_own(trunk, domain);

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
	return found && found_own ? found : pick_own(ua, src, domain, found);
}

struct usher__trunk *usher__trunk_by_line(struct usher__ua *ua,
					  const struct sip_msg *msg)
{
	struct pl line;
	unsigned i;

	if (msg_param_decode(&msg->uri.params, "line", &line))
		return NULL;
	for (i = 0; i < ua->trunk_count; i++)
		if (ua->trunks[i]->reg &&
		    !pl_strcmp(&line, ua->trunks[i]->line))
			return ua->trunks[i];
	return NULL;
}
