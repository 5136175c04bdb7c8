/*
 * A question to a queue's policy: which of the candidates. Inside lib/acd
 * only.
 */
#ifndef USHER_ACD_QUESTION_H
#define USHER_ACD_QUESTION_H

#include <acd/candidates.h>
#include <policy/policies.h>

/* What a policy is asked, and what it answers. */
struct question {
	struct usher_pick pick;
	struct usher_contact_view contact;
	struct usher_choice choice;
	unsigned char state[USHER_POLICY_STATE_MAX];
	struct usher__asker asker;
	uint32_t left_out;
	struct usher_agent_view *views; /* of a scan */
	uint32_t view_count;
};

/* About what is searched for, whose candidates are counted. */
void usher__question_init(struct question *q, struct search *s);
/* Ask; who is chosen is in *ret. A verdict. */
int usher__question_ask(struct search *s, struct question *q,
			struct agent **ret);
/* What its state has become; empty where it is as it was. */
struct usher__bytes usher__question_state(const struct search *s,
					  const struct question *q);
/* What all offers that follow from it say. */
void usher__question_offer(const struct search *s, const struct question *q,
			   struct usher__ev_offer_made *like);

#endif
