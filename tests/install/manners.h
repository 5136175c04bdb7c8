/* What the tests of manners compare: signals, descriptors, threads, output. */
#ifndef MANNERS_H
#define MANNERS_H

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* From here on what anybody prints goes into a file; returns it. */
static int listen_to_output(void)
{
	char quiet[] = "/tmp/manners-XXXXXX";
	int out = dup(1), said = mkstemp(quiet);

	report = fdopen(out, "w");
	unlink(quiet);
	dup2(said, 1);
	dup2(said, 2);
	return said;
}

/* Dispositions of a host's own, which have to stay. */
static void own_signals(void)
{
	struct sigaction own = {.sa_handler = handler,
				.sa_flags = SA_ONSTACK | SA_RESTART};

	sigaction(SIGPIPE, &own, NULL);
	sigaction(SIGUSR1, &own, NULL);
}

#endif
