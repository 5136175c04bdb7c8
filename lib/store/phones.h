/* One small file beside the journal: where the center's phones are. It is
 * written whole, by the historian's thread, and only the newest is kept. */
#ifndef USHER__STORE_PHONES_H
#define USHER__STORE_PHONES_H

#include <stddef.h>
#include <stdint.h>

struct usher_store;

#define USHER__PHONES_MAX (32u << 20) /* bytes */

/* In place of what the file has, soon, and before the store is closed. Any
 * thread; bytes are copied. USHER_EINVAL: too many; USHER_ENOMEM,
 * USHER_EFORK. */
int usher__store_phones_put(struct usher_store *store, const void *bytes,
			    size_t len);
/* What the file has; *ret is the caller's to free. USHER_ENOENT: there is
 * none; USHER_ECORRUPT, USHER_ENOTSUP (a newer version's), USHER_EIO,
 * USHER_ENOMEM. */
int usher__store_phones_get(struct usher_store *store, uint8_t **ret,
			    size_t *ret_len);

#endif
