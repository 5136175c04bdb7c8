#include <string.h>

#include "search.h"

void search_opts(struct usher_sim_staff_opts *o, struct house *h,
		 struct usher_sim_range *ranges,
		 const struct usher_sim_target *targets, uint32_t count)
{
	h->opts.queues = h->queues;
	h->opts.groups = h->groups;
	usher_sim_staff_opts_init(o, sizeof(*o));
	o->sim = &h->opts;
	o->ranges = ranges;
	o->range_count = h->opts.group_count;
	o->targets = targets;
	o->target_count = count;
	o->warmup_s = HOUSE_HOUR;
	o->duration_s = 10 * HOUSE_HOUR;
	o->replications = 4;
}

void search_keep_best(void *arg, const struct usher_sim_staffing *s)
{
	struct search_best *best = arg;

	if (!s->good || (best->agents && s->agents[0] >= best->agents))
		return;
	best->agents = s->agents[0];
	memcpy(best->values, s->values, best->targets * sizeof(*best->values));
}
