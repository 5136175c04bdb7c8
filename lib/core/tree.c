#include <assert.h>
#include <stddef.h>

#include <core/tree.h>

static uint32_t mix(const struct usher__node *node)
{
	uint64_t x = node->k2 * UINT64_C(0x9e3779b97f4a7c15) ^
		     (uint64_t)node->k1 * UINT64_C(0xbf58476d1ce4e5b9) ^
		     (uint64_t)node->k0;

	x ^= x >> 29;
	x *= UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(x >> 32);
}

static uint32_t size_of(const struct usher__node *node)
{
	return node ? node->size : 0;
}

/* Put child where old was below up. */
static void relink(struct usher__tree *tree, struct usher__node *up,
		   struct usher__node *old, struct usher__node *child)
{
	if (!up)
		tree->root = child;
	else if (up->left == old)
		up->left = child;
	else
		up->right = child;
	if (child)
		child->up = up;
}

/* Turn node one step up, above its parent. */
static void rotate_up(struct usher__tree *tree, struct usher__node *node)
{
	struct usher__node *up = node->up;

	relink(tree, up->up, up, node);
	if (up->left == node) {
		up->left = node->right;
		if (up->left)
			up->left->up = up;
		node->right = up;
	} else {
		up->right = node->left;
		if (up->right)
			up->right->up = up;
		node->left = up;
	}
	up->up = node;
	node->size = up->size;
	up->size = 1 + size_of(up->left) + size_of(up->right);
}

static void set_first(struct usher__tree *tree, struct usher__node *node)
{
	tree->first = node;
	tree->low = node ? node->k0 : 0;
}

void usher__tree_add(struct usher__tree *tree, struct usher__node *node)
{
	struct usher__node **link = &tree->root, *up = NULL;
	bool first = true;

	assert(!node->size);
	while (*link) {
		up = *link;
		up->size++;
		if (usher__node_cmp(node, up) < 0) {
			link = &up->left;
		} else {
			link = &up->right;
			first = false;
		}
	}
	if (first)
		set_first(tree, node);
	tree->size++;
	node->left = NULL;
	node->right = NULL;
	node->up = up;
	node->size = 1;
	node->prio = mix(node);
	*link = node;
	while (node->up && node->up->prio < node->prio)
		rotate_up(tree, node);
}

void usher__tree_del(struct usher__tree *tree, struct usher__node *node)
{
	assert(node->size);
	tree->size--;
	if (node == tree->first)
		set_first(tree, usher__tree_next(node));
	while (node->left && node->right)
		rotate_up(tree, node->left->prio > node->right->prio
					? node->left
					: node->right);
	for (struct usher__node *up = node->up; up; up = up->up)
		up->size--;
	relink(tree, node->up, node, node->left ? node->left : node->right);
	node->size = 0;
}

struct usher__node *usher__tree_next(const struct usher__node *node)
{
	struct usher__node *up;

	if (node->right) {
		up = node->right;
		while (up->left)
			up = up->left;
		return up;
	}
	for (up = node->up; up && up->right == node; up = up->up)
		node = up;
	return up;
}

struct usher__node *usher__tree_after(const struct usher__tree *tree,
				      const struct usher__node *key)
{
	struct usher__node *node = tree->root, *best = NULL;

	while (node) {
		if (usher__node_cmp(node, key) > 0) {
			best = node;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return best;
}

uint32_t usher__tree_rank(const struct usher__tree *tree,
			  const struct usher__node *key)
{
	const struct usher__node *node = tree->root;
	uint32_t rank = 0;

	while (node) {
		if (usher__node_cmp(node, key) < 0) {
			rank += 1 + size_of(node->left);
			node = node->right;
		} else {
			node = node->left;
		}
	}
	return rank;
}
