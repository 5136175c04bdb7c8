/* The engine from its owner's side: start and end, events, counters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "media/clock.h"
#include "media/engine.h"
#include "media/filer.h"
#include "media/sound.h"

#define PORT_MIN 16384
#define PORT_MAX 32767
#define NOBODY   "cannot start the media threads"

static int check_opts(struct usher__media *m,
		      const struct usher__media_opts *opts,
		      struct usher_error *err)
{
	const char *ip = opts->bind_ip ? opts->bind_ip : "0.0.0.0";
	uint32_t min = opts->port_min ? opts->port_min : PORT_MIN;
	uint32_t max = opts->port_max ? opts->port_max : PORT_MAX;

	if (usher__maddr_parse(ip, 0, &m->bind))
		return usher_error_set(err, USHER_EINVAL,
				       "media address \"%.64s\" is no IP", ip);
	min = (min + 1) & ~1u; /* RTP is on the even port */
	if (max < min + 1)
		return usher_error_set(err, USHER_EINVAL,
				       "no pair in media ports %u to %u", min,
				       max);
	if (opts->threads > USHER__MEDIA_THREADS_MAX)
		return usher_error_set(err, USHER_EINVAL,
				       "over %u media threads",
				       USHER__MEDIA_THREADS_MAX);
	m->port_min = (uint16_t)min;
	m->pairs = (max + 1 - min) / 2;
	m->thread_count = opts->threads ? opts->threads : 1;
	return 0;
}

static int start(struct usher__media *m, const struct usher__media_opts *opts)
{
	uint32_t capacity = opts->event_capacity ? opts->event_capacity
						 : USHER__MEDIA_EVENTS_DEF;
	uint32_t max_ms =
		opts->sound_max_ms ? opts->sound_max_ms : USHER__SOUND_MAX_MS;
	int rc;

	rc = usher__mevents_init(&m->events, capacity, opts->notify,
				 opts->notify_arg);
	if (rc)
		return rc;
	m->pair_used = calloc(m->pairs, 1);
	m->workers = calloc(m->thread_count, sizeof(*m->workers));
	if (!m->pair_used || !m->workers)
		return USHER_ENOMEM;
	rc = usher__mrecs_new(&m->recs);
	if (!rc)
		rc = usher__sounds_new(&m->sounds, max_ms);
	if (!rc)
		rc = usher__filer_new(&m->filer, &m->events);
	for (uint32_t i = 0; !rc && i < m->thread_count; i++)
		rc = usher__mworker_start(&m->workers[i], m);
	return rc;
}

int usher__media_new(struct usher__media **ret,
		     const struct usher__media_opts *opts,
		     struct usher_error *err)
{
	struct usher__media *m = calloc(1, sizeof(*m));
	int rc;

	if (!m)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	pthread_mutex_init(&m->lock, NULL);
	SLIST_INIT(&m->dead);
	usher__sine_init(&m->sine);
	if (getrandom(&m->random, sizeof(m->random), 0) != sizeof(m->random))
		m->random = (uint64_t)usher__media_now_us();
	snprintf(m->cname, sizeof(m->cname), "%016llx",
		 (unsigned long long)usher__media_random(m));

	m->to_wake = opts ? opts->to_wake : NULL;
	m->to_wake_arg = opts ? opts->to_wake_arg : NULL;
	rc = check_opts(m, opts, err);
	if (!rc) {
		rc = start(m, opts);
		if (rc)
			usher_error_set(err, rc, NOBODY);
	}
	if (rc) {
		usher__media_free(m);
		return rc;
	}
	*ret = m;
	return 0;
}

void usher__media_free(struct usher__media *m)
{
	if (!m)
		return;
	for (uint32_t i = 0; m->workers && i < m->thread_count; i++)
		usher__mworker_stop(&m->workers[i]);
	usher__filer_free(m->filer);
	usher__mrooms_free(m);
	usher__media_reap(m);
	for (uint32_t i = 0; i < m->slot_count; i++)
		free(m->slots[i].leg);
	usher__mrecs_free(m->recs);
	usher__sounds_free(m->sounds);
	usher__mevents_free(&m->events);
	free(m->told_path);
	pthread_mutex_destroy(&m->lock);
	free(m->slots);
	free(m->pair_used);
	free(m->workers);
	free(m);
}

int usher__media_next(struct usher__media *m, struct usher__mevent *ev)
{
	usher__mrecs_reap(m->recs);
	usher__media_reap(m);
	free(m->told_path);
	m->told_path = NULL;
	if (!usher__mevents_pop(&m->events, ev))
		return 0;
	m->told_path = usher__mevent_path(ev);
	if (ev->type == USHER__MEV_REC_DONE)
		usher__mrecs_done(m->recs, ev);
	return 1;
}

static void no_less(uint64_t *told, uint64_t now)
{
	if (now > *told)
		*told = now;
}

void usher__media_stats(struct usher__media *m,
			struct usher__media_stats *stats)
{
	struct usher__mtotals sum;
	uint32_t i;

	usher__media_reap(m);
	sum = m->past;
	for (i = 0; i < m->slot_count; i++)
		if (m->slots[i].leg)
			usher__mtotals_add(&sum, m->slots[i].leg);
	no_less(&m->told.rx_packets, sum.rx_packets);
	no_less(&m->told.tx_packets, sum.tx_packets);
	no_less(&m->told.rx_dropped, sum.rx_dropped);
	*stats = (struct usher__media_stats){
		.legs = m->leg_count,
		.records = usher__mrecs_count(m->recs),
		.events_lost = usher__mevents_lost(&m->events),
		.sound_bytes = usher__sounds_bytes(m->sounds),
		.rec_drops = usher__filer_drops(m->filer),
		.ticks_missed = atomic_load(&m->ticks_missed),
		.rx_packets = m->told.rx_packets,
		.tx_packets = m->told.tx_packets,
		.rx_dropped = m->told.rx_dropped,
	};
}
