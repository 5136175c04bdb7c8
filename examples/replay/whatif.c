/* What the record shows, and what would have been. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "replay.h"

#define CONFIDENCE 0.95

enum figure { LEVEL, ASA, ABANDONED, OCCUPANCY, FIGURES };

static const struct {
	const char *name;
	const char *unit;
	double scale;
} figures[FIGURES] = {
	[LEVEL] = {"service level", "%", 100},
	[ASA] = {"speed of answer", "s", 1},
	[ABANDONED] = {"abandoned", "%", 100},
	[OCCUPANCY] = {"occupancy", "%", 100},
};

static double pick(const struct usher_replay_figures *f, int which)
{
	const double all[FIGURES] = {f->service_level, f->asa_s,
				     f->abandonment, f->occupancy};

	return all[which] * figures[which].scale;
}

struct reading {
	struct usher_record *record;
	struct usher_decoder *decoder;
};

static int read_one(void *arg, const struct usher_store_entry *entry)
{
	const struct usher_event *ev;
	struct reading *r = arg;
	size_t used;
	int code;

	if (entry->kind == USHER_KIND_INPUT)
		return 0;
	code = usher_event_decode(r->decoder, entry->bytes, entry->len, &used,
				  &ev);
	return code ? code : usher_record_feed(r->record, ev);
}

int read_record(const struct options *o, struct usher_journal *journal,
		struct usher_record **ret)
{
	struct usher_error err = {0};
	struct reading r = {0};
	int code;

	code = usher_record_new(&r.record, NULL);
	if (!code)
		code = usher_decoder_new(&r.decoder, NULL);
	if (!code)
		code = usher_journal_read(journal, 0, read_one, &r, &err);
	if (!code)
		code = usher_record_end(r.record, 0);
	usher_decoder_free(r.decoder);
	if (code) {
		usher_record_free(r.record);
		return failed(o->dir, code, &err);
	}
	*ret = r.record;
	return 0;
}

static void show_figures(const struct usher_record *record)
{
	struct usher_replay_figures f = {.size = sizeof(f)};

	usher_record_figures(record, &f);
	printf("%" PRIu64 " customers, %" PRIu64 " answered, %" PRIu64
	       " gave up, in %.0f s\n\n",
	       f.entered, f.answered, f.abandoned,
	       usher_record_duration(record));
	for (int i = 0; i < FIGURES; i++)
		printf("%-16s %8.1f %s\n", figures[i].name, pick(&f, i),
		       figures[i].unit);
}

/* A line for each that a model of the record has not. */
static void warn(const struct usher_record *record)
{
	struct usher_record_lack lack = {.size = sizeof(lack)};

	for (uint32_t i = 0; !usher_record_lack_at(record, i, &lack); i++)
		fprintf(stderr, "warning: %" PRIu64 " %s\n", lack.count,
			lack.text);
}

int show(const struct options *o, struct usher_journal *journal)
{
	struct usher_record_queue q = {.size = sizeof(q)};
	struct usher_record_group g = {.size = sizeof(g)};
	struct usher_record *record;

	if (read_record(o, journal, &record))
		return 1;
	warn(record);
	show_figures(record);
	printf("\n%-16s %-16s %9s %9s %9s %9s\n", "queue", "policy",
	       "customers", "answered", "gave up", "handle");
	for (uint32_t i = 0; !usher_record_queue_at(record, i, &q); i++)
		printf("%-16s %-16s %9" PRIu64 " %9" PRIu64 " %9" PRIu64
		       " %7.0f s\n",
		       q.name, q.policy, q.arrivals, q.answered, q.abandoned,
		       q.handle_s);
	printf("\n%-16s %9s %9s %9s\n", "group", "agents", "contacts",
	       "speed");
	for (uint32_t i = 0; !usher_record_group_at(record, i, &g); i++)
		printf("%-16s %9u %9" PRIu64 " %9.2f\n", g.name, g.agents,
		       g.handled, g.speed);
	usher_record_free(record);
	return 0;
}

/* Attributes of each changed group, one after the other. */
static void give_skills(struct options *o, struct usher_attr *room)
{
	for (uint32_t i = 0; i < o->what_if.change_count; i++) {
		struct usher_record_change *change = &o->changes[i];

		for (uint32_t k = 0; k < o->skill_count; k++) {
			if (o->skill_groups[k] != i)
				continue;
			if (!change->attr_count++)
				change->attrs = room;
			*room++ = o->skills[k];
		}
	}
}

static int simulate(const struct usher_record_model *model, uint64_t seed,
		    double duration_s, double *values, int at)
{
	struct usher_sim_opts opts = *usher_record_model_opts(model);
	struct usher_replay_figures f = {.size = sizeof(f)};
	struct usher_error err = {0};
	struct usher_sim *sim;
	int code;

	opts.seed = seed;
	code = usher_sim_new(&sim, &opts, &err);
	if (code)
		return failed("the model", code, &err);
	code = usher_sim_run(sim, duration_s);
	if (!code)
		code = usher_replay_figures(sim, &f);
	usher_sim_free(sim);
	if (code)
		return failed("the simulation", code, NULL);
	for (int i = 0; i < FIGURES; i++)
		values[i * REPLICATIONS_MAX + at] = pick(&f, i);
	return 0;
}

static void print_rows(const struct usher_record *record, const double *was,
		       const double *is, int n)
{
	struct usher_replay_figures f = {.size = sizeof(f)};

	usher_record_figures(record, &f);
	printf("%-16s %9s %16s %16s %16s\n", "", "recorded", "as it was",
	       "what if", "difference");
	for (int i = 0; i < FIGURES; i++) {
		struct usher_sim_interval a = {.size = sizeof(a)}, b = a,
					  d = a;

		usher_sim_interval(was + i * REPLICATIONS_MAX, (size_t)n,
				   CONFIDENCE, &a);
		usher_sim_interval(is + i * REPLICATIONS_MAX, (size_t)n,
				   CONFIDENCE, &b);
		usher_sim_paired(is + i * REPLICATIONS_MAX,
				 was + i * REPLICATIONS_MAX, (size_t)n,
				 CONFIDENCE, &d);
		printf("%-16s %9.1f %9.1f +- %3.1f %9.1f +- %3.1f %+9.1f +- "
		       "%3.1f %s\n",
		       figures[i].name, pick(&f, i), a.mean, a.half, b.mean,
		       b.half, d.mean, d.half, figures[i].unit);
	}
	printf("\n%d replications of the recorded day each, with the same "
	       "random numbers;\n%.0f %% intervals of the means.\n",
	       n, CONFIDENCE * 100);
}

static int run_both(const struct options *o, const struct usher_record *record,
		    const struct usher_record_model *same,
		    const struct usher_record_model *other)
{
	double *values =
		calloc(2 * FIGURES * REPLICATIONS_MAX, sizeof(*values));
	double duration = usher_record_duration(record);
	int code = values ? 0 : failed("the model", USHER_ENOMEM, NULL);

	for (int i = 0; !code && i < o->replications; i++) {
		uint64_t seed = usher_sim_seed(o->seed, (uint64_t)i);

		code = simulate(same, seed, duration, values, i);
		if (!code)
			code = simulate(other, seed, duration,
					values + FIGURES * REPLICATIONS_MAX,
					i);
	}
	if (!code)
		print_rows(record, values, values + FIGURES * REPLICATIONS_MAX,
			   o->replications);
	free(values);
	return code;
}

int what_if(struct options *o, struct usher_journal *journal)
{
	struct usher_record_model *same = NULL, *other = NULL;
	struct usher_attr room[SKILLS_MAX];
	struct usher_record *record;
	struct usher_error err = {0};
	int code;

	if (read_record(o, journal, &record))
		return 1;
	warn(record);
	give_skills(o, room);
	code = usher_record_model_new(&same, record, NULL, &err);
	if (!code)
		code = usher_record_model_new(&other, record, &o->what_if,
					      &err);
	code = code ? failed(o->dir, code, &err)
		    : run_both(o, record, same, other);
	usher_record_model_free(same);
	usher_record_model_free(other);
	usher_record_free(record);
	return code;
}
