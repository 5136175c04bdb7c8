/* How session descriptions are read: pieces of text, for the files that do. */
#ifndef USHER_LIB_SIP_SDPSPAN_H
#define USHER_LIB_SIP_SDPSPAN_H

#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct sdp_span {
	const char *p;
	size_t len;
};

static inline bool usher__sdp_starts(const struct sdp_span *s,
				     const char *word)
{
	size_t len = strlen(word);

	return s->len >= len && !strncasecmp(s->p, word, len);
}

static inline bool usher__sdp_equals(const struct sdp_span *s,
				     const char *word)
{
	return s->len == strlen(word) && usher__sdp_starts(s, word);
}

/* Cut the next word off, up to one of the stop characters. */
static inline struct sdp_span usher__sdp_cut(struct sdp_span *s,
					     const char *stop)
{
	struct sdp_span word;

	while (s->len && (*s->p == ' ' || strchr(stop, *s->p)) && *s->p) {
		s->p++;
		s->len--;
	}
	word.p = s->p;
	word.len = 0;
	while (s->len && *s->p && !strchr(stop, *s->p)) {
		s->p++;
		s->len--;
		word.len++;
	}
	return word;
}

static inline bool usher__sdp_copy(char *dst, size_t size,
				   const struct sdp_span *s)
{
	if (!s->len || s->len >= size)
		return false;
	memcpy(dst, s->p, s->len);
	dst[s->len] = '\0';
	return true;
}

/* A decimal number up to max, or -1. */
static inline long usher__sdp_number(const struct sdp_span *s, long max)
{
	long n = 0;
	size_t i;

	if (!s->len || s->len > 9)
		return -1;
	for (i = 0; i < s->len; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return -1;
		n = n * 10 + (s->p[i] - '0');
	}
	return n > max ? -1 : n;
}

#endif
