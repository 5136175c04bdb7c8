/* What the first versions of the core's options had. Inside lib/acd only. */
#ifndef USHER_ACD_OPTIONS_H
#define USHER_ACD_OPTIONS_H

#include <sized.h>

struct usher_queue_opts;
struct usher__ev_in_queue_set;
struct usher_error;
/* All of a queue's options but its lists. */
int usher__queue_numbers(const struct usher_queue_opts *all,
			 struct usher__ev_in_queue_set *in,
			 struct usher_error *err);

#define ACD_OPTS_FIRST       UP_TO(struct usher_acd_opts, reserved)
#define QUEUE_OPTS_FIRST     UP_TO(struct usher_queue_opts, members_only)
#define STEP_OPTS_FIRST      UP_TO(struct usher_queue_step_opts, unstaffed)
#define AGENT_OPTS_FIRST     UP_TO(struct usher_agent_opts, max_total)
#define CONTACT_OPTS_FIRST   UP_TO(struct usher_contact_opts, attr_count)
#define ENQUEUE_OPTS_FIRST   UP_TO(struct usher_enqueue_opts, reserved)
#define CALLBACK_OPTS_FIRST  UP_TO(struct usher_callback_opts, reserved)
#define DIRECT_OPTS_FIRST    UP_TO(struct usher_direct_opts, force)
#define AGENT_POLICY_FIRST   UP_TO(struct usher_agent_policy, chosen)
#define CONTACT_POLICY_FIRST UP_TO(struct usher_contact_policy, pick)
#define CAPACITY_FIRST       UP_TO(struct usher_capacity, reserved)
#define ATTR_FIRST           sizeof(struct usher_attr)

#endif
