/* What the owner asks of legs: parameters, bridges, plays, meters. */
#include <stdlib.h>
#include <string.h>
#include "media/engine.h"
#include "media/filer.h"
#include "media/packets.h"
#include "media/play.h"
#include "media/samples.h"

#define TRY(call)                                                             \
	do {                                                                  \
		int rc_ = (call);                                             \
		if (rc_)                                                      \
			return rc_;                                           \
	} while (0)

void usher__mleg_params_init(struct usher__mleg_params *params)
{
	*params = (struct usher__mleg_params){
		.codec = USHER__PCMU,
		.tx_pt = 0,
		.rx_pt = {0, 8, USHER__NO_PT},
		.te_tx_pt = USHER__NO_PT,
		.te_rx_pt = USHER__NO_PT,
		.ptime_ms = USHER__MTICK_MS,
		.direction = USHER__SENDRECV,
	};
}

static bool params_valid(const struct usher__mleg_params *in)
{
	bool opus = in->codec == USHER__OPUS;

	return in->codec < USHER__MCODECS && in->tx_pt < 128 &&
	       (!in->te_rate || in->te_rate == 8000 ||
		(in->te_rate == 48000 && opus)) &&
	       (!in->ptime_ms || (in->ptime_ms >= USHER__MPTIME_MIN &&
				  in->ptime_ms <= USHER__MPTIME_MAX)) &&
	       in->direction <= USHER__SENDRECV &&
	       in->inband <= USHER__INBAND_NEVER &&
	       !in->srtp_rx.suite == !in->srtp_tx.suite;
}

static bool is_multicast(const union usher__maddr *addr)
{
	if (addr->sa.sa_family == AF_INET)
		return IN_MULTICAST(ntohl(addr->in.sin_addr.s_addr));
	return IN6_IS_ADDR_MULTICAST(&addr->in6.sin6_addr);
}

static bool is_any(const union usher__maddr *addr)
{
	if (addr->sa.sa_family == AF_INET)
		return addr->in.sin_addr.s_addr == INADDR_ANY;
	return IN6_IS_ADDR_UNSPECIFIED(&addr->in6.sin6_addr);
}

static uint8_t ptime_of(const struct usher__mleg_params *in)
{
	size_t n = in->ptime_ms * USHER__MRATE / 1000u;

	if (!n || (in->codec == USHER__OPUS && usher__opus_fit(n) != n))
		return USHER__MTICK_MS;
	return in->ptime_ms;
}

static int params_read(const struct usher__mleg_params *in, int family,
		       struct usher__mparams *out)
{
	uint16_t rtcp_port = in->remote_rtcp_port;

	if (!params_valid(in))
		return USHER_EINVAL;
	*out = (struct usher__mparams){
		.codec = (uint8_t)in->codec,
		.tx_pt = in->tx_pt,
		.te_tx_pt = in->te_tx_pt,
		.te_rx_pt = in->te_rx_pt,
		.te_fast = in->te_rate == 48000,
		.ptime_ms = ptime_of(in),
		.opus = in->opus,
		.direction = (uint8_t)in->direction,
		.any_source = in->any_source,
		.mux = in->rtcp_mux,
		.inband = in->inband == USHER__INBAND_ALWAYS ||
			  (in->inband == USHER__INBAND_AUTO &&
			   in->te_rx_pt == USHER__NO_PT),
		.text = in->text,
		.video = in->video,
	};
	for (int c = 0; c < USHER__MCODECS; c++)
		out->rx_pt[c] = usher__mcodec_clock(c) ==
						usher__mcodec_clock(in->codec)
					? in->rx_pt[c]
					: USHER__NO_PT;
	if (in->source_ip)
		TRY(usher__maddr_parse(in->source_ip, 0, &out->source));
	if (!in->remote_ip || !in->remote_port)
		return 0;
	if (!rtcp_port)
		rtcp_port = (uint16_t)(in->remote_port + 1);
	TRY(usher__maddr_parse(in->remote_ip, in->remote_port, &out->rtp));
	TRY(usher__maddr_parse(in->remote_ip, rtcp_port, &out->rtcp));
	if (out->rtp.sa.sa_family != family || is_multicast(&out->rtp))
		return USHER_EINVAL;
	/* The any-address is how RFC 2543 held a call: nowhere to send. */
	if (is_any(&out->rtp))
		out->rtp = out->rtcp = (union usher__maddr){0};
	return 0;
}

int usher__mleg_set(struct usher__media *m, uint64_t id,
		    const struct usher__mleg_params *params)
{
	struct usher__mleg *leg = usher__media_leg(m, id);
	struct usher__mparams read;
	struct usher__mcmd *cmd;
	int rc;

	if (!leg)
		return USHER_ENOENT;
	TRY(params_read(params, leg->family, &read));
	if (leg->kind != USHER__MKIND_AUDIO)
		read.inband = false;
	if (read.inband && !leg->inband)
		TRY(usher__inband_new(&leg->inband));
	if (read.codec == USHER__OPUS && !leg->opus)
		TRY(usher__mopus_new(&leg->opus));
	TRY(usher__mplace_recode(leg, read.codec));
	cmd = usher__media_cmd(leg, USHER__MC_SET);
	if (!cmd)
		return USHER_ENOMEM;
	cmd->u.params = malloc(sizeof(read));
	if (!cmd->u.params) {
		usher__mcmd_free(cmd);
		return USHER_ENOMEM;
	}
	rc = usher__mparams_crypt(leg, params, &read);
	*cmd->u.params = read;
	if (rc) {
		usher__mcmd_free(cmd);
		return rc;
	}
	rc = usher__media_post(leg, cmd);
	if (!rc) {
		leg->srtp_rx_key = params->srtp_rx;
		leg->srtp_tx_key = params->srtp_tx;
		leg->codec = read.codec;
	}
	return rc;
}

int usher__mleg_play(struct usher__media *m, uint64_t id,
		     const struct usher__mplay_opts *opts, uint64_t *ret_play)
{
	struct usher__mleg *leg = usher__media_leg(m, id);
	struct usher__play *play;
	struct usher__mcmd *cmd;
	int rc;

	if (!leg)
		return USHER_ENOENT;
	TRY(usher__play_new(&play, opts, m->sounds, m->next_play + 1));
	cmd = usher__media_cmd(leg, USHER__MC_PLAY);
	if (!cmd) {
		usher__play_unref(play);
		return USHER_ENOMEM;
	}
	cmd->u.play = play;
	rc = usher__mevents_reserve(&m->events);
	if (rc) {
		usher__mcmd_free(cmd);
		return rc;
	}

	usher__play_ref(play);
	rc = usher__media_post(leg, cmd);
	if (rc) {
		usher__mevents_unreserve(&m->events);
	} else {
		m->next_play++;
		if (ret_play)
			*ret_play = m->next_play;
		if (play->has_files)
			usher__filer_load(m->filer, play);
	}
	usher__play_unref(play);
	return rc;
}

int usher__mleg_stop(struct usher__media *m, uint64_t id, uint64_t play)
{
	struct usher__mleg *leg = usher__media_leg(m, id);
	struct usher__mcmd *cmd;

	if (!leg)
		return USHER_ENOENT;
	cmd = usher__media_cmd(leg, USHER__MC_STOP);
	if (!cmd)
		return USHER_ENOMEM;
	cmd->u.play_id = play;
	return usher__media_post(leg, cmd);
}

int usher__mleg_meter(struct usher__media *m, uint64_t id, bool on)
{
	struct usher__mleg *leg = usher__media_leg(m, id);
	struct usher__mcmd *cmd;

	if (!leg)
		return USHER_ENOENT;
	if (on && !leg->meter)
		TRY(usher__meter_new(&leg->meter));
	cmd = usher__media_cmd(leg, USHER__MC_METER);
	if (!cmd)
		return USHER_ENOMEM;
	cmd->u.meter = on ? leg->meter : NULL;
	return usher__media_post(leg, cmd);
}

int usher__mleg_heard(struct usher__media *m, uint64_t id,
		      struct usher__mheard *heard)
{
	struct usher__mleg *leg = usher__media_leg(m, id);

	if (!leg)
		return USHER_ENOENT;
	if (!leg->meter)
		return USHER_ESTATE;
	usher__meter_read(leg->meter, heard);
	return 0;
}

int usher__mleg_stats(struct usher__media *m, uint64_t id,
		      struct usher__mleg_stats *stats)
{
	struct usher__mleg *leg = usher__media_leg(m, id);
	struct usher__mcounts *c;

	if (!leg)
		return USHER_ENOENT;
	c = &leg->counts;
	*stats = (struct usher__mleg_stats){
		.rx_packets = usher__mread(c->rx_packets),
		.rx_bytes = usher__mread(c->rx_bytes),
		.tx_packets = usher__mread(c->tx_packets),
		.tx_bytes = usher__mread(c->tx_bytes),
		.tx_numbers = usher__mread(c->tx_numbers),
		.rx_bad = usher__mread(c->rx_bad),
		.rx_wrong_pt = usher__mread(c->rx_wrong_pt),
		.rx_wrong_source = usher__mread(c->rx_wrong_source),
		.rx_over = usher__mread(c->rx_over),
		.rx_unwanted = usher__mread(c->rx_unwanted),
		.rx_forged = usher__mread(c->rx_forged),
		.rx_replayed = usher__mread(c->rx_replayed),
		.tx_errors = usher__mread(c->tx_errors),
		.digits_ignored = usher__mread(c->digits_ignored),
		.rec_drops = usher__mread(c->rec_drops),
		.heard_us = usher__mread(c->heard_us),
		.rx_lost = usher__mread(c->rx_lost),
		.rx_jitter_us = usher__mread(c->rx_jitter_us),
		.peer_lost = usher__mread(c->peer_lost),
		.peer_jitter_us = usher__mread(c->peer_jitter_us),
		.rtt_us = usher__mread(c->rtt_us),
		.rx_sources = usher__mread(c->rx_sources),
		.latched = usher__mread(c->latched),
		.peer_reports = usher__mread(c->peer_reports),
	};
	if (leg->codec < USHER__MCODECS)
		stats->codec = (enum usher__mcodec)leg->codec;
	usher__mleg_rate(stats);
	return 0;
}
