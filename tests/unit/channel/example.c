/* The driver of examples/custom_channel at a center that the test plays.
 * Streams are counted here: libc knows them all, so LeakSanitizer misses
 * none. */
#include <arpa/inet.h>
#include <check.h>
#include <dirent.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../../examples/custom_channel/text.h"

FILE *__real_fdopen(int fd, const char *mode);
FILE *__wrap_fdopen(int fd, const char *mode);
int __real_fclose(FILE *stream);
int __wrap_fclose(FILE *stream);

static atomic_uint arrivals, texts, ends;
static atomic_int streams;
static int takes; /* what the center says to an arrival */
static atomic_int outcome;

FILE *__wrap_fdopen(int fd, const char *mode)
{
	streams++;
	return __real_fdopen(fd, mode);
}

int __wrap_fclose(FILE *stream)
{
	streams--;
	return __real_fclose(stream);
}

int usher_channel_arrived(struct usher_channel *channel,
			  const struct usher_channel_arrival *arrival,
			  uint64_t *ret_leg)
{
	unsigned leg = ++arrivals;

	(void)channel;
	(void)arrival;
	if (!takes)
		*ret_leg = leg;
	return takes;
}

int usher_channel_text(struct usher_channel *channel, uint64_t leg,
		       const char *text, size_t len)
{
	(void)channel;
	(void)text;
	ck_assert_int_eq(takes, 0);
	ck_assert_uint_ne(leg, 0);
	ck_assert_uint_le(len, USHER_CHANNEL_TEXT_MAX);
	texts++;
	return 0;
}

int usher_channel_ended(struct usher_channel *channel, uint64_t leg,
			int reason)
{
	(void)channel;
	(void)reason;
	ck_assert_int_eq(takes, 0);
	ck_assert_uint_ne(leg, 0);
	ends++;
	return 0;
}

int usher_channel_done(struct usher_channel *channel, uint64_t request,
		       int result, int64_t value)
{
	(void)channel;
	(void)request;
	(void)value;
	outcome = result;
	return 0;
}

static int descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* A driver that has started, and where it listens. */
static void set_up(struct text *text, struct sockaddr_in *at, int says)
{
	socklen_t len = sizeof(*at);

	takes = says;
	*text = (struct text){.lock = PTHREAD_MUTEX_INITIALIZER};
	*at = (struct sockaddr_in){.sin_family = AF_INET};
	at->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	text->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(text->fd, (void *)at, len), 0);
	ck_assert_int_eq(listen(text->fd, SOMAXCONN), 0);
	ck_assert_int_eq(getsockname(text->fd, (void *)at, &len), 0);
	ck_assert_int_eq(text_driver.start(text, NULL), 0);
}

static int peer(const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (void *)to, sizeof(*to)), 0);
	return fd;
}

static void wait_for(atomic_uint *count, unsigned n)
{
	while (*count < n)
		sched_yield();
}

START_TEST(refused__connection_is_closed_and_forgotten)
{
	struct sockaddr_in to;
	struct text text;
	int before, fd, i;
	char byte;

	set_up(&text, &to, USHER_EFULL);
	before = descriptors();
	streams = 0; /* Check has its own */
	for (i = 0; i < 8; i++) {
		fd = peer(&to);
		ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
		close(fd);
	}
	text_driver.stop(&text);
	ck_assert_uint_eq(arrivals, 8);
	ck_assert_int_eq(streams, 0);
	ck_assert_int_eq(descriptors(), before);
	close(text.fd);
}
END_TEST

START_TEST(lines__of_any_length_are_messages)
{
	char line[2 * USHER_CHANNEL_TEXT_MAX + 1];
	struct sockaddr_in to;
	struct text text;
	int fd;

	set_up(&text, &to, 0);
	fd = peer(&to);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	ck_assert_int_eq(send(fd, line, sizeof(line), 0), sizeof(line));
	ck_assert_int_eq(send(fd, "a\r\nlast", 7, 0), 7);
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	wait_for(&ends, 1);
	ck_assert_uint_eq(texts, 5); /* one of them empty */
	close(fd);
	text_driver.stop(&text);
	ck_assert_uint_eq(ends, 1);
	close(text.fd);
}
END_TEST

START_TEST(peer__that_does_not_read_is_hung_up_on)
{
	char words[USHER_CHANNEL_TEXT_MAX + 1] = {0};
	struct sockaddr_in to;
	struct text text;
	int fd;

	set_up(&text, &to, 0);
	fd = peer(&to);
	wait_for(&arrivals, 1);
	memset(words, 'x', sizeof(words) - 1);
	while (!outcome)
		ck_assert_int_eq(text_driver.send(&text, 1, 1, words), 0);
	ck_assert_int_eq(outcome, USHER_EIO);
	wait_for(&ends, 1);
	close(fd);
	text_driver.stop(&text);
	close(text.fd);
}
END_TEST

START_TEST(peers__beyond_the_limit_wait_for_a_place)
{
	int fds[TEXT_PEERS_MAX + 1], i;
	struct sockaddr_in to;
	struct text text;

	set_up(&text, &to, 0);
	for (i = 0; i <= TEXT_PEERS_MAX; i++)
		fds[i] = peer(&to);
	wait_for(&arrivals, TEXT_PEERS_MAX);
	ck_assert_uint_eq(arrivals, TEXT_PEERS_MAX);
	ck_assert_int_eq(text_driver.end(&text, 1, 3, USHER_LEG_NORMAL), 0);
	ck_assert_int_eq(outcome, 0);
	wait_for(&arrivals, TEXT_PEERS_MAX + 1);
	text_driver.stop(&text);
	ck_assert_uint_eq(ends, TEXT_PEERS_MAX + 1);
	for (i = 0; i <= TEXT_PEERS_MAX; i++)
		close(fds[i]);
	close(text.fd);
}
END_TEST

START_TEST(stop__ends_who_comes_and_who_is_there)
{
	struct sockaddr_in to;
	struct text text;
	int fds[8], i, round;

	for (round = 0; round < 50; round++) {
		set_up(&text, &to, 0);
		for (i = 0; i < 8; i++)
			fds[i] = peer(&to);
		text_driver.stop(&text);
		ck_assert_uint_eq(ends, arrivals);
		for (i = 0; i < 8; i++)
			close(fds[i]);
		close(text.fd);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("channel-example");
	TCase *tc = tcase_create("driver");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, refused__connection_is_closed_and_forgotten);
	tcase_add_test(tc, lines__of_any_length_are_messages);
	tcase_add_test(tc, peer__that_does_not_read_is_hung_up_on);
	tcase_add_test(tc, peers__beyond_the_limit_wait_for_a_place);
	tcase_add_test(tc, stop__ends_who_comes_and_who_is_there);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
