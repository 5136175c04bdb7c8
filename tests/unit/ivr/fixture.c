/* Sets in few words, and an allocator that fails on demand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/expr.h"
#include "fixture.h"

static void *heap_realloc(void *arg, void *ptr, size_t size)
{
	struct heap *heap = arg;

	if (!size) {
		heap->alive -= ptr != NULL;
		free(ptr);
		return NULL;
	}
	if (++heap->calls == heap->fail_at)
		return NULL;
	heap->alive += ptr == NULL;
	return realloc(ptr, size);
}

void heap_init(struct heap *heap)
{
	memset(heap, 0, sizeof(*heap));
	heap->alloc = (struct usher_alloc){heap_realloc, heap};
}

/* The line of the next builder call; one builder at a time. */
static uint32_t line;

static void here(struct usher_flow_builder *b)
{
	usher_flow_builder_at(b, "test", ++line, 1);
}

struct usher_flow_builder *builder(const struct usher_alloc *alloc)
{
	struct usher_flow_builder *b = NULL;

	line = 0;
	ck_assert_int_eq(usher_flow_builder_new(&b, alloc), 0);
	return b;
}

void good(int code, const struct usher_error *err)
{
	ck_assert_msg(code == 0, "line %u: %s", err->line, err->message);
}

void prompt(struct usher_flow_builder *b, const char *name)
{
	struct usher_error err = {0};
	char text[128];

	snprintf(text, sizeof(text), "This is %s.", name);
	here(b);
	good(usher_flow_builder_prompt(b, name, NULL, text, &err), &err);
}

void flow(struct usher_flow_builder *b, const char *name)
{
	struct usher_error err = {0};

	here(b);
	good(usher_flow_builder_flow(b, name, &err), &err);
}

void add(struct usher_flow_builder *b, struct usher_step_opts opts)
{
	struct usher_error err = {0};

	here(b);
	opts.size = sizeof(opts);
	good(usher_flow_builder_step(b, &opts, &err), &err);
}

void way(struct usher_flow_builder *b, const char *on, const char *target)
{
	struct usher_error err = {0};

	here(b);
	good(usher_flow_builder_exit(b, on, target, &err), &err);
}

void pair(struct usher_flow_builder *b, uint32_t kind, const char *name,
	  const char *value)
{
	struct usher_error err = {0};

	here(b);
	good(usher_flow_builder_pair(b, kind, name, value, &err), &err);
}

struct usher_flow_set *finish(struct usher_flow_builder *b)
{
	struct usher_flow_set *set = NULL;
	struct usher_error err = {0};

	good(usher_flow_builder_finish(b, &set, &err), &err);
	usher_flow_builder_free(b);
	return set;
}

void refused(struct usher_flow_builder *b, const char *problem, uint32_t at)
{
	struct usher_flow_set *set = NULL;
	struct usher_error err = {0};

	ck_assert_int_eq(usher_flow_builder_finish(b, &set, &err),
			 USHER_EINVAL);
	ck_assert_ptr_null(set);
	ck_assert_msg(!strncmp(err.message, problem, strlen(problem)) &&
			      err.message[strlen(problem)] == ':',
		      "%s, not %s", err.message, problem);
	ck_assert_msg(err.line == at, "line %u, not %u: %s", err.line, at,
		      err.message);
	ck_assert_str_eq(err.file, "test");
	usher_flow_builder_free(b);
}

int run_tests(const char *name, void (*add_tests)(TCase *tc))
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *runner;
	int failed;

	add_tests(tc);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
