/* What a dialog speaks besides INVITE, ACK and BYE: session timers (RFC 4028),
 * reliable provisional responses (RFC 3262), UPDATE (RFC 3311), and the
 * branches of a forked INVITE. Part of impl.h. */
#ifndef USHER_LIB_SIP_WITHIN_H
#define USHER_LIB_SIP_WITHIN_H

enum {
	USHER__SESSION_S = 1800,          /* what we ask for and grant */
	USHER__SESSION_MIN_S = 90,        /* less is refused (RFC 4028, 4) */
	USHER__SESSION_MAX_S = 86400,     /* more is not agreed to */
	USHER__SESSION_TRIES = 3,         /* of one request, each with more */
	USHER__SESSION_MARGIN_MS = 32000, /* it ends so long before (10) … */
	USHER__SESSION_SHARE = 3, /* … or that part of it, if it is less */
	USHER__SESSION_AGAIN = 1000,   /* between tries to refresh, at least */
	USHER__SESSION_LINE = 32,      /* bytes of a Min-SE header */
	USHER__GLARES_MAX = 8,         /* then an offer of ours is given up */
	USHER__RETRY_AFTER_MAX_S = 10, /* waited for; a longer one is a no */
	USHER__REL_SENDS = 6,    /* again, which takes 63 T1 (RFC 3262, 3) */
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

#endif
