/*
 * An ordered tree that knows the rank of its nodes: a treap whose priorities
 * are a hash of the key, so that its shape depends on its content alone.
 * Nodes live inside what they order; nothing allocates. Keys are compared
 * (k0, k1, k2); equal keys are allowed and stay in the order of insertion.
 */
#ifndef USHER_CORE_TREE_H
#define USHER_CORE_TREE_H

#include <stdbool.h>
#include <stdint.h>

struct usher__node {
	struct usher__node *left;
	struct usher__node *right;
	struct usher__node *up;
	int64_t k0;
	int64_t k1;
	uint64_t k2;
	uint32_t size; /* of its subtree; 0: in no tree */
	uint32_t prio;
};

/* Which node is the first, and by what, stands here too: it is asked for more
 * often than anything else, and mostly of many trees in a row. */
struct usher__tree {
	struct usher__node *root;
	struct usher__node *first;
	int64_t low; /* its k0 */
	uint32_t size;
};

static inline int usher__node_cmp(const struct usher__node *a,
				  const struct usher__node *b)
{
	if (a->k0 != b->k0)
		return a->k0 < b->k0 ? -1 : 1;
	if (a->k1 != b->k1)
		return a->k1 < b->k1 ? -1 : 1;
	if (a->k2 != b->k2)
		return a->k2 < b->k2 ? -1 : 1;
	return 0;
}

static inline bool usher__tree_has(const struct usher__node *node)
{
	return node->size != 0;
}

static inline uint32_t usher__tree_size(const struct usher__tree *tree)
{
	return tree->size;
}

void usher__tree_add(struct usher__tree *tree, struct usher__node *node);
void usher__tree_del(struct usher__tree *tree, struct usher__node *node);
static inline struct usher__node *
usher__tree_first(const struct usher__tree *tree)
{
	return tree->first;
}

struct usher__node *usher__tree_next(const struct usher__node *node);
/* The first whose key is greater than this one's; the key need not be in. */
struct usher__node *usher__tree_after(const struct usher__tree *tree,
				      const struct usher__node *key);
/* How many have smaller keys. */
uint32_t usher__tree_rank(const struct usher__tree *tree,
			  const struct usher__node *key);

#endif
