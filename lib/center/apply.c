/* A configuration becomes inputs of the core: only what differs makes an
 * event. It is tried on an empty core first, so that it is taken whole or not
 * at all. */
#include <stdlib.h>
#include <string.h>

#include "center/center.h"
#include "drivers/voice/voice.h"

#define CAPACITIES_MAX 16

static bool some_agent_names(const struct usher_config *config,
			     const char *queue)
{
	const struct usher_agent_conf *agent;
	size_t i, k;

	for (i = 0; i < config->agent_count; i++) {
		agent = &config->agents[i];
		for (k = 0; k < agent->queue_count; k++)
			if (!strcmp(agent->queues[k], queue))
				return true;
	}
	return false;
}

static int queue_apply(struct usher_acd *acd, int64_t now_us,
		       const struct usher_config *config,
		       const struct usher_queue_conf *conf,
		       struct usher_error *err)
{
	struct usher_queue_opts opts;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = conf->name;
	opts.policy = conf->policy;
	opts.fallback = conf->fallback;
	opts.requirement = conf->requirement;
	opts.target_us = conf->service_level_ms * 1000LL;
	opts.short_us = conf->short_abandon_ms * 1000LL;
	opts.offer_timeout_us = conf->offer_timeout_ms * 1000LL;
	opts.wrapup_us = conf->wrap_up_ms * 1000LL;
	opts.max_wait_us = conf->max_wait_ms * 1000LL;
	opts.retry_us = conf->retry_ms * 1000LL;
	opts.decide_timeout_us = conf->decide_ms * 1000LL;
	opts.max_waiting = conf->max_waiting;
	opts.missed_limit =
		conf->missed_max ? (int32_t)conf->missed_max : USHER_ZERO;
	opts.members_only = some_agent_names(config, conf->name);
	return usher_acd_queue_set(acd, now_us, &opts, NULL, err);
}

/* "billing=3" is a number, "language=hu" a text. */
static void attr_read(char *text, struct usher_attr *attr)
{
	char *value = strchr(text, '='), *rest;

	*value++ = 0;
	memset(attr, 0, sizeof(*attr));
	attr->name = text;
	attr->number = strtod(value, &rest);
	if (*value && !*rest &&
	    strspn(value, "0123456789.+-") == strlen(value)) {
		attr->type = USHER_ATTR_NUMBER;
	} else {
		attr->number = 0;
		attr->type = USHER_ATTR_TEXT;
		attr->text = value;
	}
}

static int agent_give(struct usher_acd *acd, int64_t now_us,
		      const struct usher_agent_conf *conf, char **texts,
		      struct usher_agent_opts *opts, struct usher_error *err)
{
	struct usher_attr attrs[USHER__LIST_MAX];
	struct usher_capacity capacity[CAPACITIES_MAX];
	uint64_t queues[USHER__LIST_MAX];
	uint32_t i, n = 0;
	char *value;

	for (i = 0; i < conf->attribute_count; i++)
		attr_read(texts[i], &attrs[i]);
	memset(capacity, 0, sizeof(capacity));
	for (i = 0; i < conf->capacity_count; i++) {
		value = strchr(texts[conf->attribute_count + i], '=');
		*value++ = 0;
		if (!strcmp(texts[conf->attribute_count + i], "total")) {
			opts->max_total = (uint32_t)strtoul(value, NULL, 10);
			continue;
		}
		if (n == CAPACITIES_MAX)
			return usher_error_set(err, USHER_EFULL,
					       "agent \"%s\": more than %d "
					       "capacities",
					       conf->name, CAPACITIES_MAX);
		capacity[n].channel = texts[conf->attribute_count + i];
		capacity[n++].max = (uint32_t)strtoul(value, NULL, 10);
	}
	for (i = 0; i < conf->queue_count; i++)
		queues[i] = usher_acd_queue_find(acd, conf->queues[i]);
	opts->name = conf->name;
	opts->attrs = attrs;
	opts->attr_count = conf->attribute_count;
	opts->capacity = capacity;
	opts->capacity_size = sizeof(*capacity);
	opts->capacity_count = n;
	opts->endpoints = conf->endpoints;
	opts->endpoint_count = conf->endpoint_count;
	opts->queues = queues;
	opts->queue_count = conf->queue_count;
	return usher_acd_agent_set(acd, now_us, opts, NULL, err);
}

static int agent_apply(struct usher_acd *acd, int64_t now_us,
		       const struct usher_agent_conf *conf, uint32_t order,
		       struct usher_error *err)
{
	uint32_t count = conf->attribute_count + conf->capacity_count, i;
	char *texts[2 * USHER__LIST_MAX] = {NULL};
	struct usher_agent_opts opts;
	int code = 0;

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.order = order;
	for (i = 0; i < count && !code; i++) {
		texts[i] = strdup(
			i < conf->attribute_count
				? conf->attributes[i]
				: conf->capacity[i - conf->attribute_count]);
		if (!texts[i])
			code = USHER_ENOMEM;
	}
	if (!code)
		code = agent_give(acd, now_us, conf, texts, &opts, err);
	for (i = 0; i < count; i++)
		free(texts[i]);
	if (code && err && !err->code)
		usher_error_set(err, code, "agent \"%s\": %s", conf->name,
				usher_strerror(code));
	return code;
}

/* A queue whose policies may be an application's own, which only its center
 * knows: the rest of it is tried. */
static int queue_try(struct usher_acd *acd, int64_t now_us,
		     const struct usher_config *config,
		     const struct usher_queue_conf *conf,
		     struct usher_error *err)
{
	struct usher_queue_conf other = *conf;
	struct usher_error first = {0};
	int code = queue_apply(acd, now_us, config, conf, &first);

	if (code == USHER_ENOENT) {
		other.policy = NULL;
		other.fallback = NULL;
		return queue_apply(acd, now_us, config, &other, err);
	}
	if (code && err)
		*err = first;
	return code;
}

struct applying {
	struct usher_acd *acd;
	int64_t now_us;
	bool own_policies; /* queues may name policies that are not there */
	/* Called after each input, so that events find room. */
	void (*drained)(void *arg);
	void *arg;
	struct usher_config_place *place; /* of what was refused, or NULL */
};

static int apply(const struct applying *a, const struct usher_config *config,
		 struct usher_error *err)
{
	const struct usher_by by = {.actor = USHER_BY_CONFIG};
	size_t i;
	int code = 0;

	for (i = 0; i < config->queue_count && !code; i++) {
		usher_acd_by(a->acd, &by);
		code = (a->own_policies ? queue_try : queue_apply)(
			a->acd, a->now_us, config, &config->queues[i], err);
		a->drained(a->arg);
		if (code)
			usher__config_place(a->place, USHER_CONFIG_QUEUE,
					    config->queues[i].name);
	}
	for (i = 0; i < config->agent_count && !code; i++) {
		usher_acd_by(a->acd, &by);
		code = agent_apply(a->acd, a->now_us, &config->agents[i],
				   (uint32_t)i, err);
		a->drained(a->arg);
		if (code)
			usher__config_place(a->place, USHER_CONFIG_AGENT,
					    config->agents[i].name);
	}
	return code;
}

static void forget_events(void *acd)
{
	while (usher_acd_next(acd))
		;
}

static void settle(void *center)
{
	usher__center_settle(center);
}

int usher__config_try(const struct usher_center *center,
		      const struct usher_config *config,
		      struct usher_config_place *place,
		      struct usher_error *err)
{
	struct applying a = {.now_us = 1,
			     .own_policies = !center,
			     .drained = forget_events,
			     .place = place};
	struct usher_acd_opts opts;
	int code;

	usher_acd_opts_init(&opts, sizeof(opts));
	code = usher_acd_new(&a.acd, &opts, err);
	if (code)
		return code;
	a.arg = a.acd;
	if (center)
		code = usher__center_policies(center, a.acd);
	if (!code)
		code = apply(&a, config, err);
	usher_acd_free(a.acd);
	return code;
}

static int apply_here(struct usher_center *center,
		      const struct usher_config *config,
		      struct usher_error *err)
{
	const struct applying a = {.acd = center->acd,
				   .now_us = center->now_us,
				   .drained = settle,
				   .arg = center};

	return apply(&a, config, err);
}

static void remove_others(struct usher_center *center,
			  const struct usher_config *config)
{
	struct usher_agent_info agent = {.size = sizeof(agent)};
	struct usher_queue_info queue = {.size = sizeof(queue)};
	uint64_t id = 0;

	while ((id = usher_acd_agent_next(center->acd, id)))
		if (!usher_acd_agent_info(center->acd, id, &agent) &&
		    !agent.removed &&
		    !usher__config_find_agent(config, agent.name)) {
			usher_acd_agent_remove(center->acd, center->now_us,
					       id);
			usher__center_settle(center);
		}
	while ((id = usher_acd_queue_next(center->acd, id)))
		if (!usher_acd_queue_info(center->acd, id, &queue) &&
		    !queue.draining &&
		    !usher__config_find_queue(config, queue.name)) {
			usher_acd_queue_remove(center->acd, center->now_us,
					       id);
			usher__center_settle(center);
		}
}

static struct usher__voice_trunk trunk_of(const struct usher_trunk_conf *conf)
{
	const struct usher__voice_trunk trunk = {
		.name = conf->name,
		.address = conf->address,
		.user = conf->user,
		.password = conf->password,
		.caller_id = conf->caller_id,
		.sources = conf->sources,
		.prefix = conf->prefix,
	};

	return trunk;
}

int usher__config_trunks_try(const struct usher_config *config,
			     struct usher_config_place *place,
			     struct usher_error *err)
{
	size_t i;
	int code = 0;

	for (i = 0; i < config->trunk_count && !code; i++) {
		const struct usher_trunk_conf *conf = &config->trunks[i];
		const struct usher__voice_trunk trunk = trunk_of(conf);
		struct usher_error why = {0};

		code = usher__voice_trunk_check(&trunk, &why);
		if (!code)
			continue;
		usher__config_place(place, USHER_CONFIG_TRUNK, conf->name);
		usher_error_set(err, code, "trunk \"%s\": %s", conf->name,
				why.message);
	}
	return code;
}

typedef int(trunks_fn)(struct usher__voice *voice,
		       const struct usher__voice_trunk *trunks, size_t count,
		       struct usher_error *err);

static int trunks_give(struct usher_center *center,
		       const struct usher_config *config, trunks_fn *give,
		       struct usher_error *err)
{
	struct usher__voice_trunk *trunks;
	size_t i;
	int code;

	if (!center->voice)
		return 0;
	trunks = calloc(config->trunk_count + 1, sizeof(*trunks));
	if (!trunks)
		return USHER_ENOMEM;
	for (i = 0; i < config->trunk_count; i++)
		trunks[i] = trunk_of(&config->trunks[i]);
	code = give(center->voice, trunks, config->trunk_count, err);
	free(trunks);
	return code;
}

static void unbind_others(struct usher_center *center,
			  const struct usher_config *old,
			  const struct usher_config *config)
{
	size_t i;

	for (i = 0; center->voice && i < old->agent_count; i++)
		if (old->agents[i].account &&
		    !usher__config_find_account(config,
						old->agents[i].account))
			usher__voice_unbind(center->voice,
					    old->agents[i].account);
}

/* An entry of one configuration in another, by its own name alone. */
static const struct usher_entry_conf *
same_entry(const struct usher_config *config,
	   const struct usher_entry_conf *was)
{
	const char *channel = was && was->channel ? was->channel : "";
	const struct usher_entry_conf *found;

	found = was ? usher__config_find_entry(config, channel, was->address)
		    : NULL;
	return found && !strcmp(found->address, was->address) ? found : NULL;
}

/* Take what fits again: the core was left between the two. */
static void go_back(struct usher_center *center, struct usher_config *old)
{
	center->config = old;
	apply_here(center, old, NULL);
	remove_others(center, old);
	trunks_give(center, old, usher__voice_trunks, NULL);
}

/* Apply it to a copy of the core. */
static int copy_try(struct usher_center *center,
		    const struct usher_config *config, struct usher_error *err)
{
	struct applying a = {.now_us = usher__center_clock(center),
			     .drained = forget_events};
	struct usher_acd_opts opts;
	void *bytes = NULL;
	size_t len = 0;
	int code;

	usher_acd_opts_init(&opts, sizeof(opts));
	opts.node = center->opts.node;
	opts.seed = center->opts.seed;
	code = usher_acd_snapshot(center->acd, &bytes, &len);
	if (!code)
		code = usher__center_restore(center, &a.acd, &opts, bytes,
					     len);
	a.arg = a.acd;
	if (!code)
		code = apply(&a, config, err);
	usher_acd_free(a.acd);
	usher_acd_snapshot_free(center->acd, bytes);
	return code;
}

static int configurable(struct usher_center *center,
			const struct usher_config *config,
			struct usher_error *err)
{
	int code = usher__config_refs(config, NULL, err);

	if (!code)
		code = usher__config_try(center, config, NULL, err);
	if (!code)
		code = trunks_give(center, config, usher__voice_trunks_try,
				   err);
	return code ? code : copy_try(center, config, err);
}

struct trying {
	struct usher_center *center;
	const struct usher_config *config;
	struct usher_error *err;
};

static int try_here(void *arg)
{
	const struct trying *trying = arg;
	struct usher_error why = {0};
	int code = trying->center->acd ? 0 : USHER_ECLOSED;

	if (!code)
		code = configurable(trying->center, trying->config, &why);
	if (!code)
		return 0;
	return usher_error_set(trying->err, code, "%s",
			       why.code ? why.message : usher_strerror(code));
}

int usher_center_configure_try(struct usher_center *center,
			       const struct usher_config *config,
			       struct usher_error *err)
{
	struct trying trying = {center, config, err};
	int code;

	if (!center || !config)
		return usher_error_set(err, USHER_EINVAL, "no configuration");
	code = usher__host_call(center->host, try_here, &trying);
	if (code && err && !err->code)
		usher_error_set(err, code, "%s", usher_strerror(code));
	return code;
}

int usher__center_configure(struct usher_center *center,
			    struct usher_config *config,
			    struct usher_error *err)
{
	struct usher_config *old = center->config;
	struct session *session, *tmp;
	int code;

	code = usher__config_refs(config, NULL, err);
	if (!code)
		code = usher__config_try(center, config, NULL, err);
	if (!code)
		code = trunks_give(center, config, usher__voice_trunks, err);
	if (code)
		return code;
	center->config = config;
	code = apply_here(center, config, err);
	if (code) {
		/* Tried on an empty core it was taken: with what is there
		 * already it is too much. */
		if (old != config)
			go_back(center, old);
		return code;
	}
	remove_others(center, config);
	if (old == config)
		return 0;
	HASH_ITER (hh, center->sessions, session, tmp)
		session->entry_conf = same_entry(config, session->entry_conf);
	unbind_others(center, old, config);
	usher_config_free(old);
	return 0;
}
