/* Options of the commands that simulate. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plot.h"

#define THREADS_MAX    256
#define DURATION_MAX_S 3.2e8
#define LOAD_MAX       1000.0

int lab_wrong(const char *command, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "lab %s: ", command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\ntry 'lab %s --help'\n", command);
	return 2;
}

int lab_wrong_option(const char *command, int c, char **argv)
{
	const char *text = argv[optind - 1];

	if (c == ':')
		return lab_wrong(command, "%s without its value", text);
	/* a letter may be one of several, which are not done with */
	if (optopt > 0 && optopt < 'z')
		return lab_wrong(command, "no option -%c", optopt);
	return lab_wrong(command, "no option %s", text);
}

int lab_failed(const struct usher_error *err)
{
	if (err->file[0] && err->line)
		fprintf(stderr, "%s:%u:%u: ", err->file, err->line,
			err->column);
	else if (err->file[0])
		fprintf(stderr, "%s: ", err->file);
	fprintf(stderr, "%s\n", err->message);
	return 1;
}

enum {
	OPT_EXPECTED = 255,
	OPT_OVER_DAY,
	OPT_JSON,
	OPT_CSV,
	OPT_AGENTS,
	OPT_THREADS,
	OPT_TEXT
};

static const struct option options[] = {
	{"help", no_argument, NULL, 'h'},
	{"json", no_argument, NULL, OPT_JSON},
	{"csv", no_argument, NULL, OPT_CSV},
	{"expected", no_argument, NULL, OPT_EXPECTED},
	{"over-day", no_argument, NULL, OPT_OVER_DAY},
	{"agents", required_argument, NULL, OPT_AGENTS},
	{"threads", required_argument, NULL, OPT_THREADS},
	{"output", required_argument, NULL, 'o'},
	{"plot", required_argument, NULL, OPT_TEXT},
	{"replications", required_argument, NULL, OPT_TEXT + 1},
	{"seed", required_argument, NULL, OPT_TEXT + 2},
	{"warmup", required_argument, NULL, OPT_TEXT + 3},
	{"duration", required_argument, NULL, OPT_TEXT + 4},
	{"confidence", required_argument, NULL, OPT_TEXT + 5},
	{"policy", required_argument, NULL, OPT_TEXT + 6},
	{"order", required_argument, NULL, OPT_TEXT + 7},
	{"load", required_argument, NULL, OPT_TEXT + 8},
	{"policies", required_argument, NULL, OPT_TEXT + 9},
	{"restarts", required_argument, NULL, OPT_TEXT + 10},
	{0}};

/* Where the texts of OPT_TEXT and on go. */
static const size_t texts[] = {offsetof(struct lab_options, plot),
			       offsetof(struct lab_options, replications),
			       offsetof(struct lab_options, seed),
			       offsetof(struct lab_options, warmup),
			       offsetof(struct lab_options, duration),
			       offsetof(struct lab_options, confidence),
			       offsetof(struct lab_options, policy),
			       offsetof(struct lab_options, contact_order),
			       offsetof(struct lab_options, load),
			       offsetof(struct lab_options, policies),
			       offsetof(struct lab_options, restarts)};

static int option(struct lab_options *o, char **argv, int c, const char *help)
{
	const char *command = argv[0];
	uint64_t number;

	switch (c) {
	case 'h':
		fputs(help, stdout);
		return 0;
	case OPT_EXPECTED:
		o->expected = true;
		return -1;
	case OPT_OVER_DAY:
		o->over_day = true;
		return -1;
	case OPT_JSON:
		o->format = LAB_JSON;
		return -1;
	case OPT_CSV:
		o->format = LAB_CSV;
		return -1;
	case 'o':
		o->output = optarg;
		return -1;
	case OPT_AGENTS:
		if (o->agent_count == LAB_VARIANTS_MAX)
			return lab_wrong(command, "too many --agents");
		o->agents[o->agent_count++] = optarg;
		return -1;
	case OPT_THREADS:
		if (lab_count(optarg, 1, THREADS_MAX, &number))
			return lab_wrong(command, "--threads takes 1 to %d",
					 THREADS_MAX);
		o->threads = (unsigned)number;
		return -1;
	default:
		if (c < OPT_TEXT)
			return lab_wrong_option(command, c, argv);
		*(const char **)((char *)o + texts[c - OPT_TEXT]) = optarg;
		return -1;
	}
}

/* Options of one command alone would do nothing for another. */
static int others(const struct lab_options *o, const char *command)
{
	const struct {
		bool given;
		const char *option, *of;
	} single[] = {{o->expected, "expected", "run"},
		      {o->over_day, "over-day", "run"},
		      {o->policies, "policies", "compare"},
		      {o->restarts, "restarts", "staff"}};

	for (size_t i = 0; i < LAB_COUNT(single); i++)
		if (single[i].given && strcmp(command, single[i].of) != 0)
			return lab_wrong(command, "--%s is for lab %s",
					 single[i].option, single[i].of);
	return 0;
}

/* A file that cannot be written is not found out after a long run. */
static int writable(const char *path)
{
	char *folder;
	int rc;

	if (!access(path, W_OK) || errno != ENOENT)
		return access(path, W_OK);
	folder = strdup(path);
	rc = folder ? access(dirname(folder), W_OK | X_OK) : -1;
	free(folder);
	return rc;
}

/* A run may take hours, and then there has to be a place for them. */
static int pictures(const char *prefix)
{
	char *name = NULL;
	int rc = -1;

	if (asprintf(&name, "%s-wait.svg", prefix) >= 0)
		rc = writable(name);
	if (rc)
		fprintf(stderr, "--plot %s: %s\n", prefix, strerror(errno));
	free(name);
	return rc || plot_missing() ? 1 : -1;
}

int lab_options(struct lab_options *o, int argc, char **argv, const char *help)
{
	const char *command = argv[0];
	int c, status = -1;

	memset(o, 0, sizeof(*o));
	opterr = 0;
	optind = 1;
	while (status < 0 &&
	       (c = getopt_long(argc, argv, ":ho:", options, NULL)) != -1)
		status = option(o, argv, c, help);
	if (status >= 0)
		return status;
	if (others(o, command))
		return 2;
	o->files = (const char *const *)argv + optind;
	o->file_count = (uint32_t)(argc - optind);
	if (!o->file_count)
		return lab_wrong(command, "which file?");
	if (o->output && writable(o->output)) {
		fprintf(stderr, "%s: %s\n", o->output, strerror(errno));
		return 1;
	}
	return o->plot ? pictures(o->plot) : -1;
}

static int set_time(const char *command, const char *name, const char *text,
		    double min, double *to)
{
	double value;

	if (!text)
		return 0;
	if (!lab_seconds(text, &value) &&
	    (value < min || value > DURATION_MAX_S))
		return lab_wrong(command,
				 "--%s has to be from %g to %g s, not '%s'",
				 name, min, DURATION_MAX_S, text);
	if (lab_seconds(text, &value))
		return lab_wrong(command,
				 "--%s takes a time such as 1h, not "
				 "'%s'",
				 name, text);
	*to = value;
	return 0;
}

static int set_count(const char *command, const char *name, const char *text,
		     uint64_t min, uint64_t max, uint64_t *to)
{
	if (text && lab_count(text, min, max, to))
		return lab_wrong(command,
				 "--%s takes a whole number from %" PRIu64
				 " to %" PRIu64 ", not '%s'",
				 name, min, max, text);
	return 0;
}

static int set_agents(const struct lab_options *o, const char *command,
		      const struct lab_day *day, uint32_t *agents)
{
	for (uint32_t i = 0; i < day->sim.group_count; i++)
		agents[i] = UINT32_MAX;
	for (uint32_t i = 0; i < o->agent_count; i++) {
		const char *equals = strrchr(o->agents[i], '=');
		uint32_t group = UINT32_MAX;
		uint64_t number;
		char *name;

		if (!equals ||
		    lab_count(equals + 1, 0, USHER_SIM_AGENTS_MAX, &number))
			return lab_wrong(command,
					 "--agents takes GROUP=NUMBER, not "
					 "'%s'",
					 o->agents[i]);
		name = strndup(o->agents[i], (size_t)(equals - o->agents[i]));
		if (name)
			group = lab_day_group(day, name);
		free(name);
		if (group == UINT32_MAX)
			return lab_wrong(command, "no group for '%s'",
					 o->agents[i]);
		agents[group] = (uint32_t)number;
	}
	return 0;
}

/* Arrivals of all queues times the same. */
static int scale(const struct lab_options *o, const char *command,
		 struct lab_day *day)
{
	double factor;

	if (!o->load)
		return 0;
	if (lab_number(o->load, &factor) || !(factor > 0) || factor > LOAD_MAX)
		return lab_wrong(command, "--load takes a factor, not '%s'",
				 o->load);
	for (uint32_t i = 0; i < day->sim.queue_count; i++) {
		struct usher_sim_queue *q = &day->queues[i];
		struct usher_sim_rate *rates =
			lab_day_alloc(day, q->rate_count, sizeof(*rates));

		if (!rates)
			return lab_wrong(command, "no memory");
		if (q->call_count)
			return lab_wrong(command,
					 "--load: the arrivals of %s are a "
					 "list",
					 q->name);
		for (uint32_t k = 0; k < q->rate_count; k++) {
			rates[k] = q->rates[k];
			rates[k].per_s *= factor;
		}
		q->arrivals_per_s *= factor;
		q->rates = rates;
	}
	return 0;
}

static int change(const struct lab_options *o, const char *command,
		  struct lab_day *day)
{
	struct lab_variant v = {.policy = o->policy,
				.contact_order = o->contact_order};
	uint32_t *agents =
		lab_day_alloc(day, day->sim.group_count, sizeof(*agents));
	int rc;

	if (!agents)
		return lab_wrong(command, "no memory");
	v.agents = agents;
	rc = set_agents(o, command, day, agents);
	if (!rc)
		rc = set_count(command, "replications", o->replications, 1,
			       LAB_REPLICATIONS_MAX, &day->replications);
	if (!rc)
		rc = set_count(command, "seed", o->seed, 0, UINT64_MAX,
			       &day->sim.seed);
	if (!rc)
		rc = set_time(command, "warmup", o->warmup, 0, &day->warmup_s);
	if (!rc)
		rc = set_time(command, "duration", o->duration, 1,
			      &day->duration_s);
	if (!rc && o->confidence &&
	    (lab_part(o->confidence, &day->confidence) ||
	     day->confidence < 0.01 || day->confidence > 0.99999))
		rc = lab_wrong(command,
			       "--confidence takes a part such as "
			       "95%%, not '%s'",
			       o->confidence);
	if (!rc && lab_day_vary(day, &v))
		rc = lab_wrong(command, "no memory");
	return rc ? rc : scale(o, command, day);
}

int lab_options_day(const struct lab_options *o, const char *command,
		    const char *path, struct lab_day **ret)
{
	struct usher_error err = {0};
	struct usher_sim *sim = NULL;
	struct lab_day *day;
	int status;

	if (lab_day_open(&day, path, &err)) {
		if (!err.file[0])
			snprintf(err.file, sizeof(err.file), "%.200s", path);
		return lab_failed(&err);
	}
	status = change(o, command, day);
	/* a policy that there is not, too many agents */
	if (!status && usher_sim_new(&sim, &day->sim, &err))
		status = lab_wrong(command, "%s", err.message);
	usher_sim_free(sim);
	if (status)
		lab_day_free(day);
	else
		*ret = day;
	return status;
}

FILE *lab_open(const struct lab_options *o)
{
	FILE *out = stdout;

	if (o->output)
		out = fopen(o->output, "we");
	if (!out)
		fprintf(stderr, "%s: %s\n", o->output, strerror(errno));
	return out;
}

int lab_close(const struct lab_options *o, FILE *out)
{
	bool failed = ferror(out);

	if (o->output)
		failed |= fclose(out) != 0;
	else
		failed |= fflush(out) != 0;
	if (failed)
		fprintf(stderr, "%s: could not be written\n",
			o->output ? o->output : "standard output");
	return failed;
}
