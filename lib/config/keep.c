/*
 * What is kept until a configuration is freed: its texts and lists.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/field.h"
#include "config/keep.h"

struct usher__conf_text {
	struct usher__conf_text *next;
	_Alignas(max_align_t) char bytes[];
};

void *usher__conf_keep(struct usher__conf *conf, size_t n)
{
	struct usher__conf_text *t = calloc(1, sizeof(*t) + n);

	if (!t)
		return NULL;
	t->next = conf->owned;
	conf->owned = t;
	return t->bytes;
}

void usher__conf_drop(struct usher__conf *conf)
{
	while (conf->owned) {
		struct usher__conf_text *next = conf->owned->next;

		free(conf->owned);
		conf->owned = next;
	}
}

const char *usher__conf_text(struct usher__conf *conf, const char *text)
{
	size_t len = strlen(text) + 1;
	char *copy = usher__conf_keep(conf, len);

	if (copy)
		memcpy(copy, text, len);
	return copy;
}

const char *usher__conf_pair(struct usher__conf *conf, const char *key,
			     const char *value)
{
	size_t len = strlen(key) + strlen(value) + 2;
	char *text = usher__conf_keep(conf, len);

	if (text)
		snprintf(text, len, "%s=%s", key, value);
	return text;
}

const char *usher__conf_path(struct usher__conf *conf, const char *name)
{
	size_t len = strlen(conf->dir) + strlen(name) + 2;
	char *text;

	if (name[0] == '/')
		return usher__conf_text(conf, name);
	text = usher__conf_keep(conf, len);
	if (text)
		snprintf(text, len, "%s/%s", conf->dir, name);
	return text;
}

int usher__conf_nomem(const struct usher__section *s)
{
	return usher__yaml_fail(s->y, NULL, s->err, USHER_ENOMEM,
				"out of memory");
}
