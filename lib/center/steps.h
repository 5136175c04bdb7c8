/* What steps of a queue ask of the center. */
#ifndef USHER_LIB_CENTER_STEPS_H
#define USHER_LIB_CENTER_STEPS_H

#include <stdbool.h>
#include <stdint.h>

#include <usher/event.h>

struct reaction;
struct session;
struct usher_center;

/* Who speaks to who waits. */
struct step_voice {
	uint64_t flow;   /* req of what the flow says, or 0 */
	uint64_t step;   /* req of what a step says, or 0 */
	uint32_t played; /* the flow has said this, and hears so later */
	bool late;       /* its deadline has come, and waits, too */
	char next[USHER_NAME_MAX + 1]; /* what a step is to say */
};

void usher__step_react(struct usher_center *center, struct session *session,
		       const struct reaction *reaction);
/* Say a prompt to who waits; false: nothing is said. */
bool usher__step_announce(struct usher_center *center, struct session *session,
			  const char *name);
/* What a step had to say is said. */
void usher__step_said(struct usher_center *center, struct session *session,
		      uint64_t req);
/* The flow says something: as req, or 0 for what fails. */
void usher__step_flow_says(struct session *session, uint64_t req);
/* The flow has said it. True: a step speaks now, and the flow hears of it
 * when that is over. */
bool usher__step_speaks(struct usher_center *center, struct session *session,
			uint64_t req, uint32_t request);

/* After something else was said: play on what the flow last asked for. */
void usher__flow_music(struct usher_center *center, struct session *session);

#endif
