/* What commands do to a leg, on its media thread. */
#include <string.h>
#include "media/filer.h"
#include "media/resume.h"
#include "media/mleg.h"
#include "media/packets.h"
#include "media/play.h"
#include "media/samples.h"
#include "media/mworker.h"

/* Another clock: nothing goes on from what there was. */
static void recode(struct usher__mleg *leg)
{
	if (leg->peer && leg->peer->tx.feed == leg->id)
		leg->peer->tx.feed = USHER__MFEED_NONE;
	leg->tx.frame = 0;
	leg->tx.feed = USHER__MFEED_NONE;
	leg->tx.timeline.began = false;
	leg->tx.press.began = false;
	leg->rx.timeline.began = false;
	leg->rx.source.clock = usher__mleg_clock(leg);
	leg->rx.source.jitter16 = 0;
	if (leg->params.codec == USHER__OPUS) {
		usher__opus_enc_reset(leg->opus->enc);
		usher__opus_dec_reset(leg->opus->dec);
	}
}

static void leg_set(struct usher__mworker *w, struct usher__mleg *leg,
		    struct usher__mparams *params)
{
	uint32_t clock = leg->set ? usher__mleg_clock(leg) : 0;
	bool fresh = false;
	bool moved =
		!leg->set ||
		!usher__maddr_equal(&leg->params.rtp, &params->rtp) ||
		!usher__maddr_same_host(&leg->params.source, &params->source);

	if (moved) {
		leg->rx.latch.sa.sa_family = 0;
		leg->rx.latch_rtcp.sa.sa_family = 0;
		leg->rx.first_told = false;
		usher__mgauge(leg->counts.latched, false);
	}
	if (params->mux != leg->params.mux)
		leg->rx.latch_rtcp.sa.sa_family = 0;
	if (params->inband && (moved || !leg->params.inband)) {
		usher__inband_start(leg->inband);
		fresh = true;
	}
	usher__mleg_crypt(leg, params);
	leg->params = *params;
	leg->set = true;
	fresh |= usher__mleg_clock(leg) != clock;
	usher__mleg_samples_begin(w, leg, fresh);
	if (usher__mleg_clock(leg) != clock) {
		recode(leg);
		if (leg->seat.room)
			usher__mroom_recoded(w, leg);
	}
	if (params->codec == USHER__OPUS)
		usher__opus_enc_wish(leg->opus->enc, &params->opus);
	if (leg->text)
		usher__mtext_set(w, leg);
}

static void leg_record(struct usher__mworker *w, struct usher__mleg *leg,
		       struct usher__mcmd *cmd)
{
	usher__mtap_unref(leg->tap);
	leg->tap = cmd->u.tap;
	leg->tap_channel = (uint8_t)cmd->channel;
	cmd->u.tap = NULL;
	usher__mleg_prime_tape(w, leg);
}

static void leg_record_heard(struct usher__mleg *leg, struct usher__mcmd *cmd)
{
	usher__mtap_unref(leg->heard);
	leg->heard = cmd->u.tap;
	leg->heard_channel = (uint8_t)cmd->channel;
	cmd->u.tap = NULL;
}

/* What it said until now was said while it was muted. */
static void leg_mute(struct usher__mworker *w, struct usher__mleg *leg,
		     bool on)
{
	if (leg->muted && !on) {
		usher__mleg_catch_up(w, leg);
		usher__mroom_leave_out(leg);
	}
	leg->muted = on;
}

/* What it said and heard until now was said while its recording paused. */
static void leg_resume(struct usher__mworker *w, struct usher__mleg *leg,
		       const struct usher__mresume *resume)
{
	usher__mleg_catch_up(w, leg);
	if (leg->heard && leg->heard->rec == resume->rec)
		usher__mroom_untape(w, leg);
}

void usher__mleg_command(struct usher__mworker *w, struct usher__mcmd *cmd)
{
	struct usher__mleg *leg = cmd->leg;

	switch (cmd->type) {
	case USHER__MC_SET:
		leg_set(w, leg, cmd->u.params);
		break;
	case USHER__MC_PLAY:
		usher__mleg_play_begin(w, leg, cmd->u.play);
		cmd->u.play = NULL;
		break;
	case USHER__MC_STOP:
		if (leg->play &&
		    (!cmd->u.play_id || leg->play->id == cmd->u.play_id))
			usher__mleg_play_end(w, leg, USHER__MR_STOPPED, 0,
					     NULL);
		break;
	case USHER__MC_RECORD:
		leg_record(w, leg, cmd);
		break;
	case USHER__MC_METER:
		leg->metering = cmd->u.meter != NULL;
		break;
	case USHER__MC_RECORD_HEARD:
		leg_record_heard(leg, cmd);
		break;
	case USHER__MC_MUTE:
		leg_mute(w, leg, cmd->channel != 0);
		break;
	case USHER__MC_RESUME:
		leg_resume(w, leg, cmd->u.resume);
		break;
	case USHER__MC_ROOM:
		usher__mleg_join(w, leg, cmd->u.join);
		break;
	case USHER__MC_EAR:
		usher__mleg_ear(leg, cmd->u.join);
		break;
	case USHER__MC_SAY:
		usher__mtext_said(w, leg, cmd->u.said);
		break;
	default:
		break;
	}
}

void usher__mleg_close(struct usher__mworker *w, struct usher__mleg *leg)
{
	usher__mleg_leave(w, leg);
	usher__mleg_unbridge(leg);
	if (leg->play)
		usher__mleg_play_end(w, leg, USHER__MR_CLOSED, 0, NULL);
	usher__mtap_unref(leg->tap);
	leg->tap = NULL;
	usher__mtap_unref(leg->heard);
	leg->heard = NULL;
}

void usher__mleg_sweep(struct usher__mworker *w, struct usher__mleg *leg)
{
	if (leg->text)
		usher__mtext_sweep(w, leg);
	usher__mleg_samples_sweep(w, leg);
	if (leg->set && w->now_us >= leg->tx.rtcp_at_us)
		usher__mleg_report(w, leg);
}
