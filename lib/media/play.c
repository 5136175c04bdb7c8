/* One play. Its cursor is (item, digit, at) and moves like this:
 *
 *             at reaches the item's length, or the last digit's pause ends
 *           ┌──────────────────────────────────────────────────────────┐
 *           ▼                                                          │
 *   item 0, 1, … ──pull: file not read yet──▶ WAIT (cursor stays) ─────┤
 *           │                                                          │
 *           ├──pull: file cannot be played──▶ ERROR (cursor stays)     │
 *           ├──pull────────────────────────▶ AUDIO or EVENT ───────────┘
 *           └──after the last item: repeat left and something was heard
 *                in this round: item 0; else over: END, or ERROR where
 *                nothing was heard and it would turn without end
 *
 * next_item() is the only function that changes the item.
 */
#include "media/play.h"

#include <stdlib.h>
#include <string.h>
#include "media/mleg.h"
#include "media/sound.h"
#include "media/tone.h"

#define PER_MS        (USHER__MRATE / 1000)
#define LEVEL_DEFAULT -13
#define DIGIT_LEVEL   -8
#define DIGIT_ON_MS   100
#define DIGIT_OFF_MS  60
#define DIGIT_MAX_MS  2000
#define COMMA_MS      500
#define FREQ_MAX      3800
#define MOD_MAX       200

static bool digits_valid(const char *digits)
{
	size_t n = digits ? strnlen(digits, USHER__MPLAY_DIGITS_MAX + 1) : 0;

	if (n == 0 || n > USHER__MPLAY_DIGITS_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (digits[i] != ',' && usher__telev_event(digits[i]) < 0)
			return false;
	}
	return true;
}

static bool item_valid(const struct usher__mitem *in)
{
	switch (in->kind) {
	case USHER__MI_FILE:
		return in->path && in->path[0] &&
		       strnlen(in->path, USHER__MEDIA_PATH_MAX) <
			       USHER__MEDIA_PATH_MAX;
	case USHER__MI_TONE:
		return in->freq_hz[0] <= FREQ_MAX &&
		       in->freq_hz[1] <= FREQ_MAX && in->level_db <= 0 &&
		       in->mod_hz <= MOD_MAX &&
		       !(in->mod_hz && in->freq_hz[1]);
	case USHER__MI_SILENCE:
		return true;
	case USHER__MI_DIGITS:
		return digits_valid(in->digits) && in->on_ms <= DIGIT_MAX_MS;
	}
	return false;
}

static size_t text_bytes(const struct usher__mitem *in)
{
	if (in->kind == USHER__MI_FILE)
		return strlen(in->path) + 1;
	if (in->kind == USHER__MI_DIGITS)
		return strlen(in->digits) + 1;
	return 0;
}

static char *item_copy(struct usher__pitem *item,
		       const struct usher__mitem *in, char *text)
{
	size_t n = text_bytes(in);

	*item = (struct usher__pitem){
		.kind = in->kind,
		.freq_hz = {in->freq_hz[0], in->freq_hz[1]},
		.mod_hz = in->mod_hz,
		.level_db = in->level_db ? in->level_db : LEVEL_DEFAULT,
		.on_ms = in->on_ms,
		.off_ms = in->off_ms,
	};
	/* Beyond 2^32 samples, six days, endless is the same. */
	if (in->duration_ms < UINT32_MAX / PER_MS)
		item->duration = in->duration_ms * PER_MS;
	if (in->kind == USHER__MI_FILE) {
		item->path = memcpy(text, in->path, n);
		atomic_init(&item->load, USHER__PL_LOADING);
	}
	if (in->kind == USHER__MI_DIGITS) {
		item->digits = memcpy(text, in->digits, n);
		if (!item->on_ms)
			item->on_ms = DIGIT_ON_MS;
		if (!item->off_ms)
			item->off_ms = DIGIT_OFF_MS;
	}
	return text + n;
}

int usher__play_new(struct usher__play **ret,
		    const struct usher__mplay_opts *opts,
		    struct usher__sounds *sounds, uint64_t id)
{
	struct usher__play *play;
	size_t bytes = 0;
	char *text;

	if (!opts || !opts->items || opts->item_count < 1 ||
	    opts->item_count > USHER__MPLAY_ITEMS_MAX)
		return USHER_EINVAL;
	for (uint32_t i = 0; i < opts->item_count; i++) {
		if (!item_valid(&opts->items[i]))
			return USHER_EINVAL;
		bytes += text_bytes(&opts->items[i]);
	}
	bytes += opts->item_count * sizeof(play->items[0]);

	play = calloc(1, sizeof(*play) + bytes);
	if (!play)
		return USHER_ENOMEM;
	atomic_init(&play->refs, 1);
	play->id = id;
	play->sounds = sounds;
	play->item_count = opts->item_count;
	play->repeat = opts->repeat;
	play->limit = (uint64_t)opts->max_ms * PER_MS;
	play->stop_on_digit = opts->stop_on_digit;
	text = (char *)&play->items[opts->item_count];
	for (uint32_t i = 0; i < opts->item_count; i++) {
		text = item_copy(&play->items[i], &opts->items[i], text);
		play->has_files |= opts->items[i].kind == USHER__MI_FILE;
	}
	*ret = play;
	return 0;
}

struct usher__play *usher__play_ref(struct usher__play *play)
{
	atomic_fetch_add(&play->refs, 1);
	return play;
}

void usher__play_unref(struct usher__play *play)
{
	if (!play || atomic_fetch_sub(&play->refs, 1) > 1)
		return;
	for (uint32_t i = 0; i < play->item_count; i++)
		usher__sound_release(play->sounds, play->items[i].sound);
	free(play);
}

void usher__play_load(struct usher__play *play)
{
	for (uint32_t i = 0; i < play->item_count; i++) {
		struct usher__pitem *item = &play->items[i];

		if (item->kind != USHER__MI_FILE)
			continue;
		item->error = usher__sound_get(play->sounds, item->path,
					       &item->sound, &item->why);
		atomic_store_explicit(&item->load,
				      item->error ? USHER__PL_FAILED
						  : USHER__PL_READY,
				      memory_order_release);
		if (item->error)
			break;
	}
}

static enum usher__pull play_over(struct usher__play *play,
				  enum usher__pull how)
{
	play->over = how;
	return how;
}

/* The only place where the item changes. */
static enum usher__pull next_item(struct usher__play *play)
{
	play->at = 0;
	play->digit = 0;
	play->begun = false;
	if (play->item + 1 < play->item_count) {
		play->item++;
		return USHER__PULL_AUDIO;
	}
	if (play->repeat == 0)
		return play_over(play, USHER__PULL_END);
	if (play->total == play->round_at)
		return play_over(play, USHER__PULL_ERROR);
	if (play->repeat != USHER__MPLAY_FOREVER)
		play->repeat--;
	play->round_at = play->total;
	play->item = 0;
	return USHER__PULL_AUDIO;
}

static size_t min_size(size_t a, uint64_t b)
{
	return a < b ? a : (size_t)b;
}

static size_t pull_sound(struct usher__play *play,
			 const struct usher__pitem *item, int16_t *pcm,
			 size_t n)
{
	size_t count = min_size(n, item->sound->samples - play->at);

	memcpy(pcm, item->sound->pcm + play->at, count * sizeof(*pcm));
	return count;
}

/* A tone or silence. */
static size_t pull_made(struct usher__play *play,
			const struct usher__pitem *item,
			const struct usher__sine *sine, int16_t *pcm, size_t n)
{
	size_t count = n;

	if (item->duration)
		count = min_size(n, item->duration - play->at);
	if (item->kind == USHER__MI_SILENCE) {
		memset(pcm, 0, count * sizeof(*pcm));
		return count;
	}
	if (!play->begun) {
		usher__tone_start(&play->tone, item->freq_hz, item->level_db,
				  item->on_ms, item->off_ms);
		usher__tone_modulate(&play->tone, item->mod_hz);
		play->begun = true;
	}
	usher__tone_make(sine, &play->tone, pcm, count);
	return count;
}

static void next_digit(struct usher__play *play)
{
	play->digit++;
	play->at = 0;
	play->begun = false;
}

/* One digit as tones: on, then off. */
static size_t pull_digit(struct usher__play *play,
			 const struct usher__pitem *item,
			 const struct usher__sine *sine, int16_t *pcm,
			 size_t n)
{
	char digit = item->digits[play->digit];
	uint64_t on = digit == ',' ? 0 : (uint64_t)item->on_ms * PER_MS;
	uint64_t off = digit == ',' ? COMMA_MS * PER_MS
				    : (uint64_t)item->off_ms * PER_MS;
	uint16_t freq_hz[2];
	size_t count;

	if (play->at < on) {
		if (!play->begun) {
			usher__dtmf_freqs(usher__telev_event(digit), freq_hz);
			usher__tone_start(&play->tone, freq_hz, DIGIT_LEVEL, 0,
					  0);
			play->begun = true;
		}
		count = min_size(n, on - play->at);
		usher__tone_make(sine, &play->tone, pcm, count);
		play->at += count;
		return count;
	}
	count = min_size(n, on + off - play->at);
	memset(pcm, 0, count * sizeof(*pcm));
	play->at += count;
	if (play->at >= on + off)
		next_digit(play);
	return count;
}

/* Is the cursor at a digit that goes out as an event? */
static bool at_event(const struct usher__play *play)
{
	const struct usher__pitem *item = &play->items[play->item];

	return item->kind == USHER__MI_DIGITS && item->digits[play->digit] &&
	       item->digits[play->digit] != ',' &&
	       play->at < (uint64_t)item->on_ms * PER_MS;
}

static void pull_event(struct usher__play *play, size_t n,
		       struct usher__pevent *ev)
{
	const struct usher__pitem *item = &play->items[play->item];
	uint64_t on = (uint64_t)item->on_ms * PER_MS;

	ev->event = (uint8_t)usher__telev_event(item->digits[play->digit]);
	ev->begin = play->at == 0;
	play->at += n;
	if (play->at > on)
		play->at = on;
	ev->duration = (uint16_t)play->at;
	ev->end = play->at == on;
	play->total += n;
}

/* What the item gives now; 0: it is over. */
static size_t pull_item(struct usher__play *play,
			const struct usher__sine *sine, int16_t *pcm, size_t n)
{
	const struct usher__pitem *item = &play->items[play->item];
	size_t count;

	if (item->kind == USHER__MI_DIGITS) {
		if (!item->digits[play->digit])
			return 0;
		return pull_digit(play, item, sine, pcm, n);
	}
	count = item->kind == USHER__MI_FILE
			? pull_sound(play, item, pcm, n)
			: pull_made(play, item, sine, pcm, n);
	play->at += count;
	return count;
}

static enum usher__pull item_ready(const struct usher__play *play)
{
	int load = atomic_load_explicit(&play->items[play->item].load,
					memory_order_acquire);

	if (load == USHER__PL_LOADING)
		return USHER__PULL_WAIT;
	return load == USHER__PL_FAILED ? USHER__PULL_ERROR
					: USHER__PULL_AUDIO;
}

enum usher__pull usher__play_pull(struct usher__play *play,
				  const struct usher__sine *sine, bool events,
				  int16_t *pcm, size_t n,
				  struct usher__pevent *ev)
{
	enum usher__pull what = USHER__PULL_AUDIO;
	size_t filled = 0;

	if (play->over)
		return play->over;
	if (play->limit && play->total >= play->limit)
		return play_over(play, USHER__PULL_END);

	while (filled < n) {
		size_t count;

		what = item_ready(play);
		if (what != USHER__PULL_AUDIO)
			break;
		if (events && at_event(play)) {
			if (filled)
				break; /* the event begins a packet */
			pull_event(play, n, ev);
			return USHER__PULL_EVENT;
		}
		count = pull_item(play, sine, pcm + filled, n - filled);
		filled += count;
		play->total += count;
		if (count)
			continue;
		what = next_item(play);
		if (what != USHER__PULL_AUDIO)
			break;
	}
	/* What ended or waits in mid-packet says so at the next pull. */
	if (!filled)
		return what;
	memset(pcm + filled, 0, (n - filled) * sizeof(*pcm));
	return USHER__PULL_AUDIO;
}
