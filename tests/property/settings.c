/* Random commands that set what a center has: its queues, agents, orders. */
#include <stdio.h>
#include <string.h>

#include "day.h"

#define SECOND INT64_C(1000000)

static const char *const agent_policies[] = {
	"longest_idle",
	"round_robin",
	"top_down",
	"fewest_contacts",
	"random",
	"ring_all",
	"external",
	"test_later",
	"test_pair",
	"test_head",
	"test_scan",
	"batch",
	"test_tide",
	"best_skilled",
	"fair_threshold",
	"fastest_first",
	"idleness_ratio",
	"least_occupied",
	"least_skilled_first",
	"least_talk_time",
	"percentage",
	"preferred_agent",
	"slowest_first",
	"weighted_random",
	"ring_progressive",
	"batch",
	"preferred_agent",
	"ring_progressive",
	"test_tide",
	"test_pair",
};
#define OLD_POLICIES   13
#define AGENT_POLICIES (sizeof(agent_policies) / sizeof(*agent_policies))

static const char *const contact_orders[] = {
	"priority_age", "age_with_boost", "nearest_target",    "test_youngest",
	"cmu",          "queue_ratio",    "earliest_deadline", "random",
	"test_ebb",
};
#define CONTACT_ORDERS (sizeof(contact_orders) / sizeof(*contact_orders))

int command_queue_set(struct day *d)
{
	static const int64_t timeouts[] = {0, 3 * SECOND, 15 * SECOND};
	static const char *const fallbacks[] = {"top_down", "least_talk_time",
						"least_occupied"};
	struct usher_attr options[OPTIONS_MAX], order[OPTIONS_MAX];
	struct usher_queue_opts o;
	char name[16];
	bool focus;

	usher_queue_opts_init(&o, sizeof(o));
	snprintf(name, sizeof(name), "q%u", rng_below(&d->rng, 5));
	o.name = rng_percent(&d->rng, 3) ? "" : name;
	/* Half of the days are of one policy, and of agents who may take all;
	 * the others are of those policies that do most that can go wrong. */
	focus = d->plan.seed % 2 && rng_percent(&d->rng, 85);
	o.policy = focus ? agent_policies[d->plan.seed / 2 % AGENT_POLICIES]
			 : agent_policies[rng_below(&d->rng, OLD_POLICIES)];
	if (rng_percent(&d->rng, 3))
		o.policy = "no_such_policy";
	o.requirement = requirements[rng_below(&d->rng, 2) *
				     rng_below(&d->rng, requirement_count)];
	if (focus)
		o.requirement = NULL;
	o.policy_options = options;
	o.policy_option_count = (uint32_t)options_random(d, o.policy, options);
	o.order_options = order;
	o.order_option_count = (uint32_t)options_order(d, order);
	if (rng_percent(&d->rng, 50))
		o.fallback = fallbacks[rng_below(&d->rng, 3)];
	if (rng_percent(&d->rng, 3))
		o.requirement = "billing >=";
	o.offer_timeout_us = timeouts[rng_below(&d->rng, 3)];
	o.wrapup_us = rng_percent(&d->rng, 50) ? 10 * SECOND : 0;
	o.max_wait_us = rng_percent(&d->rng, 20) ? 40 * SECOND : 0;
	o.retry_us = rng_percent(&d->rng, 20) ? USHER_ZERO : 0;
	o.decide_timeout_us = rng_percent(&d->rng, 50) ? SECOND : 0;
	o.priority = rng_percent(&d->rng, 20) ? 3 : 0;
	o.max_waiting = rng_percent(&d->rng, 10) ? 4 : 0;
	o.missed_limit = rng_percent(&d->rng, 50) ? 2 : 0;
	if (rng_percent(&d->rng, 20))
		o.missed_limit = USHER_ZERO;
	o.boost = rng_percent(&d->rng, 30) ? 300 : 0;
	o.members_only = !focus && rng_percent(&d->rng, 15);
	return usher_acd_queue_set(d->acd, d->now, &o, NULL, NULL);
}

int command_agent_set(struct day *d)
{
	static const char *const languages[] = {"hu", "pl", "en", "de"};
	static const char *const endpoints[] = {"sip:desk", "tel:1"};
	struct usher_agent_opts o;
	static const char *const teams[] = {"north", "south"};
	struct usher_attr attrs[5];
	struct usher_capacity caps[KINDS];
	uint64_t queues[2];
	char name[16];

	usher_agent_opts_init(&o, sizeof(o));
	memset(attrs, 0, sizeof(attrs));
	memset(caps, 0, sizeof(caps));
	snprintf(name, sizeof(name), "a%u", 1 + rng_below(&d->rng, 8));
	o.name = rng_percent(&d->rng, 3) ? NULL : name;
	o.attrs = attrs;
	if (rng_percent(&d->rng, 80)) {
		attrs[o.attr_count].name = "billing";
		attrs[o.attr_count].type = USHER_ATTR_NUMBER;
		attrs[o.attr_count++].number = rng_below(&d->rng, 6);
	}
	if (rng_percent(&d->rng, 80)) {
		attrs[o.attr_count].name = "language";
		attrs[o.attr_count].type = USHER_ATTR_TEXT;
		attrs[o.attr_count++].text = languages[rng_below(&d->rng, 4)];
	}
	if (rng_percent(&d->rng, 80)) {
		attrs[o.attr_count].name = "team";
		attrs[o.attr_count].type = USHER_ATTR_TEXT;
		attrs[o.attr_count++].text = teams[rng_below(&d->rng, 2)];
	}
	if (rng_percent(&d->rng, 50)) {
		attrs[o.attr_count].name = "weight";
		attrs[o.attr_count++].number = rng_below(&d->rng, 4) * 0.5;
	}
	if (rng_percent(&d->rng, 50)) {
		attrs[o.attr_count].name = "hungarian";
		attrs[o.attr_count++].number = rng_below(&d->rng, 4);
	}
	o.capacity = caps;
	if (rng_percent(&d->rng, 60)) {
		o.capacity_count = 1 + rng_below(&d->rng, KINDS);
		for (unsigned i = 0; i < o.capacity_count; i++) {
			caps[i].channel = kind_names[i];
			caps[i].max = 1 + rng_below(&d->rng, 2);
			if (rng_percent(&d->rng, 25))
				caps[i].interrupts = kind_names[1 - i];
		}
	}
	o.max_total = rng_below(&d->rng, 3);
	o.order = rng_below(&d->rng, 4);
	o.endpoints = endpoints;
	o.endpoint_count = rng_below(&d->rng, 3);
	o.queues = queues;
	if (rng_percent(&d->rng, 50)) {
		queues[o.queue_count++] = command_queue(d);
		if (rng_percent(&d->rng, 30))
			queues[o.queue_count++] = command_queue(d);
	}
	return usher_acd_agent_set(d->acd, d->now, &o, NULL, NULL);
}

int command_configure(struct day *d)
{
	return usher_acd_configure(
		d->acd, d->now,
		rng_percent(&d->rng, 10)
			? "nonsense"
			: contact_orders[rng_below(&d->rng, CONTACT_ORDERS)]);
}
