/* A host's process after a phone was made, used and freed in it: what the
 * host set up is as it was. Prints a line for each check that fails. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <usher/call.h>

#define SIGNALS 65
#define FDS     1024

static FILE *report;
static int failures;

static void check(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(report, "not so: %s\n", what);
	failures++;
}

static void handler(int number)
{
	(void)number;
}

static void dispositions(struct sigaction *all)
{
	int i;

	memset(all, 0, SIGNALS * sizeof(*all));
	for (i = 1; i < SIGNALS; i++)
		sigaction(i, NULL, &all[i]);
}

static int same(const struct sigaction *a, const struct sigaction *b)
{
	int i;

	for (i = 1; i < SIGNALS; i++) {
		if (a[i].sa_handler != b[i].sa_handler ||
		    a[i].sa_flags != b[i].sa_flags) {
			fprintf(report, "signal %d\n", i);
			return 0;
		}
	}
	return 1;
}

static void open_fds(unsigned char *open)
{
	int fd;

	for (fd = 0; fd < FDS; fd++)
		open[fd] = fcntl(fd, F_GETFD) >= 0;
}

/* Descriptors that came since and would survive exec. */
static int would_survive(const unsigned char *before)
{
	int fd, flags, count = 0;
	char path[64], name[128];
	ssize_t len;

	for (fd = 0; fd < FDS; fd++) {
		flags = fcntl(fd, F_GETFD);
		if (before[fd] || flags < 0 || flags & FD_CLOEXEC)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		len = readlink(path, name, sizeof(name) - 1);
		name[len > 0 ? len : 0] = '\0';
		fprintf(report, "descriptor %d: %s\n", fd, name);
		count++;
	}
	return count;
}

/* Threads other than this one that let signals in. */
static int listening_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *entry;
	unsigned long long blocked;
	char path[300], line[256];
	FILE *status;
	int count = 0;

	while (tasks && (entry = readdir(tasks))) {
		if (entry->d_name[0] == '.' || atoi(entry->d_name) == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/status",
			 entry->d_name);
		status = fopen(path, "r");
		while (status && fgets(line, sizeof(line), status)) {
			if (sscanf(line, "SigBlk: %llx", &blocked) == 1 &&
			    (blocked & 0x7000) != 0x7000)
				count++; /* PIPE, ALRM and TERM, 13 to 15 */
		}
		if (status)
			fclose(status);
	}
	if (tasks)
		closedir(tasks);
	return count;
}

static struct usher_phone *phone_new(void)
{
	struct usher_phone_opts opts;
	struct usher_phone *phone = NULL;
	struct usher_error err = {0};

	usher_phone_opts_init(&opts, sizeof(opts));
	if (usher_phone_new(&phone, &opts, &err))
		fprintf(report, "%s\n", err.message);
	return phone;
}

static void call(struct usher_phone *from, struct usher_phone *to)
{
	struct usher_phone_call_opts opts;
	struct usher_phone_event event;
	uint64_t id = 0, request = 0;
	int tries, answered = 0;
	char uri[64];

	snprintf(uri, sizeof(uri), "sip:b@127.0.0.1:%d", usher_phone_port(to));
	usher_phone_call_opts_init(&opts, sizeof(opts));
	opts.uri = uri;
	check(!usher_phone_place(from, &opts, &id, &request), "place");
	for (tries = 0; tries < 300 && answered < 2; tries++) {
		while (usher_phone_next(to, &event, sizeof(event)) == 1) {
			if (event.type == USHER_PHONE_INCOMING)
				usher_phone_answer(to, event.call, &request);
			answered += event.type == USHER_PHONE_ANSWERED;
		}
		while (usher_phone_next(from, &event, sizeof(event)) == 1)
			answered += event.type == USHER_PHONE_ANSWERED;
		usleep(10000);
	}
	check(answered == 2, "a call between two phones of one process");
}

static void in_child(struct usher_phone *phone)
{
	struct usher_phone_event event;
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(usher_phone_stop(phone, 0) == USHER_EFORK &&
				      usher_phone_next(phone, &event,
						       sizeof(event)) ==
					      USHER_EFORK
			      ? 0
			      : 1);
	check(pid > 0 && waitpid(pid, &status, 0) == pid && !status,
	      "a forked child is told USHER_EFORK");
}

int main(int argc, char **argv)
{
	struct sigaction before[SIGNALS], now[SIGNALS];
	struct sigaction own = {.sa_handler = handler,
				.sa_flags = SA_ONSTACK | SA_RESTART};
	unsigned char fds[FDS];
	struct usher_phone *a, *b;
	char quiet[] = "/tmp/manners-XXXXXX";
	int out = dup(1), said = mkstemp(quiet), round;

	report = fdopen(out, "w");
	unlink(quiet);
	dup2(said, 1);
	dup2(said, 2);
	sigaction(SIGPIPE, &own, NULL);
	sigaction(SIGUSR1, &own, NULL);
	dispositions(before);
	open_fds(fds);
	for (round = 0; round < 2; round++) {
		a = phone_new();
		b = phone_new();
		if (!a || !b)
			return 1;
		call(a, b);
		dispositions(now);
		check(same(before, now), "dispositions while phones run");
		if (argc < 2 || strcmp(argv[1], "--any-descriptor"))
			check(!would_survive(fds), "close-on-exec");
		check(!listening_threads(), "our threads block signals");
		in_child(a);
		/* In either order. */
		usher_phone_free(round ? a : b);
		usher_phone_free(round ? b : a);
	}
	dispositions(now);
	check(same(before, now), "dispositions when phones are gone");
	check(lseek(said, 0, SEEK_END) == 0, "nothing was printed");
	fprintf(report, "%d failed\n", failures);
	fclose(report);
	return failures != 0;
}
