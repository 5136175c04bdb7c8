/* Our registrations at other registrars: a provider's, or a phone's center.
 *
 *   WAITING --its time, or an address is back--> ASKING
 *   ASKING --granted--> REGISTERED
 *   ASKING --challenged, 423, or a trunk's next address--> ASKING
 *   ASKING --refused, or nobody answers--> WAITING
 *   REGISTERED --before it expires, or its connection is lost--> ASKING
 *   REGISTERED --its connection is lost, soon after--> WAITING
 *   any --taken away--> LEAVING --answered, or never asked--> gone
 *
 * Of a trunk each of its addresses is asked, in the order of DNS, before it
 * waits; one that comes back (health.c, hopfind.c) is asked at once.
 */
#include <assert.h>
#include <string.h>

#include <sip/registration.h>

enum {
	TRIES_MAX = 3, /* challenges answered in a row */
	PING_MIN_S = 1,
};

/* The only place where a registration changes its state. */
static void become(struct usher__registration *reg,
		   enum usher__registration_state next)
{
	static const unsigned moves[] = {
		[USHER__REG_WAITING] =
			1u << USHER__REG_ASKING | 1u << USHER__REG_LEAVING,
		[USHER__REG_ASKING] =
			1u << USHER__REG_WAITING | 1u << USHER__REG_ASKING |
			1u << USHER__REG_REGISTERED | 1u << USHER__REG_LEAVING,
		[USHER__REG_REGISTERED] = 1u << USHER__REG_WAITING |
					  1u << USHER__REG_ASKING |
					  1u << USHER__REG_LEAVING,
		[USHER__REG_LEAVING] = 0,
	};

	(void)moves; /* without assertions nobody reads them */
	assert(moves[reg->state] & 1u << next);
	reg->state = next;
}

static void ask(struct usher__registration *reg);

/* Of a trunk nobody else says so; once for each that changes. */
static void log_trunk(struct usher__registration *reg, uint16_t status)
{
	const struct usher__trunk *trunk =
		usher__trunk_find(reg->ua, reg->trunk);

	if (!trunk || reg->told == status || reg->state == USHER__REG_LEAVING)
		return;
	reg->told = status;
	if (status == 200)
		usher__ua_log(reg->ua, USHER__LOG_INFO,
			      "trunk \"%s\" is registered", trunk->name);
	else
		usher__ua_log(reg->ua, USHER__LOG_WARNING,
			      "trunk \"%s\" is not registered: %u %s",
			      trunk->name, status, usher__sip_reason(status));
}

static void tell(struct usher__registration *reg, uint16_t status,
		 uint32_t expires_s)
{
	struct usher__ua *ua = reg->ua;

	log_trunk(reg, status);
	if (ua->ops->registration)
		ua->ops->registration(ua->arg, reg->id, status, expires_s);
}

static void ask_handler(void *arg)
{
	struct usher__registration *reg = arg;

	reg->hop_tries = 0;
	ask(reg);
}

/* ---- which address of a trunk ---- */

struct usher__trunk *
usher__registration_trunk(const struct usher__registration *reg)
{
	return reg->trunk ? usher__trunk_find(reg->ua, reg->trunk) : NULL;
}

/* The next that is not down; the best first. False: there is none. */
static bool next_hop(struct usher__registration *reg)
{
	struct usher__trunk *trunk = usher__registration_trunk(reg);
	unsigned n = trunk ? trunk->hop_count : 0;

	if (!trunk)
		return !reg->trunk && !reg->hop_tries++;
	while (reg->hop_tries < n) {
		const struct usher__hop *hop =
			usher__hop_nth(trunk, reg->hop_tries++);

		/* The last one is asked even so. */
		if (hop->down && reg->hop_tries < n)
			continue;
		memcpy(reg->hop, "sip:", 4);
		usher__hop_print(hop, reg->hop + 4, sizeof(reg->hop) - 4);
		return !usher__dialog_hop(reg->dlg, reg->hop);
	}
	return false;
}

/* ---- what comes of it ---- */

static bool is_refusal(uint16_t status)
{
	return status >= 400 && status < 500 && status != 408 &&
	       status != 423 && status != 480;
}

static void failed(struct usher__registration *reg, uint16_t status,
		   uint32_t retry_after_s)
{
	uint32_t first = USHER__REGISTER_RETRY_S;
	uint32_t most = USHER__REGISTER_RETRY_MAX_S;

	become(reg, USHER__REG_WAITING);
	reg->tries = 0;
	reg->lengthened = false;
	reg->alive = mem_deref(reg->alive);
	tmr_cancel(&reg->alive_tmr);
	sip_auth_reset(reg->auth);
	/* A no stays one for a while, and who asks again and again for what
	 * it may not have is shut out. */
	if (is_refusal(status)) {
		first = USHER__REGISTER_REFUSED_S;
		most = USHER__REGISTER_REFUSED_MAX_S;
	}
	reg->retry_s *= 2;
	if (reg->retry_s < first)
		reg->retry_s = first;
	if (reg->retry_s > most)
		reg->retry_s = most;
	if (retry_after_s > most)
		retry_after_s = most;
	tmr_start(&reg->tmr,
		  (uint64_t)(retry_after_s > reg->retry_s ? retry_after_s
							  : reg->retry_s) *
			  1000,
		  ask_handler, reg);
	tell(reg, status, 0);
}

/* Elsewhere, if there is somewhere else; else later. */
static void missed(struct usher__registration *reg, uint16_t status,
		   uint32_t retry_after_s)
{
	if (reg->trunk && next_hop(reg)) {
		reg->tries = 0;
		reg->alive = mem_deref(reg->alive);
		tmr_cancel(&reg->alive_tmr);
		sip_auth_reset(reg->auth);
		ask(reg);
		return;
	}
	failed(reg, status, retry_after_s);
}

static void no_answer(void *arg)
{
	struct usher__registration *reg = arg;

	reg->req = mem_deref(reg->req);
	missed(reg, 408, 0);
}

struct granted {
	const struct usher__registration *reg;
	bool own;      /* it has our line, so it is ours and no other */
	bool any;      /* one of our account was found */
	uint32_t secs; /* of it; of several that may be ours the least */
};

static bool granted_handler(const struct sip_hdr *hdr,
			    const struct sip_msg *msg, void *arg)
{
	struct granted *granted = arg;
	const struct usher__registration *reg = granted->reg;
	struct pl user, expires, line;
	struct sip_addr addr;
	bool named, own;
	uint32_t secs;

	(void)msg;
	pl_set_str(&user, reg->user);
	if (sip_addr_decode(&addr, &hdr->val) ||
	    pl_cmp(&addr.uri.user, &user) ||
	    msg_param_decode(&addr.params, "expires", &expires))
		return false;
	/* Other places where the same account is registered are in the
	 * answer, too, and some registrars leave our line out. */
	named = !msg_param_decode(&addr.uri.params, "line", &line);
	own = reg->line[0] && named && !pl_strcmp(&line, reg->line);
	if (!own && (granted->own || (reg->line[0] && named)))
		return false;
	secs = pl_u32(&expires);
	if (!granted->any || own || secs < granted->secs)
		granted->secs = secs;
	granted->any = true;
	granted->own = own;
	return own;
}

/* ---- keeping it ---- */

/* Its connection is gone, and with it the way to us: there is to be another
 * one at once; later, if it did not last. */
static void lost_handler(int err, void *arg)
{
	struct usher__registration *reg = arg;
	int64_t for_us = usher__loop_mono_us() - reg->since_us;

	(void)err;
	if (reg->state != USHER__REG_REGISTERED &&
	    reg->state != USHER__REG_ASKING)
		return;
	usher__ua_log(reg->ua, USHER__LOG_WARNING,
		      "the connection to a registrar is lost");
	reg->req = mem_deref(reg->req);
	if (for_us < (int64_t)USHER__REGISTER_RETRY_S * 1000000)
		failed(reg, 503, 0);
	else
		tmr_start(&reg->tmr, 0, ask_handler, reg);
}

static void ping_handler(void *arg)
{
	struct usher__registration *reg = arg;

	usher__ua_ping(reg->ua, &reg->peer);
	tmr_start(&reg->alive_tmr, reg->ua->keep_alive_ms, ping_handler, reg);
}

/* RFC 5626, 4.4: on a stream there has to be an answer, on UDP what passes
 * keeps the door of a NAT open. */
static void keep_alive(struct usher__registration *reg,
		       const struct sip_msg *msg)
{
	uint32_t every_ms = reg->ua->keep_alive_ms;

	reg->alive = mem_deref(reg->alive);
	tmr_cancel(&reg->alive_tmr);
	if (!every_ms)
		return;
	if (msg->tp == SIP_TRANSP_UDP) {
		reg->peer = msg->src;
		tmr_start(&reg->alive_tmr, every_ms, ping_handler, reg);
		return;
	}
	(void)sip_keepalive_start(
		&reg->alive, reg->ua->sip, msg,
		every_ms / 1000 > PING_MIN_S ? every_ms / 1000 : PING_MIN_S,
		lost_handler, reg);
}

static void registered(struct usher__registration *reg,
		       const struct sip_msg *msg)
{
	struct granted granted = {.reg = reg};
	uint32_t asked = reg->expires_s;
	uint64_t refresh_ms;

	if (pl_isset(&msg->expires))
		reg->expires_s = pl_u32(&msg->expires);
	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, granted_handler,
				&granted);
	if (granted.any)
		reg->expires_s = granted.secs;
	if (!reg->expires_s || reg->expires_s > USHER__REGISTER_EXPIRES_MAX_S)
		reg->expires_s = asked;

	/* Early enough for a lost packet or two. */
	refresh_ms = (uint64_t)reg->expires_s * 1000;
	refresh_ms = refresh_ms > 64000 ? refresh_ms - 32000 : refresh_ms / 2;
	become(reg, USHER__REG_REGISTERED);
	reg->retry_s = 0;
	reg->tries = 0;
	reg->lengthened = false;
	sip_auth_reset(reg->auth);
	tmr_start(&reg->tmr, refresh_ms, ask_handler, reg);
	reg->since_us = usher__loop_mono_us();
	keep_alive(reg, msg);
	/* It has answered what only it was sent. */
	usher__limit_prove(reg->ua, &msg->src);
	tell(reg, 200, reg->expires_s);
	reg->expires_s = asked;
}

/* 423: for as long as the registrar wants, within reason. */
static bool lengthen(struct usher__registration *reg,
		     const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_MIN_EXPIRES);
	uint32_t least = hdr ? pl_u32(&hdr->val) : 0;

	if (reg->lengthened || least <= reg->expires_s ||
	    least > USHER__REGISTER_EXPIRES_MAX_S)
		return false;
	reg->lengthened = true;
	reg->expires_s = least;
	return true;
}

static void left(struct usher__registration *reg, uint16_t status)
{
	struct usher__ua *ua = reg->ua;

	tell(reg, status, 0);
	mem_deref(reg);
	usher__ua_check_stopped(ua);
}

static void response_handler(int err, const struct sip_msg *msg, void *arg)
{
	struct usher__registration *reg = arg;

	if (!err && msg->scode < 200)
		return;
	tmr_cancel(&reg->tmr);
	if (!err && (msg->scode == 401 || msg->scode == 407) &&
	    reg->tries < TRIES_MAX) {
		reg->tries++;
		if (!sip_auth_authenticate(reg->auth, msg)) {
			ask(reg);
			return;
		}
	}
	if (reg->state == USHER__REG_LEAVING)
		left(reg, err ? 408 : msg->scode);
	else if (err)
		missed(reg, 408, 0);
	else if (msg->scode < 300)
		registered(reg, msg);
	else if (msg->scode == 423 && lengthen(reg, msg))
		ask(reg);
	else if (msg->scode >= 500 || msg->scode == 408)
		missed(reg, msg->scode, usher__retry_after_s(msg));
	else
		failed(reg, msg->scode, usher__retry_after_s(msg));
}

static int contact_handler(enum sip_transp tp, const struct sa *src,
			   const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct usher__registration *reg = arg;
	const struct usher__trunk *trunk = usher__registration_trunk(reg);
	int err = usher__tls_towards(reg->ua, tp, dst,
				     sip_dialog_route(reg->dlg));

	(void)src;
	if (!err && trunk)
		err = usher__trunk_expect(trunk, tp, dst);
	if (!err)
		err = usher__ua_contact(mb, reg->ua, reg->user,
					reg->sips ? USHER__TP_SIPS : tp, dst);
	/* Also when the trunk is gone and this takes the contact away. */
	if (err || !reg->line[0])
		return err;
	/* Before the "<CR><LF>" and the bracket. */
	mb->pos -= 3;
	mb->end = mb->pos;
	return mbuf_printf(mb, ";line=%s>\r\n", reg->line);
}

static void ask(struct usher__registration *reg)
{
	const struct usher__request how = {
		.ua = reg->ua,
		.dlg = reg->dlg,
		.method = "REGISTER",
		.auth = reg->auth,
		.sendh = contact_handler,
		.resph = response_handler,
		.arg = reg,
		.secure = reg->sips,
		.forwards = USHER__MAX_FORWARDS,
	};
	int err;

	if (reg->state != USHER__REG_LEAVING)
		become(reg, USHER__REG_ASKING);
	tmr_cancel(&reg->tmr);
	if (!reg->hop_tries && reg->state != USHER__REG_LEAVING &&
	    !next_hop(reg)) {
		/* DNS has not said yet where it is, and is heard of there. */
		become(reg, USHER__REG_WAITING);
		tmr_start(&reg->tmr, USHER__REGISTER_RETRY_S * 1000,
			  ask_handler, reg);
		return;
	}
	err = usher__request(
		&reg->req, &how, "Expires: %u\r\nContent-Length: 0\r\n\r\n",
		reg->state == USHER__REG_LEAVING ? 0 : reg->expires_s);
	if (err && reg->state == USHER__REG_LEAVING)
		mem_deref(reg);
	else if (err)
		missed(reg, 503, 0);
	else if (reg->state != USHER__REG_LEAVING)
		tmr_start(&reg->tmr, USHER__REGISTER_WAIT_MS, no_answer, reg);
}

void usher__registration_begin(struct usher__registration *reg)
{
	tmr_start(&reg->tmr, 0, ask_handler, reg);
}

void usher__registration_again(struct usher__registration *reg)
{
	/* Not what was refused: that has nothing to do with being there. */
	if (reg->state != USHER__REG_WAITING || is_refusal(reg->told))
		return;
	reg->retry_s = 0;
	usher__registration_begin(reg);
}

void usher__registration_leave(struct usher__registration *reg)
{
	bool was = reg->state == USHER__REG_REGISTERED ||
		   reg->state == USHER__REG_ASKING;

	if (reg->state == USHER__REG_LEAVING)
		return;
	become(reg, USHER__REG_LEAVING);
	reg->req = mem_deref(reg->req);
	reg->alive = mem_deref(reg->alive);
	tmr_cancel(&reg->alive_tmr);
	reg->tries = 0;
	sip_auth_reset(reg->auth);
	if (was)
		ask(reg);
	else
		mem_deref(reg);
}
