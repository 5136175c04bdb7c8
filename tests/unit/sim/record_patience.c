/* How long customers are willing to wait, as a record tells: from those who
 * gave up and those who did not have to. */
#include <math.h>

#include "cases.h"
#include "day.h"

#define SECOND    DAY_SECOND
#define CUSTOMERS 20

/* So many wait; one in each moment gives up, the rest wait as the record
 * ends. */
static struct usher_record_model *
waited(struct day *d, int count, const int *gone_s, int gone, int end_s)
{
	struct usher_record_model *model = NULL;
	uint64_t queue, contact[100];
	int now_s = 0;

	day_begin(d);
	queue = day_queue(d, "q");
	for (int i = 0; i < count; i++)
		contact[i] = day_customer(d, queue);
	for (int i = 0; i < gone; i++) {
		day_pass(d, (gone_s[i] - now_s) * SECOND);
		now_s = gone_s[i];
		day_gone(d, contact[i]);
	}
	day_pass(d, (end_s - now_s) * SECOND);
	day_record(d);
	ck_assert_int_eq(usher_record_model_new(&model, d->record, NULL, NULL),
			 0);
	return model;
}

/* One of a hundred gave up after ten seconds, and nobody for twenty more: half
 * would have by 30 s * log(1/2) / log(99/100). With two after twelve seconds
 * the tail begins where 19 are left: one of them gave up after 18 s more, the
 * others waited for 28 s, and one more would have, by the rate until then. */
START_TEST(patience__goes_on_from_where_few_wait)
{
	const double tail_s = 18 + 18 * 28 + 12 / log(21.0 / 19);
	const struct usher_sim_queue *q;
	struct usher_record_model *model;
	const int one[] = {10}, more[] = {10, 12, 30};
	struct day d;

	model = waited(&d, 100, one, 1, 30);
	q = usher_record_model_opts(model)->queues;
	ck_assert_int_eq(q->patience_law, USHER_LAW_VALUES);
	ck_assert_uint_eq(q->patience_value_count, 2000);
	ck_assert_double_eq(q->patience_values[19], 10);
	ck_assert_double_eq_tol(q->patience_values[1000],
				30 * log(1 - 1000.5 / 2000) / log(0.99), 1e-6);
	usher_record_model_free(model);
	day_end(&d);

	model = waited(&d, 21, more, 3, 40);
	q = usher_record_model_opts(model)->queues;
	ck_assert_double_eq(q->patience_values[0], 10);
	ck_assert_double_eq(q->patience_values[100], 12);
	ck_assert_double_eq_tol(
		q->patience_values[1000],
		12 + tail_s / 2 * log(19.0 / 21 / (1 - 1000.5 / 2000)), 1e-6);
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

/* Of five two gave up, after 10 s and 20 s, the others waited for 40 s. */
START_TEST(patience__of_a_few_is_exponential)
{
	const struct usher_sim_queue *q;
	struct usher_record_model *model;
	const int two[] = {10, 20};
	struct day d;

	model = waited(&d, 5, two, 2, 40);
	q = usher_record_model_opts(model)->queues;
	ck_assert_int_eq(q->patience_law, USHER_LAW_EXPONENTIAL);
	ck_assert_double_eq_tol(q->patience_s, (10 + 20 + 3 * 40) / 2.0, 1e-6);
	usher_record_model_free(model);
	day_end(&d);
	/* at once: they have none */
	model = waited(&d, 5, (const int[]){0, 0, 0, 0, 0}, 5, 40);
	q = usher_record_model_opts(model)->queues;
	ck_assert_int_eq(q->patience_law, USHER_LAW_VALUES);
	ck_assert_double_eq(q->patience_values[1999], 0);
	usher_record_model_free(model);
	day_end(&d);
	/* and where nobody gives up, nobody ever does */
	model = waited(&d, 5, two, 0, 40);
	q = usher_record_model_opts(model)->queues;
	ck_assert_int_eq(q->patience_law, USHER_LAW_NONE);
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

/* Ten gave up after six seconds in the first queue, and nobody in the second,
 * where so many waited as long. */
static struct usher_sim_queue beside(int count)
{
	struct usher_record_model *model = NULL;
	struct usher_sim_queue ret;
	uint64_t first, second;
	struct day d;

	day_begin(&d);
	first = day_queue(&d, "first");
	second = day_queue(&d, "second");
	for (int i = 0; i < 10; i++) {
		uint64_t contact = day_customer(&d, first);

		for (int k = 0; i == 9 && k < count; k++)
			day_customer(&d, second);
		day_pass(&d, 6 * SECOND);
		day_gone(&d, contact);
	}
	day_record(&d);
	ck_assert_int_eq(usher_record_model_new(&model, d.record, NULL, NULL),
			 0);
	ret = usher_record_model_opts(model)->queues[1];
	usher_record_model_free(model);
	day_end(&d);
	return ret;
}

START_TEST(patience__of_others_is_taken_where_nothing_is_known)
{
	struct usher_sim_queue q = beside(1);

	ck_assert_int_eq(q.patience_law, USHER_LAW_EXPONENTIAL);
	ck_assert_double_eq_tol(q.patience_s, (60 + 6) / 10.0, 1e-6);
	/* by that rate nine of these would have given up */
	q = beside(100);
	ck_assert_int_eq(q.patience_law, USHER_LAW_NONE);
	q = beside(0);
	ck_assert_int_eq(q.patience_law, USHER_LAW_EXPONENTIAL);
}
END_TEST

TCase *record_patience_case(void)
{
	TCase *tc = tcase_create("patience");

	tcase_add_test(tc, patience__goes_on_from_where_few_wait);
	tcase_add_test(tc, patience__of_a_few_is_exponential);
	tcase_add_test(tc,
		       patience__of_others_is_taken_where_nothing_is_known);
	return tc;
}
