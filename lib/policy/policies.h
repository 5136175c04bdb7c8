/* The policies of the library, one a file. */
#ifndef USHER_POLICY_POLICIES_H
#define USHER_POLICY_POLICIES_H

#include <usher/policy.h>

extern const struct usher_agent_policy usher__longest_idle;
extern const struct usher_agent_policy usher__round_robin;
extern const struct usher_agent_policy usher__top_down;
extern const struct usher_agent_policy usher__fewest_contacts;
extern const struct usher_agent_policy usher__random_agent;
extern const struct usher_agent_policy usher__ring_all;

extern const struct usher_contact_policy usher__priority_age;
extern const struct usher_contact_policy usher__age_with_boost;
extern const struct usher_contact_policy usher__nearest_target;

#endif
