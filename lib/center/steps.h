/* What steps of a queue ask of the center. */
#ifndef USHER_LIB_CENTER_STEPS_H
#define USHER_LIB_CENTER_STEPS_H

#include "center/center.h"

void usher__step_react(struct usher_center *center, struct session *session,
		       const struct reaction *reaction);
/* Say a prompt to who waits; false: nothing is said. */
bool usher__step_announce(struct usher_center *center, struct session *session,
			  const char *name);
/* What a step had to say is said. */
void usher__step_said(struct usher_center *center, struct session *session);

#endif
