/* What a leg has beside its sound, and what it keeps of its peer's
 * description. */
#ifndef USHER_LIB_SIP_LEGSIDE_H
#define USHER_LIB_SIP_LEGSIDE_H

#include <compat.h>

#include <sip/sdp.h>

struct usher__leg;
struct usher__leg_media;

/* A stream of a leg beside its sound: legside.c. */
struct usher__leg_side {
	struct le he;      /* in ua->ports */
	uint64_t port;     /* in the media engine; 0: there is none */
	uint16_t rtp_port; /* in SDP */
	bool wanted;       /* our offers have it */
	bool up;           /* agreed upon */
	bool savp;         /* our last offer was RTP/SAVP */
	struct usher__sdp_crypto srtp;
};

/* peer.c: what a leg's peer described, or a copy of it; zeroes are none. */
/* What was read gets memory of its own for what is beside sound. */
int usher__peer_keep(struct usher__sdp *sdp);
void usher__peer_copy(struct usher__sdp *to, const struct usher__sdp *from);
void usher__peer_clear(struct usher__sdp *sdp);

/* legport.c */
struct usher__leg_side *usher__leg_side_of(struct usher__leg *leg,
					   enum usher__mkind kind);
/* A port of a kind, beside others of the leg. */
int usher__leg_new_port(struct usher__leg *leg, enum usher__mkind kind,
			uint64_t *ret, uint16_t *ret_port);
void usher__leg_side_close(struct usher__leg *leg, enum usher__mkind kind);
/* All of them. */
void usher__leg_close_port(struct usher__leg *leg);

/* legside.c: the streams beside sound. None of them ever fails a call. */
/* What our offer, or our answer to the peer's, says of them. */
void usher__leg_sides_offer(struct usher__leg *leg, uint8_t dir,
			    struct usher__sdp_local *local);
void usher__leg_sides_answer(struct usher__leg *leg,
			     struct usher__sdp_local *local);
/* The peer's answer: what does not fit our offer is refused. */
void usher__leg_sides_agree(const struct usher__leg *leg,
			    struct usher__sdp *sdp);
void usher__leg_sides_apply(struct usher__leg *leg, bool we_offered);
/* Our INVITE was answered: nobody else takes what is not agreed upon. */
void usher__leg_sides_settle(struct usher__leg *leg);
/* Room for the video that it offers; false: no memory. */
bool usher__leg_have_formats(struct usher__leg *leg);
bool usher__leg_side_is(const struct usher__leg *leg, uint64_t port);
/* The first offer is ours, to who has called without one. */
void usher__leg_sides_want(struct usher__leg *leg);
/* Its offer has the video that we know. */
void usher__leg_video_want(struct usher__leg *leg);
/* Its offer has the video that another leg's peer has offered, if any. */
void usher__leg_video_like(struct usher__leg *leg, uint64_t other);
/* Since what was kept before: it came, or is of another kind. */
bool usher__leg_video_other(const struct usher__leg *leg,
			    const struct usher__leg_media *before);
/* To a leg that takes the place of another. */
void usher__leg_sides_move(struct usher__leg *leg, struct usher__leg *old);

#endif
