/* Names of a configuration, by kind: what may stand there only once. */
#ifndef USHER_LIB_CENTER_CONFIG_NAMES_H
#define USHER_LIB_CENTER_CONFIG_NAMES_H

#include "center/config.h"
#include "center/hash.h"

/* A taken name: "a:alice", "x:201" and so on, to an index in its array. */
struct usher__name {
	UT_hash_handle hh;
	size_t index;
	const char *key;
};

enum name_kind {
	AGENT = 'a',
	ACCOUNT = 'c',
	EXTENSION = 'x',
	QUEUE = 'q',
	NUMBER = 'n',
	ENTRY = 'e',
	TRUNK = 't'
};

struct usher__name *usher__name_find(const struct usher_config *config,
				     enum name_kind kind, const char *name);

#endif
