/*
 * The inputs of usher/acd.h: each fills the input's struct and runs it. Texts
 * that are NULL are empty; defaults are filled in here, so that the journal
 * says what was meant.
 */
#include <acd/internal.h>
#include <acd/options.h>

#define SECOND   INT64_C(1000000)
#define BAD_SIZE "options of an unknown size"

#define INIT(type)                                                            \
	void usher_##type##_opts_init(struct usher_##type##_opts *opts,       \
				      size_t size)                            \
	{                                                                     \
		memset(opts, 0, size);                                        \
		opts->size = size;                                            \
	}

INIT(queue)
INIT(queue_step)
INIT(agent)
INIT(contact)
INIT(enqueue)
INIT(direct)
INIT(callback)

static int64_t span(int64_t value, int64_t standard)
{
	if (value == USHER_ZERO)
		return 0;
	return value ? value : standard;
}

static struct usher__bytes text_or(const char *value, const char *standard)
{
	return usher__text(value && *value ? value : standard);
}

int usher_acd_configure(struct usher_acd *acd, int64_t now_us,
			const char *contact_order)
{
	struct usher__ev_in_configure in = {0};

	in.contact_order = text_or(contact_order, "priority_age");
	in.explain = acd->explain;
	return usher__acd_run(acd, now_us, USHER_EV_IN_CONFIGURE, &in, NULL,
			      NULL);
}

int usher_acd_explain_offers(struct usher_acd *acd, int64_t now_us,
			     uint32_t agents)
{
	struct usher__ev_in_configure in = {0};

	in.contact_order = usher__text(acd->order->name);
	in.explain = agents;
	return usher__acd_run(acd, now_us, USHER_EV_IN_CONFIGURE, &in, NULL,
			      NULL);
}

int usher_acd_day(struct usher_acd *acd, int64_t now_us, const char *name)
{
	struct usher__ev_in_day in = {0};

	in.name = usher__text(name);
	return usher__acd_run(acd, now_us, USHER_EV_IN_DAY, &in, NULL, NULL);
}

int usher__queue_numbers(const struct usher_queue_opts *all,
			 struct usher__ev_in_queue_set *in,
			 struct usher_error *err)
{
	if (all->missed_limit < 0 && all->missed_limit != USHER_ZERO)
		return usher_error_set(err, USHER_EINVAL,
				       "missed_limit is negative");
	in->name = usher__text(all->name);
	in->policy = text_or(all->policy, "longest_idle");
	in->fallback = text_or(all->fallback, "longest_idle");
	in->requirement = usher__text(all->requirement);
	in->target = span(all->target_us, 20 * SECOND);
	in->short_wait = span(all->short_us, 5 * SECOND);
	in->offer_timeout = span(all->offer_timeout_us, 20 * SECOND);
	in->wrapup = span(all->wrapup_us, 0);
	in->max_wait = span(all->max_wait_us, 0);
	in->retry = span(all->retry_us, 5 * SECOND);
	in->decide_timeout = span(all->decide_timeout_us, 2 * SECOND);
	in->priority = all->priority;
	in->max_waiting = all->max_waiting;
	in->missed_limit = (uint32_t)span(all->missed_limit, 3);
	in->boost = all->boost ? all->boost : 100;
	in->members_only = all->members_only;
	return 0;
}

int usher_acd_step_set(struct usher_acd *acd, int64_t now_us, uint64_t queue,
		       uint32_t step, const struct usher_queue_step_opts *opts,
		       struct usher_error *err)
{
	struct usher__ev_in_step_set in = {0};
	struct usher_queue_step_opts all;

	if (!usher__take(&all, sizeof(all), opts, STEP_OPTS_FIRST) ||
	    all.queue_count > USHER_CONTACT_QUEUES_MAX)
		return usher_error_set(err, USHER_EINVAL, BAD_SIZE);
	in.queue = queue;
	in.step = step;
	in.action = all.action;
	in.after = all.after_us;
	in.condition = usher__text(all.condition);
	in.check = all.check_us;
	in.unstaffed = all.unstaffed;
	in.requirement = usher__text(all.requirement);
	in.anyone = all.anyone;
	in.priority = all.priority;
	in.queues.ptr = all.queues;
	in.queues.count = all.queue_count;
	in.queues.len = all.queue_count * (uint32_t)sizeof(*all.queues);
	in.text = usher__text(all.text);
	return usher__acd_run(acd, now_us, USHER_EV_IN_STEP_SET, &in, NULL,
			      err);
}

int usher_acd_steps_cut(struct usher_acd *acd, int64_t now_us, uint64_t queue,
			uint32_t count)
{
	struct usher__ev_in_steps_cut in = {.queue = queue, .count = count};

	return usher__acd_run(acd, now_us, USHER_EV_IN_STEPS_CUT, &in, NULL,
			      NULL);
}

int usher_acd_queue_remove(struct usher_acd *acd, int64_t now_us,
			   uint64_t queue)
{
	struct usher__ev_in_queue_remove in = {.queue = queue};

	return usher__acd_run(acd, now_us, USHER_EV_IN_QUEUE_REMOVE, &in, NULL,
			      NULL);
}

int usher_acd_queue_open(struct usher_acd *acd, int64_t now_us, uint64_t queue,
			 int open)
{
	struct usher__ev_in_queue_open in = {.queue = queue,
					     .open = open ? 1 : 0};

	return usher__acd_run(acd, now_us, USHER_EV_IN_QUEUE_OPEN, &in, NULL,
			      NULL);
}

int usher_acd_agent_remove(struct usher_acd *acd, int64_t now_us,
			   uint64_t agent)
{
	struct usher__ev_in_agent_remove in = {.agent = agent};

	return usher__acd_run(acd, now_us, USHER_EV_IN_AGENT_REMOVE, &in, NULL,
			      NULL);
}

int usher_acd_presence(struct usher_acd *acd, int64_t now_us, uint64_t agent,
		       uint32_t presence, const char *reason)
{
	struct usher__ev_in_presence in = {0};

	in.agent = agent;
	in.presence = presence;
	in.reason = usher__text(reason);
	return usher__acd_run(acd, now_us, USHER_EV_IN_PRESENCE, &in, NULL,
			      NULL);
}

int usher_acd_contact_end(struct usher_acd *acd, int64_t now_us,
			  uint64_t contact, const char *reason)
{
	struct usher__ev_in_contact_end in = {0};

	in.contact = contact;
	in.reason = usher__text(reason);
	return usher__acd_run(acd, now_us, USHER_EV_IN_CONTACT_END, &in, NULL,
			      NULL);
}

int usher_acd_detach(struct usher_acd *acd, int64_t now_us, uint64_t contact,
		     int64_t until_us, const char *reason)
{
	struct usher__ev_in_detach in = {0};

	in.contact = contact;
	in.until = until_us;
	in.reason = usher__text(reason);
	return usher__acd_run(acd, now_us, USHER_EV_IN_DETACH, &in, NULL,
			      NULL);
}

int usher_acd_attach(struct usher_acd *acd, int64_t now_us, uint64_t contact)
{
	struct usher__ev_in_attach in = {.contact = contact};

	return usher__acd_run(acd, now_us, USHER_EV_IN_ATTACH, &in, NULL,
			      NULL);
}

int usher_acd_flow_begin(struct usher_acd *acd, int64_t now_us,
			 uint64_t contact, const char *flow,
			 uint64_t *ret_segment)
{
	struct usher__ev_in_flow_begin in = {0};

	in.contact = contact;
	in.flow = usher__text(flow);
	return usher__acd_run(acd, now_us, USHER_EV_IN_FLOW_BEGIN, &in,
			      ret_segment, NULL);
}

int usher_acd_flow_end(struct usher_acd *acd, int64_t now_us, uint64_t segment,
		       const char *reason)
{
	struct usher__ev_in_flow_end in = {0};

	in.segment = segment;
	in.reason = usher__text(reason);
	return usher__acd_run(acd, now_us, USHER_EV_IN_FLOW_END, &in, NULL,
			      NULL);
}

int usher_acd_enqueue(struct usher_acd *acd, int64_t now_us, uint64_t contact,
		      const struct usher_enqueue_opts *opts,
		      uint64_t *ret_segment)
{
	struct usher__ev_in_enqueue in = {0};
	struct usher_enqueue_opts all;

	if (!usher__take(&all, sizeof(all), opts, ENQUEUE_OPTS_FIRST))
		return USHER_EINVAL;
	if (all.queue_count > USHER_CONTACT_QUEUES_MAX)
		return USHER_EINVAL;
	in.contact = contact;
	in.queues.ptr = all.queues;
	in.queues.count = all.queue_count;
	in.queues.len = all.queue_count * (uint32_t)sizeof(*all.queues);
	in.requirement = usher__text(all.requirement);
	in.priority = all.priority;
	in.max_wait = all.max_wait_us;
	in.since = all.since_us;
	return usher__acd_run(acd, now_us, USHER_EV_IN_ENQUEUE, &in,
			      ret_segment, NULL);
}

int usher_acd_dequeue(struct usher_acd *acd, int64_t now_us, uint64_t segment,
		      uint32_t leave)
{
	struct usher__ev_in_dequeue in = {.segment = segment, .leave = leave};

	return usher__acd_run(acd, now_us, USHER_EV_IN_DEQUEUE, &in, NULL,
			      NULL);
}

int usher_acd_accept(struct usher_acd *acd, int64_t now_us, uint64_t offer,
		     const char *endpoint)
{
	struct usher__ev_in_accept in = {0};

	in.offer = offer;
	in.endpoint = usher__text(endpoint);
	return usher__acd_run(acd, now_us, USHER_EV_IN_ACCEPT, &in, NULL,
			      NULL);
}

int usher_acd_reject(struct usher_acd *acd, int64_t now_us, uint64_t offer,
		     const char *reason)
{
	struct usher__ev_in_reject in = {0};

	in.offer = offer;
	in.reason = usher__text(reason);
	return usher__acd_run(acd, now_us, USHER_EV_IN_REJECT, &in, NULL,
			      NULL);
}

int usher_acd_miss(struct usher_acd *acd, int64_t now_us, uint64_t offer,
		   const char *reason)
{
	struct usher__ev_in_miss in = {0};

	in.offer = offer;
	in.reason = usher__text(reason);
	return usher__acd_run(acd, now_us, USHER_EV_IN_MISS, &in, NULL, NULL);
}

int usher_acd_withdraw(struct usher_acd *acd, int64_t now_us, uint64_t offer,
		       const char *reason)
{
	struct usher__ev_in_withdraw in = {0};

	in.offer = offer;
	in.reason = usher__text(reason);
	return usher__acd_run(acd, now_us, USHER_EV_IN_WITHDRAW, &in, NULL,
			      NULL);
}

int usher_acd_connected(struct usher_acd *acd, int64_t now_us, uint64_t offer,
			uint64_t *ret_segment)
{
	struct usher__ev_in_connected in = {.offer = offer};

	return usher__acd_run(acd, now_us, USHER_EV_IN_CONNECTED, &in,
			      ret_segment, NULL);
}

int usher_acd_connect_failed(struct usher_acd *acd, int64_t now_us,
			     uint64_t offer, const char *reason)
{
	struct usher__ev_in_connect_failed in = {0};

	in.offer = offer;
	in.reason = usher__text(reason);
	return usher__acd_run(acd, now_us, USHER_EV_IN_CONNECT_FAILED, &in,
			      NULL, NULL);
}

int usher_acd_assign(struct usher_acd *acd, int64_t now_us, uint64_t contact,
		     uint64_t agent, int force)
{
	struct usher__ev_in_assign in = {
		.contact = contact, .agent = agent, .force = force ? 1 : 0};

	return usher__acd_run(acd, now_us, USHER_EV_IN_ASSIGN, &in, NULL,
			      NULL);
}

int usher_acd_direct(struct usher_acd *acd, int64_t now_us, uint64_t contact,
		     uint64_t agent, const struct usher_direct_opts *opts,
		     uint64_t *ret_segment)
{
	struct usher__ev_in_direct in = {0};
	struct usher_direct_opts all = {0};

	if (opts && !usher__take(&all, sizeof(all), opts, DIRECT_OPTS_FIRST))
		return USHER_EINVAL;
	in.contact = contact;
	in.agent = agent;
	in.dialing = all.dialing;
	in.wrapup = all.wrapup_us;
	in.force = all.force;
	return usher__acd_run(acd, now_us, USHER_EV_IN_DIRECT, &in,
			      ret_segment, NULL);
}

int usher_acd_answered(struct usher_acd *acd, int64_t now_us, uint64_t segment)
{
	struct usher__ev_in_answered in = {.segment = segment};

	return usher__acd_run(acd, now_us, USHER_EV_IN_ANSWERED, &in, NULL,
			      NULL);
}

int usher_acd_hold(struct usher_acd *acd, int64_t now_us, uint64_t segment)
{
	struct usher__ev_in_hold in = {.segment = segment};

	return usher__acd_run(acd, now_us, USHER_EV_IN_HOLD, &in, NULL, NULL);
}

int usher_acd_resume(struct usher_acd *acd, int64_t now_us, uint64_t segment)
{
	struct usher__ev_in_resume in = {.segment = segment};

	return usher__acd_run(acd, now_us, USHER_EV_IN_RESUME, &in, NULL,
			      NULL);
}

int usher_acd_leave(struct usher_acd *acd, int64_t now_us, uint64_t segment,
		    const char *reason)
{
	struct usher__ev_in_leave in = {0};

	in.segment = segment;
	in.reason = usher__text(reason);
	return usher__acd_run(acd, now_us, USHER_EV_IN_LEAVE, &in, NULL, NULL);
}

int usher_acd_wrapup_end(struct usher_acd *acd, int64_t now_us,
			 uint64_t segment)
{
	struct usher__ev_in_wrapup_end in = {.segment = segment};

	return usher__acd_run(acd, now_us, USHER_EV_IN_WRAPUP_END, &in, NULL,
			      NULL);
}

int usher_acd_disposition(struct usher_acd *acd, int64_t now_us,
			  uint64_t segment, const char *disposition)
{
	struct usher__ev_in_disposition in = {0};

	in.segment = segment;
	in.disposition = usher__text(disposition);
	return usher__acd_run(acd, now_us, USHER_EV_IN_DISPOSITION, &in, NULL,
			      NULL);
}
