/* Digest (RFC 3261, 22; RFC 8760), as a server; as a client, whose credentials
 * (sipauth.c has the rest).
 *
 * Who is asked gets a challenge for SHA-256 and one for MD5 behind it, with
 * the same nonce, and may answer either.
 *
 * A nonce is its time of birth, a number, and a keyed hash of both and of the
 * asker's address, so nothing is stored for those who only ask; it is good for
 * USHER__SIP_NONCE_S seconds and from that address alone.
 *
 * Of nonces that were used with the right password the highest count is kept,
 * so that the same credentials do not serve twice: USHER__SIP_NONCES of them.
 * Beyond, the oldest is forgotten, and with it all that were born before and
 * are not kept: they are stale, and their owner asks for another. */
#include <ctype.h>
#include <string.h>

#include <sip/digest.h>
#include <sip/impl.h>

enum { NONCE_ID = 16, NONCE_MAC = 20, NONCE_LEN = NONCE_ID + 40 };

/* A nonce that was used. */
struct nonce {
	struct le le, he;
	struct usher__ua *ua;
	uint64_t id;   /* time of birth in seconds << 32 | number */
	uint64_t next; /* lowest count that was not used: some begin at 0 */
};

static uint64_t now_s(void)
{
	return (uint64_t)usher__loop_mono_us() / 1000000;
}

static uint64_t born_s(uint64_t id)
{
	return id >> 32;
}

static void nonce_make(struct usher__ua *ua, const struct sa *peer,
		       uint64_t id, char *ret)
{
	uint8_t mac[NONCE_MAC];
	char text[96];

	(void)re_snprintf(text, sizeof(text), "%016llx %j", id, peer);
	hmac_sha1(ua->secret, sizeof(ua->secret), (const uint8_t *)text,
		  strlen(text), mac, sizeof(mac));
	(void)re_snprintf(ret, NONCE_LEN + 1, "%016llx%w", id, mac,
			  sizeof(mac));
}

/* In constant time, since the nonce is our secret's shadow. */
static bool same(const char *a, const char *b, size_t len)
{
	unsigned char diff = 0;
	size_t i;

	for (i = 0; i < len; i++)
		diff |= (unsigned char)(a[i] ^ b[i]);
	return !diff;
}

/* 1: good, 0: ours but old, -1: not ours. */
static int nonce_check(struct usher__ua *ua, const struct sa *peer,
		       const struct pl *nonce, uint64_t *ret_id)
{
	char want[NONCE_LEN + 1];
	struct pl id = *nonce;

	if (nonce->l != NONCE_LEN)
		return -1;
	id.l = NONCE_ID;
	*ret_id = pl_x64(&id);
	nonce_make(ua, peer, *ret_id, want);
	if (!same(want, nonce->p, NONCE_LEN))
		return -1;
	return born_s(*ret_id) + USHER__SIP_NONCE_S >= now_s() ? 1 : 0;
}

static void nonce_destructor(void *arg)
{
	struct nonce *nonce = arg;

	if (born_s(nonce->id) > nonce->ua->nonce_floor_s)
		nonce->ua->nonce_floor_s = born_s(nonce->id);
	list_unlink(&nonce->le);
	hash_unlink(&nonce->he);
}

static bool id_is(struct le *le, void *arg)
{
	const struct nonce *nonce = le->data;

	return nonce->id == *(const uint64_t *)arg;
}

/* Has this count not been used with this nonce yet? */
static bool nonce_use(struct usher__ua *ua, uint64_t id, uint32_t count)
{
	uint32_t key = (uint32_t)(id ^ id >> 32);
	struct nonce *nonce;
	struct le *le;

	nonce = list_ledata(hash_lookup(ua->nonces, key, id_is, &id));
	if (nonce) {
		if (count < nonce->next)
			return false;
		nonce->next = (uint64_t)count + 1;
		return true;
	}
	if (born_s(id) <= ua->nonce_floor_s)
		return false;
	while ((le = ua->nonce_list.head)) {
		nonce = le->data;
		if (ua->nonces_now < USHER__SIP_NONCES &&
		    born_s(nonce->id) + USHER__SIP_NONCE_S >= now_s())
			break;
		mem_deref(nonce);
		ua->nonces_now--;
	}
	nonce = mem_zalloc(sizeof(*nonce), nonce_destructor);
	if (!nonce)
		return false;
	nonce->ua = ua;
	nonce->id = id;
	nonce->next = (uint64_t)count + 1;
	ua->nonces_now++;
	list_append(&ua->nonce_list, &nonce->le, nonce);
	hash_append(ua->nonces, key, &nonce->he, nonce);
	return true;
}

/* Are the credentials for this request (RFC 7616, 3.4.6)? Proxies and phones
 * write the host in more than one way, ports and parameters come and go: what
 * is not the very same must agree in the tenant and in whom is called; some
 * send a digest for the host alone. A REGISTER calls nobody: its tenant is
 * that of To, which the realm names, and its host is whatever the phone calls
 * its registrar. */
static bool uri_fits(struct usher__ua *ua, const struct sip_msg *msg,
		     const char *domain, const struct pl *text)
{
	char name[USHER__UA_MAX_NAME], user[USHER__UA_MAX_NAME];
	char asked[USHER__UA_MAX_NAME];
	struct uri uri;

	if (!pl_cmp(text, &msg->ruri))
		return true;
	if (uri_decode(&uri, text) || (pl_strcasecmp(&uri.scheme, "sip") &&
				       pl_strcasecmp(&uri.scheme, "sips")))
		return false;
	if (!pl_strcmp(&msg->met, "REGISTER"))
		return true;
	if (usher__ua_domain(ua, &uri.host, name, sizeof(name)) ||
	    str_casecmp(name, domain))
		return false;
	if (!uri.user.l)
		return true;
	return usher__uri_user(user, sizeof(user), &uri) &&
	       usher__uri_user(asked, sizeof(asked), &msg->uri) &&
	       !strcmp(user, asked);
}

/* The count; without qop there is none, so each nonce serves once. */
static bool count_of(const struct usher__digest *resp, uint32_t *ret)
{
	size_t i;

	*ret = 1;
	if (!pl_isset(&resp->qop))
		return true;
	if (pl_strcasecmp(&resp->qop, "auth") || !resp->nc.l || resp->nc.l > 8)
		return false;
	for (i = 0; i < resp->nc.l; i++)
		if (!isxdigit((unsigned char)resp->nc.p[i]))
			return false;
	*ret = pl_x32(&resp->nc);
	return true;
}

void usher__auth_free(struct usher__ua *ua)
{
	list_flush(&ua->nonce_list);
	ua->nonces = mem_deref(ua->nonces);
}

/* The first of our realm that can be read and is of an algorithm that we
 * offered: some answer each challenge. */
struct search {
	struct usher__ua *ua;
	const char *domain;
	struct usher__digest found;
	enum usher__hash hash;
};

static bool offers(const struct usher__ua *ua, enum usher__hash hash)
{
	return !ua->digests || ua->digests & 1u << hash;
}

static bool our_realm(const struct sip_hdr *hdr, const struct sip_msg *msg,
		      void *arg)
{
	struct search *search = arg;
	struct usher__digest *said = &search->found;

	(void)msg;
	return !usher__digest_decode(said, &hdr->val) &&
	       pl_isset(&said->username) && said->uri.p &&
	       usher__hash_find(&said->algorithm, &search->hash) &&
	       offers(search->ua, search->hash) &&
	       said->response.l == usher__hash_hex_len(search->hash) &&
	       !pl_strcasecmp(&said->realm, search->domain);
}

static bool response_is(const struct search *search, const struct pl *method,
			const char *password)
{
	char want[USHER__HASH_HEX + 1], said[USHER__HASH_HEX];
	size_t i, len = usher__hash_hex_len(search->hash);

	if (usher__digest_response(want, search->hash, &search->found, method,
				   password))
		return false;
	for (i = 0; i < len; i++)
		said[i] = (char)tolower(
			(unsigned char)search->found.response.p[i]);
	return same(want, said, len);
}

enum usher__auth usher__auth_check(struct usher__ua *ua,
				   const struct sip_msg *msg,
				   const char *domain, const char *user,
				   const char *password, bool known)
{
	struct search search = {.ua = ua, .domain = domain};
	uint64_t id = 0;
	uint32_t count;
	int fresh;

	if (!sip_msg_hdr_apply(msg, true, SIP_HDR_AUTHORIZATION, our_realm,
			       &search))
		return USHER__AUTH_NONE;
	fresh = nonce_check(ua, &msg->src, &search.found.nonce, &id);
	if (fresh < 0)
		return USHER__AUTH_NONE;
	if (pl_strcmp(&search.found.username, user) ||
	    !count_of(&search.found, &count) ||
	    !uri_fits(ua, msg, domain, &search.found.uri))
		return USHER__AUTH_WRONG;
	/* A name that is none goes the way of a wrong password to its end:
	 * it must not show, nor may it spend what is remembered. */
	if (!response_is(&search, &msg->met, password) || !known)
		return USHER__AUTH_WRONG;
	return fresh && nonce_use(ua, id, count) ? USHER__AUTH_OK
						 : USHER__AUTH_STALE;
}

/* Programs on libre before 3.12 give up where they are asked for an algorithm
 * that they do not know, whatever else they are asked for. */
static bool gives_up(const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_USER_AGENT);
	static const char name[] = "baresip v";
	struct pl pl, major, minor;

	if (!hdr || hdr->val.l < sizeof(name) ||
	    memcmp(hdr->val.p, name, sizeof(name) - 1) != 0)
		return false;
	pl = hdr->val;
	pl_advance(&pl, sizeof(name) - 1);
	if (re_regex(pl.p, pl.l, "[0-9]+.[0-9]+", &major, &minor))
		return false;
	return pl_u32(&major) < 3 ||
	       (pl_u32(&major) == 3 && pl_u32(&minor) < 12);
}

static int print_challenge(struct re_printf *pf, enum usher__hash hash,
			   const char *domain, const char *nonce, bool stale)
{
	return re_hprintf(pf,
			  "WWW-Authenticate: Digest realm=\"%s\", "
			  "nonce=\"%s\", algorithm=%s, qop=\"auth\"%s\r\n",
			  domain, nonce, usher__hash_name(hash),
			  stale ? ", stale=true" : "");
}

struct challenge {
	const struct usher__ua *ua;
	const struct sip_msg *msg;
	const char *domain, *nonce;
	bool stale;
};

/* The strongest comes first (RFC 8760, 2.4). */
static int print_challenges(struct re_printf *pf, void *arg)
{
	const struct challenge *c = arg;
	bool simple = offers(c->ua, USHER__HASH_MD5) && gives_up(c->msg);
	int hash, err = 0;

	for (hash = USHER__HASHES - 1; hash >= 0 && !err; hash--)
		if (offers(c->ua, (enum usher__hash)hash) &&
		    (!simple || hash == USHER__HASH_MD5))
			err = print_challenge(pf, (enum usher__hash)hash,
					      c->domain, c->nonce, c->stale);
	return err;
}

int usher__auth_challenge(struct usher__ua *ua, const struct sip_msg *msg,
			  const char *domain, bool stale)
{
	char nonce[NONCE_LEN + 1];
	struct challenge c = {ua, msg, domain, nonce, stale};

	nonce_make(ua, &msg->src, now_s() << 32 | ++ua->last_nonce, nonce);
	ua->n.challenged++;
	/* Anybody can ask: nothing is kept (reply.c). */
	return sip_replyf(ua->sip, msg, 401, "Unauthorized",
			  "%HContent-Length: 0\r\n\r\n", print_challenges, &c);
}

struct credentials {
	char **user, **password;
};

static int credentials_handler(char **user, char **password, const char *realm,
			       void *arg)
{
	struct credentials *c = arg;

	(void)realm;
	if (!*c->user || !*c->password)
		return EAUTH;
	if (str_dup(user, *c->user))
		return ENOMEM;
	return str_dup(password, *c->password);
}

int usher__auth_client(struct sip_auth **ret, char **user, char **password)
{
	struct credentials *c = mem_zalloc(sizeof(*c), NULL);
	int err;

	if (!c)
		return USHER_ENOMEM;
	c->user = user;
	c->password = password;
	err = sip_auth_alloc(ret, credentials_handler, c, true);
	mem_deref(c);
	return err ? USHER_ENOMEM : 0;
}
