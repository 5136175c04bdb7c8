/* What starting a timer costs among many: our wheel against libre's list.
 *
 * Both in one process and one run: the wheel is linked in, the list comes
 * from the shared libre. Prints medians of seven.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sip/wheel.h>

#define ROUNDS     7
#define SPREAD_MS  32000
#define ROUND_NS   3000000.0
#define STRIDE     7919 /* a prime that divides no count */
#define STARTS_MAX 20000
#define LIBRE_SO   "libre.so"

typedef void(start_fn)(struct tmr *tmr, uint64_t delay, tmr_h *th, void *arg);
typedef void(cancel_fn)(struct tmr *tmr);

struct timers {
	start_fn *start;
	cancel_fn *cancel;
};

static struct usher__wheel wheel;

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void wheel_start(struct tmr *tmr, uint64_t delay, tmr_h *th, void *arg)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	usher__wheel_start(&wheel,
			   (uint64_t)ts.tv_sec * 1000 +
				   (uint64_t)ts.tv_nsec / 1000000,
			   tmr, delay, th, arg);
}

static void never(void *arg)
{
	(void)arg;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Nanoseconds to start and cancel a timer of 500 ms among count others. */
static double measure(const struct timers *timers, size_t count)
{
	struct tmr *tmr = calloc(count + 1, sizeof(*tmr)), *probe;
	double result[ROUNDS], began;
	size_t i, round, starts;

	if (!tmr)
		return -1;
	probe = &tmr[count];
	/* In the order of expiry, since the list takes that without a walk,
	 * and all over the memory, since real timers are. */
	for (i = 0; i < count; i++)
		timers->start(&tmr[i * STRIDE % count],
			      100 + i * SPREAD_MS / count, never, NULL);
	for (round = 0; round < ROUNDS; round++) {
		starts = 0;
		began = now_ns();
		do {
			timers->start(probe, 500, never, NULL);
			timers->cancel(probe);
			starts++;
		} while (starts < STARTS_MAX && now_ns() - began < ROUND_NS);
		result[round] = (now_ns() - began) / (double)starts;
	}
	for (i = 0; i < count; i++)
		timers->cancel(&tmr[i]);
	free(tmr);
	qsort(result, ROUNDS, sizeof(result[0]), by_value);
	return result[ROUNDS / 2];
}

int main(void)
{
	static const size_t counts[] = {1000, 10000, 100000};
	struct timers ours = {wheel_start, usher__wheel_cancel};
	struct timers theirs = {NULL, NULL};
	void *libre = dlopen(LIBRE_SO, RTLD_NOW | RTLD_LOCAL);
	double wheel_ns, list_ns;
	size_t i;

	if (libre) {
		*(void **)&theirs.start = dlsym(libre, "tmr_start");
		*(void **)&theirs.cancel = dlsym(libre, "tmr_cancel");
	}
	printf("%10s %14s %14s %10s\n", "timers", "wheel (us)", "list (us)",
	       "ratio");
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		wheel_ns = measure(&ours, counts[i]);
		printf("%10zu %14.3f", counts[i], wheel_ns / 1000);
		if (theirs.start && theirs.cancel) {
			list_ns = measure(&theirs, counts[i]);
			printf(" %14.3f %10.0f", list_ns / 1000,
			       list_ns / wheel_ns);
		}
		putchar('\n');
	}
	return 0;
}
