/* Is the peer of a leg that is up still there?
 *
 * RTP says so. A leg from which none came for silence_ms is asked by OPTIONS
 * within the dialog: a phone on hold, muted or without media answers, whatever
 * its answer is; a vanished one does not (RFC 3261, 12.2.1.2).
 *
 *   QUIET --silence_ms, RTP came meanwhile--> QUIET, for the rest of it
 *   QUIET --silence_ms, none came--> ASKED
 *   ASKED --any answer but 481, 408--> QUIET
 *   ASKED --481, 408, none in USHER__UA_ASK_TIMEOUT_MS--> lost
 *
 * QUIET is a running timer without a request, ASKED one with it.
 */
#include <sip/impl.h>

static void quiet(struct usher__leg *leg, int64_t for_us);

void usher__leg_lost(struct usher__leg *leg, uint16_t status)
{
	(void)usher__leg_take(leg, USHER__IN_HANGUP);
	usher__leg_over(leg, USHER__CAUSE_LOST, status, NULL);
	usher__leg_bye(leg);
}

static void answered(int err, const struct sip_msg *msg, void *arg)
{
	struct usher__leg *leg = arg;

	if (!err && msg->scode < 200)
		return;
	if (err || msg->scode == 481 || msg->scode == 408) {
		usher__leg_lost(leg, err ? 408 : msg->scode);
		return;
	}
	leg->alive_us = usher__loop_mono_us();
	quiet(leg, 0);
}

static void no_answer(void *arg)
{
	usher__leg_lost(arg, 408);
}

static void ask(struct usher__leg *leg)
{
	if (sip_drequestf(&leg->asked, leg->ua->sip, true, "OPTIONS", leg->dlg,
			  0, leg->auth, usher__leg_contact_handler, answered,
			  leg, "Content-Length: 0\r\n\r\n")) {
		usher__leg_lost(leg, 503);
		return;
	}
	leg->ua->n.asked++;
	tmr_start(&leg->alive_tmr, USHER__UA_ASK_TIMEOUT_MS, no_answer, leg);
}

static void quiet_handler(void *arg)
{
	struct usher__leg *leg = arg;
	struct usher__mleg_stats stats;
	int64_t for_us;

	if (leg->port &&
	    !usher__mleg_stats(leg->ua->media, leg->port, &stats) &&
	    stats.heard_us > leg->alive_us)
		leg->alive_us = stats.heard_us;
	for_us = usher__loop_mono_us() - leg->alive_us;
	if (for_us < (int64_t)leg->ua->silence_ms * 1000)
		quiet(leg, for_us);
	else
		ask(leg);
}

static void quiet(struct usher__leg *leg, int64_t for_us)
{
	/* Timers count whole milliseconds: not one too early. */
	tmr_start(&leg->alive_tmr,
		  leg->ua->silence_ms - (uint64_t)for_us / 1000, quiet_handler,
		  leg);
}

void usher__leg_watch(struct usher__leg *leg)
{
	if (!leg->ua->silence_ms || leg->state != USHER__LEG_UP || leg->ended)
		return;
	leg->alive_us = usher__loop_mono_us();
	quiet(leg, 0);
}

void usher__leg_unwatch(struct usher__leg *leg)
{
	tmr_cancel(&leg->alive_tmr);
	leg->asked = mem_deref(leg->asked);
}
