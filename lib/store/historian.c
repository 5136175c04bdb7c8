/* The historian's thread: personal data into personal.db, events into
 * history.db, phones into their file. It may be slow or fail without holding
 * up the journal; what it has not done yet it does after the next start. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "historian.h"

#define RETRY_MS 1000
/* The figures of the interval that is running, for who looks at them now. */
#define FLUSH_MS 10000

/* Lock held. */
static void job_put(struct job *job)
{
	if (!--job->refs)
		free(job);
}

void usher__job_put(struct usher_store *store, struct job *job)
{
	pthread_mutex_lock(&store->lock);
	job_put(job);
	pthread_mutex_unlock(&store->lock);
}

int usher__job_run(struct usher_store *store, struct job *job,
		   uint32_t timeout_ms)
{
	int64_t until = usher__now_ms() + timeout_ms;
	struct job **link;
	int rc;

	job->refs = 2;
	pthread_mutex_lock(&store->lock);
	for (link = &store->jobs; *link;)
		link = &(*link)->next;
	*link = job;
	pthread_cond_signal(&store->wake_historian);
	while (!job->done && usher__now_ms() < until)
		usher__cond_wait_until(store, &store->news, until);
	rc = job->done ? job->rc : USHER_ETIMEDOUT;
	job->canceled = !job->done;
	pthread_mutex_unlock(&store->lock);
	return rc;
}

static void jobs_run(struct usher_store *store)
{
	struct job *job;
	int rc;

	pthread_mutex_lock(&store->lock);
	while ((job = store->jobs)) {
		store->jobs = job->next;
		rc = USHER_ECANCELED;
		if (!job->canceled) {
			pthread_mutex_unlock(&store->lock);
			rc = job->run(store, job);
			pthread_mutex_lock(&store->lock);
		}
		job->rc = rc;
		job->done = true;
		job_put(job);
		pthread_cond_broadcast(&store->news);
	}
	pthread_mutex_unlock(&store->lock);
}

static bool behind(const struct usher_store *store)
{
	return !store->opts.no_history && store->projected < store->committed;
}

/* Somebody waits for figures that are not written. Lock held. */
static bool flush_asked(const struct usher_store *store)
{
	return store->flush && !store->opts.no_history &&
	       store->flushed_seq < store->projected;
}

/* Sleep until there is work; true when it is time to end. */
static bool historian_wait(struct usher_store *store, int64_t until_ms)
{
	bool stop;

	pthread_mutex_lock(&store->lock);
	while (!store->stop_historian && !store->jobs &&
	       (!store->phones || store->phones_failed) &&
	       usher__now_ms() < until_ms) {
		if (!store->his->failing &&
		    (store->person_head || behind(store) ||
		     flush_asked(store)))
			break;
		usher__cond_wait_until(store, &store->wake_historian,
				       until_ms);
	}
	stop = store->stop_historian;
	pthread_mutex_unlock(&store->lock);
	return stop;
}

/* Once around: 1 when there may be more to do at once. */
static int round_run(struct usher_store *store, struct usher_error *err)
{
	struct historian *his = store->his;
	int rc;

	/* Persons first: the projection says whose contact they are. */
	usher__projection_limit(his->projection);
	rc = usher__personal_move(store, err);
	if (!rc && his->projection)
		rc = usher__projection_run(his->projection, err);
	return rc;
}

static void failing_tell(struct usher_store *store, int rc,
			 const struct usher_error *err)
{
	struct historian *his = store->his;

	if (rc < 0 && !his->failing)
		usher__store_log(store, USHER_STORE_ERROR,
				 "history is behind: %s", err->message);
	if (rc >= 0 && his->failing)
		usher__store_log(store, USHER_STORE_INFO, "history goes on");
	his->failing = rc < 0;
}

static void *historian_run(void *arg)
{
	struct usher_store *store = arg;
	struct historian *his = store->his;
	int64_t until = 0, give_up = 0, flush_at = usher__now_ms() + FLUSH_MS;
	struct usher_error err;

	for (;;) {
		bool stop = historian_wait(store, until);
		bool asked;
		int rc = round_run(store, &err);

		pthread_mutex_lock(&store->lock);
		asked = stop || flush_asked(store);
		pthread_mutex_unlock(&store->lock);
		if (!rc && his->projection &&
		    (asked || usher__now_ms() >= flush_at)) {
			rc = usher__projection_flush(his->projection, &err);
			flush_at = usher__now_ms() + FLUSH_MS;
		}
		failing_tell(store, rc, &err);
		usher__phones_write(store);
		jobs_run(store);
		pthread_mutex_lock(&store->lock);
		pthread_cond_broadcast(&store->news);
		pthread_mutex_unlock(&store->lock);
		until = usher__now_ms() +
			(rc < 0 || store->phones_failed ? RETRY_MS : FLUSH_MS);
		if (!stop)
			continue;
		if (!give_up)
			give_up = usher__now_ms() + USHER_STORE_CLOSE_MS;
		if (rc <= 0 || usher__now_ms() > give_up)
			return NULL;
	}
}

int usher__historian_open(struct usher_store *store, struct usher_error *err)
{
	struct historian *his = calloc(1, sizeof(*his));
	int rc;

	if (!his)
		return USHER_ENOMEM;
	pthread_mutex_init(&his->read_lock, NULL);
	store->his = his;
	rc = usher__personal_open(store, err);
	if (!rc && !store->opts.no_history)
		rc = usher__projection_open(&his->projection, store, err);
	return rc;
}

int usher__historian_start(struct usher_store *store, struct usher_error *err)
{
	if (store->his->projection)
		usher__projection_check(store->his->projection);
	if (usher__thread_start(&store->historian, historian_run, store))
		return usher_error_set(err, USHER_ENOMEM,
				       "cannot start a thread");
	store->historian_runs = true;
	return 0;
}

void usher__historian_free(struct usher_store *store)
{
	struct historian *his = store->his;

	if (!his)
		return;
	usher__projection_close(his->projection);
	usher__personal_close(store);
	while (store->jobs) {
		struct job *next = store->jobs->next;

		job_put(store->jobs);
		store->jobs = next;
	}
	pthread_mutex_destroy(&his->read_lock);
	free(his);
	store->his = NULL;
}

static int rebuild_run(struct usher_store *store, struct job *job)
{
	int rc;

	usher__projection_limit(store->his->projection);
	rc = usher__personal_move(store, &job->err);
	if (rc)
		return rc;
	return usher__projection_rebuild(store->his->projection, &job->err);
}

int usher_store_rebuild(struct usher_store *store, struct usher_error *err)
{
	int rc = usher__store_check(store);
	struct job *job;

	if (rc)
		return usher_error_set(err, rc, "%s", usher_strerror(rc));
	if (store->opts.no_history)
		return usher_error_set(err, USHER_ENOTSUP,
				       "this store keeps no history");
	if (store->state == STORE_NEW)
		return usher_error_set(err, USHER_ESTATE,
				       "the store is not recovered yet");
	job = calloc(1, sizeof(*job));
	if (!job)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	job->run = rebuild_run;
	rc = usher__job_run(store, job, UINT32_MAX);
	if (rc && err)
		*err = job->err;
	usher__job_put(store, job);
	return rc;
}
