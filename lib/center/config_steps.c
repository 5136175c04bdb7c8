/* Steps of queues: kept in a configuration, given to a core. */
#include <stdlib.h>
#include <string.h>

#include <sized.h>

#include "center/config_names.h"

#define STEPS_ALL_MAX ((size_t)USHER__QUEUES_MAX * USHER_QUEUE_STEPS_MAX)

int usher__config_callback(const struct usher_queue_conf *queue,
			   struct usher_error *err)
{
	const char *key = queue->callback_key;

	if (queue->callback_first > USHER_CALLBACK_CUSTOMER ||
	    queue->callback_attempts > USHER_CALLBACK_ATTEMPTS_MAX)
		return usher_error_set(err, USHER_EINVAL,
				       "queue \"%s\": callbacks: nobody is "
				       "called so first, or too often",
				       queue->name);
	if (key && (strlen(key) != 1 || !strchr("0123456789*#", *key)))
		return usher_error_set(err, USHER_EINVAL,
				       "queue \"%s\": callbacks: \"%s\" is "
				       "no key",
				       queue->name, key);
	return 0;
}

static uint32_t count_of(const struct usher_config *config, size_t queue)
{
	size_t i = config->step_count;

	/* a queue's steps come together, mostly: the last is near */
	while (i-- > 0) {
		if (config->steps[i].queue == queue)
			return config->steps[i].number;
	}
	return 0;
}

static int keep(struct usher_config *config, struct usher_queue_step_conf *c)
{
	int code;

	if ((code = usher__config_own(config, &c->queue)) ||
	    (code = usher__config_own(config, &c->condition)) ||
	    (code = usher__config_own(config, &c->requirement)) ||
	    (code = usher__config_own(config, &c->text)))
		return code;
	return usher__config_own_list(config, &c->queues, c->queue_count,
				      USHER_CONTACT_QUEUES_MAX);
}

int usher_config_queue_step(struct usher_config *config,
			    const struct usher_queue_step_conf *step,
			    struct usher_error *err)
{
	struct usher__config_step kept = {0};
	const struct usher_queue_conf *queue;
	int code;

	if (!config ||
	    !usher__take(&kept.conf, sizeof(kept.conf), step,
			 UP_TO(struct usher_queue_step_conf, queue)) ||
	    !kept.conf.queue)
		return usher_error_set(err, USHER_EINVAL, "no step given");
	queue = usher__config_find_queue(config, step->queue);
	if (!queue)
		return usher_error_set(err, USHER_ENOENT,
				       "there is no queue \"%s\"",
				       step->queue);
	kept.queue = (size_t)(queue - config->queues);
	kept.number = count_of(config, kept.queue) + 1;
	if (kept.number > USHER_QUEUE_STEPS_MAX)
		return usher_error_set(err, USHER_EFULL,
				       "queue \"%s\": more than %d steps",
				       step->queue, USHER_QUEUE_STEPS_MAX);
	code = usher__config_grow(&config->steps, config->step_count,
				  STEPS_ALL_MAX, sizeof(kept));
	if (!code)
		code = keep(config, &kept.conf);
	if (code)
		return usher_error_set(err, code, "queue \"%s\": %s",
				       step->queue, usher_strerror(code));
	config->steps[config->step_count++] = kept;
	return 0;
}

int usher__config_steps_refs(const struct usher_config *config,
			     struct usher_config_place *place,
			     struct usher_error *err)
{
	for (size_t i = 0; i < config->step_count; i++) {
		const struct usher_queue_step_conf *c = &config->steps[i].conf;

		for (uint32_t k = 0; k < c->queue_count; k++) {
			if (usher__name_find(config, QUEUE, c->queues[k]))
				continue;
			usher__config_place(place, USHER_CONFIG_QUEUE,
					    c->queue);
			return usher_error_set(
				err, USHER_ENOENT,
				"queue \"%s\": there is no queue \"%s\"",
				c->queue, c->queues[k]);
		}
	}
	return 0;
}

static int step_apply(const struct usher__applying *a,
		      const struct usher__config_step *step,
		      struct usher_error *err)
{
	const struct usher_queue_step_conf *c = &step->conf;
	uint64_t queues[USHER_CONTACT_QUEUES_MAX];
	struct usher_queue_step_opts opts;

	usher_queue_step_opts_init(&opts, sizeof(opts));
	for (uint32_t i = 0; i < c->queue_count; i++)
		queues[i] = usher_acd_queue_find(a->acd, c->queues[i]);
	opts.condition = c->condition;
	opts.requirement = c->requirement;
	opts.queues = queues;
	opts.queue_count = c->queue_count;
	opts.text = c->text;
	opts.after_us = c->after_ms * 1000LL;
	opts.check_us = c->check_ms * 1000LL;
	opts.priority = c->priority;
	opts.action = c->action;
	opts.anyone = c->anyone;
	opts.unstaffed = c->unstaffed;
	return usher_acd_step_set(a->acd, a->now_us,
				  usher_acd_queue_find(a->acd, c->queue),
				  step->number, &opts, err);
}

int usher__config_steps_apply(const struct usher__applying *a,
			      const struct usher_config *config,
			      struct usher_error *err)
{
	const struct usher_by by = {.actor = USHER_BY_CONFIG};
	uint32_t *counts = calloc(config->queue_count + 1, sizeof(*counts));
	int code = counts ? 0 : USHER_ENOMEM;

	for (size_t i = 0; i < config->step_count && !code; i++) {
		const struct usher__config_step *step = &config->steps[i];

		usher_acd_by(a->acd, &by);
		code = step_apply(a, step, err);
		a->drained(a->arg);
		if (code)
			usher__config_place(a->place, USHER_CONFIG_QUEUE,
					    step->conf.queue);
		else
			counts[step->queue] = step->number;
	}
	for (size_t i = 0; i < config->queue_count && !code; i++) {
		usher_acd_by(a->acd, &by);
		code = usher_acd_steps_cut(
			a->acd, a->now_us,
			usher_acd_queue_find(a->acd, config->queues[i].name),
			counts[i]);
		a->drained(a->arg);
	}
	free(counts);
	return code;
}
