/*
 * What is to be done, the smallest id first: a heap whose nodes live inside
 * what they mark, of three pointers each, half of what a tree takes. It is a
 * skew heap (Sleator and Tarjan, Self-adjusting heaps, 1986): O(log n)
 * amortized, nothing allocates.
 */
#ifndef USHER_CORE_MARKS_H
#define USHER_CORE_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct usher__mark {
	struct usher__mark *left;
	struct usher__mark *right;
	struct usher__mark *up; /* of the topmost: itself; NULL: not marked */
};

/* What is marked begins with its id, which nothing else has; the mark stands
 * at an offset, the same in all of them. */
struct usher__marks {
	struct usher__mark *root;
	size_t offset;
};

static inline bool usher__marked(const struct usher__mark *mark)
{
	return mark->up != NULL;
}

/* Is this one marked and nothing else? */
static inline bool usher__marked_alone(const struct usher__marks *marks,
				       const struct usher__mark *mark)
{
	return marks->root == mark && !mark->left && !mark->right;
}

void usher__marks_add(struct usher__marks *marks, struct usher__mark *mark);
void usher__marks_del(struct usher__marks *marks, struct usher__mark *mark);
/* What has the smallest id, or NULL. */
void *usher__marks_first(const struct usher__marks *marks);

#endif
