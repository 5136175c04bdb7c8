/* What was taken out of a record. */
#ifndef SIM_RECORD_H
#define SIM_RECORD_H

#include <stdbool.h>

#include <core/idmap.h>
#include <core/pool.h>
#include <usher/replay.h>

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
	double time_s;
	uint32_t agent;
};

/* Attributes that contacts came with, each combination once. */
struct rec_set {
	struct usher__identity identity; /* first; its id is the hash */
	struct rec_attrs attrs;
};

/* Who has begun and not ended. */
struct rec_contact {
	struct usher__identity identity; /* first, for the table */
	const struct rec_set *set;
	int64_t priority;
	bool counted; /* has arrived, and no agent had them since */
};

/* What else is known of an arrival, in the order of calls. */
struct rec_came {
	const struct rec_set *set;
	int64_t priority;
	int64_t max_wait_us; /* 0: as long as they like */
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
	struct rec_list wrapups; /* double, seconds */
	struct rec_list waits;   /* struct usher_observed */
};

struct rec_agent {
	uint64_t id;
	char name[USHER_NAME_MAX + 1];
	struct rec_attrs attrs;
	struct rec_list queues; /* uint64_t */
	struct rec_list spans;  /* struct usher_sim_span */
	int64_t since_us;       /* in this presence */
	int64_t answering_us;   /* of who is with them */
	uint32_t presence;
	uint32_t group; /* index, once grouped */
	uint32_t
		pattern; /* the first agent of the group with the same spans */
};

/* Agents who have the same attributes and serve the same queues. */
struct rec_group {
	char name[USHER_NAME_MAX + 1];
	uint32_t first; /* agent */
	uint32_t agents;
	uint32_t patterns;
	uint64_t handled;
	double speed;
};

struct usher_record {
	struct usher_alloc alloc;
	struct usher_metrics *metrics;
	struct rec_list queues;
	struct rec_list queue_ids; /* struct rec_queue_id */
	struct rec_list agents;
	struct rec_list groups;
	char contact_order[USHER_NAME_MAX + 1];
	int64_t first_us; /* -1: nothing yet */
	int64_t last_us;
	struct usher__idmap contacts; /* of struct rec_contact */
	struct usher__pool pool;      /* of the same */
	struct usher__idmap sets;     /* of struct rec_set */
	struct rec_list set_list;     /* pointers to them */
	bool ended;
};

/* A new element, zeroed; NULL: no memory. */
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
