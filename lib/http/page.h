/* The wallboard's files, compiled in by page/embed.py. */
#ifndef USHER_HTTP_PAGE_H
#define USHER_HTTP_PAGE_H

#include <stddef.h>

struct usher__page_file {
	const char *path; /* "/wallboard.css"; NULL ends the list */
	const char *data;
	size_t len;
};

extern const struct usher__page_file usher__page_files[];

#endif
