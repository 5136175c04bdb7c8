/* The rows of each event. Nothing is looked up outside the event and the
 * rows themselves, so that the same journal gives the same tables. */
#include <stdlib.h>
#include <string.h>

#include "project.h"

static const char *const row_sql[ROW_COUNT] = {
	[ROW_EVENT] = "INSERT OR REPLACE INTO event VALUES (?,?,?,?,?,?)",
	[ROW_CONTACT_START] =
		"INSERT OR REPLACE INTO contact (id, begin_us, channel, "
		"direction, entry, customer, address, priority) "
		"VALUES (?,?,?,?,?,?,?,?)",
	[ROW_CONTACT_CHANGE] =
		"UPDATE contact SET customer=?2, priority=?3 WHERE id=?1",
	[ROW_CONTACT_END] =
		"UPDATE contact SET end_us=?2, outcome=?3 WHERE id=?1",
	[ROW_CONTACT_CLOSE] = "UPDATE contact SET closed_us=?2 WHERE id=?1",
	[ROW_CONTACT_STAY] = "UPDATE contact SET segments=segments+1,"
			     " queue=CASE ?2 WHEN 0 THEN queue ELSE ?2 END,"
			     " agent=CASE ?3 WHEN 0 THEN agent ELSE ?3 END,"
			     " answered_us=CASE WHEN ?3 <> 0 AND answered_us=0"
			     " THEN ?4 ELSE answered_us END WHERE id=?1",
	[ROW_CONTACT_WAITED] =
		"UPDATE contact SET wait_us=wait_us+?2 WHERE id=?1",
	[ROW_CONTACT_SERVED] =
		"UPDATE contact SET talk_us=talk_us+?2, hold_us=hold_us+?3,"
		" wrapup_us=wrapup_us+?4 WHERE id=?1",
	[ROW_SEGMENT_START] =
		"INSERT INTO segment (id, contact, kind, begin_us, flow, "
		"queue, agent) VALUES (?1,?2,?3,?4,?5,?6,?7) "
		"ON CONFLICT (id) DO UPDATE SET end_us=0",
	[ROW_SEGMENT_END] =
		"UPDATE segment SET end_us=?2, outcome=?3,"
		" wait_us=wait_us+?4, talk_us=?5, hold_us=?6, wrapup_us=?7,"
		" disposition=CASE ?8 WHEN '' THEN disposition ELSE ?8 END,"
		" agent=CASE agent WHEN 0 THEN ?9 ELSE agent END WHERE id=?1",
	[ROW_SEGMENT_RING] =
		"UPDATE segment SET ring_us=ring_us+?2 WHERE id=?1",
	[ROW_SEGMENT_DISPOSITION] =
		"UPDATE segment SET disposition=?2 WHERE id=?1",
	[ROW_QUEUE] = "INSERT INTO queue (id, name) VALUES (?1,?2) "
		      "ON CONFLICT (id) DO UPDATE SET name=?2, removed_us=0",
	[ROW_QUEUE_REMOVED] = "UPDATE queue SET removed_us=?2 WHERE id=?1",
	[ROW_AGENT] = "INSERT INTO agent (id, name) VALUES (?1,?2) "
		      "ON CONFLICT (id) DO UPDATE SET name=?2, removed_us=0",
	[ROW_AGENT_REMOVED] = "UPDATE agent SET removed_us=?2 WHERE id=?1",
	[ROW_SESSION_CHANGE] =
		"UPDATE agent_session SET"
		" ready_us=ready_us+CASE presence WHEN 'ready'"
		" THEN ?2-since_us ELSE 0 END,"
		" paused_us=paused_us+CASE presence WHEN 'paused'"
		" THEN ?2-since_us ELSE 0 END,"
		" pauses=pauses+(?3='paused'),"
		" presence=?3, reason=?4, since_us=?2,"
		" end_us=CASE ?3 WHEN 'signed_out' THEN ?2 ELSE 0 END"
		" WHERE agent=?1 AND end_us=0",
	[ROW_SESSION_START] =
		"INSERT INTO agent_session (id, agent, begin_us, since_us, "
		"presence, reason, pauses) "
		"VALUES (?1,?2,?3,?3,?4,?5,?4='paused')",
	[ROW_SESSION_SERVED] = "UPDATE agent_session SET handled=handled+1 "
			       "WHERE agent=?1 AND end_us=0",
	[ROW_INTERVAL_QUEUE] =
		"INSERT OR REPLACE INTO interval (begin_us, queue, agent, "
		"carried, entered, answered, abandoned, flowed_out, "
		"answered_within, abandoned_within, short_abandons, handled, "
		"wait_us, talk_us, hold_us, wrapup_us) "
		"VALUES (?,?,0,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[ROW_INTERVAL_AGENT] =
		"INSERT OR REPLACE INTO interval (begin_us, queue, agent, "
		"offers, rejected, missed, answered, handled, talk_us, "
		"hold_us, wrapup_us, occupied_us, ringing_us, available_us, "
		"paused_us) VALUES (?,0,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[ROW_PERSON_CONTACT] =
		"UPDATE person SET contact=?2, customer=CASE customer"
		" WHEN '' THEN ?3 ELSE customer END"
		" WHERE id=?1 AND contact=0",
	[ROW_PERSON_CUSTOMER] = "UPDATE person SET customer=?2 "
				"WHERE contact=?1 AND customer=''",
};

static sqlite3 *row_db(struct projection *p, int which)
{
	return which >= ROW_PERSON_CONTACT ? p->store->his->personal : p->db;
}

int usher__rows_open(struct projection *p, struct usher_error *err)
{
	int rc = 0;

	for (int i = 0; i < ROW_COUNT && !rc; i++)
		rc = usher__sql_prepare(row_db(p, i), &p->rows[i], row_sql[i],
					err);
	return rc;
}

void usher__rows_close(struct projection *p)
{
	for (int i = 0; i < ROW_COUNT; i++)
		sqlite3_finalize(p->rows[i]);
}

sqlite3_stmt *usher__row(struct projection *p, enum row_stmt which)
{
	sqlite3_clear_bindings(p->rows[which]);
	return p->rows[which];
}

static sqlite3_int64 number(const struct usher_event *ev, uint32_t field)
{
	uint64_t value = 0;
	int64_t span = 0;

	if (!usher_event_u64(ev, field, &value))
		return (sqlite3_int64)value;
	usher_event_i64(ev, field, &span);
	return span;
}

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
	sqlite3_bind_text(s, at, text ? text : "", -1, SQLITE_TRANSIENT);
}

static void bind_field(sqlite3_stmt *s, int at, const struct usher_event *ev,
		       uint32_t field)
{
	const char *text = "";

	usher_event_str(ev, field, &text, NULL);
	bind_text(s, at, text);
}

static void bind_enum(sqlite3_stmt *s, int at, const struct usher_event *ev,
		      uint32_t field)
{
	bind_text(s, at, usher_enum_name(field, (uint32_t)number(ev, field)));
}

static void bind_id(sqlite3_stmt *s, int at, uint64_t id)
{
	sqlite3_bind_int64(s, at, (sqlite3_int64)id);
}

static int write_event(struct projection *p, const struct usher_event *ev,
		       struct usher_error *err)
{
	sqlite3_stmt *s = usher__row(p, ROW_EVENT);
	const char *type = usher_event_type_name(ev->type);
	size_t len = 0;
	int rc = usher_event_json(ev, p->json, p->json_cap, &len);

	if (rc == USHER_EFULL) {
		char *grown = realloc(p->json, 2 * len);

		if (!grown)
			return USHER_ENOMEM;
		p->json = grown;
		p->json_cap = 2 * len;
		rc = usher_event_json(ev, p->json, p->json_cap, &len);
	}
	if (rc)
		return usher_error_set(err, rc, "an event has no JSON form");
	bind_id(s, 1, ev->seq);
	sqlite3_bind_int64(s, 2, ev->time_us);
	bind_text(s, 3, type);
	bind_id(s, 4, ev->contact);
	bind_id(s, 5, ev->segment);
	sqlite3_bind_text(s, 6, p->json, (int)len, SQLITE_STATIC);
	return usher__sql_run(s, err);
}

/* The caller's number and the like stand in personal.db; an event says
 * "p:" and the id. */
static uint64_t person_of(const struct usher_event *ev, uint32_t field)
{
	const char *text = "";

	usher_event_str(ev, field, &text, NULL);
	return strncmp(text, "p:", 2) ? 0 : strtoull(text + 2, NULL, 10);
}

/* Whoever erases a contact's data finds what was put before the contact had
 * an id, and a customer's what was put before they were known. */
static int person_update(struct projection *p, enum row_stmt which,
			 uint64_t id, const struct usher_event *ev,
			 struct usher_error *err)
{
	sqlite3_stmt *s = usher__row(p, which);
	int rc = 0;

	if (!p->person_open)
		rc = usher__sql_exec(p->store->his->personal,
				     "BEGIN IMMEDIATE", err);
	if (rc)
		return rc;
	p->person_open = true;
	bind_id(s, 1, id);
	if (which == ROW_PERSON_CONTACT)
		bind_id(s, 2, ev->contact);
	bind_field(s, which == ROW_PERSON_CONTACT ? 3 : 2, ev,
		   USHER_F_CUSTOMER);
	return usher__sql_run(s, err);
}

static int contact_start(struct projection *p, const struct usher_event *ev,
			 struct usher_error *err)
{
	sqlite3_stmt *s = usher__row(p, ROW_CONTACT_START);
	uint64_t person = person_of(ev, USHER_F_ORIGIN);
	int rc;

	bind_id(s, 1, ev->contact);
	sqlite3_bind_int64(s, 2, ev->time_us);
	bind_field(s, 3, ev, USHER_F_CHANNEL);
	bind_enum(s, 4, ev, USHER_F_DIRECTION);
	bind_field(s, 5, ev, USHER_F_ENTRY);
	bind_field(s, 6, ev, USHER_F_CUSTOMER);
	bind_id(s, 7, person);
	sqlite3_bind_int64(s, 8, number(ev, USHER_F_PRIORITY));
	rc = usher__sql_run(s, err);
	if (!rc && person)
		rc = person_update(p, ROW_PERSON_CONTACT, person, ev, err);
	return rc;
}

static int contact_change(struct projection *p, const struct usher_event *ev,
			  struct usher_error *err)
{
	sqlite3_stmt *s = usher__row(p, ROW_CONTACT_CHANGE);
	const char *customer = "";
	int rc;

	usher_event_str(ev, USHER_F_CUSTOMER, &customer, NULL);
	bind_id(s, 1, ev->contact);
	bind_text(s, 2, customer);
	sqlite3_bind_int64(s, 3, number(ev, USHER_F_PRIORITY));
	rc = usher__sql_run(s, err);
	if (!rc && *customer)
		rc = person_update(p, ROW_PERSON_CUSTOMER, ev->contact, ev,
				   err);
	return rc;
}

static int segment_start(struct projection *p, const struct usher_event *ev,
			 const char *kind, struct usher_error *err)
{
	sqlite3_stmt *s = usher__row(p, ROW_SEGMENT_START);
	sqlite3_int64 agent = number(ev, USHER_F_AGENT);
	int rc;

	bind_id(s, 1, ev->segment);
	bind_id(s, 2, ev->contact);
	bind_text(s, 3, kind);
	sqlite3_bind_int64(s, 4, ev->time_us);
	bind_field(s, 5, ev, USHER_F_FLOW);
	sqlite3_bind_int64(s, 6, number(ev, USHER_F_QUEUE));
	sqlite3_bind_int64(s, 7, agent);
	rc = usher__sql_run(s, err);
	if (rc)
		return rc;
	s = usher__row(p, ROW_CONTACT_STAY);
	bind_id(s, 1, ev->contact);
	sqlite3_bind_int64(s, 2, number(ev, USHER_F_QUEUE));
	sqlite3_bind_int64(s, 3, agent);
	sqlite3_bind_int64(s, 4, ev->time_us);
	return usher__sql_run(s, err);
}

static int segment_end(struct projection *p, const struct usher_event *ev,
		       struct usher_error *err)
{
	sqlite3_stmt *s = usher__row(p, ROW_SEGMENT_END);
	int rc;

	bind_id(s, 1, ev->segment);
	sqlite3_bind_int64(s, 2, ev->time_us);
	if (ev->type == USHER_EV_QUEUE_LEFT)
		bind_enum(s, 3, ev, USHER_F_LEAVE);
	else
		bind_field(s, 3, ev, USHER_F_REASON);
	sqlite3_bind_int64(s, 4, number(ev, USHER_F_WAIT));
	sqlite3_bind_int64(s, 5, number(ev, USHER_F_TALK));
	sqlite3_bind_int64(s, 6, number(ev, USHER_F_HOLD));
	sqlite3_bind_int64(s, 7, number(ev, USHER_F_WRAPUP));
	bind_field(s, 8, ev, USHER_F_DISPOSITION);
	sqlite3_bind_int64(s, 9, number(ev, USHER_F_AGENT));
	rc = usher__sql_run(s, err);
	if (rc || ev->type == USHER_EV_FLOW_LEFT)
		return rc;
	if (ev->type == USHER_EV_QUEUE_LEFT) {
		s = usher__row(p, ROW_CONTACT_WAITED);
		bind_id(s, 1, ev->contact);
		sqlite3_bind_int64(s, 2, number(ev, USHER_F_WAIT));
		return usher__sql_run(s, err);
	}
	s = usher__row(p, ROW_CONTACT_SERVED);
	bind_id(s, 1, ev->contact);
	sqlite3_bind_int64(s, 2, number(ev, USHER_F_TALK));
	sqlite3_bind_int64(s, 3, number(ev, USHER_F_HOLD));
	sqlite3_bind_int64(s, 4, number(ev, USHER_F_WRAPUP));
	rc = usher__sql_run(s, err);
	if (rc)
		return rc;
	s = usher__row(p, ROW_SESSION_SERVED);
	sqlite3_bind_int64(s, 1, number(ev, USHER_F_AGENT));
	return usher__sql_run(s, err);
}

static int session_change(struct projection *p, const struct usher_event *ev,
			  uint32_t presence, struct usher_error *err)
{
	const char *name = usher_enum_name(USHER_F_PRESENCE, presence);
	sqlite3_stmt *s = usher__row(p, ROW_SESSION_CHANGE);
	int rc;

	sqlite3_bind_int64(s, 1, number(ev, USHER_F_AGENT));
	sqlite3_bind_int64(s, 2, ev->time_us);
	bind_text(s, 3, name);
	bind_field(s, 4, ev, USHER_F_REASON);
	rc = usher__sql_run(s, err);
	if (rc || presence == USHER_SIGNED_OUT || sqlite3_changes(p->db))
		return rc;
	s = usher__row(p, ROW_SESSION_START);
	bind_id(s, 1, ev->seq);
	sqlite3_bind_int64(s, 2, number(ev, USHER_F_AGENT));
	sqlite3_bind_int64(s, 3, ev->time_us);
	bind_text(s, 4, name);
	bind_field(s, 5, ev, USHER_F_REASON);
	return usher__sql_run(s, err);
}

/* A statement of an id, a number and a text, in that order. */
static int write_simple(struct projection *p, enum row_stmt which, uint64_t id,
			const struct usher_event *ev, uint32_t span,
			uint32_t text, struct usher_error *err)
{
	sqlite3_stmt *s = usher__row(p, which);
	int at = 2;

	bind_id(s, 1, id);
	if (span)
		sqlite3_bind_int64(s, at++, number(ev, span));
	else if (which != ROW_QUEUE && which != ROW_AGENT &&
		 which != ROW_SEGMENT_DISPOSITION)
		sqlite3_bind_int64(s, at++, ev->time_us);
	if (text)
		bind_field(s, at, ev, text);
	return usher__sql_run(s, err);
}

int usher__rows_write(struct projection *p, const struct usher_event *ev,
		      struct usher_error *err)
{
	uint64_t queue = (uint64_t)number(ev, USHER_F_QUEUE);
	uint64_t agent = (uint64_t)number(ev, USHER_F_AGENT);
	int rc = write_event(p, ev, err);

	if (rc)
		return rc;
	switch (ev->type) {
	case USHER_EV_QUEUE_SET:
		return write_simple(p, ROW_QUEUE, queue, ev, 0, USHER_F_NAME,
				    err);
	case USHER_EV_QUEUE_REMOVED:
		return write_simple(p, ROW_QUEUE_REMOVED, queue, ev, 0, 0,
				    err);
	case USHER_EV_AGENT_SET:
		return write_simple(p, ROW_AGENT, agent, ev, 0, USHER_F_NAME,
				    err);
	case USHER_EV_AGENT_REMOVED:
		rc = session_change(p, ev, USHER_SIGNED_OUT, err);
		return rc ? rc
			  : write_simple(p, ROW_AGENT_REMOVED, agent, ev, 0, 0,
					 err);
	case USHER_EV_AGENT_PRESENCE:
		return session_change(
			p, ev, (uint32_t)number(ev, USHER_F_PRESENCE), err);
	case USHER_EV_CONTACT_STARTED:
		return contact_start(p, ev, err);
	case USHER_EV_CONTACT_CHANGED:
		return contact_change(p, ev, err);
	case USHER_EV_CONTACT_ENDED:
		return write_simple(p, ROW_CONTACT_END, ev->contact, ev, 0,
				    USHER_F_REASON, err);
	case USHER_EV_CONTACT_CLOSED:
		return write_simple(p, ROW_CONTACT_CLOSE, ev->contact, ev, 0,
				    0, err);
	case USHER_EV_FLOW_ENTERED:
		return segment_start(p, ev, "flow", err);
	case USHER_EV_QUEUE_ENTERED:
		return segment_start(p, ev, "queue", err);
	case USHER_EV_AGENT_JOINED:
		return segment_start(p, ev, "agent", err);
	case USHER_EV_FLOW_LEFT:
	case USHER_EV_QUEUE_LEFT:
	case USHER_EV_AGENT_LEFT:
		return segment_end(p, ev, err);
	case USHER_EV_OFFER_ACCEPTED:
	case USHER_EV_OFFER_REJECTED:
	case USHER_EV_OFFER_MISSED:
	case USHER_EV_OFFER_WITHDRAWN:
		return write_simple(p, ROW_SEGMENT_RING, ev->segment, ev,
				    USHER_F_RING, 0, err);
	case USHER_EV_DISPOSITION_SET:
		return write_simple(p, ROW_SEGMENT_DISPOSITION, ev->segment,
				    ev, 0, USHER_F_DISPOSITION, err);
	default:
		return 0;
	}
}
