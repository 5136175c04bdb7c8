/* Reading a snapshot, in two files. Inside lib/acd only. */
#ifndef USHER_ACD_RESTORE_H
#define USHER_ACD_RESTORE_H

#include <acd/internal.h>

struct reader {
	struct usher_acd *acd;
	const unsigned char *at;
	const unsigned char *end;
	union usher__payload payload;
	struct queue *queue;
	struct agent *agent;
	struct contact *contact;
	uint64_t widen_segment; /* widens as soon as it has an offer */
	int64_t widen;
	int64_t widen_since;
	char *space;
	size_t space_size;
	bool began;
};

/* Contacts and what belongs to them; each 0 or an error. */
int usher__load_contact(struct reader *r,
			const struct usher__ev_st_contact *st);
int usher__load_callback(struct reader *r,
			 const struct usher__ev_callback_asked *ev);
int usher__load_callback_state(struct reader *r,
			       const struct usher__ev_st_callback *st);
int usher__load_segment(struct reader *r,
			const struct usher__ev_st_segment *st);
int usher__load_offer(struct reader *r, const struct usher__ev_st_offer *st);
int usher__load_retry(struct reader *r, const struct usher__ev_st_retry *st);

#endif
