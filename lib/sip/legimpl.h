/* A leg's inside, shared by the files that carry a call: how it begins, what
 * goes on within it, how it ends. Everything on the loop's thread. */
#ifndef USHER_LIB_SIP_LEGIMPL_H
#define USHER_LIB_SIP_LEGIMPL_H

#include <sip/impl.h>
#include <sip/leg.h>
#include <sip/legside.h>

/* What may happen to a leg; see leg.c for the table. */
enum usher__leg_input {
	USHER__IN_RING = 0, /* we send 180 or 183 */
	USHER__IN_ACCEPT,   /* we send 200 */
	USHER__IN_HANGUP,   /* we give it up */
	USHER__IN_PART,     /* the same, with a last NOTIFY open */
	USHER__IN_PARTED,   /* that was answered, or is waited for no longer */
	USHER__IN_PROVISIONAL,
	USHER__IN_SUCCESS,
	USHER__IN_FAILURE, /* a final 3xx–6xx, or no response */
	USHER__IN_CANCEL,
	USHER__IN_ACK,
	USHER__IN_BYE,
	USHER__IN_NO_ACK, /* our 200 was not confirmed in time */
	USHER__IN_CLOSED, /* our BYE was answered, or never will be */
	USHER__IN_COUNT
};

/* An offer of ours within a call. */
enum usher__offer_state {
	USHER__OFFER_NONE = 0,
	USHER__OFFER_SENT,
	USHER__OFFER_WAIT, /* not now: again after a while */
};

struct usher__leg;
typedef void(usher__side_fn)(struct usher__leg *leg, uint16_t status);

struct usher__leg {
	struct le he_id, he_dialog, he_port;
	struct le le_ending, le_elsewhere;
	struct usher__ua *ua;
	uint64_t id;
	void *arg;
	uint8_t state; /* enum usher__leg_state; leg.c alone writes it */
	bool outbound;
	bool ended;      /* the application takes it for over */
	bool ended_told; /* LEG_ENDED was delivered */
	bool early;      /* outbound: an answer came before 200 */
	bool offered;    /* the last offer was ours */
	bool ack_answer; /* the next ACK carries the answer */
	bool peer_holds, we_hold;
	enum sip_transp tp; /* inbound: that its INVITE came by */
	bool near;          /* no proxy is known between us: see dialog.c */
	bool sips;          /* our Contact is such a URI, all goes by TLS */
	bool registered;    /* outbound: to a phone that registered here */
	bool peer_update;   /* it allows UPDATE */
	uint8_t cause;
	uint8_t forwards; /* that are left: Max-Forwards of its INVITE */
	uint64_t caller;  /* the leg that it is placed for; 0: none */
	bool elsewhere;   /* another one has answered that */
	uint16_t status;
	char *reason;

	struct sip_dialog *dlg;
	struct sip_dialog *half; /* before the answer, for forked ones */
	struct list branches;    /* that sent something reliable: branch.c */
	struct usher__leg_media *invited; /* what our INVITE offered, once it
					   * was answered early */
	struct sip_strans *st;   /* an INVITE that awaits our final response */
	struct sip_msg *invite;  /* that INVITE, until its ACK */
	struct sip_request *req; /* our INVITE or BYE */
	/* Our re-INVITE, or UPDATE with an offer: apart, as a BYE may
	 * overtake it, and its 200 wants an ACK all the same. */
	struct sip_request *offer;
	struct sip_request *side; /* our INFO, REFER or NOTIFY … */
	const char *side_method;
	usher__side_fn *side_done;
	char *side_text; /* … kept for when we are asked who we are */
	struct sip_request *asked; /* our OPTIONS */
	uint8_t side_tries;        /* of side */
	uint8_t unanswered;        /* OPTIONS, one after another */
	uint8_t auth_tries;
	uint8_t replaces; /* USHER__REPLACES_…, or 0 */
	bool no_port;     /* the engine has none left for this */
	struct sip_request *ack_req;
	struct sip_auth *auth;
	char *auth_user, *auth_password;
	char *asserted;         /* a header for who may know it alone */
	char *headers;          /* of the first INVITE, and its … */
	char *target;           /* … URI */
	char *hop;              /* … and where it goes, over a trunk */
	struct usher__use *use; /* of that trunk, or of the caller's */
	struct usher__redirect *redirect;
	char *name;    /* how a Refer-To names it; of a phone's */
	char *contact; /* user part of our Contact */

	/* our 200 until its ACK, or our ACK as long as 200 may come again */
	struct mbuf *again;
	struct sa again_dst;
	enum sip_transp again_tp;
	uint32_t again_cseq;
	uint32_t again_count;
	struct tmr again_tmr; /* of what was sent; before, of 100 */
	struct tmr deadline;  /* ring timeout; last NOTIFY */
	uint32_t silent_ms;   /* of each INVITE without any response; or 0 */
	uint32_t ring_ms;     /* to it, once somebody is there */
	struct tmr glare_tmr;
	struct tmr alive_tmr;
	int64_t alive_us; /* monotonic: the peer showed that it is there */

	uint64_t port;                     /* in the media engine */
	struct usher__leg_quality quality; /* when it was closed */
	uint16_t rtp_port;
	char ip[USHER__SDP_IP_MAX]; /* ours, in SDP */
	uint32_t sdp_version;
	uint8_t dir;         /* ours, as agreed */
	uint8_t offer_state; /* enum usher__offer_state */
	uint8_t offer_tries;
	bool offer_hold;    /* what it asks for, or … */
	bool offer_refresh; /* … nothing: the session goes on, … */
	bool offer_changed; /* … with another description */
	bool offer_due;     /* such a one, as soon as it can be */
	struct usher__session session;
	struct usher__rel rel;
	bool savp;           /* our last offer was RTP/SAVP */
	bool insists;        /* what RTP/AVP with keys was refused for */
	uint8_t srtp_policy; /* enum usher__srtp_policy */
	struct usher__sdp_crypto srtp; /* ours, as offered or answered … */
	struct usher__sdp_crypto srtp_short; /* … and offered beside it */
	struct usher__codecs codecs;  /* the trunk's, or the user agent's */
	struct usher__codecs_map map; /* their numbers in this call */
	struct usher__sdp_text_map text_map; /* … and those of text */
	char *said; /* our last description, with keys */
	struct usher__sdp peer;
	char peer_ip[USHER__SDP_IP_MAX]; /* where its description came from */
	struct usher__leg_side text, video;
	bool video_new; /* as USHER__LEG_VIDEO tells, and did not yet */
	bool no_text, no_video;           /* neither taken nor offered */
	struct usher__sdp_video *formats; /* of our last offer; or NULL */
	char *rest; /* text that was not read when its port was closed */
	size_t rest_len;

	uint64_t digits_second; /* in which … */
	uint32_t digits;        /* … so many came by INFO */

	bool referred;         /* a REFER is in its callback, unanswered */
	bool refer_sub;        /* we owe NOTIFYs */
	bool refer_out;        /* our REFER is under way */
	struct sip_msg *refer; /* the REFER in its callback */
	char *notify;          /* sipfrag that waits for side to be free */
	bool notify_final;
};

/* leg.c */
struct usher__leg *usher__leg_alloc(struct usher__ua *ua, bool outbound);
struct usher__leg *usher__leg_find(struct usher__ua *ua, uint64_t id);
int usher__leg_next(enum usher__leg_state state, enum usher__leg_input input);
bool usher__leg_take(struct usher__leg *leg, enum usher__leg_input input);
void usher__leg_index(struct usher__leg *leg); /* after dlg is set */
void usher__leg_tell(struct usher__leg *leg, struct usher__leg_event *event);
/* For the application it is over; LEG_ENDED on the next turn. */
void usher__leg_over(struct usher__leg *leg, enum usher__leg_cause cause,
		     uint16_t status, const struct pl *reason);
void usher__leg_dispose(struct usher__leg *leg); /* in ENDED_STATE */
/* One call less of its trunk. */
void usher__trunk_leave(struct usher__leg *leg);
/* Its peer is not asked any more whether it is there. */
void usher__leg_unwatch(struct usher__leg *leg);

/* hangup.c */
void usher__legs_stop(struct usher__ua *ua);

/* legmedia.c */
int usher__leg_open_port(struct usher__leg *leg, const struct sa *peer);
size_t usher__leg_offer(struct usher__leg *leg, char *text, uint8_t dir);
/* Within a call, which stays what it is: codecs of another clock are left to a
 * peer that asks what we have. same: unless something changed the version
 * stays. */
size_t usher__leg_reoffer(struct usher__leg *leg, char *text, uint8_t dir,
			  bool same);
size_t usher__leg_sdp_answer(struct usher__leg *leg, char *text);
/* The peer's answer: 0, USHER_EPROTO, USHER_ENOTSUP (no codec). */
int usher__leg_peer_sdp(struct usher__leg *leg, const struct sip_msg *msg);
/* The same of an offer: the status to refuse it with, or 0. */
uint16_t usher__leg_take_sdp(struct usher__leg *leg, const struct sip_msg *msg,
			     struct usher__refusal *ret);
int usher__leg_apply(struct usher__leg *leg, bool we_offered);
/* What the peer has changed: hold, video. */
void usher__leg_tell_changes(struct usher__leg *leg);

/* legin.c */
void usher__leg_invited(struct usher__ua *ua, const struct sip_msg *msg);
void usher__leg_acked(struct usher__leg *leg, const struct sip_msg *msg);

/* reply.c: 200 to a request within a call, with our Contact, what we agreed
 * on, and a description unless len is 0. Kept as usher__ua_reply() does. */
void usher__leg_reply_200(struct usher__leg *leg, const struct sip_msg *msg,
			  const char *sdp, size_t len);

/* legreply.c */
int usher__leg_send_200(struct usher__leg *leg, const struct sip_msg *msg,
			const char *sdp, size_t len);
/* What was sent is sent again; handler says when and how often. */
void usher__leg_again_start(struct usher__leg *leg, const struct sip_msg *msg,
			    tmr_h *handler);
int usher__leg_contact_print(struct re_printf *pf,
			     const struct usher__leg *leg);
void usher__leg_refuse(struct usher__leg *leg, uint16_t status,
		       const char *reason);

/* legout.c */
/* Sends the INVITE of a leg that is ready for it, or once more. */
int usher__leg_invite(struct usher__leg *leg);
void usher__leg_ack(struct usher__leg *leg, const struct sip_msg *msg);
void usher__leg_ack_again(struct usher__leg *leg, const struct sip_msg *msg);

/* ring.c: how long ours may ring. silent_ms: how long nobody has to say
 * anything at all, or 0. */
void usher__leg_ring_start(struct usher__leg *leg, uint32_t ring_ms,
			   uint32_t silent_ms);
/* Somebody is there; or the INVITE has gone elsewhere. */
void usher__leg_ring_heard(struct usher__leg *leg);
void usher__leg_ring_again(struct usher__leg *leg);

/* bye.c */
void usher__leg_bye(struct usher__leg *leg);

/* elsewhere.c */
/* It is about to be given up: if nothing has come of it, it may still come,
 * and the caller be answered by another one before. */
void usher__leg_unheard(struct usher__leg *leg);
/* That one has answered. */
void usher__leg_completed(const struct usher__leg *leg);
/* A line for what ends it, or "". */
const char *usher__leg_why(const struct usher__leg *leg);

/* alive.c: from when it is up, until usher__leg_over(). */
void usher__leg_watch(struct usher__leg *leg);
/* The peer is gone without a BYE: tell, and send ours in case it is not. */
void usher__leg_lost(struct usher__leg *leg, uint16_t status);

/* dialog.c */
/* What makes the dialog says how others name it. */
void usher__leg_name_dialog(struct usher__leg *leg, const struct sip_msg *msg);

/* reinvite.c */
void usher__leg_reinvited(struct usher__leg *leg, const struct sip_msg *msg);
int usher__leg_refresh(struct usher__leg *leg);
/* If leg->offer_due: the same with what has changed, now or when what goes on
 * is over; nobody is told how it went. */
void usher__leg_offer_due(struct usher__leg *leg);

/* refer.c */
void usher__leg_referred(struct usher__leg *leg, const struct sip_msg *msg);
void usher__leg_notified(struct usher__leg *leg, const struct sip_msg *msg);
struct usher__target {
	char uri[USHER__UA_MAX_URI];
	char user[USHER__UA_MAX_NAME]; /* unescaped */
	char host[USHER__UA_MAX_NAME];
	char replaces[USHER__UA_MAX_URI]; /* "": a blind transfer */
};
/* A Refer-To: 0, USHER_EPROTO, or USHER_ENOTSUP (headers that are not for
 * us). */
int usher__refer_target(const struct pl *value, struct usher__target *ret);

/* info.c */
void usher__leg_informed(struct usher__leg *leg, const struct sip_msg *msg);
/* The digit in a body, '\0' if it is a flash; or USHER_EPROTO. */
int usher__info_digit(const struct pl *body, bool relay, char *digit,
		      uint32_t *duration_ms);

/* side.c: a request within a call; fmt gives its headers and body (libre's
 * format). done, if any, is told the final status. USHER_EBUSY while another
 * is under way. */
int usher__leg_side(struct usher__leg *leg, const char *method,
		    usher__side_fn *done, const char *fmt, ...);
void usher__leg_notify_due(struct usher__leg *leg);
/* Has the last NOTIFY no answer yet? Then our BYE is to wait. */
bool usher__leg_notify_open(const struct usher__leg *leg);
void usher__leg_parting(struct usher__leg *leg); /* it is PARTING now */
/* If it is, no longer: the NOTIFY if that has not gone out, and BYE. */
void usher__leg_part(struct usher__leg *leg);

#endif
