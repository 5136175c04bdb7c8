/* What a store tells its host in words. */
#include <stdarg.h>
#include <stdio.h>

#include "internal.h"

#define LOG_MAX 512

void usher__store_log(const struct usher_store *store, int level,
		      const char *fmt, ...)
{
	char line[LOG_MAX];
	va_list ap;

	if (!store->opts.log)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	store->opts.log(store->opts.arg, level, line);
}
