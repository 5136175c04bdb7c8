/* A snapshot as JSON. Ids are strings; times and spans are microseconds;
 * figures without a meaning yet are null, never zero. */
#include <stdio.h>
#include <string.h>

#include "http/priv.h"

/* Figures that every wallboard shows; the full set is in figures_json. */
static json_t *real_or_null(int e, double value)
{
	return e ? json_null() : json_real(value);
}

static json_t *span_or_null(int e, int64_t value)
{
	return e ? json_null() : json_integer(value);
}

const char *usher__mask(const char *text, char *buf, size_t size)
{
	size_t digits = 0;
	size_t seen = 0;
	size_t used = 0;

	for (const char *p = text; *p; ++p)
		digits += *p >= '0' && *p <= '9';
	/* The first four digits tell the network, the last two the caller
	 * apart; a short internal number loses its middle too. */
	for (const char *p = text; *p && used + 4 < size; ++p) {
		bool digit = *p >= '0' && *p <= '9';

		seen += digit;
		if (digit && digits > 3 && seen > (digits > 6 ? 4u : 1u) &&
		    seen + (digits > 6 ? 2 : 1) <= digits) {
			memcpy(buf + used, "\xe2\x80\xa2", 3);
			used += 3;
		} else {
			buf[used++] = *p;
		}
	}
	buf[used] = 0;
	return buf;
}

static void add_service_levels(json_t **json,
			       const struct usher_queue_figures *f)
{
	json_t *levels = json_object();

	for (int32_t v = USHER_LEVEL_ANSWERED; v <= USHER_LEVEL_SHORT_CREDIT;
	     ++v) {
		double level = 0;
		int e = usher_figures_service_level(f, v, &level);

		usher__put(&levels, usher_service_level_name(v),
			   real_or_null(e, level));
	}
	usher__put(json, "service_level", levels);
}

static void add_queue_figures(json_t **json,
			      const struct usher_queue_figures *f)
{
	struct usher_handle_time aht = {0};
	int64_t asa = 0;
	int e;

	usher__put(json, "entered", json_integer((json_int_t)f->entered));
	usher__put(json, "answered", json_integer((json_int_t)f->answered));
	usher__put(json, "abandoned", json_integer((json_int_t)f->abandoned));
	usher__put(json, "short_abandons",
		   json_integer((json_int_t)f->short_abandons));
	usher__put(json, "flowed_out",
		   json_integer((json_int_t)f->flowed_out));
	add_service_levels(json, f);
	e = usher_figures_asa(f, &asa);
	usher__put(json, "asa_us", span_or_null(e, asa));
	e = usher_figures_aht(f, &aht);
	usher__put(json, "aht_us", span_or_null(e, aht.total_us));
	usher__put(json, "talk_us", span_or_null(e, aht.talk_us));
	usher__put(json, "hold_us", span_or_null(e, aht.hold_us));
	usher__put(json, "wrap_up_us", span_or_null(e, aht.wrapup_us));
}

json_t *usher__queue_json(const struct usher__view *view,
			  const struct usher_snapshot_queue *q)
{
	const struct usher_metrics *m = usher_snapshot_metrics(view->snapshot);
	struct usher_queue_figures f = {0};
	json_t *json;

	json = json_pack(
		"{s:o,s:s,s:s,s:s,s:i,s:i,s:i,s:i,s:I,s:o,s:I,s:b}", "id",
		usher__json_id(q->id), "name", q->name, "display", q->display,
		"policy", q->policy, "waiting", (int)q->waiting,
		"agents_serving", (int)q->agents_serving, "agents_available",
		(int)q->agents_available, "talking", (int)q->talking,
		"longest_wait_us", (json_int_t)q->longest_wait_us,
		"expected_wait_us",
		span_or_null(q->expected_wait_us < 0, q->expected_wait_us),
		"threshold_us", (json_int_t)q->service_level_ms * 1000,
		"closed", q->closed != 0);
	f.size = sizeof(f);
	if (json && m &&
	    usher_metrics_queue(m, q->id, USHER_SPAN_DAY,
				usher_snapshot_time_us(view->snapshot),
				&f) == 0)
		add_queue_figures(&json, &f);
	return json;
}

json_t *usher__agent_json(const struct usher_snapshot_agent *a)
{
	return json_pack("{s:o,s:s,s:s,s:s,s:o,s:s,s:I,s:o,s:i,s:b}", "id",
			 usher__json_id(a->id), "name", a->name, "display",
			 a->display, "presence", a->presence, "reason",
			 usher__json_text(a->reason), "activity", a->activity,
			 "since_us", (json_int_t)a->since_us, "contact",
			 a->contact ? usher__json_id(a->contact) : json_null(),
			 "load", (int)a->load, "registered",
			 a->registered != 0);
}

static const char *agent_name(const struct usher__view *view, uint64_t id)
{
	const struct usher_snapshot_agent *agents;
	size_t n = usher_snapshot_agents(view->snapshot, &agents);

	for (size_t i = 0; id && i < n; ++i)
		if (agents[i].id == id)
			return agents[i].name;
	return NULL;
}

/* Of one that is to be called back, or null. */
static json_t *callback_json(const struct usher_snapshot_contact *c)
{
	/* In the order of enum usher_callback_state. */
	static const char *const states[] = {"", "planned", "due", "dialing",
					     "turn"};

	if (!c->callback_state ||
	    c->callback_state >= sizeof(states) / sizeof(states[0]))
		return json_null();
	return json_pack("{s:s,s:s,s:i,s:o,s:I}", "state",
			 states[c->callback_state], "first",
			 c->callback_first ? "customer" : "agent", "attempts",
			 (int)c->callback_attempts, "due_us",
			 c->callback_due_us
				 ? json_integer((json_int_t)c->callback_due_us)
				 : json_null(),
			 "until_us", (json_int_t)c->callback_until_us);
}

json_t *usher__contact_json(const struct usher__view *view,
			    const struct usher_snapshot_contact *c)
{
	const char *origin = c->origin ? c->origin : "";
	const char *agent = NULL;
	bool own;
	char masked[256], slot[16];

	if (view->own_agent)
		agent = agent_name(view, c->agent);
	own = agent && strcmp(view->own_agent, agent) == 0;
	if (view->mask && !own)
		origin = usher__mask(origin, masked, sizeof(masked));
	if (c->slot)
		snprintf(slot, sizeof(slot), "%u", c->slot);
	return json_pack(
		"{s:o,s:s,s:o,s:o,s:s,s:s?,s:o,s:o,s:i,s:i,s:I,s:I,s:o}", "id",
		usher__json_id(c->id), "channel", c->channel, "origin",
		usher__json_text(origin), "entry",
		usher__json_text(c->entry ? c->entry : ""), "state", c->state,
		"slot", c->slot ? slot : NULL, "queue",
		c->queue ? usher__json_id(c->queue) : json_null(), "agent",
		c->agent ? usher__json_id(c->agent) : json_null(), "position",
		(int)c->position, "priority", (int)c->priority, "created_us",
		(json_int_t)c->created_us, "since_us", (json_int_t)c->since_us,
		"callback", callback_json(c));
}

static json_t *entries_json(const struct usher__view *view)
{
	json_t *list = json_array();

	for (size_t i = 0; view->facts && i < view->facts->entry_count; ++i)
		usher__add(&list,
			   json_pack("{s:s,s:s}", "address",
				     view->facts->entries[i].address, "starts",
				     view->facts->entries[i].flow));
	return list;
}

static json_t *total_json(const struct usher__view *view, int32_t span)
{
	const struct usher_metrics *m = usher_snapshot_metrics(view->snapshot);
	struct usher_queue_figures f = {0};
	json_t *json = json_object();

	f.size = sizeof(f);
	if (m && usher_metrics_total(m, span,
				     usher_snapshot_time_us(view->snapshot),
				     &f) == 0)
		add_queue_figures(&json, &f);
	return json;
}

json_t *usher__state_json(const struct usher__view *view)
{
	const struct usher_snapshot_queue *queues;
	const struct usher_snapshot_agent *agents;
	const struct usher_snapshot_contact *contacts;
	size_t n;
	json_t *q = json_array();
	json_t *a = json_array();
	json_t *c = json_array();

	n = usher_snapshot_queues(view->snapshot, &queues);
	for (size_t i = 0; i < n; ++i)
		usher__add(&q, usher__queue_json(view, &queues[i]));
	n = usher_snapshot_agents(view->snapshot, &agents);
	for (size_t i = 0; i < n; ++i)
		usher__add(&a, usher__agent_json(&agents[i]));
	n = usher_snapshot_contacts(view->snapshot, &contacts);
	for (size_t i = 0; i < n && i < USHER__HTTP_CONTACTS_MAX; ++i)
		usher__add(&c, usher__contact_json(view, &contacts[i]));
	return json_pack("{s:s,s:o,s:I,s:I,s:o,s:o,s:o,s:o,s:o}", "center",
			 view->tenant->name, "seq",
			 usher__json_id(usher_snapshot_seq(view->snapshot)),
			 "time_us",
			 (json_int_t)usher_snapshot_time_us(view->snapshot),
			 "contact_count", (json_int_t)n, "queues", q, "agents",
			 a, "contacts", c, "entries", entries_json(view),
			 "total", total_json(view, USHER_SPAN_DAY));
}

static void add_agent_row(json_t **list, const struct usher__view *view,
			  const struct usher_snapshot_agent *a, int32_t span)
{
	const struct usher_metrics *m = usher_snapshot_metrics(view->snapshot);
	struct usher_agent_figures f = {0};
	struct usher_handle_time aht = {0};
	double occupancy = 0;
	json_t *json;
	int e;

	f.size = sizeof(f);
	/* Nobody's yet: there is no row. */
	if (!m ||
	    usher_metrics_agent(m, a->id, span,
				usher_snapshot_time_us(view->snapshot), &f))
		return;
	json = json_pack(
		"{s:o,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "id",
		usher__json_id(a->id), "name", a->name, "offers",
		(json_int_t)f.offers, "rejected", (json_int_t)f.rejected,
		"missed", (json_int_t)f.missed, "connected",
		(json_int_t)f.connected, "handled", (json_int_t)f.handled,
		"occupied_us", (json_int_t)f.occupied_us, "ringing_us",
		(json_int_t)f.ringing_us, "available_us",
		(json_int_t)f.available_us, "paused_us",
		(json_int_t)f.paused_us);
	e = usher_figures_agent_aht(&f, &aht);
	usher__put(&json, "aht_us", span_or_null(e, aht.total_us));
	usher__put(&json, "talk_us", span_or_null(e, aht.talk_us));
	usher__put(&json, "hold_us", span_or_null(e, aht.hold_us));
	usher__put(&json, "wrap_up_us", span_or_null(e, aht.wrapup_us));
	e = usher_figures_occupancy(&f, &occupancy);
	usher__put(&json, "occupancy", real_or_null(e, occupancy));
	usher__add(list, json);
}

static void add_queue_row(json_t **list, const struct usher__view *view,
			  const struct usher_snapshot_queue *q, int32_t span)
{
	const struct usher_metrics *m = usher_snapshot_metrics(view->snapshot);
	struct usher_queue_figures f = {0};
	json_t *json;

	f.size = sizeof(f);
	if (!m ||
	    usher_metrics_queue(m, q->id, span,
				usher_snapshot_time_us(view->snapshot), &f))
		return;
	json = json_pack("{s:o,s:s,s:I,s:I,s:I}", "id", usher__json_id(q->id),
			 "name", q->name, "carried", (json_int_t)f.carried,
			 "waiting", (json_int_t)f.waiting, "longest_wait_us",
			 (json_int_t)f.longest_wait_us);
	add_queue_figures(&json, &f);
	usher__add(list, json);
}

json_t *usher__figures_json(const struct usher__view *view, int32_t span)
{
	const struct usher_snapshot_queue *queues;
	const struct usher_snapshot_agent *agents;
	size_t n;
	json_t *q = json_array();
	json_t *a = json_array();

	n = usher_snapshot_queues(view->snapshot, &queues);
	for (size_t i = 0; i < n; ++i)
		add_queue_row(&q, view, &queues[i], span);
	n = usher_snapshot_agents(view->snapshot, &agents);
	for (size_t i = 0; i < n; ++i)
		if (!view->own_agent ||
		    strcmp(view->own_agent, agents[i].name) == 0)
			add_agent_row(&a, view, &agents[i], span);
	return json_pack(
		"{s:s,s:s,s:I,s:o,s:o,s:o}", "center", view->tenant->name,
		"span", span == USHER_SPAN_DAY ? "day" : "interval", "time_us",
		(json_int_t)usher_snapshot_time_us(view->snapshot), "queues",
		q, "agents", a, "total", total_json(view, span));
}
