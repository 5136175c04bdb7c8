/*
 * Making and freeing a core.
 */
#include <acd/callbacks.h>
#include <acd/internal.h>
#include <acd/options.h>

#define EVENTS_MAX   65536
#define CONTACTS_MAX 1000000
#define AGENTS_MAX   100000
#define QUEUES_MAX   4096
#define CLASSES_MAX  1024
#define PROFILES_MAX 1024

void usher_acd_opts_init(struct usher_acd_opts *opts, size_t size)
{
	memset(opts, 0, size);
	opts->size = size;
}

void usher_acd_origin(const struct usher_acd *acd, uint64_t *ret_node,
		      uint64_t *ret_seed)
{
	*ret_node = acd->node >> 48;
	*ret_seed = acd->seed;
}

static uint32_t or_default(uint32_t value, uint32_t standard)
{
	return value ? value : standard;
}

static void set_opts(struct usher_acd *acd, const struct usher_acd_opts *opts)
{
	acd->node = opts->node << 48;
	acd->seed = opts->seed;
	acd->record_inputs = opts->record_inputs != 0;
	acd->events_max = or_default(opts->events_max, EVENTS_MAX);
	acd->contacts_max = or_default(opts->contacts_max, CONTACTS_MAX);
	acd->agents_max = or_default(opts->agents_max, AGENTS_MAX);
	acd->queues_max = or_default(opts->queues_max, QUEUES_MAX);
	acd->classes_max = or_default(opts->classes_max, CLASSES_MAX);
	acd->profiles_max = or_default(opts->profiles_max, PROFILES_MAX);
}

static void init_pools(struct usher_acd *acd)
{
	acd->marked_segments.offset = offsetof(struct segment, q.mark);
	acd->marked_agents.offset = offsetof(struct agent, mark);
	usher__pool_init(&acd->contact_pool, sizeof(struct contact), 64);
	usher__pool_init(&acd->segment_pool, sizeof(struct segment), 64);
	usher__pool_init(&acd->offer_pool, sizeof(struct offer), 64);
	usher__pool_init(&acd->retry_pool, sizeof(struct retry), 64);
	usher__pool_init(&acd->agent_pool, sizeof(struct agent), 16);
	usher__pool_init(&acd->timer_pool, sizeof(struct timer), 64);
	usher__pool_init(&acd->pace_pool, sizeof(struct pace), 64);
	usher__pool_init(&acd->special_pool, sizeof(struct special), 64);
	usher__heap_init(&acd->timers);
	usher__rests_init(acd);
	usher__slab_init(&acd->slab);
}

int usher_acd_new(struct usher_acd **ret, const struct usher_acd_opts *opts,
		  struct usher_error *err)
{
	struct usher_acd_opts all;
	const struct usher_alloc *alloc;
	struct usher_acd *acd;
	int code;

	usher_acd_opts_init(&all, sizeof(all));
	if (opts && !usher__take(&all, sizeof(all), opts, ACD_OPTS_FIRST))
		return usher_error_set(err, USHER_EINVAL,
				       "options of an unknown size");
	if (all.node > UINT16_MAX)
		return usher_error_set(err, USHER_EINVAL, "node is above %d",
				       UINT16_MAX);
	alloc = all.alloc ? all.alloc : usher_alloc_default();
	acd = alloc->realloc(alloc->arg, NULL, sizeof(*acd));
	if (!acd)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	memset(acd, 0, sizeof(*acd));
	acd->alloc = *alloc;
	set_opts(acd, &all);
	acd->told_kind = UINT32_MAX;
	init_pools(acd);
	code = usher__classes_new(acd);
	if (!code)
		code = usher__policies_add_builtin(acd);
	if (code) {
		usher_acd_free(acd);
		return usher_error_set(err, code, "%s", usher_strerror(code));
	}
	acd->order = usher__contact_policy(acd, "priority_age");
	*ret = acd;
	return 0;
}

static void free_items(struct usher_acd *acd, struct list *list)
{
	if (list->items)
		acd->alloc.realloc(acd->alloc.arg, list->items, 0);
}

/* What is larger than the pools' blocks; the rest goes with them. */
static void free_texts(struct usher_acd *acd)
{
	for (struct contact *at = acd->first_contact; at; at = at->next) {
		usher__callback_drop(acd, at);
		if (at->texts)
			usher__slab_put(&acd->slab, &acd->alloc, at->texts,
					usher__texts_size(at->texts));
	}
	for (uint32_t i = 0; i < acd->queues.count; i++) {
		struct queue *queue = acd->queues.items[i];

		usher__steps_drop(acd, queue);
		usher__slab_put(&acd->slab, &acd->alloc, queue->conf,
				queue->conf_size);
	}
	for (uint32_t i = 0; i < acd->agents.count; i++) {
		struct agent *agent = acd->agents.items[i];

		usher__slab_put(&acd->slab, &acd->alloc, agent->conf,
				agent->conf_size);
	}
}

void usher_acd_free(struct usher_acd *acd)
{
	struct usher_alloc alloc;

	if (!acd)
		return;
	alloc = acd->alloc;
	usher__acd_unprepare(acd);
	free_texts(acd);
	usher__classes_free(acd);
	usher__dims_done(acd);
	free_items(acd, &acd->queues);
	free_items(acd, &acd->agents);
	free_items(acd, &acd->queue_names);
	free_items(acd, &acd->agent_names);
	free_items(acd, &acd->free_slots);
	free_items(acd, &acd->rings);
	usher__policies_done(acd);
	usher__idmap_free(&acd->contact_map, &alloc);
	usher__idmap_free(&acd->segment_map, &alloc);
	usher__idmap_free(&acd->offer_map, &alloc);
	usher__pool_done(&acd->contact_pool, &alloc);
	usher__pool_done(&acd->segment_pool, &alloc);
	usher__pool_done(&acd->offer_pool, &alloc);
	usher__pool_done(&acd->retry_pool, &alloc);
	usher__pool_done(&acd->agent_pool, &alloc);
	usher__pool_done(&acd->timer_pool, &alloc);
	usher__pool_done(&acd->pace_pool, &alloc);
	usher__pool_done(&acd->special_pool, &alloc);
	usher__pool_done(&acd->rest_pool, &alloc);
	usher__pool_done(&acd->ring_pool, &alloc);
	usher__heap_free(&acd->timers, &alloc);
	usher__slab_done(&acd->slab, &alloc);
	usher__tape_done(&acd->tape, &alloc);
	if (acd->by_slot)
		alloc.realloc(alloc.arg, acd->by_slot, 0);
	if (acd->build)
		alloc.realloc(alloc.arg, acd->build, 0);
	if (acd->named)
		alloc.realloc(alloc.arg, acd->named, 0);
	if (acd->scratch)
		alloc.realloc(alloc.arg, acd->scratch, 0);
	alloc.realloc(alloc.arg, acd, 0);
}
