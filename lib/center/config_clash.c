/* Numbers that two things of a center have: whoever is looked for first hides
 * the other. Agents' phones dial a feature code before an entry, an entry
 * before a parked call, that before a colleague; callers and transfers find an
 * entry or a queue before an agent. So there is one of all for a number. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "center/config_names.h"

/* What has the number, for a message. */
struct owner {
	char text[160];
};

/* As feature.c takes it: behind a code come so many digits at most. */
static bool is_code(const char *number, const char *code, size_t digits)
{
	size_t len = strlen(code);

	if (strncmp(number, code, len))
		return false;
	number += len;
	if (*number == '*')
		number++;
	len = strspn(number, "0123456789");
	return !number[len] && len <= digits;
}

static bool by_code(const struct usher_config *config, const char *number,
		    struct owner *ret)
{
	const struct usher_feature_conf *f = &config->features;
	const struct {
		const char *name, *code;
		size_t digits;
	} codes[] = {
		{"sign_in", f->sign_in, SIZE_MAX},
		{"sign_out", f->sign_out, 0},
		{"pause", f->pause, 1},
		{"ready", f->ready, 0},
		{"wrap_up_end", f->wrap_up_end, 0},
	};
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (!is_code(number, codes[i].code, codes[i].digits))
			continue;
		snprintf(ret->text, sizeof(ret->text),
			 "taken by the feature code %s ('%.16s')",
			 codes[i].name, codes[i].code);
		return true;
	}
	return false;
}

static bool by_slot(const struct usher_config *config, const char *number,
		    struct owner *ret)
{
	const struct usher_park_conf *park = &config->park;
	unsigned long slot = strtoul(number, NULL, 10);
	char written[24];

	/* A slot is dialed without zeroes before it. */
	snprintf(written, sizeof(written), "%lu", slot);
	if (strcmp(written, number) || slot < park->first ||
	    slot - park->first >= park->count)
		return false;
	snprintf(ret->text, sizeof(ret->text),
		 "a slot where calls are parked (%u to %u)", park->first,
		 park->first + park->count - 1);
	return true;
}

/* Of an entry for calls; straight_to: one that leads to just this queue is the
 * same as the queue's own number. */
static bool by_entry(const struct usher_config *config, const char *number,
		     const char *straight_to, struct owner *ret)
{
	const struct usher_entry_conf *entry =
		usher__config_find_entry(config, "voice", number);

	if (!entry || strcmp(entry->address, number))
		return false;
	if (straight_to && !entry->flow && entry->queue &&
	    !strcmp(entry->queue, straight_to))
		return false;
	snprintf(ret->text, sizeof(ret->text), "an entry");
	return true;
}

static bool by_queue(const struct usher_config *config, const char *number,
		     struct owner *ret)
{
	const struct usher_queue_conf *queue =
		usher__config_find_number(config, number);

	if (queue)
		snprintf(ret->text, sizeof(ret->text),
			 "the number of queue '%.64s'", queue->name);
	return queue;
}

static int refuse(struct usher_config_place *place, uint32_t part,
		  const char *name, const char *what, const char *number,
		  const struct owner *owner, struct usher_error *err)
{
	usher__config_place(place, part, name);
	return usher_error_set(err, USHER_EEXIST,
			       "%s '%.64s': %.32s is %s, too", what, name,
			       number, owner->text);
}

static int agents(const struct usher_config *config,
		  struct usher_config_place *place, struct usher_error *err)
{
	struct owner owner;
	size_t i;

	for (i = 0; i < config->agent_count; i++) {
		const char *number = config->agents[i].extension;

		if (number && (by_code(config, number, &owner) ||
			       by_entry(config, number, NULL, &owner) ||
			       by_queue(config, number, &owner) ||
			       by_slot(config, number, &owner)))
			return refuse(place, USHER_CONFIG_AGENT,
				      config->agents[i].name,
				      "extension of agent", number, &owner,
				      err);
	}
	return 0;
}

static int queues(const struct usher_config *config,
		  struct usher_config_place *place, struct usher_error *err)
{
	struct owner owner;
	size_t i;

	for (i = 0; i < config->queue_count; i++) {
		const struct usher_queue_conf *queue = &config->queues[i];
		const char *number = queue->number;

		if (number && (by_code(config, number, &owner) ||
			       by_entry(config, number, queue->name, &owner) ||
			       by_slot(config, number, &owner)))
			return refuse(place, USHER_CONFIG_QUEUE, queue->name,
				      "number of queue", number, &owner, err);
	}
	return 0;
}

int usher__config_clashes(const struct usher_config *config,
			  struct usher_config_place *place,
			  struct usher_error *err)
{
	int code = agents(config, place, err);
	struct owner owner;
	size_t i;

	if (!code)
		code = queues(config, place, err);
	for (i = 0; i < config->entry_count && !code; i++) {
		const struct usher_entry_conf *entry = &config->entries[i];

		if ((!entry->channel || !strcmp(entry->channel, "voice")) &&
		    (by_code(config, entry->address, &owner) ||
		     by_slot(config, entry->address, &owner)))
			code = refuse(place, USHER_CONFIG_ENTRY,
				      entry->address, "entry", entry->address,
				      &owner, err);
	}
	return code;
}
