/* The core's events, drained after each input: into journal, figures and the
 * readers' ring, and to what the center does about them. */
#include <stdio.h>

#include <usher/store.h>

#include "center/center.h"
#include "center/hostcall.h"
#include "center/journal.h"
#include "center/reader.h"
#include "center/session.h"

static uint64_t field_u64(const struct usher_event *ev, uint32_t field)
{
	uint64_t value = 0;

	usher_event_u64(ev, field, &value);
	return value;
}

/* What offer.c reacts to. */
static bool matters(const struct usher_event *ev)
{
	switch (ev->type) {
	case USHER_EV_OFFER_MADE:
	case USHER_EV_OFFER_WITHDRAWN:
	case USHER_EV_OFFER_MISSED:
	case USHER_EV_OFFER_REJECTED:
	case USHER_EV_OFFER_FAILED:
	case USHER_EV_AGENT_JOINED:
	case USHER_EV_QUEUE_LEFT:
	case USHER_EV_STEP_TAKEN:
	case USHER_EV_CONTACT_ENDED:
	case USHER_EV_CONTACT_CLOSED:
	case USHER_EV_CALLBACK_DUE:
	case USHER_EV_CALLBACK_TURN:
	case USHER_EV_CALLBACK_MISSED:
		return ev->kind == USHER_KIND_EVENT && ev->contact;
	default:
		return false;
	}
}

/* There is room: drain() has looked. */
static void remember(struct usher_center *center, const struct usher_event *ev)
{
	struct reaction *reaction;
	const char *text;
	size_t at;

	if (!matters(ev))
		return;
	at = center->reaction_first + center->reaction_count++;
	reaction = &center->reactions[at % center->reaction_cap];
	reaction->type = ev->type;
	reaction->contact = ev->contact;
	reaction->segment = ev->segment;
	reaction->offer = field_u64(ev, USHER_F_OFFER);
	reaction->agent = field_u64(ev, USHER_F_AGENT);
	reaction->queue = field_u64(ev, USHER_F_QUEUE);
	reaction->code = 0;
	reaction->text[0] = 0;
	if (ev->type == USHER_EV_STEP_TAKEN &&
	    !usher_event_str(ev, USHER_F_TEXT, &text, NULL))
		snprintf(reaction->text, sizeof(reaction->text), "%s", text);
	if (ev->type == USHER_EV_QUEUE_LEFT)
		reaction->code = (uint32_t)field_u64(ev, USHER_F_LEAVE);
	else if (ev->type == USHER_EV_STEP_TAKEN)
		reaction->code = (uint32_t)field_u64(ev, USHER_F_ACTION);
	else if (ev->type == USHER_EV_OFFER_WITHDRAWN)
		reaction->code = (uint32_t)field_u64(ev, USHER_F_WITHDRAW);
}

static void drain(struct usher_center *center)
{
	const struct usher_event *ev;

	while (center->reaction_count < center->reaction_cap &&
	       (ev = usher_acd_next(center->acd))) {
		usher__journal_append(center, ev);
		if (ev->kind == USHER_KIND_INPUT)
			continue;
		usher_metrics_feed(center->metrics, ev);
		if (usher__evlog_add(center->log, ev))
			usher__host_log(center->host, USHER_LOG_ERROR,
					"readers miss event %llu: no memory",
					(unsigned long long)ev->seq);
		center->events_since_snapshot++;
		remember(center, ev);
	}
}

void usher__center_settle(struct usher_center *center)
{
	struct reaction reaction;

	drain(center);
	while (center->reaction_count) {
		reaction = center->reactions[center->reaction_first];
		center->reaction_first =
			(center->reaction_first + 1) % center->reaction_cap;
		center->reaction_count--;
		usher__offer_react(center, &reaction);
		drain(center);
	}
}
