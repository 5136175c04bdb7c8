/* Our answers to the challenges of others, in place of libre's own, which
 * knows MD5 alone and gives up where it is asked for more: the linker takes
 * these where libre is linked in privately. They mean what re_sip.h says.
 *
 * Of a realm's challenges (RFC 8760, 2.4: one for each algorithm) the
 * strongest that we speak is answered, which is SHA-256 before MD5, and those
 * that want the body protected (auth-int) are passed over. A second challenge
 * of a realm that was answered says that the password is wrong, unless it
 * says that the nonce is stale. */
#include <string.h>

#include <sip/digest.h>
#include <sip/impl.h>

enum { REALMS_MAX = 8 }; /* who asks us in one request: proxies, a peer */

struct sip_auth {
	struct list realms;
	sip_auth_h *authh;
	void *arg;
	bool ref;
};

struct realm {
	struct le le;
	char *realm, *nonce, *opaque;
	char *user, *password;
	enum usher__hash hash;
	enum sip_hdrid asked_by;
	bool qop;
	bool fresh; /* from the response that is being read */
	uint32_t nc;
};

static void realm_destructor(void *arg)
{
	struct realm *realm = arg;

	list_unlink(&realm->le);
	mem_deref(realm->realm);
	mem_deref(realm->nonce);
	mem_deref(realm->opaque);
	mem_deref(realm->user);
	usher__secret_free(realm->password);
}

static void auth_destructor(void *arg)
{
	struct sip_auth *auth = arg;

	if (auth->ref)
		mem_deref(auth->arg);
	list_flush(&auth->realms);
}

int sip_auth_alloc(struct sip_auth **authp, sip_auth_h *authh, void *arg,
		   bool ref)
{
	struct sip_auth *auth;

	if (!authp || !authh)
		return EINVAL;
	auth = mem_zalloc(sizeof(*auth), auth_destructor);
	if (!auth)
		return ENOMEM;
	auth->authh = authh;
	auth->arg = ref ? mem_ref(arg) : arg;
	auth->ref = ref;
	*authp = auth;
	return 0;
}

void sip_auth_reset(struct sip_auth *auth)
{
	if (auth)
		list_flush(&auth->realms);
}

/* ---- being asked ---- */

/* Being read: one response. */
struct reading {
	struct sip_auth *auth;
	bool usable; /* a challenge that can be answered was among them */
	int err;
};

/* One of "auth, auth-int"; none at all is RFC 2069's. */
static bool offers_auth(const struct pl *qop)
{
	struct pl rest = *qop, word;

	if (!pl_isset(qop))
		return true;
	while (!re_regex(rest.p, rest.l, "[^ \t,]+", &word)) {
		if (!pl_strcasecmp(&word, "auth"))
			return true;
		pl_advance(&rest, word.p + word.l - rest.p);
	}
	return false;
}

static struct realm *realm_find(struct sip_auth *auth, const struct pl *name,
				enum sip_hdrid asked_by)
{
	struct le *le;

	for (le = auth->realms.head; le; le = le->next) {
		struct realm *realm = le->data;

		if (realm->asked_by == asked_by &&
		    !pl_strcmp(name, realm->realm))
			return realm;
	}
	return NULL;
}

static int realm_new(struct realm **ret, struct sip_auth *auth,
		     const struct pl *name, enum sip_hdrid asked_by)
{
	struct realm *realm;
	int err;

	if (list_count(&auth->realms) >= REALMS_MAX)
		return ENOSPC;
	realm = mem_zalloc(sizeof(*realm), realm_destructor);
	if (!realm)
		return ENOMEM;
	realm->asked_by = asked_by;
	err = pl_strdup(&realm->realm, name);
	if (!err)
		err = auth->authh(&realm->user, &realm->password, realm->realm,
				  auth->arg);
	if (err) {
		mem_deref(realm);
		return err;
	}
	list_append(&auth->realms, &realm->le, realm);
	*ret = realm;
	return 0;
}

static int realm_fill(struct realm *realm, const struct usher__digest *asked,
		      enum usher__hash hash)
{
	int err;

	realm->nonce = mem_deref(realm->nonce);
	realm->opaque = mem_deref(realm->opaque);
	err = pl_strdup(&realm->nonce, &asked->nonce);
	if (!err && asked->opaque.p)
		err = pl_strdup(&realm->opaque, &asked->opaque);
	realm->hash = hash;
	realm->qop = pl_isset(&asked->qop);
	realm->fresh = true;
	realm->nc = 1;
	return err;
}

/* What goes back stands on one line of ours: folded it does not. */
static bool plain(const struct pl *pl)
{
	size_t i;

	for (i = 0; i < pl->l; i++)
		if ((unsigned char)pl->p[i] < ' ' || pl->p[i] == 0x7f)
			return false;
	return true;
}

/* true: this ends the reading, with an error. */
static bool asked_handler(const struct sip_hdr *hdr, const struct sip_msg *msg,
			  void *arg)
{
	struct reading *reading = arg;
	struct usher__digest asked;
	struct realm *realm;
	enum usher__hash hash;

	(void)msg;
	if (usher__digest_decode(&asked, &hdr->val) || !asked.realm.p ||
	    !pl_isset(&asked.nonce) || !plain(&asked.realm) ||
	    !plain(&asked.nonce) || !plain(&asked.opaque) ||
	    !offers_auth(&asked.qop) ||
	    !usher__hash_find(&asked.algorithm, &hash))
		return false;
	realm = realm_find(reading->auth, &asked.realm, hdr->id);
	if (!realm)
		reading->err = realm_new(&realm, reading->auth, &asked.realm,
					 hdr->id);
	else if (realm->fresh && hash <= realm->hash)
		return false;
	else if (!realm->fresh && pl_strcasecmp(&asked.stale, "true"))
		reading->err = EAUTH;
	if (!reading->err)
		reading->err = realm_fill(realm, &asked, hash);
	reading->usable = !reading->err;
	return reading->err != 0;
}

int sip_auth_authenticate(struct sip_auth *auth, const struct sip_msg *msg)
{
	struct reading reading = {.auth = auth};
	struct le *le;

	if (!auth || !msg)
		return EINVAL;
	for (le = auth->realms.head; le; le = le->next)
		((struct realm *)le->data)->fresh = false;
	if (!sip_msg_hdr_apply(msg, true, SIP_HDR_WWW_AUTHENTICATE,
			       asked_handler, &reading))
		(void)sip_msg_hdr_apply(msg, true, SIP_HDR_PROXY_AUTHENTICATE,
					asked_handler, &reading);
	if (reading.err)
		return reading.err;
	return reading.usable ? 0 : ENOSYS;
}

/* ---- answering ---- */

static int realm_print(struct mbuf *mb, struct realm *realm, const char *met,
		       const char *uri)
{
	char cnonce[17], nc[9], response[USHER__HASH_HEX + 1];
	struct usher__digest digest;
	struct pl method;
	int err;

	(void)re_snprintf(cnonce, sizeof(cnonce), "%016llx", rand_u64());
	(void)re_snprintf(nc, sizeof(nc), "%08x", realm->nc++);
	memset(&digest, 0, sizeof(digest));
	pl_set_str(&digest.username, realm->user);
	pl_set_str(&digest.realm, realm->realm);
	pl_set_str(&digest.nonce, realm->nonce);
	pl_set_str(&digest.uri, uri);
	pl_set_str(&method, met);
	if (realm->qop) {
		pl_set_str(&digest.qop, "auth");
		pl_set_str(&digest.cnonce, cnonce);
		pl_set_str(&digest.nc, nc);
	}
	err = usher__digest_response(response, realm->hash, &digest, &method,
				     realm->password);
	if (err)
		return err;
	err = mbuf_printf(
		mb,
		"%sAuthorization: Digest username=\"%s\", realm=\"%s\", "
		"nonce=\"%s\", uri=\"%s\", response=\"%s\", algorithm=%s",
		realm->asked_by == SIP_HDR_PROXY_AUTHENTICATE ? "Proxy-" : "",
		realm->user, realm->realm, realm->nonce, uri, response,
		usher__hash_name(realm->hash));
	if (!err && realm->opaque)
		err = mbuf_printf(mb, ", opaque=\"%s\"", realm->opaque);
	if (!err && realm->qop)
		err = mbuf_printf(mb, ", qop=auth, cnonce=\"%s\", nc=%s",
				  cnonce, nc);
	explicit_bzero(response, sizeof(response));
	return err ? err : mbuf_write_str(mb, "\r\n");
}

int sip_auth_encode(struct mbuf *mb, struct sip_auth *auth, const char *met,
		    const char *uri)
{
	struct le *le;
	int err = 0;

	if (!mb || !auth || !met || !uri)
		return EINVAL;
	for (le = auth->realms.head; le && !err; le = le->next)
		err = realm_print(mb, le->data, met, uri);
	return err;
}
