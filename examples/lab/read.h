/* Reading a day's file: what its parts share. */
#ifndef LAB_READ_H
#define LAB_READ_H

#include <stddef.h>

#include <config/yaml.h>

#include "lab.h"

struct reader {
	struct lab_day *day;
	struct usher__yaml *yaml;
	const char *path; /* of the file */
	struct usher_error *err;
};

enum read_kind {
	READ_OTHER, /* known, read by hand */
	READ_TEXT,
	READ_NUMBER,  /* double */
	READ_PART,    /* double, from 0 to 1; 80% is 0.8 */
	READ_SECONDS, /* double */
	READ_INSTANT, /* the same: 0 is written LAB_INSTANT_S */
	READ_SOME,    /* the same, longer than 0 */
	READ_CHANCE,  /* as READ_PART: 0 is written so that nobody has it */
	READ_RATE,    /* double, a second: 120/h */
	READ_U32,
	READ_I64,
	READ_U64,
	READ_PLACES, /* int32_t: 0 is written USHER_ZERO */
	READ_FLAG    /* uint32_t, of true and false */
};

struct read_field {
	const char *key;
	enum read_kind kind;
	size_t offset;
	double min, max; /* both 0: whatever the kind allows */
};

/* Demand a mapping of these keys alone; those that are there are read. */
int read_fields(const struct reader *r, yaml_node_t *map, const char *what,
		const struct read_field *fields, size_t count, void *out);
/* One scalar, named as in messages. */
int read_one(const struct reader *r, const yaml_node_t *node, const char *name,
	     const struct read_field *field, void *out);
/* Demand a list that is not empty. */
int read_list(const struct reader *r, const yaml_node_t *node,
	      const char *what, size_t max);
int read_fail(const struct reader *r, const yaml_node_t *node, const char *fmt,
	      ...) USHER_PRINTF(3, 4);
/* Memory of the day's, or NULL with err filled in. */
void *read_alloc(const struct reader *r, size_t count, size_t size);

int read_queues(const struct reader *r, yaml_node_t *list);
int read_groups(const struct reader *r, yaml_node_t *list);
int read_targets(const struct reader *r, yaml_node_t *list);
int read_variants(const struct reader *r, yaml_node_t *list);
/* Names with numbers or texts; what: of messages. */
int read_attrs(const struct reader *r, yaml_node_t *map, const char *what,
	       const struct usher_attr **ret, uint32_t *count);
/* A queue's policy, its options and what it tells the center's order. */
int read_policy(const struct reader *r, yaml_node_t *map,
		struct usher_sim_queue *q);
/* Arrivals (when, handle time, wrap-up, patience) or times of a file whose
 * name a node is. */
int read_calls(const struct reader *r, const yaml_node_t *node,
	       const char *name, struct usher_sim_queue *q);
int read_values(const struct reader *r, const yaml_node_t *node,
		const char *name, const double **ret, uint32_t *count);
/* Levels and steps of a queue; all queues have their names. */
int read_steps(const struct reader *r, yaml_node_t *map,
	       struct usher_sim_queue *q);
/* Consults and transfers, likewise. */
int read_onward(const struct reader *r, yaml_node_t *map,
		struct usher_sim_queue *q);
/* A list of when a queue is open. */
int read_hours(const struct reader *r, yaml_node_t *list,
	       struct usher_sim_queue *q);
/* What a group's agents have at once. */
int read_capacity(const struct reader *r, yaml_node_t *group,
		  struct usher_sim_group *g);
/* Channels of a day that is read. */
void read_kinds(struct lab_day *day);
/* A list of a group's spans. */
int read_spans(const struct reader *r, yaml_node_t *list,
	       struct usher_sim_group *group);

/* A law, and where its parts go. */
struct read_law {
	const char *what;
	double *mean, *cv;
	int32_t *law;
	const double **values;
	uint32_t *count;
};

int read_law(const struct reader *r, const yaml_node_t *node,
	     const struct read_law *law);

#endif
