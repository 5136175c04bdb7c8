#include <check.h>

#include "day.h"
#include "fixture.h"

struct usher_acd *acd_made(void)
{
	return day_core(NULL);
}

uint64_t add_queue(struct usher_acd *acd, const char *name, const char *policy)
{
	struct usher_queue_opts opts;
	uint64_t queue;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = name;
	opts.policy = policy;
	ck_assert_int_eq(
		usher_acd_queue_set(acd, DAY_START, &opts, &queue, NULL), 0);
	return queue;
}

uint64_t add_ready(struct usher_acd *acd, const struct usher_agent_opts *opts)
{
	uint64_t agent;

	ck_assert_int_eq(
		usher_acd_agent_set(acd, DAY_START, opts, &agent, NULL), 0);
	ck_assert_int_eq(
		usher_acd_presence(acd, DAY_START, agent, USHER_READY, NULL),
		0);
	return agent;
}

uint64_t add_agent(struct usher_acd *acd, const char *name, uint32_t order)
{
	struct usher_agent_opts opts;

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = name;
	opts.order = order;
	return add_ready(acd, &opts);
}

uint64_t wait_in(struct usher_acd *acd, int64_t now, uint64_t queue,
		 int64_t priority)
{
	struct usher_contact_opts contact;
	struct usher_enqueue_opts opts;
	uint64_t id;

	usher_contact_opts_init(&contact, sizeof(contact));
	contact.priority = priority;
	ck_assert_int_eq(usher_acd_contact_new(acd, now, &contact, &id), 0);
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &queue;
	opts.queue_count = 1;
	ck_assert_int_eq(usher_acd_enqueue(acd, now, id, &opts, NULL), 0);
	return id;
}

uint64_t offered_to(struct usher_acd *acd, uint64_t *contact)
{
	const struct usher_event *ev;
	uint64_t agent = 0;

	while (!agent && (ev = usher_acd_next(acd))) {
		if (ev->type != USHER_EV_OFFER_MADE)
			continue;
		usher_event_u64(ev, USHER_F_AGENT, &agent);
		if (contact)
			*contact = ev->contact;
	}
	return agent;
}

void drained(struct usher_acd *acd)
{
	while (usher_acd_next(acd))
		;
}
