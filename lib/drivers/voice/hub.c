/* A hub: the user agent, the media engine, the legs of all tenants. */
#include <string.h>

#include "drivers/voice/hub.h"
#include "sip/loop.h"

#define MAX_PORT 65535u

static int listen_somewhere(struct usher__voice_hub *hub,
			    const struct usher__voice_hub_opts *opts,
			    struct usher_error *err)
{
	bool taken = false;
	struct usher__ua_opts ua = {
		.loop = opts->loop,
		.media = hub->media,
		.address = opts->address,
		.port = opts->port,
		.public_address = opts->public_address,
		.dns = opts->dns,
		.silence_ms = opts->silence_ms,
		.any_source = opts->any_source,
		.text = !opts->no_text,
		.video = !opts->no_video,
		.srtp = opts->srtp,
		.codecs = opts->codecs,
		.second_address = opts->second_address,
		.keep_alive_ms = opts->keep_alive_ms,
		.digests = (uint8_t)opts->digest,
		.tls = opts->tls,
		.limits = opts->limits,
		.max_legs = opts->legs_max,
		.ret_taken = &taken,
		.ops = &usher__voice_ua_ops,
		.arg = hub,
	};
	struct usher_error first;
	int code = usher__ua_new(&hub->ua, &ua, &first);
	uint32_t i;

	/* What is told in the end is the port that was wanted. */
	for (i = 0; code && taken && opts->port && i < opts->port_tries &&
		    ua.port < MAX_PORT;
	     i++) {
		ua.port++;
		taken = false;
		code = usher__ua_new(&hub->ua, &ua, NULL);
	}
	if (code && err)
		*err = first;
	return code;
}

/* On a media thread. */
static void on_media(void *arg)
{
	struct usher__voice_hub *hub = arg;

	usher__bell_ring(hub->media_bell);
}

static void on_to_wake(void *arg)
{
	struct usher__voice_hub *hub = arg;

	usher__bell_ring(hub->wake_bell);
}

static void wake_media(void *arg)
{
	struct usher__voice_hub *hub = arg;

	usher__media_wake(hub->media);
}

int usher__voice_hub_new(struct usher__voice_hub **ret,
			 const struct usher__voice_hub_opts *opts,
			 struct usher_error *err)
{
	struct usher__voice_hub *hub = calloc(1, sizeof(*hub));
	struct usher__media_opts media = {
		.bind_ip = opts->address,
		.port_min = opts->rtp_port_min,
		.port_max = opts->rtp_port_max,
		.threads = opts->media_threads,
		.notify = on_media,
		.notify_arg = hub,
		.to_wake = on_to_wake,
		.to_wake_arg = hub,
	};
	int code;

	if (!hub)
		return USHER_ENOMEM;
	hub->loop = opts->loop;
	hub->log = opts->log;
	hub->log_arg = opts->log_arg;
	hub->security = opts->security;
	hub->security_arg = opts->security_arg;
	/* The first of a loop's bells is run after the others: by then all has
	 * been asked for. */
	code = usher__bell_new(&hub->wake_bell, hub->loop, wake_media, hub);
	if (!code)
		code = usher__bell_new(&hub->media_bell, hub->loop,
				       usher__voice_drain, hub);
	if (!code)
		code = usher__media_new(&hub->media, &media, err);
	if (!code)
		code = listen_somewhere(hub, opts, err);
	if (code) {
		usher__voice_hub_free(hub);
		return code;
	}
	*ret = hub;
	return 0;
}

uint16_t usher__voice_hub_port(const struct usher__voice_hub *hub)
{
	return usher__ua_port(hub->ua);
}

void usher__voice_hub_stop(struct usher__voice_hub *hub, uint32_t wait_ms,
			   void (*stopped)(void *arg), void *arg)
{
	hub->stopped = stopped;
	hub->stopped_arg = arg;
	usher__ua_stop(hub->ua, wait_ms);
}

static void jobs_free(struct voice_job **jobs)
{
	struct voice_job *job, *tmp;

	HASH_ITER (hh, *jobs, job, tmp) {
		HASH_DEL(*jobs, job);
		usher__voice_job_free(job);
	}
}

void usher__voice_hub_free(struct usher__voice_hub *hub)
{
	struct voice_leg *leg, *tmp;

	if (!hub)
		return;
	usher__ua_free(hub->ua);
	hub->ua = NULL; /* and its trunks with it */
	usher__media_free(hub->media);
	usher__bell_free(hub->media_bell);
	usher__bell_free(hub->wake_bell);
	HASH_ITER (hh, hub->legs, leg, tmp)
		usher__voice_leg_free(leg);
	jobs_free(&hub->plays);
	jobs_free(&hub->records);
	while (hub->voices)
		usher__voice_free(hub->voices);
	free(hub);
}

int usher__voice_tls_check(const struct usher__tls_opts *opts,
			   struct usher_error *err)
{
	return usher__tls_check(opts, err);
}

int usher__voice_hub_tls_reload(struct usher__voice_hub *hub,
				struct usher_error *err)
{
	return usher__ua_tls_reload(hub->ua, err);
}

void usher__voice_hub_count(struct usher__voice_hub *hub,
			    struct usher__voice_counters *ret)
{
	struct usher__ua_counters ua;
	struct usher__media_stats media;

	memset(ret, 0, sizeof(*ret));
	memset(&media, 0, sizeof(media));
	usher__ua_count(hub->ua, &ua);
	usher__media_stats(hub->media, &media);
	ret->legs_in = ua.legs_in;
	ret->legs_out = ua.legs_out;
	ret->refused = ua.refused + ua.over_limit;
	ret->malformed = ua.malformed;
	ret->unsupported = ua.unsupported;
	ret->unexpected = ua.unexpected;
	ret->streams_closed = ua.streams_closed;
	ret->streams_now = (uint32_t)ua.streams_now;
	ret->limited = ua.limited;
	ret->banned = ua.banned;
	ret->bans = ua.bans;
	ret->guesses = ua.slowed;
	ret->overloaded = ua.overloaded;
	ret->lag_us = (int64_t)ua.lag_us;
	ret->bans_now = (uint32_t)ua.bans_now;
	ret->legs_now = (uint32_t)ua.legs_now;
	ret->ports_now = media.legs;
	ret->rtp_received = media.rx_packets;
	ret->rtp_sent = media.tx_packets;
	ret->rtp_dropped = media.rx_dropped;
}

size_t usher__voice_hub_bans(struct usher__voice_hub *hub,
			     void (*fn)(void *arg,
					const struct usher__ua_ban *ban),
			     void *arg)
{
	return usher__ua_bans(hub->ua, fn, arg);
}

int usher__voice_hub_unban(struct usher__voice_hub *hub, const char *source)
{
	return usher__ua_unban(hub->ua, source);
}
