/*
 * A routing policy of one's own: the agent who knows the contact's language
 * best. Two agents, one contact that speaks Polish; prints who is asked.
 *
 * It stands on libusher-core alone. A policy may see every candidate, as here
 * (USHER_ORDER_SCAN), or let the core keep an order; usher/policy.h tells.
 */
#include <stdio.h>

#include <usher/acd.h>

/* Level of an agent in the contact's language; 0: none. */
static double level(const struct usher_pick *pick,
		    const struct usher_agent_view *agent)
{
	struct usher_attr language, known;

	if (usher_view_contact_attr(pick->contact, "language", &language) ||
	    language.type != USHER_ATTR_TEXT ||
	    usher_view_agent_attr(agent, language.text, &known))
		return 0;
	return known.number;
}

/* Candidates come in the order of the list, so that ties go to the first. */
static int best_speaker(void *arg, void *state, const struct usher_pick *pick,
			const struct usher_agent_view *agents, size_t count,
			struct usher_choice *choice)
{
	double best = 0;

	(void)arg;
	(void)state;
	for (size_t i = 0; i < count; i++) {
		if (level(pick, &agents[i]) <= best)
			continue;
		best = level(pick, &agents[i]);
		choice->index = (uint32_t)i;
	}
	return best > 0 ? USHER_PICK_THIS : USHER_PICK_NOBODY;
}

static int add_agent(struct usher_acd *acd, const char *name, double polish)
{
	struct usher_attr attr = {.name = "pl", .number = polish};
	struct usher_agent_opts opts;
	uint64_t agent;
	int err;

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = name;
	opts.attrs = &attr;
	opts.attr_count = 1;
	err = usher_acd_agent_set(acd, 1, &opts, &agent, NULL);
	return err ? err
		   : usher_acd_presence(acd, 1, agent, USHER_READY, NULL);
}

static int call_in(struct usher_acd *acd, const char *language)
{
	struct usher_attr attr = {
		.name = "language", .type = USHER_ATTR_TEXT, .text = language};
	struct usher_contact_opts opts;
	struct usher_enqueue_opts enqueue;
	uint64_t queue = usher_acd_queue_find(acd, "help"), contact;
	int err;

	usher_contact_opts_init(&opts, sizeof(opts));
	opts.attrs = &attr;
	opts.attr_count = 1;
	err = usher_acd_contact_new(acd, 2, &opts, &contact);
	usher_enqueue_opts_init(&enqueue, sizeof(enqueue));
	enqueue.queues = &queue;
	enqueue.queue_count = 1;
	return err ? err : usher_acd_enqueue(acd, 2, contact, &enqueue, NULL);
}

int main(void)
{
	const struct usher_event *ev;
	struct usher_agent_policy policy;
	struct usher_queue_opts queue;
	struct usher_acd *acd;
	char json[4096];
	size_t len;
	int err = usher_acd_new(&acd, NULL, NULL);

	if (err)
		return 1;
	usher_agent_policy_init(&policy, sizeof(policy));
	policy.name = "best_speaker";
	policy.version = 1;
	policy.order = USHER_ORDER_SCAN;
	policy.pick = best_speaker;
	err = usher_acd_agent_policy_add(acd, &policy);
	usher_queue_opts_init(&queue, sizeof(queue));
	queue.name = "help";
	queue.policy = "best_speaker";
	if (!err)
		err = usher_acd_queue_set(acd, 1, &queue, NULL, NULL);
	if (!err)
		err = add_agent(acd, "anna", 2);
	if (!err)
		err = add_agent(acd, "bela", 5);
	if (!err)
		err = call_in(acd, "pl");
	while ((ev = usher_acd_next(acd))) {
		if (ev->type == USHER_EV_OFFER_MADE &&
		    !usher_event_json(ev, json, sizeof(json), &len))
			puts(json);
	}
	usher_acd_free(acd);
	if (err)
		fprintf(stderr, "%s\n", usher_strerror(err));
	return err ? 1 : 0;
}
