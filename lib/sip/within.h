/* What a dialog speaks besides INVITE, ACK and BYE: session timers (RFC 4028),
 * reliable provisional responses (RFC 3262), UPDATE (RFC 3311), and the
 * branches of a forked INVITE. Part of impl.h. */
#ifndef USHER_LIB_SIP_WITHIN_H
#define USHER_LIB_SIP_WITHIN_H

#include <compat.h>

#include <sip/sdp.h>
#include <sip/ua.h>

struct usher__leg;
struct usher__ua;

enum {
	USHER__SESSION_S = 1800,          /* what we ask for and grant */
	USHER__SESSION_MIN_S = 90,        /* less is refused (RFC 4028, 4) */
	USHER__SESSION_MAX_S = 86400,     /* more is not agreed to */
	USHER__SESSION_TRIES = 3,         /* of one request, each with more */
	USHER__SESSION_MARGIN_MS = 32000, /* it ends so long before (10) … */
	USHER__SESSION_SHARE = 3, /* … or that part of it, if it is less */
	USHER__SESSION_AGAIN = 1000,   /* between tries to refresh, at least */
	USHER__SESSION_LINE = 32,      /* bytes of a Min-SE header */
	USHER__MAX_FORWARDS = 70,      /* RFC 3261, 8.1.1.6 */
	USHER__GLARES_MAX = 8,         /* then an offer of ours is given up */
	USHER__RETRY_AFTER_MAX_S = 10, /* waited for; a longer one is a no */
	USHER__REL_SENDS = 6,     /* again, which takes 63 T1 (RFC 3262, 3) */
	USHER__REDIRECTS_MAX = 5, /* places that 3xx send one call to */
	USHER__REASON_MAX = 32,   /* bytes of why a call was diverted */
	USHER__PRIVACY_MAX = 64,
	USHER__UUI_MAX = 512,
	USHER__WARNING_MAX = 96, /* bytes of a Warning header */
	USHER__BRANCHES_MAX = 8, /* of our INVITE, that are confirmed to */
};

#define USHER__SIP_SUPPORTED "Supported: 100rel, replaces, timer\r\n"

/* Who sends the requests that keep a session alive; as seen by the sender of
 * the request that a value stands in. */
enum usher__refresher {
	USHER__REFRESHER_NONE = 0,
	USHER__REFRESHER_UAC,
	USHER__REFRESHER_UAS,
};

struct usher__session {
	struct tmr tmr;
	struct sip_request *req; /* our refresh by UPDATE */
	int64_t ends_us;         /* monotonic */
	uint32_t interval_s;     /* agreed; 0: the session does not end */
	uint32_t ask_s;          /* asked for; 0: the agent's */
	uint32_t min_s;          /* least that somebody wants; 0: ours */
	uint8_t tries;
	bool ours;  /* we refresh */
	bool timer; /* the peer knows of it */
};

/* What of it was agreed on. */
struct usher__session_terms {
	uint32_t interval_s, min_s;
	bool ours, timer;
};

/* The reliable provisional responses of an inbound leg. */
enum usher__rel_peer {
	USHER__REL_NONE = 0,
	USHER__REL_SUPPORTED,
	USHER__REL_REQUIRED,
};

struct usher__rel {
	uint32_t rseq; /* of the last one that was sent, and … */
	uint32_t cseq; /* … of the INVITE */
	uint16_t next; /* the status that waits for its turn, or 0 */
	uint8_t peer;  /* enum usher__rel_peer */
	bool open;     /* the last one is not confirmed */
	bool sdp;      /* it had a description */
	bool offer;    /* that one is our offer: its PRACK has the answer */
	bool answered; /* offer and answer are complete before the 200 */
	bool answer;   /* 200 waits for the PRACK */
};

/* Whose place an inbound leg took. */
enum {
	USHER__REPLACES_UP = 1,
	USHER__REPLACES_EARLY,
};

struct usher__replaces {
	char call_id[USHER__UA_MAX_URI + 1];
	char to_tag[USHER__UA_MAX_NAME];   /* ours, where it is our dialog */
	char from_tag[USHER__UA_MAX_NAME]; /* the peer's */
	bool early_only;
};

/* Strings are empty where nothing was said. */
struct usher__history {
	char called[USHER__UA_MAX_NAME];   /* user: whom it was first for */
	char diverted[USHER__UA_MAX_NAME]; /* user: who sent it on to us */
	char reason[USHER__REASON_MAX];    /* why: a word, or a SIP status */
	char user_to_user[USHER__UUI_MAX];
	char privacy[USHER__PRIVACY_MAX];
};

/* With what a request is refused. */
struct usher__refusal {
	uint16_t status; /* 0: it is not */
	uint8_t note;    /* enum usher__note */
	const char *why;
	char more[USHER__WARNING_MAX]; /* whole lines, or "" */
};

/* Our Contact is a sips URI, whatever the transport is called. */
#define USHER__TP_SIPS SIP_TRANSPC

/* A request of ours: whose, and who hears of its answers, as libre has it. */
struct usher__request {
	const struct usher__ua *ua;
	struct sip_dialog *dlg;
	const char *method;
	uint32_t cseq; /* of an ACK */
	struct sip_auth *auth;
	sip_send_h *sendh;
	sip_resp_h *resph;
	void *arg;
	bool stateless;   /* an ACK */
	bool secure;      /* by TLS alone */
	uint8_t forwards; /* Max-Forwards */
};

/* What was said of a leg's media, by the peer and by us. Has keys. */
struct usher__leg_media {
	struct usher__sdp peer;
	char peer_ip[USHER__SDP_IP_MAX];
	struct usher__codecs_map map;
	struct usher__sdp_text_map text_map;
	struct usher__sdp_crypto srtp, srtp_short, text, video;
	bool savp, text_savp, video_savp, video_up;
	struct usher__sdp_video *formats;
};

/* legmedia.c */
/* ret: zeroes, or what was kept before. */
void usher__leg_media_keep(const struct usher__leg *leg,
			   struct usher__leg_media *ret);
void usher__leg_media_clear(struct usher__leg_media *media);
void usher__leg_media_take(struct usher__leg *leg,
			   const struct usher__leg_media *from);

/* text.c */
/* 0: it does not say. */
uint32_t usher__retry_after_s(const struct sip_msg *msg);
bool usher__uri_tel(const struct uri *uri);
/* The next of a header's values, which commas part: what is left goes to
 * rest. False: there is none. */
bool usher__list_next(struct pl *rest, struct pl *ret);
/* Whom a URI names: its user, unescaped; of tel: the number. False as
 * usher__pl_user(). */
bool usher__uri_user(char *dst, size_t size, const struct uri *uri);

/* sameuri.c */
bool usher__uri_same(const struct uri *one, const struct uri *other);

/* request.c */
bool usher__uri_sips(const struct pl *uri);
/* As a call that is placed for this one; 0: for nobody. */
void usher__leg_forward(struct usher__leg *leg, uint64_t caller);
/* fmt: its headers and body. An errno. */
int usher__request(struct sip_request **reqp, const struct usher__request *how,
		   const char *fmt, ...);
/* One of a leg, which is arg; nobody hears of it yet. */
void usher__leg_request(struct usher__request *ret, struct usher__leg *leg,
			struct sip_dialog *dlg, const char *method);
/* 0: challenged, and our next request has the answer. tries counts. */
int usher__leg_retry_auth(struct usher__leg *leg, const struct sip_msg *msg,
			  uint8_t *tries);
/* Who is asked over TLS has to be whom the route names, and is told our
 * Contact. */
int usher__leg_contact_handler(enum sip_transp tp, const struct sa *src,
			       const struct sa *dst, struct mbuf *mb,
			       void *arg);

/* elsewhere.c */
/* A CANCEL that is to say why: with that; NULL: it is none. The reference is
 * the caller's. */
struct mbuf *usher__cancel_explained(const struct mbuf *mb);
/* A request has come: what its Reason says is kept until the next one comes,
 * as libre tells of a CANCEL nothing but that it came. */
void usher__reason_keep(const struct sip_msg *msg);
/* Of the CANCEL that is being handled. */
void usher__reason_kept(struct pl *ret);
/* A request's own, protocol and cause alone: its text is a stranger's, and may
 * be of people, whom events do not name. False: it has none. */
bool usher__reason_of(const struct sip_msg *msg, char *ret, size_t size);

/* history.c */
void usher__history_read(struct usher__history *ret,
			 const struct sip_msg *msg);

/* replaces.c */
/* A Replaces: 0 or USHER_EPROTO. */
int usher__replaces_read(const struct pl *value, struct usher__replaces *ret);
struct usher__leg *
usher__replaces_find(struct usher__ua *ua,
		     const struct usher__replaces *replaces);
/* An INVITE's: 0 and the leg, NULL where it names none; or the status to
 * refuse it with. */
uint16_t usher__replaces_target(struct usher__ua *ua,
				const struct sip_msg *msg,
				struct usher__leg **ret);
/* A new leg takes the place of another, and is answered. */
void usher__leg_replace(struct usher__leg *leg, struct usher__leg *old);

/* redirect.c */
/* A final response: 0 if it is one that says where to go. */
int usher__redirect_take(struct usher__leg *leg, const struct sip_msg *msg);
/* 0: the next INVITE goes to another place. */
int usher__redirect_next(struct usher__leg *leg);
/* It went, or goes, to where one has sent it. */
bool usher__redirect_went(const struct usher__leg *leg);
/* 0: the place stays. Our offer may have been refused since it could be taken
 * in clear, which who demands SRTP does not do; the next one cannot be. */
int usher__leg_insist(struct usher__leg *leg);

/* session.c */
/* A Session-Expires or Min-SE: 0 or USHER_EPROTO. */
int usher__session_read(const struct pl *value, uint32_t *ret_s,
			enum usher__refresher *ret_who);
/* Header lines of a request of ours, and of our 2xx to the peer's. */
int usher__session_ask(struct re_printf *pf, const struct usher__leg *leg);
int usher__session_grant(struct re_printf *pf, const struct usher__leg *leg);
/* The peer's request: 0, or the status to refuse it with. It counts from
 * usher__session_start(), with our 2xx. */
uint16_t usher__session_take(struct usher__leg *leg,
			     const struct sip_msg *msg);
/* The 2xx to ours. */
void usher__session_answered(struct usher__leg *leg,
			     const struct sip_msg *msg);
/* After a 422: 0, and our next request asks for more. */
int usher__session_more(struct usher__leg *leg, const struct sip_msg *msg);
/* What a request changes that is refused afterwards was not agreed on. */
struct usher__session_terms usher__session_terms(const struct usher__leg *leg);
void usher__session_restore(struct usher__leg *leg,
			    const struct usher__session_terms *terms);
/* The line that goes with our 422. */
void usher__session_min(const struct usher__ua *ua, char *ret, size_t size);
/* From now on; then ua->session_due is called. */
void usher__session_start(struct usher__leg *leg);
void usher__session_stop(struct usher__leg *leg);

/* refresh.c */
/* Handler of its timer: refresh it, or it has ended. */
void usher__session_due(void *leg);

/* update.c */
/* As usher__session_take(), of a request within a call: 0, or it is refused.
 */
int usher__session_admit(struct usher__leg *leg, const struct sip_msg *msg);
/* The peer's offer is taken and our answer written: 0, or it is refused, and
 * nothing has changed. */
int usher__leg_take_offer(struct usher__leg *leg, const struct sip_msg *msg,
			  char *sdp, size_t *len);
void usher__leg_updated(struct usher__leg *leg, const struct sip_msg *msg);
/* The peer's offer if it may make one now, as usher__leg_take_offer(). */
int usher__leg_offer_now(struct usher__leg *leg, const struct sip_msg *msg,
			 char *sdp, size_t *len);
/* What the peer's message says it allows. */
void usher__leg_learn(struct usher__leg *leg, const struct sip_msg *msg);

/* rel.c */
/* An RAck: 0 or USHER_EPROTO. */
int usher__rack_read(const struct pl *value, uint32_t *ret_rseq,
		     uint32_t *ret_cseq);
void usher__rel_learn(struct usher__leg *leg, const struct sip_msg *msg);
/* 180, or 183 with a description: now, or when the one before is confirmed. */
int usher__rel_send(struct usher__leg *leg, uint16_t status);
void usher__leg_pracked(struct usher__leg *leg, const struct sip_msg *msg);

/* leg.c */
/* Is our INVITE still to be answered? Others may answer it, then. */
bool usher__branch_open(const struct usher__leg *leg);
void usher__branches_flush(struct usher__leg *leg);

/* branch.c */
/* Whose dialog, early or not, a message belongs to; or NULL. */
struct usher__leg *usher__leg_by_dialog(struct usher__ua *ua,
					const struct sip_msg *msg);
/* Is the message one of an early dialog of a leg that rings? */
bool usher__branch_of(const struct usher__leg *leg, const struct sip_msg *msg);
/* That early dialog, else the leg's. */
struct sip_dialog *usher__branch_dialog(const struct usher__leg *leg,
					const struct sip_msg *msg);
bool usher__branch_answered(const struct usher__leg *leg,
			    const struct sip_msg *msg);
/* Where UPDATE can go before the answer, or NULL. */
struct sip_dialog *usher__branch_heard(const struct usher__leg *leg);
/* A provisional: false if it is not to be looked at. */
bool usher__branch_confirm(struct usher__leg *leg, const struct sip_msg *msg);
/* Before a message of an early dialog says something of media: the leg's are
 * what that branch has said, or our INVITE's offer, which each branch answers
 * for itself. USHER_ENOMEM. */
int usher__branch_enter(struct usher__leg *leg, const struct sip_msg *msg);
/* The same of the one that was heard last, before an offer of ours to it. */
void usher__branch_enter_heard(struct usher__leg *leg);
/* … and when it was sent there. */
void usher__branch_offered(struct usher__leg *leg,
			   const struct sip_dialog *dlg);
/* The leg's media are what its branch has answered, or agreed on since. */
void usher__branch_keep(struct usher__leg *leg, const struct sip_msg *msg);
void usher__branch_changed(struct usher__leg *leg, const struct sip_msg *msg,
			   bool theirs);
/* The first 200 makes the dialog; media as it says, or as was said before. */
int usher__branch_establish(struct usher__leg *leg, const struct sip_msg *msg);
int usher__branch_settle(struct usher__leg *leg, const struct sip_msg *msg);
/* A 200 of another branch than the one that was answered first. */
void usher__leg_forked(struct usher__ua *ua, const struct sip_msg *msg);

#endif
