/* A thread with a libre loop, and a queue of functions to run on it.
 *
 * Posting puts an entry into a ring under a mutex and rings an eventfd when
 * the ring was empty; the thread takes the whole ring at once, so a burst of
 * posts costs one wake-up. Entries posted while it runs them wait for the
 * next turn, so that posting in a circle starves no socket.
 *
 * What the thread posts to itself costs none where libre's timers are ours:
 * they are polled at the end of each turn of the loop, and what is posted is
 * looked at then, a few times over, since one thing leads to another.
 *
 * Posts have a limit. A bell has not: it is a flag that each turn looks at, so
 * whoever rings it is heard however much is posted.
 */
#include <compat.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <sip/loop.h>
#include <sip/process.h>

enum { FIRST_POSTS = 64, MIN_FDS = 1024, NAME_MAX_ = 16, ROUNDS = 4 };

struct post {
	usher__loop_fn *fn;
	void *arg;
};

struct watch {
	usher__loop_fd_fn *fn;
	void *arg;
	int fd;
	struct watch *next;
};

struct usher__loop {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t started;
	pid_t pid;
	int bell;
	uint32_t max_fds;
	char name[NAME_MAX_];

	/* under the lock */
	struct post *posts;
	uint32_t count, size, max;
	bool up;
	bool closed;
	int start_err;

	/* thread only */
	struct post *spare;
	uint32_t spare_size;
	struct watch *watches;
	struct usher__bell *bells;
	uint64_t turn; /* how often usher__loop_polled() has been called */
	bool pending;  /* the thread has posted to itself */

	/* owner only */
	bool joined;
};

struct usher__bell {
	struct usher__loop *loop;
	usher__loop_fn *fn;
	void *arg;
	atomic_bool rung;
	struct usher__bell *next;
};

struct call {
	usher__loop_call_fn *fn;
	void *arg;
	int ret;
	bool done;
	pthread_mutex_t lock;
	pthread_cond_t cond;
};

static _Thread_local struct usher__loop *this_loop;

int64_t usher__loop_mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t usher__loop_cpu_us(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts))
		return 0;
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void ring_bell(struct usher__loop *loop)
{
	const uint64_t one = 1;
	ssize_t n;

	/* Full counter means rung already. */
	do {
		n = write(loop->bell, &one, sizeof(one));
	} while (n < 0 && errno == EINTR);
}

/* What was posted or rung is seen. */
static void wake(struct usher__loop *loop)
{
	if (loop == this_loop && loop->turn)
		loop->pending = true;
	else
		ring_bell(loop);
}

/* A bell may be freed by what it calls, but no other. */
static void run_bells(struct usher__loop *loop)
{
	struct usher__bell *bell, *next;

	for (bell = loop->bells; bell; bell = next) {
		next = bell->next;
		if (atomic_exchange(&bell->rung, false))
			bell->fn(bell->arg);
	}
}

/* Run what is posted; true once the loop is closed and nothing is left. */
static bool run_posts(struct usher__loop *loop)
{
	struct post *posts;
	uint32_t i, n, size;
	bool over;

	pthread_mutex_lock(&loop->lock);
	posts = loop->posts;
	size = loop->size;
	n = loop->count;
	loop->posts = loop->spare;
	loop->size = loop->spare_size;
	loop->count = 0;
	pthread_mutex_unlock(&loop->lock);

	/* Bells first: what was rung before a post is heard before it. */
	run_bells(loop);
	for (i = 0; i < n; i++)
		posts[i].fn(posts[i].arg);

	loop->spare = posts;
	loop->spare_size = size;

	pthread_mutex_lock(&loop->lock);
	over = loop->closed && !loop->count;
	pthread_mutex_unlock(&loop->lock);
	return over;
}

static void bell_handler(int flags, void *arg)
{
	struct usher__loop *loop = arg;
	uint64_t count;
	ssize_t n;

	(void)flags;
	do {
		n = read(loop->bell, &count, sizeof(count));
	} while (n < 0 && errno == EINTR);

	if (run_posts(loop))
		re_cancel();
}

uint64_t usher__loop_turn(void)
{
	return this_loop ? this_loop->turn : 0;
}

void usher__loop_polled(void)
{
	struct usher__loop *loop = this_loop;

	if (!loop)
		return;
	loop->turn++;
	for (int i = 0; loop->pending && i < ROUNDS; i++) {
		loop->pending = false;
		if (run_posts(loop))
			re_cancel();
	}
	/* Sockets have their turn in between. */
	if (loop->pending) {
		loop->pending = false;
		ring_bell(loop);
	}
}

static void tell_started(struct usher__loop *loop, int err)
{
	pthread_mutex_lock(&loop->lock);
	loop->start_err = err;
	loop->up = true;
	pthread_cond_signal(&loop->started);
	pthread_mutex_unlock(&loop->lock);
}

static void *loop_main(void *arg)
{
	struct usher__loop *loop = arg;
	int err;

	(void)pthread_setname_np(pthread_self(), loop->name);
	err = usher__process_enter();
	if (err) {
		tell_started(loop, err);
		return NULL;
	}
	err = re_thread_init();
	if (err)
		goto leave;
	/* Without a size set first, 1,024 descriptors would be the limit. */
	err = fd_setsize((int)loop->max_fds);
	if (!err)
		err = fd_listen(loop->bell, FD_READ, bell_handler, loop);
	tell_started(loop, err ? USHER_EIO : 0);
	if (!err) {
		this_loop = loop;
		(void)re_main(NULL);
		this_loop = NULL;
		fd_close(loop->bell);
	}
	usher__process_leave();
	re_thread_close();
	return NULL;

leave:
	usher__process_leave();
	tell_started(loop, USHER_EIO);
	return NULL;
}

static uint32_t fd_limit(uint32_t wanted)
{
	struct rlimit lim;

	if (!wanted) {
		wanted = USHER__LOOP_MAX_FDS;
		if (!getrlimit(RLIMIT_NOFILE, &lim) && lim.rlim_cur < wanted)
			wanted = (uint32_t)lim.rlim_cur;
	}
	if (wanted > USHER__LOOP_MAX_FDS)
		wanted = USHER__LOOP_MAX_FDS;
	return wanted < MIN_FDS ? MIN_FDS : wanted;
}

static int start_thread(struct usher__loop *loop)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&loop->thread, NULL, loop_main, loop);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err) {
		loop->joined = true;
		return USHER_EIO;
	}

	pthread_mutex_lock(&loop->lock);
	while (!loop->up)
		pthread_cond_wait(&loop->started, &loop->lock);
	err = loop->start_err;
	pthread_mutex_unlock(&loop->lock);
	return err;
}

int usher__loop_new(struct usher__loop **ret,
		    const struct usher__loop_opts *opts,
		    struct usher_error *err)
{
	struct usher__loop *loop;
	int code;

	loop = calloc(1, sizeof(*loop));
	if (!loop)
		return usher_error_set(err, USHER_ENOMEM, "no memory");

	pthread_mutex_init(&loop->lock, NULL);
	pthread_cond_init(&loop->started, NULL);
	loop->pid = getpid();
	loop->max = opts && opts->max_posts ? opts->max_posts
					    : USHER__LOOP_MAX_POSTS;
	loop->max_fds = fd_limit(opts ? opts->max_fds : 0);
	strncpy(loop->name, opts && opts->name ? opts->name : "usher",
		sizeof(loop->name) - 1);
	loop->joined = true;
	loop->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->bell < 0) {
		code = USHER_EIO;
		goto out;
	}
	loop->joined = false;
	code = start_thread(loop);

out:
	if (code) {
		usher__loop_free(loop);
		return usher_error_set(err, code, "cannot start a thread");
	}
	*ret = loop;
	return 0;
}

static bool forked(const struct usher__loop *loop)
{
	return loop->pid != getpid();
}

bool usher__loop_here(const struct usher__loop *loop)
{
	return !forked(loop) && pthread_equal(loop->thread, pthread_self());
}

void usher__loop_stop(struct usher__loop *loop)
{
	bool here = usher__loop_here(loop);

	if (forked(loop) || loop->joined)
		return;

	pthread_mutex_lock(&loop->lock);
	loop->closed = true;
	pthread_mutex_unlock(&loop->lock);
	ring_bell(loop);
	if (here)
		return;

	pthread_join(loop->thread, NULL);
	loop->joined = true;
}

void usher__loop_free(struct usher__loop *loop)
{
	struct watch *watch;

	if (!loop || forked(loop))
		return;

	usher__loop_stop(loop);
	if (loop->bell >= 0)
		close(loop->bell);
	while ((watch = loop->watches)) {
		loop->watches = watch->next;
		free(watch);
	}
	pthread_mutex_destroy(&loop->lock);
	pthread_cond_destroy(&loop->started);
	free(loop->posts);
	free(loop->spare);
	free(loop);
}

/* Room for one more; under the lock. */
static int grow_posts(struct usher__loop *loop, uint32_t max)
{
	struct post *posts;
	uint32_t size;

	/* First: the array may have grown for callers, whose room is not for
	 * posts. */
	if (loop->count >= max)
		return USHER_EFULL;
	if (loop->count < loop->size)
		return 0;
	size = loop->size ? loop->size * 2 : FIRST_POSTS;
	if (size > max)
		size = max;
	posts = realloc(loop->posts, size * sizeof(*posts));
	if (!posts)
		return USHER_ENOMEM;
	loop->posts = posts;
	loop->size = size;
	return 0;
}

static int post(struct usher__loop *loop, uint32_t max, usher__loop_fn *fn,
		void *arg)
{
	bool ring = false;
	int err;

	if (forked(loop))
		return USHER_EFORK;

	pthread_mutex_lock(&loop->lock);
	if (loop->closed) {
		err = USHER_ECLOSED;
		goto out;
	}
	err = grow_posts(loop, max);
	if (err)
		goto out;
	ring = !loop->count;
	loop->posts[loop->count].fn = fn;
	loop->posts[loop->count].arg = arg;
	loop->count++;

out:
	pthread_mutex_unlock(&loop->lock);
	if (ring)
		wake(loop);
	return err;
}

int usher__loop_post(struct usher__loop *loop, usher__loop_fn *fn, void *arg)
{
	return post(loop, loop->max, fn, arg);
}

static void run_call(void *arg)
{
	struct call *call = arg;
	int ret = call->fn(call->arg);

	pthread_mutex_lock(&call->lock);
	call->ret = ret;
	call->done = true;
	pthread_cond_signal(&call->cond);
	pthread_mutex_unlock(&call->lock);
}

int usher__loop_call(struct usher__loop *loop, usher__loop_call_fn *fn,
		     void *arg)
{
	struct call call = {.fn = fn, .arg = arg};
	int err;

	if (usher__loop_here(loop))
		return fn(arg);

	pthread_mutex_init(&call.lock, NULL);
	pthread_cond_init(&call.cond, NULL);
	/* Above the limit: who frees what the loop uses cannot be refused, and
	 * since callers wait there is one a thread at most. */
	err = post(loop, loop->max + USHER__LOOP_MAX_CALLS, run_call, &call);
	if (!err) {
		pthread_mutex_lock(&call.lock);
		while (!call.done)
			pthread_cond_wait(&call.cond, &call.lock);
		err = call.ret;
		pthread_mutex_unlock(&call.lock);
	}
	pthread_mutex_destroy(&call.lock);
	pthread_cond_destroy(&call.cond);
	return err;
}

int usher__bell_new(struct usher__bell **ret, struct usher__loop *loop,
		    usher__loop_fn *fn, void *arg)
{
	struct usher__bell *bell = calloc(1, sizeof(*bell));

	if (!bell)
		return USHER_ENOMEM;
	bell->loop = loop;
	bell->fn = fn;
	bell->arg = arg;
	bell->next = loop->bells;
	loop->bells = bell;
	*ret = bell;
	return 0;
}

void usher__bell_ring(struct usher__bell *bell)
{
	if (!atomic_exchange(&bell->rung, true))
		wake(bell->loop);
}

void usher__bell_free(struct usher__bell *bell)
{
	struct usher__bell **at;

	if (!bell)
		return;
	for (at = &bell->loop->bells; *at; at = &(*at)->next) {
		if (*at == bell) {
			*at = bell->next;
			break;
		}
	}
	free(bell);
}

static void watch_handler(int flags, void *arg)
{
	struct watch *watch = arg;
	unsigned ready = 0;

	if (flags & FD_READ)
		ready |= USHER__LOOP_READ;
	if (flags & FD_WRITE)
		ready |= USHER__LOOP_WRITE;
	if (flags & FD_EXCEPT)
		ready |= USHER__LOOP_EXCEPT;
	watch->fn(watch->fd, ready, watch->arg);
}

int usher__loop_watch(struct usher__loop *loop, int fd, unsigned flags,
		      usher__loop_fd_fn *fn, void *arg)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int want = (flags & USHER__LOOP_READ ? FD_READ : 0) |
		   (flags & USHER__LOOP_WRITE ? FD_WRITE : 0);

	if (!watch)
		return USHER_ENOMEM;

	usher__loop_unwatch(loop, fd);
	watch->fd = fd;
	watch->fn = fn;
	watch->arg = arg;
	if (fd_listen(fd, want, watch_handler, watch)) {
		free(watch);
		return USHER_EIO;
	}
	watch->next = loop->watches;
	loop->watches = watch;
	return 0;
}

void usher__loop_unwatch(struct usher__loop *loop, int fd)
{
	struct watch **at, *watch;

	for (at = &loop->watches; (watch = *at); at = &watch->next) {
		if (watch->fd != fd)
			continue;
		fd_close(fd);
		*at = watch->next;
		free(watch);
		return;
	}
}
