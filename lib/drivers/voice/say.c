/* Telling the center of a leg: what it may not miss, also without memory. */
#include <string.h>

#include "drivers/voice/hub.h"

/* Tell the center of a leg, out of a reserve when there is no memory, of which
 * `keep` are left for what matters more. */
static int say_out_of(struct usher__reserve *reserve, unsigned count,
		      unsigned keep, struct voice_leg *leg,
		      const struct usher__saying *what)
{
	struct usher__voice_hub *hub = leg->voice->hub;
	int err;

	usher__reserve_fill(reserve, count);
	err = usher__reserve_say(reserve, leg->voice->channel, keep, what);
	if (err == USHER_ENOMEM && hub->log)
		hub->log(hub->log_arg, 1,
			 "voice: a digit or hold is lost: no memory");
	return err;
}

int usher__voice_say(struct voice_leg *leg, unsigned keep,
		     enum usher__report_type type, int32_t code)
{
	const struct usher__saying what = {
		.type = type, .code = code, .leg = leg->id};

	return say_out_of(&leg->reserve, VOICE_LEG_RESERVE, keep, leg, &what);
}

void usher__voice_say_other(struct voice_leg *leg, unsigned keep,
			    enum usher__report_type type, int32_t code,
			    int64_t value)
{
	const struct usher__saying what = {
		.type = type, .code = code, .leg = leg->id, .value = value};

	say_out_of(&leg->voice->others, VOICE_OTHER_RESERVE, keep, leg, &what);
}

void usher__voice_say_digit(struct voice_leg *leg, char digit,
			    uint32_t duration_ms)
{
	if (digit && strchr("0123456789*#ABCD", digit))
		usher__voice_say_other(leg, VOICE_KEEP_OTHER, USHER__DIGIT,
				       digit, duration_ms);
}
