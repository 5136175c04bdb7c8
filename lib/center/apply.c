/* A center takes a configuration, whole or not at all: it is tried on an empty
 * core first. */
#include <stdlib.h>
#include <string.h>

#include "center/callback.h"
#include "center/center.h"
#include "center/hostcall.h"
#include "center/hours.h"
#include "center/session.h"
#include "drivers/voice/voice.h"

static void settle(void *center)
{
	usher__center_settle(center);
}

static int apply_here(struct usher_center *center,
		      const struct usher_config *config,
		      struct usher_error *err)
{
	const struct usher__applying a = {.acd = center->acd,
					  .now_us = center->now_us,
					  .drained = settle,
					  .arg = center};

	return usher__config_apply(&a, config, err);
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
		trunks[i] = usher__config_trunk(&config->trunks[i]);
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
	struct usher__applying a = {.now_us = usher__center_clock(center),
				    .drained = usher__events_forget};
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
		code = usher__config_apply(&a, config, err);
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
	usher__hours_changed(center);
	usher__back_rekey(center);
	if (center->voice)
		(void)usher__voice_tones(center->voice, config->tones);
	if (old == config)
		return 0;
	HASH_ITER (hh, center->sessions, session, tmp)
		session->entry_conf = same_entry(config, session->entry_conf);
	unbind_others(center, old, config);
	usher_config_free(old);
	return 0;
}
