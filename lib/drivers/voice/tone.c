/* Tones of the network, as a country has them: it rings, is busy, cannot be
 * reached. */
#include <string.h>

#include "drivers/voice/hub.h"
#include "media/tones.h"

_Static_assert(USHER__TONES_ITEMS <= VOICE_TONE_ITEMS, "a tone has more");

#define TONE_MS     2000u /* of one that is not looped */
#define FAREWELL_MS 4000u

bool usher__voice_tones_known(const char *country)
{
	struct usher__mitem items[USHER__TONES_ITEMS];
	uint32_t count;

	return !usher__tones_items(country, USHER__TONE_BUSY, items, &count);
}

int usher__voice_tones(struct usher__voice *voice, const char *country)
{
	const char *name = country ? country : "";

	if (strlen(name) >= sizeof(voice->tones) ||
	    !usher__voice_tones_known(name))
		return USHER_ENOENT;
	strcpy(voice->tones, name);
	return 0;
}

static bool make(const struct usher__voice *voice, enum usher__tone_kind kind,
		 uint32_t max_ms, struct usher__mitem *items,
		 struct usher__mplay_opts *ret)
{
	*ret = (struct usher__mplay_opts){
		.items = items,
		.repeat = USHER__MPLAY_FOREVER,
		.max_ms = max_ms,
	};
	return !usher__tones_items(voice->tones, kind, items,
				   &ret->item_count);
}

/* USHER__TONE_KINDS: none. A flow's own prompt may have such a name. */
static enum usher__tone_kind kind_of(const struct usher_channel_prompt *prompt)
{
	static const char *const names[USHER__TONE_KINDS] = {
		[USHER__TONE_RINGING] = USHER_CHANNEL_RINGBACK,
		[USHER__TONE_BUSY] = USHER_CHANNEL_BUSY,
		[USHER__TONE_CONGESTION] = USHER_CHANNEL_CONGESTION,
	};
	unsigned kind;

	for (kind = 0; kind < USHER__TONE_KINDS && !prompt->text; kind++)
		if (names[kind] && !strcmp(prompt->name, names[kind]))
			return (enum usher__tone_kind)kind;
	return USHER__TONE_KINDS;
}

bool usher__voice_tone(const struct usher__voice *voice,
		       const struct usher_channel_prompt *prompt,
		       struct usher__mitem *items,
		       struct usher__mplay_opts *ret)
{
	return make(voice, kind_of(prompt), prompt->loop ? 0 : TONE_MS, items,
		    ret);
}

bool usher__voice_tone_farewell(struct voice_leg *leg, int reason)
{
	struct usher__voice_hub *hub = leg->voice->hub;
	uint64_t port = usher__leg_port(hub->ua, leg->sip);
	struct usher__mitem items[USHER__TONES_ITEMS];
	struct usher__mplay_opts opts;
	enum usher__tone_kind kind = USHER__TONE_CONGESTION;

	switch (reason) {
	case USHER_LEG_BUSY:
		kind = USHER__TONE_BUSY;
		break;
	case USHER_LEG_NO_ANSWER:
	case USHER_LEG_UNREACHABLE:
	case USHER_LEG_REFUSED:
	case USHER_LEG_OVERLOAD:
		break;
	case USHER_LEG_FAILED:
		/* An agent's phone is to be free for the next one. */
		if (leg->called)
			return false;
		break;
	default:
		return false;
	}
	/* Told again to end, it does. */
	if (!port || leg->farewell ||
	    !make(leg->voice, kind, FAREWELL_MS, items, &opts))
		return false;
	usher__media_unbridge(hub->media, port);
	return !usher__mleg_play(hub->media, port, &opts, &leg->farewell);
}

void usher__voice_tone_over(struct voice_leg *leg, uint64_t play)
{
	if (leg->farewell && leg->farewell == play)
		usher__leg_hangup(leg->voice->hub->ua, leg->sip);
}
