/* Bodies: where the SDP is, alone or as one part of several (RFC 5621).
 *
 * Carriers put ISUP beside it, phones a place (PIDF-LO) or a list. Of parts
 *
 *   multipart/alternative   counts the last that we know
 *   multipart/…             counts each; two SDPs say nothing
 *
 * A part that we do not know refuses the message if it says handling=required.
 * One that says nothing would have to do so, too (RFC 3261, 20.11), but much
 * is sent so by who does not mean it: it is passed over. A body that has no
 * parts is required unless it says that it is optional.
 *
 * What a delimiter is, is read in one way alone (RFC 2046, 5.1.1): a line
 * between CRLFs, with nothing but blanks behind it. Whatever else looks like
 * one belongs to its part. */
#include <string.h>

#include <sip/body.h>
#include <sip/impl.h>

#define BLANK " \t\r\n"

struct entity {
	struct msg_ctype type;
	struct pl disposition;
	bool coded; /* it is not what it is before that is undone */
	struct pl text;
};

static enum usher__body read_entity(const struct entity *entity,
				    unsigned depth, unsigned *parts,
				    struct pl *sdp);

/* ---- parameters ---- */

static void skip(struct pl *left, size_t n)
{
	left->p += n;
	left->l -= n;
}

/* What is before one of these, or all. */
static struct pl cut(struct pl *left, const char *marks)
{
	struct pl word = {left->p, 0};

	while (word.l < left->l &&
	       !memchr(marks, word.p[word.l], strlen(marks)))
		word.l++;
	skip(left, word.l);
	return word;
}

static void skip_blanks(struct pl *left)
{
	while (left->l && memchr(BLANK, *left->p, sizeof(BLANK) - 1))
		skip(left, 1);
}

/* Between quotes, with what is escaped as it is. */
static bool quoted(struct pl *left, struct pl *ret)
{
	size_t i;

	for (i = 1; i < left->l && left->p[i] != '"'; i++)
		if (left->p[i] == '\\')
			i++;
	if (i >= left->l)
		return false;
	ret->p = left->p + 1;
	ret->l = i - 1;
	skip(left, i + 1);
	return true;
}

/* The next ";name=value". False at the end, and where it is none: then
 * something is left. */
static bool next(struct pl *left, struct pl *name, struct pl *value)
{
	skip_blanks(left);
	if (!left->l || *left->p != ';')
		return false;
	skip(left, 1);
	skip_blanks(left);
	*name = cut(left, "=;" BLANK);
	skip_blanks(left);
	*value = pl_null;
	if (!left->l || *left->p != '=')
		return name->l > 0;
	skip(left, 1);
	skip_blanks(left);
	if (left->l && *left->p == '"')
		return quoted(left, value);
	*value = cut(left, ";" BLANK);
	return name->l > 0;
}

/* One that is there once, among some that can all be read. */
static bool param(struct pl params, const char *wanted, struct pl *ret)
{
	struct pl name, value;
	unsigned count = 0;

	while (next(&params, &name, &value)) {
		if (pl_strcasecmp(&name, wanted))
			continue;
		*ret = value;
		count++;
	}
	return count == 1 && !params.l;
}

/* ---- parts ---- */

static bool boundary_ok(const struct pl *boundary)
{
	static const char marks[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "'()+_,-./:=? ";
	size_t i;

	if (!boundary->l || boundary->l > USHER__BODY_BOUNDARY_MAX ||
	    boundary->p[boundary->l - 1] == ' ')
		return false;
	for (i = 0; i < boundary->l; i++)
		if (!memchr(marks, boundary->p[i], sizeof(marks) - 1))
			return false;
	return true;
}

/* Its length with the end of its line; 0: what is left begins otherwise. */
static size_t delimiter(struct pl left, const struct pl *boundary, bool *last)
{
	const char *begin = left.p;

	if (left.l < boundary->l + 2 || memcmp(left.p, "--", 2) ||
	    memcmp(left.p + 2, boundary->p, boundary->l))
		return 0;
	skip(&left, boundary->l + 2);
	*last = left.l >= 2 && !memcmp(left.p, "--", 2);
	if (*last)
		skip(&left, 2);
	while (left.l && (*left.p == ' ' || *left.p == '\t'))
		skip(&left, 1);
	if (*last && !left.l)
		return (size_t)(left.p - begin);
	if (left.l < 2 || memcmp(left.p, "\r\n", 2))
		return 0;
	return (size_t)(left.p - begin) + 2;
}

/* Up to the CRLF of this line, or to the end; left goes on behind it. False:
 * there is none. */
static bool line(struct pl *left, struct pl *ret)
{
	const char *lf;
	size_t n = 0;

	*ret = *left;
	while ((lf = memchr(left->p + n, '\n', left->l - n))) {
		n = (size_t)(lf - left->p) + 1;
		if (n < 2 || lf[-1] != '\r')
			continue;
		ret->l = n - 2;
		skip(left, n);
		return true;
	}
	skip(left, left->l);
	return false;
}

/* What is before the next delimiter, without the CRLF that belongs to that;
 * left goes on behind it. left begins a line. */
static bool next_part(struct pl *left, const struct pl *boundary,
		      struct pl *ret, bool *last)
{
	const char *begin = left->p;
	struct pl ignored;
	size_t n;

	do {
		n = delimiter(*left, boundary, last);
		if (!n)
			continue;
		ret->p = begin;
		ret->l = (size_t)(left->p - begin);
		ret->l -= ret->l ? 2 : 0;
		skip(left, n);
		return true;
	} while (line(left, &ignored));
	return false;
}

static bool is(const struct pl *pl, const char *name)
{
	return !pl_strcasecmp(pl, name);
}

static bool take_header(struct entity *ret, const struct pl *name,
			const struct pl *value)
{
	if (is(name, "Content-Type") || is(name, "c"))
		return !ret->type.type.l &&
		       !msg_ctype_decode(&ret->type, value);
	if (is(name, "Content-Disposition")) {
		if (ret->disposition.l)
			return false;
		ret->disposition = *value;
	} else if (is(name, "Content-Transfer-Encoding")) {
		ret->coded |= !is(value, "binary") && !is(value, "8bit") &&
			      !is(value, "7bit");
	} else if (is(name, "Content-Encoding") || is(name, "e")) {
		ret->coded |= !is(value, "identity");
	}
	return true;
}

/* A header, with the lines that go on with it. */
static bool read_header(struct pl *left, struct entity *ret)
{
	struct pl all, more, name;
	size_t i;

	(void)line(left, &all);
	while (left->l && (*left->p == ' ' || *left->p == '\t')) {
		(void)line(left, &more);
		all.l = (size_t)(more.p + more.l - all.p);
	}
	for (i = 0; i < all.l; i++)
		if (((unsigned char)all.p[i] < ' ' && all.p[i] != '\t' &&
		     !(all.p[i] == '\r' && i + 1 < all.l &&
		       all.p[i + 1] == '\n') &&
		     !(all.p[i] == '\n' && i && all.p[i - 1] == '\r')) ||
		    all.p[i] == 0x7f)
			return false;
	name = cut(&all, ":" BLANK);
	skip_blanks(&all);
	if (!name.l || !all.l || *all.p != ':')
		return false;
	skip(&all, 1);
	skip_blanks(&all);
	while (all.l && memchr(BLANK, all.p[all.l - 1], sizeof(BLANK) - 1))
		all.l--;
	return take_header(ret, &name, &all);
}

static enum usher__body read_part(struct pl part, unsigned depth,
				  unsigned *parts, struct pl *sdp)
{
	struct entity entity = {.disposition = {"", 0}};

	while (part.l && (part.l < 2 || memcmp(part.p, "\r\n", 2)))
		if (!read_header(&part, &entity))
			return USHER__BODY_MALFORMED;
	if (part.l)
		skip(&part, 2);
	entity.text = part;
	return read_entity(&entity, depth, parts, sdp);
}

/* What two parts say together. */
static enum usher__body both(enum usher__body a, enum usher__body b,
			     bool alternative)
{
	if (a == USHER__BODY_MALFORMED || b == USHER__BODY_MALFORMED)
		return USHER__BODY_MALFORMED;
	if (alternative && (a == USHER__BODY_SDP || b == USHER__BODY_SDP))
		return USHER__BODY_SDP;
	if (a == USHER__BODY_SDP && b == USHER__BODY_SDP)
		return USHER__BODY_MALFORMED;
	return a > b ? a : b;
}

static enum usher__body read_parts(const struct entity *entity, unsigned depth,
				   unsigned *parts, struct pl *sdp)
{
	bool last, alternative = is(&entity->type.subtype, "alternative");
	enum usher__body ret = USHER__BODY_NONE;
	struct pl left = entity->text, boundary, part, one;
	enum usher__body said;

	if (!param(entity->type.params, "boundary", &boundary) ||
	    !boundary_ok(&boundary) ||
	    !next_part(&left, &boundary, &part, &last) || last)
		return USHER__BODY_MALFORMED;
	if (depth >= USHER__BODY_DEPTH_MAX)
		return USHER__BODY_UNSUPPORTED;
	while (!last && ret != USHER__BODY_MALFORMED) {
		if (!next_part(&left, &boundary, &part, &last))
			return USHER__BODY_MALFORMED;
		if (++*parts > USHER__BODY_PARTS_MAX)
			return USHER__BODY_UNSUPPORTED;
		said = read_part(part, depth + 1, parts, &one);
		if (said == USHER__BODY_SDP)
			*sdp = one;
		ret = both(ret, said, alternative);
	}
	return ret;
}

/* ---- what has parts, or is one ---- */

static enum usher__body read_entity(const struct entity *entity,
				    unsigned depth, unsigned *parts,
				    struct pl *sdp)
{
	struct pl params = entity->disposition, handling = pl_null, kind;
	enum usher__body ret = USHER__BODY_UNSUPPORTED;
	bool required;

	kind = cut(&params, ";" BLANK);
	if (!param(params, "handling", &handling))
		handling = pl_null;
	required =
		depth ? is(&handling, "required") : !is(&handling, "optional");
	if (is(&entity->type.type, "multipart") && !entity->coded) {
		ret = read_parts(entity, depth, parts, sdp);
	} else if (msg_ctype_cmp(&entity->type, "application", "sdp") &&
		   (!kind.l || is(&kind, "session") || is(&kind, "render"))) {
		if (!entity->coded) {
			*sdp = entity->text;
			ret = USHER__BODY_SDP;
		}
	} else if (!required) {
		ret = USHER__BODY_NONE;
	}
	if (ret == USHER__BODY_UNSUPPORTED && is(&handling, "optional"))
		ret = USHER__BODY_NONE;
	return ret;
}

enum usher__body usher__msg_sdp(const struct sip_msg *msg, struct pl *sdp)
{
	const struct sip_hdr *disposition, *coding;
	struct entity entity = {
		.type = msg->ctyp,
		.disposition = {"", 0},
		.text = usher__msg_body(msg),
	};
	enum usher__body ret;
	unsigned parts = 0;
	struct pl one;

	if (!entity.text.l)
		return USHER__BODY_NONE;
	disposition = sip_msg_hdr(msg, SIP_HDR_CONTENT_DISPOSITION);
	coding = sip_msg_hdr(msg, SIP_HDR_CONTENT_ENCODING);
	if (disposition)
		entity.disposition = disposition->val;
	entity.coded = coding && !is(&coding->val, "identity");
	ret = read_entity(&entity, 0, &parts, &one);
	if (ret == USHER__BODY_SDP)
		*sdp = one;
	return ret;
}

bool usher__msg_has_sdp(const struct sip_msg *msg)
{
	struct pl sdp;

	return usher__msg_sdp(msg, &sdp) == USHER__BODY_SDP;
}

bool usher__msg_has_body(const struct sip_msg *msg)
{
	struct pl sdp;

	return usher__msg_sdp(msg, &sdp) != USHER__BODY_NONE;
}
