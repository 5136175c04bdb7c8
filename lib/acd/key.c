/* Keys of classes and profiles: what all of one have in common, as bytes. */
#include <acd/key.h>

void usher__key_value(struct key *key, const char *name, const char *value)
{
	usher__key_put(key, name, strlen(name) + 1);
	usher__key_put(key, value, usher__kv_value_len(value));
	key->count++;
}

/* As in schema.h, so that the key's tail is a KV. */
void usher__key_attr(struct key *key, const char *name,
		     const struct usher_attr *attr)
{
	usher__key_put(key, name, strlen(name) + 1);
	if (attr->type == USHER_ATTR_LIST) {
		char count = (char)attr->count;

		usher__key_put(key, "l", 1);
		usher__key_put(key, &count, 1);
		usher__key_put(key, attr->text,
			       usher__items_len(attr->text, attr->count));
	} else if (attr->type == USHER_ATTR_TEXT) {
		usher__key_put(key, "t", 1);
		usher__key_put(key, attr->text, strlen(attr->text) + 1);
	} else {
		usher__key_put(key, "n", 1);
		usher__key_put(key, &attr->number, sizeof(attr->number));
	}
	key->count++;
}
