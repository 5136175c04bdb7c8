#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <core/heap.h>
#include <core/idmap.h>
#include <core/pool.h>
#include <core/random.h>
#include <core/tree.h>

#define N 500

static uint64_t draw(uint64_t *counter, uint64_t n)
{
	return usher__random_below(7, 0, 0, counter, n);
}

/* ---- tree ---- */

static void check_tree(const struct usher__tree *tree, uint32_t size)
{
	const struct usher__node *at = usher__tree_first(tree), *before = NULL;
	uint32_t n = 0;

	ck_assert_uint_eq(usher__tree_size(tree), size);
	ck_assert_int_eq(tree->low, at ? at->k0 : 0);
	for (; at; at = usher__tree_next(at)) {
		if (before)
			ck_assert_int_le(usher__node_cmp(before, at), 0);
		ck_assert_uint_eq(usher__tree_rank(tree, at), n);
		if (before)
			ck_assert_ptr_eq(usher__tree_after(tree, before), at);
		before = at;
		n++;
	}
	ck_assert_uint_eq(n, size);
}

START_TEST(tree__keeps_order_and_rank_through_changes)
{
	static struct usher__node nodes[N];
	struct usher__tree tree = {0};
	uint64_t counter = 0;
	uint32_t size = 0;

	memset(nodes, 0, sizeof(nodes));
	for (int step = 0; step < 4000; step++) {
		struct usher__node *node = &nodes[draw(&counter, N)];

		if (usher__tree_has(node)) {
			usher__tree_del(&tree, node);
			size--;
		} else {
			node->k0 = (int64_t)draw(&counter, 5) - 2;
			node->k1 = (int64_t)draw(&counter, 20);
			node->k2 = (uint64_t)(node - nodes) + 1;
			usher__tree_add(&tree, node);
			size++;
		}
		if (step % 50 == 0)
			check_tree(&tree, size);
	}
	check_tree(&tree, size);
}
END_TEST

static uint32_t height(const struct usher__node *node)
{
	uint32_t left, right;

	if (!node)
		return 0;
	left = height(node->left);
	right = height(node->right);
	return 1 + (left > right ? left : right);
}

START_TEST(tree__stays_shallow_with_sorted_keys)
{
	static struct usher__node nodes[20000];
	struct usher__tree tree = {0};

	memset(nodes, 0, sizeof(nodes));
	for (uint32_t i = 0; i < 20000; i++) {
		nodes[i].k1 = INT64_C(1700000000000000) + i;
		nodes[i].k2 = i + 1;
		usher__tree_add(&tree, &nodes[i]);
	}
	ck_assert_uint_lt(height(tree.root), 48);
}
END_TEST

/* ---- idmap ---- */

START_TEST(idmap__agrees_with_an_array)
{
	const struct usher_alloc *alloc = usher_alloc_default();
	static struct usher__identity objects[N * 4];
	static char there[N * 4];
	struct usher__idmap map = {0};
	uint64_t counter = 0;
	uint32_t count = 0;

	memset(there, 0, sizeof(there));
	for (uint64_t i = 0; i < N * 4; i++)
		objects[i].id = (UINT64_C(5) << 48) + i + 1;
	ck_assert_ptr_null(usher__idmap_get(&map, 1));
	for (int step = 0; step < 20000; step++) {
		uint64_t i = draw(&counter, N * 4);

		ck_assert_ptr_eq(usher__idmap_get(&map, objects[i].id),
				 there[i] ? &objects[i] : NULL);
		if (there[i]) {
			usher__idmap_del(&map, objects[i].id);
			count--;
		} else {
			ck_assert_int_eq(usher__idmap_reserve(&map, alloc, 1),
					 0);
			usher__idmap_add(&map, &objects[i]);
			count++;
		}
		there[i] = !there[i];
		ck_assert_uint_eq(map.count, count);
	}
	for (uint64_t i = 0; i < N * 4; i++)
		ck_assert_ptr_eq(usher__idmap_get(&map, objects[i].id),
				 there[i] ? &objects[i] : NULL);
	usher__idmap_free(&map, alloc);
}
END_TEST

/* ---- heap ---- */

static const struct usher__due *least(const struct usher__due *dues)
{
	const struct usher__due *least = NULL;

	for (uint32_t i = 0; i < N; i++) {
		if (!dues[i].place)
			continue;
		if (!least || usher__due_cmp(&dues[i], least) < 0)
			least = &dues[i];
	}
	return least;
}

static void draw_due(struct usher__due *due, uint64_t *counter)
{
	/* mostly, but not always later than those before */
	due->at = (int64_t)(*counter / 4 + draw(counter, 40)) - 2;
	due->kind = (uint32_t)draw(counter, USHER__HEAP_LANES + 1);
}

START_TEST(heap__has_the_first_through_changes)
{
	static struct usher__due dues[N];
	struct usher__heap heap;
	uint64_t counter = 0;

	usher__heap_init(&heap);
	memset(dues, 0, sizeof(dues));
	for (int step = 0; step < 20000; step++) {
		struct usher__due *due = &dues[draw(&counter, N)];

		due->id = (uint64_t)(due - dues) + 1;
		if (due->place) {
			usher__heap_del(&heap, due);
		} else {
			draw_due(due, &counter);
			ck_assert_int_eq(
				usher__heap_reserve(&heap,
						    usher_alloc_default(), 1),
				0);
			usher__heap_add(&heap, due, due->kind);
		}
		if (step % 20)
			continue;
		ck_assert_ptr_eq(heap.first, least(dues));
	}
	usher__heap_free(&heap, usher_alloc_default());
}
END_TEST

START_TEST(heap__gives_all_in_order)
{
	static struct usher__due dues[N];
	struct usher__heap heap;
	struct usher__due *due, last = {0};
	uint64_t counter = 3;
	uint32_t n = 0;

	usher__heap_init(&heap);
	memset(dues, 0, sizeof(dues));
	ck_assert_int_eq(usher__heap_reserve(&heap, usher_alloc_default(), N),
			 0);
	for (uint32_t i = 0; i < N; i++) {
		draw_due(&dues[i], &counter);
		dues[i].id = i;
		usher__heap_add(&heap, &dues[i], dues[i].kind);
	}
	last.at = -3;
	while ((due = heap.first)) {
		ck_assert_int_gt(usher__due_cmp(due, &last), 0);
		last = *due;
		usher__heap_del(&heap, due);
		ck_assert(!due->place);
		n++;
	}
	ck_assert_uint_eq(n, N);
	usher__heap_free(&heap, usher_alloc_default());
}
END_TEST

static void *nothing(void *arg, void *ptr, size_t size)
{
	(void)arg;
	(void)ptr;
	(void)size;
	return NULL;
}

START_TEST(heap__keeps_what_it_has_without_memory)
{
	const struct usher_alloc none = {nothing, NULL};
	struct usher__due due = {.at = 1};
	struct usher__heap heap;

	usher__heap_init(&heap);
	ck_assert_int_eq(usher__heap_reserve(&heap, &none, 1), USHER_ENOMEM);
	ck_assert_int_eq(usher__heap_reserve(&heap, usher_alloc_default(), 1),
			 0);
	usher__heap_add(&heap, &due, USHER__HEAP_NO_LANE);
	ck_assert_int_eq(usher__heap_reserve(&heap, &none, heap.room),
			 USHER_ENOMEM);
	ck_assert_ptr_eq(heap.first, &due);
	usher__heap_free(&heap, usher_alloc_default());
}
END_TEST

START_TEST(idmap__keeps_what_it_has_without_memory)
{
	const struct usher_alloc none = {nothing, NULL};
	const struct usher_alloc *alloc = usher_alloc_default();
	struct usher__idmap map = {0};
	struct usher__identity object = {9, NULL};

	ck_assert_int_eq(usher__idmap_reserve(&map, &none, 1), USHER_ENOMEM);
	ck_assert_int_eq(usher__idmap_reserve(&map, alloc, 1), 0);
	usher__idmap_add(&map, &object);
	ck_assert_int_eq(usher__idmap_reserve(&map, &none, 1000),
			 USHER_ENOMEM);
	ck_assert_ptr_eq(usher__idmap_get(&map, 9), &object);
	usher__idmap_free(&map, alloc);
}
END_TEST

/* Of many that came, those at even steps stay. */
START_TEST(idmap__makes_no_long_chains)
{
	const struct usher_alloc *alloc = usher_alloc_default();
	static struct usher__identity objects[N * 4];

	for (uint64_t step = 1; step <= 1 << 20; step *= 2) {
		struct usher__idmap map = {0};
		uint32_t longest = 0;

		ck_assert_int_eq(usher__idmap_reserve(&map, alloc, N * 4), 0);
		for (uint64_t i = 0; i < N * 4; i++) {
			objects[i].id = (UINT64_C(5) << 48) + (i + 1) * step;
			usher__idmap_add(&map, &objects[i]);
		}
		for (uint32_t i = 0; i < map.room; i++) {
			const struct usher__identity *at = map.slots[i];
			uint32_t length = 0;

			for (; at; at = at->link)
				length++;
			if (length > longest)
				longest = length;
		}
		ck_assert_uint_le(longest, 24);
		usher__idmap_free(&map, alloc);
	}
}
END_TEST

/* ---- pools ---- */

START_TEST(slab__gives_blocks_of_every_size_and_takes_them_back)
{
	const struct usher_alloc *alloc = usher_alloc_default();
	struct usher__slab slab;

	usher__slab_init(&slab);
	for (size_t size = 1; size < 5000; size += 7) {
		char *a = usher__slab_get(&slab, alloc, size);
		char *b = usher__slab_get(&slab, alloc, size);

		ck_assert_ptr_nonnull(a);
		ck_assert_ptr_nonnull(b);
		memset(a, 1, size);
		memset(b, 2, size);
		ck_assert_int_eq(a[size - 1], 1);
		usher__slab_put(&slab, alloc, a, size);
		usher__slab_put(&slab, alloc, b, size);
	}
	usher__slab_done(&slab, alloc);
}
END_TEST

START_TEST(pool__keeps_what_was_reserved)
{
	const struct usher_alloc none = {nothing, NULL};
	const struct usher_alloc *alloc = usher_alloc_default();
	struct usher__pool pool;
	void *got[10];

	usher__pool_init(&pool, 24, 4);
	ck_assert_int_eq(usher__pool_reserve(&pool, &none, 1), USHER_ENOMEM);
	ck_assert_int_eq(usher__pool_reserve(&pool, alloc, 10), 0);
	ck_assert_int_eq(usher__pool_reserve(&pool, &none, 10), 0);
	for (int i = 0; i < 10; i++)
		got[i] = usher__pool_get(&pool);
	for (int i = 0; i < 10; i++)
		usher__pool_put(&pool, got[i]);
	ck_assert_uint_eq(pool.used, 0);
	usher__pool_done(&pool, alloc);
}
END_TEST

/* ---- random ---- */

START_TEST(random__is_a_function_of_its_four_arguments)
{
	uint64_t a = usher__random(1, 2, 3, 4);

	ck_assert_uint_eq(a, usher__random(1, 2, 3, 4));
	ck_assert_uint_ne(a, usher__random(2, 2, 3, 4));
	ck_assert_uint_ne(a, usher__random(1, 3, 3, 4));
	ck_assert_uint_ne(a, usher__random(1, 2, 4, 4));
	ck_assert_uint_ne(a, usher__random(1, 2, 3, 5));
}
END_TEST

START_TEST(random__is_even_and_stays_below)
{
	uint64_t counter = 0;
	int seen[7] = {0};

	for (int i = 0; i < 70000; i++)
		seen[usher__random_below(1, 1, 1, &counter, 7)]++;
	for (int i = 0; i < 7; i++) {
		/* 10,000 expected, standard deviation 93 */
		ck_assert_int_gt(seen[i], 9500);
		ck_assert_int_lt(seen[i], 10500);
	}
	ck_assert_uint_eq(usher__random_below(1, 1, 1, &counter, 0), 0);
	ck_assert_uint_eq(usher__random_below(1, 1, 1, &counter, 1), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tables");
	TCase *tcase = tcase_create("tables");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, tree__keeps_order_and_rank_through_changes);
	tcase_add_test(tcase, tree__stays_shallow_with_sorted_keys);
	tcase_add_test(tcase, heap__has_the_first_through_changes);
	tcase_add_test(tcase, heap__gives_all_in_order);
	tcase_add_test(tcase, heap__keeps_what_it_has_without_memory);
	tcase_add_test(tcase, idmap__agrees_with_an_array);
	tcase_add_test(tcase, idmap__keeps_what_it_has_without_memory);
	tcase_add_test(tcase, idmap__makes_no_long_chains);
	tcase_add_test(tcase,
		       slab__gives_blocks_of_every_size_and_takes_them_back);
	tcase_add_test(tcase, pool__keeps_what_was_reserved);
	tcase_add_test(tcase, random__is_a_function_of_its_four_arguments);
	tcase_add_test(tcase, random__is_even_and_stays_below);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
