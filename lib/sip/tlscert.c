/* Our certificates. One is for whoever says no name, or one that none is for;
 * the others, of more domains, are chosen by the name that the client says it
 * calls (SNI, RFC 6066, 3): the first whose names it is one of. A handshake
 * never fails for a name: the client sees for itself whom it has reached. */
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <sip/impl.h>
#include <sip/tlscert.h>

struct usher__certs {
	SSL_CTX *ctx[USHER__TLS_CERTIFICATES]; /* holds one each */
	uint32_t count;
};

const char *usher__cert_complaint(void)
{
	unsigned long code = ERR_get_error();
	const char *text;

	ERR_clear_error();
	if (ERR_SYSTEM_ERROR(code))
		text = strerrordesc_np(ERR_GET_REASON(code));
	else
		text = ERR_reason_error_string(code);
	return text ? text : "not understood";
}

/* Nobody sits at a terminal. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

void usher__cert_no_passphrase(SSL_CTX *ctx)
{
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
}

/* A file of ours, and its key's (NULL: the same one). */
static int load(SSL_CTX *ctx, const char *certificate, const char *key,
		struct usher_error *err)
{
	if (!key)
		key = certificate;
	if (!certificate)
		return usher_error_set(err, USHER_EINVAL,
				       "TLS needs a certificate");
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1)
		return usher_error_set(err, USHER_EINVAL,
				       "cannot use the certificate in %s: %s",
				       certificate, usher__cert_complaint());
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return usher_error_set(err, USHER_EINVAL,
				       "cannot use the key in %s: %s", key,
				       usher__cert_complaint());
	return 0;
}

static int load_issuers(SSL_CTX *ctx, const char *ca, struct usher_error *err)
{
	if (!ca) {
		(void)SSL_CTX_set_default_verify_paths(ctx);
		return 0;
	}
	if (SSL_CTX_load_verify_locations(ctx, ca, NULL) != 1)
		return usher_error_set(err, USHER_EINVAL,
				       "cannot use the certificates of "
				       "issuers in %s: %s",
				       ca, usher__cert_complaint());
	/* Clients are told whose certificates are good. */
	SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(ca));
	return 0;
}

int usher__cert_take_over(SSL_CTX *ctx, SSL_CTX *from)
{
	STACK_OF(X509) *chain = NULL;

	(void)SSL_CTX_get0_chain_certs((SSL_CTX *)from, &chain);
	if (SSL_CTX_use_cert_and_key(ctx, SSL_CTX_get0_certificate(from),
				     SSL_CTX_get0_privatekey(from), chain,
				     1) != 1)
		return USHER_EINVAL;
	SSL_CTX_set1_cert_store(ctx, SSL_CTX_get_cert_store(from));
	SSL_CTX_set_client_CA_list(
		ctx, SSL_dup_CA_list(SSL_CTX_get_client_CA_list(from)));
	return 0;
}

static void certs_destructor(void *arg)
{
	struct usher__certs *certs = arg;
	uint32_t i;

	for (i = 0; i < certs->count; i++)
		SSL_CTX_free(certs->ctx[i]);
}

int usher__tls_possible(struct usher_error *err)
{
#ifdef USHER_LIBRE_PRIVATE
	(void)err;
	return 0;
#else
	return usher_error_set(err, USHER_ENOTSUP,
			       "TLS needs libre linked in privately");
#endif
}

int usher__certs_new(struct usher__certs **ret, SSL_CTX *ctx,
		     const struct usher__tls_opts *opts,
		     struct usher_error *err)
{
	struct usher__certs *certs;
	uint32_t i;
	int code = load(ctx, opts->certificate, opts->key, err);

	if (!code)
		code = load_issuers(ctx, opts->ca, err);
	if (code)
		return code;
	if (opts->more_count > USHER__TLS_CERTIFICATES)
		return usher_error_set(err, USHER_EINVAL,
				       "more than %d certificates",
				       USHER__TLS_CERTIFICATES);
	certs = mem_zalloc(sizeof(*certs), certs_destructor);
	if (!certs)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	for (i = 0; !code && i < opts->more_count; i++) {
		certs->ctx[i] = SSL_CTX_new(TLS_method());
		if (!certs->ctx[i]) {
			code = usher_error_set(err, USHER_ENOMEM, "no memory");
			break;
		}
		certs->count++;
		usher__cert_no_passphrase(certs->ctx[i]);
		code = load(certs->ctx[i], opts->more[2 * i],
			    opts->more[2 * i + 1], err);
	}
	if (code)
		mem_deref(certs);
	else
		*ret = certs;
	return code;
}

int usher__tls_check(const struct usher__tls_opts *opts,
		     struct usher_error *err)
{
	struct usher__certs *certs = NULL;
	int code = usher__tls_possible(err);
	SSL_CTX *ctx;

	if (code)
		return code;
	ctx = SSL_CTX_new(TLS_method());
	if (!ctx)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	usher__cert_no_passphrase(ctx);
	code = usher__certs_new(&certs, ctx, opts, err);
	mem_deref(certs);
	SSL_CTX_free(ctx);
	return code;
}

int usher__cert_use(SSL *ssl, const SSL_CTX *from)
{
	STACK_OF(X509) *chain = NULL;

	(void)SSL_CTX_get0_chain_certs((SSL_CTX *)from, &chain);
	/* OpenSSL keeps one of each kind of key, and of several takes the one
	 * whose kind the peer likes best. */
	SSL_certs_clear(ssl);
	return SSL_use_cert_and_key(ssl, SSL_CTX_get0_certificate(from),
				    SSL_CTX_get0_privatekey(from), chain,
				    1) == 1
		       ? 0
		       : USHER_ENOMEM;
}

bool usher__certs_choose(const struct usher__certs *certs, SSL *ssl)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	SSL_CTX *ctx = NULL;
	uint32_t i;

	for (i = 0; name && i < certs->count && !ctx; i++)
		if (X509_check_host(
			    SSL_CTX_get0_certificate(certs->ctx[i]), name, 0,
			    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
				    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
			    NULL) == 1)
			ctx = certs->ctx[i];
	return ctx && !usher__cert_use(ssl, ctx);
}
