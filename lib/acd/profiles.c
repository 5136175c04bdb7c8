/*
 * Profiles: agents alike in every attribute that some requirement names, and
 * how many of each are signed in, ready, free.
 */
#include <acd/classes.h>
#include <acd/key.h>

int usher__profiles_new(struct usher_acd *acd)
{
	struct profile *loose;

	loose = acd->alloc.realloc(acd->alloc.arg, NULL, sizeof(*loose));
	if (!loose)
		return USHER_ENOMEM;
	memset(loose, 0, sizeof(*loose));
	loose->index = acd->profiles_max;
	acd->classes->by_index[acd->profiles_max] = loose;
	return 0;
}

static void profile_free(struct usher_acd *acd, struct profile *profile)
{
	struct classes *all = acd->classes;

	HASH_DEL(all->profiles, profile);
	all->by_index[profile->index] = NULL;
	while (all->high && !all->by_index[all->high - 1])
		all->high--;
	acd->alloc.realloc(acd->alloc.arg, profile, 0);
}

void usher__profiles_free(struct usher_acd *acd)
{
	struct classes *all = acd->classes;
	struct profile *profile, *next;

	if (!all->by_index)
		return;
	HASH_ITER (hh, all->profiles, profile, next)
		profile_free(acd, profile);
	if (all->by_index[acd->profiles_max])
		acd->alloc.realloc(acd->alloc.arg,
				   all->by_index[acd->profiles_max], 0);
}

struct layout {
	uint32_t queues; /* bytes, aligned: they come first */
	uint32_t attrs;
	bool named;
};

static void profile_key(const struct usher_acd *acd, const struct agent *agent,
			struct key *key, struct layout *layout)
{
	const struct classes *all = acd->classes;
	struct usher_attr attr;

	key->len = 0;
	key->count = 0;
	key->too_long = false;
	usher__key_put(key, &agent->conf->queues.count, 4);
	usher__key_put(key, &agent->conf->queues.count, 4);
	usher__key_put(key,
		       agent->conf->queues.ptr ? agent->conf->queues.ptr : "",
		       agent->conf->queues.len);
	layout->queues = 8;
	layout->attrs = key->len;
	layout->named = false;
	for (uint32_t i = 0; i < all->name_count; i++) {
		const char *name = all->names[i]->text;

		if (!strcmp(name, "agent.name"))
			layout->named = true;
		else if (usher__kv_find(&agent->conf->attrs, name, &attr))
			usher__key_attr(key, attr.name, &attr);
	}
	if (layout->named)
		usher__key_put(key, usher__cstr(&agent->conf->name),
			       agent->conf->name.len + 1u);
}

static struct profile *profile_make(struct usher_acd *acd,
				    const struct agent *agent,
				    const struct key *key,
				    const struct layout *layout)
{
	struct classes *all = acd->classes;
	struct profile *profile;
	uint32_t index = 0;

	while (index < acd->profiles_max && all->by_index[index])
		index++;
	if (index == acd->profiles_max)
		return NULL;
	profile = acd->alloc.realloc(acd->alloc.arg, NULL,
				     sizeof(*profile) + key->len);
	if (!profile)
		return NULL;
	memset(profile, 0, sizeof(*profile));
	memcpy(profile->key, key->bytes, key->len);
	profile->key_len = key->len;
	profile->index = index;
	profile->queues = (const void *)(profile->key + layout->queues);
	profile->queue_count = agent->conf->queues.count;
	profile->attrs.ptr = profile->key + layout->attrs;
	profile->attrs.len = key->len - layout->attrs;
	profile->attrs.count = key->count;
	profile->name = "";
	if (layout->named) {
		uint32_t name_len = agent->conf->name.len + 1u;

		profile->attrs.len -= name_len;
		profile->name =
			(const char *)profile->key + key->len - name_len;
	}
	HASH_ADD_KEYPTR(hh, all->profiles, profile->key, profile->key_len,
			profile);
	if (!profile->hh.tbl) {
		acd->alloc.realloc(acd->alloc.arg, profile, 0);
		return NULL;
	}
	all->by_index[index] = profile;
	if (index >= all->high)
		all->high = index + 1;
	usher__profile_forget(acd, index);
	return profile;
}

_Static_assert(offsetof(struct profile, key) % 8 == 0, "ids are aligned");

void usher__profile_join(struct usher_acd *acd, struct agent *agent)
{
	struct classes *all = acd->classes;
	struct profile *profile = NULL;
	struct layout layout;
	struct key key;

	profile_key(acd, agent, &key, &layout);
	if (!key.too_long) {
		HASH_FIND(hh, all->profiles, key.bytes, key.len, profile);
		if (!profile)
			profile = profile_make(acd, agent, &key, &layout);
	}
	if (!profile)
		profile = all->by_index[acd->profiles_max];
	profile->refs++;
	agent->profile = profile;
}

void usher__profile_leave(struct usher_acd *acd, struct agent *agent)
{
	struct profile *profile = agent->profile;

	agent->profile = NULL;
	if (!--profile->refs && profile->index != acd->profiles_max)
		profile_free(acd, profile);
}

uint32_t usher__profile_index(const struct profile *profile)
{
	return profile->index;
}

uint32_t usher__profile_high(const struct usher_acd *acd)
{
	return acd->classes->high;
}

struct profile *usher__profile_at(const struct usher_acd *acd, uint32_t index)
{
	return acd->classes->by_index[index];
}

void usher__profile_count(struct usher_acd *acd, struct agent *agent,
			  bool signed_in, bool ready, uint32_t free_mask)
{
	struct profile *profile = agent->profile;
	uint32_t changed = agent->free_mask ^ free_mask;

	if (!changed && agent->counted_in == signed_in &&
	    agent->counted_ready == ready)
		return;
	profile->signed_in += (uint32_t)signed_in - agent->counted_in;
	profile->ready += (uint32_t)ready - agent->counted_ready;
	for (uint32_t kind = 0; changed && kind < acd->kind_count; kind++) {
		if (changed & 1u << kind)
			profile->free[kind] +=
				free_mask & 1u << kind ? 1u : UINT32_MAX;
	}
	agent->counted_in = signed_in;
	agent->counted_ready = ready;
	agent->free_mask = (uint16_t)free_mask;
}

static void add_staff(const struct profile *profile,
		      struct usher_queue_info *info, uint32_t kind)
{
	info->staffed += profile->signed_in;
	info->ready += profile->ready;
	if (kind != KIND_UNSEEN)
		info->free += profile->free[kind];
}

/* Agents whose profile does not tell, one by one. */
static void add_staff_singly(const struct usher_acd *acd,
			     const struct queue *queue,
			     const struct usher__seeker *seeker, uint32_t kind,
			     struct usher_queue_info *info)
{
	const struct profile *loose =
		acd->classes->by_index[acd->profiles_max];
	bool wide = usher__req_is_wide(queue->req);

	if (!wide && !loose->refs)
		return;
	for (uint32_t i = 0; i < acd->agents.count; i++) {
		const struct agent *agent = acd->agents.items[i];
		struct usher__helper helper = {
			agent->conf->attrs, usher__cstr(&agent->conf->name),
			agent->conf->queues.ptr, agent->conf->queues.count};

		if ((!wide && agent->profile != loose) ||
		    !usher__suits(queue, NULL, 0, seeker, &helper))
			continue;
		info->staffed += agent->counted_in;
		info->ready += agent->counted_ready;
		if (kind != KIND_UNSEEN)
			info->free += agent->free_mask >> kind & 1;
	}
}

/* Of a kind that nobody has seen: whether it was depends on contacts that are
 * gone, so the answer has to be the same as if somebody had. */
static uint32_t free_unseen(const struct usher_acd *acd,
			    const struct queue *queue,
			    const struct usher__seeker *seeker)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < acd->agents.count; i++) {
		const struct agent *agent = acd->agents.items[i];
		struct usher__helper helper = {
			agent->conf->attrs, usher__cstr(&agent->conf->name),
			agent->conf->queues.ptr, agent->conf->queues.count};

		n += usher__free_unseen(agent) &&
		     usher__suits(queue, NULL, 0, seeker, &helper);
	}
	return n;
}

static void queue_staff(const struct usher_acd *acd, const struct queue *queue,
			uint32_t kind, struct usher_queue_info *info)
{
	struct usher__seeker seeker = {acd, NULL, {NULL, 0, 0}};
	bool wide = usher__req_is_wide(queue->req);

	for (uint32_t i = 0; !wide && i < acd->classes->high; i++) {
		const struct profile *profile = acd->classes->by_index[i];
		struct usher__helper helper;

		if (!profile || !profile->signed_in)
			continue;
		helper.attrs = profile->attrs;
		helper.name = profile->name;
		helper.queues = profile->queues;
		helper.queue_count = profile->queue_count;
		if (usher__suits(queue, NULL, 0, &seeker, &helper))
			add_staff(profile, info, kind);
	}
	add_staff_singly(acd, queue, &seeker, kind, info);
	if (kind == KIND_UNSEEN)
		info->free = free_unseen(acd, queue, &seeker);
}

static int64_t expected_wait(const struct queue *queue, uint32_t staffed)
{
	if (!staffed || !queue->handle)
		return -1;
	if (queue->handle > INT64_MAX / ((int64_t)queue->waiting + 1))
		return USHER_NEVER;
	return ((int64_t)queue->waiting + 1) * queue->handle / staffed;
}

void usher__queue_outlook(const struct usher_acd *acd,
			  const struct queue *queue, uint32_t kind,
			  struct usher_queue_info *ret)
{
	queue_staff(acd, queue, kind, ret);
	ret->expected_wait_us =
		ret->free ? 0 : expected_wait(queue, ret->staffed);
}
