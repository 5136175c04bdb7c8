/* A small journal to try things on: a simulated morning of a help desk. */
#include <stdio.h>

#include "replay.h"

#define MORNING_S (2 * 3600)

struct writing {
	struct usher_store *store;
	int code;
};

static void keep(void *arg, const struct usher_event *ev)
{
	struct writing *w = arg;

	if (!w->code)
		w->code = usher_store_append(w->store, ev);
}

static const struct usher_attr german = {
	.name = "language", .type = USHER_ATTR_TEXT, .text = "de"};
static const struct usher_attr english = {
	.name = "language", .type = USHER_ATTR_TEXT, .text = "en"};

static const struct usher_sim_queue queues[] = {
	{.name = "german",
	 .requirement = "language == \"de\"",
	 .arrivals_per_s = 0.05,
	 .handle_s = 160,
	 .handle_cv = 1,
	 .handle_law = USHER_LAW_LOGNORMAL,
	 .wrapup_s = 20,
	 .wrapup_law = USHER_LAW_EXPONENTIAL,
	 .patience_s = 90,
	 .patience_law = USHER_LAW_EXPONENTIAL},
	{.name = "english",
	 .arrivals_per_s = 0.07,
	 .handle_s = 130,
	 .handle_cv = 0.8,
	 .handle_law = USHER_LAW_GAMMA,
	 .wrapup_s = 20,
	 .wrapup_law = USHER_LAW_EXPONENTIAL,
	 .patience_s = 70,
	 .patience_law = USHER_LAW_EXPONENTIAL},
};

static const struct usher_sim_span late[] = {
	{1800, MORNING_S, USHER_READY, 0}};

static const struct usher_sim_group groups[] = {
	{.name = "berlin", .attrs = &german, .attr_count = 1, .agents = 10},
	{.name = "london",
	 .attrs = &english,
	 .attr_count = 1,
	 .agents = 9,
	 .spans = late,
	 .span_count = 1},
};

static int simulate(struct usher_store *store, uint64_t seed,
		    struct usher_error *err)
{
	struct writing w = {.store = store};
	struct usher_sim_opts opts;
	struct usher_sim *sim;
	int code;

	usher_sim_opts_init(&opts, sizeof(opts));
	opts.queues = queues;
	opts.queue_count = sizeof(queues) / sizeof(queues[0]);
	opts.groups = groups;
	opts.group_count = sizeof(groups) / sizeof(groups[0]);
	opts.seed = seed;
	opts.record_inputs = 1;
	opts.event = keep;
	opts.arg = &w;
	code = usher_sim_new(&sim, &opts, err);
	if (code)
		return code;
	code = usher_sim_run(sim, MORNING_S);
	usher_sim_free(sim);
	return code ? code : w.code;
}

int make(const struct options *o)
{
	const struct usher_store_recover_cb cb = {.size = sizeof(cb)};
	struct usher_store *store;
	struct usher_store_opts opts;
	struct usher_error err = {0};
	int code, closed;

	usher_store_opts_init(&opts, sizeof(opts));
	opts.dir = o->dir;
	opts.no_history = 1;
	code = usher_store_open(&store, &opts, &err);
	if (code)
		return failed(o->dir, code, &err);
	code = usher_store_recover(store, &cb, NULL, &err);
	if (!code)
		code = simulate(store, o->seed, &err);
	if (!code)
		code = usher_store_commit_turn(store);
	closed = usher_store_close(store);
	if (!code)
		code = closed;
	return code ? failed(o->dir, code, &err) : 0;
}
