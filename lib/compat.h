/* What differs between the libraries' versions, in one place.
 *
 * libre and librem are included through this file only: pkg-config gives none
 * of the defines that their headers are written for, and neither tells its
 * version. The build sets USHER_LIBRE_VERSION (0x010100 for 1.1.0) from
 * pkg-config, and USHER_LIBRE_PRIVATE where libre is linked in privately with
 * our timer wheel.
 */
#ifndef USHER_COMPAT_H
#define USHER_COMPAT_H

#ifndef USHER_LIBRE_VERSION
#error "the build must say which libre this is"
#endif

#ifndef HAVE_INTTYPES_H
#define HAVE_INTTYPES_H 1
#endif
#ifndef HAVE_STDBOOL_H
#define HAVE_STDBOOL_H 1
#endif
#ifndef HAVE_INET6
#define HAVE_INET6 1
#endif
#ifndef HAVE_PTHREAD
#define HAVE_PTHREAD 1
#endif
#ifndef USE_OPENSSL
#define USE_OPENSSL 1
#endif
#ifndef USE_TLS
#define USE_TLS 1
#endif

#include <re.h>
#include <rem.h>

/* Where a dialog's requests go first, whom they ask for, their headers, and
 * who we are: not in libre's headers, but in all its versions. */
const struct uri *sip_dialog_route(const struct sip_dialog *dlg);
const char *sip_dialog_uri(const struct sip_dialog *dlg);
uint32_t sip_dialog_hash(const struct sip_dialog *dlg);
int sip_dialog_encode(struct mbuf *mb, struct sip_dialog *dlg, uint32_t cseq,
		      const char *met);
int sip_auth_encode(struct mbuf *mb, struct sip_auth *auth, const char *met,
		    const char *uri);

struct ssl_st;

/* OpenSSL's part of a connection: libre has no function for it, and in all
 * its versions it comes first. */
static inline struct ssl_st *usher__compat_ssl(struct tls_conn *conn)
{
	return *(struct ssl_st **)conn;
}

/* From 2.0 on libre says by itself what servers' certificates have to be good
 * for, after us. */
static inline void usher__compat_no_verify(struct tls *tls)
{
#if USHER_LIBRE_VERSION >= 0x020000
	tls_disable_verify_server(tls);
#else
	(void)tls;
#endif
}

#endif
