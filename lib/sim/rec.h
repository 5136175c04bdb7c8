/* What was taken out of a record. */
#ifndef SIM_REC_H
#define SIM_REC_H

#include <stdbool.h>

#include <core/idmap.h>
#include <core/pool.h>
#include <usher/replay.h>

#define REC_LACKS (USHER_LACKS_EXTERNAL + 1)
/* Contacts of this kind need not be told of. */
#define REC_VOICE "voice"

/* A list that grows. */
struct rec_list {
	void *items;
	uint32_t count;
	uint32_t cap;
};

/* Attributes with their texts in one piece. */
struct rec_attrs {
	struct rec_list list;  /* struct usher_attr, into texts */
	struct rec_list texts; /* bytes */
};

/* Somebody was with an agent; the agent is known by index. */
struct rec_handled {
	double took_s;
	double time_s; /* alone, once the record has ended */
	uint32_t agent;
	uint32_t beside; /* one of so many that went on as it ended; 0: not
			  * known */
	bool talks;      /* still, as the record ends */
	bool wraps;      /* still */
};

/* So long it was one of several that went on. */
struct rec_pace {
	double time_s;
	uint32_t handled; /* index, once it is over */
	uint16_t going;   /* from 2 to USHER_CAPACITY_MAX */
	bool wraps;       /* was wrapped up */
};

/* What is known of a contact that is with an agent, beside its task. */
struct rec_seen {
	uint64_t queue; /* that the agent had it from */
	int64_t answering_us;
	int64_t joined_us, wraps_us; /* when it began, and was over; 0: not */
	int64_t still_us[2]; /* as it was talked with, and wrapped up */
	uint32_t beside;     /* as of struct rec_handled */
	struct rec_list paces;
};

/* An agent is about to have a contact; what that took so far. */
struct rec_ring {
	uint64_t offer;
	int64_t us;
	int64_t taken_us; /* when the agent accepted */
};

/* Attributes that contacts came with, each combination once. */
struct rec_set {
	struct usher__identity identity; /* first; its id is the hash */
	struct rec_attrs attrs;
};

/* Who has begun and is not closed. */
struct rec_contact {
	struct usher__identity identity; /* first, for the table */
	const struct rec_set *set;
	int64_t priority;
	int64_t came_us;    /* patience counts from here */
	uint64_t served_in; /* queue that the last agent was of */
	uint32_t served_as; /* index of the queue that they had come to */
	uint32_t queue;     /* index of the queue that they came to */
	uint32_t waiting;   /* in so many queues */
	uint32_t asked;     /* index of the queue that offered a callback */
	uint32_t kind;
	int64_t dialed_us; /* by agents in vain, to call back */
	bool came;         /* to a queue, once */
	bool counted;      /* has arrived, and no agent had them since */
	bool watched;      /* how patient they are is still to be seen */
	bool served;       /* by an agent, once */
	bool offered;      /* a callback, by a step */
	bool called_back;  /* or will be */
	bool direct;       /* with an agent outside queues */
};

/* What else is known of an arrival, in the order of calls. */
struct rec_came {
	const struct rec_set *set;
	char *requirement; /* of the stay, or NULL */
	int64_t priority;
	int64_t age_us;
	int64_t max_wait_us; /* 0: as the queue says */
	uint32_t kind;
};

/* A step as it was set last, with indices. */
struct rec_step {
	struct usher_queue_step_opts opts;
	char *condition, *requirement, *text;
	uint64_t queues[USHER_CONTACT_QUEUES_MAX];
	uint32_t queue_count;
};

/* A queue that is removed and made again has several. */
struct rec_queue_id {
	uint64_t id;
	uint32_t index; /* in the record's queues */
};

struct rec_queue {
	uint64_t id; /* the first */
	char name[USHER_NAME_MAX + 1];
	char policy[USHER_NAME_MAX + 1];
	char *requirement;
	struct rec_attrs policy_options;
	struct rec_attrs order_options;
	int64_t target_us;
	int64_t short_us;
	int64_t priority;
	uint32_t members_only;
	uint32_t answered;
	uint32_t abandoned;
	struct rec_list calls;   /* struct usher_sim_call */
	struct rec_list came;    /* struct rec_came */
	struct rec_list handled; /* struct rec_handled */
	struct rec_list wrapups; /* double, seconds, one for each of those */
	struct rec_list paces;   /* struct rec_pace, of the same */
	struct rec_list waits;   /* struct usher_observed */
	struct rec_list steps;   /* struct rec_step */
	struct rec_list hours;   /* struct usher_sim_hours, but for the last */
	int64_t max_wait_us;     /* 0: any */
	int64_t open_us;         /* since then; -1: it is not */
	uint32_t max_waiting;
	double waited_s;          /* all of waits together */
	uint32_t gave_up;         /* of these */
	uint32_t offered, agreed; /* callbacks, by steps */
	uint32_t called, reached; /* of these */
	int64_t dialed_us;        /* for these, as nobody answered */
	bool external;
	bool closed;   /* by an input */
	bool draining; /* or no more */
};

struct rec_agent {
	uint64_t id;
	char name[USHER_NAME_MAX + 1];
	struct rec_attrs attrs;
	struct rec_list queues;               /* uint64_t */
	struct rec_list spans;                /* struct usher_sim_span */
	int64_t since_us;                     /* in this presence */
	uint32_t most;                        /* contacts at once */
	struct rec_attrs most_of, interrupts; /* by kind of channel */
	struct rec_list capacity; /* struct usher_capacity, into these */
	uint32_t stops[USHER_CHANNELS_MAX]; /* as of struct sim_group */
	uint32_t kinds_known;               /* kinds that these know of */
	int64_t at_us;         /* up to here what is seen is counted */
	struct rec_list tasks; /* struct sim_task */
	struct rec_list seen;  /* struct rec_seen, of the same */
	struct rec_list rings; /* struct rec_ring */
	uint32_t presence;
	uint32_t group; /* index, once grouped */
	uint32_t
		pattern; /* the first agent of the group with the same spans */
};

/* Agents who have the same attributes and capacity and serve the same queues.
 */
struct rec_group {
	char name[USHER_NAME_MAX + 1];
	uint32_t first; /* agent */
	uint32_t agents;
	uint32_t patterns;
	uint64_t handled;
	double speed;
	double slowdown; /* with several contacts at once */
	bool slow_known;
};

struct usher_record {
	struct usher_alloc alloc;
	struct usher_metrics *metrics;
	struct rec_list queues;
	struct rec_list queue_ids; /* struct rec_queue_id */
	struct rec_list agents;
	struct rec_list groups;
	char contact_order[USHER_NAME_MAX + 1];
	char kinds[USHER_CHANNELS_MAX][USHER_NAME_MAX + 1]; /* but voice */
	uint32_t kind_count;
	int64_t first_us; /* -1: nothing yet */
	int64_t last_us;
	uint64_t stepping;            /* contact that a step is moving */
	uint64_t lacks[REC_LACKS];    /* by kind */
	bool busy;                    /* somebody has come */
	struct usher__idmap contacts; /* of struct rec_contact */
	struct usher__pool pool;      /* of the same */
	struct usher__idmap sets;     /* of struct rec_set */
	struct rec_list set_list;     /* pointers to them */
	bool ended;
};

/* record_base.c: a new element, zeroed; NULL: no memory. */
void *usher__rec_more(const struct usher_record *r, struct rec_list *list,
		      size_t size);
void usher__rec_done(const struct usher_record *r, struct rec_list *list);

static inline struct rec_queue *usher__rec_queue(const struct usher_record *r,
						 uint32_t i)
{
	return (struct rec_queue *)r->queues.items + i;
}

static inline struct rec_agent *usher__rec_agent(const struct usher_record *r,
						 uint32_t i)
{
	return (struct rec_agent *)r->agents.items + i;
}

static inline struct rec_group *usher__rec_group(const struct usher_record *r,
						 uint32_t i)
{
	return (struct rec_group *)r->groups.items + i;
}

/* record_base.c: ids ascend in the order of making. NULL: not known. */
struct rec_queue *usher__rec_queue_of(const struct usher_record *r,
				      uint64_t id);
struct rec_agent *usher__rec_agent_of(const struct usher_record *r,
				      uint64_t id);
void usher__rec_name(char to[USHER_NAME_MAX + 1], const struct usher_event *ev,
		     uint32_t field);
/* A text instead of what there was. 0 or USHER_ENOMEM. */
int usher__rec_text(const struct usher_record *r, char **to,
		    const struct usher_event *ev, uint32_t field);

/* record_queue.c: a queue was made, changed, opened or closed, or a step of
 * it. 0 or an error. */
int usher__rec_queue_event(struct usher_record *r,
			   const struct usher_event *ev);
void usher__rec_queue_done(const struct usher_record *r, struct rec_queue *q);

/* record_wait.c: somebody waits, or an agent is done. 0 or USHER_ENOMEM. */
int usher__rec_wait_event(struct usher_record *r,
			  const struct usher_event *ev);
/* The record ends: whoever still waits is more patient than that. */
int usher__rec_wait_end(struct usher_record *r);

/* record_desk.c: the kind of an event's channel, 0: voice; and its name. */
uint32_t usher__rec_kind(struct usher_record *r, const struct usher_event *ev);
const char *usher__rec_kind_name(const struct usher_record *r, uint32_t kind);
/* What an agent may have at once, as an event says. 0 or USHER_ENOMEM. */
int usher__rec_capacity(struct usher_record *r, struct rec_agent *a,
			const struct usher_event *ev);
/* Whether that may be several. */
bool usher__rec_several(const struct rec_agent *a);
/* An offer is answered, or an agent has a contact or wraps up. 0 or
 * USHER_ENOMEM. */
int usher__rec_desk_event(struct usher_record *r,
			  const struct usher_event *ev);
/* An agent is done with one; what was seen of it, with paces to be freed. 0 or
 * USHER_ENOMEM. */
int usher__rec_desk_left(struct usher_record *r, struct rec_agent *a,
			 const struct usher_event *ev, struct rec_seen *ret);
/* An agent who has accepted to call somebody back reaches nobody: for so long
 * it went on; -1: the event is something else. */
int64_t usher__rec_in_vain(const struct usher_record *r,
			   const struct usher_event *ev);
/* The record ends with one on an agent's desk: as usher__rec_desk_left(), with
 * its contact. USHER_ENOENT: there is none any more. */
int usher__rec_desk_cut(struct usher_record *r, struct rec_agent *a,
			uint64_t *ret_contact, struct rec_seen *ret);
void usher__rec_desk_done(const struct usher_record *r, struct rec_agent *a);

/* record_slow.c: how much slower groups are with several at once, and times as
 * they were without that. 0 or USHER_ENOMEM. */
int usher__rec_slow_all(struct usher_record *r);

/* record_lack.c: counts what no simulation has. */
void usher__rec_lack_event(struct usher_record *r,
			   const struct usher_event *ev);

/* record_cut.c: those who were with agents as the record ended get a time that
 * is longer than it was by then. 0 or USHER_ENOMEM. */
int usher__rec_cut_all(struct usher_record *r);

/* record_patience.c: the law of a queue's model; values: to be freed with it.
 * 0 or USHER_ENOMEM. */
int usher__rec_patience(const struct usher_record *r, struct rec_queue *q,
			struct usher_sim_queue *ret, struct rec_list *values);

/* record_model_queue.c: a list of struct usher_sim_hours gets one more, or its
 * last one is longer. 0 or USHER_ENOMEM. */
int usher__rec_open(const struct usher_record *r, struct rec_list *hours,
		    int64_t from_us, int64_t to_us);
/* Steps and hours of a queue's model. lists: two, to be
 * freed with it. 0 or USHER_ENOMEM. */
int usher__rec_model_steps(const struct usher_record *r,
			   const struct rec_queue *q,
			   struct usher_sim_queue *ret,
			   struct rec_list *lists);

/* record_attrs.c: those of an event instead of what there was. 0 or
 * USHER_ENOMEM. */
int usher__rec_attrs(const struct usher_record *r, struct rec_attrs *attrs,
		     const struct usher_event *ev, uint32_t field);
/* Bytes of its text or items, with each NUL. */
size_t usher__rec_attr_len(const struct usher_attr *attr);
void usher__rec_attrs_done(const struct usher_record *r,
			   struct rec_attrs *attrs);

/* record_contact.c: a contact began, changed or ended. 0 or USHER_ENOMEM. */
int usher__rec_contact_set(struct usher_record *r,
			   const struct usher_event *ev);
/* One that began before the record is made. 0 or USHER_ENOMEM. */
int usher__rec_contact(struct usher_record *r, uint64_t id,
		       struct rec_contact **ret);
void usher__rec_contact_end(struct usher_record *r, uint64_t id);
void usher__rec_contacts_done(struct usher_record *r);

/* record_group.c: who is alike, and how quick. 0 or USHER_ENOMEM. */
int usher__rec_group_all(struct usher_record *r);

#endif
