/* What the network of old said to who waits for somebody: it rings, is busy,
 * cannot be reached. The driver knows how that sounds. */
#include <string.h>

#include "center/output.h"
#include "center/party.h"
#include "center/session.h"

static bool play(struct usher_center *center, struct party *party,
		 const char *name, bool loop)
{
	struct output *output;

	if (party->ending || !usher__party_audio(party))
		return false;
	output = usher__output(center, VERB_PROMPT, party);
	return output &&
	       !usher__output_prompt(output, name, NULL, NULL, 0, loop);
}

void usher__party_ring(struct usher_center *center, struct party *party)
{
	if (party->playing)
		return;
	party->playing = play(center, party, USHER_CHANNEL_RINGBACK, true);
	party->rings = party->playing;
}

void usher__session_rings(struct usher_center *center, struct session *session)
{
	struct party *customer = session->customer;

	if (!customer || !customer->up)
		return;
	customer->rings = false;
	if (!customer->playing)
		usher__session_music(center, session);
	usher__party_ring(center, customer);
}

int usher__party_code(const char *reason)
{
	static const struct {
		const char *reason;
		int code;
	} codes[] = {
		{"busy", USHER_LEG_BUSY},
		{"noanswer", USHER_LEG_NO_ANSWER},
		{"unreachable", USHER_LEG_UNREACHABLE},
		{"refused", USHER_LEG_REFUSED},
		{"failed", USHER_LEG_FAILED},
		{"overload", USHER_LEG_OVERLOAD},
	};
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (!strcmp(codes[i].reason, reason))
			return codes[i].code;
	return USHER_LEG_NORMAL;
}

void usher__party_refused(struct usher_center *center, struct party *party,
			  const char *reason)
{
	int code = usher__party_code(reason);

	/* It ends by itself, so nothing has to be stopped. */
	if (code != USHER_LEG_NORMAL)
		(void)play(center, party,
			   code == USHER_LEG_BUSY ? USHER_CHANNEL_BUSY
						  : USHER_CHANNEL_CONGESTION,
			   false);
}
