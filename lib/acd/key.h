/* Keys of classes and profiles, as they are built. Inside lib/acd only. */
#ifndef USHER_ACD_KEY_H
#define USHER_ACD_KEY_H

#include <acd/tables.h>

/* A key being built; too long: what it stands for is compared one by one. */
#define KEY_MAX 2048

struct key {
	uint32_t len;
	uint32_t count; /* attributes */
	bool too_long;
	unsigned char bytes[KEY_MAX];
};

static inline void usher__key_put(struct key *key, const void *bytes,
				  size_t len)
{
	if (key->too_long || len > KEY_MAX - key->len) {
		key->too_long = true;
		return;
	}
	memcpy(key->bytes + key->len, bytes, len);
	key->len += (uint32_t)len;
}

/* An attribute by its value as a KV has it. */
void usher__key_value(struct key *key, const char *name, const char *value);
void usher__key_attr(struct key *key, const char *name,
		     const struct usher_attr *attr);

#endif
