/* Inside the naive account: how an event is read, and the parts of a fold. */
#ifndef PROPERTY_FOLD_H
#define PROPERTY_FOLD_H

#include "model.h"

/* A field of an event; what it has not is 0 or "". */
uint64_t event_u64(const struct usher_event *ev, uint32_t field);
int64_t event_i64(const struct usher_event *ev, uint32_t field);
void event_text(const struct usher_event *ev, uint32_t field, char *to,
		size_t size);
/* The number of that name, below 0: none; and the language where one is
 * wanted. */
void event_attrs(const struct usher_event *ev, double *number_of,
		 const char *number_name, char *language, size_t size);
void event_options(const struct usher_event *ev, uint32_t field,
		   struct m_options *o);
/* Below 0: none of this name. */
int model_kind(const char *name);

/* Whose work ended, or who did not take an offer, goes to the end of the
 * line of the idle. */
void model_agent_rests(struct model *m, uint64_t id);
/* Who waits for this agent alone, or this contact, or in this queue, does not
 * any more: 0 is any. */
void model_await_over(struct model *m, uint64_t agent, uint64_t contact,
		      uint64_t queue, int64_t now);

/* False: the event does not fit what came before it. */
bool model_fold_config(struct model *m, const struct usher_event *ev);
bool model_fold_contact(struct model *m, const struct usher_event *ev);
bool model_fold_segment(struct model *m, const struct usher_event *ev);
bool model_fold_offer(struct model *m, const struct usher_event *ev);

#endif
