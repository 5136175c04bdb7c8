/*
 * The state as text for people: one line a thing, segments and offers indented
 * under their contact.
 */
#include <inttypes.h>
#include <stdio.h>

#include <acd/callbacks.h>

typedef void(line_h)(void *arg, const char *text);

static void dump_queue(const struct queue *queue, line_h *line, void *arg)
{
	char text[400];

	snprintf(text, sizeof(text),
		 "queue %" PRIu64 " %s policy=%s waiting=%u offered=%u "
		 "detached=%u talking=%u%s%s",
		 queue->id, usher__cstr(&queue->conf->name),
		 usher__cstr(&queue->conf->policy), queue->waiting,
		 queue->offered, queue->detached, queue->talking,
		 queue->open ? "" : " closed",
		 queue->draining ? " draining" : "");
	line(arg, text);
}

static void dump_agent(const struct agent *agent, line_h *line, void *arg)
{
	char text[400];

	snprintf(text, sizeof(text),
		 "agent %" PRIu64
		 " %s %s%s%s load=%u missed=%u idle_since=%" PRId64 "%s%s",
		 agent->id, usher__cstr(&agent->conf->name),
		 usher_enum_name(USHER_F_PRESENCE, agent->presence),
		 *agent->reason ? " " : "", agent->reason, agent->load_total,
		 agent->missed, agent->idle_since,
		 agent->pending ? " pending" : "",
		 agent->removing ? " removing" : "");
	line(arg, text);
}

static const char *const state_names[] = {"",         "running", "waiting",
					  "deciding", "offered", "dialing",
					  "talking",  "held",    "wrapup"};

static void dump_segment(const struct segment *seg, line_h *line, void *arg)
{
	char text[400];
	const char *what = "flow", *name = "";

	if (seg->kind == USHER_SEGMENT_QUEUE) {
		what = "queue";
		name = usher__queue_name(seg->q.queue);
	} else if (seg->kind == USHER_SEGMENT_AGENT) {
		what = "agent";
		name = usher__agent_name(seg->a.agent);
	} else {
		name = seg->f.flow;
	}
	snprintf(text, sizeof(text),
		 "  segment %" PRIu64 " %s %s %s since=%" PRId64, seg->id,
		 what, name, state_names[seg->state], seg->state_since);
	line(arg, text);
}

static void dump_contact(const struct usher_acd *acd,
			 const struct contact *contact, line_h *line,
			 void *arg)
{
	char text[400];

	snprintf(text, sizeof(text),
		 "contact %" PRIu64 " %s since=%" PRId64 " priority=%" PRId64
		 "%s%s",
		 contact->id, acd->kinds[contact->kind], contact->since,
		 (int64_t)contact->priority, contact->ended ? " ended" : "",
		 contact->detached_until ? " detached" : "");
	line(arg, text);
	if (contact->callback) {
		const struct callback *cb = contact->callback;

		snprintf(text, sizeof(text),
			 "  callback %s first, state %u, attempt %u, "
			 "at=%" PRId64,
			 usher_enum_name(USHER_F_FIRST, cb->conf->first),
			 cb->state, cb->attempts, cb->at);
		line(arg, text);
	}
	for (const struct segment *at = contact->segments; at; at = at->next)
		dump_segment(at, line, arg);
	for (const struct offer *at = contact->offers; at; at = at->next) {
		snprintf(text, sizeof(text),
			 "  offer %" PRIu64 " agent %s %s until=%" PRId64,
			 at->id, usher__agent_name(at->agent),
			 at->state == USHER_OFFER_RINGING ? "ringing"
							  : "accepted",
			 at->deadline);
		line(arg, text);
	}
	for (const struct retry *at = contact->retries; at; at = at->next) {
		snprintf(text, sizeof(text),
			 "  not agent %" PRIu64 " before %" PRId64, at->agent,
			 at->until);
		line(arg, text);
	}
}

void usher_acd_dump(const struct usher_acd *acd,
		    void (*line)(void *arg, const char *text), void *arg)
{
	char text[200];

	snprintf(text, sizeof(text),
		 "core seq=%" PRIu64 " time=%" PRId64 " order=%s", acd->seq,
		 acd->time, acd->order->name);
	line(arg, text);
	for (uint32_t i = 0; i < acd->queues.count; i++)
		dump_queue(acd->queues.items[i], line, arg);
	for (uint32_t i = 0; i < acd->agents.count; i++)
		dump_agent(acd->agents.items[i], line, arg);
	for (const struct contact *at = acd->first_contact; at; at = at->next)
		dump_contact(acd, at, line, arg);
}
