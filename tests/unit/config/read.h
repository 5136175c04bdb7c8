/* Configurations that tests read. */
#ifndef TEST_CONFIG_READ_H
#define TEST_CONFIG_READ_H

#include <config/config.h>

#define WHOLE_MAX 4096 /* room for it, and somewhat more */

extern struct usher__conf *conf; /* the last one */
extern struct usher_error err;
extern const char whole[]; /* a file that says most of what can be said */

int parse(const char *text, const struct usher__conf_over *over);
/* One that has no mistake. */
struct usher__conf *good(const char *text);

#endif
