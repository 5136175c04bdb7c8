/*
 * Where things are found without looking at all of them: free agents in a tree
 * for each (kind of channel, policy, profile), waiting segments in a tree for
 * each class, and the marks of what has to be matched.
 */
#include <acd/callbacks.h>

/* ---- Orders of agents ---- */

static uint32_t chunks_for(uint32_t slots)
{
	return (slots + DIM_CHUNK - 1) / DIM_CHUNK;
}

static int dim_grow(struct usher_acd *acd, struct dim *dim, uint32_t slots)
{
	uint32_t want = chunks_for(slots);
	struct place **chunks;

	if (want > dim->chunk_count) {
		chunks = acd->alloc.realloc(acd->alloc.arg, dim->chunks,
					    want * sizeof(*chunks));
		if (!chunks)
			return USHER_ENOMEM;
		dim->chunks = chunks;
	}
	while (dim->chunk_count < want) {
		size_t size = DIM_CHUNK * sizeof(**dim->chunks);
		struct place *chunk =
			acd->alloc.realloc(acd->alloc.arg, NULL, size);

		if (!chunk)
			return USHER_ENOMEM;
		memset(chunk, 0, size);
		dim->chunks[dim->chunk_count++] = chunk;
	}
	return 0;
}

static void dim_done(struct usher_acd *acd, struct dim *dim)
{
	for (uint32_t i = 0; i < dim->chunk_count; i++)
		acd->alloc.realloc(acd->alloc.arg, dim->chunks[i], 0);
	if (dim->chunks)
		acd->alloc.realloc(acd->alloc.arg, dim->chunks, 0);
	if (dim->trees)
		acd->alloc.realloc(acd->alloc.arg, dim->trees, 0);
	if (dim->filled)
		acd->alloc.realloc(acd->alloc.arg, dim->filled, 0);
	memset(dim, 0, sizeof(*dim));
}

void usher__dims_done(struct usher_acd *acd)
{
	for (uint32_t i = 0; i < acd->dim_count; i++)
		dim_done(acd, &acd->dims[i]);
	if (acd->dims)
		acd->alloc.realloc(acd->alloc.arg, acd->dims, 0);
	acd->dims = NULL;
	acd->dim_count = 0;
	acd->dim_cap = 0;
}

const struct dim *usher__dim_get(const struct usher_acd *acd, uint32_t kind,
				 const struct usher_agent_policy *policy)
{
	for (uint32_t i = 0; i < acd->dim_count; i++) {
		if (acd->dims[i].kind == kind && acd->dims[i].policy == policy)
			return &acd->dims[i];
	}
	return NULL;
}

struct place *usher__dim_place(const struct dim *dim, uint32_t slot)
{
	return &dim->chunks[slot / DIM_CHUNK][slot % DIM_CHUNK];
}

/* Room for one more. */
static int dims_grow(struct usher_acd *acd)
{
	uint32_t cap = acd->dim_cap ? acd->dim_cap * 2 : 8;
	struct dim *dims;

	if (acd->dim_count < acd->dim_cap)
		return 0;
	dims = acd->alloc.realloc(acd->alloc.arg, acd->dims,
				  cap * sizeof(*dims));
	if (!dims)
		return USHER_ENOMEM;
	acd->dims = dims;
	acd->dim_cap = cap;
	return 0;
}

static int dim_make(struct usher_acd *acd, uint32_t kind,
		    const struct usher_agent_policy *policy)
{
	size_t size = (acd->profiles_max + 1) * sizeof(struct usher__tree);
	size_t filled =
		usher__bits_words(acd->profiles_max + 1) * sizeof(uint64_t);
	struct dim dim = {0};
	int err;

	if (usher__dim_get(acd, kind, policy))
		return 0;
	if (dims_grow(acd))
		return USHER_ENOMEM;
	dim.policy = policy;
	dim.kind = kind;
	dim.trees = acd->alloc.realloc(acd->alloc.arg, NULL, size);
	dim.filled = acd->alloc.realloc(acd->alloc.arg, NULL, filled);
	err = dim.trees && dim.filled ? dim_grow(acd, &dim, acd->slots)
				      : USHER_ENOMEM;
	if (err) {
		dim_done(acd, &dim);
		return err;
	}
	memset(dim.trees, 0, size);
	memset(dim.filled, 0, filled);
	acd->dims[acd->dim_count++] = dim;
	for (uint32_t i = 0; i < acd->agents.count; i++)
		usher__agent_index(acd, acd->agents.items[i]);
	return 0;
}

int usher__dims_make(struct usher_acd *acd,
		     const struct usher_agent_policy *policy)
{
	int err = 0;

	for (uint32_t kind = 0; !err && kind < acd->kind_count; kind++)
		err = dim_make(acd, kind, policy);
	return err;
}

int usher__dims_for_kind(struct usher_acd *acd, uint32_t kind)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < acd->queues.count; i++) {
		const struct queue *queue = acd->queues.items[i];

		if (!usher__is_external(queue->policy))
			err = dim_make(acd, kind, queue->policy);
		if (!err)
			err = dim_make(acd, kind, queue->fallback);
	}
	return err;
}

int usher__dims_for_slot(struct usher_acd *acd, uint32_t slot)
{
	struct agent **by_slot;
	int err = 0;

	by_slot = acd->alloc.realloc(acd->alloc.arg, acd->by_slot,
				     chunks_for(slot + 1) * DIM_CHUNK *
					     sizeof(*by_slot));
	if (!by_slot)
		return USHER_ENOMEM;
	acd->by_slot = by_slot;
	for (uint32_t i = 0; !err && i < acd->dim_count; i++)
		err = dim_grow(acd, &acd->dims[i], slot + 1);
	return err;
}

static int64_t agent_key(struct usher_acd *acd, const struct dim *dim,
			 const struct agent *agent)
{
	struct usher_agent_view view;
	bool busy = acd->busy;
	int64_t key;

	if (!dim->policy->key)
		return 0;
	usher__agent_view(agent, &view);
	acd->busy = true;
	key = dim->policy->key(dim->policy->arg, &view);
	acd->busy = busy;
	return key;
}

static void place_agent(struct usher_acd *acd, struct agent *agent,
			const struct dim *dim)
{
	struct place *place = usher__dim_place(dim, agent->slot);
	bool is_in = usher__tree_has(&place->node);
	bool wants_in = agent->free_mask & 1u << dim->kind;
	struct usher__node node;
	struct usher__tree *tree;
	uint32_t index;

	if (!wants_in && !is_in)
		return;
	index = usher__profile_index(agent->profile);
	tree = &dim->trees[index];
	if (wants_in) {
		node.k0 = agent_key(acd, dim, agent);
		node.k1 = agent->conf->order;
		node.k2 = agent->id;
		if (is_in && !usher__node_cmp(&node, &place->node))
			return;
	}
	if (is_in)
		usher__tree_del(tree, &place->node);
	if (wants_in) {
		place->node.k0 = node.k0;
		place->node.k1 = node.k1;
		place->node.k2 = node.k2;
		place->agent = agent;
		usher__tree_add(tree, &place->node);
	}
	if (tree->root)
		dim->filled[index / 64] |= UINT64_C(1) << index % 64;
	else
		dim->filled[index / 64] &= ~(UINT64_C(1) << index % 64);
}

/* Who is free for those who are dialed first may be enough for one more turn,
 * also of who waits for somebody else. */
static void called_changed(struct usher_acd *acd)
{
	if (acd->called_count)
		usher__turns_wake(acd);
}

void usher__agent_index(struct usher_acd *acd, struct agent *agent)
{
	uint32_t mask = 0;

	if (usher__agent_open(agent)) {
		for (uint32_t kind = 0; kind < acd->kind_count; kind++) {
			if (usher__agent_has_room(acd, agent, kind))
				mask |= 1u << kind;
		}
	}
	usher__profile_count(acd, agent, agent->presence != USHER_SIGNED_OUT,
			     agent->presence == USHER_READY, mask);
	for (uint32_t i = 0; i < acd->dim_count; i++)
		place_agent(acd, agent, &acd->dims[i]);
	/* more contacts have nobody, or fewer */
	if (acd->applying && usher__agent_open(agent))
		called_changed(acd);
}

/* As if it were not there; before it changes its profile or goes. */
void usher__agent_unindex(struct usher_acd *acd, struct agent *agent)
{
	usher__profile_count(acd, agent, false, false, 0);
	for (uint32_t i = 0; i < acd->dim_count; i++)
		place_agent(acd, agent, &acd->dims[i]);
}

/* ---- Waiting segments ---- */

static bool to_be_offered(const struct usher_acd *acd,
			  const struct segment *seg)
{
	return seg->state == USHER_SEGMENT_WAITING &&
	       (!usher__contact_away(seg->contact) ||
		usher__contact_turns(seg->contact)) &&
	       !seg->contact->ended && !usher__deferred(acd, seg);
}

static void segment_key(struct usher_acd *acd, struct segment *seg)
{
	struct usher_contact_view view;
	bool busy = acd->busy;

	seg->q.node.k0 = 0;
	if (acd->order->key) {
		usher__contact_view(seg, &view);
		acd->busy = true;
		seg->q.node.k0 = acd->order->key(acd->order->arg, &view);
		acd->busy = busy;
	}
	seg->q.node.k2 = seg->id;
}

void usher__segment_unindex(struct usher_acd *acd, struct segment *seg)
{
	if (!usher__tree_has(&seg->q.node))
		return;
	if (seg->parked) {
		usher__tree_del(&seg->q.queue->parked, &seg->q.node);
		return;
	}
	usher__tree_del(usher__class_tree(seg->q.class), &seg->q.node);
	usher__class_removed(acd, seg->q.class);
}

void usher__segment_index(struct usher_acd *acd, struct segment *seg)
{
	bool parked = !to_be_offered(acd, seg);
	bool moves = !parked && !usher__class_is_of(seg);

	if (usher__tree_has(&seg->q.node)) {
		if (seg->parked == parked && !moves)
			return;
		usher__segment_unindex(acd, seg);
	} else {
		segment_key(acd, seg);
	}
	if (moves) {
		usher__class_leave(acd, seg);
		usher__class_join(acd, seg);
	}
	seg->parked = parked;
	if (parked) {
		usher__unmark_segment(acd, seg);
		usher__tree_add(&seg->q.queue->parked, &seg->q.node);
		return;
	}
	usher__tree_add(usher__class_tree(seg->q.class), &seg->q.node);
	usher__class_added(acd, seg->q.class);
}

void usher__segment_pass(struct usher_acd *acd, const struct segment *seg)
{
	if (acd->applying && to_be_offered(acd, seg))
		acd->settled = false;
}

void usher__segment_rekey(struct usher_acd *acd, struct segment *seg)
{
	bool awaited = usher__awaits(seg) && usher__deferred(acd, seg);

	usher__segment_unindex(acd, seg);
	usher__class_leave(acd, seg);
	usher__class_join(acd, seg);
	/* what its policy said of one agent, it may say otherwise now */
	if (awaited) {
		usher__await(acd, seg, NULL);
		seg->q.until = 0;
		usher__segment_timer(acd, seg);
	}
	usher__segment_index(acd, seg);
	if (awaited)
		usher__mark_segment(acd, seg);
}

void usher__contact_reindex(struct usher_acd *acd, struct contact *contact)
{
	for (struct segment *seg = contact->segments; seg; seg = seg->next) {
		if (seg->kind != USHER_SEGMENT_QUEUE)
			continue;
		usher__segment_index(acd, seg);
		/* some steps wait for somebody on the line */
		if (seg->q.queue->step_count)
			usher__segment_timer(acd, seg);
	}
}

/* ---- Marks ---- */

/* Whatever kinds the agent is free for: which are known is an index, too. */
void usher__mark_agent(struct usher_acd *acd, struct agent *agent)
{
	if (acd->applying && usher__agent_open(agent))
		acd->settled = false;
	if (!acd->folding && agent->free_mask && !usher__marked(&agent->mark))
		usher__marks_add(&acd->marked_agents, &agent->mark);
}

void usher__unmark_agent(struct usher_acd *acd, struct agent *agent)
{
	if (usher__marked(&agent->mark))
		usher__marks_del(&acd->marked_agents, &agent->mark);
}

void usher__mark_segment(struct usher_acd *acd, struct segment *seg)
{
	/* where it stands may be of a time that is over, in a core that
	 * folds */
	if (acd->applying && acd->settled && to_be_offered(acd, seg))
		acd->settled = false;
	if (seg->parked && usher__contact_called(seg->contact))
		called_changed(acd);
	if (!acd->folding && !seg->parked && !usher__marked(&seg->q.mark))
		usher__marks_add(&acd->marked_segments, &seg->q.mark);
}

void usher__unmark_segment(struct usher_acd *acd, struct segment *seg)
{
	if (usher__marked(&seg->q.mark))
		usher__marks_del(&acd->marked_segments, &seg->q.mark);
}

void usher__mark_contact(struct usher_acd *acd, struct contact *contact)
{
	for (struct segment *seg = contact->segments; seg; seg = seg->next) {
		if (seg->kind == USHER_SEGMENT_QUEUE)
			usher__mark_segment(acd, seg);
	}
}

/* The pump marks them, so that applying stays bounded. */
void usher__mark_everybody(struct usher_acd *acd)
{
	acd->mark_all = true;
	if (acd->applying)
		acd->settled = false;
}

void usher__turns_wake(struct usher_acd *acd)
{
	if (!acd->turns)
		return;
	acd->wake_turns = true;
	if (acd->applying)
		acd->settled = false;
}
