/* The inbox and the turn. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <usher/store.h>

#include "center/answer.h"
#include "center/center.h"
#include "center/hours.h"
#include "center/spend.h"
#include "sip/loop.h"

/* How soon to ask again what had no room: the store, or the core. */
#define RETRY_US 100000
/* How long the clock on the wall is not looked at: nobody says when it is set,
 * or that the machine was suspended. */
#define LOOK_US INT64_C(10000000)
/* Core events between two snapshots. */
#define SNAPSHOT_EVENTS 100000u

/* Under the lock, since the bell goes when the center is closed. It cannot
 * fail, unlike a post: who is told that something was taken is heard. */
static void ring(struct usher_center *center)
{
	if (center->bell)
		usher__bell_ring(center->bell);
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
		center->refused[BUSY_REQUESTS]++;
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

/* Nobody waits at the other end, so it may wait there until the disk is well
 * again. */
static bool can_wait(const struct usher__report *report)
{
	return !(report->channel->driver->capabilities & USHER_CAP_LIVE);
}

int usher__center_report(void *arg, struct usher__report *report)
{
	struct usher_center *center = arg;
	int err = 0;

	pthread_mutex_lock(&center->lock);
	if (!center->open ||
	    (center->stopping && report->type == USHER__ARRIVED)) {
		err = USHER_ECLOSED;
	} else if (report->type == USHER__ARRIVED &&
		   center->inbox_count >= USHER__INBOX_BUSY) {
		/* Newcomers are turned away; what is said of those who are
		 * here is bounded by their number and is never dropped. */
		err = USHER_EFULL;
		center->refused[BUSY_NEWCOMERS]++;
	} else if (report->type == USHER__ARRIVED && center->degraded &&
		   can_wait(report)) {
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

/* Those that there was no memory for come first the next time. While one
 * waits no phone that comes or goes passes it: it might be the same. */
static void reports_run(struct usher_center *center,
			struct usher__report *report)
{
	struct usher__report **again = &center->again, *next;

	for (; report; report = next) {
		next = report->next;
		report->next = NULL;
		if ((center->again && report->type == USHER__REGISTERED) ||
		    usher__report_run(center, report)) {
			*again = report;
			again = &report->next;
		} else {
			free(report);
		}
		usher__center_settle(center);
	}
}

static void inbox_run(struct usher_center *center)
{
	struct usher__report *reports, *again = center->again;
	struct mail *mails, *mail;

	pthread_mutex_lock(&center->lock);
	reports = center->reports;
	mails = center->mails;
	center->reports = NULL;
	center->mails = NULL;
	center->reports_tail = &center->reports;
	center->mails_tail = &center->mails;
	center->inbox_count = 0;
	pthread_mutex_unlock(&center->lock);
	center->again = NULL;
	if (again) {
		struct usher__report *last = again;

		while (last->next)
			last = last->next;
		last->next = reports;
		reports = again;
	}
	reports_run(center, reports);
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

static void new_day(struct usher_center *center)
{
	const int64_t day = 86400LL * 1000000;
	int64_t wall_us = usher__center_wall_us();

	/* Where a clock is set back over a midnight, that has been; but not
	 * one that it came to by being years off. */
	if (wall_us < center->day_us && center->day_us - wall_us <= 2 * day)
		return;
	if (center->day_us && wall_us >= center->day_us) {
		usher_acd_day(center->acd, center->now_us, "");
		usher__center_settle(center);
	}
	center->day_us = wall_us - wall_us % day + day;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void rearm(struct usher_center *center)
{
	int64_t at = usher_acd_deadline(center->acd);
	int64_t wait_us;

	at = earlier(earlier(at, center->hours_us), center->now_us + LOOK_US);
	at = earlier(at, usher__spend_deadline(center));
	at = earlier(at, usher__security_deadline(center));
	at = earlier(at, center->now_us + center->day_us -
				 usher__center_wall_us());
	if (usher__journal_full(center) || center->mend ||
	    center->unanswered || center->again)
		at = earlier(at, center->now_us + RETRY_US);
	if (center->failed)
		at = earlier(at, center->now_us +
					 (center->failed->err == USHER_ENOMEM
						  ? RETRY_US
						  : 0));
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
	usher__answers_retry(center);
	usher__center_health(center);
	inbox_run(center);
	/* After the inbox: a driver that did not know a leg may have told its
	 * end before, and that is what happened. */
	usher__outputs_failed(center);
	while (usher_acd_advance(center->acd, center->now_us) == USHER_EAGAIN)
		usher__center_settle(center);
	usher__center_settle(center);
	if (center->due) {
		usher__flow_advance(center, center->due);
		center->due = NULL;
		usher__center_settle(center);
	}
	new_day(center);
	usher__hours_turn(center);
	usher__spend_turn(center);
	usher__security_busy(center);
	usher__center_settle(center);
	if (center->mend)
		usher__center_mend(center);
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
