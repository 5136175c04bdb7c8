/*
 * The state of a core, and who may do what with it.
 *
 * 1. Events change state, in usher__acd_apply() and what it calls (apply_*.c);
 *    nothing else does. Apply cannot fail: usher__acd_prepare() and the
 *    reserves of usher__acd_run() have taken all memory before.
 * 2. Handlers of inputs and deadlines (do_*.c, due.c, over.c) and matching
 *    (match.c) read the state and emit events; each emit applies at once.
 * 3. Trees, classes, profiles, marks and timers are an index of the state:
 *    derived, rebuilt after a restore, in no snapshot.
 * 4. What has to be matched is marked. usher__acd_pump() takes first the
 *    marked segments, then the marked agents, each by smallest id, until
 *    nothing is marked: marks in a quiet state change nothing. Who is free
 *    for somebody whose turn to be dialed has come is marked by it (turns.c).
 */
#ifndef USHER_ACD_INTERNAL_H
#define USHER_ACD_INTERNAL_H

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include <acd/ahead.h>
#include <acd/apply.h>
#include <acd/find.h>
#include <acd/match.h>
#include <acd/renew.h>
#include <acd/rest.h>
#include <acd/state.h>
#include <acd/tape.h>
#include <acd/timers.h>

/* Longest span that an input or a record may have: a year. Up to
 * USHER_TIME_MAX a few of them can be added to any time. */
#define SPAN_MAX INT64_C(31622400000000)
/* Of a contact, a queue and a stay in it, each; kept in 32 bits. */
#define PRIORITY_MAX 1000000

/* Of an agent: what was forced, and what capacity allows of each kind. */
#define LOAD_HARD_MAX                                                         \
	(USHER_AGENT_LOAD_MAX + USHER_CHANNELS_MAX * USHER_CAPACITY_MAX)

_Static_assert(LOAD_HARD_MAX <= UINT16_MAX, "loads are counted in 16 bits");

/* ---- Sets as bits, 64 a word ---- */

static inline uint32_t usher__bits_words(uint32_t bits)
{
	return (bits + 63) / 64;
}

/* The lowest bit; there is one. */
static inline uint32_t usher__bits_first(uint64_t bits)
{
	return (uint32_t)__builtin_ctzll(bits);
}

static inline bool usher__good_span(int64_t span)
{
	return span >= 0 && span <= SPAN_MAX;
}

/* Least time after which a policy widens: each costs a timer and a question.
 */
#define WIDEN_MIN INT64_C(1000000)

static inline bool usher__good_widen(int64_t span)
{
	return !span || (span >= WIDEN_MIN && usher__good_span(span));
}

static inline bool usher__good_time(int64_t time)
{
	return time >= 0 && time <= USHER_TIME_MAX;
}

static inline bool usher__good_priority(int64_t priority)
{
	return priority >= -PRIORITY_MAX && priority <= PRIORITY_MAX;
}

/* ---- input.c ---- */
int usher__acd_run(struct usher_acd *acd, int64_t now, uint32_t type,
		   const void *in, uint64_t *ret, struct usher_error *err);

typedef int(usher__handler)(struct usher_acd *acd, const void *in,
			    uint64_t *ret, struct usher_error *err);

/* ---- emit.c ---- */
/* The input's own memory, and that of its events. 0 or USHER_ENOMEM. */
int usher__acd_room(struct usher_acd *acd, size_t bytes);
/* Give an event its number, apply it, and put it on the tape. */
void usher__acd_emit(struct usher_acd *acd, uint32_t type, uint64_t contact,
		     uint64_t segment, const void *payload);
/* Scratch bytes that live until the next call of it. NULL: no memory. */
void *usher__acd_scratch(struct usher_acd *acd, size_t size);
/* Prepare, then emit. 0 or USHER_ENOMEM and nothing emitted. */
int usher__acd_bring(struct usher_acd *acd, uint32_t type, uint64_t contact,
		     uint64_t segment, const void *payload);

/* ---- reserve.c ---- */
/* Reserves for one step: objects of every pool. */
int usher__acd_reserve(struct usher_acd *acd);
/* Timers for one step, and for so many segments besides. */
int usher__timers_reserve(struct usher_acd *acd, uint32_t more);

/* ---- apply_*.c: by subject; each returns whether the type was its own ----
 */
bool usher__apply_config(struct usher_acd *acd, const struct usher_event *ev,
			 const void *payload);
bool usher__apply_contact(struct usher_acd *acd, const struct usher_event *ev,
			  const void *payload);
bool usher__apply_queue(struct usher_acd *acd, const struct usher_event *ev,
			const void *payload);
bool usher__apply_offer(struct usher_acd *acd, const struct usher_event *ev,
			const void *payload);
bool usher__apply_step(struct usher_acd *acd, const struct usher_event *ev,
		       const void *payload);
bool usher__apply_agent(struct usher_acd *acd, const struct usher_event *ev,
			const void *payload);

/* ---- apply_step.c, steps.c ---- */
void usher__steps_drop(struct usher_acd *acd, struct queue *queue);
/* When the steps of a segment have to be looked at next, after a time. */
int64_t usher__steps_at(const struct usher_acd *acd, const struct segment *seg,
			int64_t from);
/* The same when they were just looked at and nothing has happened: what no
 * event brings. False: no event brings it sooner. */
bool usher__steps_rest(struct usher_acd *acd, const struct segment *seg,
		       int64_t *at);
/* Bytes on the tape for all steps of a segment at once. */
size_t usher__steps_room(const struct usher_acd *acd,
			 const struct segment *seg);
/* The same for entering queues, which are ids, with a requirement so long. */
size_t usher__enter_room(const struct usher_acd *acd,
			 const struct contact *contact,
			 const struct usher__bytes *queues, size_t len);
/* Take the steps that are due; the segment may be gone then. The first time,
 * when the contact was put into the queue; or later. */
void usher__steps_enter(struct usher_acd *acd, struct segment *seg);
void usher__steps_run(struct usher_acd *acd, struct segment *seg);

/* ---- do_config.c ---- */
/* Numbers of a queue's options are in range. */
bool usher__good_queue(const struct usher__ev_queue_set *conf);
bool usher__good_fallback(const struct usher_acd *acd, const char *name);

void usher__queue_policy_state(struct queue *queue,
			       const struct usher__bytes *policy,
			       const struct usher__bytes *bytes);

/* ---- things.c: finding ---- */
struct queue *usher__queue_named(const struct usher_acd *acd,
				 const char *name);
struct agent *usher__agent_named(const struct usher_acd *acd,
				 const char *name);
int usher__list_reserve(const struct usher_acd *acd, struct list *list,
			uint32_t n);
void usher__list_insert(struct list *list, uint32_t at, void *item);
void usher__list_remove(struct list *list, void *item);
uint32_t usher__list_name_place(const struct list *list, const char *name,
				const char *(*name_of)(const void *item),
				bool *found);
const char *usher__queue_name(const void *queue);
const char *usher__agent_name(const void *agent);
bool usher__contact_waits_in(const struct contact *contact,
			     const struct queue *queue);
struct segment *usher__contact_with(const struct contact *contact,
				    const struct agent *agent);
/* Kind of channel by name; −1: not known. */
int usher__kind_find(const struct usher_acd *acd, const char *name);
/* Reason, flow, disposition: cut to USHER_NAME_MAX at a whole character. */
struct usher__bytes usher__cut(const struct usher__bytes *text);
void usher__name_copy(char to[NAME_SIZE], const struct usher__bytes *text);
/* Of some steps those that let more agents in. */
uint32_t usher__rings(const struct queue *queue, uint32_t steps);
/* Of a ring: NULL is everybody. */
const struct req *usher__ring_req(const struct queue *queue, uint32_t step,
				  bool *anyone);

void usher__retry_add(struct usher_acd *acd, struct contact *contact,
		      uint64_t agent, int64_t until, int64_t now);
/* Those that were over before now: who waited for it was asked then. */
void usher__retries_settle(struct usher_acd *acd, struct contact *contact);

/* ---- make.c ---- */
struct segment *usher__segment_make(struct usher_acd *acd,
				    struct contact *contact, uint64_t id,
				    uint32_t kind, int64_t now);
void usher__segment_drop(struct usher_acd *acd, struct segment *seg);
/* Kind of channel by name, made when new. Or a negative error. */
int usher__kind_make(struct usher_acd *acd, const char *name);

/* ---- due.c ---- */
/* Run one deadline that is due at or before until; false: there is none. */
int usher__timer_run(struct usher_acd *acd, int64_t until, bool *ran);

/* ---- capacity.c ---- */
uint32_t usher__agent_max(const struct usher_acd *acd,
			  const struct agent *agent, uint32_t kind);
bool usher__agent_has_room(const struct usher_acd *acd,
			   const struct agent *agent, uint32_t kind);
bool usher__agent_open(const struct agent *agent);
bool usher__agent_free(const struct usher_acd *acd, const struct agent *agent,
		       uint32_t kind);
void usher__agent_load(struct agent *agent, uint32_t kind, int change);
static inline bool usher__agent_works(const struct agent *agent)
{
	return agent->segments || agent->accepted;
}

/* ---- index.c: trees of free agents and waiting segments, marks ---- */
void usher__agent_index(struct usher_acd *acd, struct agent *agent);
void usher__agent_unindex(struct usher_acd *acd, struct agent *agent);
void usher__segment_index(struct usher_acd *acd, struct segment *seg);
void usher__segment_unindex(struct usher_acd *acd, struct segment *seg);
/* It waits again for no longer than the input takes: the index is left as it
 * is. */
void usher__segment_pass(struct usher_acd *acd, const struct segment *seg);
/* After its priority, its contact's attributes or the order changed. */
void usher__segment_rekey(struct usher_acd *acd, struct segment *seg);
/* After it went away or came back. */
void usher__contact_reindex(struct usher_acd *acd, struct contact *contact);
void usher__mark_agent(struct usher_acd *acd, struct agent *agent);
void usher__mark_segment(struct usher_acd *acd, struct segment *seg);
void usher__mark_contact(struct usher_acd *acd, struct contact *contact);
void usher__unmark_agent(struct usher_acd *acd, struct agent *agent);
void usher__unmark_segment(struct usher_acd *acd, struct segment *seg);
void usher__mark_everybody(struct usher_acd *acd);
/* Who waits to be dialed may have the turn now: the pump finds out. */
void usher__turns_wake(struct usher_acd *acd);
/* Orders that this policy needs, for all kinds. 0 or USHER_ENOMEM. */
int usher__dims_make(struct usher_acd *acd,
		     const struct usher_agent_policy *policy);
int usher__dims_for_kind(struct usher_acd *acd, uint32_t kind);
int usher__dims_for_slot(struct usher_acd *acd, uint32_t slot);
const struct dim *usher__dim_get(const struct usher_acd *acd, uint32_t kind,
				 const struct usher_agent_policy *policy);
struct place *usher__dim_place(const struct dim *dim, uint32_t slot);
void usher__dims_done(struct usher_acd *acd);

/* ---- caches.c ---- */
int usher__classes_new(struct usher_acd *acd);
void usher__classes_free(struct usher_acd *acd);

/* ---- req.c, suits.c, classes.c, profiles.c ---- */
/* Compile a requirement and keep it by its text; "": nothing to do. What
 * nobody refers to may go with the next call. */
int usher__req_make(struct usher_acd *acd, const struct usher__bytes *text,
		    struct usher_error *err);
/* The one of this text, with one more reference; NULL for "". It is there. */
struct req *usher__req_ref(struct usher_acd *acd,
			   const struct usher__bytes *text);
void usher__req_put(struct req *req);
const char *usher__req_text(const struct req *req);
void usher__class_join(struct usher_acd *acd, struct segment *seg);
void usher__class_leave(struct usher_acd *acd, struct segment *seg);
/* Whether it is in the class of those who are dialed in their turn, if it is
 * one of them. */
bool usher__class_is_of(const struct segment *seg);
struct usher__tree *usher__class_tree(struct class *class);
void usher__class_added(struct usher_acd *acd, struct class *class);
void usher__class_removed(struct usher_acd *acd, struct class *class);
struct class *usher__class_next(const struct usher_acd *acd,
				const struct class *class);
bool usher__class_loose(const struct class *class);
uint32_t usher__class_kind(const struct class *class);
struct queue *usher__class_queue(const struct class *class);
void usher__profile_join(struct usher_acd *acd, struct agent *agent);
void usher__profile_leave(struct usher_acd *acd, struct agent *agent);
/* What counts of this agent has changed. */
void usher__profile_count(struct usher_acd *acd, struct agent *agent,
			  bool signed_in, bool ready, uint32_t free_mask);
uint32_t usher__profile_index(const struct profile *profile);
uint32_t usher__profile_high(const struct usher_acd *acd);
struct profile *usher__profile_at(const struct usher_acd *acd, uint32_t index);
/* Whether agents of a profile may take contacts of a class; neither loose. */
bool usher__class_allows(struct usher_acd *acd, struct class *class,
			 struct profile *profile);
/* The same for one segment and one agent, without any cache. */
bool usher__eligible(const struct usher_acd *acd, const struct segment *seg,
		     const struct agent *agent);
/* Nothing that was found out is taken for granted any more. */
void usher__classes_forget(struct usher_acd *acd);
void usher__classes_drop_queue(struct usher_acd *acd,
			       const struct queue *queue);
#define KIND_UNSEEN UINT32_MAX /* of channel: no number yet */
/* Staff, who is free and the expected wait, for a contact of that kind. */
void usher__queue_outlook(const struct usher_acd *acd,
			  const struct queue *queue, uint32_t kind,
			  struct usher_queue_info *ret);
bool usher__free_unseen(const struct agent *agent);
void usher__classes_stats(const struct usher_acd *acd,
			  struct usher_acd_stats *stats);

/* ---- explain.c ---- */
/* Name candidates and others in an offer, in bytes that live until the next
 * call. 0 or USHER_ENOMEM. */
int usher__explain_offer(struct usher_acd *acd, struct segment *seg,
			 struct usher__ev_offer_made *ev);

/* ---- conf.c: options of policies ---- */
/* Compiled options stand behind a queue's own: policy, fallback, order. */
enum { CONF_POLICY, CONF_FALLBACK, CONF_ORDER, CONFS };
#define CONF_SIZE USHER_POLICY_CONF_MAX

static inline unsigned char *usher__conf_at(const struct queue *queue,
					    int which)
{
	return (unsigned char *)queue->conf + queue->conf_size -
	       (CONFS - which) * CONF_SIZE;
}

/* Whether its policies take the options. 0 or an error. */
int usher__conf_check(struct usher_acd *acd,
		      const struct usher__ev_queue_set *conf,
		      struct usher_error *err);
/* The same for an order and what is told to it. */
int usher__conf_check_order(struct usher_acd *acd,
			    const struct usher_contact_policy *order,
			    const struct usher__bytes *options,
			    struct usher_error *err);
/* Compile what a queue says; of the order alone, what it says to that. */
void usher__conf_make(struct usher_acd *acd, struct queue *queue);
void usher__conf_make_order(struct usher_acd *acd, struct queue *queue);

/* ---- await.c: who waits for one agent alone ---- */
void usher__await(struct usher_acd *acd, struct segment *seg,
		  struct agent *agent);
static inline struct agent *usher__awaits(const struct segment *seg)
{
	return seg->q.special ? seg->q.special->awaits : NULL;
}

static inline const struct segment *
usher__await_next(const struct segment *seg)
{
	return seg->q.special->await_next;
}

/* What is special of the segment, made if it has to be; and put back when
 * there is nothing left. */
struct special *usher__special(struct usher_acd *acd, struct segment *seg);
void usher__special_put(struct usher_acd *acd, struct segment *seg);

/* ---- await_over.c ---- */
/* The agent went: everybody may have them. */
void usher__await_end(struct usher_acd *acd, struct agent *agent);
/* The agent is offered it: nothing holds the others back after that. */
void usher__await_met(struct usher_acd *acd, struct contact *contact,
		      const struct agent *agent);

/* ---- widen.c, widening.c: more ring beside those who do ---- */
/* After so long since then, again and again; 0: never. */
void usher__widen_set(struct usher_acd *acd, struct segment *seg, int64_t span,
		      int64_t since);
void usher__widen(struct usher_acd *acd, struct segment *seg);
void usher__widen_renew(struct usher_acd *acd, struct segment *seg);

/* ---- pace.c: how fast agents are ---- */
void usher__pace_add(struct usher_acd *acd, struct agent *agent,
		     const struct queue *queue, int64_t handle);
/* Whether a record can be true. */
bool usher__pace_good(int64_t handle, uint64_t count);
/* False: not known. */
bool usher__pace_get(const struct agent *agent, uint64_t queue,
		     int64_t *handle, uint64_t *count);
/* Of a queue, of all agents; or all of one agent. */
void usher__pace_forget_queue(struct usher_acd *acd, uint64_t queue);
void usher__pace_forget_agent(struct usher_acd *acd, struct agent *agent);

/* candidates.c: on the contact, or told to wait for it. */
bool usher__excluded(const struct usher_acd *acd,
		     const struct contact *contact, const struct agent *agent);

/* ---- offers.c ---- */
/* On the tape, of one. */
#define OFFER_ROOM (400 + USHER_POLICY_STATE_MAX)
/* Beside those of like->group, or as a group of their own when it is 0. */
int usher__make_offers(struct usher_acd *acd, struct segment *seg,
		       struct agent *const *agents, uint32_t count,
		       const struct usher__ev_offer_made *like);

/* ---- match.c, pick_agent.c, pick_contact.c ---- */
enum placed {
	PLACED_NONE = 0,   /* nobody is free for it */
	PLACED = 1,        /* offered, deferred or being decided */
	PLACED_NOBODY = 2, /* the policy wants nobody */
	PLACED_FAILED = -1 /* no memory now */
};

enum placed usher__place(struct usher_acd *acd, struct segment *seg);
/* batch.c: all that wait in a queue whose policy assigns together. */
enum placed usher__place_batch(struct usher_acd *acd, struct segment *seg);
/* Let somebody who waits in the queue be placed. */
void usher__mark_one(struct usher_acd *acd, struct queue *queue);
/* order.c: in the order of their keys, without memory. */
void usher__nodes_sort(const struct usher__node **nodes, uint32_t n);
/* Some agent who may be offered it now; NULL: nobody. */
struct agent *usher__first_candidate(struct usher_acd *acd,
				     struct segment *seg);
/* The contact that this agent serves next, but not a skipped one. NULL
 * and 0: none; NULL and an error: no memory now. */
struct segment *usher__pick_contact(struct usher_acd *acd, struct agent *agent,
				    int *err);
void usher__agent_view(const struct agent *agent,
		       struct usher_agent_view *view);
/* As a queue sees it. */
void usher__agent_view_in(const struct agent *agent, const struct queue *queue,
			  struct usher_agent_view *view);
void usher__contact_view(const struct segment *seg,
			 struct usher_contact_view *view);

/* ---- settle.c: policies that want nobody ---- */
void usher__nobody_said(struct usher_acd *acd, struct queue *queue);
/* Once nothing is marked. False: no memory now. */
bool usher__settle(struct usher_acd *acd);

/* ---- declines.c ---- */
/* The queue may be NULL: the center's order. */
void usher__declines(struct usher_acd *acd, struct queue *queue,
		     bool declines);
/* Somebody has left it: who declines, does as long as somebody waits. */
void usher__declines_left(struct usher_acd *acd, struct queue *queue);
void usher__apply_nobody(struct usher_acd *acd,
			 const struct usher__ev_nobody *ev);

/* ---- over.c: what ends ---- */
void usher__withdraw(struct usher_acd *acd, const struct offer *offer,
		     uint32_t why, const struct usher__bytes *reason,
		     int64_t until);
void usher__withdraw_offers(struct usher_acd *acd, struct contact *contact,
			    const struct offer *but, uint32_t why,
			    const struct usher__bytes *reason, int64_t until);
void usher__leave_queue(struct usher_acd *acd, struct segment *seg,
			uint32_t leave, uint64_t agent);
void usher__leave_flow(struct usher_acd *acd, struct segment *seg,
		       const struct usher__bytes *reason);
void usher__contact_over(struct usher_acd *acd, struct contact *contact,
			 uint32_t leave, const struct usher__bytes *reason);
void usher__contact_close_if_done(struct usher_acd *acd,
				  struct contact *contact);
void usher__agent_settle(struct usher_acd *acd, struct agent *agent);
void usher__wrapup_over(struct usher_acd *acd, struct segment *seg);
void usher__talk_over(struct usher_acd *acd, struct segment *seg,
		      const struct usher__bytes *reason);
/* Bytes on the tape for all that can happen to a contact or agent at once. */
size_t usher__contact_room(const struct contact *contact);
size_t usher__agent_room(const struct agent *agent);

/* ---- do_offer.c: what handlers and deadlines share ---- */
void usher__agent_go(struct usher_acd *acd, struct agent *agent,
		     uint32_t presence, const struct usher__bytes *reason);
void usher__offer_missed(struct usher_acd *acd, struct offer *offer,
			 const struct usher__bytes *reason);

/* ---- registry.c ---- */
const struct usher_agent_policy *
usher__agent_policy(const struct usher_acd *acd, const char *name);
const struct usher_contact_policy *
usher__contact_policy(const struct usher_acd *acd, const char *name);
int usher__policies_add_builtin(struct usher_acd *acd);
void usher__policies_done(struct usher_acd *acd);
/* "external" has no table of its own. */
static inline bool usher__is_external(const struct usher_agent_policy *policy)
{
	return !policy;
}

#endif
