/* What the readers of flows share. */
#ifndef USHER_CONFIG_FLOW_PRIV_H
#define USHER_CONFIG_FLOW_PRIV_H

#include "config/flow.h"

/* Targets of one step that are lists of steps written in place. */
#define BLOCKS_MAX USHER_FLOW_ITEMS_MAX

/* A list of steps that an exit leads to. */
struct block {
	yaml_node_t *list;
	char path[USHER_FLOW_NAME_MAX + 1];
};

/*
 * A step being read. Steps without a name get their path in the flow, `3` or
 * `3.1.2`: the third, and in it the second step of the first block. So a
 * comment or a blank line changes no name and no version.
 */
struct reading {
	struct usher__yaml *y;
	struct usher_flow_builder *b;
	struct usher_error *err;
	yaml_node_t *map; /* the step */
	const char *path;
	struct usher_step_opts opts;
	struct block *blocks;
	size_t n_blocks;
};

/* Say to the builder where what follows stands. */
void usher__flows_at(struct reading *r, const yaml_node_t *node);

/* A template for a value: a plain number, true or false becomes a field, so
 * that it keeps its type. buf holds USHER_FLOW_TEXT_MAX + 3 bytes. */
int usher__flows_value(struct reading *r, const yaml_node_t *node, char *buf);

/* Demand that a number to dial can be one, up to its first field. */
int usher__flows_number(struct reading *r, const yaml_node_t *node,
			const char *text);

/* Demand an expression; what is wrong in it is told at its character. */
int usher__flows_expr(struct reading *r, const yaml_node_t *node,
		      const char *what, const char **ret);

/* Add the exit `on` to the step added last; node is a name or a block, and
 * problems are told at `at`. */
int usher__flows_exit(struct reading *r, const char *on, yaml_node_t *node,
		      const yaml_node_t *at);

/* The same for a key of the step; nothing when the key is absent. */
int usher__flows_exit_key(struct reading *r, const char *on, const char *key);

/* flow_step.c: read one step that is a mapping, without its blocks. `next` is
 * where it goes on. */
int usher__flows_step(struct reading *r, const char *name, const char *next);

/* flow_parts.c: what the kinds of steps have beside their options. */
int usher__flows_parts(struct reading *r);

/* flow_prompt.c */
int usher__flows_prompts(struct usher__yaml *y, const yaml_node_t *map,
			 const char *dir, struct usher_flow_builder *b,
			 struct usher_error *err);

#endif
