/* A number that is called over trunks: one after another, until one of them
 * has reached somebody.
 *
 *   TRYING --nothing in VOICE_TRY_MS--> next
 *   TRYING --100--> TAKEN --nothing in TAKEN_MS--> next
 *   TRYING, TAKEN --no answer, transport error, or a status of the trunk's
 *                   own, 3xx that lead nowhere among them--> next
 *   TRYING, TAKEN --any other final status--> over, as a call is over
 *   TRYING, TAKEN --180 …, 200--> REACHED: it stays there
 *   next: the following way is TRYING; without one it is over
 *
 * What a person says (busy, declined, no such number, not there now) is not
 * asked for a second time elsewhere. */
#include <stdio.h>
#include <string.h>

#include "drivers/voice/hub.h"
#include "sip/loop.h"

/* After 100: setting up abroad takes its time. */
enum { TAKEN_MS = 12000 };

struct voice_route {
	struct voice_leg *leg;
	struct usher__route *ways;
	struct usher__way way; /* that is tried */
	struct usher__way tried[USHER__ROUTE_TRIES];
	unsigned tries;
	uint32_t newest; /* trunk that was known when ways were found */
	struct usher__timer *timer;
	bool taken;       /* 100 came */
	uint16_t status;  /* of the last failure */
	int64_t until_us; /* when the caller's patience ends */
	struct usher__call_opts opts;
	char *number, *from_user, *from_name, *headers;
};

void usher__voice_route_free(struct voice_route *route)
{
	if (!route)
		return;
	usher__timer_free(route->timer);
	usher__route_free(route->ways);
	free(route->number);
	free(route->from_user);
	free(route->from_name);
	free(route->headers);
	free(route);
}

static const char *name_of(const struct voice_route *route)
{
	const struct voice_trunk *trunk =
		usher__voice_trunk_by_id(route->leg->voice, route->way.trunk);

	return trunk ? trunk->name : "";
}

/* To the center. */
static void report(const struct voice_route *route, const char *reason,
		   uint16_t status, bool next)
{
	const struct voice_trunk *trunk =
		usher__voice_trunk_by_id(route->leg->voice, route->way.trunk);
	const struct usher__tried tried = {
		.trunk = trunk ? trunk->name : "",
		.hop = route->way.hop,
		.prefix = trunk ? trunk->prefix : "",
		.reason = reason,
		.status = status,
		.next = next,
	};

	(void)usher__channel_tried(route->leg->voice->channel, route->leg->id,
				   &tried);
}

/* Without the number: it is a person's. */
static void tell(const struct voice_route *route, const char *what,
		 unsigned status, bool more)
{
	const struct usher__voice_hub *hub = route->leg->voice->hub;
	char line[256], why[16] = "";

	if (!hub->log)
		return;
	if (status)
		snprintf(why, sizeof(why), ": %u", status);
	snprintf(line, sizeof(line), "call %llu: trunk \"%s\", %s: %s%s%s",
		 (unsigned long long)route->leg->id, name_of(route),
		 route->way.hop, what, why, more ? "; next" : "");
	hub->log(hub->log_arg, 2, line);
}

/* Nothing came, but the caller's patience was over before the trunk's time
 * was, of which the trunk is not guilty. */
static bool is_impatience(const struct usher__leg_event *event)
{
	return event->cause == USHER__CAUSE_UNREACHABLE &&
	       event->status == 408;
}

/* The trunk's own: nobody was reached. */
static bool is_failure(const struct usher__leg_event *event)
{
	if (event->cause == USHER__CAUSE_UNREACHABLE)
		return true;
	if (event->cause != USHER__CAUSE_REFUSED)
		return false;
	/* Where it says that somebody is, nobody was found: a loop, too many
	 * in a row, a number that we were not asked to call. */
	if (event->status >= 300 && event->status < 400)
		return true;
	switch (event->status) {
	case 408:
	case 500:
	case 502:
	case 503:
	case 504:
		return true;
	default:
		return false;
	}
}

static int place(struct voice_route *route)
{
	struct voice_leg *leg = route->leg;
	struct usher__ua *ua = leg->voice->hub->ua;
	const struct voice_trunk *trunk =
		usher__voice_trunk_by_id(leg->voice, route->way.trunk);
	struct usher__call_opts opts = route->opts;
	int64_t left_ms = (route->until_us - usher__loop_mono_us()) / 1000;
	int err;

	if (!trunk)
		return USHER_ENOENT;
	opts.trunk = trunk->id;
	opts.user = route->number;
	opts.hop = route->way.hop;
	if (trunk->caller_id) {
		opts.from_user = trunk->caller_id;
		opts.asserted = trunk->caller_id;
	}
	opts.ring_timeout_ms = left_ms > 1 ? (uint32_t)left_ms : 1;
	opts.silent_ms = 0; /* that is what the timer is for */
	route->taken = false;
	err = usher__ua_call(ua, &opts, &leg->sip, NULL);
	if (err)
		return err;
	usher__leg_set_arg(ua, leg->sip, leg);
	usher__timer_start(route->timer, VOICE_TRY_MS);
	return 0;
}

static uint32_t newest_trunk(const struct usher__voice *voice)
{
	uint32_t newest = 0;
	size_t i;

	for (i = 0; i < voice->trunk_count; i++)
		if (voice->trunks[i].id > newest)
			newest = voice->trunks[i].id;
	return newest;
}

/* Longer prefixes are for fewer numbers, so they go first. */
static int find_ways(struct voice_route *route)
{
	struct usher__voice *voice = route->leg->voice;
	uint32_t ids[VOICE_TRUNKS_MAX], ranks[VOICE_TRUNKS_MAX];
	size_t i, len, n = 0;

	route->newest = newest_trunk(voice);
	for (i = 0; i < voice->trunk_count; i++) {
		const struct voice_trunk *trunk = &voice->trunks[i];

		len = strlen(trunk->prefix);
		if (trunk->inbound ||
		    strncmp(route->number, trunk->prefix, len))
			continue;
		ids[n] = trunk->id;
		ranks[n++] = UINT32_MAX - (uint32_t)len;
	}
	return usher__route_new(&route->ways, voice->hub->ua, ids, ranks, n);
}

static bool was_tried(const struct voice_route *route,
		      const struct usher__way *way)
{
	unsigned i;

	for (i = 0; i < route->tries; i++)
		if (usher__way_same(&route->tried[i], way))
			return true;
	return false;
}

/* The next way that was not tried; when there is none, of the trunks that
 * were configured meanwhile. */
static bool next_way(struct voice_route *route)
{
	struct usher__way way;

	if (route->tries >= USHER__ROUTE_TRIES)
		return false;
	for (;;) {
		while (usher__route_next(route->ways, &way)) {
			if (was_tried(route, &way))
				continue;
			route->way = way;
			route->tried[route->tries++] = way;
			return true;
		}
		if (route->newest == newest_trunk(route->leg->voice))
			return false;
		usher__route_free(route->ways);
		route->ways = NULL;
		if (find_ways(route))
			return false;
	}
}

/* 0: one is being tried. */
static int next(struct voice_route *route)
{
	struct usher__ua *ua = route->leg->voice->hub->ua;
	int err = USHER_ENOENT;

	usher__timer_cancel(route->timer);
	while (usher__loop_mono_us() < route->until_us && next_way(route)) {
		err = place(route);
		if (!err)
			return 0;
		/* Of what is ours the trunk is not guilty. */
		if (err == USHER_EIO || err == USHER_EPERM)
			usher__way_failed(ua, &route->way, 0);
		tell(route, usher_strerror(err), 0, true);
		report(route, "failed", 0, true);
		if (err == USHER_ENOMEM || err == USHER_EINVAL ||
		    err == USHER_ECLOSED)
			break;
	}
	return err;
}

bool usher__voice_route_silent(struct voice_leg *leg)
{
	struct voice_route *route = leg->route;
	struct usher__ua *ua = leg->voice->hub->ua;
	const uint64_t old = leg->sip;
	enum usher__leg_state state;

	if (!usher__leg_state(ua, old, &state) &&
	    state == USHER__LEG_PROCEEDING && !route->taken) {
		route->taken = true;
		usher__timer_start(route->timer, TAKEN_MS);
		return true;
	}
	if (!usher__leg_moved(ua, old))
		usher__way_failed(ua, &route->way, 0);
	tell(route, "no answer", 0, true);
	report(route, "no_answer", 0, true);
	/* Its end is no longer the caller's. */
	usher__leg_set_arg(ua, old, NULL);
	usher__leg_hangup(ua, old);
	return !next(route);
}

static void settle(struct voice_leg *leg, bool worked, const char *reason,
		   uint16_t status)
{
	if (reason)
		report(leg->route, reason, status, false);
	if (worked)
		usher__way_worked(leg->voice->hub->ua, &leg->route->way);
	usher__voice_route_free(leg->route);
	leg->route = NULL;
}

/* Not for a reason that another trunk could mend. */
static void over(struct voice_leg *leg, const struct usher__leg_event *event)
{
	switch (event->cause) {
	case USHER__CAUSE_REFUSED:
		settle(leg, true, "refused", event->status);
		break;
	case USHER__CAUSE_NO_ANSWER:
		settle(leg, false, "no_answer", 0);
		break;
	case USHER__CAUSE_MEDIA: /* its 200 was of no use */
		settle(leg, true, "reached", 200);
		break;
	default:
		settle(leg, false, "canceled", 0);
		break;
	}
}

bool usher__voice_route_event(struct voice_leg *leg,
			      struct usher__leg_event *event)
{
	struct voice_route *route = leg->route;
	bool more;

	switch (event->type) {
	case USHER__LEG_PROGRESS:
		if (event->status > 100)
			settle(leg, true, "reached", event->status);
		return false;
	case USHER__LEG_ANSWERED:
		settle(leg, true, "reached", event->status);
		return false;
	case USHER__LEG_ENDED:
		break;
	default:
		return false;
	}
	if (is_impatience(event))
		event->cause = USHER__CAUSE_NO_ANSWER;
	if (!is_failure(event)) {
		over(leg, event);
		return false;
	}
	/* Who sends us on works: it is asked for the next number as ever. */
	if (!usher__leg_moved(leg->voice->hub->ua, leg->sip) &&
	    (event->status < 300 || event->status >= 400))
		usher__way_failed(leg->voice->hub->ua, &route->way,
				  event->status);
	tell(route, "failed", event->status, false);
	report(route, "failed", event->status, true);
	more = !next(route);
	if (!more)
		settle(leg, false, NULL, 0);
	return more;
}

void usher__voice_route_cancel(struct voice_leg *leg)
{
	if (leg->route)
		settle(leg, false, "canceled", 0);
}

/* ---- beginning ---- */

/* Why nobody was even tried. */
static void tell_none(const struct voice_leg *leg, int err)
{
	const char *why = usher_strerror(err);

	if (err == USHER_ENOENT)
		why = "none is for this number";
	else if (err == USHER_EBUSY)
		why = "all have as many calls as they may";
	else if (err == USHER_ECLOSED)
		why = "all are down";
	usher__route_note(leg->voice->hub->ua, leg->id, why);
}

static char *copy(const char *text, bool *failed)
{
	char *ret = text ? strdup(text) : NULL;

	*failed = *failed || (text && !ret);
	return ret;
}

int usher__voice_route_call(struct voice_leg *leg, const char *number,
			    const struct usher__call_opts *opts,
			    void (*silent)(void *leg))
{
	struct voice_route *route = calloc(1, sizeof(*route));
	uint32_t patience_ms = opts->ring_timeout_ms
				       ? opts->ring_timeout_ms
				       : USHER__UA_RING_TIMEOUT_MS;
	bool failed = false;
	int err;

	if (!route)
		return USHER_ENOMEM;
	route->leg = leg;
	route->number = copy(number, &failed);
	route->from_user = copy(opts->from_user, &failed);
	route->from_name = copy(opts->from_name, &failed);
	route->headers = copy(opts->headers, &failed);
	route->opts = *opts;
	route->opts.from_user = route->from_user;
	route->opts.from_name = route->from_name;
	route->opts.asserted = opts->asserted ? route->from_user : NULL;
	route->opts.headers = route->headers;
	route->until_us = usher__loop_mono_us() + (int64_t)patience_ms * 1000;
	err = failed ? USHER_ENOMEM : find_ways(route);
	if (err)
		tell_none(leg, err);
	if (!err)
		err = usher__timer_new(&route->timer, leg->voice->hub->loop,
				       silent, leg);
	if (!err)
		err = next(route);
	if (err)
		usher__voice_route_free(route);
	else
		leg->route = route;
	return err;
}
