/* The inbox: what comes from other threads, and from drivers, until the next
 * turn. */
#include <stdlib.h>

#include "center/center.h"
#include "center/hostcall.h"
#include "center/inbox.h"
#include "sip/loop.h"

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
