/* How a call came to us, and what goes on with it: History-Info (RFC 7044),
 * Diversion (RFC 5806), User-to-User (RFC 7433), Privacy (RFC 3323). What is
 * too long, or has control characters, is not there. */
#include <string.h>

#include <sip/impl.h>

/* ---- History-Info ---- */

struct entries {
	struct usher__history *ret;
	unsigned count;
	char last[USHER__UA_MAX_NAME]; /* of the entry that came last */
	char reason[USHER__REASON_MAX];
};

static void user_of(char *dst, size_t size, const struct sip_addr *addr)
{
	if (!usher__uri_user(dst, size, &addr->uri))
		*dst = '\0';
}

/* Who sent it on may ask that this is told to nobody (RFC 7044, 10.1.2). */
static bool is_private(const struct sip_addr *addr)
{
	return !re_regex(addr->uri.headers.p, addr->uri.headers.l,
			 "privacy=history");
}

/* Why: a Reason in the URI, or its parameter "cause" (RFC 4458), as carriers
 * write it. */
static void reason_of(char *dst, size_t size, const struct sip_addr *addr)
{
	struct pl cause;

	*dst = '\0';
	if (!re_regex(addr->uri.headers.p, addr->uri.headers.l,
		      "cause%3[Dd]1[0-9]3", NULL, &cause) ||
	    (!msg_param_decode(&addr->uri.params, "cause", &cause) &&
	     cause.l == 3 && usher__pl_decimal(&cause, 699)))
		(void)usher__pl_copy(dst, size, &cause);
}

/* Each entry is whom the call was for; the last is us, the one before sent it
 * on, the first was called. Why it went on stands at where it went to. */
static bool entry(const struct sip_hdr *hdr, const struct sip_msg *msg,
		  void *arg)
{
	struct entries *entries = arg;
	struct usher__history *ret = entries->ret;
	struct sip_addr addr;

	(void)msg;
	if (sip_addr_decode(&addr, &hdr->val))
		return false;
	if (is_private(&addr))
		memset(&addr.uri, 0, sizeof(addr.uri));
	if (entries->count++)
		str_ncpy(ret->diverted, entries->last, sizeof(ret->diverted));
	else
		user_of(ret->called, sizeof(ret->called), &addr);
	user_of(entries->last, sizeof(entries->last), &addr);
	reason_of(ret->reason, sizeof(ret->reason), &addr);
	return false;
}

static bool private(const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_PRIVACY);

	return hdr && !re_regex(hdr->val.p, hdr->val.l, "history");
}

/* ---- Diversion ---- */

struct diversions {
	struct usher__history *ret;
	unsigned count;
};

/* A token, or the same in quotes. */
static bool param(const struct sip_addr *addr, const char *name,
		  struct pl *ret)
{
	if (msg_param_decode(&addr->params, name, ret))
		return false;
	if (ret->l > 1 && *ret->p == '"' && ret->p[ret->l - 1] == '"') {
		ret->p++;
		ret->l -= 2;
	}
	return true;
}

/* Who sent it on may ask that its number is told to nobody (RFC 5806, 4);
 * with "name" it asks that for the name, which we do not read. */
static bool hides_user(const struct sip_addr *addr)
{
	struct pl privacy;

	return param(addr, "privacy", &privacy) &&
	       pl_strcasecmp(&privacy, "off") &&
	       pl_strcasecmp(&privacy, "name");
}

/* The newest comes first. */
static bool diversion(const struct sip_hdr *hdr, const struct sip_msg *msg,
		      void *arg)
{
	struct diversions *diversions = arg;
	struct usher__history *ret = diversions->ret;
	struct pl rest = hdr->val, value, reason;
	struct sip_addr addr;

	(void)msg;
	/* libre does not know the header, so nothing has cut its lines. */
	while (usher__list_next(&rest, &value)) {
		if (sip_addr_decode(&addr, &value))
			continue;
		if (hides_user(&addr))
			memset(&addr.uri, 0, sizeof(addr.uri));
		user_of(ret->called, sizeof(ret->called), &addr);
		if (diversions->count++)
			continue;
		user_of(ret->diverted, sizeof(ret->diverted), &addr);
		if (param(&addr, "reason", &reason))
			(void)usher__pl_copy(ret->reason, sizeof(ret->reason),
					     &reason);
	}
	return false;
}

/* RFC 7433, 3: there may be several, which commas part as well as lines. Each
 * is whole or not there. */
static bool user_to_user(const struct sip_hdr *hdr, const struct sip_msg *msg,
			 void *arg)
{
	struct usher__history *ret = arg;
	size_t len = strlen(ret->user_to_user);
	char value[sizeof(ret->user_to_user)];

	(void)msg;
	if (!usher__pl_copy(value, sizeof(value), &hdr->val) || !*value ||
	    len + (len ? 2 : 0) + strlen(value) >= sizeof(value))
		return false;
	if (len)
		strcat(ret->user_to_user, ", ");
	strcat(ret->user_to_user, value);
	return false;
}

static void copy(char *dst, size_t size, const struct sip_hdr *hdr)
{
	if (!hdr || !usher__pl_copy(dst, size, &hdr->val))
		*dst = '\0';
}

void usher__history_read(struct usher__history *ret, const struct sip_msg *msg)
{
	struct diversions diversions = {.ret = ret};
	struct entries entries = {.ret = ret};

	memset(ret, 0, sizeof(*ret));
	(void)sip_msg_xhdr_apply(msg, true, "User-to-User", user_to_user, ret);
	copy(ret->privacy, sizeof(ret->privacy),
	     sip_msg_hdr(msg, SIP_HDR_PRIVACY));
	if (private(msg))
		return;
	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_HISTORY_INFO, entry,
				&entries);
	if (entries.count > 1)
		return;
	/* A single entry is where it was sent to, and that is us. */
	ret->called[0] = ret->reason[0] = '\0';
	(void)sip_msg_xhdr_apply(msg, true, "Diversion", diversion,
				 &diversions);
}
