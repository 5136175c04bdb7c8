/* What is kept until a configuration is freed. */
#ifndef USHER_CONFIG_KEEP_H
#define USHER_CONFIG_KEEP_H

#include "config/config.h"

struct usher__section;

/* Keep n bytes until the configuration is freed; zeroed. NULL: no memory. */
void *usher__conf_keep(struct usher__conf *conf, size_t n);
/* Free all that was kept. */
void usher__conf_drop(struct usher__conf *conf);
const char *usher__conf_text(struct usher__conf *conf, const char *text);
/* "key=value", kept. */
const char *usher__conf_pair(struct usher__conf *conf, const char *key,
			     const char *value);
/* A file name beside the configuration file, kept. */
const char *usher__conf_path(struct usher__conf *conf, const char *name);

/* Complain that there is no memory. */
int usher__conf_nomem(const struct usher__section *s);

#endif
