/* What the files of the exposition share; see openmetrics.c. */
#ifndef USHER_LIB_HTTP_OPENMETRICS_H
#define USHER_LIB_HTTP_OPENMETRICS_H

#include <stdio.h>

#include "http/priv.h"

/* The lines before the samples of a family; unit may be NULL. */
void usher__om_family(FILE *f, const char *name, const char *type,
		      const char *unit, const char *help);
void usher__om_seconds(FILE *f, int64_t us);
void usher__om_host(struct usher__http *http, FILE *f);

#endif
