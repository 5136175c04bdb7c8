/* Hosts in a process: several, in either order, with good manners. */
#include <arpa/inet.h>
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <usher/usher.h>

#define FDS_MAX 4096
#define HOUR_S  3600
/* Set by libc in whatever it installs. */
#define SA_RESTORER_BIT 0x04000000

static struct usher_config *config_make(const char *entry)
{
	const struct usher_queue_conf queue = {.size = sizeof(queue),
					       .name = "q"};
	const struct usher_agent_conf agent = {
		.size = sizeof(agent), .name = "ann", .password = "x"};
	const struct usher_entry_conf door = {
		.size = sizeof(door), .address = entry, .queue = "q"};
	const struct usher_trunk_conf trunk = {.size = sizeof(trunk),
					       .name = "outside",
					       .sources = "127.0.0.0/8"};
	struct usher_config *config;

	ck_assert_int_eq(usher_config_new(&config), 0);
	ck_assert_int_eq(usher_config_queue(config, &queue, NULL), 0);
	ck_assert_int_eq(usher_config_agent(config, &agent, NULL), 0);
	ck_assert_int_eq(usher_config_entry(config, &door, NULL), 0);
	ck_assert_int_eq(usher_config_trunk(config, &trunk, NULL), 0);
	return config;
}

static struct usher_host *host_make(const char *address)
{
	struct usher_host_opts opts;
	struct usher_host *host;

	usher_host_opts_init(&opts, sizeof(opts));
	opts.sip_listen = address;
	opts.port_tries = 20;
	ck_assert_int_eq(usher_host_new(&host, &opts, NULL), 0);
	return host;
}

static struct usher_center *center_add(struct usher_host *host,
				       const char *name, const char *domain,
				       const char *entry)
{
	struct usher_center_opts opts;
	struct usher_center *center;
	struct usher_error err = {0};

	usher_center_opts_init(&opts, sizeof(opts));
	opts.name = name;
	opts.domain = domain;
	ck_assert_msg(usher_center_new(&center, host, &opts,
				       config_make(entry), &err) == 0,
		      "%s", err.message);
	return center;
}

static void host_start(struct usher_host *host)
{
	struct usher_error err = {0};

	ck_assert_msg(usher_host_start(host, &err) == 0, "%s", err.message);
}

/* By how much the wall clock of this program is wrong. */
static _Atomic time_t clock_step_s;

/* Instead of libc's, for the library, too. */
int clock_gettime(clockid_t id, struct timespec *now)
{
	int err = (int)syscall(SYS_clock_gettime, id, now);

	if (!err && id == CLOCK_REALTIME)
		now->tv_sec += clock_step_s;
	return err;
}

static int64_t mono_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Send an INVITE to sip:user@domain and give the status of the answer after
 * 100. */
static int invite(struct usher_host *host, const char *user,
		  const char *domain)
{
	static const char sdp[] = "v=0\r\no=t 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
				  "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
				  "m=audio 40000 RTP/AVP 0\r\n";
	static unsigned number;
	struct sockaddr_in to = {.sin_family = AF_INET}, from = to;
	socklen_t len = sizeof(from);
	char address[64], text[2048], answer[4096];
	char *colon;
	int fd, status = 100, tries;
	ssize_t n;

	ck_assert_int_eq(
		usher_host_sip_address(host, address, sizeof(address)), 0);
	colon = strchr(address, ':');
	*colon = 0;
	to.sin_port = htons((uint16_t)atoi(colon + 1));
	inet_pton(AF_INET, address, &to.sin_addr);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(fd, (void *)&to, sizeof(to)), 0);
	getsockname(fd, (struct sockaddr *)&from, &len);
	number++;
	n = snprintf(text, sizeof(text),
		     "INVITE sip:%s@%s SIP/2.0\r\n"
		     "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKt%d-%u\r\n"
		     "From: <sip:555@elsewhere>;tag=t%u\r\n"
		     "To: <sip:%s@%s>\r\nCall-ID: t%d-%u\r\n"
		     "CSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
		     "Contact: <sip:t@127.0.0.1:%u>\r\n"
		     "Content-Type: application/sdp\r\n"
		     "Content-Length: %zu\r\n\r\n%s",
		     user, domain, ntohs(from.sin_port), getpid(), number,
		     number, user, domain, getpid(), number,
		     ntohs(from.sin_port), strlen(sdp), sdp);
	ck_assert_int_eq(send(fd, text, (size_t)n, 0), n);
	for (tries = 0; status < 200 && tries < 50; tries++) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (poll(&p, 1, 100) <= 0)
			continue;
		n = recv(fd, answer, sizeof(answer) - 1, 0);
		answer[n > 0 ? n : 0] = 0;
		sscanf(answer, "SIP/2.0 %d", &status);
	}
	close(fd);
	return status;
}

START_TEST(host__serves_two_centers_behind_one_port)
{
	struct usher_host *host = host_make("127.44.1.1:5060");
	const struct usher_snapshot_contact *contacts;
	struct usher_center *red, *blue;
	struct usher_snapshot *s;

	red = center_add(host, "red", "red.example", "1000");
	blue = center_add(host, "blue", "blue.example", "2000");
	host_start(host);
	ck_assert_int_eq(invite(host, "1000", "red.example"), 200);
	ck_assert_int_eq(invite(host, "2000", "red.example"), 404);
	ck_assert_int_eq(invite(host, "2000", "blue.example"), 200);
	ck_assert_int_eq(invite(host, "1000", "blue.example"), 404);
	ck_assert_int_eq(invite(host, "1000", "green.example"), 404);
	ck_assert_int_eq(usher_center_snapshot(red, &s), 0);
	ck_assert_uint_eq(usher_snapshot_contacts(s, &contacts), 1);
	usher_snapshot_unref(s);
	ck_assert_int_eq(usher_center_snapshot(blue, &s), 0);
	ck_assert_uint_eq(usher_snapshot_contacts(s, &contacts), 1);
	ck_assert_str_eq(contacts[0].entry, "2000");
	usher_snapshot_unref(s);
	usher_host_free(host);
}
END_TEST

START_TEST(host__lives_twice_in_a_process_and_ends_in_either_order)
{
	struct usher_host *a, *b;
	int i;

	for (i = 0; i < 2; i++) {
		a = host_make("127.44.2.1:5060");
		b = host_make("127.44.2.2:5060");
		center_add(a, "a", NULL, "1000");
		center_add(b, "b", NULL, "1000");
		host_start(a);
		host_start(b);
		ck_assert_int_eq(invite(a, "1000", "a.example"), 200);
		ck_assert_int_eq(invite(b, "1000", "b.example"), 200);
		usher_host_free(i ? a : b);
		ck_assert_int_eq(invite(i ? b : a, "1000", "c.example"), 200);
		usher_host_free(i ? b : a);
	}
}
END_TEST

START_TEST(host__takes_the_next_port_when_one_is_busy)
{
	struct usher_host *a = host_make("127.44.3.1:5060");
	struct usher_host *b = host_make("127.44.3.1:5060");
	char address[64];

	center_add(a, "a", NULL, "1000");
	center_add(b, "b", NULL, "1000");
	host_start(a);
	host_start(b);
	ck_assert_int_eq(usher_host_sip_address(b, address, sizeof(address)),
			 0);
	ck_assert_str_eq(address, "127.44.3.1:5061");
	usher_host_free(a);
	usher_host_free(b);
}
END_TEST

START_TEST(host__says_what_is_wrong_with_an_address)
{
	static const char *const wrong[] = {"127.44.4.1:99999", "nonsense",
					    "203.0.113.77:5060", ":5060"};
	struct usher_error err;
	struct usher_host *host;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		host = host_make(wrong[i]);
		center_add(host, "a", NULL, "1000");
		memset(&err, 0, sizeof(err));
		ck_assert_int_lt(usher_host_start(host, &err), 0);
		ck_assert_str_ne(err.message, "");
		usher_host_free(host);
	}
}
END_TEST

START_TEST(host__leaves_signal_dispositions_alone)
{
	struct sigaction before[NSIG], after;
	struct usher_host *host;
	int i;

	for (i = 1; i < NSIG; i++)
		sigaction(i, NULL, &before[i]);
	host = host_make("127.44.5.1:5060");
	center_add(host, "a", NULL, "1000");
	host_start(host);
	invite(host, "1000", "a.example");
	for (i = 1; i < NSIG; i++) {
		memset(&after, 0, sizeof(after));
		if (sigaction(i, NULL, &after))
			continue;
		ck_assert_msg(after.sa_handler == before[i].sa_handler &&
				      ((after.sa_flags ^ before[i].sa_flags) &
				       ~SA_RESTORER_BIT) == 0,
			      "signal %d", i);
	}
	usher_host_free(host);
	for (i = 1; i < NSIG; i++)
		if (!sigaction(i, NULL, &after))
			ck_assert(after.sa_handler == before[i].sa_handler);
}
END_TEST

static size_t open_fds(bool *is_open)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *entry;
	size_t count = 0;
	int fd;

	ck_assert_ptr_nonnull(d);
	memset(is_open, 0, FDS_MAX);
	while ((entry = readdir(d))) {
		fd = atoi(entry->d_name);
		if (entry->d_name[0] == '.' || fd == dirfd(d) || fd >= FDS_MAX)
			continue;
		is_open[fd] = true;
		count++;
	}
	closedir(d);
	return count;
}

START_TEST(host__gives_no_descriptor_to_who_is_executed)
{
	bool before[FDS_MAX], now[FDS_MAX];
	struct usher_host *host;
	size_t count = open_fds(before);
	int fd;

	host = host_make("127.44.6.1:5060");
	center_add(host, "a", NULL, "1000");
	host_start(host);
	ck_assert_int_eq(invite(host, "1000", "a.example"), 200);
	ck_assert_uint_gt(open_fds(now), count);
	for (fd = 0; fd < FDS_MAX; fd++)
		if (now[fd] && !before[fd])
			ck_assert_msg(fcntl(fd, F_GETFD) & FD_CLOEXEC,
				      "descriptor %d", fd);
	usher_host_free(host);
	ck_assert_uint_eq(open_fds(now), count);
}
END_TEST

START_TEST(host__stops_by_a_clock_that_nobody_sets)
{
	struct usher_host *host = host_make("127.44.7.1:5060");
	int64_t began;

	center_add(host, "a", NULL, "1000");
	host_start(host);
	/* Nobody answers the BYE: the host waits its two seconds for that,
	 * be the wall clock set back meanwhile. */
	ck_assert_int_eq(invite(host, "1000", "a.example"), 200);
	began = mono_ms();
	clock_step_s = -HOUR_S;
	usher_host_stop(host);
	clock_step_s = 0;
	ck_assert_int_ge(mono_ms() - began, 1900);
	usher_host_free(host);
}
END_TEST

START_TEST(host__knows_whom_it_has_banned)
{
	struct usher_host *host = host_make("127.44.0.5:5060");
	struct usher_ban ban;
	size_t count = 7;

	ck_assert_int_eq(usher_host_bans(host, &ban, sizeof(ban), 1, &count),
			 USHER_ECLOSED);
	ck_assert_int_eq(usher_host_unban(host, "127.0.0.1"), USHER_ECLOSED);
	ck_assert_int_eq(usher_host_bans(host, NULL, sizeof(ban), 1, &count),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_host_bans(host, &ban, 1, 1, &count),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_host_unban(host, NULL), USHER_EINVAL);
	ck_assert_uint_eq(count, 7);
	center_add(host, "one", NULL, "1000");
	host_start(host);
	ck_assert_int_eq(usher_host_bans(host, NULL, sizeof(ban), 0, &count),
			 0);
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(usher_host_unban(host, "127.0.0.1"), USHER_ENOENT);
	ck_assert_int_eq(usher_host_unban(host, "somebody"), USHER_EINVAL);
	usher_host_free(host);
}
END_TEST

START_TEST(host__says_what_is_no_prefix)
{
	struct usher_host_opts opts;
	struct usher_error err = {0};
	struct usher_host *host;

	usher_host_opts_init(&opts, sizeof(opts));
	opts.sip_listen = "127.44.0.6:5060";
	opts.port_tries = 20;
	opts.allow = "10.0.0.0/8 nowhere";
	ck_assert_int_eq(usher_host_new(&host, &opts, NULL), 0);
	center_add(host, "one", NULL, "1000");
	ck_assert_int_eq(usher_host_start(host, &err), USHER_EINVAL);
	ck_assert_ptr_nonnull(strstr(err.message, "nowhere"));
	usher_host_free(host);
}
END_TEST

START_TEST(host__takes_no_more_legs_than_it_may)
{
	struct usher_host_opts opts;
	struct usher_error err = {0};
	struct usher_host *host;

	usher_host_opts_init(&opts, sizeof(opts));
	opts.sip_listen = "127.44.0.7:5060";
	opts.port_tries = 20;
	opts.legs_max = USHER_HOST_LEGS_MAX + 1;
	ck_assert_int_eq(usher_host_new(&host, &opts, &err), USHER_EINVAL);
	ck_assert_ptr_nonnull(strstr(err.message, "legs_max"));
	opts.legs_max = 1;
	ck_assert_int_eq(usher_host_new(&host, &opts, NULL), 0);
	center_add(host, "one", NULL, "1000");
	host_start(host);
	ck_assert_int_eq(invite(host, "1000", "127.44.0.7"), 200);
	ck_assert_int_eq(invite(host, "1000", "127.44.0.7"), 486);
	usher_host_free(host);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host");
	TCase *tc = tcase_create("host");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, host__serves_two_centers_behind_one_port);
	tcase_add_test(
		tc, host__lives_twice_in_a_process_and_ends_in_either_order);
	tcase_add_test(tc, host__takes_the_next_port_when_one_is_busy);
	tcase_add_test(tc, host__says_what_is_wrong_with_an_address);
	tcase_add_test(tc, host__leaves_signal_dispositions_alone);
	tcase_add_test(tc, host__gives_no_descriptor_to_who_is_executed);
	tcase_add_test(tc, host__knows_whom_it_has_banned);
	tcase_add_test(tc, host__says_what_is_no_prefix);
	tcase_add_test(tc, host__takes_no_more_legs_than_it_may);
	tcase_add_test(tc, host__stops_by_a_clock_that_nobody_sets);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
