/* A configuration as a whole: what one part says of another, and whether the
 * core and the voice driver would take it. Nothing of it touches a center. */
#include <stdlib.h>

#include <sized.h>

#include "center/config_names.h"

static int flow_known(const struct usher_config *config, const char *name,
		      const char *entry, struct usher_error *err)
{
	if (!name ||
	    (config->flows && usher_flow_set_has(config->flows, name)))
		return 0;
	return usher_error_set(err, USHER_ENOENT,
			       "entry \"%s\": there is no flow \"%s\"", entry,
			       name);
}

static int agent_refs(const struct usher_config *config,
		      const struct usher_agent_conf *agent,
		      struct usher_error *err)
{
	uint32_t i;

	for (i = 0; i < agent->queue_count; i++)
		if (!usher__name_find(config, QUEUE, agent->queues[i]))
			return usher_error_set(
				err, USHER_ENOENT,
				"agent \"%s\": there is no queue \"%s\"",
				agent->name, agent->queues[i]);
	return 0;
}

static int entry_refs(const struct usher_config *config,
		      const struct usher_entry_conf *entry,
		      struct usher_error *err)
{
	int code;

	if (entry->queue && !usher__name_find(config, QUEUE, entry->queue))
		return usher_error_set(err, USHER_ENOENT,
				       "entry \"%s\": there is no queue "
				       "\"%s\"",
				       entry->address, entry->queue);
	code = flow_known(config, entry->flow, entry->address, err);
	return code ? code
		    : flow_known(config, entry->after, entry->address, err);
}

int usher__config_refs(const struct usher_config *config,
		       struct usher_config_place *place,
		       struct usher_error *err)
{
	size_t i;
	int code = 0;

	for (i = 0; i < config->agent_count && !code; i++) {
		code = agent_refs(config, &config->agents[i], err);
		if (code)
			usher__config_place(place, USHER_CONFIG_AGENT,
					    config->agents[i].name);
	}
	if (!code)
		code = usher__config_steps_refs(config, place, err);
	if (!code)
		code = usher__config_circles(config, place, err);
	for (i = 0; i < config->entry_count && !code; i++) {
		code = entry_refs(config, &config->entries[i], err);
		if (code)
			usher__config_place(place, USHER_CONFIG_ENTRY,
					    config->entries[i].address);
	}
	return code ? code : usher__config_clashes(config, place, err);
}

int usher_config_check_at(const struct usher_config *config,
			  struct usher_config_place *ret,
			  struct usher_error *err)
{
	struct usher_config_place place = {0};
	int code;

	if (!config)
		return usher_error_set(err, USHER_EINVAL, "no configuration");
	if (ret && ret->size < UP_TO(struct usher_config_place, name))
		return usher_error_set(err, USHER_EINVAL,
				       "the place's size is too small");
	code = usher__config_refs(config, &place, err);
	if (!code)
		code = usher__config_trunks_try(config, &place, err);
	if (!code)
		code = usher__config_try(NULL, config, &place, err);
	if (code && ret)
		usher__give_sized(ret, &place, sizeof(place),
				  UP_TO(struct usher_config_place, name));
	return code;
}

int usher_config_check(const struct usher_config *config,
		       struct usher_error *err)
{
	return usher_config_check_at(config, NULL, err);
}

struct usher_config *usher_config_ref(struct usher_config *config)
{
	if (config)
		atomic_fetch_add(&config->refs, 1);
	return config;
}

void usher_config_free(struct usher_config *config)
{
	struct usher__chunk *chunk;

	if (!config || atomic_fetch_sub(&config->refs, 1) != 1)
		return;
	HASH_CLEAR(hh, config->names);
	while ((chunk = config->chunks)) {
		config->chunks = chunk->next;
		free(chunk);
	}
	usher_flow_set_unref(config->flows);
	free(config->agents);
	free(config->queues);
	free(config->steps);
	usher__config_hours_free(config);
	free(config->entries);
	free(config->trunks);
	free(config);
}
