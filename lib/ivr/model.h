/* The flow set as builder, checks and instances see it. */
#ifndef USHER_IVR_MODEL_H
#define USHER_IVR_MODEL_H

#include <stdatomic.h>
#include <usher/ivr.h>

#include "ivr/arena.h"

/* Where control can go besides a step. */
#define TARGET_RETURN (-1)
#define TARGET_END    (-2)
#define TARGET_NONE   (-3) /* no such exit */

/* Variable 0 is the language. */
#define VAR_LANGUAGE 0

struct place {
	const char *file; /* in the arena, may be NULL */
	uint32_t line;
	uint32_t column;
};

/*
 * An expression whose names are bound: bind[i] >= 0 is a variable, else
 * ~bind[i] is an index among the host's names.
 */
struct bound {
	struct bound *next; /* all of a set */
	struct usher_expr *expr;
	int32_t *bind;
	struct place place;
	/* Variable that takes the value, if it is a secret one it may read
	 * secrets; -1 for none. */
	int32_t into;
	bool secret_ok; /* conditions, fields and headers of a fetch */
	bool foreign;   /* a requirement: its names are of agents */
	/* Column of the field within a template; 0 outside templates. */
	uint32_t offset;
};

/* A piece of a template: constant text, or a field. */
struct part {
	const char *text;
	size_t len;
	struct bound *field; /* NULL: text */
};

struct tmpl {
	const char *source;
	struct part *parts;
	uint32_t n_parts;
};

struct flow_exit {
	const char *on;
	struct bound *cond; /* of an if; NULL for else */
	const char *target_name;
	int32_t target;
	struct place place;
};

struct pair {
	uint32_t kind; /* enum usher_pair_kind */
	const char *name;
	struct tmpl *value; /* of a queue: its name */
	const char *path;   /* of a result */
	int32_t var;        /* set, result: variable, or -1 */
	int32_t attribute;  /* set: host's name index, or -1 */
};

struct step {
	uint32_t kind;
	uint32_t flags;
	const char *name; /* NULL: none given */
	uint32_t hash;    /* of the name */
	uint32_t flow;
	uint32_t number; /* in its flow, from 1 */
	struct place place;
	const char *next_name;
	int32_t next;
	const char *prompt_names[3];
	int32_t prompts[3]; /* prompt, again, invalid; -1: none */
	const char *variable;
	int32_t var; /* -1: none */
	const char *flow_name;
	int32_t sub; /* subflow, while: first step, or -1 */
	struct tmpl *target;
	const char *method;
	struct bound *require;
	struct bound *priority;
	uint32_t timeout_ms;
	uint32_t digit_timeout_ms;
	uint32_t min;
	uint32_t max;
	uint32_t retries;
	char terminator; /* NUL: none */
	struct flow_exit *exits;
	uint32_t n_exits;
	struct pair *pairs;
	uint32_t n_pairs;
};

enum prompt_use { PROMPT_FIRST, PROMPT_AGAIN, PROMPT_INVALID };

struct variant {
	const char *language; /* NULL until finished: the default one */
	struct tmpl *text;    /* may be NULL */
	struct tmpl *sounds[USHER_FLOW_SOUNDS_MAX];
	uint32_t n_sounds;
	/* Without fields, for usher_flow_set_prompt(). */
	const char *plain_text;
	const char *plain_sounds[USHER_FLOW_SOUNDS_MAX];
	uint32_t n_plain;
	struct place place;
};

struct prompt {
	const char *name;
	uint32_t hash;
	uint32_t index;
	struct variant *variants;
	uint32_t n_variants;
	struct place place;
};

struct flow {
	const char *name;
	uint32_t hash;
	uint32_t first; /* its first step */
	uint32_t n_steps;
	bool entry;
	struct place place;
};

struct variable {
	const char *name;
	bool assigned;
	bool secret;
};

/* Something that a set wants of its host: enum usher_flow_use. */
struct use {
	uint32_t kind;
	uint32_t order; /* of mention */
	const char *name;
	struct place place;
};

struct usher_flow_set {
	atomic_uint refs;
	struct arena arena;
	uint64_t version;
	const char *language;
	struct flow **flows;
	uint32_t n_flows;
	struct flow **sorted; /* by name */
	struct step **steps;
	uint32_t n_steps;
	struct prompt **prompts;
	uint32_t n_prompts;
	struct variable *vars;
	uint32_t n_vars;
	const char **names; /* of the host, sorted */
	uint32_t n_names;
	struct use *uses;
	uint32_t n_uses;
	struct bound *bounds; /* the newest first */
};

struct usher_flow_builder {
	struct usher_flow_set *set; /* NULL: handed out */
	struct usher_alloc alloc;
	struct place place;
	bool spent; /* finish has been called */
	struct {
		const char *name;
		struct place place;
	} entries[USHER_FLOW_FLOWS_MAX];
	uint32_t n_entries;
	/* Capacities of the growing arrays. */
	uint32_t cap_flows, cap_steps, cap_prompts, cap_vars, cap_names;
	uint32_t cap_uses;
	struct prompt *last_prompt;
	struct variant *last_variant;
};

/* build_util.c: an error at a place, its message started by its name. */
int usher__flow_problem(struct usher_error *err, int code,
			const struct place *place, const char *fmt, ...)
	USHER_PRINTF(4, 5);

/* Fills in the detail of USHER_ENOMEM. Returns code. */
int usher__flow_oom(int code, struct usher_error *err);
uint32_t usher__flow_hash(const char *s);
bool usher__flow_name_ok(const char *name);
char *usher__flow_copy(struct usher_flow_builder *b, const char *s);
/* Make room for one more in an array of the arena. Returns 0 or ENOMEM. */
int usher__flow_grow(struct usher_flow_builder *b, void *array_ptr,
		     uint32_t count, uint32_t *cap, size_t size);
void usher__flow_mix(struct usher_flow_builder *b, const char *s);
void usher__flow_mix_number(struct usher_flow_builder *b, uint64_t n);
int usher__flow_var(struct usher_flow_builder *b, const char *name,
		    int32_t *ret, struct usher_error *err);
int usher__flow_bound(struct usher_flow_builder *b, struct bound **ret,
		      const char *text, size_t len, struct usher_error *err);
int usher__flow_host_name(struct usher_flow_builder *b, const char *name,
			  int32_t *ret, struct usher_error *err);
struct step *usher__flow_last_step(struct usher_flow_builder *b);
struct step *usher__flow_step_find(const struct usher_flow_set *set,
				   const struct flow *flow, const char *name);
struct flow *usher__flow_find(const struct usher_flow_set *set,
			      const char *name);
struct prompt *usher__flow_prompt_find(const struct usher_flow_set *set,
				       const char *name);

/* known.c: 0, or USHER_EINVAL for a name with a dot that nobody answers. */
int usher__flow_known(const struct place *place, const char *name,
		      struct usher_error *err);

/* tmpl.c */
int usher__tmpl_new(struct usher_flow_builder *b, struct tmpl **ret,
		    const char *source, struct usher_error *err);
/* The text of a template without fields; NULL when it has some. */
const char *usher__tmpl_constant(const struct tmpl *tmpl);

/* The text of a template with its fields left empty. */
int usher__tmpl_plain(struct usher_flow_builder *b, const char **ret,
		      const struct tmpl *tmpl);

/* link.c: names to indexes. */
int usher__flow_link(struct usher_flow_builder *b, struct usher_error *err);

/* check.c, graph.c: the problems that can be known at load. */
int usher__flow_check(struct usher_flow_builder *b, struct usher_error *err);
int usher__flow_check_graph(struct usher_flow_builder *b,
			    struct usher_error *err);

/* model.c: a prompt in a language, in its base (`pt` for `pt-BR`), or in the
 * default one. */
const struct variant *usher__prompt_choose(const struct usher_flow_set *set,
					   const struct prompt *prompt,
					   const char *language);
/* Whether a queue's exit is a key that leads to a callback. */
bool usher__flow_meanwhile(const struct usher_flow_set *set,
			   const struct flow_exit *way);
/* The exit of a step by name, TARGET_NONE when it has none. */
int32_t usher__step_exit(const struct step *step, const char *on);
/* Where control goes by this exit: its own, else, next. */
int32_t usher__step_way(const struct step *step, const char *on);
/* "flow/step", for people. */
void usher__step_where(const struct usher_flow_set *set,
		       const struct step *step, char *buf, size_t size);

#endif
