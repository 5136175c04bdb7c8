/* The threads of a store, and the clock by which they wait. */
#include <signal.h>
#include <time.h>

#include "internal.h"

int64_t usher__now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int usher__thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int rc;

	/* The new thread inherits the mask: no signal of the host's process
	 * is ever delivered to it. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc ? USHER_ENOMEM : 0;
}

void usher__cond_wait_until(struct usher_store *store, pthread_cond_t *cond,
			    int64_t until_ms)
{
	struct timespec ts = {until_ms / 1000, until_ms % 1000 * 1000000};

	pthread_cond_timedwait(cond, &store->lock, &ts);
}
