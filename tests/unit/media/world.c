#include "world.h"

#include <math.h>
#include <media/packets.h>
#include <media/samples.h>
#include <media/srtp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void world_open(struct world *world, int64_t tick_at_us)
{
	memset(world, 0, sizeof(*world));
	world->w.m = &world->m;
	world->w.tick.fd = -1;
	LIST_INIT(&world->w.legs);
	LIST_INIT(&world->w.players);
	LIST_INIT(&world->w.rooms);
	ck_assert_int_eq(usher__mevents_init(&world->m.events, 64, NULL, NULL),
			 0);
	world->room = usher__mroom_new();
	ck_assert_ptr_nonnull(world->room);
	usher__order_places_init(&world->w.places, world->placed,
				 WORLD_PLACES);
	world->tick_us = tick_at_us;
	world->w.now_us = 1;
}

void world_close(struct world *world)
{
	for (int i = 0; i < WORLD_PARTIES; i++) {
		struct party *p = &world->parties[i];

		if (!p->leg.id)
			continue;
		usher__mleg_close(&world->w, &p->leg);
		usher__mopus_free(p->leg.opus);
		usher__mleg_uncrypt(&p->leg);
		free(p->leg.inband);
		close(p->leg.rtp.fd);
		peer_close(&p->peer);
	}
	usher__mroom_unref(world->room);
	usher__mevents_free(&world->m.events);
}

void world_party(struct world *world, int i, double freq, int64_t at_us)
{
	struct party *p = &world->parties[i];
	struct usher__mleg *leg = &p->leg;

	peer_open(&p->peer);
	p->peer.seq = (uint16_t)(65530 + i);
	p->freq = freq;
	p->level = 7000;
	p->next_us = p->plan_us = at_us;
	p->step_us = 20000;
	leg->id = (uint64_t)i + 1;
	leg->rtp.leg = leg;
	leg->rtp.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(leg->rtp.fd, 0);
	leg->set = true;
	leg->tx.ssrc = 0xabc0u + (uint32_t)i;
	leg->tx.seq = (uint16_t)(65500 + i);
	leg->tx.ts = 0xfffff000u;
	leg->tx.feed = USHER__MFEED_NONE;
	leg->params = (struct usher__mparams){
		.rx_pt = {0, 8, USHER__NO_PT},
		.te_tx_pt = USHER__NO_PT,
		.te_rx_pt = 101,
		.ptime_ms = 20,
		.direction = USHER__SENDRECV,
	};
	usher__maddr_parse(PEER_IP, p->peer.port, &leg->params.rtp);
}

void world_join(struct world *world, int i, enum usher__mrole role,
		int whisper_to)
{
	struct usher__mleg *leg = &world->parties[i].leg;
	struct usher__mjoin join = {
		.room = world->room,
		.role = role,
		.whisper_to = (uint64_t)whisper_to + 1,
	};

	if (!leg->seat.ear)
		ck_assert_int_eq(usher__mear_new(&join.ear), 0);
	usher__mleg_join(&world->w, leg, &join);
	ck_assert_ptr_null(join.ear);
}

void world_leave(struct world *world, int i)
{
	struct usher__mjoin join = {0};

	usher__mleg_join(&world->w, &world->parties[i].leg, &join);
}

size_t party_frame(struct party *p, uint8_t *packet)
{
	return peer_frame(&p->peer, p->freq, p->level, packet);
}

void world_order(struct world *world, int i)
{
	usher__mleg_samples_begin(&world->w, &world->parties[i].leg, true);
}

void world_opus(struct world *world, int i)
{
	struct usher__mleg *leg = &world->parties[i].leg;
	struct usher__mparams params = leg->params;
	struct usher__mcmd set = {
		.leg = leg,
		.type = USHER__MC_SET,
		.u.params = &params,
	};

	peer_opus(&world->parties[i].peer);
	ck_assert_int_eq(usher__mopus_new(&leg->opus), 0);
	params.codec = USHER__OPUS;
	params.tx_pt = OPUS_PT;
	params.rx_pt[USHER__PCMU] = USHER__NO_PT;
	params.rx_pt[USHER__PCMA] = USHER__NO_PT;
	params.rx_pt[USHER__OPUS] = OPUS_PT;
	params.te_fast = true;
	usher__mleg_command(&world->w, &set);
}

static struct usher__srtp *srtp_of(int i, int way)
{
	struct usher__srtp_key key = {.suite = USHER__SRTP_SHA1_80};
	struct usher__srtp *srtp;

	for (int k = 0; k < USHER__SRTP_KEY; k++)
		key.bytes[k] = (uint8_t)(k + 40 * i + 80 * way);
	ck_assert_int_eq(usher__srtp_new(&srtp, &key), 0);
	return srtp;
}

void world_srtp(struct world *world, int i)
{
	struct usher__mleg *leg = &world->parties[i].leg;

	leg->params.srtp = true;
	leg->srtp_rx = srtp_of(i, 0);
	leg->srtp_tx = srtp_of(i, 1);
	world->parties[i].peer.srtp_tx = srtp_of(i, 0);
	world->parties[i].peer.srtp_rx = srtp_of(i, 1);
}

void world_take(struct world *world, struct party *p, const uint8_t *packet,
		size_t n)
{
	memcpy(world->w.packet, packet, n);
	if (p->peer.srtp_tx)
		ck_assert_int_eq(usher__srtp_protect(p->peer.srtp_tx,
						     world->w.packet, &n),
				 0);
	usher__mleg_take_rtp(&world->w, &p->leg, n, &p->leg.params.rtp);
}

static struct party *who_is_next(struct world *world, int64_t until_us)
{
	struct party *next = NULL;

	for (int i = 0; i < WORLD_PARTIES; i++) {
		struct party *p = &world->parties[i];

		if (p->freq > 0 && p->next_us < until_us &&
		    (!next || p->next_us < next->next_us))
			next = p;
	}
	return next;
}

/* Late, but never before the one before. */
static void plan_next(struct party *p)
{
	int64_t at;

	p->plan_us += p->step_us;
	at = p->plan_us + (p->jitter_us ? rand() % p->jitter_us : 0);
	p->next_us = at > p->next_us ? at : p->next_us + 1;
}

static void tick(struct world *world)
{
	struct usher__mroom *room;

	world->w.now_us = world->tick_us;
	LIST_FOREACH (room, &world->w.rooms, link)
		usher__mroom_tick(&world->w, room);
	world->tick_us += 20000;
	for (int i = 0; i < WORLD_PARTIES; i++) {
		if (world->parties[i].leg.id)
			peer_receive(&world->parties[i].peer);
	}
}

void world_run(struct world *world, int64_t until_us)
{
	uint8_t packet[PEER_PACKET_MAX];

	while (true) {
		struct party *p = who_is_next(world, until_us);

		if (p && p->next_us <= world->tick_us) {
			world->w.now_us = p->next_us;
			plan_next(p);
			world_take(world, p, packet, party_frame(p, packet));
		} else if (world->tick_us < until_us) {
			tick(world);
		} else {
			break;
		}
	}
	world->w.now_us = until_us;
	for (int i = 0; i < WORLD_PARTIES; i++) {
		if (world->parties[i].leg.id)
			peer_receive(&world->parties[i].peer);
	}
}

double click(const int16_t *pcm, size_t n, double freq)
{
	double turn = 2 * cos(2 * M_PI * freq / 8000), most = 0;

	for (size_t i = 2; i < n; i++) {
		double off = fabs(pcm[i] - turn * pcm[i - 1] + pcm[i - 2]);

		if (off > most)
			most = off;
	}
	return most;
}

void world_three(struct world *world)
{
	world_open(world, 1007000);
	world_party(world, 0, 500, 1001000);
	world_party(world, 1, 1100, 1004000);
	world_party(world, 2, 1700, 1011000);
}

void party_hears_one(const struct party *p, double freq, double off_db)
{
	const struct peer *peer = &p->peer;
	struct usher__mheard heard;

	ck_assert_uint_ge(peer->samples, 1600);
	usher__tone_find(peer->pcm + peer->samples - 1600, 1600, &heard);
	ck_assert_double_eq_tol(heard.freq_hz, freq, 5);
	ck_assert_uint_ge(heard.purity, 900);
	ck_assert_double_eq_tol(heard.level_db10 / 10.0, PARTY_SAID, off_db);
}
