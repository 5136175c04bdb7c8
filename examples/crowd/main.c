/* A crowd for a call center: customers who call, press keys, wait, talk and
 * give up, and agents who register, sign in, answer, hold and hang up; all
 * over real SIP and RTP, with usher/call.h and nothing else. */
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crowd.h"

enum { REPORT_US = 5000000, GOODBYE_MS = 3000 };

static volatile sig_atomic_t interrupted;
static struct crowd crowd;

static const char usage[] =
	"crowd [options]\n"
	"  --center ADDR:PORT   the call center (127.0.0.1:5060)\n"
	"  --dial NUMBER        what customers dial (1000)\n"
	"  --callers N          customers (20)\n"
	"  --rate N             calls a minute, all together (2 a caller)\n"
	"  --agent USER:PASSWORD[:PIN]   an agent; may be repeated (those of\n"
	"                       examples/callcenter/center.yaml)\n"
	"  --sign-in CODE       feature code before the PIN (*11)\n"
	"  --wrapped CODE       feature code that ends wrap-up (*15); \"\": "
	"none\n"
	"  --menu DIGITS        after the greeting a customer presses one of\n"
	"                       these, drawn for each call (112)\n"
	"  --talk S             mean talk of an agent, seconds (12)\n"
	"  --patience S         mean patience of a customer, seconds (45)\n"
	"  --hold PERCENT       calls in which an agent holds (20)\n"
	"  --miss PERCENT       offers that an agent lets ring (3)\n"
	"  --listen ADDR        our own address (127.0.0.1)\n"
	"  --port N             our own SIP port (any free one)\n"
	"  --seed N             of the random numbers (1)\n"
	"  --duration S         then stop (until a signal)\n"
	"  --tcp                call over TCP\n";

static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

static int parse_number(struct options *opts, int c, const char *arg)
{
	double n = strtod(arg, NULL);

	switch (c) {
	case 'n':
		opts->callers = (unsigned)n;
		return opts->callers > CROWD_MAX_PEOPLE / 2;
	case 'r':
		opts->per_minute = n;
		return 0;
	case 't':
		opts->talk_s = n;
		return 0;
	case 'w':
		opts->patience_s = n;
		return 0;
	case 'h':
		opts->hold_percent = (unsigned)n;
		return 0;
	case 'x':
		opts->miss_percent = (unsigned)n;
		return 0;
	case 'p':
		opts->port = (uint16_t)n;
		return 0;
	case 's':
		opts->seed = strtoull(arg, NULL, 10);
		return 0;
	case 'u':
		opts->duration_s = (unsigned)n;
		return 0;
	default:
		return 1;
	}
}

static int parse(struct options *opts, int argc, char **argv)
{
	static const struct option longs[] = {
		{"center", 1, NULL, 'c'},  {"dial", 1, NULL, 'd'},
		{"callers", 1, NULL, 'n'}, {"rate", 1, NULL, 'r'},
		{"agent", 1, NULL, 'a'},   {"sign-in", 1, NULL, 'i'},
		{"wrapped", 1, NULL, 'e'}, {"menu", 1, NULL, 'm'},
		{"talk", 1, NULL, 't'},    {"patience", 1, NULL, 'w'},
		{"hold", 1, NULL, 'h'},    {"miss", 1, NULL, 'x'},
		{"listen", 1, NULL, 'l'},  {"port", 1, NULL, 'p'},
		{"seed", 1, NULL, 's'},    {"duration", 1, NULL, 'u'},
		{"tcp", 0, NULL, 'T'},     {NULL, 0, NULL, 0},
	};
	int c, bad = 0;

	while (!bad && (c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'c')
			opts->center = optarg;
		else if (c == 'd')
			opts->dial = optarg;
		else if (c == 'l')
			opts->listen = optarg;
		else if (c == 'i')
			opts->sign_in = optarg;
		else if (c == 'e')
			opts->wrapped = optarg;
		else if (c == 'm')
			opts->menu = optarg;
		else if (c == 'T')
			opts->tcp = true;
		else if (c == '?')
			bad = 1;
		else if (c == 'a')
			bad = crowd_agent(&crowd, optarg);
		else
			bad = parse_number(opts, c, optarg);
	}
	return bad || optind != argc;
}

/* Those of examples/callcenter/center.yaml, unless others were named. */
static int default_agents(void)
{
	static const char *const agents[] = {
		"anna:anna-pass:1001",
		"ben:ben-pass:1002",
		"carla:carla-pass:1003",
		"dora:dora-pass:1004",
	};
	size_t i;
	int err = 0;

	for (i = 0; !err && i < sizeof(agents) / sizeof(agents[0]); i++)
		err = crowd_agent(&crowd, agents[i]);
	return err;
}

static void report(void)
{
	printf("crowd: %llu calls placed, %llu answered, %llu failed; agents "
	       "took %llu, let %llu ring\n",
	       (unsigned long long)crowd.placed,
	       (unsigned long long)crowd.answered,
	       (unsigned long long)crowd.failed,
	       (unsigned long long)crowd.taken,
	       (unsigned long long)crowd.missed);
	fflush(stdout);
}

/* Whether the center was there at all: who hears nothing has not seen it. */
static int met(const struct options *opts)
{
	if (crowd.registered || crowd.answered)
		return 1;
	fprintf(stderr,
		"crowd: no agent could register at %s and no call was "
		"answered: is the center there?\n",
		opts->center);
	return 0;
}

/* Until a signal or the end of the time; then goodbye to everybody. */
static void run(const struct options *opts)
{
	int64_t start = crowd_now_us(), next_report = start + REPORT_US;
	struct pollfd fd = {.events = POLLIN};
	struct usher_phone_event event;
	bool stopping = false;

	fd.fd = usher_phone_fd(crowd.phone);
	for (;;) {
		int64_t now = crowd_now_us(), next = now + REPORT_US;

		if (!stopping &&
		    (interrupted ||
		     (opts->duration_s &&
		      now - start >= (int64_t)opts->duration_s * 1000000))) {
			stopping = true;
			(void)usher_phone_stop(crowd.phone, GOODBYE_MS);
		}
		if (!stopping)
			next = crowd_act(&crowd);
		if (now >= next_report) {
			report();
			next_report = now + REPORT_US;
		}
		if (next > now + 200000)
			next = now + 200000;
		(void)poll(&fd, 1,
			   next > now ? (int)((next - now) / 1000) + 1 : 0);
		while (usher_phone_next(crowd.phone, &event, sizeof(event)) ==
		       1) {
			if (event.type == USHER_PHONE_STOPPED)
				return;
			if (!stopping)
				crowd_event(&crowd, &event);
		}
	}
}

int main(int argc, char **argv)
{
	struct options opts = {
		.center = "127.0.0.1:5060",
		.dial = "1000",
		.sign_in = "*11",
		.wrapped = "*15",
		.menu = "112",
		.callers = 20,
		.talk_s = 12,
		.patience_s = 45,
		.hold_percent = 20,
		.miss_percent = 3,
		.seed = 1,
	};
	struct sigaction action = {.sa_handler = interrupt};
	struct usher_phone_opts phone;
	struct usher_error err;
	int code;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	if (parse(&opts, argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	usher_phone_opts_init(&phone, sizeof(phone));
	phone.address = opts.listen;
	phone.port = opts.port;
	phone.max_calls = CROWD_MAX_PEOPLE;
	crowd.opts = &opts;
	crowd.random = opts.seed;
	if (usher_phone_new(&crowd.phone, &phone, &err)) {
		fprintf(stderr, "crowd: %s\n", err.message);
		return 1;
	}
	code = crowd.count ? 0 : default_agents();
	if (!code)
		code = crowd_start(&crowd);
	if (code)
		fprintf(stderr, "crowd: %s\n", usher_strerror(code));
	else
		run(&opts);
	report();
	if (!code && !met(&opts))
		code = USHER_ENOENT;
	usher_phone_free(crowd.phone);
	return code ? 1 : 0;
}
