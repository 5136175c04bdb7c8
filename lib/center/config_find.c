#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sized.h>

#include "center/config_names.h"

struct usher__name *usher__name_find(const struct usher_config *config,
				     enum name_kind kind, const char *name)
{
	char key[USHER__TEXT_MAX + 3];
	struct usher__name *found;
	int len;

	if (!name)
		return NULL;
	len = snprintf(key, sizeof(key), "%c:%s", (char)kind, name);
	if (len < 0 || (size_t)len >= sizeof(key))
		return NULL;
	HASH_FIND(hh, config->names, key, (unsigned)len, found);
	return found;
}

const struct usher_agent_conf *
usher__config_find_agent(const struct usher_config *config, const char *name)
{
	struct usher__name *found = usher__name_find(config, AGENT, name);

	return found ? &config->agents[found->index] : NULL;
}

const struct usher_queue_conf *
usher__config_find_queue(const struct usher_config *config, const char *name)
{
	struct usher__name *found = usher__name_find(config, QUEUE, name);

	return found ? &config->queues[found->index] : NULL;
}

const struct usher_agent_conf *
usher__config_find_account(const struct usher_config *config,
			   const char *account)
{
	struct usher__name *found = usher__name_find(config, ACCOUNT, account);

	return found ? &config->agents[found->index] : NULL;
}

const struct usher_agent_conf *
usher__config_find_extension(const struct usher_config *config,
			     const char *extension)
{
	struct usher__name *found =
		usher__name_find(config, EXTENSION, extension);

	return found ? &config->agents[found->index] : NULL;
}

const struct usher_queue_conf *
usher__config_find_number(const struct usher_config *config,
			  const char *number)
{
	struct usher__name *found = usher__name_find(config, NUMBER, number);

	return found ? &config->queues[found->index] : NULL;
}

const struct usher_entry_conf *
usher__config_find_entry(const struct usher_config *config,
			 const char *channel, const char *address)
{
	const char *const channels[] = {channel, ""};
	const char *const addresses[] = {address, "*"};
	char key[USHER__TEXT_MAX];
	struct usher__name *found;
	int i;

	for (i = 0; i < 4; i++) {
		snprintf(key, sizeof(key), "%.250s/%.600s", channels[i & 1],
			 addresses[i >> 1]);
		found = usher__name_find(config, ENTRY, key);
		if (found)
			return &config->entries[found->index];
	}
	return NULL;
}

uint32_t usher__entry_without(const struct usher_entry_conf *entry)
{
	return (entry && entry->no_text ? USHER_RING_NO_TEXT : 0) |
	       (entry && entry->no_video ? USHER_RING_NO_VIDEO : 0);
}

bool usher__config_has_app(const struct usher_agent_conf *agent)
{
	uint32_t i;

	for (i = 0; i < agent->endpoint_count; i++)
		if (!strcmp(agent->endpoints[i], "app"))
			return true;
	return false;
}

int usher__endpoint_read(const char *text, struct usher__endpoint *ret)
{
	size_t len = strcspn(text, " ");
	unsigned long seconds;
	char *end;

	memset(ret, 0, sizeof(*ret));
	if (!len || len > USHER__ENDPOINT_TEXT_MAX)
		return USHER_EINVAL;
	memcpy(ret->address, text, len);
	for (text += len; *(text += strspn(text, " ")); text += len) {
		len = strcspn(text, " ");
		if (len == 6 && !strncmp(text, "accept", 6)) {
			ret->accept = true;
			continue;
		}
		if (strncmp(text, "ring=", 5) || text[5] < '0' ||
		    text[5] > '9')
			return USHER_EINVAL;
		seconds = strtoul(text + 5, &end, 10);
		if (*end == 's')
			end++;
		if (end != text + len || !seconds ||
		    seconds > USHER__ENDPOINT_S_MAX)
			return USHER_EINVAL;
		ret->ring_ms = (uint32_t)seconds * 1000;
	}
	return 0;
}

unsigned usher__config_share(const char *recording)
{
	unsigned long share;
	char *end;

	if (!strcmp(recording, "never") || !strcmp(recording, "demand"))
		return 0;
	if (!strcmp(recording, "always"))
		return 100;
	if (*recording < '0' || *recording > '9')
		return 101;
	share = strtoul(recording, &end, 10);
	return share <= 100 && !strcmp(end, "%") ? (unsigned)share : 101;
}

int usher_config_park(struct usher_config *config,
		      const struct usher_park_conf *park,
		      struct usher_error *err)
{
	struct usher_park_conf c;

	if (!config || !usher__take(&c, sizeof(c), park,
				    UP_TO(struct usher_park_conf, size)))
		return usher_error_set(err, USHER_EINVAL, "no slots given");
	c.first = c.first ? c.first : config->park.first;
	c.count = c.count ? c.count : config->park.count;
	if (!c.timeout_ms)
		c.timeout_ms = config->park.timeout_ms;
	if (c.count > USHER__SLOTS_MAX || c.first > UINT32_MAX - c.count ||
	    c.timeout_ms > USHER__PARK_MS_MAX)
		return usher_error_set(err, USHER_EINVAL,
				       "at most %u slots, for at most a day",
				       USHER__SLOTS_MAX);
	config->park = c;
	return 0;
}

const char *usher__config_reason(const struct usher_config *config, char digit)
{
	uint32_t i;

	for (i = 0; i < config->features.reason_count; i++)
		if (config->features.reasons[i][0] == digit)
			return config->features.reasons[i] + 2;
	return NULL;
}
