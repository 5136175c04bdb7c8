/* Sections of a configuration as tables: one row a key. */
#ifndef USHER_CONFIG_FIELD_H
#define USHER_CONFIG_FIELD_H

#include "config/config.h"

/* What is being read, and where complaints go. */
struct usher__section {
	struct usher__conf *conf;
	struct usher__yaml *y;
	yaml_node_t *map;
	const char *what; /* "a queue" */
	struct usher_error *err;
};

enum usher__field_kind {
	USHER__FIELD_OTHER, /* known, read by hand */
	USHER__FIELD_TEXT,  /* const char *, not empty, to max bytes */
	USHER__FIELD_LINE, /* … of no control characters, nor blanks alone */
	USHER__FIELD_DIALED, /* … of neither blanks nor control characters */
	USHER__FIELD_HOST,   /* … an IP address or a name as DNS has them */
	USHER__FIELD_SECRET, /* const char *; also KEY_file and KEY_env */
	USHER__FIELD_MS,     /* uint32_t, from a duration; limits in ms */
	USHER__FIELD_U32,
	USHER__FIELD_I32,
	USHER__FIELD_U64,
	USHER__FIELD_FLAG, /* uint32_t, 0 or 1 */
	USHER__FIELD_BOOL, /* bool */
	USHER__FIELD_LIST  /* const char *const *, at most max texts; the
			    * uint32_t count stands at offset2 */
};

struct usher__field {
	const char *key;
	enum usher__field_kind kind;
	size_t offset;
	int64_t min;
	int64_t max;
	size_t offset2;
};

/*
 * Demand that the section is a mapping with the keys of the table only, and
 * read those that are there into out; the others are left alone.
 */
int usher__fields_read(const struct usher__section *s,
		       const struct usher__field *fields, size_t count,
		       void *out);

/* Key "codecs" is text: each of its words a codec of sound, none twice; NULL
 * is fine. */
int usher__codecs_check(const struct usher__section *s, const char *text);
/* One of three words, NULL after them; *ret stays when the key is not there.
 */
int usher__word_read(const struct usher__section *s, const char *key,
		     const char *const *words, uint32_t *ret);

/* Demand that a key is there. */
int usher__section_need(const struct usher__section *s, const char *key);

/* Read KEY, KEY_file or KEY_env; *ret stays when none of them is there.
 * told: set when the secret stands in the file itself; may be NULL. */
int usher__secret_read(const struct usher__section *s, const char *key,
		       const char **ret, bool *told);

/* An agent's skills, as "name=value" texts; *ret stays without any. */
int usher__skills_read(const struct usher__section *s, const char *const **ret,
		       uint32_t *ret_count);

/* One center; map is the top of the file or an item of "centers". */
int usher__conf_center_read(struct usher__conf *conf, yaml_node_t *map,
			    struct usher__conf_center *center,
			    struct usher_error *err);
int usher__conf_agents_read(struct usher__conf *conf, yaml_node_t *map,
			    struct usher__conf_center *center,
			    struct usher_error *err);
int usher__conf_queues_read(struct usher__conf *conf, yaml_node_t *map,
			    struct usher_config *config,
			    struct usher_error *err);
int usher__conf_entries_read(struct usher__conf *conf, yaml_node_t *map,
			     struct usher__conf_center *center,
			     struct usher_error *err);
int usher__conf_trunks_read(struct usher__conf *conf, yaml_node_t *map,
			    struct usher_config *config,
			    struct usher_error *err);
int usher__conf_numbers_read(struct usher__conf *conf, yaml_node_t *map,
			     struct usher_config *config,
			     struct usher_error *err);
int usher__conf_outbound_read(struct usher__conf *conf, yaml_node_t *map,
			      struct usher_config *config,
			      struct usher_error *err);
int usher__conf_features_read(struct usher__conf *conf, yaml_node_t *map,
			      struct usher_config *config,
			      struct usher_error *err);
int usher__conf_park_read(struct usher__conf *conf, yaml_node_t *map,
			  struct usher_config *config,
			  struct usher_error *err);
/* s->map is a queue that was added already. */
int usher__conf_hours_read(const struct usher__section *s, const char *queue,
			   struct usher_config *config);
int usher__conf_steps_read(const struct usher__section *s, const char *queue,
			   struct usher_config *config);
/* s->map is a center's: every name in it leads somewhere. */
int usher__conf_refs_check(const struct usher__section *s);
/* Queues, agents and so on that flows name. */
int usher__conf_flow_uses_check(const struct usher__section *s,
				const struct usher_flow_set *flows);
int usher__conf_sip_read(struct usher__conf *conf, yaml_node_t *map,
			 struct usher_error *err);
int usher__conf_media_read(struct usher__conf *conf, yaml_node_t *top,
			   struct usher_error *err);
int usher__conf_limits_read(struct usher__conf *conf, yaml_node_t *sip,
			    struct usher_error *err);
int usher__conf_http_read(struct usher__conf *conf, yaml_node_t *map,
			  struct usher_error *err);

/* callbacks.c */
int usher__conf_callbacks_read(const struct usher__section *s,
			       struct usher_queue_conf *queue);

/* routing.c: a queue's policies and their options. */
int usher__policy_read(const struct usher__section *s,
		       struct usher_queue_conf *queue);

#endif
