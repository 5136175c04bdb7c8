/* What asks over HTTP, of two centers that do what a test says (fake.h). */
#ifndef TESTS_UNIT_HTTP_DESK_H
#define TESTS_UNIT_HTTP_DESK_H

#include <check.h>

#include <http/priv.h>

#include "fake.h"

#define TOKEN       "all-of-it-0123456789"
#define TOKEN_ANNA  "anna-alone-0123456789" /* an agent of demo */
#define TOKEN_OTHER "other-center-01234567"

extern struct desk {
	struct usher_center *demo;  /* "sales", "anna" who talks, "ben…" */
	struct usher_center *other; /* "desk" */
	struct usher__http http;
	struct usher__tenant tenants[2];
	struct usher__request req; /* the last one … */
	struct usher__reply reply; /* … and what was said */
} desk;

/* Fixtures: everybody may ask; or those with a token. */
void desk_open(void);
void desk_locked(void);
void desk_close(void);

/* One request, and its status; 0: it is pending. The reply's body is
 * NUL-terminated. */
int desk_ask(enum usher__method method, const char *path, const char *token,
	     const char *body);
const char *desk_text(void);
/* The caller's. */
json_t *desk_answer(void);
/* It was an error. */
void desk_refuses(int status, const char *code);

#endif
