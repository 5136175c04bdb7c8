/* The loop: posts, calls, timers, two of them, fork. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <usher/error.h>

#include <sip/loop.h>

static atomic_uint runs;
static atomic_int fired_at_ms;

static void count(void *arg)
{
	(void)arg;
	runs++;
}

static int add(void *arg)
{
	return *(int *)arg + 1;
}

START_TEST(posts__run_in_order_and_before_the_stop)
{
	struct usher__loop *loop;
	int i, one = 41;

	runs = 0;
	ck_assert_int_eq(usher__loop_new(&loop, NULL, NULL), 0);
	for (i = 0; i < 1000; i++)
		ck_assert_int_eq(usher__loop_post(loop, count, NULL), 0);
	ck_assert_int_eq(usher__loop_call(loop, add, &one), 42);
	ck_assert_uint_eq(runs, 1000);
	ck_assert_int_eq(usher__loop_post(loop, count, NULL), 0);
	usher__loop_stop(loop);
	usher__loop_stop(loop);
	ck_assert_uint_eq(runs, 1001);
	ck_assert_int_eq(usher__loop_post(loop, count, NULL), USHER_ECLOSED);
	ck_assert_int_eq(usher__loop_call(loop, add, &one), USHER_ECLOSED);
	usher__loop_free(loop);
	usher__loop_free(NULL);
}
END_TEST

/* --- wake-ups --------------------------------------------------------- */

ssize_t __real_write(int fd, const void *bytes, size_t n);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);

static struct {
	struct usher__loop *loop;
	struct usher__bell *bell;
	unsigned left, writes;
	bool posts;
} circle;

/* Of the thread that goes round. */
static atomic_uint writes;
static _Thread_local bool goes;

ssize_t __wrap_write(int fd, const void *bytes, size_t n)
{
	writes += goes;
	return __real_write(fd, bytes, n);
}

/* One thing leads to another, on the loop's own thread. */
static void go_round(void *arg)
{
	(void)arg;
	if (!circle.left--) {
		circle.writes = writes;
		return;
	}
	if (circle.posts)
		ck_assert_int_eq(usher__loop_post(circle.loop, go_round, NULL),
				 0);
	else
		usher__bell_ring(circle.bell);
}

static int start_round(void *arg)
{
	circle.left = *(unsigned *)arg;
	circle.writes = 0;
	writes = 0;
	goes = true;
	if (!circle.bell)
		return usher__bell_new(&circle.bell, circle.loop, go_round,
				       NULL);
	go_round(NULL);
	return 0;
}

static int is_over(void *arg)
{
	(void)arg;
	return circle.left == -1u;
}

static int free_round(void *arg)
{
	(void)arg;
	usher__bell_free(circle.bell);
	circle.bell = NULL;
	return 0;
}

/* Who goes round and round is woken now and then, that sockets have a turn;
 * a step or two are free. */
START_TEST(own_thread__is_not_woken_by_itself)
{
	unsigned few = 3, many = 1000;

	circle.posts = _i;
	ck_assert_int_eq(usher__loop_new(&circle.loop, NULL, NULL), 0);
	ck_assert_int_eq(usher__loop_call(circle.loop, start_round, &few), 0);
	/* Until its turns are known to be told. */
	ck_assert_int_eq(usher__loop_call(circle.loop, add, &_i), _i + 1);
	ck_assert_int_eq(usher__loop_call(circle.loop, start_round, &few), 0);
	while (!usher__loop_call(circle.loop, is_over, NULL))
		usleep(1000);
#ifdef USHER_LIBRE_PRIVATE
	ck_assert_uint_eq(circle.writes, 0);
#endif
	ck_assert_int_eq(usher__loop_call(circle.loop, start_round, &many), 0);
	while (!usher__loop_call(circle.loop, is_over, NULL))
		usleep(1000);
	ck_assert_uint_ge(circle.writes, many / 10);
	ck_assert_uint_le(circle.writes, many + 100);
	ck_assert_int_eq(usher__loop_call(circle.loop, free_round, NULL), 0);
	usher__loop_free(circle.loop);
}
END_TEST

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void wait_at_gate(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
}

START_TEST(full_queue__is_told)
{
	struct usher__loop_opts opts = {.max_posts = 8};
	struct usher__loop *loop;
	int i, err = 0;

	ck_assert_int_eq(usher__loop_new(&loop, &opts, NULL), 0);
	pthread_mutex_lock(&gate);
	for (i = 0; i < 100 && !err; i++)
		err = usher__loop_post(loop, wait_at_gate, NULL);
	ck_assert_int_eq(err, USHER_EFULL);
	pthread_mutex_unlock(&gate);
	usher__loop_free(loop);
}
END_TEST

static atomic_bool inside;

static void wait_inside(void *arg)
{
	inside = true;
	wait_at_gate(arg);
}

struct caller {
	struct usher__loop *loop;
	pthread_t thread;
	atomic_int result;
};

static void *call_it(void *arg)
{
	struct caller *caller = arg;
	int one = 1;

	caller->result = usher__loop_call(caller->loop, add, &one);
	return NULL;
}

/* What is kept for callers is not for posts, however often one of them found
 * the queue full. */
START_TEST(full_queue__keeps_the_room_of_callers)
{
	enum { ROUNDS = 3, MAX = 8, TRIES = 100 };
	struct usher__loop_opts opts = {.max_posts = MAX};
	struct caller caller;
	int round, i;

	ck_assert_int_eq(usher__loop_new(&caller.loop, &opts, NULL), 0);
	for (round = 0; round < ROUNDS; round++) {
		inside = false;
		pthread_mutex_lock(&gate);
		ck_assert_int_eq(
			usher__loop_post(caller.loop, wait_inside, NULL), 0);
		while (!inside)
			usleep(1000);
		for (i = 0; i < MAX; i++)
			ck_assert_int_eq(
				usher__loop_post(caller.loop, count, NULL), 0);
		caller.result = 0;
		ck_assert_int_eq(
			pthread_create(&caller.thread, NULL, call_it, &caller),
			0);
		/* Before the call has come, and after. */
		for (i = 0; i < TRIES; i++) {
			ck_assert_int_eq(
				usher__loop_post(caller.loop, count, NULL),
				USHER_EFULL);
			usleep(1000);
		}
		pthread_mutex_unlock(&gate);
		pthread_join(caller.thread, NULL);
		ck_assert_int_eq(caller.result, 2);
	}
	usher__loop_free(caller.loop);
}
END_TEST

static struct usher__bell *bell;

static int make_bell(void *loop)
{
	return usher__bell_new(&bell, loop, count, NULL);
}

static int free_bell(void *arg)
{
	(void)arg;
	usher__bell_free(bell);
	return 0;
}

/* However much is posted, a ring is heard and a call is done. */
START_TEST(bell__is_heard_when_the_queue_is_full)
{
	struct usher__loop_opts opts = {.max_posts = 8};
	struct usher__loop *loop;
	int i, one = 1;

	runs = 0;
	ck_assert_int_eq(usher__loop_new(&loop, &opts, NULL), 0);
	ck_assert_int_eq(usher__loop_call(loop, make_bell, loop), 0);
	for (i = 1; i <= 3; i++) {
		pthread_mutex_lock(&gate);
		while (!usher__loop_post(loop, wait_at_gate, NULL))
			;
		usher__bell_ring(bell);
		usher__bell_ring(bell);
		pthread_mutex_unlock(&gate);
		ck_assert_int_eq(usher__loop_call(loop, add, &one), 2);
		/* The ring came before the call; once or twice is the same. */
		ck_assert_uint_ge(runs, (unsigned)i);
		ck_assert_uint_le(runs, 2u * (unsigned)i);
	}
	ck_assert_int_eq(usher__loop_call(loop, free_bell, NULL), 0);
	usher__bell_free(NULL);
	usher__loop_free(loop);
}
END_TEST

START_TEST(call__is_done_when_the_queue_is_full)
{
	struct usher__loop_opts opts = {.max_posts = 8};
	struct caller callers[4];
	struct usher__loop *loop;
	int i;

	ck_assert_int_eq(usher__loop_new(&loop, &opts, NULL), 0);
	pthread_mutex_lock(&gate);
	while (!usher__loop_post(loop, wait_at_gate, NULL))
		;
	for (i = 0; i < 4; i++) {
		callers[i].loop = loop;
		callers[i].result = 0;
		ck_assert_int_eq(pthread_create(&callers[i].thread, NULL,
						call_it, &callers[i]),
				 0);
	}
	usleep(20000);
	pthread_mutex_unlock(&gate);
	for (i = 0; i < 4; i++) {
		pthread_join(callers[i].thread, NULL);
		ck_assert_int_eq(callers[i].result, 2);
	}
	usher__loop_free(loop);
}
END_TEST

static struct usher__timer *timer;
static int64_t began_us;

static void fired(void *arg)
{
	(void)arg;
	fired_at_ms = (int)((usher__loop_mono_us() - began_us) / 1000);
	usher__timer_free(timer);
	timer = NULL;
}

static int start_timer(void *arg)
{
	began_us = usher__loop_mono_us();
	if (usher__timer_new(&timer, arg, fired, NULL))
		return -1;
	usher__timer_start(timer, 5000);
	usher__timer_start(timer, 50);
	return usher__timer_running(timer) ? 0 : -1;
}

START_TEST(timer__fires_once_and_may_free_itself)
{
	struct usher__loop *loop;
	int i;

	fired_at_ms = 0;
	ck_assert_int_eq(usher__loop_new(&loop, NULL, NULL), 0);
	ck_assert_int_eq(usher__loop_call(loop, start_timer, loop), 0);
	for (i = 0; i < 300 && !fired_at_ms; i++)
		usleep(10000);
	ck_assert_int_ge(fired_at_ms, 49);
	ck_assert_int_lt(fired_at_ms, 4000);
	usher__loop_free(loop);
}
END_TEST

START_TEST(two_loops__are_freed_in_either_order)
{
	struct usher__loop *a, *b;
	int one = 1, order;

	for (order = 0; order < 2; order++) {
		ck_assert_int_eq(usher__loop_new(&a, NULL, NULL), 0);
		ck_assert_int_eq(usher__loop_new(&b, NULL, NULL), 0);
		usher__loop_free(order ? a : b);
		ck_assert_int_eq(usher__loop_call(order ? b : a, add, &one),
				 2);
		usher__loop_free(order ? b : a);
	}
}
END_TEST

START_TEST(child__gets_efork)
{
	struct usher__loop *loop;
	int status, one = 1;
	pid_t pid;

	ck_assert_int_eq(usher__loop_new(&loop, NULL, NULL), 0);
	pid = fork();
	if (!pid) {
		int ok = usher__loop_post(loop, count, NULL) == USHER_EFORK &&
			 usher__loop_call(loop, add, &one) == USHER_EFORK &&
			 !usher__loop_here(loop);

		usher__loop_stop(loop);
		usher__loop_free(loop);
		_exit(ok ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
	ck_assert_int_eq(usher__loop_call(loop, add, &one), 2);
	usher__loop_free(loop);
}
END_TEST

static void on_signal(int number)
{
	(void)number;
}

static int blocked(void *arg)
{
	sigset_t set;

	(void)arg;
	pthread_sigmask(SIG_BLOCK, NULL, &set);
	return sigismember(&set, SIGTERM) && sigismember(&set, SIGPIPE) &&
	       sigismember(&set, SIGUSR1);
}

START_TEST(signals__stay_the_hosts)
{
	struct sigaction mine = {.sa_handler = on_signal}, now;
	struct usher__loop *loop;
	sigset_t set;

	ck_assert_int_eq(sigaction(SIGPIPE, &mine, NULL), 0);
	ck_assert_int_eq(usher__loop_new(&loop, NULL, NULL), 0);
	ck_assert_int_eq(sigaction(SIGPIPE, NULL, &now), 0);
	ck_assert(now.sa_handler == on_signal);
	ck_assert_int_eq(usher__loop_call(loop, blocked, NULL), 1);
	pthread_sigmask(SIG_BLOCK, NULL, &set);
	ck_assert(!sigismember(&set, SIGTERM));
	usher__loop_free(loop);
	ck_assert_int_eq(sigaction(SIGPIPE, NULL, &now), 0);
	ck_assert(now.sa_handler == on_signal);
}
END_TEST

/* Descriptors of the process that exec would inherit. */
static int inheritable(void)
{
	int fd, n = 0;

	for (fd = 3; fd < 1024; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && !(flags & FD_CLOEXEC))
			n++;
	}
	return n;
}

START_TEST(descriptors__do_not_survive_exec)
{
	int before = inheritable();
	struct usher__loop *loop;

	ck_assert_int_eq(usher__loop_new(&loop, NULL, NULL), 0);
#ifdef USHER_LIBRE_PRIVATE
	ck_assert_int_eq(inheritable(), before);
#else
	ck_assert_int_ge(inheritable(), before);
#endif
	usher__loop_free(loop);
}
END_TEST

static int got;

static void readable(int fd, unsigned ready, void *arg)
{
	char c;

	if (ready & USHER__LOOP_READ && read(fd, &c, 1) == 1)
		got++;
	usher__loop_unwatch(arg, fd);
}

struct watched {
	struct usher__loop *loop;
	int fd;
};

static int watch(void *arg)
{
	struct watched *w = arg;

	return usher__loop_watch(w->loop, w->fd, USHER__LOOP_READ, readable,
				 w->loop);
}

static int get_got(void *arg)
{
	(void)arg;
	return got;
}

START_TEST(watch__calls_until_unwatched)
{
	struct usher__loop *loop;
	struct watched w;
	int fds[2], i;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(usher__loop_new(&loop, NULL, NULL), 0);
	w.loop = loop;
	w.fd = fds[0];
	ck_assert_int_eq(usher__loop_call(loop, watch, &w), 0);
	ck_assert_int_eq(write(fds[1], "ab", 2), 2);
	for (i = 0; i < 200 && !usher__loop_call(loop, get_got, NULL); i++)
		usleep(10000);
	usleep(20000);
	ck_assert_int_eq(usher__loop_call(loop, get_got, NULL), 1);
	usher__loop_free(loop);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("loop");
	TCase *tc = tcase_create("loop");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, posts__run_in_order_and_before_the_stop);
	tcase_add_loop_test(tc, own_thread__is_not_woken_by_itself, 0, 2);
	tcase_add_test(tc, full_queue__is_told);
	tcase_add_test(tc, full_queue__keeps_the_room_of_callers);
	tcase_add_test(tc, bell__is_heard_when_the_queue_is_full);
	tcase_add_test(tc, call__is_done_when_the_queue_is_full);
	tcase_add_test(tc, timer__fires_once_and_may_free_itself);
	tcase_add_test(tc, two_loops__are_freed_in_either_order);
	tcase_add_test(tc, child__gets_efork);
	tcase_add_test(tc, signals__stay_the_hosts);
	tcase_add_test(tc, descriptors__do_not_survive_exec);
	tcase_add_test(tc, watch__calls_until_unwatched);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
