#include <core/marks.h>

static uint64_t id_of(const struct usher__marks *marks,
		      const struct usher__mark *mark)
{
	return *(const uint64_t *)(const void *)((const char *)mark -
						 marks->offset);
}

/* Two heaps become one below a parent: along both right spines the smaller
 * comes first, and its children change sides. */
static struct usher__mark *merge(const struct usher__marks *marks,
				 struct usher__mark *a, struct usher__mark *b,
				 struct usher__mark *up)
{
	struct usher__mark *top = NULL, **at = &top, *rest;

	while (a && b) {
		if (id_of(marks, b) < id_of(marks, a)) {
			rest = a;
			a = b;
			b = rest;
		}
		*at = a;
		a->up = up;
		up = a;
		rest = a->right;
		a->right = a->left;
		at = &a->left;
		a = rest;
	}
	rest = a ? a : b;
	*at = rest;
	if (rest)
		rest->up = up;
	return top;
}

static void set_root(struct usher__marks *marks, struct usher__mark *root)
{
	marks->root = root;
	if (root)
		root->up = root;
}

void usher__marks_add(struct usher__marks *marks, struct usher__mark *mark)
{
	mark->left = NULL;
	mark->right = NULL;
	set_root(marks, merge(marks, marks->root, mark, NULL));
}

void usher__marks_del(struct usher__marks *marks, struct usher__mark *mark)
{
	struct usher__mark *up = mark->up;
	struct usher__mark *both = merge(marks, mark->left, mark->right, up);

	if (mark == marks->root)
		set_root(marks, both);
	else if (up->left == mark)
		up->left = both;
	else
		up->right = both;
	mark->left = NULL;
	mark->right = NULL;
	mark->up = NULL;
}

void *usher__marks_first(const struct usher__marks *marks)
{
	return marks->root ? (char *)marks->root - marks->offset : NULL;
}
