/* Requests before they are decoded: the answer to one that cannot be, made of
 * the lines that it has to repeat, and a branch for one that has none. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sip/limit.h>

enum { HEADERS = 5, TO = 2, CALL_ID = 3 };

/* What mix() begins with. */
#define HASH UINT64_C(0xcbf29ce484222325)

/* A line of a header that a response must repeat. */
struct line {
	const char *p;
	size_t len;
};

static const struct {
	const char *name, *compact;
} repeated[HEADERS] = {
	{"Via", "v"},     {"From", "f"}, {"To", "t"},
	{"Call-ID", "i"}, {"CSeq", "-"},
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool named(const struct line *line, const char *name)
{
	size_t n = strlen(name);

	if (line->len <= n || strncasecmp(line->p, name, n))
		return false;
	while (n < line->len && is_blank(line->p[n]))
		n++;
	return n < line->len && line->p[n] == ':';
}

/* The next line, without its end; folded lines count as their own. */
static bool next_line(const char **p, const char *end, struct line *ret)
{
	const char *nl;

	if (*p >= end)
		return false;
	nl = memchr(*p, '\n', (size_t)(end - *p));
	if (!nl)
		nl = end;
	ret->p = *p;
	ret->len = (size_t)(nl - *p);
	if (ret->len && ret->p[ret->len - 1] == '\r')
		ret->len--;
	*p = nl + 1;
	return ret->len > 0;
}

static bool put(char *ret, size_t size, size_t *len, const char *p, size_t n)
{
	if (n > size - *len)
		return false;
	memcpy(ret + *len, p, n);
	*len += n;
	return true;
}

/* Ours, the same for each copy of a request (RFC 3261, 8.2.6.2 and 8.2.7). */
static bool put_tag(char *ret, size_t size, size_t *len, uint64_t hash)
{
	char tag[32];
	int n = snprintf(tag, sizeof(tag), ";tag=%016llx",
			 (unsigned long long)hash);

	return n > 0 && put(ret, size, len, tag, (size_t)n);
}

/* "METHOD something SIP/x"; ACK is never answered. */
static const char *status_of(const struct line *first)
{
	if (!strncasecmp(first->p, "SIP/", 4) ||
	    !strncasecmp(first->p, "ACK ", 4) ||
	    !memchr(first->p, ' ', first->len))
		return NULL;
	if (first->len > 8 &&
	    !strncmp(first->p + first->len - 8, " SIP/", 5) &&
	    strncmp(first->p + first->len - 7, "SIP/2.0", 7))
		return "SIP/2.0 505 Version Not Supported\r\n";
	return "SIP/2.0 400 Bad Request\r\n";
}

static uint64_t mix(uint64_t h, const char *p, size_t len)
{
	while (len--)
		h = (h ^ (unsigned char)*p++) * UINT64_C(0x100000001b3);
	return h;
}

/* Has this To a tag? What only looks like one does no harm. */
static bool tagged(const struct line *line)
{
	size_t i;

	for (i = 0; i + 3 < line->len; i++)
		if (!strncasecmp(line->p + i, "tag", 3) && i &&
		    strchr("; \t", line->p[i - 1]))
			return true;
	return false;
}

size_t usher__guard_refusal(char *ret, size_t size, const char *text,
			    size_t len)
{
	const char *p = text, *end = text + len, *status;
	unsigned found[HEADERS] = {0}, i, lines = 0;
	struct line line;
	size_t n = 0;

	if (!next_line(&p, end, &line) || memchr(line.p, '\0', line.len))
		return 0;
	status = line.len >= 4 ? status_of(&line) : NULL;
	if (!status || !put(ret, size, &n, status, strlen(status)))
		return 0;
	while (next_line(&p, end, &line) && lines++ < USHER__UA_MAX_HEADERS) {
		for (i = 0; i < HEADERS; i++)
			if (named(&line, repeated[i].name) ||
			    named(&line, repeated[i].compact))
				break;
		if (i == HEADERS)
			continue;
		/* Only Via may come twice; a control character is no text. */
		if ((found[i]++ && i) || memchr(line.p, '\0', line.len))
			return 0;
		if (!put(ret, size, &n, line.p, line.len) ||
		    (i == TO && !tagged(&line) &&
		     !put_tag(ret, size, &n, mix(HASH, text, len))) ||
		    !put(ret, size, &n, "\r\n", 2))
			return 0;
	}
	/* By Via it finds its way; what else is missing cannot be repeated
	 * (RFC 4475, 3.3.1). */
	if (!found[0])
		return 0;
	status = "Content-Length: 0\r\n\r\n";
	return put(ret, size, &n, status, strlen(status)) ? n : 0;
}

static bool is_repeated(const struct line *line, int which)
{
	return named(line, repeated[which].name) ||
	       named(line, repeated[which].compact);
}

bool usher__guard_call_id(const char *text, size_t len, struct pl *ret,
			  bool *within)
{
	const char *p = text, *end = text + len, *value;
	unsigned lines = 0;
	struct line line;

	ret->l = 0;
	*within = false;
	if (!next_line(&p, end, &line))
		return false;
	while (next_line(&p, end, &line) && lines++ < USHER__UA_MAX_HEADERS) {
		if (is_repeated(&line, TO))
			*within = *within || tagged(&line);
		if (ret->l || !is_repeated(&line, CALL_ID))
			continue;
		value = memchr(line.p, ':', line.len);
		ret->p = value + 1;
		ret->l = line.len - (size_t)(ret->p - line.p);
		while (ret->l && is_blank(ret->p[0]))
			pl_advance(ret, 1);
		while (ret->l && is_blank(ret->p[ret->l - 1]))
			ret->l--;
		if (!ret->l)
			return false;
	}
	return ret->l > 0;
}

/* ---- requests without a branch ---- */

/* Where the first value of a Via ends; 0: it has a branch, or something that
 * is empty, and is no Via. */
static size_t via_end(const struct line *line)
{
	size_t n, i, end = 0;
	char before = ':';

	for (n = 0; n < line->len && !end; n++) {
		if (line->len - n >= 7 &&
		    !strncasecmp(line->p + n, "branch=", 7))
			return 0;
		if (line->p[n] == ',')
			end = n;
	}
	end = end ? end : n;
	for (i = 0; i < line->len; i++) {
		if (line->p[i] == ' ' || line->p[i] == '\t')
			continue;
		if (strchr(";,", line->p[i]) && strchr(";,:", before))
			return 0;
		before = line->p[i];
	}
	return strchr(";,:", before) ? 0 : end;
}

/* Where the first Via's first value ends, or NULL: there is none, or it has a
 * branch. *hash: of what is the same in a request, its CANCEL and its ACK. */
static const char *branch_place(const char *text, size_t len, uint64_t *hash)
{
	const char *p = text, *end = text + len, *place = NULL;
	struct line line;
	unsigned i, lines = 0;
	size_t n;

	*hash = HASH;
	if (!next_line(&p, end, &line))
		return NULL;
	while (next_line(&p, end, &line) && lines++ < USHER__UA_MAX_HEADERS) {
		for (i = 0; i < HEADERS; i++)
			if (named(&line, repeated[i].name) ||
			    named(&line, repeated[i].compact))
				break;
		if (i == 0 && !place) {
			n = via_end(&line);
			if (!n)
				return NULL;
			place = line.p + n;
			*hash = mix(*hash, line.p, n);
		} else if (i == 1 || i == 3) { /* From, Call-ID */
			*hash = mix(*hash, line.p, line.len);
		} else if (i == 4) { /* CSeq without its method */
			for (n = line.len; n && line.p[n - 1] != ' '; n--)
				;
			*hash = mix(*hash, line.p, n);
		}
	}
	return place;
}

struct mbuf *usher__guard_branch(const struct mbuf *in)
{
	const char *text = (const char *)mbuf_buf(in), *place;
	size_t len = mbuf_get_left(in), before;
	struct mbuf *mb;
	uint64_t hash;

	place = branch_place(text, len, &hash);
	mb = place ? mbuf_alloc(len + 64) : NULL;
	if (!mb)
		return NULL;
	before = (size_t)(place - text);
	if (mbuf_write_mem(mb, (const uint8_t *)text, before) ||
	    mbuf_printf(mb, ";branch=z9hG4bK-2543-%016llx", hash) ||
	    mbuf_write_mem(mb, (const uint8_t *)place, len - before))
		return mem_deref(mb);
	mb->pos = 0;
	return mb;
}

/* Answers over UDP go where the request came from. libre obeys maddr in Via
 * (RFC 3261, 18.2.2), by which anybody could have us send to whom they like:
 * where it stands, in the bytes that came, its name is made another one. */
void usher__guard_maddr(const struct sip_msg *msg)
{
	struct pl value;
	char *p;

	while (!msg_param_decode(&msg->via.params, "maddr", &value)) {
		p = (char *)value.p;
		while (p > msg->via.params.p && *p != ';')
			p--;
		while (p < value.p && *p != 'm' && *p != 'M')
			p++;
		if (p == value.p)
			return;
		*p = 'x';
	}
}

/* A Via of before RFC 3261, which still has to be understood (17.2.3): what
 * libre cannot do without is made up, the same for each retransmission. */
bool usher__guard_mend(struct mbuf *mb)
{
	struct mbuf *mended = usher__guard_branch(mb);
	size_t pos = mb->pos;
	struct sip_msg *msg;
	bool good = false;

	if (mended && !sip_msg_decode(&msg, mended)) {
		usher__guard_maddr(msg);
		mem_deref(msg);
		mended->pos = 0;
		mb->end = pos;
		good = !mbuf_write_mem(mb, mended->buf, mended->end);
		mb->pos = pos;
	}
	mem_deref(mended);
	return good;
}
