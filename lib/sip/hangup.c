/* A leg is ended by its owner, or by the end of everything: refused, canceled
 * or hung up, as its state has it. */
#include <sip/legimpl.h>

int usher__leg_hangup(struct usher__ua *ua, uint64_t id)
{
	struct usher__leg *leg = usher__leg_find(ua, id);
	enum usher__leg_input input = USHER__IN_HANGUP;
	int was;

	if (!leg)
		return USHER_ENOENT;
	was = leg->state;
	if (was == USHER__LEG_INCOMING || was == USHER__LEG_ALERTING) {
		usher__leg_refuse(leg, 603, NULL);
		return 0;
	}
	if (was == USHER__LEG_UP && usher__leg_notify_open(leg))
		input = USHER__IN_PART;
	usher__leg_unheard(leg);
	if (!usher__leg_take(leg, input))
		return USHER_ESTATE;
	usher__leg_over(leg, USHER__CAUSE_LOCAL, 0, NULL);
	if (leg->state == USHER__LEG_CANCELING)
		sip_request_cancel(leg->req);
	else if (leg->state == USHER__LEG_PARTING)
		usher__leg_parting(leg);
	else if (leg->state == USHER__LEG_CLOSING)
		usher__leg_bye(leg);
	return 0;
}

static bool stop_handler(struct le *le, void *arg)
{
	struct usher__leg *leg = le->data;

	(void)arg;
	/* A stop waits for BYEs alone. */
	if (leg->ended) {
		usher__leg_part(leg);
		return false;
	}
	(void)usher__leg_hangup(leg->ua, leg->id);
	leg->cause = USHER__CAUSE_STOPPED;
	usher__leg_part(leg);
	return false;
}

void usher__legs_stop(struct usher__ua *ua)
{
	(void)hash_apply(ua->legs, stop_handler, NULL);
}
