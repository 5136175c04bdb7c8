/* Setting up the center that has more to do than it can. */
#include <string.h>

#include "live_center.h"

static const struct usher_attr *options_of(const char *policy, uint32_t *n)
{
	static const struct usher_attr teams[] = {
		{.name = "north", .type = USHER_ATTR_NUMBER, .number = 2},
		{.name = "south", .type = USHER_ATTR_NUMBER, .number = 1}};
	static const struct usher_attr skills[] = {
		{.name = "billing", .type = USHER_ATTR_NUMBER, .number = 1}};
	static const struct usher_attr window[] = {
		{.name = "window", .type = USHER_ATTR_NUMBER, .number = 2}};

	*n = 1;
	if (strstr(policy, "skilled"))
		return skills;
	if (!strcmp(policy, "batch"))
		return window;
	*n = 2;
	if (!strcmp(policy, "percentage") || !strcmp(policy, "idleness_ratio"))
		return teams;
	if (!strcmp(policy, "fair_threshold"))
		return teams;
	*n = 0;
	return NULL;
}

void live_set_queues(struct live *l)
{
	static const struct usher_attr order[] = {
		{.name = "growth", .type = USHER_ATTR_NUMBER, .number = 2},
		{.name = "handle", .type = USHER_ATTR_NUMBER, .number = 20},
		{.name = "share", .type = USHER_ATTR_NUMBER, .number = 50}};
	struct usher_queue_opts o;

	for (int i = 0; i < QUEUES; i++) {
		usher_queue_opts_init(&o, sizeof(o));
		o.name = i ? "other" : "first";
		/* beside it the plainest one, which never waits for anybody */
		o.policy = i ? "longest_idle" : l->policy;
		o.policy_options =
			options_of(o.policy, &o.policy_option_count);
		o.order_options = order;
		o.order_option_count = 3;
		o.offer_timeout_us = 4 * SECOND;
		o.retry_us = 30 * SECOND;
		o.wrapup_us = 3 * SECOND;
		o.missed_limit = USHER_ZERO;
		o.members_only = i;
		usher_acd_queue_set(l->acd, l->now, &o, &l->queues[i], NULL);
	}
}

void live_set_person(struct live *l, struct person *p, uint32_t order)
{
	struct usher_capacity caps[KINDS] = {
		{.channel = "voice", .max = p->voice},
		{.channel = "chat", .max = p->chat}};
	struct usher_attr attrs[2] = {
		{.name = "team", .type = USHER_ATTR_TEXT, .text = p->team},
		{.name = "billing",
		 .type = USHER_ATTR_NUMBER,
		 .number = p->billing}};
	struct usher_agent_opts o;

	usher_agent_opts_init(&o, sizeof(o));
	o.name = p->name;
	o.order = order;
	o.attrs = attrs;
	o.attr_count = 2;
	if (p->interrupts)
		caps[0].interrupts = "chat";
	o.capacity = caps;
	o.capacity_count = KINDS;
	o.max_total = p->total;
	o.queues = l->queues;
	o.queue_count = p->one_queue ? 1 : QUEUES;
	usher_acd_agent_set(l->acd, l->now, &o, &p->id, NULL);
}

void live_set_people(struct live *l)
{
	static const struct person people[AGENTS] = {
		{0, "gone", "north", 9, false, USHER_SIGNED_OUT, 1, 1, 1, 0,
		 0},
		{0, "dead", "south", 3, false, USHER_READY, 1, 1, 1, 0, 0},
		{0, "anna", "north", 3, true, USHER_READY, 2, 1, 2, 0, 0},
		{0, "bela", "south", 1, true, USHER_READY, 1, 1, 1, 0, 0},
		{0, "tea", "south", 9, false, USHER_PAUSED, 1, 1, 1, 0, 0},
		{0, "cili", "north", 2, true, USHER_READY, 2, 1, 2, 1, 0},
		{0, "away", "south", 9, false, USHER_SIGNED_OUT, 2, 1, 2, 0,
		 0}};

	memcpy(l->people, people, sizeof(people));
	for (int i = 0; l->smooth && i < AGENTS; i++) {
		/* one contact at a time, of whatever kind */
		l->people[i].total = l->people[i].chat = 1;
		l->people[i].interrupts = false;
		if (!l->people[i].answers &&
		    l->people[i].presence == USHER_READY)
			l->people[i].presence = USHER_PAUSED;
	}
	for (uint32_t i = 0; i < AGENTS; i++) {
		live_set_person(l, &l->people[i], i);
		usher_acd_presence(l->acd, l->now, l->people[i].id,
				   l->people[i].presence, "tea");
	}
}
