/* What a process has once: the loop's thread, the SIP port, the media. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "center/center.h"
#include "drivers/voice/voice.h"
#include "sip/loop.h"

/* Peers have so long to answer a BYE when the host stops. */
#define HANGUP_MS  2000u
#define SILENCE_MS 30000 /* default of opts->silence_ms */
/* How soon to ask a loop again that has no room. */
#define CALL_AGAIN_MS 1

void usher_host_opts_init(struct usher_host_opts *opts, size_t size)
{
	if (!opts || size < sizeof(opts->size))
		return;
	memset(opts, 0, size);
	opts->size = size;
}

int usher_host_new(struct usher_host **ret, const struct usher_host_opts *opts,
		   struct usher_error *err)
{
	pthread_condattr_t attr;
	struct usher_host *host;

	if (!ret || (opts && opts->size < sizeof(opts->size)))
		return usher_error_set(err, USHER_EINVAL, "malformed options");
	host = calloc(1, sizeof(*host));
	if (!host)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	if (opts)
		memcpy(&host->opts, opts,
		       opts->size < sizeof(*opts) ? opts->size
						  : sizeof(*opts));
	if (host->opts.sip_listen)
		host->sip_listen = strdup(host->opts.sip_listen);
	if (host->opts.public_address)
		host->public_address = strdup(host->opts.public_address);
	if (host->opts.dns_servers)
		host->dns_servers = strdup(host->opts.dns_servers);
	if ((host->opts.sip_listen && !host->sip_listen) ||
	    (host->opts.public_address && !host->public_address) ||
	    (host->opts.dns_servers && !host->dns_servers)) {
		free(host->sip_listen);
		free(host->public_address);
		free(host->dns_servers);
		free(host);
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	}
	if (!host->opts.rtp_port_min)
		host->opts.rtp_port_min = 10000;
	if (!host->opts.rtp_port_max)
		host->opts.rtp_port_max = 19999;
	if (!host->opts.media_threads)
		host->opts.media_threads = 1;
	if (!host->opts.silence_ms)
		host->opts.silence_ms = SILENCE_MS;
	pthread_mutex_init(&host->lock, NULL);
	/* By a clock that nobody sets: stop waits as long as it should. */
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&host->gone, &attr);
	pthread_condattr_destroy(&attr);
	*ret = host;
	return 0;
}

static int hub_start(struct usher_host *host, struct usher_error *err)
{
	struct usher__voice_hub_opts opts = {
		.loop = host->loop,
		.port_tries = host->opts.port_tries,
		.public_address = host->public_address,
		.dns = host->dns_servers,
		.rtp_port_min = host->opts.rtp_port_min,
		.rtp_port_max = host->opts.rtp_port_max,
		.media_threads = host->opts.media_threads,
		.silence_ms = host->opts.silence_ms > 0
				      ? (uint32_t)host->opts.silence_ms
				      : 0,
		.any_source = host->opts.any_source != 0,
		.log = host->opts.log,
		.log_arg = host->opts.log_arg,
	};
	char address[64];
	int code;

	if (!host->sip_listen)
		return 0;
	code = usher__voice_address(host->sip_listen, address, sizeof(address),
				    &opts.port);
	if (code)
		return usher_error_set(err, code, "\"%s\" is no address",
				       host->sip_listen);
	opts.address = address;
	if (!opts.port)
		opts.port = 5060;
	code = usher__voice_hub_new(&host->hub, &opts, err);
	if (code)
		return code;
	snprintf(host->sip_address, sizeof(host->sip_address),
		 strchr(address, ':') ? "[%s]:%u" : "%s:%u", address,
		 usher__voice_hub_port(host->hub));
	return 0;
}

struct starting {
	struct usher_host *host;
	struct usher_error *err;
};

static int start_here(void *arg)
{
	struct starting *starting = arg;
	struct usher_host *host = starting->host;
	struct usher_center *center;
	int code;

	code = hub_start(host, starting->err);
	for (center = host->centers; center && !code; center = center->next)
		code = usher__center_start(center, starting->err);
	return code;
}

static int close_here(void *arg)
{
	struct usher_host *host = arg;
	struct usher_center *center;

	for (center = host->centers; center; center = center->next)
		usher__center_close(center);
	usher__voice_hub_free(host->hub);
	host->hub = NULL;
	return 0;
}

/* The loop takes what waits for it, and then has room for this. */
static void call_surely(struct usher_host *host, int (*fn)(void *arg))
{
	const struct timespec pause = {.tv_nsec = CALL_AGAIN_MS * 1000000};
	int err;

	while ((err = usher__loop_call(host->loop, fn, host)) == USHER_EFULL ||
	       err == USHER_ENOMEM)
		nanosleep(&pause, NULL);
}

static void tear_down(struct usher_host *host)
{
	if (!host->loop)
		return;
	call_surely(host, close_here);
	usher__fetcher_free(host->fetcher);
	host->fetcher = NULL;
	atomic_store(&host->running, NULL);
	usher__loop_stop(host->loop);
}

int usher_host_start(struct usher_host *host, struct usher_error *err)
{
	const struct usher__loop_opts opts = {.name = "usher"};
	struct starting starting = {.host = host, .err = err};
	int code;

	if (!host)
		return usher_error_set(err, USHER_EINVAL, "no host");
	pthread_mutex_lock(&host->lock);
	code = host->started || host->stopped ? USHER_ESTATE : 0;
	host->started = true;
	pthread_mutex_unlock(&host->lock);
	if (code)
		return usher_error_set(err, code, "started before");
	atomic_store(&host->pid, getpid());
	code = usher__loop_new(&host->loop, &opts, err);
	if (!code) {
		atomic_store(&host->running, host->loop);
		code = usher__loop_call(host->loop, start_here, &starting);
	}
	if (code)
		tear_down(host);
	return code;
}

int usher_host_sip_address(const struct usher_host *host, char *buf,
			   size_t cap)
{
	if (!host || !*host->sip_address)
		return USHER_ENOENT;
	if (strlen(host->sip_address) >= cap)
		return USHER_EFULL;
	strcpy(buf, host->sip_address);
	return 0;
}

static void hub_gone(void *arg)
{
	struct usher_host *host = arg;

	pthread_mutex_lock(&host->lock);
	host->hub_stopped = true;
	pthread_cond_broadcast(&host->gone);
	pthread_mutex_unlock(&host->lock);
}

static int stop_here(void *arg)
{
	struct usher_host *host = arg;
	struct usher_center *center;

	for (center = host->centers; center; center = center->next)
		usher__center_stop(center);
	if (host->hub)
		usher__voice_hub_stop(host->hub, HANGUP_MS, hub_gone, host);
	return 0;
}

void usher_host_stop(struct usher_host *host)
{
	struct timespec until;

	if (!host || usher__host_alive(host))
		return;
	pthread_mutex_lock(&host->lock);
	if (!host->started || host->stopped) {
		pthread_mutex_unlock(&host->lock);
		return;
	}
	host->stopped = true;
	pthread_mutex_unlock(&host->lock);
	if (!host->loop)
		return;
	call_surely(host, stop_here);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += HANGUP_MS / 1000 + 1;
	pthread_mutex_lock(&host->lock);
	while (host->hub && !host->hub_stopped &&
	       pthread_cond_timedwait(&host->gone, &host->lock, &until) !=
		       ETIMEDOUT)
		;
	pthread_mutex_unlock(&host->lock);
	tear_down(host);
}

void usher_host_free(struct usher_host *host)
{
	struct usher_center *center;

	if (!host || usher__host_alive(host))
		return;
	usher_host_stop(host);
	usher__loop_free(host->loop);
	while ((center = host->centers)) {
		host->centers = center->next;
		usher__center_free(center);
	}
	pthread_cond_destroy(&host->gone);
	pthread_mutex_destroy(&host->lock);
	free(host->sip_listen);
	free(host->public_address);
	free(host->dns_servers);
	free(host);
}

struct counting {
	struct usher_host *host;
	struct usher__voice_counters counters;
};

static int count_here(void *arg)
{
	struct counting *counting = arg;

	if (counting->host->hub)
		usher__voice_hub_count(counting->host->hub,
				       &counting->counters);
	return 0;
}

int usher_host_stats(struct usher_host *host, struct usher_host_stats *stats)
{
	struct counting counting = {.host = host};
	struct usher_host_stats full = {0};
	size_t size;
	int code;

	if (!host || !stats || stats->size < sizeof(stats->size))
		return USHER_EINVAL;
	code = usher__host_call(host, count_here, &counting);
	if (code)
		return code;
	size = stats->size < sizeof(full) ? stats->size : sizeof(full);
	full.legs_in = counting.counters.legs_in;
	full.legs_out = counting.counters.legs_out;
	full.legs_refused = counting.counters.refused;
	full.sip_malformed = counting.counters.malformed;
	full.rtp_received = counting.counters.rtp_received;
	full.rtp_sent = counting.counters.rtp_sent;
	full.rtp_dropped = counting.counters.rtp_dropped;
	full.legs_now = counting.counters.legs_now;
	full.media_ports_now = counting.counters.ports_now;
	full.sip_unsupported = counting.counters.unsupported;
	full.sip_unexpected = counting.counters.unexpected;
	full.sip_connections_closed = counting.counters.streams_closed;
	full.sip_connections_now = counting.counters.streams_now;
	full.size = stats->size;
	memcpy(stats, &full, size);
	return 0;
}
