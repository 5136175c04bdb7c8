/* The fields of a request that we read beyond libre's decoder: Contact as the
 * registrar keeps it, Refer-To, Authorization and challenges, digits by INFO,
 * Replaces, Session-Expires, RAck, History-Info and its kin. The first byte
 * says which; the rest stands in a request, as it came from the wire. */
#include <stdlib.h>
#include <string.h>

#include <sip/bindings.h>
#include <sip/legimpl.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	CONTACT = 'c',
	REFER_TO = 'r',
	AUTHORIZATION = 'a',
	CHALLENGE = 'w',
	RELAY = 'i',
	REPLACES = 'p',
	SESSION = 's',
	RACK = 'k',
	HISTORY = 'h'
};

/* As in sipauth.c. */
int sip_auth_encode(struct mbuf *mb, struct sip_auth *auth, const char *met,
		    const char *uri);

static struct usher__ua *agent(void)
{
	static const struct usher__ua_ops ops;
	static struct usher__ua ua;

	if (!ua.ops) {
		ua.ops = &ops;
		ua.max_bindings = 100;
		if (hash_alloc(&ua.accounts, 16) || hash_alloc(&ua.nonces, 16))
			abort();
	}
	return &ua;
}

static bool contact(const struct sip_hdr *hdr, const struct sip_msg *msg,
		    void *arg)
{
	struct usher__contact *kept;
	struct sip_addr addr;

	if (sip_addr_decode(&addr, &hdr->val) || addr.auri.l > 4096)
		return false;
	kept = usher__contact_put(agent(), arg, msg, &addr, 60);
	if (kept && !usher__text_ok(kept->target))
		abort();
	return false;
}

static void contacts(const struct sip_msg *msg)
{
	struct usher__aor *aor = usher__aor_get(agent(), "x", "alice");

	if (!aor)
		return;
	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, contact, aor);
	if (list_count(&aor->contacts) > USHER__UA_MAX_ACCOUNT_BINDINGS)
		abort();
	usher__contacts_drop(aor);
	mem_deref(aor);
}

static void refer(const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_REFER_TO);
	struct usher__target target;

	if (hdr && !usher__refer_target(&hdr->val, &target) &&
	    (!usher__text_ok(target.uri) || !usher__text_ok(target.user) ||
	     !usher__text_ok(target.host) || strchr(target.uri, ' ') ||
	     strchr(target.uri, '?') || !usher__text_ok(target.replaces)))
		abort();
}

static void history(const struct sip_msg *msg)
{
	struct usher__history ret;

	usher__history_read(&ret, msg);
	if (!usher__text_ok(ret.called) || !usher__text_ok(ret.diverted) ||
	    !usher__text_ok(ret.reason) || !usher__text_ok(ret.privacy) ||
	    !usher__text_ok(ret.user_to_user))
		abort();
}

/* Values as they are, not in a request. */
static void value(const uint8_t *data, size_t size, uint8_t kind)
{
	struct pl pl = {(const char *)data, size};
	struct usher__replaces replaces;
	enum usher__refresher who;
	uint32_t a, b;

	if (kind == SESSION) {
		(void)usher__session_read(&pl, &a, &who);
	} else if (kind == RACK) {
		(void)usher__rack_read(&pl, &a, &b);
	} else if (!usher__replaces_read(&pl, &replaces)) {
		if (!replaces.call_id[0] || !replaces.to_tag[0] ||
		    !replaces.from_tag[0] ||
		    strpbrk(replaces.call_id, " ;\r\n") ||
		    strpbrk(replaces.to_tag, " ;\r\n"))
			abort();
	}
}

/* Nobody guesses the password. */
static void authorization(const struct sip_msg *msg)
{
	if (usher__auth_check(agent(), msg, "x", "alice", "secret", true) ==
	    USHER__AUTH_OK)
		abort();
}

/* What we answer has lines of ours alone. */
static void challenge(const struct sip_msg *msg)
{
	char *user = "alice", *password = "secret";
	struct mbuf *mb = mbuf_alloc(512);
	struct sip_auth *auth = NULL;
	unsigned lines = 0;
	size_t i;

	if (!mb || usher__auth_client(&auth, &user, &password) ||
	    sip_auth_authenticate(auth, msg) ||
	    sip_auth_encode(mb, auth, "REGISTER", "sip:x"))
		goto out;
	if (!mb->end)
		abort();
	for (i = 0; i < mb->end; i++)
		lines += mb->buf[i] == '\n';
	if (lines != 1 && !memmem(mb->buf, mb->end, "\r\nAuthor", 8) &&
	    !memmem(mb->buf, mb->end, "\r\nProxy-", 8))
		abort();

out:
	mem_deref(auth);
	mem_deref(mb);
}

static void info(const uint8_t *data, size_t size, bool relay)
{
	struct pl body = {(const char *)data, size};
	uint32_t ms = 0;
	char digit = '?';

	if (usher__info_digit(&body, relay, &digit, &ms))
		return;
	if (ms > 10000 || (digit && !strchr("0123456789*#ABCD", digit)))
		abort();
}

static void request(const uint8_t *data, size_t size, uint8_t kind)
{
	char unsupported[USHER__UA_MAX_NAME];
	struct mbuf *mb = mbuf_alloc(size + 512);
	struct sip_msg *msg = NULL;
	int err;

	if (!mb)
		return;
	err = mbuf_printf(mb,
			  "REGISTER sip:x SIP/2.0\r\n"
			  "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n"
			  "From: <sip:alice@x>;tag=1\r\n"
			  "To: <sip:alice@x>\r\nCall-ID: c\r\n"
			  "CSeq: 1 REGISTER\r\n%b\r\n\r\n",
			  data, size);
	mb->pos = 0;
	if (err || sip_msg_decode(&msg, mb))
		goto out;
	(void)sa_set_str(&msg->src, "192.0.2.1", 5060);
	if (usher__msg_check(msg, unsupported, sizeof(unsupported)))
		goto out;
	if (kind == CONTACT)
		contacts(msg);
	else if (kind == REFER_TO)
		refer(msg);
	else if (kind == HISTORY)
		history(msg);
	else if (kind == CHALLENGE)
		challenge(msg);
	else
		authorization(msg);

out:
	mem_deref(msg);
	mem_deref(mb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > USHER__UA_MAX_MESSAGE)
		return 0;
	switch (data[0]) {
	case CONTACT:
	case REFER_TO:
	case AUTHORIZATION:
	case HISTORY:
	case CHALLENGE:
		request(data + 1, size - 1, data[0]);
		break;
	case REPLACES:
	case SESSION:
	case RACK:
		value(data + 1, size - 1, data[0]);
		break;
	default:
		info(data + 1, size - 1, data[0] == RELAY);
	}
	return 0;
}
