/* Real-time text: from leg to leg as it is typed, and in lines to the center,
 * which keeps them as messages of the contact and shows them at the desk of an
 * agent whose phone has no text.
 *
 * A line ends with a new line, a pause, its limit, or the leg. What is erased
 * before is not in it; what a line has said already cannot be erased any more.
 */
#include <string.h>

#include "drivers/voice/hub.h"
#include "sip/loop.h"

struct voice_line {
	struct usher__timer *timer; /* until the pause is long enough */
	size_t len;
	char text[VOICE_LINE_MAX];
};

static uint64_t port_of(const struct voice_leg *leg)
{
	return usher__leg_text_port(leg->voice->hub->ua, leg->sip);
}

bool usher__voice_text_has(const struct voice_leg *leg)
{
	return usher__leg_has_text(leg->voice->hub->ua, leg->sip);
}

/* --- lines ----------------------------------------------------------------
 */

static void line_end(struct voice_leg *leg)
{
	struct voice_line *line = leg->line;
	struct usher_channel *channel = leg->voice->channel;

	usher__timer_cancel(line->timer);
	if (!line->len || !channel)
		return;
	if (usher_channel_text(channel, leg->id, line->text, line->len) ==
	    USHER_ENOMEM) {
		/* Again, unless there is too much by then. */
		usher__timer_start(line->timer, VOICE_LINE_MS);
		if (line->len + 4 <= sizeof(line->text))
			return;
	}
	line->len = 0;
}

static void line_pause(void *arg)
{
	line_end(arg);
}

static struct voice_line *line_of(struct voice_leg *leg)
{
	struct voice_line *line = leg->line;

	if (line)
		return line;
	line = calloc(1, sizeof(*line));
	if (line && usher__timer_new(&line->timer, leg->voice->hub->loop,
				     line_pause, leg)) {
		free(line);
		line = NULL;
	}
	leg->line = line;
	return line;
}

static void erase(struct voice_line *line)
{
	while (line->len && (line->text[--line->len] & 0xc0) == 0x80)
		;
}

static size_t length_of(const char *text)
{
	uint8_t first = (uint8_t)*text;

	return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static void line_add(struct voice_leg *leg, const char *text, size_t n)
{
	struct voice_line *line = line_of(leg);
	size_t step;

	for (; line && n; text += step, n -= step) {
		step = length_of(text);
		if (*text == '\n') {
			line_end(leg);
		} else if (*text == '\b') {
			erase(line);
		} else if (*text != '\a') {
			if (line->len + step > sizeof(line->text))
				line_end(leg);
			memcpy(line->text + line->len, text, step);
			line->len += step;
		}
	}
	if (line && line->len)
		usher__timer_start(line->timer, VOICE_LINE_MS);
}

void usher__voice_text_end(struct voice_leg *leg)
{
	if (leg->line)
		line_end(leg);
}

void usher__voice_text_free(struct voice_leg *leg)
{
	if (!leg->line)
		return;
	usher__timer_free(leg->line->timer);
	explicit_bzero(leg->line, sizeof(*leg->line));
	free(leg->line);
	leg->line = NULL;
}

/* --- what comes -----------------------------------------------------------
 */

/* In pieces that are not too long, of whole characters. */
static void relay(struct voice_leg *to, const char *text, size_t n)
{
	struct usher__media *media = to->voice->hub->media;
	uint64_t port = port_of(to);
	size_t part;

	for (; port && n; text += part, n -= part) {
		part = n;
		if (part > USHER__MTEXT_SAY_MAX)
			for (part = USHER__MTEXT_SAY_MAX;
			     (text[part] & 0xc0) == 0x80;)
				part--;
		if (usher__mtext_say(media, port, text, part))
			return;
	}
}

void usher__voice_text_take(struct voice_leg *leg, const char *text, size_t n)
{
	struct voice_leg *other = NULL;

	while ((other = usher__voice_floor_next(leg, other)))
		relay(other, text, n);
	line_add(leg, text, n);
}

void usher__voice_text_read(struct voice_leg *leg)
{
	struct usher__voice_hub *hub = leg->voice->hub;
	char text[USHER__MTEXT_IN];
	size_t n;

	n = usher__mtext_read(hub->media, port_of(leg), text, sizeof(text));
	if (n)
		usher__voice_text_take(leg, text, n);
}

/* --- what goes ------------------------------------------------------------
 */

int usher__voice_text_say(struct voice_leg *leg, const char *text)
{
	struct usher__media *media = leg->voice->hub->media;
	size_t n = strlen(text);
	char line[USHER__MTEXT_SAY_MAX];

	if (!port_of(leg))
		return USHER_ENOTSUP;
	if (n >= sizeof(line))
		return USHER_EFULL;
	memcpy(line, text, n);
	line[n] = '\n';
	return usher__mtext_say(media, port_of(leg), line, n + 1);
}
