/* Our certificates: reading their files, and which one a client gets. */
#ifndef USHER_LIB_SIP_TLSCERT_H
#define USHER_LIB_SIP_TLSCERT_H

#include <openssl/ssl.h>

#include <usher/error.h>

#include "sip/tls.h"

/* What OpenSSL says of its first complaint. */
const char *usher__cert_complaint(void);

/* Who reads keys is not asked for a passphrase at a terminal. */
void usher__cert_no_passphrase(SSL_CTX *ctx);
/* What was read goes to the next connections; those that are up keep what
 * they began with. USHER_EINVAL. */
int usher__cert_take_over(SSL_CTX *ctx, SSL_CTX *from);
/* Before a handshake, or while we choose: what was loaded last, and no other,
 * whatever kind of key it has. 0 or USHER_ENOMEM. */
int usher__cert_use(SSL *ssl, const SSL_CTX *from);

/* Those for the names that they are for, beside the one for all others. */
struct usher__certs;

/* 0, or USHER_ENOTSUP: this build has none. */
int usher__tls_possible(struct usher_error *err);
/* Read all files: those of opts->more, the others into ctx. USHER_EINVAL,
 * USHER_ENOMEM. Freed by mem_deref(). */
int usher__certs_new(struct usher__certs **ret, SSL_CTX *ctx,
		     const struct usher__tls_opts *opts,
		     struct usher_error *err);
/* The client has said whom it calls (SNI): it gets the certificate that is for
 * that name, if there is one. */
bool usher__certs_choose(const struct usher__certs *certs, SSL *ssl);

#endif
