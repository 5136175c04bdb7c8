/* SRTP and SRTCP (RFC 3711) with the two suites that SDES (RFC 4568) must and
 * may have. One of these is one direction of one stream. */
#ifndef USHER_MEDIA_SRTP_H
#define USHER_MEDIA_SRTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <media/media.h>

/* Bytes that a packet may become longer: index, name of the key, tag. */
#define USHER__SRTP_GROWS   (4 + USHER__SRTP_MKI_MAX + 10)
#define USHER__SRTP_STREAMS 4 /* SSRCs remembered against replay */

struct usher__srtp;

/* USHER_EINVAL: no such suite, or too long a name; USHER_ENOMEM. */
int usher__srtp_new(struct usher__srtp **ret,
		    const struct usher__srtp_key *key);
void usher__srtp_free(struct usher__srtp *srtp); /* NULL is fine */

/* In place; buf has room for USHER__SRTP_GROWS more. 0 with *n the new length,
 * or USHER_EPROTO: no packet, or one too late for its number to be known. */
int usher__srtp_protect(struct usher__srtp *srtp, uint8_t *buf, size_t *n);
int usher__srtcp_protect(struct usher__srtp *srtp, uint8_t *buf, size_t *n);

/* In place. 0 with *n the new length, USHER_EPROTO: malformed; USHER_EPERM:
 * it is by another key, or the tag is wrong; USHER_EEXIST: it came before, or
 * is too old to tell. On an error nothing but buf has changed. */
int usher__srtp_unprotect(struct usher__srtp *srtp, uint8_t *buf, size_t *n);
int usher__srtcp_unprotect(struct usher__srtp *srtp, uint8_t *buf, size_t *n);

#endif
