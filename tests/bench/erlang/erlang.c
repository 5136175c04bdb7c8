/*
 * Time of each staffing figure: medians over loads from light to overload
 * and patience from short to long, in microseconds.
 *
 *   meson test -C build --benchmark -v bench-erlang
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <usher/erlang.h>

#define REPEAT      5
#define SAMPLES_MAX 64

static const double parts[] = {1e-6, 0.5, 0.9, 0.99, 0.9999, 1.01, 1.5};
static const double patience[] = {1e-3, 1, 1e3, 1e6};

enum { PARTS = sizeof(parts) / sizeof(*parts), PATIENCES = 4 };

struct job {
	const char *name;
	int32_t model;
	void (*run)(const struct job *j, const struct usher_erlang_opts *o);
	int32_t figure;
	double limit;
};

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* All figures at once: an upper bound for each. */
static void figures(const struct job *j, const struct usher_erlang_opts *o)
{
	struct usher_erlang_figures f = {.size = sizeof(f)};

	(void)j;
	usher_erlang_figures(o, &f, NULL);
}

static void blocking(const struct job *j, const struct usher_erlang_opts *o)
{
	double b;

	(void)j;
	usher_erlang_b(o->arrivals_per_s * o->handle_s, o->agents, &b, NULL);
}

static void b_load(const struct job *j, const struct usher_erlang_opts *o)
{
	double ret;

	usher_erlang_b_load(o->agents, j->limit, &ret);
}

static void b_agents(const struct job *j, const struct usher_erlang_opts *o)
{
	double ret;

	usher_erlang_b_agents(o->arrivals_per_s * o->handle_s, j->limit, &ret);
}

static void percentile(const struct job *j, const struct usher_erlang_opts *o)
{
	double ret;

	usher_erlang_percentile(o, j->figure, j->limit, &ret, NULL);
}

static void staff(const struct job *j, const struct usher_erlang_opts *o)
{
	struct usher_erlang_target t;
	uint32_t ret;

	usher_erlang_target_init(&t, sizeof(t));
	t.figure = j->figure;
	t.limit = j->limit;
	usher_erlang_staff(o, &t, &ret, NULL);
}

static void arrivals(const struct job *j, const struct usher_erlang_opts *o)
{
	struct usher_erlang_target t;
	double ret;

	usher_erlang_target_init(&t, sizeof(t));
	t.figure = j->figure;
	t.limit = j->limit;
	usher_erlang_arrivals(o, &t, &ret, NULL);
}

#define STRICT  USHER_ERLANG_LEVEL_STRICT
#define BLOCKED USHER_ERLANG_BLOCKED

static const struct job jobs[] = {
	{"blocking", USHER_ERLANG_B, blocking, 0, 0},
	{"figures B", USHER_ERLANG_B, figures, 0, 0},
	{"figures C", USHER_ERLANG_C, figures, 0, 0},
	{"figures A", USHER_ERLANG_A, figures, 0, 0},
	{"figures C, room", USHER_ERLANG_C_ROOM, figures, 0, 0},
	{"figures A, room", USHER_ERLANG_A_ROOM, figures, 0, 0},
	{"percentile C", USHER_ERLANG_C, percentile, USHER_ERLANG_ALL, 0.95},
	{"percentile A", USHER_ERLANG_A, percentile, USHER_ERLANG_ALL, 0.95},
	{"percentile A answered", USHER_ERLANG_A, percentile,
	 USHER_ERLANG_OF_ANSWERED, 0.95},
	{"percentile A abandoned", USHER_ERLANG_A, percentile,
	 USHER_ERLANG_OF_ABANDONED, 0.5},
	{"percentile A, room", USHER_ERLANG_A_ROOM, percentile,
	 USHER_ERLANG_ALL, 0.95},
	{"load for 1 % blocked", USHER_ERLANG_B, b_load, 0, 0.01},
	{"agents for 1 % blocked", USHER_ERLANG_B, b_agents, 0, 0.01},
	{"staff B", USHER_ERLANG_B, staff, BLOCKED, 0.01},
	{"staff C", USHER_ERLANG_C, staff, STRICT, 0.8},
	{"staff A", USHER_ERLANG_A, staff, STRICT, 0.8},
	{"staff A, room", USHER_ERLANG_A_ROOM, staff, STRICT, 0.8},
	{"arrivals C", USHER_ERLANG_C, arrivals, STRICT, 0.8},
	{"arrivals A", USHER_ERLANG_A, arrivals, STRICT, 0.8},
};

static double once(const struct job *j, const struct usher_erlang_opts *o)
{
	double best = HUGE_VAL, began;

	for (int i = 0; i < REPEAT; i++) {
		began = now_us();
		j->run(j, o);
		best = fmin(best, now_us() - began);
	}
	return best;
}

static void measure(const struct job *j, uint32_t agents, double *median,
		    double *most)
{
	double sample[SAMPLES_MAX];
	struct usher_erlang_opts o;
	int n = 0;

	usher_erlang_opts_init(&o, sizeof(o));
	o.model = j->model;
	o.agents = agents;
	o.handle_s = 180;
	o.room = agents / 2;
	for (int i = 0; i < PARTS * PATIENCES; i++) {
		o.arrivals_per_s = agents * parts[i / PATIENCES] / o.handle_s;
		o.patience_s = o.handle_s * patience[i % PATIENCES];
		sample[n++] = once(j, &o);
	}
	qsort(sample, (size_t)n, sizeof(*sample), by_value);
	*median = sample[n / 2];
	*most = sample[n - 1];
}

int main(void)
{
	double median, most;

	printf("%-24s %21s %21s\n", "", "1,000 agents", "100,000 agents");
	printf("%-24s %10s %10s %10s %10s\n", "us", "median", "most", "median",
	       "most");
	for (size_t i = 0; i < sizeof(jobs) / sizeof(*jobs); i++) {
		printf("%-24s", jobs[i].name);
		for (uint32_t n = 1000; n <= 100000; n *= 100) {
			measure(&jobs[i], n, &median, &most);
			printf(" %10.1f %10.1f", median, most);
		}
		printf("\n");
	}
	return 0;
}
