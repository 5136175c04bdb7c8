/* The memory of events, which is none of the heap's. */
#include <check.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <center/blocks.h>
#include <center/reader.h>
#include <usher/acd.h>

/* Where a sanitizer is the allocator, it alone knows. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

/* The mmap of the library, as it is called with files of any size, comes
 * through here. */
static bool no_memory;
void *__real_mmap64(void *at, size_t len, int prot, int flags, int fd,
		    off_t offset);
void *__wrap_mmap64(void *at, size_t len, int prot, int flags, int fd,
		    off_t offset);

void *__wrap_mmap64(void *at, size_t len, int prot, int flags, int fd,
		    off_t offset)
{
	return no_memory ? MAP_FAILED
			 : __real_mmap64(at, len, prot, flags, fd, offset);
}

static size_t heap_bytes(void)
{
	struct mallinfo2 heap;

	if (__sanitizer_get_current_allocated_bytes)
		return __sanitizer_get_current_allocated_bytes();
	heap = mallinfo2();
	return heap.uordblks + heap.hblkhd;
}

static size_t mapped_pages(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%lu", &pages), 1);
	fclose(f);
	return pages;
}

/* Different from one to the next, some as large as can be. */
static size_t length(unsigned number)
{
	return number % 97 ? 1 + number * 31 % 700 : USHER__BLOCK_MAX;
}

START_TEST(blocks__keep_what_is_in_them)
{
	enum { LIVE = 1000, ALL = 6000 };
	static unsigned char *pieces[LIVE];
	struct usher__blocks blocks = {0};
	size_t pages = 0, wrong = 0, i;
	unsigned n;

	ck_assert_int_eq(usher__blocks_init(&blocks), 0);
	for (n = 0; n < ALL; n++) {
		unsigned char **piece = &pieces[n % LIVE];
		unsigned old = n - LIVE;

		if (n >= LIVE) {
			for (i = 0; i < length(old); i += 64)
				wrong += (*piece)[i] != (unsigned char)old;
			usher__blocks_drop(&blocks);
		}
		*piece = usher__blocks_take(&blocks, length(n));
		ck_assert_ptr_nonnull(*piece);
		memset(*piece, (int)n, length(n));
		if (n == 2 * LIVE)
			pages = mapped_pages();
	}
	ck_assert_uint_eq(wrong, 0);
	/* What was given back was taken again. */
	ck_assert_uint_lt(mapped_pages(), pages + pages / 4);
	usher__blocks_free(&blocks);
	usher__blocks_free(&blocks);
}
END_TEST

START_TEST(blocks__begin_again_when_they_are_empty)
{
	struct usher__blocks blocks = {0};
	void *first;

	no_memory = true;
	ck_assert_int_eq(usher__blocks_init(&blocks), USHER_ENOMEM);
	no_memory = false;
	ck_assert_int_eq(usher__blocks_init(&blocks), 0);
	first = usher__blocks_take(&blocks, 100);
	ck_assert_ptr_nonnull(first);
	usher__blocks_drop(&blocks);
	ck_assert_ptr_eq(usher__blocks_take(&blocks, 200), first);
	ck_assert_ptr_ne(usher__blocks_take(&blocks, 1), first);
	usher__blocks_free(&blocks);
}
END_TEST

static void add(struct usher_acd *acd, struct usher__evlog *log,
		unsigned count)
{
	const struct usher_field_value values[] = {
		{.field = USHER_F_NAME, .data = "some name"},
		{.field = USHER_F_TEXT, .data = "text of an ordinary length"},
	};
	const struct usher_event *ev;

	for (; count; count--) {
		ck_assert_int_eq(usher_acd_note(acd, 1, USHER_EV_CUSTOM, 0, 0,
						values, 2),
				 0);
		while ((ev = usher_acd_next(acd)))
			ck_assert_int_eq(usher__evlog_add(log, ev), 0);
	}
}

/* Those that are up to date miss nothing, and the others hear so. */
START_TEST(events__give_way_where_there_is_no_memory)
{
	struct usher_reader *fast, *slow;
	struct usher__evlog *log;
	struct usher_acd *acd;
	uint64_t resume;
	unsigned i, read = 0;

	ck_assert_int_eq(usher_acd_new(&acd, NULL, NULL), 0);
	ck_assert_int_eq(usher__evlog_new(&log), 0);
	add(acd, log, 10);
	usher__evlog_publish(log);
	ck_assert_int_eq(usher__evlog_reader(&slow, log, NULL, NULL), 0);
	ck_assert_int_eq(usher__evlog_reader(&fast, log, NULL, NULL), 0);
	no_memory = true;
	for (i = 0; i < 100; i++) {
		add(acd, log, 100);
		usher__evlog_publish(log);
		while (usher_reader_next(fast))
			read++;
	}
	no_memory = false;
	ck_assert_uint_eq(read, 100 * 100);
	ck_assert(!usher_reader_lagged(fast, &resume));
	ck_assert(usher_reader_lagged(slow, &resume));
	usher_reader_free(fast);
	usher_reader_free(slow);
	usher__evlog_unref(log);
	usher_acd_free(acd);
}
END_TEST

static struct usher_reader *reader_from(struct usher__evlog *log, uint64_t seq)
{
	const struct usher_reader_opts opts = {.size = sizeof(opts),
					       .from_seq = seq};
	struct usher_reader *reader;

	ck_assert_int_eq(usher__evlog_reader(&reader, log, &opts, NULL), 0);
	return reader;
}

/* A number of a run whose last events are lost: what follows it here may be
 * long in coming, and is not what follows it there. */
START_TEST(events__that_have_not_been_are_not_waited_for)
{
	struct usher_reader *early, *beyond, *behind, *next;
	struct usher__evlog *log;
	struct usher_acd *acd;
	uint64_t resume = 0;

	ck_assert_int_eq(usher_acd_new(&acd, NULL, NULL), 0);
	ck_assert_int_eq(usher__evlog_new(&log), 0);
	early = reader_from(log, 13);
	ck_assert(!usher_reader_lagged(early, &resume));
	add(acd, log, 10);
	usher__evlog_publish(log);
	beyond = reader_from(log, 12);
	next = reader_from(log, 11);
	behind = reader_from(log, 10);
	ck_assert(usher_reader_lagged(early, &resume));
	ck_assert_uint_eq(resume, 1);
	ck_assert_uint_eq(usher_reader_next(early)->seq, 1);
	ck_assert_uint_eq(usher_reader_next(beyond)->seq, 1);
	ck_assert(usher_reader_lagged(beyond, &resume));
	ck_assert(!usher_reader_lagged(beyond, &resume));
	ck_assert_ptr_null(usher_reader_next(next));
	ck_assert_uint_eq(usher_reader_next(behind)->seq, 10);
	/* Those that are not visible yet have been. */
	add(acd, log, 5);
	usher_reader_free(beyond);
	beyond = reader_from(log, 16);
	ck_assert_ptr_null(usher_reader_next(beyond));
	usher__evlog_publish(log);
	ck_assert_uint_eq(usher_reader_next(next)->seq, 11);
	ck_assert(!usher_reader_lagged(next, &resume));
	ck_assert(!usher_reader_lagged(behind, &resume));
	ck_assert(!usher_reader_lagged(beyond, &resume));
	usher_reader_free(early);
	usher_reader_free(beyond);
	usher_reader_free(behind);
	usher_reader_free(next);
	usher__evlog_unref(log);
	usher_acd_free(acd);
}
END_TEST

/* Among the memory of calls they would keep its pages. */
START_TEST(events__are_none_of_the_heaps)
{
	enum { EVENTS = 10000 };
	struct usher__evlog *log;
	struct usher_acd *acd;
	size_t before;

	ck_assert_int_eq(usher_acd_new(&acd, NULL, NULL), 0);
	ck_assert_int_eq(usher__evlog_new(&log), 0);
	add(acd, log, 1); /* which the core makes room for once */
	before = heap_bytes();
	add(acd, log, EVENTS);
	ck_assert_uint_lt(heap_bytes(), before + EVENTS * 20);
	usher__evlog_unref(log);
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("center-blocks");
	TCase *tc = tcase_create("blocks");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, blocks__keep_what_is_in_them);
	tcase_add_test(tc, blocks__begin_again_when_they_are_empty);
	tcase_add_test(tc, events__give_way_where_there_is_no_memory);
	tcase_add_test(tc, events__that_have_not_been_are_not_waited_for);
	tcase_add_test(tc, events__are_none_of_the_heaps);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
