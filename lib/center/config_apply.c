/* A configuration becomes inputs of a core: only what differs makes an event.
 * Here it is tried on an empty one. */
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

/* What is between the brackets, as one text after the other, in place. */
static void items_read(char *value, size_t len, struct usher_attr *attr)
{
	char *end = value + len - 1, *out = value;
	char *at = value + 1 + strspn(value + 1, " ");

	attr->type = USHER_ATTR_LIST;
	attr->text = value;
	while (at < end) {
		size_t item = strcspn(at, ",]");
		char *next = at + item + (at + item < end);

		while (item && at[item - 1] == ' ')
			--item;
		memmove(out, at, item);
		out += item;
		*out++ = 0;
		attr->count++;
		at = next + strspn(next, " ");
	}
}

/* "billing=3" is a number, "language=hu" a text, "languages=[hu, pl]" a list
 * of texts. */
static void attr_read(char *text, struct usher_attr *attr)
{
	char *value = strchr(text, '='), *rest;
	size_t len;

	*value++ = 0;
	memset(attr, 0, sizeof(*attr));
	attr->name = text;
	len = strlen(value);
	if (len > 1 && value[0] == '[' &&
	    strchr(value, ']') == value + len - 1) {
		items_read(value, len, attr);
		return;
	}
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

static int queue_give(struct usher_acd *acd, int64_t now_us,
		      const struct usher_config *config,
		      const struct usher_queue_conf *conf, char **texts,
		      struct usher_error *err)
{
	struct usher_attr attrs[2 * USHER__LIST_MAX];
	struct usher_queue_opts opts;
	uint32_t of_policy = conf->policy_option_count;

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
	for (uint32_t i = 0; i < of_policy + conf->order_option_count; i++)
		attr_read(texts[i], &attrs[i]);
	opts.policy_options = attrs;
	opts.policy_option_count = of_policy;
	opts.order_options = attrs + of_policy;
	opts.order_option_count = conf->order_option_count;
	return usher_acd_queue_set(acd, now_us, &opts, NULL, err);
}

static int queue_apply(struct usher_acd *acd, int64_t now_us,
		       const struct usher_config *config,
		       const struct usher_queue_conf *conf,
		       struct usher_error *err)
{
	uint32_t of_policy = conf->policy_option_count;
	uint32_t count = of_policy + conf->order_option_count;
	char *texts[2 * USHER__LIST_MAX] = {NULL};
	int code = 0;

	for (uint32_t i = 0; i < count && !code; i++) {
		texts[i] = strdup(
			i < of_policy ? conf->policy_options[i]
				      : conf->order_options[i - of_policy]);
		if (!texts[i])
			code = usher_error_set(err, USHER_ENOMEM,
					       "out of memory");
	}
	if (!code)
		code = queue_give(acd, now_us, config, conf, texts, err);
	for (uint32_t i = 0; i < count; i++)
		free(texts[i]);
	return code;
}

/* What does not stand in the way of this kind, or NULL. */
static const char *interrupts(const struct usher_agent_conf *conf,
			      const char *channel)
{
	size_t len = strlen(channel);

	for (uint32_t i = 0; i < conf->interrupt_count; i++)
		if (!strncmp(conf->interrupts[i], channel, len) &&
		    conf->interrupts[i][len] == '=')
			return conf->interrupts[i] + len + 1;
	return NULL;
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
		capacity[n].interrupts = interrupts(conf, capacity[n].channel);
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
		other.policy_option_count = 0;
		return queue_apply(acd, now_us, config, &other, err);
	}
	if (code && err)
		*err = first;
	return code;
}

int usher__config_apply(const struct usher__applying *a,
			const struct usher_config *config,
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
	if (!code)
		code = usher__config_steps_apply(a, config, err);
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

void usher__events_forget(void *acd)
{
	while (usher_acd_next(acd))
		;
}

int usher__config_try(const struct usher_center *center,
		      const struct usher_config *config,
		      struct usher_config_place *place,
		      struct usher_error *err)
{
	struct usher__applying a = {.now_us = 1,
				    .own_policies = !center,
				    .drained = usher__events_forget,
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
		code = usher__config_apply(&a, config, err);
	usher_acd_free(a.acd);
	return code;
}

struct usher__voice_trunk
usher__config_trunk(const struct usher_trunk_conf *conf)
{
	const struct usher__voice_trunk trunk = {
		.name = conf->name,
		.address = conf->address,
		.user = conf->user,
		.password = conf->password,
		.caller_id = conf->caller_id,
		.from_domain = conf->from_domain,
		.sources = conf->sources,
		.prefix = conf->prefix,
		.tls_name = conf->tls_name,
		.udp = conf->transport == USHER_TRANSPORT_UDP,
		.tcp = conf->transport == USHER_TRANSPORT_TCP,
		.tls = conf->transport == USHER_TRANSPORT_TLS,
		.priority = conf->priority,
		.weight = conf->weight,
		.max_in = conf->calls_in,
		.max_out = conf->calls_out,
		.max_calls = conf->calls,
		.expires_ms = conf->expires_ms,
		.check_ms = conf->check_ms,
		.registers = conf->registers != 0,
		.trusted = conf->trusted != 0,
		.srtp = (uint8_t)conf->srtp,
		.codecs = conf->codecs,
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
		const struct usher__voice_trunk trunk =
			usher__config_trunk(conf);
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
