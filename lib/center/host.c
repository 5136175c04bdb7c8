/* What a process has once: the loop's thread, the SIP port, the media. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "center/center.h"
#include "center/fetch.h"
#include "center/hostcall.h"
#include "drivers/voice/voice.h"
#include "sip/loop.h"
#include "sip/ua.h"

/* Peers have so long to answer a BYE when the host stops. */
#define HANGUP_MS     2000u
#define SILENCE_MS    30000 /* default of opts->silence_ms */
#define KEEP_ALIVE_MS 25000 /* of opts->keep_alive_ms */
/* How soon to ask a loop again that has no room. */
#define CALL_AGAIN_MS 1

void usher_host_opts_init(struct usher_host_opts *opts, size_t size)
{
	if (!opts || size < sizeof(opts->size))
		return;
	memset(opts, 0, size);
	opts->size = size;
}

/* What of the options is text is copied. */
static int copy_texts(struct usher_host *host)
{
	const struct usher_host_opts *opts = &host->opts;
	struct {
		char **to;
		const char *from;
	} texts[] = {
		{&host->sip_listen, opts->sip_listen},
		{&host->public_address, opts->public_address},
		{&host->second_address, opts->second_address},
		{&host->dns_servers, opts->dns_servers},
		{&host->codecs, opts->codecs},
		{&host->tls_listen, opts->tls_listen},
		{&host->tls_certificate, opts->tls_certificate},
		{&host->tls_key, opts->tls_key},
		{&host->tls_ca, opts->tls_ca},
		{&host->allow, opts->allow},
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!texts[i].from)
			continue;
		*texts[i].to = strdup(texts[i].from);
		if (!*texts[i].to)
			return USHER_ENOMEM;
	}
	return 0;
}

/* The same of certificates for names. */
static int copy_certificates(struct usher_host *host)
{
	const char *const *from = host->opts.tls_certificates;
	size_t count = 2 * (size_t)host->opts.tls_certificate_count, i;

	if (!count)
		return 0;
	host->tls_certificates = calloc(count, sizeof(char *));
	if (!host->tls_certificates)
		return USHER_ENOMEM;
	for (i = 0; i < count; i++) {
		if (!from[i])
			continue;
		host->tls_certificates[i] = strdup(from[i]);
		if (!host->tls_certificates[i])
			return USHER_ENOMEM;
	}
	return 0;
}

static void free_texts(struct usher_host *host)
{
	size_t count = 2 * (size_t)host->opts.tls_certificate_count, i;

	for (i = 0; host->tls_certificates && i < count; i++)
		free(host->tls_certificates[i]);
	free(host->tls_certificates);
	free(host->sip_listen);
	free(host->public_address);
	free(host->second_address);
	free(host->dns_servers);
	free(host->codecs);
	free(host->tls_listen);
	free(host->tls_certificate);
	free(host->tls_key);
	free(host->tls_ca);
	free(host->allow);
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
	if (usher__host_certificates(&host->opts, err)) {
		free(host);
		return USHER_EINVAL;
	}
	if (host->opts.legs_max > USHER_HOST_LEGS_MAX) {
		free(host);
		return usher_error_set(err, USHER_EINVAL,
				       "legs_max: more than %d",
				       USHER_HOST_LEGS_MAX);
	}
	if (copy_texts(host) || copy_certificates(host)) {
		free_texts(host);
		free(host);
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	}
	if (!host->opts.rtp_port_min)
		host->opts.rtp_port_min = 10000;
	if (!host->opts.rtp_port_max)
		host->opts.rtp_port_max = 19999;
	if (!host->opts.media_threads)
		host->opts.media_threads = 1;
	if (!host->opts.keep_alive_ms)
		host->opts.keep_alive_ms = KEEP_ALIVE_MS;
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

static struct usher__limits limits_of(const struct usher_host *host)
{
	const struct usher_host_opts *opts = &host->opts;

	return (struct usher__limits){
		.allow = host->allow,
		.stranger_requests = opts->stranger_requests,
		.stranger_calls = opts->stranger_calls,
		.phone_requests = opts->phone_requests,
		.phone_calls = opts->phone_calls,
		.trunk_requests = opts->trunk_requests,
		.trunk_calls = opts->trunk_calls,
		.failures = opts->failures,
		.ban_s = opts->ban_s,
		.ban_max_s = opts->ban_max_s,
		.overload_ms = opts->overload_ms,
	};
}

static int hub_start(struct usher_host *host, struct usher_error *err)
{
	const struct usher__limits limits = limits_of(host);
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
		.no_text = host->opts.no_text != 0,
		.no_video = host->opts.no_video != 0,
		.legs_max = host->opts.legs_max,
		.srtp = (uint8_t)host->opts.srtp,
		.codecs = host->codecs,
		.second_address = host->second_address,
		.keep_alive_ms = host->opts.keep_alive_ms > 0
					 ? (uint32_t)host->opts.keep_alive_ms
					 : 0,
		.digest = host->opts.digest,
		.tls = {.certificate = host->tls_certificate,
			.key = host->tls_key,
			.ca = host->tls_ca,
			.verify = host->opts.tls_verify,
			.more = (const char *const *)host->tls_certificates,
			.more_count = host->opts.tls_certificate_count},
		.limits = &limits,
		.security = usher__host_security,
		.security_arg = host,
		.log = host->opts.log,
		.log_arg = host->opts.log_arg,
	};
	char address[64], tls_address[64];
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
	if (host->tls_listen) {
		opts.tls.on = true;
		if (usher__voice_address(host->tls_listen, tls_address,
					 sizeof(tls_address),
					 &opts.tls.port) ||
		    strcmp(address, tls_address) != 0)
			return usher_error_set(
				err, USHER_EINVAL,
				"TLS at \"%s\" is not at SIP's address %s",
				host->tls_listen, address);
		if (!opts.tls.port)
			opts.tls.port = 5061;
	}
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
	free_texts(host);
	free(host);
}

struct counting {
	struct usher_host *host;
	struct usher__voice_counters counters;
	uint64_t refused[BUSY_KINDS];
};

static int count_here(void *arg)
{
	struct counting *counting = arg;
	struct usher_center *center = counting->host->centers;
	int i;

	if (counting->host->hub)
		usher__voice_hub_count(counting->host->hub,
				       &counting->counters);
	for (; center; center = center->next) {
		pthread_mutex_lock(&center->lock);
		for (i = 0; i < BUSY_KINDS; i++)
			counting->refused[i] += center->refused[i];
		pthread_mutex_unlock(&center->lock);
	}
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
	full.sip_limited = counting.counters.limited;
	full.sip_banned = counting.counters.banned;
	full.sip_bans = counting.counters.bans;
	full.sip_guesses = counting.counters.guesses;
	full.sip_overloaded = counting.counters.overloaded;
	full.sip_lag_us = counting.counters.lag_us;
	full.sip_bans_now = counting.counters.bans_now;
	full.contacts_refused = counting.refused[BUSY_NEWCOMERS];
	full.requests_refused = counting.refused[BUSY_REQUESTS];
	full.size = stats->size;
	memcpy(stats, &full, size);
	return 0;
}
