/* Parked calls: at a slot, until somebody takes them.
 *
 *   TALKING ──park──▶ PARKED ──dialed──▶ TALKING
 *                      ▲  │
 *      does not answer │  ├──pick-up──▶ DIALING ──answers──▶ TALKING
 *                      └──┘
 *                         └──timeout──▶ DIALING (who parked) ──▶ TALKING
 *                                          └──fails──▶ queue, else PARKED
 *
 * While somebody is rung for it another may still dial the slot or pick it up,
 * and the first is called off.
 *
 * The customer hears music, and the agent's wrap-up starts at once. A slot is
 * free again when somebody has the customer, or he is gone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "center/center.h"
#include "center/flow.h"
#include "center/hostcall.h"
#include "center/output.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"
#include "sip/loop.h"

struct session *usher__park_find(struct usher_center *center,
				 const char *number)
{
	struct session *session, *tmp;
	char *end;
	unsigned long slot = strtoul(number, &end, 10);

	if (!slot || *end || slot > UINT32_MAX)
		return NULL;
	HASH_ITER (hh, center->sessions, session, tmp)
		if (session->talk.slot == slot &&
		    session->state != SESSION_OVER)
			return session;
	return NULL;
}

/* The slot that was asked for, or the first that is free. */
static int slot_for(struct usher_center *center, const char *text,
		    uint32_t *ret)
{
	const struct usher_park_conf *conf = &center->config->park;
	char number[16];
	uint32_t i;

	for (i = 0; i < conf->count; i++) {
		snprintf(number, sizeof(number), "%u", conf->first + i);
		if (text && strcmp(text, number) != 0)
			continue;
		if (!usher__park_find(center, number)) {
			*ret = conf->first + i;
			return 0;
		}
		if (text)
			return USHER_EEXIST;
	}
	return text ? USHER_ENOENT : USHER_EFULL;
}

static void expired(void *arg)
{
	struct session *session = arg;
	struct usher_center *center = session->center;

	center->now_us = usher__center_clock(center);
	usher__park_expired(center, session);
	center->turn(center);
}

/* Wait at the slot, from now on. */
static void wait(struct usher_center *center, struct session *session)
{
	usher__session_move(session, SESSION_PARKED);
	session->talk.parked_us = center->now_us;
	usher__talk_settle(center, session);
	usher__timer_start(session->talk.timer,
			   center->config->park.timeout_ms);
}

int usher__park(struct usher_center *center, struct session *session,
		const char *text)
{
	struct party *agent = session->agent;
	uint64_t segment = session->agent_segment;
	uint32_t slot;
	int err;

	if (usher__talk_busy(session) || !session->customer->up)
		return USHER_ESTATE;
	if (!agent || !usher__party_audio(session->customer))
		return USHER_ENOTSUP;
	err = slot_for(center, text, &slot);
	if (err)
		return err;
	if (!session->talk.timer &&
	    usher__timer_new(&session->talk.timer, center->host->loop, expired,
			     session))
		return USHER_ENOMEM;
	usher__record_end(center, session);
	session->talk.slot = slot;
	session->talk.parked_by = session->agent_id;
	usher__park_note(center, session, USHER_EV_PARKED, NULL);
	session->agent = NULL;
	session->agent_id = 0;
	session->agent_segment = 0;
	session->talk.held = false;
	usher__talk_end(center, session, "parked");
	wait(center, session);
	usher__agent_release(center, agent);
	usher__segment_leave(center, segment, "parked");
	return 0;
}

/* Somebody is being rung for it; the slot is kept. */
static void ringing(struct usher_center *center, struct session *session)
{
	if (session->talk.timer)
		usher__timer_cancel(session->talk.timer);
	usher__session_move(session, SESSION_DIALING);
	usher__talk_clear(center, session);
	usher__session_music(center, session);
}

/* Whoever else is rung for it, after a pick-up or the timeout, is too late. */
static void call_off(struct usher_center *center, struct session *session,
		     const struct party *but)
{
	struct party *party;
	uint64_t segment;

	if (session->state != SESSION_DIALING)
		return;
	for (party = session->parties; party; party = party->next) {
		if (party == session->customer || party == but ||
		    party->ending)
			continue;
		segment = party->segment;
		party->segment = 0;
		usher__party_end(center, party, USHER_LEG_ELSEWHERE);
		usher__segment_leave(center, segment, "elsewhere");
	}
	wait(center, session);
}

static bool is_rung(const struct session *session, uint64_t agent)
{
	const struct party *party;

	for (party = session->parties; party; party = party->next)
		if (party->agent == agent && !party->ending)
			return true;
	return false;
}

int usher__park_pick_up(struct usher_center *center, struct session *session,
			uint64_t agent)
{
	struct usher_agent_info info = {.size = sizeof(info)};
	struct target target;
	struct party *party;
	int err;

	if (usher_acd_agent_info(center->acd, agent, &info))
		return USHER_ENOENT;
	/* Who is rung for it already has but to answer. */
	if (is_rung(session, agent))
		return USHER_ESTATE;
	usher__target_agent(center, info.name, &target);
	err = usher__target_ring(center, session, &target, 0, &party);
	if (err)
		return err;
	call_off(center, session, party);
	session->talk.late = false;
	ringing(center, session);
	return 0;
}

bool usher__park_dialed(struct usher_center *center, struct party *party,
			const char *number)
{
	struct session *session = usher__park_find(center, number);
	uint64_t segment;

	if (!session || !session->customer ||
	    party->channel != session->customer->channel)
		return false;
	/* The core has nobody twice: who dials it need not answer, too. */
	if (is_rung(session, party->agent))
		call_off(center, session, NULL);
	if (usher__agent_direct(center, session, party->agent, false, true,
				&segment))
		return false;
	call_off(center, session, NULL);
	usher__party_move(party, session);
	usher__party_note(center, USHER_EV_LEG_STARTED, party, 0);
	party->up = true;
	party->segment = segment;
	session->agent = party;
	if (!usher__output_job(center, VERB_ACCEPT, party, JOB_ACCEPT, 0))
		usher__party_end(center, party, USHER_LEG_FAILED);
	usher__talk_begin(center, session, party->agent, segment);
	usher__talk_settle(center, session);
	return true;
}

void usher__park_expired(struct usher_center *center, struct session *session)
{
	struct usher_queue_info queue = {.size = sizeof(queue)};
	struct usher_agent_info info = {.size = sizeof(info)};
	struct target target;
	struct party *party;

	if (session->state != SESSION_PARKED)
		return;
	if (!usher_acd_agent_info(center->acd, session->talk.parked_by,
				  &info)) {
		usher__target_agent(center, info.name, &target);
		if (!usher__target_ring(center, session, &target, 0, &party)) {
			session->talk.late = true;
			ringing(center, session);
			return;
		}
	}
	if (usher_acd_queue_info(center->acd, session->queue, &queue)) {
		usher__timer_start(session->talk.timer,
				   center->config->park.timeout_ms);
		return;
	}
	usher__park_over(center, session, "timeout");
	usher__session_move(session, SESSION_FLOW);
	usher__talk_clear(center, session);
	if (usher__flow_enqueue_again(center, session))
		usher__session_end(center, session, "timeout");
}

bool usher__park_again(struct usher_center *center, struct session *session)
{
	struct usher_queue_info queue = {.size = sizeof(queue)};

	if (!session->talk.slot)
		return false;
	if (session->talk.late &&
	    !usher_acd_queue_info(center->acd, session->queue, &queue)) {
		usher__park_over(center, session, "timeout");
		return false;
	}
	wait(center, session);
	return true;
}
