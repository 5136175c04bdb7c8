/*
 * The body of a POST: one flat object of strings, true and false, RFC 8259.
 *
 * Read without memory, into the room of the struct. A reader that allocates
 * would have to tell a failure from a mistake of the sender, and must never
 * hand on a number to call of which a digit was lost.
 */
#include <stdio.h>
#include <string.h>

#include "http/priv.h"

struct cursor {
	const char *begin, *at, *end;
	char *out;       /* next free byte of the room */
	const char *why; /* first mistake, or NULL */
};

static bool fail(struct cursor *c, const char *why)
{
	if (!c->why)
		c->why = why;
	return false;
}

static void skip_blanks(struct cursor *c)
{
	while (c->at < c->end && strchr(" \t\r\n", *c->at) && *c->at)
		++c->at;
}

static bool take(struct cursor *c, char wanted)
{
	skip_blanks(c);
	if (c->at == c->end || *c->at != wanted)
		return false;
	++c->at;
	return true;
}

static bool hex4(struct cursor *c, uint32_t *ret)
{
	*ret = 0;
	if (c->end - c->at < 4)
		return false;
	for (int i = 0; i < 4; ++i) {
		char h = *c->at++;

		*ret <<= 4;
		if (h >= '0' && h <= '9')
			*ret |= (uint32_t)(h - '0');
		else if (h >= 'a' && h <= 'f')
			*ret |= (uint32_t)(h - 'a' + 10);
		else if (h >= 'A' && h <= 'F')
			*ret |= (uint32_t)(h - 'A' + 10);
		else
			return false;
	}
	return true;
}

/* Never longer than what it was written as. */
static void put_utf8(struct cursor *c, uint32_t v)
{
	if (v < 0x80) {
		*c->out++ = (char)v;
		return;
	}
	if (v < 0x800) {
		*c->out++ = (char)(0xc0 | v >> 6);
	} else if (v < 0x10000) {
		*c->out++ = (char)(0xe0 | v >> 12);
		*c->out++ = (char)(0x80 | (v >> 6 & 0x3f));
	} else {
		*c->out++ = (char)(0xf0 | v >> 18);
		*c->out++ = (char)(0x80 | (v >> 12 & 0x3f));
		*c->out++ = (char)(0x80 | (v >> 6 & 0x3f));
	}
	*c->out++ = (char)(0x80 | (v & 0x3f));
}

/* After "\u". */
static bool take_unicode(struct cursor *c)
{
	uint32_t v, low;

	if (!hex4(c, &v))
		return fail(c, "an escape is not complete");
	if (!v)
		return fail(c, "\\u0000 is not allowed");
	if (v >= 0xd800 && v <= 0xdbff) {
		if (c->end - c->at < 2 || c->at[0] != '\\' || c->at[1] != 'u')
			return fail(c, "half a character");
		c->at += 2;
		if (!hex4(c, &low) || low < 0xdc00 || low > 0xdfff)
			return fail(c, "half a character");
		v = 0x10000 + ((v - 0xd800) << 10 | (low - 0xdc00));
	} else if (v >= 0xdc00 && v <= 0xdfff) {
		return fail(c, "half a character");
	}
	put_utf8(c, v);
	return true;
}

static bool take_escape(struct cursor *c)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *which;

	if (c->at == c->end)
		return fail(c, "a string has no end");
	if (*c->at == 'u') {
		++c->at;
		return take_unicode(c);
	}
	which = *c->at ? strchr(from, *c->at) : NULL;
	if (!which)
		return fail(c, "no such escape");
	++c->at;
	*c->out++ = to[which - from];
	return true;
}

/* Behind its first quote. The room of its quotes takes the NUL. */
static const char *take_string(struct cursor *c)
{
	const char *string = c->out;

	while (c->at < c->end && *c->at != '"') {
		size_t n = usher__utf8(c->at, (size_t)(c->end - c->at));

		if (!n || (unsigned char)*c->at < 0x20) {
			fail(c, n ? "a control character" : "not UTF-8");
			return NULL;
		}
		if (*c->at == '\\') {
			++c->at;
			if (!take_escape(c))
				return NULL;
			continue;
		}
		memcpy(c->out, c->at, n);
		c->out += n;
		c->at += n;
	}
	if (c->at == c->end) {
		fail(c, "a string has no end");
		return NULL;
	}
	++c->at;
	*c->out++ = 0;
	return string;
}

static int take_truth(struct cursor *c)
{
	static const char *const words[] = {"false", "true"};

	for (int i = 0; i < 2; ++i) {
		size_t n = strlen(words[i]);

		if ((size_t)(c->end - c->at) < n ||
		    memcmp(c->at, words[i], n) != 0)
			continue;
		c->at += n;
		return i;
	}
	return -1;
}

static bool take_member(struct cursor *c, struct usher__body *body)
{
	struct usher__member *member = &body->members[body->count];

	if (body->count == USHER__BODY_MEMBERS_MAX)
		return fail(c, "too many members");
	if (!take(c, '"'))
		return fail(c, "a name is expected");
	member->name = take_string(c);
	if (!member->name)
		return false;
	if (usher__body_has(body, member->name))
		return fail(c, "a name is there twice");
	if (!take(c, ':'))
		return fail(c, "':' is expected");
	++body->count;
	member->value = NULL;
	member->truth = -1;
	if (!take(c, '"')) {
		member->truth = take_truth(c);
		return c->at < c->end ? true : fail(c, "a value is expected");
	}
	member->value = take_string(c);
	return member->value != NULL;
}

/* Ends early at any other value: there it is refused anyway. */
static bool take_object(struct cursor *c, struct usher__body *body)
{
	if (!take(c, '{'))
		return fail(c, "an object is expected");
	if (!take(c, '}')) {
		do {
			if (!take_member(c, body))
				return false;
			if (!body->members[body->count - 1].value &&
			    body->members[body->count - 1].truth < 0)
				return true;
		} while (take(c, ','));
		if (!take(c, '}'))
			return fail(c, "',' or '}' is expected");
	}
	skip_blanks(c);
	return c->at == c->end ? true : fail(c, "there is more behind it");
}

int usher__body_read(struct usher__body *body, const char *text, size_t len,
		     struct usher__reply *reply)
{
	struct cursor c = {.begin = text, .at = text, .out = body->room};
	size_t line = 1, column = 1;

	body->count = 0;
	if (!len)
		return 0;
	if (len > sizeof(body->room)) {
		usher__reply_error(reply, 413, "too_large",
				   "more than %u bytes", USHER__HTTP_BODY_MAX);
		return USHER_EFULL;
	}
	c.end = text + len;
	if (take_object(&c, body))
		return 0;
	for (const char *p = c.begin; p < c.at; ++p, ++column)
		if (*p == '\n') {
			++line;
			column = 0;
		}
	usher__reply_error(
		reply, 400, "invalid",
		"not JSON of strings, true and false, line %zu column %zu: %s",
		line, column, c.why);
	return USHER_EINVAL;
}

bool usher__body_has(const struct usher__body *body, const char *name)
{
	for (size_t i = 0; i < body->count; ++i)
		if (strcmp(body->members[i].name, name) == 0)
			return true;
	return false;
}

const char *usher__body_get(const struct usher__body *body, const char *name)
{
	for (size_t i = 0; i < body->count; ++i)
		if (strcmp(body->members[i].name, name) == 0)
			return body->members[i].value;
	return NULL;
}

int usher__body_truth(const struct usher__body *body, const char *name)
{
	for (size_t i = 0; i < body->count; ++i)
		if (strcmp(body->members[i].name, name) == 0)
			return body->members[i].truth;
	return -1;
}
