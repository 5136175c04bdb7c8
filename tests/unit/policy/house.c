#include <string.h>

#include "house.h"

static uint32_t attrs_of(const struct option *options,
			 struct usher_attr attrs[HOUSE_MAX])
{
	uint32_t n = 0;

	memset(attrs, 0, HOUSE_MAX * sizeof(*attrs));
	for (; options && n < HOUSE_MAX && options[n].name; n++) {
		attrs[n].name = options[n].name;
		attrs[n].text = options[n].text;
		attrs[n].number = options[n].number;
		attrs[n].type =
			options[n].text ? USHER_ATTR_TEXT : USHER_ATTR_NUMBER;
	}
	return n;
}

void house_init(struct house *h, const char *order)
{
	memset(h, 0, sizeof(*h));
	h->now = HOUSE_START;
	ck_assert_int_eq(usher_acd_new(&h->acd, NULL, NULL), 0);
	ck_assert_int_eq(usher_acd_configure(h->acd, h->now, order), 0);
}

void queue_set(struct house *h, int i, const char *policy,
	       const struct option options[HOUSE_MAX],
	       const struct option order[HOUSE_MAX], int64_t target_s)
{
	struct usher_attr of_policy[HOUSE_MAX], of_order[HOUSE_MAX];
	struct usher_queue_opts opts;
	struct usher_error err;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = i ? "support" : "sales";
	opts.policy = policy;
	opts.policy_options = of_policy;
	opts.policy_option_count = attrs_of(options, of_policy);
	opts.order_options = of_order;
	opts.order_option_count = attrs_of(order, of_order);
	opts.target_us = target_s * HOUSE_SECOND;
	ck_assert_msg(!usher_acd_queue_set(h->acd, h->now, &opts,
					   &h->queues[i], &err),
		      "%s", err.message);
}

void agent_ready(struct house *h, int i, uint32_t max,
		 const struct option own[HOUSE_MAX])
{
	static const char *const names[HOUSE_MAX] = {"a", "b", "c"};
	const struct usher_capacity capacity = {.channel = "voice",
						.max = max};
	struct usher_attr attrs[HOUSE_MAX];
	struct usher_agent_opts opts;

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = names[i];
	opts.order = (uint32_t)i;
	opts.max_total = max;
	opts.capacity = &capacity;
	opts.capacity_count = 1;
	opts.attrs = attrs;
	opts.attr_count = attrs_of(own, attrs);
	ck_assert_int_eq(usher_acd_agent_set(h->acd, h->now, &opts,
					     &h->agents[i], NULL),
			 0);
	ck_assert_int_eq(usher_acd_presence(h->acd, h->now, h->agents[i],
					    USHER_READY, NULL),
			 0);
}

uint64_t comes(struct house *h, int queue, int64_t age_s, int64_t priority,
	       const struct option own[HOUSE_MAX])
{
	struct usher_contact_opts contact;
	struct usher_attr attrs[HOUSE_MAX];
	struct usher_enqueue_opts opts;
	uint64_t id;

	usher_contact_opts_init(&contact, sizeof(contact));
	contact.priority = priority;
	contact.since_us = h->now - age_s * HOUSE_SECOND;
	contact.attrs = attrs;
	contact.attr_count = attrs_of(own, attrs);
	ck_assert_int_eq(usher_acd_contact_new(h->acd, h->now, &contact, &id),
			 0);
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &h->queues[queue];
	opts.queue_count = 1;
	ck_assert_int_eq(usher_acd_enqueue(h->acd, h->now, id, &opts, NULL),
			 0);
	return id;
}

struct offer offered(struct house *h)
{
	const struct usher_event *ev;
	struct offer o = {0, 0, 0};

	while (!o.offer && (ev = usher_acd_next(h->acd))) {
		if (ev->type != USHER_EV_OFFER_MADE)
			continue;
		usher_event_u64(ev, USHER_F_OFFER, &o.offer);
		usher_event_u64(ev, USHER_F_AGENT, &o.agent);
		o.contact = ev->contact;
	}
	return o;
}

uint64_t talks(struct house *h, uint64_t offer)
{
	uint64_t segment;

	ck_assert_int_eq(usher_acd_accept(h->acd, h->now, offer, NULL), 0);
	ck_assert_int_eq(usher_acd_connected(h->acd, h->now, offer, &segment),
			 0);
	return segment;
}
