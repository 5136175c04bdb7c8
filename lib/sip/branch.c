/* Branches of our INVITE, where proxies fork it: each To tag is one.
 *
 * The first 200 makes the dialog; any later one of another branch is thanked
 * and hung up (RFC 3261, 13.2.2.4). A branch that sends something reliable
 * has an early dialog: what it sends is confirmed by PRACK, in order, once
 * (RFC 3262, 4), and both sides may send UPDATE there. */
#include <string.h>

#include <sip/legimpl.h>

struct branch {
	struct le le;
	struct usher__leg *leg;
	struct sip_dialog *dlg;
	struct sip_request *prack;
	uint32_t rseq; /* confirmed up to here */
	uint32_t cseq; /* of our INVITE */
	uint8_t tries; /* to say who we are */
	bool answered; /* our offer was, reliably: what follows is no answer */
	bool changed;  /* … by an UPDATE since */
	bool theirs;   /* … with the peer's offer */
	bool update;   /* the peer allows that */
	struct usher__leg_media media; /* … as it was agreed on there */
};

static void branch_destructor(void *arg)
{
	struct branch *branch = arg;

	list_unlink(&branch->le);
	mem_deref(branch->prack);
	mem_deref(branch->dlg);
	usher__leg_media_clear(&branch->media);
}

static struct branch *find(const struct usher__leg *leg,
			   const struct sip_msg *msg)
{
	struct le *le;

	for (le = leg->branches.head; le; le = le->next) {
		struct branch *branch = le->data;

		if (sip_dialog_cmp(branch->dlg, msg))
			return branch;
	}
	return NULL;
}

bool usher__branch_of(const struct usher__leg *leg, const struct sip_msg *msg)
{
	return usher__branch_open(leg) && find(leg, msg);
}

struct sip_dialog *usher__branch_dialog(const struct usher__leg *leg,
					const struct sip_msg *msg)
{
	const struct branch *branch =
		usher__branch_open(leg) ? find(leg, msg) : NULL;

	return branch ? branch->dlg : leg->dlg;
}

bool usher__branch_answered(const struct usher__leg *leg,
			    const struct sip_msg *msg)
{
	const struct branch *branch = find(leg, msg);

	return branch && branch->answered;
}

/* Whom we hear is the one that answered last. */
static struct le *heard(const struct usher__leg *leg)
{
	struct le *le;

	for (le = leg->branches.tail; usher__branch_open(leg) && le;
	     le = le->prev) {
		const struct branch *branch = le->data;

		if (branch->answered)
			return le;
	}
	return NULL;
}

struct sip_dialog *usher__branch_heard(const struct usher__leg *leg)
{
	const struct branch *branch = list_ledata(heard(leg));

	return branch && branch->update ? branch->dlg : NULL;
}

/* ---- PRACK ---- */

static void send_prack(struct branch *branch);

static void prack_response(int err, const struct sip_msg *msg, void *arg)
{
	struct branch *branch = arg;

	if (!err && (msg->scode == 401 || msg->scode == 407) &&
	    !branch->leg->ended &&
	    !usher__leg_retry_auth(branch->leg, msg, &branch->tries))
		send_prack(branch);
}

static void send_prack(struct branch *branch)
{
	struct usher__leg *leg = branch->leg;
	struct usher__request how;

	/* One that is under way goes on by itself. */
	branch->prack = mem_deref(branch->prack);
	usher__leg_request(&how, leg, branch->dlg, "PRACK");
	how.resph = prack_response;
	how.arg = branch;
	(void)usher__request(&branch->prack, &how,
			     "RAck: %u %u INVITE\r\nContent-Length: 0\r\n\r\n",
			     branch->rseq, branch->cseq);
}

static struct branch *add(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct branch *branch;

	if (list_count(&leg->branches) >= USHER__BRANCHES_MAX) {
		usher__ua_note(leg->ua, USHER__NOTE_LIMIT, USHER__LOG_WARNING,
			       "too many branches of a call");
		return NULL;
	}
	branch = mem_zalloc(sizeof(*branch), branch_destructor);
	if (!branch)
		return NULL;
	if (usher__dialog_fork(&branch->dlg, leg->dlg, msg, leg->near)) {
		mem_deref(branch);
		return NULL;
	}
	branch->leg = leg;
	branch->cseq = msg->cseq.num;
	list_append(&leg->branches, &branch->le, branch);
	return branch;
}

bool usher__branch_confirm(struct usher__leg *leg, const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_RSEQ);
	struct branch *branch;
	uint32_t rseq;

	if (!sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "100rel"))
		return true;
	if (!hdr || !usher__pl_decimal(&hdr->val, UINT32_MAX))
		return false;
	rseq = pl_u32(&hdr->val);
	branch = find(leg, msg);
	/* Again, or before its turn: it comes again. */
	if (!rseq || (branch && rseq != branch->rseq + 1))
		return false;
	if (!branch)
		branch = add(leg, msg);
	if (!branch)
		return false;
	branch->rseq = rseq;
	branch->tries = 0;
	if (sip_msg_hdr(msg, SIP_HDR_ALLOW))
		branch->update =
			sip_msg_hdr_has_value(msg, SIP_HDR_ALLOW, "UPDATE");
	send_prack(branch);
	return true;
}

static void keep(struct branch *branch)
{
	struct usher__leg *leg = branch->leg;

	branch->answered = true;
	usher__leg_media_keep(leg, &branch->media);
	list_unlink(&branch->le);
	list_append(&leg->branches, &branch->le, branch);
}

void usher__branch_keep(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct branch *branch = find(leg, msg);

	if (branch)
		keep(branch);
}

void usher__branch_changed(struct usher__leg *leg, const struct sip_msg *msg,
			   bool theirs)
{
	struct branch *branch =
		usher__branch_open(leg) ? find(leg, msg) : NULL;

	if (!branch)
		return;
	branch->changed = true;
	branch->theirs = theirs;
	keep(branch);
}

/* ---- media ---- */

static void invited_destructor(void *arg)
{
	usher__leg_media_clear(arg);
}

int usher__branch_enter(struct usher__leg *leg, const struct sip_msg *msg)
{
	const struct branch *branch;

	if (!usher__branch_open(leg))
		return 0;
	/* Nobody has answered yet: as our INVITE has it. */
	if (!leg->invited) {
		leg->invited =
			mem_zalloc(sizeof(*leg->invited), invited_destructor);
		if (!leg->invited)
			return USHER_ENOMEM;
		usher__leg_media_keep(leg, leg->invited);
	}
	branch = find(leg, msg);
	usher__leg_media_take(leg, branch && branch->answered ? &branch->media
							      : leg->invited);
	return 0;
}

void usher__branch_enter_heard(struct usher__leg *leg)
{
	const struct branch *branch = list_ledata(heard(leg));

	if (branch)
		usher__leg_media_take(leg, &branch->media);
}

void usher__branch_offered(struct usher__leg *leg,
			   const struct sip_dialog *dlg)
{
	struct branch *branch = list_ledata(heard(leg));

	if (branch && branch->dlg == dlg)
		usher__leg_media_keep(leg, &branch->media);
}

/* ---- the answer ---- */

int usher__branch_establish(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct branch *branch = find(leg, msg);
	struct sip_dialog *dlg;

	if (branch) {
		/* Its CSeq has gone on; only the target may be another. */
		usher__dialog_update(branch->dlg, msg, leg->near);
		dlg = mem_ref(branch->dlg);
	} else if (usher__dialog_fork(&dlg, leg->dlg, msg, leg->near)) {
		return USHER_EPROTO;
	}
	/* What made the INVITE stays, as long as others may answer, too. */
	leg->half = leg->dlg;
	leg->dlg = dlg;
	return 0;
}

static int settle(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct branch *branch = find(leg, msg);
	int err;

	/* It has made its own of what our INVITE offered. */
	if (branch && branch->answered)
		usher__leg_media_take(leg, &branch->media);
	else if (leg->invited && usher__msg_has_sdp(msg))
		usher__leg_media_take(leg, leg->invited);
	leg->invited = mem_deref(leg->invited);
	if (branch && branch->answered &&
	    (branch->changed || !usher__msg_has_sdp(msg)))
		return usher__leg_apply(leg, !branch->theirs);
	if (!usher__msg_has_sdp(msg))
		return leg->early ? 0 : USHER_EPROTO;
	err = usher__leg_peer_sdp(leg, msg);
	return err ? err : usher__leg_apply(leg, true);
}

int usher__branch_settle(struct usher__leg *leg, const struct sip_msg *msg)
{
	int err = settle(leg, msg);

	if (!err)
		usher__leg_sides_settle(leg);
	return err;
}

static bool half_is(struct le *le, void *arg)
{
	const struct usher__leg *leg = le->data;

	return leg->half && sip_dialog_cmp_half(leg->half, arg);
}

void usher__leg_forked(struct usher__ua *ua, const struct sip_msg *msg)
{
	struct branch *branch;
	struct usher__request how;
	struct usher__leg *leg;
	struct sip_dialog *dlg;

	leg = list_ledata(hash_lookup(ua->dialogs, hash_joaat_pl(&msg->callid),
				      half_is, (void *)msg));
	if (!leg)
		return;
	branch = find(leg, msg);
	if (branch) {
		dlg = mem_ref(branch->dlg);
	} else if (usher__dialog_fork(&dlg, leg->half, msg, leg->near)) {
		(void)usher__dialog_decline(NULL, ua, msg, NULL, NULL);
		return;
	}
	usher__leg_request(&how, leg, dlg, "ACK");
	how.cseq = msg->cseq.num;
	how.stateless = true;
	how.auth = NULL;
	how.arg = NULL;
	(void)usher__request(NULL, &how, "Content-Length: 0\r\n\r\n");
	how.method = "BYE";
	how.stateless = false;
	(void)usher__request(NULL, &how, "Content-Length: 0\r\n\r\n");
	mem_deref(dlg);
}

static bool dialog_is(struct le *le, void *arg)
{
	const struct usher__leg *leg = le->data;

	return sip_dialog_cmp(leg->dlg, arg) || usher__branch_of(leg, arg);
}

struct usher__leg *usher__leg_by_dialog(struct usher__ua *ua,
					const struct sip_msg *msg)
{
	return list_ledata(hash_lookup(ua->dialogs,
				       hash_joaat_pl(&msg->callid), dialog_is,
				       (void *)msg));
}
