/*
 * Replications on all cores. Each is known by its number, has its own seed
 * and its own place for what it gives; sums are of whole numbers. So nothing
 * depends on which thread ran what, and when.
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"

#define THREADS_MAX    256
#define BAR_WIDTH      40
#define PROGRESS_MS    200
#define NANOSECONDS_MS 1000000L
/* More than that take a while: it is told how many. */
#define CONTACTS_MANY 2e7

struct pool {
	void (*one)(void *ctx, uint64_t i);
	void *ctx;
	const char *title;
	uint64_t count;
	atomic_uint_fast64_t next;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t done; /* under lock */
};

unsigned lab_cores(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return cores < 1             ? 1
	       : cores > THREADS_MAX ? THREADS_MAX
				     : (unsigned)cores;
}

static void *work(void *arg)
{
	struct pool *pool = arg;

	for (;;) {
		uint64_t i = atomic_fetch_add(&pool->next, 1);

		if (i >= pool->count)
			return NULL;
		pool->one(pool->ctx, i);
		pthread_mutex_lock(&pool->lock);
		pool->done++;
		if (pool->done == pool->count)
			pthread_cond_signal(&pool->changed);
		pthread_mutex_unlock(&pool->lock);
	}
}

static void bar(const struct pool *pool)
{
	int full = (int)(BAR_WIDTH * pool->done / pool->count);

	fprintf(stderr, "\r%s [%.*s%*s] %3d %%", pool->title, full,
		"########################################", BAR_WIDTH - full,
		"", (int)(100 * pool->done / pool->count));
	fflush(stderr);
}

/* Shown until all is done, then wiped away. */
static void show(struct pool *pool)
{
	bool shown = false;

	pthread_mutex_lock(&pool->lock);
	while (pool->done < pool->count) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += PROGRESS_MS * NANOSECONDS_MS;
		until.tv_sec += until.tv_nsec / (1000 * NANOSECONDS_MS);
		until.tv_nsec %= 1000 * NANOSECONDS_MS;
		pthread_cond_timedwait(&pool->changed, &pool->lock, &until);
		if (pool->done < pool->count) {
			bar(pool);
			shown = true;
		}
	}
	pthread_mutex_unlock(&pool->lock);
	if (shown)
		fputs("\r\033[K", stderr);
}

void lab_each(unsigned threads, uint64_t count,
	      void (*one)(void *ctx, uint64_t i), void *ctx, const char *title)
{
	struct pool pool = {one,
			    ctx,
			    title,
			    count,
			    0,
			    PTHREAD_MUTEX_INITIALIZER,
			    PTHREAD_COND_INITIALIZER,
			    0};
	pthread_t ids[THREADS_MAX];
	unsigned started = 0;

	if (!threads)
		threads = lab_cores();
	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	if (threads > count)
		threads = (unsigned)count;
	/* one thread that is shown, too, is another than that which shows */
	while (started < threads && (threads > 1 || title) &&
	       !pthread_create(&ids[started], NULL, work, &pool))
		started++;
	if (!started)
		work(&pool);
	else if (title && isatty(STDERR_FILENO))
		show(&pool);
	for (unsigned i = 0; i < started; i++)
		pthread_join(ids[i], NULL);
	pthread_cond_destroy(&pool.changed);
	pthread_mutex_destroy(&pool.lock);
}

/* ---- Replications ---- */

struct task {
	struct lab_bench *bench;
	pthread_mutex_t lock; /* over sums, and what failed */
	uint64_t failed_at;
	int failed;
	struct usher_error err;
};

static void slots_sum(struct lab_trial *to, const struct lab_trial *from,
		      const struct lab_day *day)
{
	const size_t slots = lab_slots(day);
	const size_t queues = day->sim.queue_count;

	for (size_t i = 0; i < queues * slots; i++) {
		to->slots[i].came += from->slots[i].came;
		to->slots[i].answered += from->slots[i].answered;
		to->slots[i].within += from->slots[i].within;
		to->slots[i].wait_us += from->slots[i].wait_us;
	}
	for (size_t i = 0; i < day->sim.group_count * slots; i++) {
		to->group_slots[i].occupied_us +=
			from->group_slots[i].occupied_us;
		to->group_slots[i].available_us +=
			from->group_slots[i].available_us;
	}
	for (size_t i = 0; i <= queues; i++)
		lab_histogram_sum(&to->waits[i], &from->waits[i]);
}

static void one_trial(void *ctx, uint64_t i)
{
	struct task *task = ctx;
	struct lab_bench *bench = task->bench;
	struct lab_results *r = bench->results;
	struct lab_trial trial;
	struct usher_error err = {0};
	uint64_t number = i;
	int rc;

	for (; number >= r->count; r++)
		number -= r->count;
	rc = lab_trial_init(&trial, r->day);
	if (rc)
		usher_error_set(&err, rc, "no memory");
	else
		rc = lab_trial_run(&trial, r->day, number, &err);
	pthread_mutex_lock(&task->lock);
	if (rc && (!task->failed || i < task->failed_at)) {
		task->failed = rc;
		task->failed_at = i;
		task->err = err;
	}
	if (!rc) {
		slots_sum(&r->sums, &trial, r->day);
		r->trials[number] = (struct lab_kept){
			trial.figures, trial.groups, trial.kinds,
			trial.expected, trial.cost};
		trial.figures = NULL;
		trial.kinds = NULL;
		trial.groups = NULL;
		trial.expected = NULL;
	}
	pthread_mutex_unlock(&task->lock);
	lab_trial_done(&trial);
}

/* How many come to a queue in a replication, on average. */
static double expected(const struct lab_day *day,
		       const struct usher_sim_queue *q)
{
	const double period_s =
		day->sim.period_s > 0 ? day->sim.period_s : 86400;
	double per_s = q->rate_count ? 0 : q->arrivals_per_s;

	for (uint32_t i = 0; i < q->rate_count; i++) {
		double to_s = i + 1 < q->rate_count
				      ? q->rates[i + 1].from_s
				      : q->rates[0].from_s + period_s;

		per_s += q->rates[i].per_s * (to_s - q->rates[i].from_s) /
			 period_s;
	}
	return (double)q->call_count +
	       per_s * (day->warmup_s + day->duration_s);
}

/* A rate with a zero too many is seen before hours are spent on it. */
static void say_many(const struct lab_bench *bench)
{
	double sum = 0;

	for (uint32_t i = 0; i < bench->count; i++) {
		const struct lab_day *day = bench->results[i].day;

		for (uint32_t k = 0; k < day->sim.queue_count; k++)
			sum += (double)day->replications *
			       expected(day, &day->queues[k]);
	}
	if (sum > CONTACTS_MANY)
		fprintf(stderr, "%s: some %.0f million contacts to come\n",
			bench->title, sum / 1e6);
}

int lab_bench_run(struct lab_bench *bench, struct usher_error *err)
{
	struct task task = {.bench = bench, .lock = PTHREAD_MUTEX_INITIALIZER};
	uint64_t count = 0;

	for (uint32_t i = 0; i < bench->count; i++) {
		struct lab_results *r = &bench->results[i];

		r->count = r->day->replications;
		r->trials = calloc(r->count, sizeof(*r->trials));
		if (!r->trials || lab_trial_init(&r->sums, r->day))
			return usher_error_set(err, USHER_ENOMEM, "no memory");
		count += r->count;
	}
	if (bench->title)
		say_many(bench);
	lab_each(bench->threads, count, one_trial, &task, bench->title);
	pthread_mutex_destroy(&task.lock);
	if (task.failed && err)
		*err = task.err;
	return task.failed;
}

void lab_results_done(struct lab_results *r)
{
	for (uint64_t i = 0; r->trials && i < r->count; i++) {
		free(r->trials[i].figures);
		free(r->trials[i].groups);
		free(r->trials[i].kinds);
		free(r->trials[i].expected);
	}
	free(r->trials);
	lab_trial_done(&r->sums);
}

size_t lab_values(const struct lab_results *r, uint32_t row,
		  enum lab_figure figure, double *values)
{
	size_t n = 0;

	for (uint64_t i = 0; i < r->count; i++)
		if (!isnan(r->trials[i].figures[row][figure]))
			values[n++] = r->trials[i].figures[row][figure];
	return n;
}

size_t lab_group_values(const struct lab_results *r, uint32_t group,
			enum lab_group_figure figure, double *values)
{
	size_t n = 0;

	for (uint64_t i = 0; i < r->count; i++)
		if (!isnan(r->trials[i].groups[group][figure]))
			values[n++] = r->trials[i].groups[group][figure];
	return n;
}

size_t lab_kind_values(const struct lab_results *r, uint32_t group,
		       uint32_t kind, enum lab_kind_figure figure,
		       double *values)
{
	const size_t row = group * r->day->kind_count + kind;
	size_t n = 0;

	for (uint64_t i = 0; i < r->count; i++)
		if (!isnan(r->trials[i].kinds[row][figure]))
			values[n++] = r->trials[i].kinds[row][figure];
	return n;
}
