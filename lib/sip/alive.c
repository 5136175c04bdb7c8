/* Is the peer of a leg that is up still there?
 *
 * RTP says so. A leg from which none came for silence_ms is asked by OPTIONS
 * within the dialog: a phone on hold, muted or without media answers, whatever
 * its answer is; a vanished one does not (RFC 3261, 12.2.1.2).
 *
 *   QUIET --silence_ms, RTP came meanwhile--> QUIET, for the rest of it
 *   QUIET --silence_ms, none came--> ASKED
 *   ASKED --any answer but 481, 408--> QUIET
 *   ASKED --481, 408--> lost
 *   ASKED --none in USHER__UA_ASK_TIMEOUT_MS, RTP came meanwhile--> QUIET
 *   ASKED --none, none came--> ASKED, or after USHER__UA_ASKS of them lost
 *
 * A request that cannot be sent, or whose transport fails, is one that was
 * not answered: networks fail for a while, and a call outlives that.
 */
#include <sip/legimpl.h>

static void quiet(struct usher__leg *leg, int64_t for_us);
static void ask(struct usher__leg *leg);

void usher__leg_lost(struct usher__leg *leg, uint16_t status)
{
	(void)usher__leg_take(leg, USHER__IN_HANGUP);
	usher__leg_over(leg, USHER__CAUSE_LOST, status, NULL);
	usher__leg_bye(leg);
}

static void answered(int err, const struct sip_msg *msg, void *arg)
{
	struct usher__leg *leg = arg;

	/* No answer: that is for the timer to say. */
	if (err || msg->scode < 200)
		return;
	if (msg->scode == 481 || msg->scode == 408) {
		usher__leg_lost(leg, msg->scode);
		return;
	}
	leg->alive_us = usher__loop_mono_us();
	quiet(leg, 0);
}

/* Did RTP come since the peer last showed that it is there? */
static bool heard(struct usher__leg *leg)
{
	struct usher__mleg_stats stats;

	if (!leg->port ||
	    usher__mleg_stats(leg->ua->media, leg->port, &stats) ||
	    stats.heard_us <= leg->alive_us)
		return false;
	leg->alive_us = stats.heard_us;
	return true;
}

static void no_answer(void *arg)
{
	struct usher__leg *leg = arg;

	leg->asked = mem_deref(leg->asked);
	if (heard(leg))
		quiet(leg, 0);
	else if (++leg->unanswered < USHER__UA_ASKS)
		ask(leg);
	else
		usher__leg_lost(leg, 408);
}

static void ask(struct usher__leg *leg)
{
	struct usher__request how;

	usher__leg_request(&how, leg, leg->dlg, "OPTIONS");
	how.sendh = usher__leg_contact_handler;
	how.resph = answered;
	(void)usher__request(&leg->asked, &how, "Content-Length: 0\r\n\r\n");
	leg->ua->n.asked++;
	tmr_start(&leg->alive_tmr, USHER__UA_ASK_TIMEOUT_MS, no_answer, leg);
}

static void quiet_handler(void *arg)
{
	struct usher__leg *leg = arg;
	int64_t for_us;

	(void)heard(leg);
	for_us = usher__loop_mono_us() - leg->alive_us;
	if (for_us < (int64_t)leg->ua->silence_ms * 1000)
		quiet(leg, for_us);
	else
		ask(leg);
}

static void quiet(struct usher__leg *leg, int64_t for_us)
{
	leg->unanswered = 0;
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
