/* Keys that came by SIP INFO, for the other one of two who talk: as its phone
 * takes them, events or tones. Those that come in RTP the media engine passes
 * on. One after another, so that none cuts the one before short, nor what the
 * other one hears: an announcement is heard to its end first. Music has none,
 * and keys are lost in it, as those in RTP are.
 *
 *   none ──key──▶ playing ──its end──▶ none
 *    │             ▲  │  ▲         │
 *    │             │  │  └─────────┘ those that came meanwhile
 *    │             │  └──a prompt instead──▶ none
 *    │         the prompt's end
 *    │             │
 *    └──in one──▶ waiting ──it is stopped──▶ none
 */
#include <string.h>

#include "drivers/voice/hub.h"

static void forget(struct voice_leg *to)
{
	explicit_bzero(to->keys.text, sizeof(to->keys.text));
}

static void next(struct voice_leg *to)
{
	struct usher__voice_hub *hub = to->voice->hub;
	const struct usher__mitem item = {.kind = USHER__MI_DIGITS,
					  .digits = to->keys.text};
	const struct usher__mplay_opts opts = {.items = &item,
					       .item_count = 1};

	if (to->keys.prompt && to->keys.prompt_ends)
		return;
	/* They have parted meanwhile, or it hears what does not end. */
	if (to->keys.text[0] && !to->keys.prompt && !to->farewell &&
	    usher__voice_floor_other(to))
		usher__mleg_play(hub->media, usher__leg_port(hub->ua, to->sip),
				 &opts, &to->keys.play);
	forget(to);
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

void usher__voice_keys_wait(struct usher__voice_hub *hub, uint64_t port,
			    uint64_t play, bool ends)
{
	uint64_t sip = usher__ua_port_leg(hub->ua, port);
	struct voice_leg *leg = sip ? usher__leg_arg(hub->ua, sip) : NULL;

	if (!leg)
		return;
	leg->keys.prompt = play;
	leg->keys.prompt_ends = ends;
}

void usher__voice_keys_over(struct voice_leg *leg,
			    const struct usher__mevent *event)
{
	struct voice_keys *keys = &leg->keys;

	if (event->play && event->play == keys->prompt)
		keys->prompt = 0;
	else if (event->play && event->play == keys->play)
		keys->play = 0;
	else
		return;
	if (event->reason != USHER__MR_END && event->reason != USHER__MR_ERROR)
		forget(leg);
	next(leg);
}
