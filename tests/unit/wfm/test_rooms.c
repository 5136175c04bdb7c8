/* Finite waiting rooms against their states, one after the other: also where
 * the load is what the agents can do, where it is more, and one place. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include <usher/erlang.h>

/* So that a load of 1 is that, to the last bit. */
#define HANDLE_S 128.0
#define EXACT    1e-11

static const double loads[] = {0.3, 0.999999999, 1, 1.000000001, 1.2, 4};
static const double patience[] = {0, 20, 100, 3000};
static const uint32_t agents[] = {1, 2, 7, 40};
static const uint32_t rooms[] = {1, 2, 3, 10, 150};

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

static struct usher_erlang_opts room_of(double load, double patience_s,
					uint32_t n, uint32_t q)
{
	struct usher_erlang_opts o;

	usher_erlang_opts_init(&o, sizeof(o));
	o.model = patience_s > 0 ? USHER_ERLANG_A_ROOM : USHER_ERLANG_C_ROOM;
	o.handle_s = HANDLE_S;
	o.arrivals_per_s = load * n / HANDLE_S;
	o.patience_s = patience_s;
	o.agents = n;
	o.room = q;
	return o;
}

/* Of a customer who comes: has to wait, finds no place, as parts of all. */
static void states(const struct usher_erlang_opts *o, double *waits,
		   double *blocked)
{
	const double a = o->arrivals_per_s * o->handle_s;
	const double leave =
		o->patience_s > 0 ? o->handle_s / o->patience_s : 0;
	double weight = 1, sum = 1;

	*waits = 0;
	for (uint32_t k = 1; k <= o->agents + o->room; k++) {
		if (k > o->agents)
			*waits += weight;
		weight *= a / (k <= o->agents
				       ? k
				       : o->agents + (k - o->agents) * leave);
		sum += weight;
	}
	*waits /= sum;
	*blocked = weight / sum;
}

static void like(double got, double want, const struct usher_erlang_opts *o,
		 const char *what)
{
	ck_assert_msg(fabs(got - want) <= EXACT * want || want < 1e-290,
		      "%s of %u agents, %u places, %g erlangs, patience %g: "
		      "%.17g, not %.17g",
		      what, o->agents, o->room,
		      o->arrivals_per_s * o->handle_s, o->patience_s, got,
		      want);
}

START_TEST(room__has_the_sum_of_its_states)
{
	struct usher_erlang_figures f = {.size = sizeof(f)};

	for (size_t i = 0; i < COUNT(loads) * COUNT(agents) * COUNT(rooms);
	     i++) {
		struct usher_erlang_opts o =
			room_of(loads[i % COUNT(loads)], patience[_i],
				agents[i / COUNT(loads) % COUNT(agents)],
				rooms[i / COUNT(loads) / COUNT(agents)]);
		double waits, blocked;

		states(&o, &waits, &blocked);
		ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), 0);
		like(f.waits, waits, &o, "waits");
		like(f.blocked, blocked, &o, "blocked");
	}
}
END_TEST

/* One agent, as much as that one can do: all states are alike. */
START_TEST(room__is_even_at_full_load)
{
	struct usher_erlang_figures f = {.size = sizeof(f)};
	struct usher_erlang_opts o = room_of(1, 0, 1, rooms[_i]);

	ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), 0);
	like(f.blocked, 1.0 / (rooms[_i] + 2), &o, "blocked");
	like(f.waits, (double)rooms[_i] / (rooms[_i] + 2), &o, "waits");
}
END_TEST

/* A limit on those who wait is of those who get a place. */
START_TEST(staff__counts_who_got_a_place)
{
	struct usher_erlang_target target;
	double waits, blocked;

	usher_erlang_target_init(&target, sizeof(target));
	target.waits_max = 0.3;
	for (uint32_t q = 1; q < 40; q += 3) {
		struct usher_erlang_opts o = room_of(1.1, 0, 20, q);
		uint32_t found = 0;

		ck_assert_int_eq(usher_erlang_staff(&o, &target, &found, NULL),
				 0);
		o.agents = found;
		states(&o, &waits, &blocked);
		ck_assert_double_le(waits / (1 - blocked), 0.3);
		o.agents--;
		states(&o, &waits, &blocked);
		ck_assert_double_gt(waits / (1 - blocked), 0.3);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wfm-rooms");
	TCase *tc = tcase_create("rooms");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, room__has_the_sum_of_its_states, 0,
			    COUNT(patience));
	tcase_add_loop_test(tc, room__is_even_at_full_load, 0, COUNT(rooms));
	tcase_add_test(tc, staff__counts_who_got_a_place);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
