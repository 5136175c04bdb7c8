/* The state of a core: the structs that events change, and their index. */
#ifndef USHER_ACD_STATE_H
#define USHER_ACD_STATE_H

#include <stdbool.h>

#include <core/heap.h>
#include <core/idmap.h>
#include <core/marks.h>
#include <core/pool.h>
#include <core/payload.h>
#include <core/texts.h>
#include <core/tree.h>
#include <usher/acd.h>
#include <usher/expr.h>

#define NAME_SIZE (USHER_NAME_MAX + 1)
#define ID_MASK   ((UINT64_C(1) << 48) - 1)

struct contact;
struct segment;
struct offer;
struct agent;
struct queue;
struct qstep;    /* lib/acd/qstep.h */
struct callback; /* lib/acd/callbacks.h */

/* ---- The tape: entries that were not drained yet ---- */

struct chunk {
	struct chunk *next;
	uint32_t cap;
	uint32_t used;
	uint32_t read;
	uint32_t align;
};

/* Before each entry its length, so that the next one is found. */
struct tape_prefix {
	uint64_t len;
};

struct tape {
	struct chunk *head;
	struct chunk *tail;
	struct chunk *free;
	uint64_t count;
};

/* ---- Deadlines ---- */

/* At one time they run in this order, then by id. */
enum timer_kind {
	TIMER_WRAPUP = 1,
	TIMER_OFFER,
	TIMER_RETRY,
	TIMER_DEFER,
	TIMER_DECIDE,
	TIMER_MAX_WAIT,
	TIMER_DETACH,
	TIMER_WIDEN,
	TIMER_COLLECT,
	TIMER_STEP,
	TIMER_CALLBACK
};

struct timer {
	struct usher__due due;
	void *ptr;
};

/* ---- Requirements, classes, profiles: lib/acd/classes.c ---- */

struct req;
struct class;
struct profile;

/* One order of free agents: for a kind of channel and a policy. */
struct place {
	struct usher__node node; /* key, order, agent's id */
	struct agent *agent;
};

struct dim {
	const struct usher_agent_policy *policy;
	struct usher__tree *trees; /* by profile */
	uint64_t *filled;          /* a bit for each tree: somebody is in it */
	struct place **chunks;     /* by slot of agent */
	uint32_t chunk_count;
	uint32_t kind;
};

#define DIM_CHUNK 64
/* Names of attributes that profiles hold; a requirement that reads one more
 * has its contacts compared one by one. */
#define NAMES_MAX 256

/* More are dialed first than this: turns are only given where more agents are
 * free than customers dialed. */
#define CALLED_MAX 64

_Static_assert(USHER_CHANNELS_MAX <= 16, "kinds are bits of free_mask");

/* ---- Things ---- */

struct queue {
	uint64_t id;
	struct usher__ev_queue_set *conf;
	size_t conf_size;
	struct req *req;
	const struct usher_agent_policy *policy;
	const struct usher_agent_policy *fallback;
	struct usher__tree parked; /* in the queue, not to be offered now */
	struct segment *first;     /* in the order of entering */
	struct segment *last;
	int64_t handle; /* smoothed handle time */
	uint64_t entered;
	uint64_t answered;
	uint64_t abandoned;
	uint64_t flowed;
	uint32_t waiting;
	uint32_t offered;
	uint32_t detached;
	uint32_t talking;
	bool open;
	bool draining;
	uint32_t step_count;
	struct qstep *steps[USHER_QUEUE_STEPS_MAX];
	uint64_t skip;       /* none of it goes, in this round of serving */
	uint64_t skip_batch; /* none but who is to be dialed */
	uint64_t skip_round; /* of the last contact that was skipped alone */
	uint32_t skip_count; /* of those, in that round */
	int64_t collect;     /* its policy collects until then, or did last */
	int64_t assigned;    /* when its policy last made an offer, if batch */
	bool declines;       /* its policy wanted nobody: settle.c */
	bool said;           /* it said so in what is being matched now */
	struct timer *timer; /* of that */
	unsigned char state[USHER_POLICY_STATE_MAX];
	unsigned char fallback_state[USHER_POLICY_STATE_MAX];
};

struct agent {
	uint64_t id;
	struct usher__ev_agent_set *conf;
	size_t conf_size;
	uint32_t slot;
	uint32_t presence;
	uint32_t pending_presence;
	uint32_t missed;
	bool pending;
	bool removing;
	bool counted_in; /* index, as the mask of kinds with room */
	bool counted_ready;
	uint8_t needed; /* by who is dialed, as turns.c counts; 0: nobody */
	uint16_t free_mask;
	char reason[NAME_SIZE];
	char pending_reason[NAME_SIZE];
	int64_t since;
	int64_t ready_since;
	int64_t idle_since;
	int64_t signed_in;
	uint64_t contacts;
	uint64_t last_offer; /* sequence */
	int64_t talk;        /* and hold, since the day began */
	int64_t busy;        /* since the sign-in, until the last time free */
	int64_t busy_since;  /* 0: no contact */
	int64_t paused;      /* since the sign-in, pauses that are over */
	struct pace *paces;  /* by queue */
	struct segment *awaiting; /* who waits for this one alone */
	struct offer *offers;
	struct segment *segments;
	uint32_t accepted; /* of the offers */
	uint32_t load_total;
	uint16_t load[USHER_CHANNELS_MAX];
	/* index */
	struct usher__mark mark;
	struct profile *profile;
};

/* How fast an agent is in a queue whose policy wants to know. */
struct pace {
	struct pace *next;
	uint64_t queue;
	int64_t handle; /* added up */
	uint64_t count;
};

struct retry {
	struct retry *next;
	struct timer *timer;
	uint64_t agent;
	int64_t until;
};

struct contact {
	uint64_t id;
	struct usher__identity *id_link;
	struct contact *prev;
	struct contact *next;
	int64_t since;
	int64_t started;
	int64_t detached_until; /* 0: attached */
	struct usher__texts *texts;
	struct segment *segments; /* by id */
	struct offer *offers;     /* by id */
	struct retry *retries;
	struct timer *timer; /* of the detached, or of the callback */
	struct callback *callback;
	int32_t priority;
	uint8_t kind;
	uint8_t direction;
	bool ended;
	uint8_t segment_count;
};

/* What a policy said of a segment that few have. */
struct special {
	struct agent *awaits; /* deferred, but for this one */
	struct segment *await_prev;
	struct segment *await_next;
	int64_t widen; /* after so long more ring; 0: never */
	int64_t widen_since;
	struct timer *widen_timer;
	struct rest *rests; /* for each step that is looked at again */
};

struct segment {
	uint64_t id;
	struct usher__identity *id_link;
	struct contact *contact;
	struct segment *next; /* of the contact */
	int64_t began;
	int64_t state_since;
	struct timer *timer;
	uint8_t kind;
	uint8_t state;
	bool late; /* the external policy did not answer */
	bool parked;
	uint32_t taken; /* steps of the queue, one bit each */
	union {
		struct {
			/* Of class or parked; k1: its place counts from then.
			 */
			struct usher__node node;
			struct usher__mark mark;
			struct queue *queue;
			struct class *class;
			struct req *req;
			struct segment *q_prev;
			struct segment *q_next;
			int32_t own_priority;
			int32_t priority; /* with the contact's and queue's */
			int64_t deadline; /* longest wait; 0: none */
			int64_t until;    /* deferred; or decide deadline */
			uint64_t skip;    /* does not go, in this round */
			struct special *special; /* mostly none */
		} q;
		struct {
			struct agent *agent;
			struct segment *next; /* of the agent */
			char *disposition;
			uint64_t queue;
			int64_t connect;
			int64_t talk;
			int64_t hold;
			int64_t wrapup; /* most allowed */
			int64_t deadline;
		} a;
		struct {
			char *flow;
		} f;
	};
};

struct offer {
	uint64_t id;
	struct usher__identity *id_link;
	uint64_t group;
	struct contact *contact;
	struct segment *segment;
	struct agent *agent;
	struct offer *next; /* of the contact */
	struct offer *agent_next;
	struct timer *timer;
	int64_t made;
	int64_t state_since;
	int64_t deadline;
	uint32_t state;
};

struct list {
	void **items;
	uint32_t count;
	uint32_t cap;
};

/* Who and why, of the events of the current step. */
struct step {
	uint32_t actor;
	uint64_t actor_id;
	uint64_t request;
	uint64_t first_seq; /* of the call, 0: none yet */
	uint32_t due;       /* enum usher_cause of a deadline, or 0 */
	uint64_t due_id;
	uint32_t input_type;
	size_t input_size;
	const void *input; /* to be recorded before the first event */
};

struct usher_acd {
	struct usher_alloc alloc;
	uint64_t node; /* shifted to its place in ids */
	uint64_t seed;
	bool record_inputs;
	uint32_t events_max;
	uint32_t contacts_max;
	uint32_t agents_max;
	uint32_t queues_max;
	uint32_t classes_max;
	uint32_t profiles_max;

	int64_t now;
	bool busy;              /* in a policy's callback */
	struct usher_by by;     /* of the next input */
	struct usher_by by_all; /* of those that have none */
	struct step step;
	struct tape tape;
	void *spare; /* memory that the next event keeps */
	size_t spare_size;
	struct usher_expr *spare_expr;
	char *build; /* lists of an input */
	size_t build_size;
	char *named; /* of an explanation */
	size_t named_size;
	char *scratch;
	size_t scratch_size;

	/* state */
	uint64_t seq;
	int64_t time; /* of the last event */
	/* how far in its moment deadlines were, by what it tells: the kind
	 * that ran last, and whose; UINT32_MAX: all had run */
	uint32_t told_kind;
	uint64_t told_id;
	uint64_t last_queue;
	uint64_t last_agent;
	uint64_t last_contact;
	uint64_t last_segment;
	uint64_t last_offer;
	const struct usher_contact_policy *order;
	uint32_t explain; /* most agents in each list of an explanation */
	bool settled;     /* nothing is left to be matched: settle.c */
	bool order_declines;
	uint32_t decliners; /* queues, and the order */
	struct list queues; /* by id */
	struct list agents;
	struct contact *first_contact;
	struct contact *last_contact_ptr;
	uint32_t contact_count;

	/* memory */
	struct usher__idmap contact_map;
	struct usher__idmap segment_map;
	struct usher__idmap offer_map;
	struct usher__pool agent_pool;
	struct usher__pool contact_pool;
	struct usher__pool segment_pool;
	struct usher__pool offer_pool;
	struct usher__pool retry_pool;
	struct usher__pool timer_pool;
	struct usher__pool pace_pool;
	struct usher__pool special_pool;
	struct usher__pool rest_pool;
	struct usher__pool ring_pool;
	struct usher__slab slab;

	/* index */
	struct list queue_names; /* by name */
	struct list agent_names;
	struct usher__heap timers;
	struct list rings; /* of who rests (rest.c), by their time round */
	uint64_t woken;    /* sequence when these last began anew */
	uint32_t ran_kind; /* of what is due now, the last that ran */
	uint64_t ran_id;
	uint64_t looks; /* at conditions of steps, of this core */
	struct usher__tree callbacks; /* by what they dial, and for whom */
	struct callback *called; /* whose customers are dialed first, now */
	uint32_t called_count;   /* of those */
	uint32_t turns; /* stays of who waits to be dialed in their turn */
	struct usher__marks marked_segments;
	struct usher__marks marked_agents;
	bool mark_all;
	bool wake_turns; /* somebody may have the turn now */
	/* of those who are dialed first, numbered from 1: turns.c */
	struct callback *dialed[CALLED_MAX];
	uint64_t turn_search; /* of an agent for who is dialed, or will be */
	uint64_t turn_looks;  /* in these, of this core */
	uint64_t round;       /* of serving */
	uint64_t asked;       /* agents what they take, by this core */
	bool folding;
	bool applying; /* an event */
	/* its offer was connected, and it is about to leave its queues */
	const struct contact *leaving;
	bool folded; /* since it last lived */
	bool said;   /* some policy wanted nobody, now */
	bool order_said;
	char kinds[USHER_CHANNELS_MAX][NAME_SIZE];
	uint32_t kind_count;
	struct dim *dims; /* kinds times policies that queues name */
	uint32_t dim_count;
	uint32_t dim_cap;
	uint32_t slots; /* of agents: highest used, plus one */
	struct list free_slots;
	struct agent **by_slot;
	struct classes *classes;

	/* policies */
	struct list agent_policies;
	struct list contact_policies;
};

#endif
