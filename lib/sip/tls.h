/* SIP over TLS: its options. What is inside stands in tls.c and impl.h. */
#ifndef USHER_LIB_SIP_TLS_H
#define USHER_LIB_SIP_TLS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	USHER__TLS_HANDSHAKE_MS = 10000, /* a handshake takes no longer */
	USHER__TLS_NAMES = 256, /* of servers whose address is remembered */
	USHER__TLS_CERTIFICATES = 64, /* for names, beside the first one */
};

/* As enum usher_tls_verify. */
enum usher__tls_verify {
	USHER__TLS_SERVERS = 0, /* of servers that we connect to */
	USHER__TLS_BOTH = 1,    /* and of clients, who need one */
	USHER__TLS_NOBODY = 2,
};

struct usher__tls_opts {
	bool on;
	uint16_t port;           /* 0: any free one */
	const char *certificate; /* PEM: ours, then its issuers' */
	const char *key;         /* NULL: it is in the same file */
	const char *ca;          /* whom to believe; NULL: the system's */
	uint32_t verify;         /* enum usher__tls_verify */
	uint32_t handshake_ms;   /* 0: USHER__TLS_HANDSHAKE_MS */
	/* Pairs of a certificate and its key (NULL: in the same file), each
	 * for the names in it, where a client says one of them. */
	const char *const *more;
	uint32_t more_count; /* of the pairs */
};

#endif
