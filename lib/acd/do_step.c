/*
 * Deciding: steps of a queue as they are configured. Idempotent like all
 * configuration: what changes nothing makes no event.
 */
#include <acd/handlers.h>
#include <acd/qstep.h>

#define CHECK_DEFAULT INT64_C(5000000)

static bool good_spans(const struct usher__ev_step_set *conf)
{
	return usher__good_span(conf->after) &&
	       usher__good_span(conf->check) && conf->check >= STEP_CHECK_MIN;
}

/* What each action needs. */
static bool good_action(const struct usher__ev_step_set *conf)
{
	switch (conf->action) {
	case USHER_QUEUE_STEP_WIDEN:
		return conf->requirement.len || conf->anyone;
	case USHER_QUEUE_STEP_ADD:
	case USHER_QUEUE_STEP_OVERFLOW:
		return conf->queues.count &&
		       conf->queues.count <= USHER_CONTACT_QUEUES_MAX;
	case USHER_QUEUE_STEP_ANNOUNCE:
		return conf->text.len != 0;
	case USHER_QUEUE_STEP_PRIORITY:
	case USHER_QUEUE_STEP_CALLBACK:
	case USHER_QUEUE_STEP_EXIT:
		return true;
	}
	return false;
}

bool usher__good_step(const struct usher__ev_step_set *conf)
{
	return conf->step && conf->step <= USHER_QUEUE_STEPS_MAX &&
	       good_spans(conf) && good_action(conf) &&
	       usher__good_priority(conf->priority) &&
	       conf->text.len <= USHER_NAME_MAX;
}

bool usher__step_queues_are(const struct usher_acd *acd,
			    const struct usher__ev_step_set *conf)
{
	const uint64_t *ids = conf->queues.ptr;

	for (uint32_t i = 0; i < conf->queues.count; i++) {
		if (!usher__queue_get(acd, ids[i]))
			return false;
	}
	return true;
}

static int check_step(struct usher_acd *acd, const struct queue *queue,
		      const struct usher__ev_step_set *conf,
		      struct usher_error *err)
{
	const char *name = usher__queue_name(queue);
	int code = 0;

	if (!conf->step || conf->step > USHER_QUEUE_STEPS_MAX ||
	    conf->step > queue->step_count + 1)
		return usher_error_set(
			err, USHER_EINVAL,
			"queue \"%s\": steps are numbered from 1 to %d, none "
			"left out",
			name, USHER_QUEUE_STEPS_MAX);
	if (!good_spans(conf))
		return usher_error_set(
			err, USHER_EINVAL,
			"queue \"%s\": a time of step %u is out of range",
			name, conf->step);
	if (!usher__good_step(conf))
		return usher_error_set(err, USHER_EINVAL,
				       "queue \"%s\": step %u lacks what its "
				       "action needs, or has too much",
				       name, conf->step);
	if (!usher__step_queues_are(acd, conf))
		return usher_error_set(err, USHER_ENOENT,
				       "queue \"%s\": step %u names a queue "
				       "that there is not",
				       name, conf->step);
	if (conf->condition.len)
		code = usher_acd_condition_check(usher__cstr(&conf->condition),
						 err);
	if (!code)
		code = usher__req_make(acd, &conf->requirement, err);
	return code;
}

static void step_conf(const struct usher__ev_in_step_set *in,
		      struct usher__ev_step_set *conf)
{
	conf->queue = in->queue;
	conf->step = in->step;
	conf->action = in->action;
	conf->after = in->after;
	conf->condition = in->condition;
	conf->check = in->check ? in->check : CHECK_DEFAULT;
	conf->unstaffed = in->unstaffed ? 1 : 0;
	conf->requirement = in->requirement;
	conf->anyone = in->anyone ? 1 : 0;
	conf->priority = in->priority;
	conf->queues = in->queues;
	conf->text = in->text;
}

int usher__do_step_set(struct usher_acd *acd, const void *arg, uint64_t *ret,
		       struct usher_error *err)
{
	const struct usher__ev_in_step_set *in = arg;
	const struct usher__tdesc *desc = usher__type(USHER_EV_STEP_SET);
	struct queue *queue = usher__queue_get(acd, in->queue);
	struct usher__ev_step_set ev = {0};
	int code;

	(void)ret;
	if (!queue)
		return usher_error_set(err, USHER_ENOENT, "no such queue");
	step_conf(in, &ev);
	code = check_step(acd, queue, &ev, err);
	if (code)
		return code;
	if (ev.step <= queue->step_count &&
	    usher__payload_equal(desc, queue->steps[ev.step - 1]->conf, &ev))
		return 0;
	return usher__acd_bring(acd, USHER_EV_STEP_SET, 0, 0, &ev);
}

int usher__do_steps_cut(struct usher_acd *acd, const void *arg, uint64_t *ret,
			struct usher_error *err)
{
	const struct usher__ev_in_steps_cut *in = arg;
	struct queue *queue = usher__queue_get(acd, in->queue);
	struct usher__ev_steps_cut ev = {.queue = in->queue,
					 .count = in->count};

	(void)ret;
	if (!queue)
		return usher_error_set(err, USHER_ENOENT, "no such queue");
	if (in->count >= queue->step_count)
		return 0;
	return usher__acd_bring(acd, USHER_EV_STEPS_CUT, 0, 0, &ev);
}
