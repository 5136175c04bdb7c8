/*
 * What a policy that wanted nobody leaves behind.
 *
 * Who was asked about, and will not be before something changes, is in no
 * state: marks are an index. A core that was restored therefore has to ask
 * about everybody, and a policy that goes by the time may say something else
 * then. So when a policy has said nobody, the event `nobody` ends the matching
 * of that moment: "all that had to be asked was asked".
 *
 *   settled    set by `nobody`; over with any event that marks something
 *   declines   of a queue, or of the center's order: set by its `nobody`; over
 *              when nobody waits there any more, of the order in no queue, or
 *              with the policy
 *
 * While somebody declines, matching ends settled, with one more event when
 * something was marked. Who is restored settled asks nobody; else everybody,
 * who say what they said.
 */
#include <acd/internal.h>

#define EVENT_ROOM 400

static void say(struct usher_acd *acd, const struct queue *queue)
{
	struct usher__ev_nobody ev = {0};

	if (queue) {
		ev.queue = queue->id;
		ev.policy = queue->conf->policy;
	} else {
		ev.policy = usher__text(acd->order->name);
	}
	usher__acd_emit(acd, USHER_EV_NOBODY, 0, 0, &ev);
}

/* Queues whose policies have said it now for the first time. */
static int say_new(struct usher_acd *acd)
{
	for (uint32_t i = 0; i < acd->queues.count; i++) {
		struct queue *queue = acd->queues.items[i];

		if (!queue->said)
			continue;
		if (!queue->declines && queue->waiting) {
			if (usher__acd_room(acd, EVENT_ROOM))
				return USHER_ENOMEM;
			say(acd, queue);
		}
		queue->said = false;
	}
	return 0;
}

static const struct queue *decliner(const struct usher_acd *acd)
{
	for (uint32_t i = 0; i < acd->queues.count; i++) {
		const struct queue *queue = acd->queues.items[i];

		if (queue->declines)
			return queue;
	}
	return NULL;
}

bool usher__settle(struct usher_acd *acd)
{
	if (acd->said && say_new(acd))
		return false;
	if (acd->order_said && !acd->order_declines) {
		if (usher__acd_room(acd, EVENT_ROOM))
			return false;
		say(acd, NULL);
	}
	acd->order_said = false;
	acd->said = false;
	if (!acd->decliners || acd->settled)
		return true;
	if (usher__acd_room(acd, EVENT_ROOM))
		return false;
	say(acd, decliner(acd));
	return true;
}

void usher__nobody_said(struct usher_acd *acd, struct queue *queue)
{
	acd->said = true;
	if (queue)
		queue->said = true;
	else
		acd->order_said = true;
}
