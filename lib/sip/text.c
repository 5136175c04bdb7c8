/* Strings between libre's and ours. */
#include <stdio.h>
#include <string.h>

#include <sip/impl.h>

bool usher__pl_copy(char *dst, size_t size, const struct pl *pl)
{
	size_t i;

	if (!pl->p || pl->l >= size)
		return false;
	for (i = 0; i < pl->l; i++)
		if ((unsigned char)pl->p[i] < ' ' || pl->p[i] == 0x7f)
			return false;
	memcpy(dst, pl->p, pl->l);
	dst[pl->l] = '\0';
	return true;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void *usher__secret_free(char *text)
{
	if (text && mem_nrefs(text) == 1)
		explicit_bzero(text, strlen(text));
	return mem_deref(text);
}

int usher__host_print(struct re_printf *pf, const struct pl *host)
{
	bool six = pl_strchr(host, ':') && *host->p != '[';

	return re_hprintf(pf, "%s%r%s", six ? "[" : "", host, six ? "]" : "");
}

bool usher__pl_user(char *dst, size_t size, const struct pl *pl)
{
	size_t i, n = 0;

	for (i = 0; i < pl->l; i++) {
		int c = (unsigned char)pl->p[i];

		if (c == '%') {
			int high = i + 2 < pl->l ? hex(pl->p[i + 1]) : -1;
			int low = i + 2 < pl->l ? hex(pl->p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = high << 4 | low;
			i += 2;
		}
		if (c < ' ' || c == 0x7f || n + 1 >= size)
			return false;
		dst[n++] = (char)c;
	}
	dst[n] = '\0';
	return true;
}

bool usher__uri_tel(const struct uri *uri)
{
	return !pl_strcasecmp(&uri->scheme, "tel");
}

/* "tel:+36-1 (555)" is a number, with marks for those who read it (RFC 3966,
 * 3) but no host. */
static bool number_of(char *dst, size_t size, const struct pl *pl)
{
	size_t i, n = 0;

	for (i = 0; i < pl->l; i++) {
		if (strchr("-.()", pl->p[i]))
			continue;
		if (!strchr("0123456789*#+", pl->p[i]) || n + 1 >= size)
			return false;
		dst[n++] = pl->p[i];
	}
	dst[n] = '\0';
	return n > 0;
}

/* "sip:+1-212-5550000;npdi@host;user=phone": what stands before the at is what
 * would follow tel: (RFC 3261, 19.1.6). */
static bool phone_of(char *dst, size_t size, const struct uri *uri)
{
	struct pl kind, number = uri->user;
	const char *end;

	if (msg_param_decode(&uri->params, "user", &kind) ||
	    pl_strcasecmp(&kind, "phone"))
		return false;
	end = pl_strchr(&number, ';');
	if (end)
		number.l = (size_t)(end - number.p);
	return number_of(dst, size, &number);
}

bool usher__uri_user(char *dst, size_t size, const struct uri *uri)
{
	if (usher__uri_tel(uri))
		return number_of(dst, size, &uri->host);
	return phone_of(dst, size, uri) ||
	       usher__pl_user(dst, size, &uri->user);
}

bool usher__list_next(struct pl *rest, struct pl *ret)
{
	bool quoted = false, angle = false;
	size_t i;

	if (!rest->l)
		return false;
	for (i = 0; i < rest->l; i++) {
		char c = rest->p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '<' || c == '>'))
			angle = c == '<';
		else if (!quoted && !angle && c == ',')
			break;
	}
	if (i > rest->l)
		i = rest->l;
	ret->p = rest->p;
	ret->l = i;
	pl_advance(rest, (ssize_t)(i < rest->l ? i + 1 : i));
	return true;
}

bool usher__pl_decimal(const struct pl *pl, uint32_t max)
{
	uint64_t n = 0;
	size_t i;

	/* Zeros may stand before it. What is more than any max grows no
	 * more. */
	for (i = 0; i < pl->l; i++) {
		if (pl->p[i] < '0' || pl->p[i] > '9')
			return false;
		if (n <= UINT32_MAX)
			n = n * 10 + (uint64_t)(pl->p[i] - '0');
	}
	return pl->l && n <= max;
}

bool usher__text_ok(const char *text)
{
	if (!text)
		return true;
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

int usher__str_set(char **dst, const char *src)
{
	char *copy = NULL;

	if (src && str_dup(&copy, src))
		return USHER_ENOMEM;
	mem_deref(*dst);
	*dst = copy;
	return 0;
}

struct pl usher__msg_body(const struct sip_msg *msg)
{
	struct pl body;

	body.p = (const char *)mbuf_buf(msg->mb);
	body.l = mbuf_get_left(msg->mb);
	if (pl_isset(&msg->clen) && pl_u32(&msg->clen) < body.l)
		body.l = pl_u32(&msg->clen);
	return body;
}

const char *usher__sip_reason(uint16_t status)
{
	static const struct {
		uint16_t status;
		const char *reason;
	} table[] = {
		{100, "Trying"},
		{180, "Ringing"},
		{183, "Session Progress"},
		{200, "OK"},
		{202, "Accepted"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{408, "Request Timeout"},
		{415, "Unsupported Media Type"},
		{416, "Unsupported URI Scheme"},
		{420, "Bad Extension"},
		{423, "Interval Too Brief"},
		{480, "Temporarily Unavailable"},
		{481, "Call/Transaction Does Not Exist"},
		{482, "Loop Detected"},
		{483, "Too Many Hops"},
		{484, "Address Incomplete"},
		{486, "Busy Here"},
		{487, "Request Terminated"},
		{488, "Not Acceptable Here"},
		{491, "Request Pending"},
		{500, "Server Internal Error"},
		{501, "Not Implemented"},
		{503, "Service Unavailable"},
		{504, "Server Time-out"},
		{505, "Version Not Supported"},
		{513, "Message Too Large"},
		{600, "Busy Everywhere"},
		{603, "Decline"},
		{604, "Does Not Exist Anywhere"},
		{606, "Not Acceptable"},
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].status == status)
			return table[i].reason;
	if (status < 200)
		return "Progress";
	if (status < 300)
		return "OK";
	return status < 500 ? "Refused" : status < 600 ? "Failed" : "Declined";
}

uint32_t usher__retry_after_s(const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_RETRY_AFTER);
	uint32_t seconds = 0;
	size_t i;

	/* "18000;duration=3600", "120 (in maintenance)" */
	for (i = 0; hdr && i < hdr->val.l && hdr->val.p[i] >= '0' &&
		    hdr->val.p[i] <= '9' && seconds < UINT32_MAX / 100;
	     i++)
		seconds = seconds * 10 + (uint32_t)(hdr->val.p[i] - '0');
	return seconds;
}
