/* What yaml_load.c and yaml_read.c share. */
#ifndef USHER_CONFIG_YAML_PRIV_H
#define USHER_CONFIG_YAML_PRIV_H

#include <errno.h>

#include "yaml.h"

struct usher__yaml {
	yaml_document_t document;
	bool loaded;
	char file[USHER_ERROR_FILE_MAX];
};

int usher__yaml_fail_mark(const struct usher__yaml *y, const yaml_mark_t *at,
			  struct usher_error *err, int code, const char *fmt,
			  ...) USHER_PRINTF(5, 6);

#endif
