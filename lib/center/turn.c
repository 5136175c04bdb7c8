/* The turn: all that came is decided, told and carried out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <usher/store.h>

#include "center/answer.h"
#include "center/center.h"
#include "center/flow.h"
#include "center/hours.h"
#include "center/journal.h"
#include "center/reader.h"
#include "center/spend.h"
#include "sip/loop.h"

/* How soon to ask again what had no room: the store, or the core. */
#define RETRY_US 100000
/* How long the clock on the wall is not looked at: nobody says when it is set,
 * or that the machine was suspended. */
#define LOOK_US INT64_C(10000000)
/* Core events between two snapshots. */
#define SNAPSHOT_EVENTS 100000u

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
	at = earlier(at, usher__outbound_deadline(center));
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
	usher__outbound_turn(center);
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
