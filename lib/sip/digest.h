/* Digest credentials and challenges (RFC 7616; RFC 8760 for SIP): their text
 * and their hashes. auth.c asks with them, sipauth.c answers. */
#ifndef USHER_LIB_SIP_DIGEST_H
#define USHER_LIB_SIP_DIGEST_H

#include <compat.h>

enum usher__hash { USHER__HASH_MD5 = 0, USHER__HASH_SHA256, USHER__HASHES };

enum { USHER__HASH_HEX = 64 }; /* digits of the longest */

/* What a header says, without the quotes around it; unset where it says
 * nothing. */
struct usher__digest {
	struct pl username, realm, nonce, uri, response;
	struct pl algorithm, opaque, qop, cnonce, nc, stale;
};

/* 0, or EBADMSG: another scheme, no list of name=value, or one named twice. */
int usher__digest_decode(struct usher__digest *ret, const struct pl *value);

/* Which one is it? None named is MD5. False: one that we do not speak, as all
 * that end in -sess. */
bool usher__hash_find(const struct pl *algorithm, enum usher__hash *ret);
const char *usher__hash_name(enum usher__hash hash);
size_t usher__hash_hex_len(enum usher__hash hash);

/* The response in lower-case hex, of what the digest says but its response;
 * without qop that of RFC 2069. */
int usher__digest_response(char ret[USHER__HASH_HEX + 1],
			   enum usher__hash hash,
			   const struct usher__digest *digest,
			   const struct pl *method, const char *password);

#endif
