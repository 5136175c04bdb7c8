/* Digest credentials and challenges; see digest.h. */
#include <string.h>

#include <openssl/sha.h>

#include <sip/digest.h>

enum { HASH_MAX = SHA256_DIGEST_LENGTH };

static const struct {
	const char *name;
	size_t len;
} hashes[USHER__HASHES] = {
	[USHER__HASH_MD5] = {"MD5", MD5_SIZE},
	[USHER__HASH_SHA256] = {"SHA-256", SHA256_DIGEST_LENGTH},
};

/* ---- text ---- */

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip(struct pl *pl, bool commas)
{
	while (pl->l && (blank(*pl->p) || (commas && *pl->p == ',')))
		pl_advance(pl, 1);
}

static struct pl take_token(struct pl *pl)
{
	struct pl token = {pl->p, 0};

	while (pl->l && !blank(*pl->p) && *pl->p != ',' && *pl->p != '=') {
		token.l++;
		pl_advance(pl, 1);
	}
	return token;
}

/* A backslash and what follows stay both: who hashes, hashes them. */
static int take_quoted(struct pl *pl, struct pl *ret)
{
	pl_advance(pl, 1);
	ret->p = pl->p;
	ret->l = 0;
	while (pl->l && *pl->p != '"') {
		size_t n = *pl->p == '\\' && pl->l > 1 ? 2 : 1;

		ret->l += n;
		pl_advance(pl, (ssize_t)n);
	}
	if (!pl->l)
		return EBADMSG;
	pl_advance(pl, 1);
	return 0;
}

/* What is not quoted may contain '=', as some leave URIs bare. */
static int take_value(struct pl *pl, struct pl *ret)
{
	if (pl->l && *pl->p == '"')
		return take_quoted(pl, ret);
	*ret = (struct pl){pl->p, 0};
	while (pl->l && !blank(*pl->p) && *pl->p != ',') {
		ret->l++;
		pl_advance(pl, 1);
	}
	return 0;
}

static struct pl *field(struct usher__digest *digest, const struct pl *name)
{
	struct {
		const char *name;
		struct pl *value;
	} fields[] = {
		{"username", &digest->username},
		{"realm", &digest->realm},
		{"nonce", &digest->nonce},
		{"uri", &digest->uri},
		{"response", &digest->response},
		{"algorithm", &digest->algorithm},
		{"opaque", &digest->opaque},
		{"qop", &digest->qop},
		{"cnonce", &digest->cnonce},
		{"nc", &digest->nc},
		{"stale", &digest->stale},
	};
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!pl_strcasecmp(name, fields[i].name))
			return fields[i].value;
	return NULL;
}

static int take_pair(struct pl *pl, struct usher__digest *digest)
{
	struct pl name = take_token(pl), value, *known;

	skip(pl, false);
	if (!name.l || !pl->l || *pl->p != '=')
		return EBADMSG;
	pl_advance(pl, 1);
	skip(pl, false);
	if (take_value(pl, &value))
		return EBADMSG;
	known = field(digest, &name);
	if (!known)
		return 0;
	/* Two of one name: others may read the other one. */
	if (known->p)
		return EBADMSG;
	*known = value;
	return 0;
}

int usher__digest_decode(struct usher__digest *ret, const struct pl *value)
{
	struct pl pl = *value, scheme;

	memset(ret, 0, sizeof(*ret));
	skip(&pl, false);
	scheme = take_token(&pl);
	if (pl_strcasecmp(&scheme, "Digest") || !pl.l || !blank(*pl.p))
		return EBADMSG;
	for (skip(&pl, true); pl.l; skip(&pl, true))
		if (take_pair(&pl, ret))
			return EBADMSG;
	return 0;
}

/* ---- hashes ---- */

bool usher__hash_find(const struct pl *algorithm, enum usher__hash *ret)
{
	unsigned i;

	if (!pl_isset(algorithm)) {
		*ret = USHER__HASH_MD5;
		return true;
	}
	for (i = 0; i < USHER__HASHES; i++) {
		if (!pl_strcasecmp(algorithm, hashes[i].name)) {
			*ret = (enum usher__hash)i;
			return true;
		}
	}
	return false;
}

const char *usher__hash_name(enum usher__hash hash)
{
	return hashes[hash].name;
}

size_t usher__hash_hex_len(enum usher__hash hash)
{
	return hashes[hash].len * 2;
}

/* Of a text, which is wiped: it may have a password in it. */
static int hash_text(char ret[USHER__HASH_HEX + 1], enum usher__hash hash,
		     const char *fmt, ...)
{
	uint8_t sum[HASH_MAX];
	struct mbuf *mb = mbuf_alloc(512);
	va_list ap;
	int err;

	if (!mb)
		return ENOMEM;
	va_start(ap, fmt);
	err = mbuf_vprintf(mb, fmt, ap);
	va_end(ap);
	if (!err && hash == USHER__HASH_SHA256)
		(void)SHA256(mb->buf, mb->end, sum);
	else if (!err)
		md5(mb->buf, mb->end, sum);
	if (!err && re_snprintf(ret, USHER__HASH_HEX + 1, "%w", sum,
				hashes[hash].len) < 0)
		err = ENOMEM;
	explicit_bzero(mb->buf, mb->size);
	explicit_bzero(sum, sizeof(sum));
	mem_deref(mb);
	return err;
}

int usher__digest_response(char ret[USHER__HASH_HEX + 1],
			   enum usher__hash hash,
			   const struct usher__digest *digest,
			   const struct pl *method, const char *password)
{
	char ha1[USHER__HASH_HEX + 1], ha2[USHER__HASH_HEX + 1];
	int err;

	err = hash_text(ha1, hash, "%r:%r:%s", &digest->username,
			&digest->realm, password);
	if (!err)
		err = hash_text(ha2, hash, "%r:%r", method, &digest->uri);
	if (!err && pl_isset(&digest->qop))
		err = hash_text(ret, hash, "%s:%r:%r:%r:%r:%s", ha1,
				&digest->nonce, &digest->nc, &digest->cnonce,
				&digest->qop, ha2);
	else if (!err)
		err = hash_text(ret, hash, "%s:%r:%s", ha1, &digest->nonce,
				ha2);
	explicit_bzero(ha1, sizeof(ha1));
	return err;
}
