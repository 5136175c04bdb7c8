/* TLS under SIP: our certificate, whom we believe, and who was refused why.
 *
 *   begun --handshake--> up --> gone
 *     | it takes handshake_ms, or it fails: told in a line
 *     +--> gone
 *
 * libre verifies nothing (before 2.0), or not what we want: this file stands
 * before its connections (wrap.c) and says for each what the peer's
 * certificate has to be good for. A server's is for the name that was called,
 * whatever DNS made of it (RFC 5922, 7.2): that name is noted with the address
 * before libre connects. Where a request goes to an address alone, within a
 * call or to a phone, the name last noted with it counts; without one, the
 * certificate has to be for the address.
 *
 * libre takes a connection that is up for whatever goes to that address. So
 * what is to go to a name is refused on one whose certificate is not for that
 * name.
 */
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <sip/limit.h>
#include <sip/tlscert.h>

enum { HASH = 256, NAME_MAX_LEN = 253 };

struct usher__tls {
	struct le le; /* in the thread's list */
	struct usher__ua *ua;
	struct tls *tls;    /* libre's */
	struct hash *by_fd; /* connections … */
	struct hash *by_peer;
	struct list names; /* the one used last first */
	unsigned name_count;
	uint32_t verify, handshake_ms;
	char *certificate, *key, *ca; /* files, to be read again */
	char *more[2 * USHER__TLS_CERTIFICATES];
	uint32_t more_count;
	struct usher__certs *certs; /* what was read of those */
};

/* The server that was looked for at an address. */
struct name {
	struct le le;
	struct sa addr;
	char *host;
};

struct secure {
	struct le he_fd, he_peer;
	struct usher__tls *all;
	SSL *ssl; /* with a reference */
	struct sa peer;
	char *host; /* whom we wanted; NULL: the peer connected to us */
	struct tmr tmr;
	int fd;
	bool told;
};

/* Those of the agents on this loop. */
static _Thread_local struct list here;

/* ---- who was refused, and why ---- */

static void tell(struct secure *secure, const char *why)
{
	struct usher__ua *ua = secure->all->ua;
	char peer[64];

	if (secure->told)
		return;
	secure->told = true;
	ua->n.streams_closed++;
	(void)re_snprintf(peer, sizeof(peer), "%J", &secure->peer);
	if (secure->host)
		usher__ua_note(ua, USHER__NOTE_STREAM, USHER__LOG_WARNING,
			       "TLS to %s at %s failed: %s", secure->host,
			       peer, why);
	else
		usher__ua_note(ua, USHER__NOTE_STREAM, USHER__LOG_WARNING,
			       "TLS from %s failed: %s", peer, why);
	/* A handshake is what costs us most; who was called is no stranger. */
	if (!secure->host)
		usher__limit_offend(ua, &secure->peer,
				    USHER__OFFENCE_MALFORMED,
				    USHER__OFFENCE_POINTS);
}

static int verify_handler(int good, X509_STORE_CTX *ctx)
{
	int index = SSL_get_ex_data_X509_STORE_CTX_idx();
	SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, index);
	struct secure *secure = ssl ? SSL_get_app_data(ssl) : NULL;

	if (!good && secure)
		tell(secure, X509_verify_cert_error_string(
				     X509_STORE_CTX_get_error(ctx)));
	return good;
}

/* libre does not say why a handshake failed, and forgets it. */
static void info_handler(const SSL *ssl, int where, int ret)
{
	struct secure *secure = SSL_get_app_data(ssl);
	unsigned long code;
	const char *why;

	if (!secure)
		return;
	if (where & SSL_CB_HANDSHAKE_DONE) {
		tmr_cancel(&secure->tmr);
		return;
	}
	code = ERR_peek_last_error();
	if (!(where & SSL_CB_EXIT) || ret > 0 || !code)
		return;
	why = ERR_reason_error_string(code);
	tell(secure, why ? why : "no TLS");
}

/* The certificate is the one for the name that the client says. */
static int name_handler(SSL *ssl, int *alert, void *arg)
{
	const struct usher__tls *all = arg;

	(void)alert;
	return usher__certs_choose(all->certs, ssl) ? SSL_TLSEXT_ERR_OK
						    : SSL_TLSEXT_ERR_NOACK;
}

/* ---- one connection ---- */

static void secure_destructor(void *arg)
{
	struct secure *secure = arg;

	tmr_cancel(&secure->tmr);
	hash_unlink(&secure->he_fd);
	hash_unlink(&secure->he_peer);
	mem_deref(secure->host);
	if (secure->ssl) {
		SSL_set_app_data(secure->ssl, NULL);
		SSL_free(secure->ssl);
	}
}

static bool fd_is(struct le *le, void *arg)
{
	const struct secure *secure = le->data;

	return secure->fd == *(const int *)arg;
}

static bool peer_is(struct le *le, void *arg)
{
	const struct secure *secure = le->data;

	return sa_cmp(&secure->peer, arg, SA_ALL);
}

static struct secure *by_peer(const struct usher__tls *all,
			      const struct sa *peer)
{
	return list_ledata(hash_lookup(all->by_peer, sa_hash(peer, SA_ALL),
				       peer_is, (void *)peer));
}

/* libre ends it as if the peer had. */
static void slow_handler(void *arg)
{
	struct secure *secure = arg;

	tell(secure, "the handshake takes too long");
	(void)shutdown(secure->fd, SHUT_RDWR);
}

static struct name *name_find(struct usher__tls *all, const struct sa *addr)
{
	struct le *le;

	for (le = all->names.head; le; le = le->next) {
		struct name *name = le->data;

		if (sa_cmp(&name->addr, addr, SA_ALL))
			return name;
	}
	return NULL;
}

/* Whose certificate it has to be. */
static int want(struct secure *secure)
{
	const struct name *name = name_find(secure->all, &secure->peer);
	X509_VERIFY_PARAM *param = SSL_get0_param(secure->ssl);
	int ok;

	if (name) {
		if (str_dup(&secure->host, name->host))
			return ENOMEM;
		SSL_set_hostflags(secure->ssl,
				  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
					  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
		ok = SSL_set1_host(secure->ssl, name->host) == 1 &&
		     SSL_set_tlsext_host_name(secure->ssl, name->host) == 1;
	} else {
		/* No SNI: RFC 6066, 3. */
		if (re_sdprintf(&secure->host, "%j", &secure->peer))
			return ENOMEM;
		ok = X509_VERIFY_PARAM_set1_ip_asc(param, secure->host) == 1;
	}
	SSL_set_verify(secure->ssl,
		       secure->all->verify == USHER__TLS_NOBODY
			       ? SSL_VERIFY_NONE
			       : SSL_VERIFY_PEER,
		       verify_handler);
	return ok ? 0 : EINVAL;
}

static struct usher__tls *tls_of(const struct tls *tls)
{
	struct le *le;

	for (le = here.head; le; le = le->next) {
		struct usher__tls *all = le->data;

		if (all->tls == tls)
			return all;
	}
	return NULL;
}

int usher__tls_begin(const struct tls *tls, struct tls_conn *conn, int fd,
		     const struct sa *peer, bool outbound)
{
	struct usher__tls *all = tls_of(tls);
	struct secure *secure;
	int err = 0;

	if (!all)
		return 0;
	secure = mem_zalloc(sizeof(*secure), secure_destructor);
	if (!secure)
		return ENOMEM;
	tmr_init(&secure->tmr);
	secure->all = all;
	secure->fd = fd;
	secure->peer = *peer;
	secure->ssl = usher__compat_ssl(conn);
	if (SSL_up_ref(secure->ssl) != 1)
		secure->ssl = NULL;
	if (!secure->ssl ||
	    usher__cert_use(secure->ssl, tls_openssl_context(tls)))
		err = ENOMEM;
	else if (outbound)
		err = want(secure);
	if (err) {
		mem_deref(secure);
		return err;
	}
	SSL_set_app_data(secure->ssl, secure);
	hash_append(all->by_fd, (uint32_t)fd, &secure->he_fd, secure);
	hash_append(all->by_peer, sa_hash(peer, SA_ALL), &secure->he_peer,
		    secure);
	tmr_start(&secure->tmr, all->handshake_ms, slow_handler, secure);
	return 0;
}

void usher__tls_closed(int fd)
{
	struct le *le;

	for (le = here.head; le; le = le->next) {
		struct usher__tls *all = le->data;

		mem_deref(list_ledata(
			hash_lookup(all->by_fd, (uint32_t)fd, fd_is, &fd)));
	}
}

struct usher__ua *usher__tls_called(int fd, char **ret_host)
{
	const struct secure *secure = NULL;
	struct le *le;

	for (le = here.head; le && !secure; le = le->next) {
		const struct usher__tls *all = le->data;

		secure = list_ledata(
			hash_lookup(all->by_fd, (uint32_t)fd, fd_is, &fd));
	}
	*ret_host = secure ? mem_ref(secure->host) : NULL;
	return secure ? secure->all->ua : NULL;
}

/* ---- names ---- */

static void name_destructor(void *arg)
{
	struct name *name = arg;

	list_unlink(&name->le);
	mem_deref(name->host);
}

static int note_name(struct usher__tls *all, const struct sa *addr,
		     const struct pl *host)
{
	struct name *name = name_find(all, addr);

	if (name && !pl_strcasecmp(host, name->host)) {
		list_unlink(&name->le);
		list_prepend(&all->names, &name->le, name);
		return 0;
	}
	if (!name && all->name_count < USHER__TLS_NAMES)
		all->name_count++;
	else
		mem_deref(name ? name : all->names.tail->data);
	name = mem_zalloc(sizeof(*name), name_destructor);
	if (!name || pl_strdup(&name->host, host)) {
		mem_deref(name);
		all->name_count--;
		return ENOMEM;
	}
	name->addr = *addr;
	list_prepend(&all->names, &name->le, name);
	return 0;
}

/* Is the peer of a connection that is up this server? */
static bool is_for(const struct secure *secure, const char *host)
{
	X509 *cert;
	bool good;

	if (secure->host && !str_casecmp(secure->host, host))
		return true;
	if (secure->all->verify == USHER__TLS_NOBODY)
		return secure->host != NULL;
	cert = SSL_get1_peer_certificate(secure->ssl);
	good = cert && SSL_get_verify_result(secure->ssl) == X509_V_OK &&
	       X509_check_host(cert, host, 0,
			       X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
				       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
			       NULL) == 1;
	X509_free(cert);
	return good;
}

int usher__tls_expect(struct usher__ua *ua, const struct sa *dst,
		      const struct pl *name)
{
	char host[NAME_MAX_LEN + 1];
	const struct secure *secure;

	if (!ua->tls)
		return EPROTONOSUPPORT;
	if (!usher__pl_copy(host, sizeof(host), name))
		return EINVAL;
	secure = by_peer(ua->tls, dst);
	if (!secure)
		return note_name(ua->tls, dst, name);
	if (is_for(secure, host))
		return 0;
	usher__ua_note(ua, USHER__NOTE_STREAM, USHER__LOG_WARNING,
		       "the connection over TLS to the address of %s is not "
		       "to %s",
		       host, host);
	return EPERM;
}

int usher__tls_towards(struct usher__ua *ua, enum sip_transp tp,
		       const struct sa *dst, const struct uri *route)
{
	struct sa addr;

	/* An address is where a phone is, or was told by who is there. */
	if (tp != SIP_TRANSP_TLS || !route || !sa_set(&addr, &route->host, 0))
		return 0;
	return usher__tls_expect(ua, dst, &route->host);
}

/* ---- all of an agent ---- */

static bool free_handler(struct le *le, void *arg)
{
	(void)arg;
	mem_deref(le->data);
	return false;
}

static void tls_destructor(void *arg)
{
	struct usher__tls *all = arg;
	size_t i;

	list_unlink(&all->le);
	if (all->by_fd)
		(void)hash_apply(all->by_fd, free_handler, NULL);
	mem_deref(all->by_fd);
	mem_deref(all->by_peer);
	list_flush(&all->names);
	mem_deref(all->tls);
	mem_deref(all->certificate);
	mem_deref(all->key);
	mem_deref(all->ca);
	for (i = 0; i < 2 * USHER__TLS_CERTIFICATES; i++)
		mem_deref(all->more[i]);
	mem_deref(all->certs);
}

static void configure(SSL_CTX *ctx, uint32_t verify)
{
	static const unsigned char session[] = "usher-sip";

	(void)SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
					       SSL_OP_NO_COMPRESSION);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_session_id_context(ctx, session,
					     sizeof(session) - 1);
	usher__cert_no_passphrase(ctx);
	SSL_CTX_set_info_callback(ctx, info_handler);
	SSL_CTX_set_verify(ctx,
			   verify == USHER__TLS_BOTH
				   ? SSL_VERIFY_PEER |
					     SSL_VERIFY_FAIL_IF_NO_PEER_CERT
				   : SSL_VERIFY_NONE,
			   verify_handler);
}

static int keep_names(struct usher__tls *all,
		      const struct usher__tls_opts *opts)
{
	uint32_t i;

	if (opts->more_count > USHER__TLS_CERTIFICATES)
		return 0; /* which is told when they are read */
	for (i = 0; i < 2 * opts->more_count; i++)
		if (usher__str_set(&all->more[i], opts->more[i]))
			return ENOMEM;
	all->more_count = opts->more_count;
	return usher__str_set(&all->certificate, opts->certificate) ||
			       usher__str_set(&all->key, opts->key) ||
			       usher__str_set(&all->ca, opts->ca)
		       ? ENOMEM
		       : 0;
}

int usher__tls_new(struct usher__tls **ret, struct usher__ua *ua,
		   const struct usher__tls_opts *opts, struct usher_error *err)
{
	struct usher__tls *all;
	SSL_CTX *ctx;
	int code;

	code = usher__tls_possible(err);
	if (code)
		return code;
	all = mem_zalloc(sizeof(*all), tls_destructor);
	if (!all)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	all->ua = ua;
	all->verify = opts->verify;
	all->handshake_ms = opts->handshake_ms ? opts->handshake_ms
					       : USHER__TLS_HANDSHAKE_MS;
	list_append(&here, &all->le, all);
	if (keep_names(all, opts) || hash_alloc(&all->by_fd, HASH) ||
	    hash_alloc(&all->by_peer, HASH) ||
	    tls_alloc(&all->tls, TLS_METHOD_SSLV23, NULL, NULL)) {
		mem_deref(all);
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	}
	usher__compat_no_verify(all->tls);
	ctx = tls_openssl_context(all->tls);
	configure(ctx, all->verify);
	(void)SSL_CTX_set_tlsext_servername_callback(ctx, name_handler);
	(void)SSL_CTX_set_tlsext_servername_arg(ctx, all);
	code = usher__certs_new(&all->certs, ctx, opts, err);
	if (code)
		mem_deref(all);
	else
		*ret = all;
	return code;
}

int usher__ua_tls_reload(struct usher__ua *ua, struct usher_error *err)
{
	struct usher__tls_opts opts = {.on = true};
	struct usher__certs *certs = NULL;
	SSL_CTX *fresh;
	int code;

	if (!ua->tls)
		return 0;
	opts.certificate = ua->tls->certificate;
	opts.key = ua->tls->key;
	opts.ca = ua->tls->ca;
	opts.more = (const char *const *)ua->tls->more;
	opts.more_count = ua->tls->more_count;
	fresh = SSL_CTX_new(TLS_method());
	if (!fresh)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	configure(fresh, ua->tls->verify);
	code = usher__certs_new(&certs, fresh, &opts, err);
	if (!code &&
	    usher__cert_take_over(tls_openssl_context(ua->tls->tls), fresh))
		code = usher_error_set(err, USHER_EINVAL,
				       "cannot use the certificate in %s: %s",
				       opts.certificate,
				       usher__cert_complaint());
	SSL_CTX_free(fresh);
	if (code) {
		mem_deref(certs);
		return code;
	}
	mem_deref(ua->tls->certs);
	ua->tls->certs = certs;
	return 0;
}

struct tls *usher__tls_context(const struct usher__tls *all)
{
	return all->tls;
}
