/*
 * Agreeing on a callback: by a step of a flow, by a key of who waits without
 * one, by request. What is agreed on is checked as if it were dialed now, so
 * that nobody is promised what cannot be.
 */
#include "center/callback.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <usher/store.h>

#include "center/center.h"
#include "center/flow.h"
#include "center/hours.h"
#include "center/moment.h"
#include "center/outbound.h"
#include "center/output.h"
#include "center/party.h"
#include "center/session.h"

static bool is_number(const char *text)
{
	size_t len = strlen(text);

	text += *text == '+';
	return *text && len < USHER__BACK_NUMBER_MAX &&
	       !text[strspn(text, "0123456789")];
}

/* May it be called, over some trunk, as far as can be known before? */
static int number_check(struct usher_center *center, const char *number)
{
	if (!is_number(number))
		return USHER_EINVAL;
	if (!usher__target_trunk(center->config, number))
		return USHER_ENOENT;
	if (usher__outbound_destination(center->config, number))
		return USHER_EPERM;
	return usher__back_find(center, number) ? USHER_EEXIST : 0;
}

/* In words, or by the center's time; a moment of the wall's clock becomes one
 * of the center's. */
static int moment(struct usher_center *center,
		  const struct usher_queue_conf *queue, const char *words,
		  int64_t base_us, int64_t *ret_us)
{
	int64_t ahead_us = usher__center_wall_us() - center->now_us;
	int err;

	if (!words)
		return 0;
	err = usher__moment_read(
		words,
		queue ? usher__hours_zone(center->config, queue->name) : NULL,
		base_us + ahead_us, ret_us);
	if (!err)
		*ret_us -= ahead_us;
	return err;
}

static int window(struct usher_center *center,
		  const struct usher_queue_conf *queue,
		  const struct back_ask *ask, struct usher_callback_opts *opts)
{
	int64_t base_us;
	int err;

	/* How far ahead it may be knows the core; here it is reckoned with. */
	if (ask->from_us > USHER_TIME_MAX)
		return USHER_EINVAL;
	opts->from_us = ask->from_us;
	opts->until_us = ask->until_us;
	err = moment(center, queue, ask->from, center->now_us, &opts->from_us);
	base_us = opts->from_us > center->now_us ? opts->from_us
						 : center->now_us;
	if (!err)
		err = moment(center, queue, ask->until, base_us,
			     &opts->until_us);
	if (!err && opts->until_us && opts->until_us <= base_us)
		err = USHER_EINVAL;
	if (!err && !opts->until_us && queue && queue->callback_within_ms)
		opts->until_us = base_us + queue->callback_within_ms * 1000LL;
	return err;
}

static int queues_find(struct usher_center *center,
		       const struct session *session,
		       const struct back_ask *ask, uint64_t *ids,
		       struct usher_callback_opts *opts)
{
	uint32_t count = 0;

	if (ask->queue_count > USHER_CONTACT_QUEUES_MAX)
		return USHER_EINVAL;
	for (size_t i = 0; i < ask->queue_count; i++) {
		ids[count] = usher_acd_queue_find(center->acd, ask->queues[i]);
		if (!ids[count++])
			return USHER_ENOENT;
	}
	/* Where it waits is where it stays; else where it waited last. */
	if (!count && !usher__session_waits(center, session)) {
		if (!session->queue)
			return USHER_ESTATE;
		ids[count++] = session->queue;
	}
	opts->queues = ids;
	opts->queue_count = count;
	return 0;
}

static const struct usher_queue_conf *
queue_of(struct usher_center *center, const struct session *session,
	 const struct usher_callback_opts *opts)
{
	struct usher_queue_info info = {.size = sizeof(info)};
	uint64_t id = opts->queue_count ? opts->queues[0] : session->queue;

	return usher_acd_queue_info(center->acd, id, &info)
		       ? NULL
		       : usher__config_find_queue(center->config, info.name);
}

static int opts_fill(struct usher_center *center,
		     const struct session *session, const struct back_ask *ask,
		     uint64_t *ids, struct usher_callback_opts *opts)
{
	const struct usher_queue_conf *queue;
	uint32_t again_ms;
	int err;

	usher_callback_opts_init(opts, sizeof(*opts));
	err = queues_find(center, session, ask, ids, opts);
	if (err)
		return err;
	queue = queue_of(center, session, opts);
	opts->first = ask->first_told ? ask->first
		      : queue         ? queue->callback_first
				      : 0;
	opts->attempts = ask->attempts ? ask->attempts
			 : queue       ? queue->callback_attempts
				       : 0;
	again_ms = ask->again_ms ? ask->again_ms
		   : queue       ? queue->callback_again_ms
				 : 0;
	opts->again_us = again_ms * 1000LL;
	return window(center, queue, ask, opts);
}

/* What the caller's side handed on, for the agent who calls back: beside the
 * number, where it outlives a restart. */
static void handed_on(struct usher_center *center,
		      const struct session *session, char *ret, size_t cap)
{
	const char *text = session->user_to_user;
	struct usher_person_opts person;
	uint64_t id;

	if (!text || !center->store)
		return;
	usher_person_opts_init(&person, sizeof(person));
	person.kind = USHER_PERSON_VALUE;
	person.contact = session->contact;
	person.time_us = center->now_us;
	person.bytes = text;
	person.len = strlen(text);
	if (!usher_store_person_put(center->store, &person, &id))
		snprintf(ret, cap, USHER__BACK_UUI "%llu",
			 (unsigned long long)id);
}

/* The address as events have it: personal data stands elsewhere. */
static void reference(struct usher_center *center,
		      const struct session *session, const char *number,
		      char *ret, size_t cap)
{
	size_t len;

	usher__origin_reference(center, number, ret, cap);
	if (!*ret)
		snprintf(ret, cap, "c:%llu",
			 (unsigned long long)session->contact);
	/* A restart must not tell who asked not to be told. */
	if (*session->privacy && strcasecmp(session->privacy, "none") != 0)
		strncat(ret, USHER__BACK_PRIVATE, cap - strlen(ret) - 1);
	len = strlen(ret);
	handed_on(center, session, ret + len, cap - len);
}

/* The leg is nobody's any more. */
static struct party *let_go(struct session *session)
{
	struct party *leg = session->customer;

	if (!leg)
		return NULL;
	usher__party_move(leg, NULL);
	leg->contact = session->contact;
	return leg;
}

int usher__back_ask(struct usher_center *center, struct session *session,
		    const struct back_ask *ask, struct party **ret_leg)
{
	uint64_t ids[USHER_CONTACT_QUEUES_MAX];
	struct usher_callback_opts opts;
	char address[USHER__BACK_REFERENCE_MAX];
	const bool waits = usher__session_waits(center, session);
	int err;

	if (session->state != SESSION_FLOW || session->voicemail)
		return USHER_ESTATE;
	if (!usher__back_ringer(center) ||
	    (session->customer && !usher__center_ringer(session->customer)))
		return USHER_ENOTSUP;
	err = number_check(center, ask->number);
	if (!err)
		err = opts_fill(center, session, ask, ids, &opts);
	if (!err)
		err = usher__back_new(center, session, ask->number);
	if (err)
		return err;
	reference(center, session, ask->number, address, sizeof(address));
	opts.address = address;
	err = usher__took(center,
			  usher_acd_callback(center->acd, center->now_us,
					     session->contact, &opts));
	if (err) {
		usher__back_free(session);
		return err;
	}
	session->exit[0] = 0;
	session->offered = false;
	/* What was asked of agents is kept with a place alone. */
	if (!waits)
		usher__queue_entered(session, session->queue, NULL, 0);
	if (opts.queue_count)
		session->queue = ids[0];
	session->waited_count = 0;
	*ret_leg = let_go(session);
	usher__session_move(session, SESSION_CALLBACK);
	usher__flow_stop(center, session, "callback");
	return 0;
}

/* Say so and hang up. */
static void farewell(struct usher_center *center, struct party *leg,
		     const char *name, const char *text,
		     const char *const *sounds, size_t sound_count)
{
	struct output *output = NULL;

	if (!leg || leg->ending)
		return;
	if (name && (text || sound_count))
		output = usher__output_job(center, VERB_PROMPT, leg,
					   JOB_FAREWELL, 0);
	if (output && usher__output_prompt(output, name, text, sounds,
					   sound_count, false)) {
		usher__output_cancel(center, output);
		output = NULL;
	}
	if (!output)
		usher__party_end(center, leg, USHER_LEG_NORMAL);
}

/* The same by the name of a prompt; NULL: nothing is said. */
static void farewell_by(struct usher_center *center,
			const struct session *session, struct party *leg)
{
	const struct usher_queue_conf *queue =
		usher__session_queue(center, session);
	struct usher_flow_prompt prompt = {.size = sizeof(prompt)};
	const char *name = queue ? queue->callback_prompt : NULL;

	if (!name || !center->config->flows ||
	    usher_flow_set_prompt(center->config->flows, name,
				  session->language, &prompt))
		name = NULL;
	farewell(center, leg, name, prompt.text, prompt.sounds,
		 prompt.sound_count);
}

static const char *refusal(int err)
{
	switch (err) {
	case USHER_EEXIST:
		return "exists";
	case USHER_EPERM:
		return "number";
	case USHER_EINVAL:
		return "window";
	default:
		return "failed";
	}
}

void usher__back_flow(struct usher_center *center, struct session *session,
		      const struct usher_ivr_action *action)
{
	struct back_ask ask = {
		.number = action->target ? action->target : session->origin,
		.queues = action->queues,
		.queue_count = action->n_queues,
		.again_ms = action->timeout_ms,
		.attempts = action->attempts,
		.first_told = action->method != NULL,
	};
	struct party *leg = NULL;
	int err;

	if (action->method && !strcmp(action->method, "customer"))
		ask.first = USHER_CALLBACK_CUSTOMER;
	for (size_t i = 0; i < action->n_pairs; i++) {
		if (!strcmp(action->pairs[i].name, "from"))
			ask.from = action->pairs[i].value;
		else
			ask.until = action->pairs[i].value;
	}
	err = usher__back_ask(center, session, &ask, &leg);
	if (!err)
		farewell(center, leg, action->prompt, action->text,
			 action->sounds, action->n_sounds);
	else
		usher__flow_feed(
			center, session, USHER_IVR_FAILED, action->request,
			is_number(ask.number) ? refusal(err) : "number");
}

void usher__back_key(struct usher_center *center, struct session *session,
		     char digit)
{
	const struct usher_queue_conf *queue =
		usher__session_queue(center, session);
	const struct back_ask ask = {.number = session->origin};
	struct party *leg = NULL;

	if (!queue || !queue->callback_key || *queue->callback_key != digit ||
	    !usher__session_waits(center, session))
		return;
	/* Refused, they go on waiting. */
	if (!usher__back_ask(center, session, &ask, &leg))
		farewell_by(center, session, leg);
}

/* ---- by request ---- */

static int begin(struct usher_center *center, const char *number,
		 struct session **ret)
{
	struct usher_channel *channel = usher__back_ringer(center);
	struct usher_contact_opts opts;
	struct session *session;
	char origin[32];
	uint64_t contact;
	int err;

	if (!channel)
		return USHER_ENOTSUP;
	usher__origin_reference(center, number, origin, sizeof(origin));
	usher_contact_opts_init(&opts, sizeof(opts));
	opts.channel = channel->driver->kind;
	opts.origin = origin;
	opts.direction = USHER_OUT;
	err = usher_acd_contact_new(center->acd, center->now_us, &opts,
				    &contact);
	if (err)
		return err;
	session = usher__session_new(center, contact, "", number);
	if (!session) {
		usher__took(center,
			    usher_acd_contact_end(center->acd, center->now_us,
						  contact, "memory"));
		return USHER_ENOMEM;
	}
	*ret = session;
	return 0;
}

/* A moment of the wall's clock by the center's; 0: none. */
static int64_t by_center(struct usher_center *center, int64_t wall_us)
{
	int64_t ahead_us = usher__center_wall_us() - center->now_us;

	if (wall_us <= 0)
		return wall_us;
	if (ahead_us < 0 && wall_us > INT64_MAX + ahead_us)
		return INT64_MAX;
	/* Long ago, which 0 does not say. */
	return wall_us > ahead_us ? wall_us - ahead_us : 1;
}

int usher__back_request(struct usher_center *center,
			struct usher_request *what, struct usher_error *err)
{
	struct usher_queue_info queue = {.size = sizeof(queue)};
	struct back_ask ask = {.number = what->text,
			       .from_us = by_center(center, what->from_us),
			       .until_us = by_center(center, what->until_us),
			       .again_ms = what->again_ms,
			       .attempts = what->attempts};
	struct session *session = NULL;
	struct party *leg = NULL;
	bool fresh = !what->contact;
	int code;

	if (what->flags &
	    (USHER_REQUEST_CUSTOMER_FIRST | USHER_REQUEST_AGENT_FIRST)) {
		ask.first_told = true;
		ask.first = what->flags & USHER_REQUEST_CUSTOMER_FIRST
				    ? USHER_CALLBACK_CUSTOMER
				    : USHER_CALLBACK_AGENT;
	}
	if (what->queue) {
		if (usher_acd_queue_info(center->acd, what->queue, &queue))
			return USHER_ENOENT;
		ask.queues = &queue.name;
		ask.queue_count = 1;
	}
	if (fresh && (!what->text || !what->queue))
		return USHER_EINVAL;
	session = fresh ? NULL : usher__session_find(center, what->contact);
	if (!fresh && (!session || session->state == SESSION_OVER))
		return USHER_ENOENT;
	if (!ask.number)
		ask.number = session->origin;
	code = number_check(center, ask.number);
	if (!code && fresh)
		code = begin(center, ask.number, &session);
	if (!code) {
		code = usher__back_ask(center, session, &ask, &leg);
		if (code && fresh)
			usher__session_end(center, session, "refused");
	}
	if (code)
		return usher_error_set(
			err, code, "callback: %s",
			code == USHER_EINVAL  ? "the number or the window"
			: code == USHER_EPERM ? "calls to this number are not "
						"allowed"
			: code == USHER_EEXIST ? "there is one for this number"
			: code == USHER_ENOENT ? "no trunk calls this number"
					       : usher_strerror(code));
	what->contact = session->contact;
	farewell_by(center, session, leg);
	return 0;
}

int usher__back_cancel(struct usher_center *center, uint64_t contact)
{
	struct session *session = usher__session_find(center, contact);

	if (!session || session->state == SESSION_OVER)
		return USHER_ENOENT;
	if (session->state != SESSION_CALLBACK)
		return USHER_ESTATE;
	usher__session_end(center, session, "canceled");
	return 0;
}
