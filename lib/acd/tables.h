/*
 * Classes of contacts, profiles of agents, and what is known about each pair.
 * Inside lib/acd only.
 */
#ifndef USHER_ACD_TABLES_H
#define USHER_ACD_TABLES_H

#include <acd/internal.h>

/* The tables take the core's allocator from a variable named acd, and say so
 * instead of leaving the process when there is no memory. */
#define HASH_NONFATAL_OOM   1
#define uthash_malloc(size) acd->alloc.realloc(acd->alloc.arg, NULL, size)
#define uthash_free(ptr, size)                                                \
	((void)(size), (void)acd->alloc.realloc(acd->alloc.arg, ptr, 0))
#define uthash_nonfatal_oom(obj) ((obj)->hh.tbl = NULL)
/* Keys are looked up with each contact; nothing reads the order of buckets. */
#define HASH_FUNCTION(key, len, hash) ((hash) = usher__key_hash(key, len))

/* Eight bytes at a time; a multiplication carries each of them upward and a
 * shift brings it down to where buckets are chosen. */
static inline uint32_t usher__key_hash(const void *key, size_t len)
{
	const unsigned char *at = key;
	uint64_t hash = len, word;

	for (; len >= sizeof(word); at += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	word = 0;
	memcpy(&word, at, len);
	hash = (hash ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(hash >> 32);
}

#include <uthash.h>

struct req {
	UT_hash_handle hh;
	struct usher_expr *expr;
	uint64_t serial; /* never used again */
	bool wide;       /* reads names that profiles do not hold */
	uint32_t first;  /* of the names under "contact" that it reads */
	uint32_t count;
	uint32_t refs;
	uint32_t len;
	char text[];
};

/* What is known of each profile: not asked yet, or allowed, or neither. */
struct known {
	uint64_t unasked;
	uint64_t allowed;
};

struct class
{
	UT_hash_handle hh;
	struct class *prev; /* of the active or the idle ones */
	struct class *next;
	struct queue *queue;
	struct req *req;
	struct usher__tree tree;   /* who may be offered now */
	struct usher__bytes attrs; /* that its requirements read */
	uint32_t kind;
	uint32_t refs; /* segments */
	uint32_t key_len;
	uint32_t rings; /* steps that let more agents in */
	bool loose;
	bool turns;    /* those who wait to be dialed in their turn */
	uint64_t held; /* nobody of it has that, in this round of serving */
	uint64_t searched; /* nobody is free for it, in this search: turns.c */
	struct known *known; /* 64 profiles each */
	unsigned char key[];
};

/* Whose place in a tree of a class or of a queue it is. */
static inline struct segment *
usher__node_segment(const struct usher__node *node)
{
	return (struct segment *)((const char *)node -
				  offsetof(struct segment, q.node));
}

struct profile {
	UT_hash_handle hh;
	struct usher__bytes attrs;
	const char *name; /* of the agent, when a requirement reads it */
	const uint64_t *queues;
	uint32_t queue_count;
	uint32_t index;
	uint32_t refs;
	uint32_t key_len;
	uint32_t signed_in;
	uint32_t ready;
	uint32_t free[USHER_CHANNELS_MAX];
	unsigned char key[];
};

struct name {
	uint32_t refs; /* compiled requirements that read it */
	char text[];
};

struct classes {
	struct req *reqs;
	struct class *classes;
	struct class *active; /* with someone to be offered */
	struct class *idle;   /* with no segment at all */
	struct class *idle_last;
	struct class *loose;
	struct profile *profiles;
	struct profile *
		*by_index; /* the last one is for all beyond the limit */
	uint64_t req_serial;
	uint32_t class_count;
	uint32_t high; /* one above the highest index in use */
	uint32_t name_count;
	bool names_changed;            /* profiles are of other names still */
	struct name *names[NAMES_MAX]; /* in their order */
};

/* Who seeks: a contact, or only the attributes of a class. */
struct usher__seeker {
	const struct usher_acd *acd;
	const struct contact *contact;
	struct usher__bytes attrs;
};

/* Who may help: an agent or a profile. */
struct usher__helper {
	struct usher__bytes attrs;
	const char *name;
	const uint64_t *queues;
	uint32_t queue_count;
};

/* ---- req.c ---- */
void usher__reqs_free(struct usher_acd *acd);
static inline bool usher__req_is_wide(const struct req *req)
{
	return req && req->wide;
}

/* ---- names.c ---- */
/* Keep the names that an expression reads: all or none. 0, USHER_EFULL,
 * USHER_ENOMEM. */
int usher__names_hold(struct usher_acd *acd, const struct usher_expr *expr);
void usher__names_release(struct usher_acd *acd,
			  const struct usher_expr *expr);
/* Let profiles follow, once what had to be held or released is. */
void usher__names_settle(struct usher_acd *acd);

/* ---- suits.c ---- */
/* Is it read of the agent, and not of the contact? */
/* An agent's lists and a contact's, each item once: what is read of a name
 * stays where it is, since a name may be read again. */
#define LIST_ITEMS_MAX (2 * USHER_ATTR_ITEMS_MAX)

struct usher__lists {
	uint32_t count;
	uint16_t at[USHER_EXPR_NAMES_MAX]; /* one more than the first item, or
					    * 0 before the name is read */
	struct usher_value items[LIST_ITEMS_MAX];
};

void usher__lists_init(struct usher__lists *lists);
/* The value of an attribute, for the name of that index in an expression. */
void usher__give(struct usher__lists *lists, uint32_t index,
		 const struct usher_attr *attr, struct usher_value *ret);
bool usher__is_agent_name(const char *name);
bool usher__contact_value(const struct usher_acd *acd,
			  const struct contact *contact, const char *name,
			  struct usher_attr *ret);
bool usher__holds(const struct usher_expr *expr,
		  const struct usher__seeker *seeker,
		  const struct usher__helper *helper);
/* Whether it may be offered the queue's contacts at all. */
bool usher__serves(const struct queue *queue,
		   const struct usher__helper *helper);
bool usher__suits(const struct queue *queue, const struct req *extra,
		  uint32_t rings, const struct usher__seeker *seeker,
		  const struct usher__helper *helper);

/* ---- profiles.c ---- */
int usher__profiles_new(struct usher_acd *acd);
void usher__profiles_free(struct usher_acd *acd);

#endif
