/* Legs from their owner's side: ids, port pairs, and commands to the media
 * threads.
 *
 * A leg's memory and its port pair stay the owner's from usher__mleg_new to
 * usher__media_reap; the media thread has the rest of it from ADD to CLOSE and
 * then hands it back by the engine's list of the dead.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "media/clock.h"
#include "media/engine.h"
#include "media/packets.h"
#include "media/samples.h"
#include "media/mvideo.h"

#define TOS_VOICE 0xb8 /* expedited forwarding, RFC 3246 */

/* splitmix64: SSRCs have to differ, not to be secret (RFC 3550 section 8). */
uint64_t usher__media_random(struct usher__media *m)
{
	uint64_t z = (m->random += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void usher__mtotals_add(struct usher__mtotals *totals,
			const struct usher__mleg *leg)
{
	const struct usher__mcounts *c = &leg->counts;

	totals->rx_packets += usher__mread(c->rx_packets);
	totals->tx_packets += usher__mread(c->tx_packets);
	totals->rx_dropped +=
		usher__mread(c->rx_bad) + usher__mread(c->rx_wrong_pt) +
		usher__mread(c->rx_wrong_source) + usher__mread(c->rx_over) +
		usher__mread(c->rx_unwanted) + usher__mread(c->rx_forged) +
		usher__mread(c->rx_replayed);
}

void usher__media_reap(struct usher__media *m)
{
	struct usher__mdead dead;
	struct usher__mleg *leg;

	pthread_mutex_lock(&m->lock);
	dead = m->dead;
	SLIST_INIT(&m->dead);
	pthread_mutex_unlock(&m->lock);

	while ((leg = SLIST_FIRST(&dead))) {
		struct usher__mslot *slot = usher__mslot_of(m, leg->id);

		SLIST_REMOVE_HEAD(&dead, dead);
		m->pair_used[leg->pair] = 0;
		/* Only an engine that ends has legs that nobody freed. */
		if (slot && slot->leg == leg)
			slot->leg = NULL;
		usher__mtotals_add(&m->past, leg);
		free(leg->meter);
		free(leg->inband);
		usher__mtext_free(leg->text);
		free(leg->video);
		usher__mopus_free(leg->opus);
		usher__mleg_uncrypt(leg);
		free(leg);
	}
}

/* --- ports ------------------------------------------------------------ */

static int bind_port(const union usher__maddr *bind_to, uint16_t port)
{
	const int one = 1;
	const int tos = TOS_VOICE;
	union usher__maddr addr = *bind_to;
	bool v4 = addr.sa.sa_family == AF_INET;
	int fd = socket(addr.sa.sa_family,
			SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (v4) {
		addr.in.sin_port = htons(port);
		setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	} else {
		addr.in6.sin6_port = htons(port);
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
		setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	}
	if (bind(fd, &addr.sa, v4 ? sizeof(addr.in) : sizeof(addr.in6)) < 0) {
		int why = errno;

		close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

/* 0, USHER_EAGAIN when the ports are somebody else's, or USHER_EIO. */
static int bind_pair(struct usher__mleg *leg,
		     const union usher__maddr *bind_to, uint16_t port)
{
	leg->rtp.fd = bind_port(bind_to, port);
	if (leg->rtp.fd < 0)
		return errno == EADDRINUSE ? USHER_EAGAIN : USHER_EIO;
	leg->rtcp.fd = bind_port(bind_to, (uint16_t)(port + 1));
	if (leg->rtcp.fd < 0) {
		int why = errno;

		close(leg->rtp.fd);
		return why == EADDRINUSE ? USHER_EAGAIN : USHER_EIO;
	}
	return 0;
}

/* The next free pair of the range, so that one just given back rests. */
static int take_pair(struct usher__media *m, struct usher__mleg *leg,
		     const union usher__maddr *bind_to)
{
	for (uint32_t i = 0; i < m->pairs; i++) {
		uint32_t pair = m->pair_next++ % m->pairs;
		int rc;

		if (m->pair_used[pair])
			continue;
		rc = bind_pair(leg, bind_to,
			       (uint16_t)(m->port_min + pair * 2));
		if (rc == USHER_EAGAIN)
			continue;
		if (rc)
			return rc;
		m->pair_used[pair] = 1;
		leg->pair = pair;
		return 0;
	}
	return USHER_EFULL;
}

/* --- legs ------------------------------------------------------------- */

static struct usher__mworker *choose_worker(struct usher__media *m,
					    uint64_t near)
{
	struct usher__mleg *other = usher__media_leg(m, near);
	struct usher__mworker *best = &m->workers[0];

	if (other)
		return other->worker;
	for (uint32_t i = 1; i < m->thread_count; i++) {
		if (atomic_load(&m->workers[i].load) <
		    atomic_load(&best->load))
			best = &m->workers[i];
	}
	return best;
}

static void leg_init(struct usher__media *m, struct usher__mleg *leg)
{
	uint64_t random = usher__media_random(m);
	int64_t now_us = usher__media_now_us();

	leg->rtp.leg = leg;
	leg->rtcp.leg = leg;
	leg->codec = USHER__MCODECS;
	leg->tx.ssrc = (uint32_t)random;
	leg->tx.ts = (uint32_t)(random >> 32);
	leg->tx.seq = (uint16_t)usher__media_random(m);
	leg->tx.at_us = now_us;
	leg->tx.feed = USHER__MFEED_NONE;
	/* Spread, so that reports do not come in bursts. */
	leg->tx.rtcp_at_us = now_us + (int64_t)(random % USHER__MRTCP_US);
	leg->add = (struct usher__mcmd){
		.leg = leg,
		.type = USHER__MC_ADD,
		.embedded = true,
	};
	leg->close = leg->add;
	leg->close.type = USHER__MC_CLOSE;
}

static int leg_open(struct usher__media *m,
		    const struct usher__mleg_opts *opts,
		    struct usher__mleg *leg)
{
	union usher__maddr bind_to = m->bind;

	if (opts && opts->bind_ip &&
	    usher__maddr_parse(opts->bind_ip, 0, &bind_to))
		return USHER_EINVAL;
	usher__media_reap(m);
	if (m->leg_count >= USHER__MEDIA_LEGS_MAX)
		return USHER_EFULL;
	if (!m->slot_free && usher__mslots_grow(m))
		return USHER_ENOMEM;
	leg->family = bind_to.sa.sa_family;
	leg->kind = opts ? opts->kind : USHER__MKIND_AUDIO;
	if (leg->kind == USHER__MKIND_TEXT && usher__mtext_new(leg))
		return USHER_ENOMEM;
	if (leg->kind == USHER__MKIND_VIDEO && usher__mvideo_new(leg))
		return USHER_ENOMEM;
	return take_pair(m, leg, &bind_to);
}

int usher__mleg_new(struct usher__media *m,
		    const struct usher__mleg_opts *opts, uint64_t *ret_leg,
		    uint16_t *ret_port)
{
	struct usher__mleg *leg = calloc(1, sizeof(*leg));
	struct usher__mslot *slot;
	int rc;

	if (!leg)
		return USHER_ENOMEM;
	rc = leg_open(m, opts, leg);
	if (rc) {
		usher__mtext_free(leg->text);
		free(leg->video);
		free(leg);
		return rc;
	}
	leg_init(m, leg);
	leg->worker = choose_worker(m, opts ? opts->near : 0);
	atomic_fetch_add(&leg->worker->load, 1);

	slot = &m->slots[m->slot_free - 1];
	leg->id = (uint64_t)slot->generation << 32 | (m->slot_free - 1);
	m->slot_free = slot->next_free;
	slot->leg = leg;
	m->leg_count++;
	*ret_leg = leg->id;
	*ret_port = (uint16_t)(m->port_min + leg->pair * 2);
	usher__mworker_post(leg->worker, &leg->add);
	return 0;
}

void usher__mleg_free(struct usher__media *m, uint64_t id)
{
	struct usher__mleg *leg = usher__media_leg(m, id);

	if (!leg)
		return;
	usher__mplace_leave(m, leg);
	usher__mslot_release(m, id);
	usher__mworker_post(leg->worker, &leg->close);
}
