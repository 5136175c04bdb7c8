/* The inbox and the turn. */
#include <stdlib.h>
#include <string.h>

#include <usher/store.h>

#include "center/center.h"
#include "sip/loop.h"

/* Reactions of one turn; more wait for the next one. */
#define REACTIONS_MAX 200000u
/* How soon to ask a full store again. */
#define BACKLOG_RETRY_US 100000
/* Core events between two snapshots. */
#define SNAPSHOT_EVENTS 100000u

static void on_bell(void *arg)
{
	usher__center_turn(arg);
}

/* Under the lock. */
static void ring(struct usher_center *center)
{
	if (center->bell)
		return;
	center->bell = !usher__loop_post(center->host->loop, on_bell, center);
}

void usher__center_ring_bell(struct usher_center *center)
{
	pthread_mutex_lock(&center->lock);
	ring(center);
	pthread_mutex_unlock(&center->lock);
}

int usher__center_post(struct usher_center *center, struct mail *mail)
{
	int err = 0;

	pthread_mutex_lock(&center->lock);
	if (!center->open) {
		err = USHER_ECLOSED;
	} else if (center->inbox_count >= USHER__INBOX_MAX) {
		err = USHER_EAGAIN;
	} else {
		mail->next = NULL;
		*center->mails_tail = mail;
		center->mails_tail = &mail->next;
		center->inbox_count++;
		ring(center);
	}
	pthread_mutex_unlock(&center->lock);
	return err;
}

int usher__center_report(void *arg, struct usher__report *report)
{
	struct usher_center *center = arg;
	int err = 0;

	pthread_mutex_lock(&center->lock);
	if (!center->open ||
	    (center->stopping && report->type == USHER__ARRIVED)) {
		err = USHER_ECLOSED;
	} else if (center->inbox_count >= USHER__INBOX_MAX &&
		   report->type == USHER__ARRIVED) {
		/* Newcomers are turned away; what is said of those who are
		 * here is bounded by their number and is never dropped. */
		err = USHER_EFULL;
	} else {
		report->next = NULL;
		*center->reports_tail = report;
		center->reports_tail = &report->next;
		center->inbox_count++;
		ring(center);
	}
	pthread_mutex_unlock(&center->lock);
	if (err)
		free(report);
	return err;
}

uint64_t usher__center_leg(void *arg)
{
	struct usher_center *center = arg;

	if (atomic_load(&center->party_count) >= USHER__PARTIES_MAX)
		return 0;
	return (uint64_t)center->opts.node << 48 |
	       (atomic_fetch_add(&center->last_leg, 1) + 1);
}

int usher__center_open(void *arg)
{
	struct usher_center *center = arg;
	bool open;

	if (usher__host_alive(center->host))
		return USHER_EFORK;
	pthread_mutex_lock(&center->lock);
	open = center->open;
	pthread_mutex_unlock(&center->lock);
	return open ? 0 : USHER_ECLOSED;
}

static void on_ended(struct usher_center *center, struct party *party,
		     int reason)
{
	struct session *session = party->session;
	enum party_role role = party->role;
	uint64_t offer;

	usher__party_note(center, USHER_EV_LEG_ENDED, party, reason);
	if (role == PARTY_FEATURE || !session || center->stopping) {
		usher__party_free(center, party);
		return;
	}
	if (session->customer == party) {
		party->ending = true;
		usher__session_customer_gone(
			center, session,
			reason == USHER_LEG_LOST ? "lost" : "hangup");
		usher__party_free(center, party);
	} else if (session->agent == party) {
		session->agent = NULL;
		usher__party_free(center, party);
		usher__session_agent_gone(center, session, "hangup");
	} else if (party->up && party->offer && !party->ending) {
		/* Answered, and gone before the two were joined. */
		offer = party->offer;
		usher__party_free(center, party);
		usher_acd_connect_failed(center->acd, center->now_us, offer,
					 "hangup");
	} else if (party->ending || party->up) {
		usher__party_free(center, party);
	} else if (party->offer) {
		usher__offer_unanswered(center, party, reason);
	} else {
		usher__party_free(center, party);
		usher__transfer_failed(center, session,
				       reason == USHER_LEG_BUSY ? "busy"
				       : reason == USHER_LEG_NO_ANSWER
					       ? "noanswer"
					       : "failed");
	}
}

static void on_answered(struct usher_center *center, struct party *party)
{
	if (party->up || party->ending)
		return;
	party->up = true;
	usher__party_note(center, USHER_EV_LEG_ANSWERED, party, 0);
	if (party->offer)
		usher__offer_answered(center, party);
	else if (party->session)
		usher__transfer_answered(center, party);
}

/* Who waits on the line for this phone hears that it rings. */
static void on_ringing(struct usher_center *center, struct party *party)
{
	struct session *session = party->session;
	struct party *waits;

	usher__party_note(center, USHER_EV_LEG_RINGING, party, 0);
	if (!session || !session->direct)
		return;
	waits = party == session->customer ? session->agent
					   : session->customer;
	if (waits && waits != party && !waits->up)
		usher__output(center, VERB_PROGRESS, waits);
}

static void on_held(struct usher_center *center, struct party *party,
		    bool held)
{
	struct session *session = party->session;

	party->on_hold = held;
	if (!session || session->agent != party ||
	    session->state != SESSION_TALKING)
		return;
	if (held)
		usher_acd_hold(center->acd, center->now_us,
			       session->agent_segment);
	else
		usher_acd_resume(center->acd, center->now_us,
				 session->agent_segment);
	if (!session->customer)
		return;
	if (held)
		usher__session_music(center, session);
	else
		usher__party_quiet(center, session->customer);
}

static void on_input(struct usher_center *center, struct party *party,
		     const struct usher__report *report)
{
	const char digit[2] = {(char)report->code, 0};
	struct session *session = party->session;

	if (party->role == PARTY_FEATURE) {
		if (report->type == USHER__DIGIT)
			usher__feature_digit(center, party, digit[0]);
		return;
	}
	if (!session || session->customer != party)
		return;
	if (report->type == USHER__DIGIT)
		usher__flow_feed(center, session, USHER_IVR_DIGIT, 0, digit);
	else {
		usher__message_note(
			center, session, USHER_IN,
			session->ivr && usher_ivr_hides(session->ivr,
							USHER_IVR_TEXT)
				? "***"
				: report->text);
		usher__flow_feed(center, session, USHER_IVR_TEXT, 0,
				 report->text);
	}
}

bool usher__center_registered(struct usher_center *center, const char *account)
{
	struct contact_at *at = NULL;

	if (account)
		HASH_FIND_STR(center->registered, account, at);
	return at;
}

static void remember_registered(struct usher_center *center,
				const char *account, bool here)
{
	struct contact_at *at;
	unsigned before = HASH_COUNT(center->registered);

	HASH_FIND_STR(center->registered, account, at);
	if (at && !here) {
		HASH_DEL(center->registered, at);
		free(at);
	} else if (!at && here && strlen(account) < sizeof(at->account)) {
		at = calloc(1, sizeof(*at));
		if (!at)
			return;
		strcpy(at->account, account);
		HASH_ADD_STR(center->registered, account, at);
		if (HASH_COUNT(center->registered) == before)
			free(at);
	}
}

static void on_registered(struct usher_center *center,
			  const struct usher__report *report)
{
	const struct usher_agent_conf *conf =
		usher__config_find_account(center->config, report->text);
	struct usher_field_value values[] = {
		{.field = USHER_F_AGENT},
		{.field = USHER_F_ENDPOINT, .data = report->text},
	};

	/* Of an account that was removed, only that it has gone matters. */
	if (conf || !report->value)
		remember_registered(center, report->text, report->value);
	if (!conf)
		return;
	values[0].number = usher_acd_agent_find(center->acd, conf->name);
	usher_acd_note(center->acd, center->now_us,
		       report->value ? USHER_EV_ENDPOINT_REGISTERED
				     : USHER_EV_ENDPOINT_UNREGISTERED,
		       0, 0, values, 2);
}

static void report_run(struct usher_center *center,
		       const struct usher__report *report)
{
	struct party *party;

	switch (report->type) {
	case USHER__ARRIVED:
		usher__center_arrived(center, report);
		return;
	case USHER__REGISTERED:
		on_registered(center, report);
		return;
	case USHER__DONE:
		usher__output_done(center, report->req, report->code,
				   report->value);
		return;
	default:
		break;
	}
	party = usher__party_find(center, report->leg);
	if (!party || party->channel != report->channel)
		return;
	switch (report->type) {
	case USHER__RINGING:
		on_ringing(center, party);
		break;
	case USHER__ANSWERED:
		on_answered(center, party);
		break;
	case USHER__ENDED:
		on_ended(center, party, report->code);
		break;
	case USHER__HELD:
		on_held(center, party, report->code);
		break;
	case USHER__TRANSFER:
		usher__transfer_asked(center, party, report->text);
		break;
	default:
		on_input(center, party, report);
		break;
	}
}

static void inbox_run(struct usher_center *center)
{
	struct usher__report *reports, *report;
	struct mail *mails, *mail;

	pthread_mutex_lock(&center->lock);
	reports = center->reports;
	mails = center->mails;
	center->reports = NULL;
	center->mails = NULL;
	center->reports_tail = &center->reports;
	center->mails_tail = &center->mails;
	center->inbox_count = 0;
	center->bell = false;
	pthread_mutex_unlock(&center->lock);
	while ((report = reports)) {
		reports = report->next;
		report_run(center, report);
		free(report);
		usher__center_settle(center);
	}
	while ((mail = mails)) {
		mails = mail->next;
		mail->run(center, mail);
		usher__center_settle(center);
	}
}

static uint64_t field_u64(const struct usher_event *ev, uint32_t field)
{
	uint64_t value = 0;

	usher_event_u64(ev, field, &value);
	return value;
}

static void remember(struct usher_center *center, const struct usher_event *ev)
{
	struct reaction *more, *reaction;
	int64_t deadline = 0;

	if (center->reaction_count == center->reaction_cap) {
		if (center->reaction_cap >= REACTIONS_MAX)
			return;
		more = realloc(center->reactions, (center->reaction_cap * 2 +
						   64) * sizeof(*more));
		if (!more)
			return;
		center->reactions = more;
		center->reaction_cap = center->reaction_cap * 2 + 64;
	}
	usher_event_i64(ev, USHER_F_DEADLINE, &deadline);
	reaction = &center->reactions[center->reaction_count++];
	reaction->type = ev->type;
	reaction->contact = ev->contact;
	reaction->segment = ev->segment;
	reaction->offer = field_u64(ev, USHER_F_OFFER);
	reaction->agent = field_u64(ev, USHER_F_AGENT);
	reaction->queue = field_u64(ev, USHER_F_QUEUE);
	reaction->deadline_us = deadline;
	reaction->code = 0;
	if (ev->type == USHER_EV_QUEUE_LEFT)
		reaction->code = (uint32_t)field_u64(ev, USHER_F_LEAVE);
	else if (ev->type == USHER_EV_OFFER_WITHDRAWN)
		reaction->code = (uint32_t)field_u64(ev, USHER_F_WITHDRAW);
}

static void drain(struct usher_center *center)
{
	const struct usher_event *ev;

	while ((ev = usher_acd_next(center->acd))) {
		usher__journal_append(center, ev);
		if (ev->kind == USHER_KIND_INPUT)
			continue;
		usher_metrics_feed(center->metrics, ev);
		if (usher__evlog_add(center->log, ev))
			usher__host_log(center->host, USHER_LOG_ERROR,
					"readers miss event %llu: no memory",
					(unsigned long long)ev->seq);
		center->events_since_snapshot++;
		if (ev->kind == USHER_KIND_EVENT)
			remember(center, ev);
	}
}

void usher__center_settle(struct usher_center *center)
{
	struct reaction reaction;

	drain(center);
	while (center->reaction_first < center->reaction_count) {
		reaction = center->reactions[center->reaction_first++];
		usher__offer_react(center, &reaction);
		drain(center);
	}
	center->reaction_first = center->reaction_count = 0;
}

static void new_day(struct usher_center *center)
{
	const int64_t day = 86400LL * 1000000;

	if (center->now_us < center->day_us)
		return;
	if (center->day_us) {
		usher_acd_day(center->acd, center->now_us, "");
		usher__center_settle(center);
	}
	center->day_us = center->now_us - center->now_us % day + day;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void rearm(struct usher_center *center)
{
	int64_t at = usher_acd_deadline(center->acd);
	int64_t wait_us;

	at = earlier(at, center->day_us);
	if (usher__journal_full(center))
		at = earlier(at, center->now_us + BACKLOG_RETRY_US);
	wait_us = at - usher__center_clock(center);
	if (wait_us < 0)
		wait_us = 0;
	usher__timer_start(center->timer, (uint64_t)(wait_us + 999) / 1000);
}

void usher__center_turn(struct usher_center *center)
{
	if (!center->acd || center->in_turn)
		return;
	center->in_turn = true;
	center->now_us = usher__center_clock(center);
	if (usher__journal_full(center))
		usher__journal_flush(center);
	inbox_run(center);
	while (usher_acd_advance(center->acd, center->now_us) == USHER_EAGAIN)
		usher__center_settle(center);
	usher__center_settle(center);
	if (center->due) {
		usher__flow_advance(center, center->due);
		center->due = NULL;
		usher__center_settle(center);
	}
	new_day(center);
	if (center->store)
		usher_store_commit_turn(center->store);
	atomic_store(&center->seq, usher_acd_seq(center->acd));
	usher__outputs_run(center);
	usher__evlog_publish(center->log);
	if (center->events_since_snapshot >= SNAPSHOT_EVENTS)
		usher__center_keep(center);
	rearm(center);
	center->in_turn = false;
}
