/* What steps of a queue ask of the center: to say something to who waits. */
#include <stdio.h>
#include <string.h>

#include "center/steps.h"

/* Nothing else is being said: a flow that runs meanwhile speaks for itself. */
static bool may_speak(const struct session *session)
{
	return session->state == SESSION_FLOW && session->customer &&
	       !session->voicemail && (!session->ivr || session->ivr_queue);
}

bool usher__step_announce(struct usher_center *center, struct session *session,
			  const char *name)
{
	struct usher_flow_prompt prompt = {.size = sizeof(prompt)};
	struct output *output;

	if (!name || !*name || !may_speak(session) || !center->config->flows ||
	    usher_flow_set_prompt(center->config->flows, name,
				  session->language, &prompt))
		return false;
	output = usher__output_job(center, VERB_PROMPT, session->customer,
				   JOB_STEP, 0);
	/* Without memory nothing is said, and the music goes on. */
	if (!output)
		return false;
	if (usher__output_prompt(output, name, prompt.text, prompt.sounds,
				 prompt.sound_count, false)) {
		usher__output_cancel(center, output);
		return false;
	}
	session->customer->playing = true;
	return true;
}

void usher__step_react(struct usher_center *center, struct session *session,
		       const struct reaction *reaction)
{
	switch (reaction->code) {
	case USHER_QUEUE_STEP_CALLBACK:
		session->offered = true;
		/* fall through */
	case USHER_QUEUE_STEP_ANNOUNCE:
		(void)usher__step_announce(center, session, reaction->text);
		break;
	case USHER_QUEUE_STEP_EXIT:
		snprintf(session->exit, sizeof(session->exit), "%s",
			 *reaction->text ? reaction->text : "overflow");
		break;
	}
}

void usher__step_said(struct usher_center *center, struct session *session)
{
	if (!may_speak(session) || !usher__session_waits(center, session))
		return;
	if (session->ivr)
		usher__flow_music(center, session);
	else
		usher__session_music(center, session);
}
