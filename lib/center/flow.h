/* Flows of sessions, what they say is to be done, and their queues. */
#ifndef USHER_LIB_CENTER_FLOW_H
#define USHER_LIB_CENTER_FLOW_H

#include <stddef.h>
#include <stdint.h>

struct session;
struct usher__fetched;
struct usher_attr;
struct usher_center;
struct usher_ivr_action;

/* enqueue.c */
/* Into those that are open, as the flow's action (or NULL) wants it; 0, or an
 * error and the name of the flow's exit. */
int usher__queues_enter(struct usher_center *center, struct session *session,
			const char *const *names, size_t count,
			const struct usher_ivr_action *action,
			int64_t since_us, const char **exit);
/* Into one, with its music. */
int usher__flow_enqueue(struct usher_center *center, struct session *session,
			const char *queue);
/* since_us: its age counts from there; 0: as the contact's. */
int usher__flow_enqueue_since(struct usher_center *center,
			      struct session *session, const char *queue,
			      int64_t since_us);
/* Into those again that it was in when it was answered, as it was wanted then;
 * without those that are closed, full or removed. */
int usher__flow_enqueue_again(struct usher_center *center,
			      struct session *session);
/* It is in there, with what the flow asked of agents (taken; or NULL) and the
 * priority that it gave. */
void usher__queue_entered(struct session *session, uint64_t queue,
			  char *require, int64_t urgency);
/* It has left that one, since it was answered. */
void usher__queue_waited(struct session *session, uint64_t queue);

/* flow_act.c */
/* Set an attribute of the contact; "consent" is heard of. */
int usher__contact_attr(struct usher_center *center, struct session *session,
			const struct usher_attr *attr);
void usher__flow_act(struct usher_center *center, struct session *session,
		     const struct usher_ivr_action *action);

/* flow.c */
int usher__flow_start(struct usher_center *center, struct session *session,
		      const char *flow);
void usher__flow_feed(struct usher_center *center, struct session *session,
		      uint32_t kind, uint32_t request, const char *text);
void usher__flow_stop(struct usher_center *center, struct session *session,
		      const char *reason);
void usher__flow_fetched(struct usher_center *center, uint64_t contact,
			 struct usher__fetched *fetched);
void usher__flow_advance(struct usher_center *center, struct session *session);

#endif
