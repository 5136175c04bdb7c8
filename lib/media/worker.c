/* A media thread: one epoll set, one timer of a quarter of 20 ms while any of
 * its legs plays or is mixed, each in one of the quarters, one slow timer for
 * reports and time-outs, and a doorbell for commands.
 *
 * Plain epoll and not libre's loop: sockets are bound on the owner's thread
 * and read here, which libre's objects do not allow, and a packet is then
 * received, rewritten and sent in one buffer of the thread with no allocation
 * and no timer.
 *
 * Invariant: commands run between two batches of epoll, never within one, so
 * a leg that is closed has no event pending; and before packets that came
 * later than they did, since a phone speaks as soon as it has our answer.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "media/clock.h"
#include "media/engine.h"
#include "media/packets.h"
#include "media/samples.h"
#include "media/mworker.h"

#define BATCH        64
#define SWEEP_MS     200
#define CATCH_UP_MAX 5 /* ticks made up for after a stall */
#define BACKLOG_MAX  8 /* packets of a leg read before them */

static uint64_t read_count(int fd)
{
	uint64_t count = 0;

	if (read(fd, &count, sizeof(count)) != sizeof(count))
		return 0;
	return count;
}

/* --- commands --------------------------------------------------------- */

static void watch(struct usher__mworker *w, struct usher__mport *port, int op)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = port};

	epoll_ctl(w->epoll.fd, op, port->fd, &ev);
}

static void leg_add(struct usher__mworker *w, struct usher__mleg *leg)
{
	if (LIST_EMPTY(&w->legs))
		usher__media_timer(w->sweep.fd, SWEEP_MS);
	LIST_INSERT_HEAD(&w->legs, leg, link);
	watch(w, &leg->rtp, EPOLL_CTL_ADD);
	watch(w, &leg->rtcp, EPOLL_CTL_ADD);
	if (leg->play)
		usher__mworker_playing(w, leg, true);
	if (leg->set)
		usher__mleg_samples_begin(w, leg, false);
	if (leg->text && leg->set)
		usher__mtext_set(w, leg);
}

static void leg_remove(struct usher__mworker *w, struct usher__mleg *leg)
{
	if (leg->play)
		usher__mworker_playing(w, leg, false);
	if (leg->text)
		usher__mtext_stop(w, leg);
	usher__mleg_samples_end(w, leg);
	watch(w, &leg->rtp, EPOLL_CTL_DEL);
	watch(w, &leg->rtcp, EPOLL_CTL_DEL);
	LIST_REMOVE(leg, link);
	if (LIST_EMPTY(&w->legs))
		usher__media_timer(w->sweep.fd, 0);
}

/* Afterwards the leg is the owner's to free, and may be gone. */
static void leg_close(struct usher__mworker *w, struct usher__mleg *leg)
{
	struct usher__media *m = w->m;

	usher__mleg_close(w, leg);
	leg_remove(w, leg);
	close(leg->rtp.fd);
	close(leg->rtcp.fd);
	atomic_fetch_sub(&w->load, 1);
	pthread_mutex_lock(&m->lock);
	SLIST_INSERT_HEAD(&m->dead, leg, dead);
	pthread_mutex_unlock(&m->lock);
}

static void detach(struct usher__mworker *w, struct usher__mcmd *cmd)
{
	usher__mleg_leave(w, cmd->leg);
	usher__mleg_unbridge(cmd->leg);
	leg_remove(w, cmd->leg);
	pthread_mutex_lock(&w->lock);
	*cmd->u.done = true;
	pthread_cond_broadcast(&w->cond);
	pthread_mutex_unlock(&w->lock);
}

static void run_command(struct usher__mworker *w, struct usher__mcmd *cmd)
{
	switch (cmd->type) {
	case USHER__MC_ADD:
		leg_add(w, cmd->leg);
		break;
	case USHER__MC_CLOSE:
		leg_close(w, cmd->leg);
		break;
	case USHER__MC_DETACH:
		detach(w, cmd);
		break;
	default:
		usher__mleg_command(w, cmd);
		usher__mcmd_free(cmd);
		break;
	}
}

/* Returns true when the thread has to end. */
static bool run_commands(struct usher__mworker *w)
{
	struct usher__mcmds commands = STAILQ_HEAD_INITIALIZER(commands);
	struct usher__mcmd *cmd;
	bool quit;

	pthread_mutex_lock(&w->lock);
	STAILQ_CONCAT(&commands, &w->commands);
	w->command_count = 0;
	quit = w->quit;
	pthread_mutex_unlock(&w->lock);

	while ((cmd = STAILQ_FIRST(&commands))) {
		STAILQ_REMOVE_HEAD(&commands, link);
		run_command(w, cmd);
	}
	return quit;
}

/* --- the loop --------------------------------------------------------- */

/* After a stall: what came meanwhile has its place in the ticks to come. */
static void run_backlog(struct usher__mroom *room, struct usher__mworker *w)
{
	struct usher__mleg *leg;

	LIST_FOREACH (leg, &room->legs, seat.mate) {
		for (int i = 0; i < BACKLOG_MAX; i++) {
			if (!usher__mleg_rx_rtp(w, leg))
				break;
		}
	}
}

/* A leg of a mix plays when that mixes, so that one goes on from the other. */
static uint32_t part_of(const struct usher__mleg *leg)
{
	const struct usher__mroom *room = leg->seat.room;

	if (room && room->mode == USHER__MM_MIX)
		return room->part;
	return (uint32_t)leg->id % USHER__MTICK_PARTS;
}

static void run_part(struct usher__mworker *w)
{
	struct usher__mleg *leg, *next;
	struct usher__mroom *room;

	w->part = (w->part + 1) % USHER__MTICK_PARTS;
	for (leg = LIST_FIRST(&w->players); leg; leg = next) {
		next = LIST_NEXT(leg, playing);
		if (part_of(leg) == w->part)
			usher__mleg_tick(w, leg);
	}
	/* Later, so that a mix goes on in the tick that ends a play. */
	LIST_FOREACH (room, &w->rooms, link) {
		if (room->part == w->part)
			usher__mroom_tick(w, room);
	}
}

static void run_ticks(struct usher__mworker *w)
{
	uint64_t count = read_count(w->tick.fd);
	uint64_t missed = count > CATCH_UP_MAX * USHER__MTICK_PARTS
				  ? count / USHER__MTICK_PARTS - CATCH_UP_MAX
				  : 0;
	struct usher__mtext *text, *after;
	struct usher__mroom *room;

	for (text = LIST_FIRST(&w->typing); text; text = after) {
		after = LIST_NEXT(text, typing);
		usher__mtext_tick(w, text);
	}
	/* Whole ticks, so that none of the quarters comes more often. */
	atomic_fetch_add(&w->m->ticks_missed, missed);
	count -= missed * USHER__MTICK_PARTS;
	if (count > USHER__MTICK_PARTS) {
		LIST_FOREACH (room, &w->rooms, link)
			run_backlog(room, w);
	}
	while (count--)
		run_part(w);
}

static void run_sweep(struct usher__mworker *w)
{
	struct usher__mleg *leg;

	read_count(w->sweep.fd);
	LIST_FOREACH (leg, &w->legs, link)
		usher__mleg_sweep(w, leg);
}

static void run_port(struct usher__mworker *w, struct usher__mport *port)
{
	if (!port->leg)
		return;
	if (port == &port->leg->rtp)
		usher__mleg_rx_rtp(w, port->leg);
	else
		usher__mleg_rx_rtcp(w, port->leg);
}

static bool has_commands(struct usher__mworker *w)
{
	bool has;

	pthread_mutex_lock(&w->lock);
	has = w->command_count > 0;
	pthread_mutex_unlock(&w->lock);
	return has;
}

static void *worker_main(void *arg)
{
	struct usher__mworker *w = arg;
	struct epoll_event events[BATCH];
	bool quit = false;

	while (!quit) {
		bool door = false, tick = false, sweep = false;
		int n = epoll_wait(w->epoll.fd, events, BATCH, -1);

		w->now_us = usher__media_now_us();
		/* What was reported may be closed then: it is asked anew. */
		if (has_commands(w)) {
			quit = run_commands(w);
			n = epoll_wait(w->epoll.fd, events, BATCH, 0);
		}
		for (int i = 0; i < n; i++) {
			struct usher__mport *port = events[i].data.ptr;

			door |= port == &w->door;
			tick |= port == &w->tick;
			sweep |= port == &w->sweep;
			run_port(w, port);
		}
		if (tick)
			run_ticks(w);
		if (sweep)
			run_sweep(w);
		if (door) {
			read_count(w->door.fd);
			quit |= run_commands(w);
		}
	}
	while (!LIST_EMPTY(&w->legs))
		leg_close(w, LIST_FIRST(&w->legs));
	return NULL;
}

/* --- start and stop --------------------------------------------------- */

/* Signals are for the host's threads: they are blocked before ours begins. */
static int start_thread(struct usher__mworker *w)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&w->thread, NULL, worker_main, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	w->running = rc == 0;
	return rc == 0 ? 0 : USHER_ENOMEM;
}

int usher__mworker_start(struct usher__mworker *w, struct usher__media *m)
{
	w->m = m;
	STAILQ_INIT(&w->commands);
	LIST_INIT(&w->legs);
	LIST_INIT(&w->players);
	LIST_INIT(&w->rooms);
	LIST_INIT(&w->typing);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->cond, NULL);
	w->epoll.fd = epoll_create1(EPOLL_CLOEXEC);
	w->door.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->tick.fd =
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	w->sweep.fd =
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (w->epoll.fd < 0 || w->door.fd < 0 || w->tick.fd < 0 ||
	    w->sweep.fd < 0)
		return USHER_EIO;
	w->placed = calloc(USHER__ORDER_PLACES, sizeof(*w->placed));
	if (!w->placed)
		return USHER_ENOMEM;
	usher__order_places_init(&w->places, w->placed, USHER__ORDER_PLACES);
	watch(w, &w->door, EPOLL_CTL_ADD);
	watch(w, &w->tick, EPOLL_CTL_ADD);
	watch(w, &w->sweep, EPOLL_CTL_ADD);
	return start_thread(w);
}

void usher__mworker_stop(struct usher__mworker *w)
{
	int fds[] = {w->epoll.fd, w->door.fd, w->tick.fd, w->sweep.fd};

	if (!w->m)
		return;
	if (w->running) {
		pthread_mutex_lock(&w->lock);
		w->quit = true;
		pthread_mutex_unlock(&w->lock);
		(void)usher__mworker_wake(w);
		pthread_join(w->thread, NULL);
		w->running = false;
	}
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	free(w->placed);
	pthread_cond_destroy(&w->cond);
	pthread_mutex_destroy(&w->lock);
}
