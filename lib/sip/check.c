/* What libre's decoder lets through and RFC 3261 does not: looked at once,
 * before a request goes further. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <sip/impl.h>

enum {
	CSEQ_MAX = 0x7fffffff,
	VIA_MAX = 70,
	STATUS_DIGITS = 3,
	STATUS_MIN = 100,
	STATUS_MAX = 699,
};

static bool quotes_balance(const struct pl *pl)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < pl->l; i++) {
		if (quoted && pl->p[i] == '\\')
			i++;
		else if (pl->p[i] == '"')
			quoted = !quoted;
	}
	return !quoted;
}

/* The headers of which there must be one, and at most one. */
static bool singles_ok(const struct sip_msg *msg)
{
	static const enum sip_hdrid once[] = {SIP_HDR_TO, SIP_HDR_FROM,
					      SIP_HDR_CALL_ID, SIP_HDR_CSEQ};
	size_t i;

	for (i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		if (sip_msg_hdr_count(msg, once[i]) != 1)
			return false;
	return sip_msg_hdr_count(msg, SIP_HDR_CONTENT_LENGTH) <= 1 &&
	       sip_msg_hdr_count(msg, SIP_HDR_MAX_FORWARDS) <= 1 &&
	       sip_msg_hdr_count(msg, SIP_HDR_EXPIRES) <= 1 &&
	       sip_msg_hdr_count(msg, SIP_HDR_CONTENT_TYPE) <= 1;
}

/* CSeq is digits, blanks, a method: libre reads the number wrapping. */
static bool cseq_ok(const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_CSEQ);
	struct pl num = hdr->val;
	size_t i;

	for (i = 0; i < num.l; i++)
		if (num.p[i] < '0' || num.p[i] > '9')
			break;
	num.l = i;
	if (!usher__pl_decimal(&num, CSEQ_MAX))
		return false;
	return !msg->req || !pl_cmp(&msg->cseq.met, &msg->met);
}

/* libre takes the number of a status wrapping, and any first word. */
bool usher__response_ok(const struct sip_msg *msg)
{
	static const struct pl version = PL("SIP/2.0");
	const char *p = msg->ver.p + msg->ver.l + 1;
	size_t i;

	if (msg->req)
		return true;
	if (pl_casecmp(&msg->ver, &version) ||
	    msg->reason.p != p + STATUS_DIGITS + 1)
		return false;
	for (i = 0; i < STATUS_DIGITS; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return msg->scode >= STATUS_MIN && msg->scode <= STATUS_MAX &&
	       sip_msg_hdr(msg, SIP_HDR_CSEQ) && cseq_ok(msg);
}

static bool lengths_ok(const struct sip_msg *msg)
{
	if (pl_isset(&msg->clen)) {
		if (!usher__pl_decimal(&msg->clen, USHER__UA_MAX_MESSAGE))
			return false;
		/* A datagram that was cut; on a stream libre has waited. */
		if (pl_u32(&msg->clen) > mbuf_get_left(msg->mb))
			return false;
	}
	if (msg->maxfwd.p && !usher__pl_decimal(&msg->maxfwd, 255))
		return false;
	return !msg->expires.p || usher__pl_decimal(&msg->expires, UINT32_MAX);
}

/* What follows an address without brackets is libre's to cut, not always
 * done; a blank before or inside is the sender's fault. */
static bool has_blank(struct pl pl)
{
	while (pl.l && strchr(" \t\r\n", pl.p[pl.l - 1]))
		pl.l--;
	return pl_strchr(&pl, ' ') || pl_strchr(&pl, '\t');
}

/* RFC 3261, 20: a URI with a question mark goes into brackets. */
static bool bare_headers(const struct sip_hdr *hdr, const struct sip_msg *msg,
			 void *arg)
{
	(void)msg;
	(void)arg;
	return pl_strchr(&hdr->val, '?') && !pl_strchr(&hdr->val, '<');
}

bool usher__uri_ok(const struct pl *uri)
{
	size_t i;

	for (i = 0; i < uri->l; i++)
		if ((unsigned char)uri->p[i] <= ' ' || uri->p[i] == 0x7f)
			return false;
	return true;
}

/* An address that goes into our requests; one that cannot be read will not. */
static bool bad_target(const struct sip_hdr *hdr, const struct sip_msg *msg,
		       void *arg)
{
	struct sip_addr addr;

	(void)msg;
	(void)arg;
	if (sip_addr_decode(&addr, &hdr->val))
		return false;
	while (addr.auri.l && strchr(" \t", addr.auri.p[addr.auri.l - 1]))
		addr.auri.l--;
	return !usher__uri_ok(&addr.auri);
}

bool usher__routes_ok(const struct sip_msg *msg)
{
	return !sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, bad_target,
				  NULL) &&
	       !sip_msg_hdr_apply(msg, true, SIP_HDR_RECORD_ROUTE, bad_target,
				  NULL);
}

/* A display name without quotes is made of tokens (RFC 3261, 25.1); what is
 * beyond ASCII is let pass, since phones write names as they are. */
static bool name_ok(const struct pl *val)
{
	static const char *const marks = "-.!%*_+`'~ \t\r\n";
	size_t i;

	if (!val->l || val->p[0] == '"' || !pl_strchr(val, '<'))
		return true;
	for (i = 0; i < val->l && val->p[i] != '<'; i++)
		if (!isalnum((unsigned char)val->p[i]) &&
		    !((unsigned char)val->p[i] & 0x80) &&
		    !strchr(marks, val->p[i]))
			return false;
	return true;
}

static bool addresses_ok(const struct sip_msg *msg)
{
	const struct sip_hdr *date = sip_msg_hdr(msg, SIP_HDR_DATE);

	if (!quotes_balance(&msg->from.val) || !quotes_balance(&msg->to.val) ||
	    !name_ok(&msg->from.val) || !name_ok(&msg->to.val) ||
	    has_blank(msg->from.auri) || has_blank(msg->to.auri))
		return false;
	/* A Request-URI has no headers (19.1.1), a date is in GMT (20.17). */
	if (msg->req && pl_isset(&msg->uri.headers))
		return false;
	if (date && (date->val.l < 3 ||
		     memcmp(date->val.p + date->val.l - 3, "GMT", 3)))
		return false;
	return usher__routes_ok(msg) &&
	       !sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, bare_headers,
				  NULL);
}

static bool takes_sdp(const struct sip_hdr *hdr, const struct sip_msg *msg,
		      void *arg)
{
	static const char *const types[] = {"application/sdp", "application/*",
					    "*/*"};
	struct pl type = hdr->val;
	size_t i;

	(void)msg;
	(void)arg;
	for (i = 0; i < type.l; i++)
		if (strchr("; \t", type.p[i]))
			type.l = i;
	if (!type.l)
		return true;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!pl_strcasecmp(&type, types[i]))
			return true;
	return false;
}

/* RFC 3261, 20.1: what we would answer with has no other type. */
static bool accept_ok(const struct sip_msg *msg)
{
	return pl_strcmp(&msg->met, "INVITE") ||
	       !sip_msg_hdr(msg, SIP_HDR_ACCEPT) ||
	       sip_msg_hdr_apply(msg, true, SIP_HDR_ACCEPT, takes_sdp, NULL);
}

/* What nobody here knows of the tags that a request needs. */
struct extensions {
	const char *const *known; /* ends with NULL */
	char *names;              /* "a, b" */
	size_t len, size;
	unsigned count; /* also of those for which there was no room */
};

static bool unknown(const struct sip_hdr *hdr, const struct sip_msg *msg,
		    void *arg)
{
	struct extensions *ext = arg;
	const char *const *known = ext->known;
	char name[USHER__UA_MAX_NAME];
	int n;

	(void)msg;
	for (; *known; known++)
		if (!pl_strcasecmp(&hdr->val, *known))
			return false;
	if (!hdr->val.l)
		return false;
	ext->count++;
	if (!usher__pl_copy(name, sizeof(name), &hdr->val))
		return false;
	n = snprintf(ext->names + ext->len, ext->size - ext->len, "%s%s",
		     ext->len ? ", " : "", name);
	if (n > 0 && (size_t)n < ext->size - ext->len)
		ext->len += (size_t)n;
	else
		ext->names[ext->len] = '\0';
	return false;
}

/* RFC 3261, 8.2.2.3: all that is not understood is named. Proxy-Require is
 * for proxies (20.29). */
static uint16_t check_extensions(const struct sip_msg *msg, char *unsupported,
				 size_t size)
{
	static const char *const known[] = {"100rel", "replaces", "timer",
					    NULL};
	struct extensions ext = {
		.known = known, .names = unsupported, .size = size};

	/* Not for CANCEL and ACK. */
	if (!pl_strcmp(&msg->met, "CANCEL") || !pl_strcmp(&msg->met, "ACK"))
		return 0;
	*unsupported = '\0';
	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_REQUIRE, unknown, &ext);
	if (!ext.count)
		return 0;
	return ext.len ? 420 : 400;
}

/* Who calls a sips URI wants TLS all the way (RFC 5630, 5.3); a registrar is
 * no number. */
static bool scheme_ok(const struct sip_msg *msg)
{
	if (!pl_strcasecmp(&msg->uri.scheme, "sips"))
		return msg->tp == SIP_TRANSP_TLS;
	if (usher__uri_tel(&msg->uri))
		return pl_strcmp(&msg->met, "REGISTER") != 0;
	return !pl_strcasecmp(&msg->uri.scheme, "sip");
}

uint16_t usher__msg_check(const struct sip_msg *msg, char *unsupported,
			  size_t size)
{
	char number[USHER__UA_MAX_NAME];

	if (list_count(&msg->hdrl) > USHER__UA_MAX_HEADERS)
		return 400;
	if (!singles_ok(msg) || !msg->callid.l || !pl_isset(&msg->from.tag) ||
	    !pl_isset(&msg->via.sentby) || !pl_isset(&msg->via.branch))
		return 400;
	if (!cseq_ok(msg) || !lengths_ok(msg) || !addresses_ok(msg))
		return 400;
	if (msg->callid.l > USHER__UA_MAX_URI ||
	    msg->from.tag.l > USHER__UA_MAX_URI ||
	    msg->ruri.l > USHER__UA_MAX_URI)
		return 400;
	if (!msg->req)
		return 0;
	if (pl_strchr(&msg->ruri, '<') || pl_strchr(&msg->ruri, '"'))
		return 400;
	if (!scheme_ok(msg))
		return 416;
	/* A number that is none, of no entry and no agent. */
	if (usher__uri_tel(&msg->uri) &&
	    !usher__uri_user(number, sizeof(number), &msg->uri))
		return 404;
	if (sip_msg_hdr_count(msg, SIP_HDR_VIA) > VIA_MAX)
		return 483;
	if (!accept_ok(msg))
		return 406;
	return check_extensions(msg, unsupported, size);
}
