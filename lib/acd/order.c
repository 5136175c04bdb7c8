/* Nodes in the order of their keys: a heap in place, since the libc's sort may
 * allocate. */
#include <acd/internal.h>

static void sift(const struct usher__node **nodes, uint32_t at, uint32_t n)
{
	for (;;) {
		uint32_t child = 2 * at + 1;
		const struct usher__node *node = nodes[at];

		if (child >= n)
			return;
		if (child + 1 < n &&
		    usher__node_cmp(nodes[child + 1], nodes[child]) > 0)
			child++;
		if (usher__node_cmp(nodes[child], node) <= 0)
			return;
		nodes[at] = nodes[child];
		nodes[child] = node;
		at = child;
	}
}

void usher__nodes_sort(const struct usher__node **nodes, uint32_t n)
{
	for (uint32_t i = n / 2; i-- > 0;)
		sift(nodes, i, n);
	for (uint32_t left = n; left-- > 1;) {
		const struct usher__node *last = nodes[left];

		nodes[left] = nodes[0];
		nodes[0] = last;
		sift(nodes, 0, left);
	}
}
