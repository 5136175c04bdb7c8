/* What verbs have in common. */
#include <string.h>

#include "drivers/voice/verb.h"

struct voice_leg *usher__voice_verb_leg(void *arg, uint64_t id)
{
	struct usher__voice *voice = arg;
	struct voice_leg *leg = usher__voice_leg_find(voice->hub, id);

	return leg && leg->voice == voice ? leg : NULL;
}

uint64_t usher__voice_verb_port(void *arg, uint64_t id)
{
	struct voice_leg *leg = usher__voice_verb_leg(arg, id);

	return leg ? usher__leg_port(leg->voice->hub->ua, leg->sip) : 0;
}

int usher__voice_verb_begin(struct usher__reserve *outcome)
{
	memset(outcome, 0, sizeof(*outcome));
	return usher__reserve_fill(outcome, 1);
}

int usher__voice_verb_done(struct usher__voice *voice, uint64_t req,
			   struct usher__reserve *outcome, int err)
{
	const struct usher__saying what = {.type = USHER__DONE, .req = req};

	if (!err)
		err = usher__reserve_say(outcome, voice->channel, 0, &what);
	usher__reserve_free(outcome);
	return err;
}
