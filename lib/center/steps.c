/* What steps of a queue ask of the center: to say something to who waits.
 *
 * A flow may run meanwhile, and speaks for itself. Neither cuts off the other:
 *
 *   SILENT ──flow speaks──▶ FLOW ──said──▶ SILENT
 *     ▲ └──step speaks──▶ STEP                │ something is to be said
 *     └────────said─────── ▲ ◀────────────────┘
 *
 * While a step speaks the flow stands still: it hears afterwards that it has
 * said what it had to say, and that its deadline has come. What else it hears
 * of, a digit or an answer, it may speak about at once; that ends what the
 * step says. */
#include <stdio.h>
#include <string.h>

#include "center/center.h"
#include "center/flow.h"
#include "center/output.h"
#include "center/party.h"
#include "center/session.h"
#include "center/steps.h"

static bool may_speak(const struct session *session)
{
	return session->state == SESSION_FLOW && session->customer &&
	       !session->voicemail && (!session->ivr || session->ivr_queue);
}

static bool say(struct usher_center *center, struct session *session,
		const char *name)
{
	struct usher_flow_prompt prompt = {.size = sizeof(prompt)};
	struct output *output;

	if (!may_speak(session) || !center->config->flows ||
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
	session->voice.step = output->req;
	session->customer->playing = true;
	return true;
}

static bool say_next(struct usher_center *center, struct session *session)
{
	char name[sizeof(session->voice.next)];

	memcpy(name, session->voice.next, sizeof(name));
	session->voice.next[0] = 0;
	return *name && usher__session_waits(center, session) &&
	       say(center, session, name);
}

bool usher__step_announce(struct usher_center *center, struct session *session,
			  const char *name)
{
	if (!name || !*name || !may_speak(session))
		return false;
	if (!session->voice.flow && !session->voice.step)
		return say(center, session, name);
	snprintf(session->voice.next, sizeof(session->voice.next), "%s", name);
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

void usher__step_flow_says(struct session *session, uint64_t req)
{
	session->voice.flow = req;
	session->voice.step = 0;
	session->voice.played = 0;
	session->voice.late = false;
}

bool usher__step_speaks(struct usher_center *center, struct session *session,
			uint64_t req, uint32_t request)
{
	if (session->voice.flow != req)
		return false; /* something else was said instead */
	session->voice.flow = 0;
	if (!say_next(center, session))
		return false;
	session->voice.played = request;
	return true;
}

static void music(struct usher_center *center, struct session *session)
{
	if (!may_speak(session) || !usher__session_waits(center, session))
		return;
	if (session->ivr)
		usher__flow_music(center, session);
	else
		usher__session_music(center, session);
}

void usher__step_said(struct usher_center *center, struct session *session,
		      uint64_t req)
{
	uint32_t played = session->voice.played;
	bool late = session->voice.late;

	if (session->voice.step != req)
		return; /* the flow has spoken since */
	session->voice.step = 0;
	if (say_next(center, session))
		return;
	session->voice.played = 0;
	session->voice.late = false;
	if (played)
		usher__flow_feed(center, session, USHER_IVR_PLAYED, played,
				 NULL);
	else
		music(center, session);
	if (late)
		usher__flow_advance(center, session);
}

void usher__flow_music(struct usher_center *center, struct session *session)
{
	struct usher_flow_prompt prompt = {.size = sizeof(prompt)};
	struct output *output;

	if (!*session->tune || !session->customer ||
	    usher_flow_set_prompt(session->flows, session->tune,
				  session->language, &prompt))
		return;
	output = usher__output(center, VERB_PROMPT, session->customer);
	/* Without memory it is silent until the flow goes on. */
	if (!output)
		return;
	if (usher__output_prompt(output, session->tune, prompt.text,
				 prompt.sounds, prompt.sound_count, true))
		usher__output_cancel(center, output);
	else
		session->customer->playing = true;
}
