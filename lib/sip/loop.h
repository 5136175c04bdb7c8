/* One thread that runs a libre loop: signaling lives on one, media on others.
 *
 * Everything of libre is made, used and freed on the loop's thread; the rest
 * of the program knows the loop by this header alone, which names no libre
 * type. Functions marked "any thread" may be called from everywhere in the
 * process that made the loop; in a forked child they return USHER_EFORK (or
 * do nothing where they return nothing). All others: on the loop's thread.
 */
#ifndef USHER_LIB_SIP_LOOP_H
#define USHER_LIB_SIP_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <usher/error.h>

struct usher__loop;
struct usher__timer;
struct usher__bell;

typedef void(usher__loop_fn)(void *arg);
typedef int(usher__loop_call_fn)(void *arg);
typedef void(usher__loop_fd_fn)(int fd, unsigned ready, void *arg);

enum {
	USHER__LOOP_MAX_FDS = 65536,  /* highest descriptor number, limit */
	USHER__LOOP_MAX_POSTS = 8192, /* waiting functions, default limit */
	USHER__LOOP_MAX_CALLS = 4096, /* waiting callers, beyond the limit */
	USHER__LOOP_READ = 1 << 0,
	USHER__LOOP_WRITE = 1 << 1,
	USHER__LOOP_EXCEPT = 1 << 2,
};

struct usher__loop_opts {
	const char *name;   /* of the thread, at most 15 characters, copied */
	uint32_t max_posts; /* 0: USHER__LOOP_MAX_POSTS */
	uint32_t max_fds;   /* 0: the process's limit of open files */
};

/* Make a loop and start its thread: signals are blocked in it, SIGPIPE's
 * disposition is the host's afterwards. Any thread. opts may be NULL.
 * USHER_ENOMEM, USHER_EIO. */
int usher__loop_new(struct usher__loop **ret,
		    const struct usher__loop_opts *opts,
		    struct usher_error *err);

/* Stop: functions already posted are run, new ones refused, then the thread
 * ends and is joined. Idempotent. Any thread but the loop's own, from which
 * it only asks the thread to end after the current turn. Timers and watches
 * that are left must have been freed by their owners before: do it in a
 * function given to usher__loop_call. */
void usher__loop_stop(struct usher__loop *loop);

/* Stop and free. NULL is fine. Any thread but the loop's. In a forked child
 * it frees nothing, since the thread did not come along. */
void usher__loop_free(struct usher__loop *loop);

/* Have fn(arg) run on the loop's thread, in order of posting. Any thread,
 * never blocks. USHER_EFULL (max_posts), USHER_ECLOSED (stopped),
 * USHER_EFORK. On error fn will not run. */
int usher__loop_post(struct usher__loop *loop, usher__loop_fn *fn, void *arg);

/* Run fn(arg) on the loop's thread and return what it returns; called on the
 * loop's thread it is a plain call. Any thread; blocks, so not while holding
 * a lock that the loop's thread may want. The limit of posts does not count:
 * USHER_ECLOSED, USHER_EFORK, USHER_ENOMEM, and USHER_EFULL beyond
 * USHER__LOOP_MAX_CALLS callers. */
int usher__loop_call(struct usher__loop *loop, usher__loop_call_fn *fn,
		     void *arg);

/* The end of a turn of the loop that runs on this thread, if one does. For
 * who polls libre's timers. */
void usher__loop_polled(void);
/* Counts the turns of that loop, from one end of timers to the next: what has
 * a turn twice can tell. Stays as it is where timers are libre's own. */
uint64_t usher__loop_turn(void);

/* Is the caller on the loop's thread? Any thread. */
bool usher__loop_here(const struct usher__loop *loop);

/* A bell that has fn(arg) run on the loop's thread, once or more, after each
 * ring. Ringing never fails and never blocks, from any thread, unlike a post:
 * for news that must not be missed. Free it when nobody can ring it any more.
 * fn may free its own bell, but no other. USHER_ENOMEM. */
int usher__bell_new(struct usher__bell **ret, struct usher__loop *loop,
		    usher__loop_fn *fn, void *arg);
void usher__bell_ring(struct usher__bell *bell);
void usher__bell_free(struct usher__bell *bell); /* NULL is fine */

/* Monotonic microseconds, latched at nothing: reads the clock. Any thread. */
int64_t usher__loop_mono_us(void);
/* What the caller's thread has had of the processor, in microseconds; 0: it is
 * not told. A call of the system, unlike the other one. Any thread. */
int64_t usher__loop_cpu_us(void);

/* Watch a descriptor, level-triggered, until unwatched; it stays the
 * caller's. flags is a set of USHER__LOOP_READ and _WRITE. */
int usher__loop_watch(struct usher__loop *loop, int fd, unsigned flags,
		      usher__loop_fd_fn *fn, void *arg);
void usher__loop_unwatch(struct usher__loop *loop, int fd);

/* A timer that calls fn(arg) once, on the loop's thread, after each start.
 * Starting a running timer moves it. fn may start, cancel or free it. */
int usher__timer_new(struct usher__timer **ret, struct usher__loop *loop,
		     usher__loop_fn *fn, void *arg);
void usher__timer_start(struct usher__timer *timer, uint64_t delay_ms);
void usher__timer_cancel(struct usher__timer *timer);
bool usher__timer_running(const struct usher__timer *timer);
void usher__timer_free(struct usher__timer *timer); /* NULL is fine */

#endif
