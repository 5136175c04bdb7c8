/* Where the phones of agents are, over a restart.
 *
 *   as kept --came, went, moved--> due in SOON_MS --+
 *      |                              ^             +--> as kept
 *      +--here for longer--> due in LATER_MS -------+
 *
 * All that has changed is kept at once, the whole list anew, so thousands of
 * phones that register again each minute are a write each half a minute. A
 * time that is too old in the file only means that the phone is forgotten
 * sooner. What is kept is opaque to the store; the user agent believes none of
 * it that it would not have believed of a REGISTER.
 *
 * The list is one byte of version, and of each phone
 *
 *     8 when it expires, Unix milliseconds
 *     4 CSeq
 *     6 texts: user, Contact, instance, User-Agent, Call-ID, source, each
 *       with two bytes of its length before it and a NUL behind it
 *
 * No password is in it, and none is needed: who registers anew proves itself
 * as ever. */
#include <string.h>

#include "center/center.h"
#include "center/hostcall.h"
#include "center/phones.h"
#include "drivers/voice/voice.h"
#include "sip/loop.h"
#include "sip/ua.h"
#include "store/io.h"
#include "store/phones.h"

#define SOON_MS  2000u
#define LATER_MS 30000u

enum { LIST_VERSION = 1, TEXTS = 6, ONE_HEADER = 12, TEXT_MAX = 1024 };

struct phones {
	struct usher__timer *timer; /* runs: something is not kept */
	bool soon;
	struct usher__phones_told told;
};

/* ---- the list ---- */

static bool make_room(struct usher__phones_text *text, size_t more)
{
	size_t cap = text->cap ? text->cap : 4096;
	uint8_t *bytes;

	if (more > USHER__PHONES_MAX - text->len)
		return false;
	while (cap < text->len + more)
		cap *= 2;
	if (cap == text->cap)
		return true;
	bytes = realloc(text->bytes, cap);
	if (!bytes)
		return false;
	text->bytes = bytes;
	text->cap = cap;
	return true;
}

void usher__phones_write_one(void *arg, const struct usher__bound *bound)
{
	const char *texts[TEXTS] = {bound->user,     bound->uri,
				    bound->instance, bound->agent,
				    bound->call_id,  bound->source};
	struct usher__phones_text *text = arg;
	size_t lens[TEXTS], need = ONE_HEADER + 1;
	bool fits = true;
	uint8_t *p;
	int i;

	for (i = 0; i < TEXTS; i++) {
		lens[i] = strlen(texts[i]);
		fits = fits && lens[i] <= TEXT_MAX;
		need += lens[i] + 3;
	}
	if (!fits || !make_room(text, need)) {
		text->missed++;
		return;
	}
	if (!text->len)
		text->bytes[text->len++] = LIST_VERSION;
	p = text->bytes + text->len;
	usher__put64(p, (uint64_t)text->wall_us / 1000 + bound->left_ms);
	usher__put32(p + 8, bound->cseq);
	p += ONE_HEADER;
	for (i = 0; i < TEXTS; i++) {
		*p++ = (uint8_t)lens[i];
		*p++ = (uint8_t)(lens[i] >> 8);
		memcpy(p, texts[i], lens[i] + 1);
		p += lens[i] + 1;
	}
	text->len = (size_t)(p - text->bytes);
}

/* The length of the one at p, or 0: there is no whole one. */
static size_t read_one(const uint8_t *p, size_t len, struct usher__bound *ret,
		       int64_t *until_ms)
{
	const char *texts[TEXTS];
	size_t at = ONE_HEADER, n;
	int i;

	if (len < ONE_HEADER)
		return 0;
	for (i = 0; i < TEXTS; i++) {
		if (len - at < 3)
			return 0;
		n = p[at] | (size_t)p[at + 1] << 8;
		at += 2;
		if (n > TEXT_MAX || len - at < n + 1 || p[at + n] ||
		    memchr(p + at, 0, n))
			return 0;
		texts[i] = (const char *)p + at;
		at += n + 1;
	}
	*until_ms = (int64_t)usher__get64(p);
	ret->cseq = usher__get32(p + 8);
	ret->user = texts[0];
	ret->uri = texts[1];
	ret->instance = texts[2];
	ret->agent = texts[3];
	ret->call_id = texts[4];
	ret->source = texts[5];
	return at;
}

int usher__phones_read(const uint8_t *bytes, size_t len, int64_t wall_us,
		       void (*fn)(void *arg, const struct usher__bound *bound),
		       void *arg)
{
	int64_t until_ms, now_ms = wall_us / 1000;
	struct usher__bound bound;
	size_t at, n;
	int expired = 0;

	if (len && bytes[0] != LIST_VERSION)
		return USHER_ECORRUPT;
	for (at = 1; at < len; at += n) {
		n = read_one(bytes + at, len - at, &bound, &until_ms);
		if (!n)
			return USHER_ECORRUPT;
	}
	for (at = 1; at < len; at += n) {
		n = read_one(bytes + at, len - at, &bound, &until_ms);
		if (until_ms <= now_ms) {
			expired++;
			continue;
		}
		bound.left_ms = (uint64_t)until_ms - (uint64_t)now_ms;
		fn(arg, &bound);
	}
	return expired;
}

/* ---- kept ---- */

bool usher__phones_news(struct usher__phones_told *told, int err,
			unsigned missed)
{
	bool news = err ? err != told->err : missed > told->missed;

	told->err = err;
	if (!err)
		told->missed = missed;
	return news;
}

static void keep(struct usher_center *center)
{
	struct usher__phones_text text = {.wall_us = usher__center_wall_us()};
	int err;

	usher__voice_bound(center->voice, usher__phones_write_one, &text);
	err = usher__store_phones_put(center->store, text.bytes, text.len);
	free(text.bytes);
	center->phones->soon = false;
	if (err)
		usher__timer_start(center->phones->timer, LATER_MS);
	if (usher__phones_news(&center->phones->told, err, text.missed))
		usher__host_log(center->host, USHER_LOG_WARN,
				"%s: where %s phones are is not kept: %s",
				center->name, err ? "all" : "some",
				usher_strerror(err ? err : USHER_EFULL));
}

static void on_time(void *arg)
{
	keep(arg);
}

void usher__phones_changed(void *arg, bool soon)
{
	struct usher_center *center = arg;
	struct phones *phones = center->phones;

	if (!phones || phones->soon)
		return;
	if (soon)
		usher__timer_start(phones->timer, SOON_MS);
	else if (!usher__timer_running(phones->timer))
		usher__timer_start(phones->timer, LATER_MS);
	phones->soon = soon;
}

int usher__phones_start(struct usher_center *center)
{
	struct phones *phones;

	if (!center->store || !center->voice)
		return 0;
	phones = calloc(1, sizeof(*phones));
	if (!phones || usher__timer_new(&phones->timer, center->host->loop,
					on_time, center)) {
		free(phones);
		return USHER_ENOMEM;
	}
	center->phones = phones;
	return 0;
}

void usher__phones_stop(struct usher_center *center)
{
	struct phones *phones = center->phones;

	if (!phones)
		return;
	if (usher__timer_running(phones->timer))
		keep(center);
	usher__timer_free(phones->timer);
	center->phones = NULL;
	free(phones);
}

/* ---- had again ---- */

struct again {
	struct usher_center *center;
	unsigned here, refused;
};

static void have_again(void *arg, const struct usher__bound *bound)
{
	struct again *again = arg;

	if (usher__voice_bind(again->center->voice, bound))
		again->refused++;
	else
		again->here++;
}

void usher__phones_restore(struct usher_center *center)
{
	struct again again = {.center = center};
	uint8_t *bytes = NULL;
	size_t len = 0;
	int code;

	if (!center->phones)
		return;
	code = usher__store_phones_get(center->store, &bytes, &len);
	if (code == USHER_ENOENT)
		return;
	if (!code)
		code = usher__phones_read(bytes, len, usher__center_wall_us(),
					  have_again, &again);
	free(bytes);
	if (code < 0)
		usher__host_log(center->host, USHER_LOG_WARN,
				"%s: where phones were cannot be read: %s",
				center->name, usher_strerror(code));
	else if (again.here || again.refused || code)
		usher__host_log(center->host, USHER_LOG_INFO,
				"%s: %u phones are registered as before, %u "
				"cannot be, of %d the time has passed",
				center->name, again.here, again.refused, code);
}
