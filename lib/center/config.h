/* A configuration inside: the public structs, their strings in one arena. */
#ifndef USHER_LIB_CENTER_CONFIG_H
#define USHER_LIB_CENTER_CONFIG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <usher/center.h>

/* Limits of one center's configuration. */
#define USHER__AGENTS_MAX   100000u
#define USHER__QUEUES_MAX   10000u
#define USHER__ENTRIES_MAX  10000u
#define USHER__TRUNKS_MAX   256u
#define USHER__REASONS_MAX  10u
#define USHER__KEYS_MAX     8u /* of a code that is pressed in a call */
#define USHER__SLOTS_MAX    1000u
#define USHER__PARK_MS_MAX  86400000u
#define USHER__LIST_MAX     64u
#define USHER__PREFIXES_MAX 1024u /* allowed, denied, with a price */
/* Calls outside at once, unless something else is told. */
#define USHER__OUTBOUND_CALLS 100u
#define USHER__OUTBOUND_AGENT 3u
#define USHER__TEXT_MAX       1024u

/* A piece of the arena. */
struct usher__chunk {
	struct usher__chunk *next;
	size_t used, size;
	_Alignas(max_align_t) char bytes[];
};

struct usher__name;

struct usher_config {
	atomic_uint refs;
	struct usher__chunk *chunks;
	struct usher__name *names; /* "kind:name", to find a name twice */
	struct usher_agent_conf *agents;
	struct usher_queue_conf *queues;
	struct usher__config_step *steps;
	struct usher__config_hours *hours; /* hours.c */
	struct usher_entry_conf *entries;
	struct usher_trunk_conf *trunks;
	size_t agent_count, queue_count, entry_count, trunk_count;
	size_t step_count, hours_count;
	struct usher_feature_conf features;
	struct usher_park_conf park;
	struct usher_outbound_conf outbound;
	struct usher_numbers_conf numbers; /* zero: none are known */
	const char *tones;                 /* whose; NULL: of no country */
	struct usher_flow_set *flows;      /* referenced, or NULL */
};

const struct usher_agent_conf *
usher__config_find_agent(const struct usher_config *config, const char *name);
const struct usher_queue_conf *
usher__config_find_queue(const struct usher_config *config, const char *name);
/* The agent whose SIP account this is. */
const struct usher_agent_conf *
usher__config_find_account(const struct usher_config *config,
			   const char *account);
const struct usher_agent_conf *
usher__config_find_extension(const struct usher_config *config,
			     const char *extension);
/* The queue that this number or name reaches. */
const struct usher_queue_conf *
usher__config_find_number(const struct usher_config *config,
			  const char *number);
/* The entry for what was dialed: its own, else "*", else NULL. */
const struct usher_entry_conf *
usher__config_find_entry(const struct usher_config *config,
			 const char *channel, const char *address);
/* What it refuses beside sound, as without of struct usher_channel_ring; of
 * NULL nothing. */
uint32_t usher__entry_without(const struct usher_entry_conf *entry);
/* config_keep.c */
/* Memory that lives as long as the configuration; NULL: none. */
void *usher__config_take(struct usher_config *config, size_t size);
/* Replace a borrowed list by a copy of the configuration's own. */
int usher__config_own_list(struct usher_config *config,
			   const char *const **list, uint32_t count,
			   uint32_t max);
/* The same with one string; NULL stays. */
int usher__config_own(struct usher_config *config, const char **s);
/* Room for one more element of an array of count, which doubles. */
int usher__config_grow(void *array, size_t count, size_t max, size_t element);
/* What was refused; place may be NULL. */
void usher__config_place(struct usher_config_place *place, uint32_t part,
			 const char *name);

/* config_numbers.c: as E.164 has it, where that is known; else as written. */
void usher__config_number(const struct usher_config *config,
			  const char *number, char *ret, size_t cap);
/* hours.c */
bool usher__config_has_hours(const struct usher_config *config,
			     const char *queue);
void usher__config_hours_free(struct usher_config *config);
/* config_steps.c */
/* What a queue says of callbacks. 0, USHER_EINVAL. */
int usher__config_callback(const struct usher_queue_conf *queue,
			   struct usher_error *err);
struct usher__config_step {
	struct usher_queue_step_conf conf;
	size_t queue;    /* its place in queues */
	uint32_t number; /* from 1, within the queue */
};

int usher__config_steps_refs(const struct usher_config *config,
			     struct usher_config_place *place,
			     struct usher_error *err);
/* config_circle.c: refuse steps that pass contacts round and round at once. */
int usher__config_circles(const struct usher_config *config,
			  struct usher_config_place *place,
			  struct usher_error *err);
/* config_clash.c: refuse a number that two of agents' extensions, queues'
 * numbers, entries, slots and feature codes have. USHER_EEXIST. */
int usher__config_clashes(const struct usher_config *config,
			  struct usher_config_place *place,
			  struct usher_error *err);
/* config_check.c. What was refused goes to place, which may be NULL. */
int usher__config_refs(const struct usher_config *config,
		       struct usher_config_place *place,
		       struct usher_error *err);
/* config_apply.c */
/* How a configuration is given to a core. */
struct usher__applying {
	struct usher_acd *acd;
	int64_t now_us;
	bool own_policies; /* queues may name policies that are not there */
	/* Called after each input, so that events find room. */
	void (*drained)(void *arg);
	void *arg;
	struct usher_config_place *place; /* of what was refused, or NULL */
};

/* For drained: of a core that nobody follows. */
void usher__events_forget(void *acd);
/* After all queues are there. */
int usher__config_steps_apply(const struct usher__applying *a,
			      const struct usher_config *config,
			      struct usher_error *err);
int usher__config_apply(const struct usher__applying *a,
			const struct usher_config *config,
			struct usher_error *err);
struct usher__voice_trunk
usher__config_trunk(const struct usher_trunk_conf *conf);
/* On an empty core; with the center's own policies, or NULL. */
int usher__config_try(const struct usher_center *center,
		      const struct usher_config *config,
		      struct usher_config_place *place,
		      struct usher_error *err);
int usher__config_trunks_try(const struct usher_config *config,
			     struct usher_config_place *place,
			     struct usher_error *err);
/* Does this agent answer at an application, too? */
bool usher__config_has_app(const struct usher_agent_conf *agent);
/* Longest address of an endpoint. */
#define USHER__ENDPOINT_TEXT_MAX 255u
/* Longest time that one endpoint rings. */
#define USHER__ENDPOINT_S_MAX 600u

/* "tel:+36… ring=20 accept": an endpoint and how it is rung. */
struct usher__endpoint {
	char address[USHER__ENDPOINT_TEXT_MAX + 1];
	uint32_t ring_ms; /* 0: a share of the time that there is */
	bool accept;      /* who answers has to press 1 */
};

/* 0, USHER_EINVAL */
int usher__endpoint_read(const char *text, struct usher__endpoint *ret);
/* Percent of the calls that "recording" says; 101: not well-formed. "never"
 * and "demand" are 0. */
unsigned usher__config_share(const char *recording);
/* Reason of a pause by its digit, or NULL. */
const char *usher__config_reason(const struct usher_config *config,
				 char digit);

#endif
