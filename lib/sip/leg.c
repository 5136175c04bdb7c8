/* A call leg: one SIP dialog with its media, and its state.
 *
 *               inbound                              outbound
 *
 *   INCOMING --RING--> ALERTING            CALLING --PROVISIONAL--> PROCEEDING
 *      |                  |                   |                        |
 *      +-----ACCEPT-------+                   +-------HANGUP-----------+
 *      |                                      |                        |
 *   ACCEPTED --HANGUP--> LEAVING              |SUCCESS             CANCELING
 *      |ACK                 |ACK, NO_ACK      |                 SUCCESS|
 *      +------------------> | <---------------+                        |
 *             UP            |                                          |
 *             |\--HANGUP--> CLOSING <----------------------------------+
 *             |             |PARTED, NO_ACK
 *             \-PART--> PARTING
 *
 * Everything ends in ENDED: by a final response, CANCEL, BYE or its answer.
 * The table below is the whole of it; what is not in it is not allowed
 * (USHER_ESTATE for the application) or is ignored (from the peer).
 */
#include <assert.h>
#include <string.h>

#include <sip/legimpl.h>

#define NO (-1)
enum {
	INCOMING = USHER__LEG_INCOMING,
	ALERTING = USHER__LEG_ALERTING,
	ACCEPTED = USHER__LEG_ACCEPTED,
	LEAVING = USHER__LEG_LEAVING,
	CALLING = USHER__LEG_CALLING,
	PROCEEDING = USHER__LEG_PROCEEDING,
	CANCELING = USHER__LEG_CANCELING,
	UP = USHER__LEG_UP,
	PARTING = USHER__LEG_PARTING,
	CLOSING = USHER__LEG_CLOSING,
	ENDED = USHER__LEG_ENDED_STATE,
};

/* clang-format off */
static const int8_t moves[USHER__LEG_STATES][USHER__IN_COUNT] = {
	/*               RING      ACCEPT    HANGUP     PART     PARTED   PROVISIONAL SUCCESS  FAILURE CANCEL ACK      BYE      NO_ACK   CLOSED */
	[INCOMING]   = { ALERTING, ACCEPTED, ENDED,     NO,      NO,      NO,         NO,      NO,     ENDED, NO,      ENDED,   NO,      NO },
	[ALERTING]   = { ALERTING, ACCEPTED, ENDED,     NO,      NO,      NO,         NO,      NO,     ENDED, NO,      ENDED,   NO,      NO },
	[ACCEPTED]   = { NO,       NO,       LEAVING,   NO,      NO,      NO,         NO,      NO,     NO,    UP,      ENDED,   CLOSING, NO },
	[LEAVING]    = { NO,       NO,       NO,        NO,      NO,      NO,         NO,      NO,     NO,    CLOSING, ENDED,   CLOSING, NO },
	[CALLING]    = { NO,       NO,       CANCELING, NO,      NO,      PROCEEDING, UP,      ENDED,  NO,    NO,      NO,      NO,      NO },
	[PROCEEDING] = { NO,       NO,       CANCELING, NO,      NO,      PROCEEDING, UP,      ENDED,  NO,    NO,      NO,      NO,      NO },
	[CANCELING]  = { NO,       NO,       NO,        NO,      NO,      CANCELING,  CLOSING, ENDED,  NO,    NO,      NO,      NO,      NO },
	[UP]         = { NO,       NO,       CLOSING,   PARTING, NO,      NO,         NO,      NO,     NO,    UP,      ENDED,   CLOSING, NO },
	[PARTING]    = { NO,       NO,       NO,        NO,      CLOSING, NO,         NO,      NO,     NO,    NO,      ENDED,   CLOSING, NO },
	[CLOSING]    = { NO,       NO,       NO,        NO,      NO,      NO,         NO,      NO,     NO,    NO,      CLOSING, NO,      ENDED },
	[ENDED]      = { NO,       NO,       NO,        NO,      NO,      NO,         NO,      NO,     NO,    NO,      NO,      NO,      NO },
};
/* clang-format on */

int usher__leg_next(enum usher__leg_state state, enum usher__leg_input input)
{
	return moves[state][input];
}

/* The only place where a leg's state changes. */
bool usher__leg_take(struct usher__leg *leg, enum usher__leg_input input)
{
	int next = moves[leg->state][input];

	if (next == NO)
		return false;
	leg->state = (uint8_t)next;
	return true;
}

static void leg_destructor(void *arg)
{
	struct usher__leg *leg = arg;

	hash_unlink(&leg->he_id);
	hash_unlink(&leg->he_dialog);
	hash_unlink(&leg->he_port);
	list_unlink(&leg->le_ending);
	list_unlink(&leg->le_elsewhere);
	tmr_cancel(&leg->again_tmr);
	tmr_cancel(&leg->deadline);
	tmr_cancel(&leg->glare_tmr);
	usher__leg_unwatch(leg);
	usher__session_stop(leg);
	usher__leg_close_port(leg);
	usher__branches_flush(leg);
	mem_deref(leg->req);
	mem_deref(leg->offer);
	mem_deref(leg->side);
	mem_deref(leg->ack_req);
	mem_deref(leg->st);
	mem_deref(leg->invite);
	mem_deref(leg->refer);
	mem_deref(leg->dlg);
	mem_deref(leg->half);
	mem_deref(leg->auth);
	mem_deref(leg->auth_user);
	usher__secret_free(leg->auth_password);
	usher__trunk_leave(leg);
	mem_deref(leg->headers);
	mem_deref(leg->asserted);
	mem_deref(leg->hop);
	mem_deref(leg->target);
	mem_deref(leg->redirect);
	mem_deref(leg->name);
	mem_deref(leg->contact);
	mem_deref(leg->reason);
	mem_deref(leg->notify);
	mem_deref(leg->side_text);
	mem_deref(leg->again);
	mem_deref(leg->rest);
	mem_deref(leg->formats);
	usher__secret_free(leg->said);
	explicit_bzero(&leg->srtp, sizeof(leg->srtp));
	explicit_bzero(&leg->srtp_short, sizeof(leg->srtp_short));
	usher__peer_clear(&leg->peer);
	explicit_bzero(&leg->text.srtp, sizeof(leg->text.srtp));
	explicit_bzero(&leg->video.srtp, sizeof(leg->video.srtp));
	leg->ua->n.legs_now--;
}

struct usher__leg *usher__leg_alloc(struct usher__ua *ua, bool outbound)
{
	struct usher__leg *leg;

	if (ua->stopping || ua->n.legs_now >= ua->max_legs) {
		if (outbound)
			ua->n.over_limit++;
		return NULL;
	}
	leg = mem_zalloc(sizeof(*leg), leg_destructor);
	if (!leg)
		return NULL;
	ua->n.legs_now++;
	if (outbound)
		ua->n.legs_out++;
	else
		ua->n.legs_in++;
	tmr_init(&leg->again_tmr);
	tmr_init(&leg->deadline);
	tmr_init(&leg->alive_tmr);
	tmr_init(&leg->glare_tmr);
	tmr_init(&leg->session.tmr);
	leg->ua = ua;
	leg->id = ++ua->last_leg;
	leg->outbound = outbound;
	leg->state = outbound ? CALLING : INCOMING;
	leg->dir = USHER__SENDRECV;
	leg->forwards = USHER__MAX_FORWARDS;
	leg->srtp_policy = ua->srtp;
	leg->codecs = ua->codecs;
	usher__codecs_map_init(&leg->map);
	usher__sdp_text_map_init(&leg->text_map);
	hash_append(ua->legs, (uint32_t)leg->id, &leg->he_id, leg);
	return leg;
}

static bool id_is(struct le *le, void *arg)
{
	const struct usher__leg *leg = le->data;

	return leg->id == *(const uint64_t *)arg;
}

/* One that has ended, too. */
static struct usher__leg *find_any(struct usher__ua *ua, uint64_t id)
{
	return list_ledata(hash_lookup(ua->legs, (uint32_t)id, id_is, &id));
}

struct usher__leg *usher__leg_find(struct usher__ua *ua, uint64_t id)
{
	struct usher__leg *leg = find_any(ua, id);

	return leg && !leg->ended ? leg : NULL;
}

void usher__leg_index(struct usher__leg *leg)
{
	hash_append(leg->ua->dialogs,
		    hash_joaat_str(sip_dialog_callid(leg->dlg)),
		    &leg->he_dialog, leg);
}

void usher__leg_tell(struct usher__leg *leg, struct usher__leg_event *event)
{
	struct usher__ua *ua = leg->ua;

	if (leg->ended && event->type != USHER__LEG_ENDED)
		return;
	mem_ref(leg);
	if (ua->ops->leg)
		ua->ops->leg(ua->arg, leg->id, leg->arg, event);
	mem_deref(leg);
}

static void tell_ended(struct usher__leg *leg)
{
	struct usher__leg_event event = {.type = USHER__LEG_ENDED};

	leg->ended_told = true;
	event.cause = leg->cause;
	event.status = leg->status;
	event.reason = leg->reason;
	event.text = leg->rest;
	event.text_len = leg->rest_len;
	event.quality = leg->quality.packets ? &leg->quality : NULL;
	usher__leg_tell(leg, &event);
	if (leg->state == ENDED)
		mem_deref(leg);
}

static void ending_handler(void *arg)
{
	struct usher__ua *ua = arg;
	struct le *le;

	/* One that ends in a callback waits for the next turn. */
	unsigned n = list_count(&ua->ending);

	while (n-- && (le = ua->ending.head)) {
		struct usher__leg *leg = le->data;

		list_unlink(le);
		tell_ended(leg);
	}
	if (ua->ending.head)
		tmr_start(&ua->ending_tmr, 0, ending_handler, ua);
	usher__ua_check_stopped(ua);
}

void usher__leg_over(struct usher__leg *leg, enum usher__leg_cause cause,
		     uint16_t status, const struct pl *reason)
{
	struct usher__ua *ua = leg->ua;
	char text[USHER__UA_MAX_NAME];

	if (leg->ended)
		return;
	leg->ended = true;
	leg->cause = (uint8_t)cause;
	leg->status = status;
	if (reason && usher__pl_copy(text, sizeof(text), reason))
		(void)usher__str_set(&leg->reason, text);
	if (leg->state != LEAVING && leg->state != CLOSING)
		tmr_cancel(&leg->deadline);
	tmr_cancel(&leg->glare_tmr);
	usher__leg_unwatch(leg);
	usher__session_stop(leg);
	usher__leg_close_port(leg);
	usher__trunk_leave(leg);
	list_append(&ua->ending, &leg->le_ending, leg);
	if (!tmr_isrunning(&ua->ending_tmr))
		tmr_start(&ua->ending_tmr, 0, ending_handler, ua);
}

void usher__leg_dispose(struct usher__leg *leg)
{
	assert(leg->state == ENDED);
	tmr_cancel(&leg->deadline);
	tmr_cancel(&leg->again_tmr);
	hash_unlink(&leg->he_dialog);
	list_unlink(&leg->le_elsewhere);
	leg->req = mem_deref(leg->req);
	leg->offer = mem_deref(leg->offer);
	if (leg->ended && leg->ended_told) {
		struct usher__ua *ua = leg->ua;

		mem_deref(leg);
		usher__ua_check_stopped(ua);
	}
}

int usher__leg_set_arg(struct usher__ua *ua, uint64_t id, void *arg)
{
	/* Whose end is still to be told is told with it. */
	struct usher__leg *leg = find_any(ua, id);

	if (!leg || leg->ended_told)
		return USHER_ENOENT;
	leg->arg = arg;
	return 0;
}

void *usher__leg_arg(struct usher__ua *ua, uint64_t id)
{
	struct usher__leg *leg = usher__leg_find(ua, id);

	return leg ? leg->arg : NULL;
}

int usher__leg_state(struct usher__ua *ua, uint64_t id,
		     enum usher__leg_state *ret)
{
	struct usher__leg *leg = usher__leg_find(ua, id);

	if (!leg)
		return USHER_ENOENT;
	*ret = leg->state;
	return 0;
}

bool usher__leg_moved(struct usher__ua *ua, uint64_t id)
{
	const struct usher__leg *leg = find_any(ua, id);

	return leg && usher__redirect_went(leg);
}

void usher__leg_unwatch(struct usher__leg *leg)
{
	tmr_cancel(&leg->alive_tmr);
	leg->asked = mem_deref(leg->asked);
}

void usher__branches_flush(struct usher__leg *leg)
{
	list_flush(&leg->branches);
	leg->invited = mem_deref(leg->invited);
}

bool usher__branch_open(const struct usher__leg *leg)
{
	return leg->outbound && (leg->state == USHER__LEG_CALLING ||
				 leg->state == USHER__LEG_PROCEEDING ||
				 leg->state == USHER__LEG_CANCELING);
}

void usher__trunk_leave(struct usher__leg *leg)
{
	if (!leg->use)
		return;
	if (leg->outbound)
		leg->use->out--;
	else
		leg->use->in--;
	leg->use = mem_deref(leg->use);
}

/* RFC 7332, 3: who passes calls on counts as a proxy would, or a call that
 * comes back goes round for ever. */
void usher__leg_forward(struct usher__leg *leg, uint64_t caller)
{
	const struct usher__leg *from = usher__leg_find(leg->ua, caller);

	leg->caller = caller;
	if (from)
		leg->forwards = from->forwards ? from->forwards - 1 : 0;
}
