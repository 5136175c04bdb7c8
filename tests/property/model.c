/* The naive account: who and what there is, and each event applied as
 * docs/events.md words it. */
#include <stdio.h>
#include <string.h>

#include "fold.h"

const char *const kind_names[KINDS] = {"voice", "chat"};

#define FIND(what, from)                                                      \
	for (size_t i = (from); i < m->what##_count; i++)                     \
		if (m->what##s[i].id == id && !m->what##s[i].gone)            \
			return &m->what##s[i];                                \
	return NULL

struct m_agent *model_agent(struct model *m, uint64_t id)
{
	FIND(agent, 0);
}

struct m_queue *model_queue(struct model *m, uint64_t id)
{
	FIND(queue, 0);
}

struct m_contact *model_contact(struct model *m, uint64_t id)
{
	FIND(contact, m->contact_first);
}

struct m_segment *model_segment(struct model *m, uint64_t id)
{
	FIND(segment, m->segment_first);
}

struct m_offer *model_offer(struct model *m, uint64_t id)
{
	FIND(offer, m->offer_first);
}

uint64_t event_u64(const struct usher_event *ev, uint32_t field)
{
	uint64_t v = 0;

	return usher_event_u64(ev, field, &v) ? 0 : v;
}

int64_t event_i64(const struct usher_event *ev, uint32_t field)
{
	int64_t v = 0;

	return usher_event_i64(ev, field, &v) ? 0 : v;
}

void event_text(const struct usher_event *ev, uint32_t field, char *to,
		size_t size)
{
	const char *s = "";

	if (usher_event_str(ev, field, &s, NULL))
		s = "";
	snprintf(to, size, "%s", s);
}

int model_kind(const char *name)
{
	for (int i = 0; i < KINDS; i++)
		if (!strcmp(name, kind_names[i]))
			return i;
	return -1;
}

void model_agent_rests(struct model *m, uint64_t id)
{
	struct m_agent *agent = model_agent(m, id);

	if (agent)
		agent->idle_since = m->now;
}

void event_attrs(const struct usher_event *ev, double *number_of,
		 const char *number_name, char *language, size_t size)
{
	struct usher_attr attr;

	*number_of = -1;
	if (language)
		language[0] = 0;
	for (size_t i = 0; !usher_event_attr_at(ev, USHER_F_ATTRS, i, &attr);
	     i++) {
		if (!strcmp(attr.name, number_name))
			*number_of = attr.number;
		else if (language && !strcmp(attr.name, "language"))
			snprintf(language, size, "%s", attr.text);
	}
}

const struct m_option *option_find(const struct m_options *o, const char *name)
{
	for (size_t i = 0; i < o->count; i++)
		if (!strcmp(o->list[i].name, name))
			return &o->list[i];
	return NULL;
}

double option_number(const struct m_options *o, const char *name,
		     double standard)
{
	const struct m_option *found = option_find(o, name);

	return found && !found->is_text ? found->number : standard;
}

void event_options(const struct usher_event *ev, uint32_t field,
		   struct m_options *o)
{
	struct usher_attr attr;

	memset(o, 0, sizeof(*o));
	while (o->count < OPTIONS_MAX &&
	       !usher_event_attr_at(ev, field, o->count, &attr)) {
		struct m_option *to = &o->list[o->count++];

		snprintf(to->name, sizeof(to->name), "%s", attr.name);
		to->is_text = attr.type == USHER_ATTR_TEXT;
		to->number = attr.number;
		snprintf(to->text, sizeof(to->text), "%s",
			 to->is_text ? attr.text : "");
	}
}

void model_await_over(struct model *m, uint64_t agent, uint64_t contact,
		      uint64_t queue, int64_t now)
{
	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		struct m_segment *s = &m->segments[i];

		if (s->gone || !s->awaits || s->not_before <= now ||
		    (agent && s->awaits != agent) ||
		    (contact && s->contact != contact) ||
		    (queue && s->queue != queue))
			continue;
		s->awaits = 0;
		s->not_before = 0;
	}
}

static bool log_event(struct model *m, const struct usher_event *ev)
{
	struct m_log *l;

	if (m->log_count == LOG_MAX)
		return false;
	l = &m->log[m->log_count++];
	l->type = ev->type;
	l->time = ev->time_us;
	l->contact = ev->contact;
	l->segment = ev->segment;
	l->queue = event_u64(ev, USHER_F_QUEUE);
	l->agent = event_u64(ev, USHER_F_AGENT);
	l->value = 0;
	if (ev->type == USHER_EV_QUEUE_LEFT)
		l->value = (uint32_t)event_u64(ev, USHER_F_LEAVE);
	else if (ev->type == USHER_EV_AGENT_PRESENCE)
		l->value = (uint32_t)event_u64(ev, USHER_F_PRESENCE);
	else if (ev->type == USHER_EV_AGENT_JOINED)
		l->value = (uint32_t)event_u64(ev, USHER_F_DIALING);
	l->talk = event_i64(ev, USHER_F_TALK);
	l->hold = event_i64(ev, USHER_F_HOLD);
	l->wrapup = event_i64(ev, USHER_F_WRAPUP);
	l->target = event_i64(ev, USHER_F_TARGET);
	l->short_wait = event_i64(ev, USHER_F_SHORT);
	return true;
}

static void advance_firsts(struct model *m)
{
	while (m->contact_first < m->contact_count &&
	       m->contacts[m->contact_first].gone)
		m->contact_first++;
	while (m->segment_first < m->segment_count &&
	       m->segments[m->segment_first].gone)
		m->segment_first++;
	while (m->offer_first < m->offer_count &&
	       m->offers[m->offer_first].gone)
		m->offer_first++;
}

bool model_fold(struct model *m, const struct usher_event *ev,
		const char **why)
{
	bool ok = true;

	*why = "time or sequence does not go on by one";
	if (ev->seq != m->seq + 1 || ev->time_us < m->now)
		return false;
	m->seq = ev->seq;
	m->last = ev->time_us;
	m->now = ev->time_us;
	*why = "the event does not fit what came before it";
	if (model_is_step(ev->type))
		ok = model_fold_step(m, ev);
	else if (ev->type < USHER_EV_CONTACT_STARTED)
		ok = model_fold_config(m, ev);
	else if (ev->type < USHER_EV_FLOW_ENTERED)
		ok = model_fold_contact(m, ev);
	else if (ev->type < USHER_EV_OFFER_MADE)
		ok = model_fold_segment(m, ev);
	else if (ev->type < USHER_EV_AGENT_JOINED)
		ok = model_fold_offer(m, ev);
	else if (ev->type <= USHER_EV_COLLECTING)
		ok = model_fold_segment(m, ev);
	else if (ev->type == USHER_EV_NOBODY)
		ok = true;
	else if (ev->type <= USHER_EV_CALLBACK_TURN)
		ok = model_fold_callback(m, ev);
	advance_firsts(m);
	return ok && log_event(m, ev);
}
