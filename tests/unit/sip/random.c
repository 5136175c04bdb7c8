/* Random numbers that are taken many at a time: none comes twice, on no
 * thread, and all their bits are drawn. */
#include <check.h>
#include <compat.h>
#include <pthread.h>
#include <stdlib.h>

#define COUNT 4096

static uint64_t numbers[3 * COUNT];

static void *draw(void *arg)
{
	uint64_t *to = arg;

	for (int i = 0; i < COUNT; i++) {
		to[i] = rand_u64();
		/* Of another size in between. */
		if (i % 7 == 0)
			to[i] ^= (uint64_t)rand_u32() << 32;
	}
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

START_TEST(random__numbers_come_once_and_have_all_bits)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, draw,
						numbers + i * COUNT),
				 0);
	draw(numbers + 2 * COUNT);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	for (int bit = 0; bit < 64; bit++) {
		int ones = 0;

		for (int i = 0; i < 3 * COUNT; i++)
			ones += numbers[i] >> bit & 1;
		/* Ten standard deviations. */
		ck_assert_int_ge(ones, 3 * COUNT / 2 - 555);
		ck_assert_int_le(ones, 3 * COUNT / 2 + 555);
	}
	qsort(numbers, 3 * COUNT, sizeof(*numbers), by_value);
	for (int i = 1; i < 3 * COUNT; i++)
		ck_assert_uint_ne(numbers[i - 1], numbers[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_random");
	TCase *tc = tcase_create("random");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, random__numbers_come_once_and_have_all_bits);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
