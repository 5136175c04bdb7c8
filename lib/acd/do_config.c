/*
 * Deciding: options of the center, queues, agents, and notes. Configuration is
 * idempotent: what changes nothing makes no event.
 */
#include <acd/handlers.h>

static const char external[] = "external";

int usher__do_configure(struct usher_acd *acd, const void *arg, uint64_t *ret,
			struct usher_error *err)
{
	const struct usher__ev_in_configure *in = arg;
	const char *name = usher__cstr(&in->contact_order);
	const struct usher_contact_policy *order;
	struct usher__ev_configured ev = {0};
	int code = 0;

	(void)ret;
	order = usher__contact_policy(acd, name);
	if (!order)
		return usher_error_set(err, USHER_ENOENT,
				       "no contact policy \"%s\"", name);
	if (in->explain > USHER_EXPLAIN_MAX)
		return usher_error_set(err, USHER_EINVAL,
				       "an explanation names at most %d",
				       USHER_EXPLAIN_MAX);
	if (order == acd->order && in->explain == acd->explain)
		return 0;
	for (uint32_t i = 0; !code && i < acd->queues.count; i++) {
		const struct queue *queue = acd->queues.items[i];

		code = usher__conf_check_order(
			acd, order, &queue->conf->order_options, err);
	}
	if (code)
		return code;
	ev.contact_order = in->contact_order;
	ev.seed = acd->seed;
	ev.explain = in->explain;
	usher__acd_emit(acd, USHER_EV_CONFIGURED, 0, 0, &ev);
	return 0;
}

int usher__do_day(struct usher_acd *acd, const void *arg, uint64_t *ret,
		  struct usher_error *err)
{
	const struct usher__ev_in_day *in = arg;
	struct usher__ev_day ev = {0};

	(void)ret;
	(void)err;
	ev.name = usher__cut(&in->name);
	usher__acd_emit(acd, USHER_EV_DAY, 0, 0, &ev);
	return 0;
}

static bool good_name(const struct usher__bytes *name)
{
	return name->len && name->len <= USHER_NAME_MAX;
}

bool usher__good_fallback(const struct usher_acd *acd, const char *name)
{
	const struct usher_agent_policy *policy =
		usher__agent_policy(acd, name);

	/* one contact is late for an answer, not a batch of them */
	return policy && policy->order != USHER_ORDER_BATCH;
}

/* A policy on the agent side; "external" where that makes sense. */
static int check_policy(const struct usher_acd *acd, const char *name,
			bool may_be_external, struct usher_error *err)
{
	const struct usher_agent_policy *policy;

	if (may_be_external && !strcmp(name, external))
		return 0;
	policy = usher__agent_policy(acd, name);
	if (!policy)
		return usher_error_set(err, USHER_ENOENT, "no policy \"%s\"",
				       name);
	if (!may_be_external && !usher__good_fallback(acd, name))
		return usher_error_set(err, USHER_EINVAL,
				       "\"%s\" cannot be a fallback", name);
	return 0;
}

static bool good_spans(const struct usher__ev_queue_set *conf)
{
	return usher__good_span(conf->target) &&
	       usher__good_span(conf->short_wait) &&
	       usher__good_span(conf->offer_timeout) && conf->offer_timeout &&
	       usher__good_span(conf->wrapup) &&
	       usher__good_span(conf->max_wait) &&
	       usher__good_span(conf->retry) &&
	       usher__good_span(conf->decide_timeout) && conf->decide_timeout;
}

static bool good_weights(const struct usher__ev_queue_set *conf)
{
	return usher__good_priority(conf->priority) &&
	       conf->boost <= USHER_BOOST_MAX;
}

bool usher__good_queue(const struct usher__ev_queue_set *conf)
{
	return good_name(&conf->name) && good_spans(conf) &&
	       good_weights(conf);
}

static int check_queue(struct usher_acd *acd,
		       const struct usher__ev_queue_set *conf,
		       struct usher_error *err)
{
	int code;

	if (!good_name(&conf->name))
		return usher_error_set(err, USHER_EINVAL,
				       "a queue's name has 1 to %d bytes",
				       USHER_NAME_MAX);
	if (!good_spans(conf))
		return usher_error_set(err, USHER_EINVAL,
				       "queue \"%s\": a time is out of range",
				       usher__cstr(&conf->name));
	if (!good_weights(conf))
		return usher_error_set(
			err, USHER_EINVAL,
			"queue \"%s\": priority or boost is out of range",
			usher__cstr(&conf->name));
	code = check_policy(acd, usher__cstr(&conf->policy), true, err);
	if (!code)
		code = check_policy(acd, usher__cstr(&conf->fallback), false,
				    err);
	if (!code)
		code = usher__conf_check(acd, conf, err);
	if (!code)
		code = usher__req_make(acd, &conf->requirement, err);
	return code;
}

static void queue_conf(const struct usher__ev_in_queue_set *in,
		       struct usher__ev_queue_set *conf)
{
	conf->name = in->name;
	conf->policy = in->policy;
	conf->fallback = in->fallback;
	conf->requirement = in->requirement;
	conf->target = in->target;
	conf->short_wait = in->short_wait;
	conf->offer_timeout = in->offer_timeout;
	conf->wrapup = in->wrapup;
	conf->max_wait = in->max_wait == USHER_NEVER ? 0 : in->max_wait;
	conf->retry = in->retry;
	conf->decide_timeout = in->decide_timeout;
	conf->priority = in->priority;
	conf->max_waiting = in->max_waiting;
	conf->missed_limit = in->missed_limit;
	conf->boost = in->boost;
	conf->members_only = in->members_only ? 1 : 0;
	conf->policy_options = in->policy_options;
	conf->order_options = in->order_options;
}

int usher__do_queue_set(struct usher_acd *acd, const void *arg, uint64_t *ret,
			struct usher_error *err)
{
	const struct usher__ev_in_queue_set *in = arg;
	const struct usher__tdesc *desc = usher__type(USHER_EV_QUEUE_SET);
	struct queue *queue;
	struct usher__ev_queue_set ev = {0};
	int code;

	queue_conf(in, &ev);
	code = check_queue(acd, &ev, err);
	if (code)
		return code;
	queue = usher__queue_named(acd, usher__cstr(&in->name));
	if (!queue && acd->queues.count >= acd->queues_max)
		return usher_error_set(err, USHER_EFULL, "too many queues");
	ev.queue = queue ? queue->id : acd->node | (acd->last_queue + 1);
	if (!queue || queue->draining ||
	    !usher__payload_equal(desc, queue->conf, &ev)) {
		code = usher__acd_bring(acd, USHER_EV_QUEUE_SET, 0, 0, &ev);
		if (code)
			return code;
	}
	*ret = ev.queue;
	return 0;
}

int usher__do_queue_remove(struct usher_acd *acd, const void *arg,
			   uint64_t *ret, struct usher_error *err)
{
	const struct usher__ev_in_queue_remove *in = arg;
	struct queue *queue = usher__queue_get(acd, in->queue);
	struct usher__ev_queue_draining draining = {.queue = in->queue};
	struct usher__ev_queue_removed removed = {.queue = in->queue};

	(void)ret;
	(void)err;
	if (!queue)
		return USHER_ENOENT;
	if (queue->draining)
		return 0;
	usher__acd_emit(acd, USHER_EV_QUEUE_DRAINING, 0, 0, &draining);
	if (!queue->waiting)
		usher__acd_emit(acd, USHER_EV_QUEUE_REMOVED, 0, 0, &removed);
	return 0;
}

int usher__do_queue_open(struct usher_acd *acd, const void *arg, uint64_t *ret,
			 struct usher_error *err)
{
	const struct usher__ev_in_queue_open *in = arg;
	struct queue *queue = usher__queue_get(acd, in->queue);
	struct usher__ev_queue_opened ev = {.queue = in->queue};

	(void)ret;
	(void)err;
	if (!queue)
		return USHER_ENOENT;
	if (queue->open == (in->open != 0))
		return 0;
	usher__acd_emit(
		acd, in->open ? USHER_EV_QUEUE_OPENED : USHER_EV_QUEUE_CLOSED,
		0, 0, &ev);
	return 0;
}

static int check_capacity(const struct usher__ev_in_agent_set *in,
			  struct usher_error *err)
{
	struct usher_attr attr;
	const void *at = NULL;

	if (in->capacity.count > USHER_CHANNELS_MAX ||
	    in->interrupts.count > USHER_CHANNELS_MAX || !in->max_total ||
	    in->max_total > USHER_CAPACITY_MAX)
		return usher_error_set(err, USHER_EINVAL,
				       "agent \"%s\": capacity out of range",
				       usher__cstr(&in->name));
	while (usher__kv_next(&in->capacity, &at, &attr)) {
		if (attr.type != USHER_ATTR_NUMBER || attr.number < 0 ||
		    attr.number > USHER_CAPACITY_MAX ||
		    attr.number != (double)(uint32_t)attr.number)
			return usher_error_set(
				err, USHER_EINVAL,
				"agent \"%s\": capacity for \"%s\" is not a "
				"whole number to %d",
				usher__cstr(&in->name), attr.name,
				USHER_CAPACITY_MAX);
	}
	at = NULL;
	while (usher__kv_next(&in->interrupts, &at, &attr)) {
		if (attr.type != USHER_ATTR_TEXT)
			return usher_error_set(
				err, USHER_EINVAL,
				"agent \"%s\": what \"%s\" interrupts is not "
				"a text",
				usher__cstr(&in->name), attr.name);
	}
	return 0;
}

static int check_agent(const struct usher_acd *acd,
		       const struct usher__ev_in_agent_set *in,
		       struct usher_error *err)
{
	if (!good_name(&in->name))
		return usher_error_set(err, USHER_EINVAL,
				       "an agent's name has 1 to %d bytes",
				       USHER_NAME_MAX);
	if (in->attrs.count > USHER_ATTRS_MAX ||
	    in->endpoints.count > USHER_ENDPOINTS_MAX ||
	    in->queues.count > USHER_AGENT_QUEUES_MAX)
		return usher_error_set(err, USHER_EINVAL,
				       "agent \"%s\": a list is too long",
				       usher__cstr(&in->name));
	for (uint32_t i = 0; i < in->queues.count; i++) {
		if (!usher__queue_get(acd,
				      ((const uint64_t *)in->queues.ptr)[i]))
			return usher_error_set(err, USHER_ENOENT,
					       "agent \"%s\": no such queue",
					       usher__cstr(&in->name));
	}
	return check_capacity(in, err);
}

int usher__do_agent_set(struct usher_acd *acd, const void *arg, uint64_t *ret,
			struct usher_error *err)
{
	const struct usher__ev_in_agent_set *in = arg;
	const struct usher__tdesc *desc = usher__type(USHER_EV_AGENT_SET);
	struct agent *agent;
	struct usher__ev_agent_set ev = {0};
	int code = check_agent(acd, in, err);

	if (code)
		return code;
	agent = usher__agent_named(acd, usher__cstr(&in->name));
	if (!agent && acd->agents.count >= acd->agents_max)
		return usher_error_set(err, USHER_EFULL, "too many agents");
	ev.agent = agent ? agent->id : acd->node | (acd->last_agent + 1);
	ev.name = in->name;
	ev.order = in->order;
	ev.max_total = in->max_total;
	ev.capacity = in->capacity;
	ev.interrupts = in->interrupts;
	ev.attrs = in->attrs;
	ev.endpoints = in->endpoints;
	ev.queues = in->queues;
	if (!agent || agent->removing ||
	    !usher__payload_equal(desc, agent->conf, &ev)) {
		code = usher__acd_bring(acd, USHER_EV_AGENT_SET, 0, 0, &ev);
		if (code)
			return code;
	}
	*ret = ev.agent;
	return 0;
}

int usher__do_agent_remove(struct usher_acd *acd, const void *arg,
			   uint64_t *ret, struct usher_error *err)
{
	const struct usher__ev_in_agent_remove *in = arg;
	struct agent *agent = usher__agent_get(acd, in->agent);
	struct usher__ev_agent_removing removing = {.agent = in->agent};
	static const struct usher__bytes reason = {"removed", 7, 0};
	int code;

	(void)ret;
	(void)err;
	if (!agent)
		return USHER_ENOENT;
	if (agent->removing)
		return 0;
	code = usher__acd_room(acd, usher__agent_room(agent));
	if (code)
		return code;
	usher__acd_emit(acd, USHER_EV_AGENT_REMOVING, 0, 0, &removing);
	usher__agent_go(acd, agent, USHER_SIGNED_OUT, &reason);
	usher__agent_settle(acd, agent);
	return 0;
}

int usher__do_note(struct usher_acd *acd, const void *arg, uint64_t *ret,
		   struct usher_error *err)
{
	const struct usher__ev_in_note *in = arg;
	const struct usher__tdesc *desc = usher__type(in->type);
	union usher__payload payload;
	void *space;
	int code;

	(void)ret;
	if (!desc || desc->kind != USHER_KIND_NOTE)
		return usher_error_set(err, USHER_EINVAL, "not a note");
	space = usher__acd_scratch(acd, usher__fields_room(in->payload.len));
	if (!space)
		return USHER_ENOMEM;
	code = usher__fields_get(desc, in->payload.ptr, in->payload.len,
				 &payload, space);
	if (code)
		return usher_error_set(err, USHER_EINVAL,
				       "a field of the note is malformed");
	return usher__acd_bring(acd, in->type, in->contact, in->segment,
				&payload);
}
