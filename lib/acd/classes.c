/*
 * A class holds the contacts that no requirement can tell apart: same queue,
 * kind of channel and requirement, same values of what the requirements read.
 * Those who wait to be dialed in their turn are in classes of their own, so
 * that where none of them has it nobody walks over them.
 * A profile holds the agents alike in every attribute that some requirement
 * names. Whether a profile may serve a class is found out once.
 *
 * Both are caches with a limit. What is beyond it, finds no memory, or has a
 * requirement that reads more than profiles hold, is in the loose class or
 * profile and compared one by one: slower, never different.
 */
#include <acd/callbacks.h>
#include <acd/classes.h>
#include <acd/key.h>

static void forget(const struct usher_acd *acd, struct class *class)
{
	for (uint32_t i = 0; i < usher__bits_words(acd->profiles_max); i++) {
		class->known[i].unasked = UINT64_MAX;
		class->known[i].allowed = 0;
	}
}

struct class *usher__class_alloc(struct usher_acd *acd, size_t key_len)
{
	size_t size = (sizeof(struct class) + key_len + 7) / 8 * 8;
	size_t known =
		usher__bits_words(acd->profiles_max) * sizeof(struct known);
	struct class *class;

	class = acd->alloc.realloc(acd->alloc.arg, NULL, size + known);
	if (!class)
		return NULL;
	memset(class, 0, size);
	class->known = (struct known *)(void *)((char *)class + size);
	class->key_len = (uint32_t)key_len;
	forget(acd, class);
	return class;
}

void usher__class_free(struct usher_acd *acd, struct class *class)
{
	HASH_DEL(acd->classes->classes, class);
	acd->classes->class_count--;
	acd->alloc.realloc(acd->alloc.arg, class, 0);
}

/* ---- Lists of classes ---- */

static void idle_add(struct classes *all, struct class *class)
{
	class->prev = all->idle_last;
	class->next = NULL;
	if (all->idle_last)
		all->idle_last->next = class;
	else
		all->idle = class;
	all->idle_last = class;
}

static void idle_del(struct classes *all, struct class *class)
{
	if (class->prev)
		class->prev->next = class->next;
	else
		all->idle = class->next;
	if (class->next)
		class->next->prev = class->prev;
	else
		all->idle_last = class->prev;
}

void usher__class_added(struct usher_acd *acd, struct class *class)
{
	struct classes *all = acd->classes;

	if (usher__tree_size(&class->tree) != 1)
		return;
	class->prev = NULL;
	class->next = all->active;
	if (all->active)
		all->active->prev = class;
	all->active = class;
}

void usher__class_removed(struct usher_acd *acd, struct class *class)
{
	struct classes *all = acd->classes;

	if (class->tree.root)
		return;
	if (class->prev)
		class->prev->next = class->next;
	else
		all->active = class->next;
	if (class->next)
		class->next->prev = class->prev;
}

/* ---- Joining ---- */

static void read_names(const struct usher_acd *acd,
		       const struct contact *contact, const struct req *req,
		       struct key *key)
{
	struct usher__bytes attrs;
	struct usher_attr attr;

	if (!req || !req->count)
		return;
	attrs = usher__texts_attrs(contact->texts);
	for (uint32_t i = req->first; i < req->first + req->count; i++) {
		const char *name =
			usher_expr_name(req->expr, i) + strlen("contact.");
		const char *value = usher__kv_value(&attrs, name);

		/* as it is there, a key has it */
		if (value)
			usher__key_value(key, name, value);
		else if (usher__contact_value(acd, contact, name, &attr))
			usher__key_attr(key, name, &attr);
	}
}

/* Fixed part of a key; attributes follow. */
struct class_key {
	uint64_t queue;
	uint64_t queue_req;
	uint64_t req;
	int64_t priority;
	uint32_t kind;
	uint32_t rings;
	uint64_t turns;
};

static void class_key(const struct usher_acd *acd, const struct segment *seg,
		      struct key *key)
{
	const struct queue *queue = seg->q.queue;
	struct class_key fixed = {0};
	bool anyone;

	key->len = 0;
	key->count = 0;
	key->too_long = false;
	fixed.queue = queue->id;
	fixed.queue_req = queue->req ? queue->req->serial : 0;
	fixed.req = seg->q.req ? seg->q.req->serial : 0;
	/* heads are compared by a score that may grow with priority */
	if (acd->order->order == USHER_ORDER_HEAD)
		fixed.priority = seg->q.priority;
	fixed.kind = seg->contact->kind;
	fixed.rings = usher__rings(queue, seg->taken);
	fixed.turns = usher__contact_turns(seg->contact);
	usher__key_put(key, &fixed, sizeof(fixed));
	read_names(acd, seg->contact, queue->req, key);
	read_names(acd, seg->contact, seg->q.req, key);
	for (uint32_t i = 0; fixed.rings && i < queue->step_count; i++) {
		if (fixed.rings >> i & 1)
			read_names(acd, seg->contact,
				   usher__ring_req(queue, i, &anyone), key);
	}
}

static struct class *class_make(struct usher_acd *acd,
				const struct segment *seg,
				const struct key *key)
{
	struct classes *all = acd->classes;
	struct class *class, *idle;

	if (all->class_count >= acd->classes_max) {
		idle = all->idle;
		if (!idle)
			return all->loose;
		idle_del(all, idle);
		usher__class_free(acd, idle);
	}
	class = usher__class_alloc(acd, key->len);
	if (!class)
		return all->loose;
	class->queue = seg->q.queue;
	class->req = seg->q.req;
	class->kind = seg->contact->kind;
	class->rings = usher__rings(seg->q.queue, seg->taken);
	class->turns = usher__contact_turns(seg->contact);
	memcpy(class->key, key->bytes, key->len);
	class->attrs.ptr = class->key + sizeof(struct class_key);
	class->attrs.len = key->len - (uint32_t)sizeof(struct class_key);
	class->attrs.count = key->count;
	HASH_ADD_KEYPTR(hh, all->classes, class->key, class->key_len, class);
	if (!class->hh.tbl) {
		acd->alloc.realloc(acd->alloc.arg, class, 0);
		return all->loose;
	}
	all->class_count++;
	return class;
}

/* Some requirement of it reads more than profiles hold. */
static bool is_wide(const struct segment *seg)
{
	const struct queue *queue = seg->q.queue;
	uint32_t rings = usher__rings(queue, seg->taken);
	bool anyone;

	if (usher__req_is_wide(queue->req) || usher__req_is_wide(seg->q.req))
		return true;
	for (uint32_t i = 0; rings && i < queue->step_count; i++) {
		if (rings >> i & 1 &&
		    usher__req_is_wide(usher__ring_req(queue, i, &anyone)))
			return true;
	}
	return false;
}

void usher__class_join(struct usher_acd *acd, struct segment *seg)
{
	struct classes *all = acd->classes;
	struct class *class = NULL;
	struct key key;

	seg->q.priority = seg->contact->priority + seg->q.own_priority +
			  (int32_t)seg->q.queue->conf->priority;
	class_key(acd, seg, &key);
	if (key.too_long || is_wide(seg)) {
		class = all->loose;
	} else {
		HASH_FIND(hh, all->classes, key.bytes, key.len, class);
		if (!class)
			class = class_make(acd, seg, &key);
		else if (!class->refs)
			idle_del(all, class);
	}
	class->refs++;
	seg->q.class = class;
}

void usher__class_leave(struct usher_acd *acd, struct segment *seg)
{
	struct class *class = seg->q.class;

	seg->q.class = NULL;
	if (!--class->refs && !class->loose)
		idle_add(acd->classes, class);
}

bool usher__class_is_of(const struct segment *seg)
{
	const struct class *class = seg->q.class;

	return class->loose ||
	       class->turns == usher__contact_turns(seg->contact);
}

struct usher__tree *usher__class_tree(struct class *class)
{
	return &class->tree;
}

struct class *usher__class_next(const struct usher_acd *acd,
				const struct class *class)
{
	return class ? class->next : acd->classes->active;
}

bool usher__class_loose(const struct class *class)
{
	return class->loose;
}

uint32_t usher__class_kind(const struct class *class)
{
	return class->kind;
}

struct queue *usher__class_queue(const struct class *class)
{
	return class->queue;
}

bool usher__class_allows(struct usher_acd *acd, struct class *class,
			 struct profile *profile)
{
	struct usher__seeker seeker = {acd, NULL, class->attrs};
	struct usher__helper helper = {profile->attrs, profile->name,
				       profile->queues, profile->queue_count};
	struct known *known = &class->known[profile->index / 64];
	uint64_t bit = UINT64_C(1) << profile->index % 64;

	if (known->unasked & bit) {
		known->unasked &= ~bit;
		if (usher__suits(class->queue, class->req, class->rings,
				 &seeker, &helper))
			known->allowed |= bit;
	}
	return known->allowed & bit;
}

void usher__classes_forget(struct usher_acd *acd)
{
	struct class *class, *next;

	HASH_ITER (hh, acd->classes->classes, class, next)
		forget(acd, class);
}

void usher__profile_forget(struct usher_acd *acd, uint32_t index)
{
	struct class *class, *next;

	HASH_ITER (hh, acd->classes->classes, class, next) {
		class->known[index / 64].unasked |= UINT64_C(1) << index % 64;
		class->known[index / 64].allowed &=
			~(UINT64_C(1) << index % 64);
	}
}

void usher__classes_drop_queue(struct usher_acd *acd,
			       const struct queue *queue)
{
	struct class *class, *next;

	HASH_ITER (hh, acd->classes->classes, class, next) {
		if (class->queue != queue)
			continue;
		idle_del(acd->classes, class);
		usher__class_free(acd, class);
	}
}

void usher__classes_stats(const struct usher_acd *acd,
			  struct usher_acd_stats *stats)
{
	const struct classes *all = acd->classes;

	stats->classes = all->class_count;
	stats->profiles = HASH_COUNT(all->profiles);
	stats->scanned_contacts = all->loose->refs;
	stats->scanned_agents = all->by_index[acd->profiles_max]->refs;
}
