/* A center for tests/bench/calls: N agents at one SIP address, one queue.
 *
 *   bench-center [--no-probe] SIP-ADDRESS AGENTS-ADDRESS N
 *                [STATE-FOLDER [record]]
 *
 * Without a folder everything is in memory, without "record" nothing is
 * recorded. Who calls 1000 is served; who calls 2000 waits in a queue of the
 * same agents for a skill that none of them has. With --no-probe silent
 * callers are not asked whether they are still there. Commands on standard
 * input, a line each: "in" and "out" sign the agents in and out, "stats"
 * prints CPU milliseconds, resident kilobytes, how many wait, talk and were
 * answered, and the bytes of the heap in use: ours, and SQLite's, whose caches
 * fill with time; "crowd N" has N contacts without a phone wait as those who
 * call 2000.
 */
#include <dlfcn.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <usher/usher.h>

#include "crowd.h"

static struct usher_config *config_make(const char *agents, int count,
					bool record)
{
	const struct usher_queue_conf queue = {.size = sizeof(queue),
					       .name = "q",
					       .recording = record ? "always"
								   : "never"};
	const struct usher_queue_conf wait = {
		.size = sizeof(wait), .name = "w", .requirement = "gold >= 1"};
	const struct usher_entry_conf entry = {
		.size = sizeof(entry), .address = "1000", .queue = "q"};
	const struct usher_entry_conf waits = {
		.size = sizeof(waits), .address = "2000", .queue = "w"};
	const struct usher_trunk_conf trunk = {.size = sizeof(trunk),
					       .name = "outside",
					       .sources = "127.0.0.0/8"};
	char name[32], endpoint[96];
	const char *endpoints[] = {endpoint};
	struct usher_config *config;
	int i;

	if (usher_config_new(&config) ||
	    usher_config_queue(config, &queue, NULL) ||
	    usher_config_queue(config, &wait, NULL) ||
	    usher_config_entry(config, &entry, NULL) ||
	    usher_config_entry(config, &waits, NULL) ||
	    usher_config_trunk(config, &trunk, NULL))
		return NULL;
	for (i = 0; i < count; i++) {
		const struct usher_agent_conf agent = {
			.size = sizeof(agent),
			.name = name,
			.endpoints = endpoints,
			.endpoint_count = 1,
		};

		snprintf(name, sizeof(name), "a%d", i);
		snprintf(endpoint, sizeof(endpoint), "sip:a%d@%s", i, agents);
		if (usher_config_agent(config, &agent, NULL))
			return NULL;
	}
	return config;
}

static void presence(struct usher_center *center, int count, uint32_t type)
{
	char name[32];
	int i;

	for (i = 0; i < count; i++) {
		struct usher_request request = {.size = sizeof(request),
						.type = type};

		snprintf(name, sizeof(name), "a%d", i);
		request.agent = usher_center_agent_id(center, name);
		while (usher_center_request(center, &request, NULL, NULL) ==
		       USHER_EAGAIN)
			usleep(1000);
	}
}

/* SQLite is the library's business: here it is there or it is not. */
static long long sqlite_bytes(void)
{
	void *found = dlsym(RTLD_DEFAULT, "sqlite3_memory_used");
	long long (*used)(void);

	memcpy(&used, &found, sizeof(used));
	return found ? used() : 0;
}

static void stats(struct usher_center *center)
{
	struct usher_queue_figures figures = {.size = sizeof(figures)};
	const struct usher_snapshot_queue *queues;
	struct usher_snapshot *snapshot;
	struct rusage usage;
	unsigned long pages = 0;
	uint32_t waiting = 0;
	size_t count, i;
	FILE *f = fopen("/proc/self/statm", "r");
	struct mallinfo2 heap = mallinfo2();
	long long sqlite = sqlite_bytes();

	if (!f || fscanf(f, "%*u %lu", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	getrusage(RUSAGE_SELF, &usage);
	if (usher_center_snapshot(center, &snapshot))
		return;
	count = usher_snapshot_queues(snapshot, &queues);
	usher_metrics_queue(usher_snapshot_metrics(snapshot), queues[0].id,
			    USHER_SPAN_DAY, usher_snapshot_time_us(snapshot),
			    &figures);
	for (i = 0; i < count; i++)
		waiting += queues[i].waiting;
	printf("stats %lld %lu %u %u %llu %lld %lld\n",
	       (long long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) *
			       1000 +
		       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) /
			       1000,
	       pages * (unsigned long)sysconf(_SC_PAGESIZE) / 1024, waiting,
	       queues[0].talking, (unsigned long long)figures.answered,
	       (long long)(heap.uordblks + heap.hblkhd) - sqlite, sqlite);
	fflush(stdout);
	usher_snapshot_unref(snapshot);
}

static void on_log(void *arg, int level, const char *line)
{
	(void)arg;
	if (level <= USHER_LOG_WARN)
		fprintf(stderr, "%s\n", line);
}

int main(int argc, char **argv)
{
	struct usher_config *config;
	struct usher_center *center;
	struct usher_center_opts own;
	struct usher_host_opts opts;
	struct usher_error err = {0};
	struct usher_host *host;
	struct crowd crowd = {NULL};
	bool probe = argc < 2 || strcmp(argv[1], "--no-probe");
	char line[64];
	int count;

	argc -= !probe;
	argv += !probe;
	count = argc > 3 ? atoi(argv[3]) : 0;
	config = count ? config_make(argv[2], count,
				     argc > 5 && !strcmp(argv[5], "record"))
		       : NULL;
	if (!config)
		return 2;
	usher_host_opts_init(&opts, sizeof(opts));
	opts.sip_listen = argv[1];
	opts.legs_max = 25000;
	opts.rtp_port_min = 20000;
	opts.rtp_port_max = 59999;
	opts.silence_ms = probe ? 0 : USHER_ZERO;
	opts.log = on_log;
	usher_center_opts_init(&own, sizeof(own));
	own.state_dir = argc > 4 ? argv[4] : NULL;
	if (usher_host_new(&host, &opts, &err) ||
	    usher_center_new(&center, host, &own, config, &err) ||
	    usher_center_driver_add(center, &crowd_driver, &crowd, &err) ||
	    usher_host_start(host, &err)) {
		fprintf(stderr, "bench-center: %s\n", err.message);
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (!strcmp(line, "in\n"))
			presence(center, count, USHER_REQ_SIGN_IN);
		else if (!strcmp(line, "out\n"))
			presence(center, count, USHER_REQ_SIGN_OUT);
		else if (!strcmp(line, "stats\n"))
			stats(center);
		else if (!strncmp(line, "crowd ", 6))
			crowd_comes(&crowd, "2000", atoi(line + 6));
	}
	usher_host_free(host);
	return 0;
}
