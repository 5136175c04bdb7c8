/* A host's process after a phone was made, used and freed in it: what the
 * host set up is as it was. Prints a line for each check that fails. */
#define _GNU_SOURCE
#include <sys/wait.h>

#include <usher/call.h>

#include "manners.h"

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
	unsigned char fds[FDS];
	struct usher_phone *a, *b;
	int said = listen_to_output(), round;

	own_signals();
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
