/* Keys that came by SIP INFO, for the other one of two who talk: as its phone
 * takes them, events or tones. Those that come in RTP the media engine passes
 * on. One after another, so that none cuts the one before short.
 *
 *   none ──key──▶ playing ──its end──▶ none
 *                  │  ▲         │
 *                  │  └─────────┘ those that came meanwhile
 *                  └──a prompt instead──▶ none
 */
#include <string.h>

#include "drivers/voice/hub.h"

static void next(struct voice_leg *to)
{
	struct usher__voice_hub *hub = to->voice->hub;
	const struct usher__mitem item = {.kind = USHER__MI_DIGITS,
					  .digits = to->keys.text};
	const struct usher__mplay_opts opts = {.items = &item,
					       .item_count = 1};

	to->keys.play = 0;
	/* They have parted meanwhile. */
	if (to->keys.text[0] && usher__voice_floor_other(to))
		usher__mleg_play(hub->media, usher__leg_port(hub->ua, to->sip),
				 &opts, &to->keys.play);
	to->keys.text[0] = 0;
}

void usher__voice_keys_pass(const struct voice_leg *from, char digit)
{
	struct voice_leg *to = usher__voice_floor_other(from);
	size_t n = to ? strlen(to->keys.text) : 0;

	if (!to || from->muted || n >= VOICE_KEYS_MAX || !digit ||
	    !strchr("0123456789*#ABCD", digit))
		return;
	to->keys.text[n] = digit;
	to->keys.text[n + 1] = 0;
	if (!to->keys.play)
		next(to);
}

void usher__voice_keys_over(struct voice_leg *leg,
			    const struct usher__mevent *event)
{
	if (!leg->keys.play || leg->keys.play != event->play)
		return;
	if (event->reason != USHER__MR_END)
		leg->keys.text[0] = 0;
	next(leg);
}
