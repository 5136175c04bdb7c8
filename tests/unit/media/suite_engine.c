/* Ports that run out, events that pile up, and nothing left behind. */
#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "peer.h"
#include "suites.h"

static struct peer a;

static void setup(void)
{
	peer_open(&a);
}

static void teardown(void)
{
	peer_close(&a);
}

static int descriptors(bool only_inherited)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	int count = 0;

	while ((entry = readdir(dir))) {
		int fd = atoi(entry->d_name);
		int flags = fcntl(fd, F_GETFD);

		if (entry->d_name[0] == '.' || fd == dirfd(dir))
			continue;
		count += !only_inherited || !(flags & FD_CLOEXEC);
	}
	closedir(dir);
	return count;
}

/* The thread may not have come to close the one before. */
static void leg_soon(struct usher__media *m, uint64_t *leg, uint16_t *port)
{
	int rc = USHER_EFULL;

	for (int i = 0; i < 1000 && rc == USHER_EFULL; i++) {
		rc = usher__mleg_new(m, NULL, leg, port);
		if (rc)
			sleep_ms(2);
	}
	ck_assert_int_eq(rc, 0);
}

START_TEST(ports__run_out_and_come_back)
{
	const struct usher__media_opts opts = {
		.bind_ip = MEDIA_IP,
		.port_min = 20401, /* made even */
		.port_max = 20409,
	};
	struct usher__media *m = media_with(&opts);
	uint64_t legs[5];
	uint16_t port, taken = 0;
	int rc;

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 4; i++) {
			leg_soon(m, &legs[i], &port);
			ck_assert_uint_eq(port & 1, 0);
			ck_assert_uint_ge(port, 20402);
			ck_assert_uint_le(port, 20408);
		}
		legs[4] = 99;
		ck_assert_int_eq(usher__mleg_new(m, NULL, &legs[4], &port),
				 USHER_EFULL);
		ck_assert_uint_eq(legs[4], 99);
		for (int i = 0; i < 4; i++)
			usher__mleg_free(m, legs[i]);
		settle();
	}

	/* A port that somebody else holds is stepped over. */
	{
		union usher__maddr addr;
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		usher__maddr_parse(MEDIA_IP, 20405, &addr);
		ck_assert_int_eq(bind(fd, &addr.sa, sizeof(addr.in)), 0);
		while ((rc = usher__mleg_new(m, NULL, &legs[0], &port)) == 0) {
			ck_assert_uint_ne(port, 20404);
			taken++;
		}
		ck_assert_int_eq(rc, USHER_EFULL);
		ck_assert_uint_eq(taken, 3);
		close(fd);
	}
	usher__media_free(m);
}
END_TEST

static void open_and_close(struct usher__media *m, int legs)
{
	const struct usher__mplay_opts opts = {&usher__mitem_ringback, 1, 0, 0,
					       false};
	uint64_t before = 0;

	for (int i = 0; i < legs; i++) {
		struct usher__mevent ev;
		uint64_t leg = peer_leg(m, &a, NULL);

		ck_assert_int_eq(usher__mleg_play(m, leg, &opts, NULL), 0);
		if (i & 1) {
			ck_assert_int_eq(usher__media_bridge(m, leg, before),
					 0);
			usher__mleg_free(m, before);
			usher__mleg_free(m, leg);
		}
		before = leg;
		if (i % 20 == 19)
			sleep_ms(2);
		while (usher__media_next(m, &ev))
			;
	}
}

START_TEST(legs__two_thousand_leave_nothing)
{
	enum { TABLE = 12288 };
	struct usher__media *m = media_up(2);
	struct usher__media_stats stats;
	size_t memory;
	int fds, dones;

	open_and_close(m, 200);
	settle();
	count_events(m, USHER__MEV_DIGIT);
	fds = descriptors(false);
	memory = mallinfo2().uordblks;
	open_and_close(m, 2000);
	settle();
	dones = count_events(m, USHER__MEV_PLAY_DONE);
	ck_assert_int_le(dones, 40);
	usher__media_stats(m, &stats);
	ck_assert_uint_eq(stats.legs, 0);
	ck_assert_uint_eq(stats.events_lost, 0);
	ck_assert_int_eq(descriptors(false), fds);
	/* The last ones may not have been closed by their threads, and more of
	 * them at a time need a longer table. */
	for (int i = 0; i < 1000 && mallinfo2().uordblks > memory + TABLE;
	     i++) {
		sleep_ms(2);
		usher__media_reap(m);
	}
	ck_assert_uint_le(mallinfo2().uordblks, memory + TABLE);
	usher__media_free(m);
}
END_TEST

START_TEST(engine__leaves_no_descriptor_and_inherits_none)
{
	const char *path = temp_path("left.wav");
	const char *sound = temp_path("left-sound.wav");
	const struct usher__mitem item = {.kind = USHER__MI_FILE,
					  .path = sound};
	const struct usher__mplay_opts opts = {&item, 1, 9, 0, false};
	int before = descriptors(false);
	int inherited = descriptors(true);
	struct usher__media *m = media_up(3);
	uint64_t leg = peer_leg(m, &a, NULL);
	uint64_t rec;

	write_wav(sound, 8000, 1, 0x10002, 440, 0.2);
	usher__mrec_new(m, path, NULL, &rec);
	usher__mrec_attach(m, rec, leg, 0);
	usher__mleg_play(m, leg, &opts, NULL);
	talk(&(struct voice){&a, 500}, 1, 10);
	ck_assert_int_gt(descriptors(false), before + 10);
	ck_assert_int_eq(descriptors(true), inherited);
	usher__media_free(m); /* with all of it going on */
	ck_assert_int_eq(descriptors(false), before);
}
END_TEST

static _Atomic int bells;

static void ring(void *arg)
{
	(void)arg;
	bells++;
}

START_TEST(engine__events_are_bounded_and_ends_are_kept)
{
	const struct usher__media_opts opts = {
		.bind_ip = MEDIA_IP,
		.event_capacity = 4,
		.notify = ring,
	};
	const struct usher__mplay_opts beep = {&usher__mitem_beep, 1, 0, 0,
					       false};
	struct usher__media *m = media_with(&opts);
	struct usher__media_stats stats;
	struct usher__mevent ev;
	uint64_t legs[4];

	for (int i = 0; i < 4; i++) {
		legs[i] = peer_leg(m, &a, NULL);
		ck_assert_int_eq(usher__mleg_play(m, legs[i], &beep, NULL), 0);
	}
	ck_assert_int_eq(usher__mleg_play(m, legs[0], &beep, NULL),
			 USHER_EAGAIN);
	settle();
	for (int i = 0; i < 5; i++)
		peer_send_digit(&a, 101, '1', 1);
	sleep_ms(500);
	usher__media_stats(m, &stats);
	ck_assert_uint_eq(stats.events_lost, 6); /* and a first packet */
	ck_assert_int_ge(bells, 1);
	ck_assert_int_eq(count_events(m, USHER__MEV_PLAY_DONE), 4);
	ck_assert_int_eq(usher__media_next(m, &ev), 0);
	ck_assert_int_eq(usher__mleg_play(m, legs[0], &beep, NULL), 0);
	usher__media_free(m);
}
END_TEST

START_TEST(engine__refuses_what_makes_no_sense)
{
	const struct usher__media_opts bad[] = {
		{.bind_ip = "media.example.org"},
		{.bind_ip = MEDIA_IP, .port_min = 20000, .port_max = 20000},
		{.bind_ip = MEDIA_IP, .port_min = 30000, .port_max = 20000},
		{.bind_ip = MEDIA_IP, .threads = 65},
	};
	struct usher__media *m = NULL;
	struct usher_error err;

	for (int i = 0; i < 4; i++) {
		err.message[0] = 0;
		ck_assert_int_eq(usher__media_new(&m, &bad[i], &err),
				 USHER_EINVAL);
		ck_assert_ptr_null(m);
		ck_assert_int_ne(err.message[0], 0);
	}
}
END_TEST

/* A signal to the process finds only the host's threads. */
static _Atomic int signals_on_us;
static pthread_t host;

static void on_signal(int sig)
{
	(void)sig;
	signals_on_us += pthread_equal(pthread_self(), host) ? 1 : 1000;
}

START_TEST(engine__threads_take_no_signal)
{
	struct usher__media *m = media_up(2);
	struct sigaction action = {.sa_handler = on_signal};
	sigset_t usr1;

	host = pthread_self();
	sigaction(SIGUSR1, &action, NULL);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	kill(getpid(), SIGUSR1);
	sleep_ms(50);
	ck_assert_int_eq(signals_on_us, 0);
	pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
	ck_assert_int_eq(signals_on_us, 1);
	usher__media_free(m);
}
END_TEST

static uint32_t load(struct usher__media *m, uint32_t thread)
{
	return atomic_load(&m->workers[thread].load);
}

/* Calls are spread, two who are joined have one thread, and whose calls have
 * ended is given the next ones. */
START_TEST(engine__spreads_calls_over_its_threads)
{
	enum { THREADS = 4, CALLS = 8 };
	struct usher__media *m = media_up(THREADS);
	uint64_t legs[CALLS][2];
	uint32_t at[CALLS];
	int ended = 0;

	for (int i = 0; i < CALLS; i++) {
		for (int k = 0; k < 2; k++)
			legs[i][k] = peer_leg(m, &a, NULL);
		ck_assert_int_eq(
			usher__media_bridge(m, legs[i][0], legs[i][1]), 0);
		ck_assert_ptr_eq(usher__media_leg(m, legs[i][0])->worker,
				 usher__media_leg(m, legs[i][1])->worker);
		at[i] = (uint32_t)(usher__media_leg(m, legs[i][0])->worker -
				   m->workers);
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		ck_assert_uint_eq(load(m, i), 2 * CALLS / THREADS);
		for (uint32_t k = 0; k < i; k++)
			ck_assert(!pthread_equal(m->workers[i].thread,
						 m->workers[k].thread));
	}
	for (int i = 0; i < CALLS; i++) {
		if (at[i] != 2)
			continue;
		usher__mleg_free(m, legs[i][0]);
		usher__mleg_free(m, legs[i][1]);
		ended++;
	}
	ck_assert_int_eq(ended, CALLS / THREADS);
	for (int i = 0; i < 1000 && load(m, 2); i++)
		sleep_ms(2);
	ck_assert_uint_eq(load(m, 2), 0);
	for (int i = 0; i < ended; i++) {
		legs[i][0] = peer_leg(m, &a, NULL);
		ck_assert_ptr_eq(usher__media_leg(m, legs[i][0])->worker,
				 &m->workers[2]);
	}
	usher__media_free(m);
}
END_TEST

TCase *engine_case(void)
{
	TCase *tc = tcase_create("engine");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, ports__run_out_and_come_back);
	tcase_add_test(tc, legs__two_thousand_leave_nothing);
	tcase_add_test(tc, engine__leaves_no_descriptor_and_inherits_none);
	tcase_add_test(tc, engine__events_are_bounded_and_ends_are_kept);
	tcase_add_test(tc, engine__refuses_what_makes_no_sense);
	tcase_add_test(tc, engine__threads_take_no_signal);
	tcase_add_test(tc, engine__spreads_calls_over_its_threads);
	return tc;
}
