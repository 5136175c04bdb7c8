/* Policies that the library does not have: one for each way to order and for
 * each verdict, simple enough to be read twice. The matcher knows them by
 * what their comments say. */
#include "day.h"

/* later: who has waited less than three seconds in the queue, waits for seven;
 * then top down. Between three and seven it would choose somebody for those
 * whom it has put off: it must not be asked then. */
static int later_seek(void *arg, void *state, const struct usher_pick *pick,
		      struct usher_choice *choice)
{
	(void)arg;
	(void)state;
	choice->at_us = pick->contact->entered_us + 7000000;
	if (pick->now_us < pick->contact->entered_us + 3000000)
		return USHER_PICK_LATER;
	choice->seek = USHER_SEEK_FIRST;
	return USHER_PICK_THIS;
}

/* pair: nobody unless two agents are free; then top down. */
static int pair_seek(void *arg, void *state, const struct usher_pick *pick,
		     struct usher_choice *choice)
{
	(void)arg;
	(void)state;
	choice->seek = USHER_SEEK_FIRST;
	return pick->candidates < 2 ? USHER_PICK_NOBODY : USHER_PICK_THIS;
}

/* tide: nobody in every other five seconds; then top down. Whoever is asked
 * about at another time gets another answer. */
static int tide_seek(void *arg, void *state, const struct usher_pick *pick,
		     struct usher_choice *choice)
{
	(void)arg;
	(void)state;
	choice->seek = USHER_SEEK_FIRST;
	return pick->now_us / 5000000 % 2 ? USHER_PICK_THIS
					  : USHER_PICK_NOBODY;
}

/* head: who ended the last work first. Within a profile the key must order
 * as the score does, since only its head is looked at. */
static int64_t head_key(void *arg, const struct usher_agent_view *agent)
{
	(void)arg;
	return agent->idle_since_us;
}

static int64_t head_score(void *arg, const void *state,
			  const struct usher_pick *pick,
			  const struct usher_agent_view *agent)
{
	(void)arg;
	(void)state;
	return pick->now_us - agent->idle_since_us;
}

/* scan: the largest agent id. */
static int scan_pick(void *arg, void *state, const struct usher_pick *pick,
		     const struct usher_agent_view *agents, size_t count,
		     struct usher_choice *choice)
{
	(void)arg;
	(void)state;
	(void)pick;
	for (size_t i = 0; i < count; i++)
		if (agents[i].agent > agents[choice->index].agent)
			choice->index = (uint32_t)i;
	return USHER_PICK_THIS;
}

/* youngest: the contact whose segment has the largest id. */
static int youngest_pick(void *arg, const struct usher_pick *pick,
			 const struct usher_contact_view *contacts,
			 size_t count, struct usher_choice *choice)
{
	(void)arg;
	(void)pick;
	for (size_t i = 0; i < count; i++)
		if (contacts[i].segment > contacts[choice->index].segment)
			choice->index = (uint32_t)i;
	return USHER_PICK_THIS;
}

static const struct usher_agent_policy later = {
	.size = sizeof(later),
	.name = "test_later",
	.version = 1,
	.order = USHER_ORDER_STATIC,
	.seek = later_seek,
};

static const struct usher_agent_policy pair = {
	.size = sizeof(pair),
	.name = "test_pair",
	.version = 1,
	.order = USHER_ORDER_STATIC,
	.seek = pair_seek,
};

static const struct usher_agent_policy tide = {
	.size = sizeof(tide),
	.name = "test_tide",
	.version = 1,
	.order = USHER_ORDER_STATIC,
	.seek = tide_seek,
};

static const struct usher_agent_policy head = {
	.size = sizeof(head),
	.name = "test_head",
	.version = 1,
	.order = USHER_ORDER_HEAD,
	.key = head_key,
	.score = head_score,
};

static const struct usher_agent_policy scan = {
	.size = sizeof(scan),
	.name = "test_scan",
	.version = 1,
	.order = USHER_ORDER_SCAN,
	.pick = scan_pick,
};

/* ebb: nobody in every other five seconds; then the first. */
static int ebb_pick(void *arg, const struct usher_pick *pick,
		    const struct usher_contact_view *contacts, size_t count,
		    struct usher_choice *choice)
{
	(void)arg;
	(void)contacts;
	(void)count;
	(void)choice;
	return pick->now_us / 5000000 % 2 ? USHER_PICK_THIS
					  : USHER_PICK_NOBODY;
}

static const struct usher_contact_policy ebb = {
	.size = sizeof(ebb),
	.name = "test_ebb",
	.version = 1,
	.order = USHER_ORDER_SCAN,
	.pick = ebb_pick,
};

static const struct usher_contact_policy youngest = {
	.size = sizeof(youngest),
	.name = "test_youngest",
	.version = 1,
	.order = USHER_ORDER_SCAN,
	.pick = youngest_pick,
};

const struct usher_agent_policy *const test_agent_policies[] = {
	&later, &pair, &head, &scan, &tide};
const size_t test_agent_policy_count = 5;
const struct usher_contact_policy *const test_contact_policies[] = {&youngest,
								    &ebb};
const size_t test_contact_policy_count = 2;

int policies_add(struct usher_acd *acd)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < test_agent_policy_count; i++)
		rc = usher_acd_agent_policy_add(acd, test_agent_policies[i]);
	for (size_t i = 0; !rc && i < test_contact_policy_count; i++)
		rc = usher_acd_contact_policy_add(acd,
						  test_contact_policies[i]);
	return rc;
}
