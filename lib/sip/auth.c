/* Digest (RFC 3261, 22; MD5 with qop=auth), as a server and as a client.
 *
 * A nonce is its time of birth and a keyed hash of that time and the asker's
 * address, so nothing is stored for those who only ask; it is good for
 * USHER__SIP_NONCE_S seconds and from that address alone. */
#include <string.h>
#include <time.h>

#include <sip/impl.h>

enum { NONCE_TIME = 16, NONCE_MAC = 20, NONCE_LEN = NONCE_TIME + 40 };

static uint64_t now_s(void)
{
	return (uint64_t)usher__loop_mono_us() / 1000000;
}

static void nonce_make(struct usher__ua *ua, const struct sa *peer, uint64_t t,
		       char *ret)
{
	uint8_t mac[NONCE_MAC];
	char text[96];

	(void)re_snprintf(text, sizeof(text), "%016llx %j", t, peer);
	hmac_sha1(ua->secret, sizeof(ua->secret), (const uint8_t *)text,
		  strlen(text), mac, sizeof(mac));
	(void)re_snprintf(ret, NONCE_LEN + 1, "%016llx%w", t, mac,
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
		       const struct pl *nonce)
{
	char want[NONCE_LEN + 1];
	struct pl time = *nonce;
	uint64_t t;

	if (nonce->l != NONCE_LEN)
		return -1;
	time.l = NONCE_TIME;
	t = pl_x64(&time);
	nonce_make(ua, peer, t, want);
	if (!same(want, nonce->p, NONCE_LEN))
		return -1;
	return t + USHER__SIP_NONCE_S >= now_s() ? 1 : 0;
}

static bool our_realm(const struct sip_hdr *hdr, const struct sip_msg *msg,
		      void *arg)
{
	struct httpauth_digest_resp resp;
	const char *domain = arg;

	(void)msg;
	return !httpauth_digest_response_decode(&resp, &hdr->val) &&
	       !pl_strcasecmp(&resp.realm, domain);
}

enum usher__auth usher__auth_check(struct usher__ua *ua,
				   const struct sip_msg *msg,
				   const char *domain, const char *user,
				   const char *password)
{
	struct httpauth_digest_resp resp;
	const struct sip_hdr *hdr;
	uint8_t ha1[MD5_SIZE];
	char realm[USHER__UA_MAX_NAME];
	int fresh, err;

	hdr = sip_msg_hdr_apply(msg, true, SIP_HDR_AUTHORIZATION, our_realm,
				(void *)domain);
	if (!hdr)
		return USHER__AUTH_NONE;
	if (httpauth_digest_response_decode(&resp, &hdr->val) ||
	    !usher__pl_copy(realm, sizeof(realm), &resp.realm))
		return USHER__AUTH_WRONG;
	fresh = nonce_check(ua, &msg->src, &resp.nonce);
	if (fresh < 0)
		return USHER__AUTH_NONE;
	if (pl_strcmp(&resp.username, user))
		return USHER__AUTH_WRONG;
	err = md5_printf(ha1, "%s:%s:%s", user, realm, password);
	if (!err)
		err = httpauth_digest_response_auth(&resp, &msg->met, ha1);
	memset(ha1, 0, sizeof(ha1));
	if (err)
		return USHER__AUTH_WRONG;
	return fresh ? USHER__AUTH_OK : USHER__AUTH_STALE;
}

int usher__auth_challenge(struct usher__ua *ua, const struct sip_msg *msg,
			  const char *domain, bool stale)
{
	char nonce[NONCE_LEN + 1];

	nonce_make(ua, &msg->src, now_s(), nonce);
	ua->n.challenged++;
	return sip_treplyf(NULL, NULL, ua->sip, msg, false, 401,
			   "Unauthorized",
			   "WWW-Authenticate: Digest realm=\"%s\", "
			   "nonce=\"%s\", algorithm=MD5, qop=\"auth\"%s\r\n"
			   "Content-Length: 0\r\n\r\n",
			   domain, nonce, stale ? ", stale=true" : "");
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
