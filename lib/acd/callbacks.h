/* Callbacks: contacts that keep their place without a leg, and call back.
 * The diagram is in callback.c. Inside lib/acd only. */
#ifndef USHER_ACD_CALLBACKS_H
#define USHER_ACD_CALLBACKS_H

#include <acd/internal.h>

/* The longest that a customer's phone may ring, or be tried. */
#define CALLBACK_DIAL_US INT64_C(120000000)

struct callback {
	struct usher__node by_address; /* in acd->callbacks */
	struct usher__node by_customer;
	struct usher__ev_callback_asked *conf;
	size_t size; /* of the piece that conf and this are in */
	struct contact *contact;
	struct req *req;
	/* planned: due then; dialing: no longer than that; turn: 0, or of a
	 * record of a former version: asked about again then */
	int64_t at;
	int64_t state_since;
	struct callback *called_next; /* in acd->called, while */
	struct callback **called_at;  /* this is not 0: */
	struct agent *agent;          /* whom turns.c has for it, or NULL */
	uint64_t searched;            /* in this search of turns.c */
	uint32_t dialed;              /* its number among acd->dialed, or 0 */
	uint32_t called_in; /* queues that count its customer as called */
	uint32_t attempts;  /* that were made, the running one included */
	uint32_t state;     /* enum usher_callback_state */
};

/* Without a leg, and not to be offered now. A callback that calls an agent
 * first is offered once it is due. */
static inline bool usher__contact_away(const struct contact *contact)
{
	const struct callback *cb = contact->callback;

	return contact->detached_until ||
	       (cb && (cb->state != USHER_CALLBACK_DUE ||
		       cb->conf->first != USHER_CALLBACK_AGENT));
}

/* Without a leg, and to be dialed once it would be offered. */
static inline bool usher__contact_turns(const struct contact *contact)
{
	const struct callback *cb = contact->callback;

	return cb && cb->state == USHER_CALLBACK_TURN;
}

/* Dialed now, or about to be, with no agent yet: who is free may be needed. */
static inline bool usher__contact_called(const struct contact *contact)
{
	const struct callback *cb = contact->callback;

	return cb && cb->conf->first == USHER_CALLBACK_CUSTOMER &&
	       (cb->state == USHER_CALLBACK_DUE ||
		cb->state == USHER_CALLBACK_DIALING);
}

/* ---- apply_callback.c ---- */
/* Such a contact waits in one more queue from now on (1), or is about not to
 * (-1); in all of its queues, before and after its callback changes. */
void usher__callback_count_in(struct usher_acd *acd,
			      const struct contact *contact, int change);
void usher__callback_count(struct usher_acd *acd,
			   const struct contact *contact, int change);
int usher__prepare_callback(struct usher_acd *acd,
			    const struct usher__ev_callback_asked *ev);
bool usher__apply_callback(struct usher_acd *acd, const struct usher_event *ev,
			   const void *payload);
/* Forget a callback, if there is one. */
void usher__callback_drop(struct usher_acd *acd, struct contact *contact);
/* When the next thing happens to it by itself. */
void usher__callback_set_timer(struct usher_acd *acd, struct contact *contact);
/* Numbers are in range, at the time of the event. */
bool usher__good_callback(const struct usher__ev_callback_asked *ev,
			  int64_t now);
/* An event of a record against the state. */
bool usher__callback_fits(const struct usher_acd *acd,
			  const struct usher_event *ev, const void *payload);
/* Whoever has a callback for this address, or else this customer; NULL:
 * nobody. Empty texts find nobody. */
struct contact *usher__callback_find(const struct usher_acd *acd,
				     const struct usher__bytes *address,
				     const struct usher__bytes *customer);

/* ---- turns.c ---- */
/* Whether one more agent is free for those who are dialed first, and for who
 * has this segment, so that its customer may be dialed. If not, its class is
 * held in this round of serving, where those of it are alike. */
bool usher__turn_fits(struct usher_acd *acd, struct segment *seg);
/* Mark the agents who are free for somebody who has the turn now. */
void usher__turns_mark(struct usher_acd *acd);

/* ---- callback.c: what inputs and deadlines share ---- */
void usher__offer_failed(struct usher_acd *acd, struct offer *offer,
			 const struct usher__bytes *reason);
size_t usher__callback_room(const struct usher_acd *acd,
			    const struct contact *contact);
/* The time of what usher__callback_set_timer() set has come. */
void usher__callback_timer(struct usher_acd *acd, struct contact *contact);
/* Its window is open: it waits in its queues. */
void usher__callback_due(struct usher_acd *acd, struct contact *contact);
/* The customer, who is being dialed, was not reached. */
void usher__callback_missed(struct usher_acd *acd, struct contact *contact,
			    const struct usher__bytes *reason);
/* The contact goes on as any other, or is about to end. */
void usher__callback_over(struct usher_acd *acd, struct contact *contact,
			  const struct usher__bytes *reason);
/* The customer is on the line: reached, or called in again. */
void usher__callback_attach(struct usher_acd *acd, struct contact *contact);

#endif
