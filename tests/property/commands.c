/* Random commands: mostly about what is there, sometimes about what was, and
 * sometimes about nothing. */
#include <string.h>

#include "day.h"

#define SECOND INT64_C(1000000)
/* Most attributes that a contact gets. */
#define CONTACT_ATTRS 3

/* An id that the day has no use for, or that is no more. */
static uint64_t stale(struct day *d)
{
	const struct model *m = d->model;

	switch (rng_below(&d->rng, 5)) {
	case 0:
		return rng_next(&d->rng);
	case 1:
		if (m->contact_count)
			return m
				->contacts[rng_below(
					&d->rng, (unsigned)m->contact_count)]
				.id;
		break;
	case 2:
		if (m->offer_count)
			return m->offers[rng_below(&d->rng,
						   (unsigned)m->offer_count)]
				.id;
		break;
	case 3:
		if (m->segment_count)
			return m
				->segments[rng_below(
					&d->rng, (unsigned)m->segment_count)]
				.id;
		break;
	default:
		break;
	}
	return 0;
}

/* One of those that live, or 0. */
#define LIVE(name, field, from, condition)                                    \
	static uint64_t name(struct day *d)                                   \
	{                                                                     \
		const struct model *m = d->model;                             \
		uint64_t found = 0;                                           \
		unsigned seen = 0;                                            \
                                                                              \
		if (rng_percent(&d->rng, 6))                                  \
			return stale(d);                                      \
		for (size_t i = (from); i < m->field##_count; i++) {          \
			const struct m_##field *x = &m->field##s[i];          \
                                                                              \
			if (!x->gone && (condition) &&                        \
			    !rng_below(&d->rng, ++seen))                      \
				found = x->id;                                \
		}                                                             \
		return found;                                                 \
	}

LIVE(any_contact, contact, m->contact_first, true)
LIVE(open_contact, contact, m->contact_first, !x->ended)
LIVE(any_agent, agent, 0, true)
LIVE(ready_agent, agent, 0, x->presence == USHER_READY)
LIVE(any_queue, queue, 0, true)
LIVE(any_segment, segment, m->segment_first, true)
LIVE(waiting_segment, segment, m->segment_first,
     x->kind == USHER_SEGMENT_QUEUE)
LIVE(talking_segment, segment, m->segment_first,
     x->kind == USHER_SEGMENT_AGENT && !x->wrapup)
LIVE(wrapup_segment, segment, m->segment_first,
     x->kind == USHER_SEGMENT_AGENT && x->wrapup)
LIVE(flow_segment, segment, m->segment_first, x->kind == USHER_SEGMENT_FLOW)
LIVE(any_offer, offer, m->offer_first, true)
LIVE(accepted_offer, offer, m->offer_first, x->accepted)
LIVE(ringing_offer, offer, m->offer_first, !x->accepted)

uint64_t command_queue(struct day *d)
{
	return any_queue(d);
}

static int do_presence(struct day *d)
{
	static const uint32_t to[] = {USHER_READY,  USHER_READY,
				      USHER_READY,  USHER_READY,
				      USHER_PAUSED, USHER_SIGNED_OUT};
	uint32_t presence = to[rng_below(&d->rng, 6)];

	if (rng_percent(&d->rng, 2))
		presence = 77;
	return usher_acd_presence(d->acd, d->now, any_agent(d), presence,
				  rng_percent(&d->rng, 50) ? "tea" : NULL);
}

static void contact_opts(struct day *d, struct usher_contact_opts *o,
			 struct usher_attr attrs[CONTACT_ATTRS])
{
	static const int64_t priorities[] = {0, 0, 0, 1, 5, -2};
	static const char *const topics[] = {"billing", "hungarian"};

	const struct m_agent *agent = model_agent(d->model, ready_agent(d));

	usher_contact_opts_init(o, sizeof(*o));
	memset(attrs, 0, CONTACT_ATTRS * sizeof(*attrs));
	o->attrs = attrs;
	if (rng_percent(&d->rng, 70)) {
		attrs[o->attr_count].name = "level";
		attrs[o->attr_count++].number = rng_below(&d->rng, 6);
	}
	if (rng_percent(&d->rng, 50)) {
		attrs[o->attr_count].name = "preferred_agent";
		attrs[o->attr_count].type = USHER_ATTR_TEXT;
		attrs[o->attr_count++].text = agent ? agent->name : "nobody";
	}
	if (rng_percent(&d->rng, 50)) {
		attrs[o->attr_count].name = "topic";
		attrs[o->attr_count].type = USHER_ATTR_TEXT;
		attrs[o->attr_count++].text = topics[rng_below(&d->rng, 2)];
	}
	o->channel = kind_names[rng_percent(&d->rng, 30)];
	o->priority = priorities[rng_below(&d->rng, 6)];
	if (rng_percent(&d->rng, 15))
		o->since_us = d->now - rng_below(&d->rng, 60) * SECOND;
	o->direction = rng_percent(&d->rng, 10) ? USHER_OUT : USHER_IN;
}

static int enqueue(struct day *d, uint64_t contact)
{
	static const int64_t waits[] = {0, 0, 0, 20 * SECOND};
	struct usher_enqueue_opts o;
	uint64_t queues[2];

	usher_enqueue_opts_init(&o, sizeof(o));
	queues[0] = any_queue(d);
	queues[1] = any_queue(d);
	o.queues = queues;
	o.queue_count = 1 + rng_percent(&d->rng, 20);
	o.priority = rng_percent(&d->rng, 10) ? 2 : 0;
	o.max_wait_us = waits[rng_below(&d->rng, 4)];
	if (rng_percent(&d->rng, 15))
		o.requirement =
			requirements[rng_below(&d->rng, requirement_count)];
	return usher_acd_enqueue(d->acd, d->now, contact, &o, NULL);
}

static int do_contact_new(struct day *d)
{
	struct usher_contact_opts o;
	struct usher_attr attrs[CONTACT_ATTRS];
	uint64_t contact;

	contact_opts(d, &o, attrs);
	if (rng_percent(&d->rng, 3))
		o.priority = INT64_MAX;
	return usher_acd_contact_new(d->acd, d->now, &o, &contact);
}

static int do_contact_set(struct day *d)
{
	struct usher_contact_opts o;
	struct usher_attr attrs[CONTACT_ATTRS];

	contact_opts(d, &o, attrs);
	return usher_acd_contact_set(d->acd, d->now, any_contact(d), &o);
}

static int do_enqueue(struct day *d)
{
	return enqueue(d, open_contact(d));
}

static int do_dequeue(struct day *d)
{
	return usher_acd_dequeue(d->acd, d->now, waiting_segment(d),
				 rng_below(&d->rng, 16));
}

static int do_contact_end(struct day *d)
{
	return usher_acd_contact_end(d->acd, d->now, any_contact(d), "bye");
}

static int do_detach(struct day *d)
{
	return usher_acd_detach(d->acd, d->now, open_contact(d),
				d->now + rng_below(&d->rng, 30) * SECOND,
				"network");
}

static int do_attach(struct day *d)
{
	return usher_acd_attach(d->acd, d->now, any_contact(d));
}

static int do_flow_begin(struct day *d)
{
	return usher_acd_flow_begin(d->acd, d->now, open_contact(d), "main",
				    NULL);
}

static int do_flow_end(struct day *d)
{
	return usher_acd_flow_end(d->acd, d->now, flow_segment(d), "done");
}

static int do_accept(struct day *d)
{
	return usher_acd_accept(d->acd, d->now, ringing_offer(d), "sip:desk");
}

static int do_accept_any(struct day *d)
{
	return usher_acd_accept(d->acd, d->now, any_offer(d), NULL);
}

static int do_reject(struct day *d)
{
	return usher_acd_reject(d->acd, d->now, any_offer(d), "busy");
}

static int do_miss(struct day *d)
{
	return usher_acd_miss(d->acd, d->now, any_offer(d), "unreachable");
}

static int do_withdraw(struct day *d)
{
	return usher_acd_withdraw(d->acd, d->now, any_offer(d), "supervisor");
}

static int do_connected(struct day *d)
{
	return usher_acd_connected(d->acd, d->now, accepted_offer(d), NULL);
}

static int do_connected_any(struct day *d)
{
	return usher_acd_connected(d->acd, d->now, any_offer(d), NULL);
}

static int do_connect_failed(struct day *d)
{
	return usher_acd_connect_failed(d->acd, d->now, accepted_offer(d),
					"488");
}

static int do_assign(struct day *d)
{
	struct m_segment *s = model_segment(d->model, waiting_segment(d));
	int rc;

	d->chosen_contact = s ? s->contact : any_contact(d);
	d->chosen_agent = ready_agent(d);
	rc = usher_acd_assign(d->acd, d->now, d->chosen_contact,
			      d->chosen_agent, rng_percent(&d->rng, 40));
	if (rc)
		d->chosen_agent = d->chosen_contact = 0;
	return rc;
}

static int do_direct(struct day *d)
{
	struct usher_direct_opts o;
	uint64_t agent = any_agent(d);
	struct m_agent *a = model_agent(d->model, agent);
	int rc;

	usher_direct_opts_init(&o, sizeof(o));
	o.wrapup_us = rng_percent(&d->rng, 50) ? 5 * SECOND : 0;
	o.dialing = rng_percent(&d->rng, 40);
	o.force = rng_percent(&d->rng, 20);
	rc = usher_acd_direct(d->acd, d->now, open_contact(d), agent, &o,
			      NULL);
	if (!rc && o.force && a)
		a->may_be_over = true;
	return rc;
}

static int do_answered(struct day *d)
{
	return usher_acd_answered(d->acd, d->now, talking_segment(d));
}

static int do_hold(struct day *d)
{
	return usher_acd_hold(d->acd, d->now, talking_segment(d));
}

static int do_resume(struct day *d)
{
	return usher_acd_resume(d->acd, d->now, talking_segment(d));
}

static int do_leave(struct day *d)
{
	return usher_acd_leave(d->acd, d->now, talking_segment(d), "done");
}

static int do_leave_any(struct day *d)
{
	return usher_acd_leave(d->acd, d->now, any_segment(d), NULL);
}

static int do_wrapup_end(struct day *d)
{
	return usher_acd_wrapup_end(d->acd, d->now, wrapup_segment(d));
}

static int do_disposition(struct day *d)
{
	return usher_acd_disposition(d->acd, d->now, any_segment(d), "sold");
}

static int do_queue_remove(struct day *d)
{
	return usher_acd_queue_remove(d->acd, d->now, any_queue(d));
}

static int do_queue_open(struct day *d)
{
	return usher_acd_queue_open(d->acd, d->now, any_queue(d),
				    rng_percent(&d->rng, 70));
}

static int do_agent_remove(struct day *d)
{
	return usher_acd_agent_remove(d->acd, d->now, any_agent(d));
}

static int do_day(struct day *d)
{
	return usher_acd_day(d->acd, d->now, "tomorrow");
}

static int do_note(struct day *d)
{
	return usher_acd_note(d->acd, d->now,
			      rng_percent(&d->rng, 70) ? USHER_EV_CUSTOM
						       : USHER_EV_DAY,
			      any_contact(d), 0, NULL, 0);
}

static const struct {
	const char *name;
	unsigned weight;
	int (*give)(struct day *d);
} commands[] = {
	{"contact_new", 14, do_contact_new},
	{"enqueue", 16, do_enqueue},
	{"accept", 12, do_accept},
	{"connected", 12, do_connected},
	{"leave", 8, do_leave},
	{"presence", 8, do_presence},
	{"contact_end", 6, do_contact_end},
	{"wrapup_end", 3, do_wrapup_end},
	{"reject", 3, do_reject},
	{"miss", 3, do_miss},
	{"withdraw", 2, do_withdraw},
	{"connect_failed", 3, do_connect_failed},
	{"accept any", 2, do_accept_any},
	{"connected any", 1, do_connected_any},
	{"leave any", 1, do_leave_any},
	{"dequeue", 2, do_dequeue},
	{"contact_set", 2, do_contact_set},
	{"detach", 2, do_detach},
	{"attach", 2, do_attach},
	{"callback", 6, command_callback},
	{"callback_dial", 8, command_callback_dial},
	{"callback_missed", 3, command_callback_missed},
	{"flow_begin", 2, do_flow_begin},
	{"flow_end", 2, do_flow_end},
	{"assign", 6, do_assign},
	{"direct", 3, do_direct},
	{"answered", 2, do_answered},
	{"hold", 2, do_hold},
	{"resume", 2, do_resume},
	{"disposition", 1, do_disposition},
	{"queue_set", 3, command_queue_set},
	{"step_set", 4, command_step_set},
	{"steps_cut", 1, command_steps_cut},
	{"queue_remove", 1, do_queue_remove},
	{"queue_open", 2, do_queue_open},
	{"agent_set", 3, command_agent_set},
	{"agent_remove", 1, do_agent_remove},
	{"configure", 1, command_configure},
	{"day", 1, do_day},
	{"note", 1, do_note},
};
#define COMMANDS (sizeof(commands) / sizeof(*commands))

int command_random(struct day *d)
{
	unsigned total = 0, draw;

	for (size_t i = 0; i < COMMANDS; i++)
		total += commands[i].weight;
	draw = rng_below(&d->rng, total);
	for (size_t i = 0; i < COMMANDS; i++) {
		if (draw < commands[i].weight) {
			d->command = commands[i].name;
			return commands[i].give(d);
		}
		draw -= commands[i].weight;
	}
	return USHER_EINVAL;
}

/* What a day begins with: some queues, and agents at work. */
void commands_setup(struct day *d)
{
	unsigned queues = 1 + rng_below(&d->rng, 4);
	unsigned agents = 1 + rng_below(&d->rng, 8);

	for (unsigned i = 0; i < queues; i++)
		command_queue_set(d);
	for (unsigned i = rng_below(&d->rng, 2) * 3; i; i--)
		command_step_set(d);
	for (unsigned i = 0; i < agents * 2; i++)
		command_agent_set(d);
	for (uint64_t agent = 0;
	     (agent = usher_acd_agent_next(d->acd, agent));)
		if (rng_percent(&d->rng, 80))
			usher_acd_presence(d->acd, d->now, agent, USHER_READY,
					   NULL);
	if (rng_percent(&d->rng, 50))
		command_configure(d);
	if (d->plan.seed % 3)
		usher_acd_explain_offers(d->acd, d->now, USHER_EXPLAIN_MAX);
}
