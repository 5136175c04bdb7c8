/* Replaces (RFC 3891): the dialog that another one is to take the place of,
 * in a Refer-To (attended transfer, RFC 5589) or in an INVITE.
 *
 * With the INVITE the new leg goes on under the old one's id, with its port
 * and its argument: who owns it sees the same call with another peer. The old
 * dialog ends by itself, untold. */
#include <string.h>

#include <sip/legimpl.h>

/* ---- text ---- */

static struct pl trimmed(const char *p, const char *end)
{
	struct pl pl;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	pl.p = p;
	pl.l = (size_t)(end - p);
	return pl;
}

/* One tag, which must be the first of its name. */
static int read_tag(char *dst, size_t size, const struct pl *value)
{
	return *dst || !value->l || !usher__uri_ok(value) ||
			       !usher__pl_copy(dst, size, value)
		       ? USHER_EPROTO
		       : 0;
}

static int read_param(const struct pl *param, struct usher__replaces *ret)
{
	const char *eq = pl_strchr(param, '='), *end = param->p + param->l;
	struct pl name = trimmed(param->p, eq ? eq : end), value = {"", 0};

	if (eq)
		value = trimmed(eq + 1, end);
	if (!pl_strcasecmp(&name, "to-tag"))
		return read_tag(ret->to_tag, sizeof(ret->to_tag), &value);
	if (!pl_strcasecmp(&name, "from-tag"))
		return read_tag(ret->from_tag, sizeof(ret->from_tag), &value);
	if (!pl_strcasecmp(&name, "early-only"))
		ret->early_only = true;
	return 0;
}

int usher__replaces_read(const struct pl *value, struct usher__replaces *ret)
{
	const char *p = value->p, *end = value->p + value->l, *next;
	struct pl part;

	memset(ret, 0, sizeof(*ret));
	for (; p <= end; p = next + 1) {
		next = memchr(p, ';', (size_t)(end - p));
		if (!next)
			next = end;
		part = trimmed(p, next);
		if (p == value->p) {
			if (read_tag(ret->call_id, sizeof(ret->call_id),
				     &part))
				return USHER_EPROTO;
		} else if (read_param(&part, ret)) {
			return USHER_EPROTO;
		}
	}
	return *ret->to_tag && *ret->from_tag ? 0 : USHER_EPROTO;
}

/* ---- which leg ---- */

static bool named(struct le *le, void *arg)
{
	const struct usher__leg *leg = le->data;
	const struct sip_msg *msg = arg;

	/* While it rings the peer's tag is not known, unless it said something
	 * reliable; ours is random and enough. */
	if (leg->state == USHER__LEG_CALLING ||
	    leg->state == USHER__LEG_PROCEEDING)
		return sip_dialog_cmp_half(leg->dlg, msg);
	return sip_dialog_cmp(leg->dlg, msg);
}

struct usher__leg *usher__replaces_find(struct usher__ua *ua,
					const struct usher__replaces *replaces)
{
	struct sip_msg msg;

	/* As a request of the peer's within that dialog would say. */
	memset(&msg, 0, sizeof(msg));
	msg.req = true;
	pl_set_str(&msg.callid, replaces->call_id);
	pl_set_str(&msg.to.tag, replaces->to_tag);
	pl_set_str(&msg.from.tag, replaces->from_tag);
	return list_ledata(hash_lookup(
		ua->dialogs, hash_joaat_str(replaces->call_id), named, &msg));
}

uint16_t usher__replaces_target(struct usher__ua *ua,
				const struct sip_msg *msg,
				struct usher__leg **ret)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_REPLACES);
	struct usher__replaces replaces;
	struct usher__leg *leg;

	*ret = NULL;
	if (!hdr)
		return 0;
	if (sip_msg_hdr_count(msg, SIP_HDR_REPLACES) > 1 ||
	    usher__replaces_read(&hdr->val, &replaces))
		return 400;
	leg = usher__replaces_find(ua, &replaces);
	if (!leg)
		return 481;
	if (leg->ended)
		return 603;
	switch (leg->state) {
	case USHER__LEG_UP:
		if (replaces.early_only)
			return 486;
		break;
	case USHER__LEG_CALLING:
	case USHER__LEG_PROCEEDING:
		break;
	default:
		/* It rings here, and that is not the caller's to change. */
		return 481;
	}
	*ret = leg;
	return 0;
}

/* ---- taking the place ---- */

static void swap_ids(struct usher__leg *leg, struct usher__leg *old)
{
	struct usher__ua *ua = leg->ua;
	uint64_t id = leg->id;

	leg->id = old->id;
	old->id = id;
	hash_unlink(&leg->he_id);
	hash_unlink(&old->he_id);
	hash_append(ua->legs, (uint32_t)leg->id, &leg->he_id, leg);
	hash_append(ua->legs, (uint32_t)old->id, &old->he_id, old);
}

static void move_port(struct usher__leg *leg, struct usher__leg *old)
{
	leg->port = old->port;
	leg->rtp_port = old->rtp_port;
	leg->we_hold = old->we_hold;
	leg->peer_holds = old->peer_holds;
	memcpy(leg->ip, old->ip, sizeof(leg->ip));
	old->port = 0;
	hash_unlink(&old->he_port);
	if (leg->port)
		hash_append(leg->ua->ports, (uint32_t)leg->port, &leg->he_port,
			    leg);
	usher__leg_sides_move(leg, old);
}

/* Nobody is told: for the application the call goes on. */
static void end_old(struct usher__leg *old)
{
	old->ended = true;
	old->ended_told = true;
	tmr_cancel(&old->deadline);
	tmr_cancel(&old->glare_tmr);
	usher__leg_unwatch(old);
	usher__session_stop(old);
	(void)usher__leg_take(old, USHER__IN_HANGUP);
	if (old->state == USHER__LEG_CANCELING)
		sip_request_cancel(old->req);
	else
		usher__leg_bye(old);
}

void usher__leg_replace(struct usher__leg *leg, struct usher__leg *old)
{
	leg->arg = old->arg;
	leg->replaces = old->state == USHER__LEG_UP ? USHER__REPLACES_UP
						    : USHER__REPLACES_EARLY;
	swap_ids(leg, old);
	move_port(leg, old);
	end_old(old);
	if (usher__leg_answer(leg->ua, leg->id))
		usher__leg_refuse(leg, 500, NULL);
}

/* ---- how others name our dialog ---- */
