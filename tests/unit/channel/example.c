/* The driver of examples/custom_channel at a center that takes nobody. Streams
 * are counted here: libc knows them all, so LeakSanitizer misses none. */
#include <arpa/inet.h>
#include <check.h>
#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../../examples/custom_channel/text.h"

FILE *__real_fdopen(int fd, const char *mode);
FILE *__wrap_fdopen(int fd, const char *mode);
int __real_fclose(FILE *stream);
int __wrap_fclose(FILE *stream);

static atomic_uint arrivals;
static atomic_int streams;

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
	(void)channel;
	(void)arrival;
	(void)ret_leg;
	arrivals++;
	return USHER_EFULL;
}

int usher_channel_text(struct usher_channel *channel, uint64_t leg,
		       const char *text, size_t len)
{
	(void)channel;
	(void)leg;
	(void)text;
	(void)len;
	ck_abort_msg("a word on a leg that was refused");
	return 0;
}

int usher_channel_ended(struct usher_channel *channel, uint64_t leg,
			int reason)
{
	(void)channel;
	(void)leg;
	(void)reason;
	ck_abort_msg("the end of a leg that was refused");
	return 0;
}

int usher_channel_done(struct usher_channel *channel, uint64_t request,
		       int result, int64_t value)
{
	(void)channel;
	(void)request;
	(void)result;
	(void)value;
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

START_TEST(refused__connection_is_closed_and_forgotten)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct text *text;
	int before, i;
	char byte;

	ck_assert_int_eq(text_new(&text, 0), 0);
	ck_assert_int_eq(text_driver.start(text, NULL), 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons(text_port(text));
	before = descriptors();
	streams = 0; /* Check has its own */
	for (i = 0; i < 8; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(connect(fd, (void *)&to, sizeof(to)), 0);
		ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
		close(fd);
	}
	ck_assert_uint_eq(arrivals, 8);
	ck_assert_int_eq(streams, 0);
	ck_assert_int_eq(descriptors(), before);
	text_driver.stop(text);
	text_free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("channel-example");
	TCase *tc = tcase_create("refused");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, refused__connection_is_closed_and_forgotten);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
