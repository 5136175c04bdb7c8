/*
 * A day's file: what is simulated and how often.
 *
 *   queues:                         groups:
 *     - name: sales                   - name: team
 *       arrivals: 120/h                 agents: 12
 *       handle: 3m                      shifts:
 *       patience: {mean: 2m}              - {from: 08:00, to: 16:00}
 */
#include <stdlib.h>
#include <string.h>

#include "read.h"

#define DURATION_MAX_S 3.2e8 /* ten years */
#define INTERVAL_MIN_S 1
#define SLOTS_MAX      10000
#define CONFIDENCE     0.95
#define REPLICATIONS   20
#define INTERVAL_S     1800
#define DAY_S          86400.0

#define AT(member)  offsetof(struct lab_day, member)
#define SIM(member) offsetof(struct lab_day, sim.member)

static const struct read_field fields[] = {
	{"title", READ_TEXT, AT(title), 0, 0},
	{"replications", READ_U64, AT(replications), 1, LAB_REPLICATIONS_MAX},
	{"warmup", READ_SECONDS, AT(warmup_s), 0, DURATION_MAX_S},
	{"duration", READ_SECONDS, AT(duration_s), 1, DURATION_MAX_S},
	{"interval", READ_SECONDS, AT(interval_s), INTERVAL_MIN_S, DAY_S},
	{"confidence", READ_PART, AT(confidence), 0.01, 0.99999},
	{"seed", READ_U64, SIM(seed), 0, 0},
	{"period", READ_SECONDS, SIM(period_s), 1, 366 * DAY_S},
	{"contact_order", READ_TEXT, SIM(contact_order), 0, 0},
	{"day_cv", READ_NUMBER, SIM(day_cv), 0, USHER_SIM_CV_MAX},
	{"places", READ_PLACES, SIM(places), 0, 0},
	{"queues", READ_OTHER, 0, 0, 0},
	{"groups", READ_OTHER, 0, 0, 0},
	{"targets", READ_OTHER, 0, 0, 0},
	{"compare", READ_OTHER, 0, 0, 0},
};

void *lab_day_alloc(struct lab_day *day, size_t count, size_t size)
{
	void **parts =
		realloc(day->parts, (day->part_count + 1) * sizeof(*parts));

	if (!parts)
		return NULL;
	day->parts = parts;
	parts[day->part_count] = calloc(count ? count : 1, size);
	return parts[day->part_count] ? parts[day->part_count++] : NULL;
}

uint32_t lab_day_queue(const struct lab_day *day, const char *name)
{
	for (uint32_t i = 0; i < day->sim.queue_count; i++)
		if (!strcmp(day->queues[i].name, name))
			return i;
	return UINT32_MAX;
}

uint32_t lab_day_group(const struct lab_day *day, const char *name)
{
	for (uint32_t i = 0; i < day->sim.group_count; i++)
		if (!strcmp(day->groups[i].name, name))
			return i;
	return UINT32_MAX;
}

/* What only the whole can tell, at the place of its key. */
static int read_whole(const struct reader *r, yaml_node_t *root)
{
	struct usher_error err = {0};
	struct usher_sim *sim = NULL;
	yaml_node_t *at = root;
	int rc;

	rc = usher_sim_new(&sim, &r->day->sim, &err);
	usher_sim_free(sim);
	if (rc == USHER_ENOENT)
		at = usher__yaml_get(r->yaml, root, "contact_order");
	return rc ? usher__yaml_fail(r->yaml, at, r->err, rc, "%s",
				     err.message)
		  : 0;
}

static int read_lists(const struct reader *r, yaml_node_t *root)
{
	static const struct {
		const char *key;
		int (*read)(const struct reader *r, yaml_node_t *at);
		bool needed;
	} lists[] = {{"queues", read_queues, true},
		     {"groups", read_groups, true},
		     {NULL, read_whole, false},
		     {"targets", read_targets, false},
		     {"compare", read_variants, false}};
	int rc = 0;

	for (size_t i = 0; !rc && i < LAB_COUNT(lists); i++) {
		yaml_node_t *at = lists[i].key ? usher__yaml_get(r->yaml, root,
								 lists[i].key)
					       : root;

		if (at)
			rc = lists[i].read(r, at);
		else if (lists[i].needed)
			rc = read_fail(r, root, "a day needs '%s'",
				       lists[i].key);
	}
	return rc;
}

static int read_day(const struct reader *r, yaml_node_t *root)
{
	struct lab_day *day = r->day;
	int rc;

	if (!root)
		return read_fail(r, NULL, "the file is empty");
	rc = read_fields(r, root, "a day", fields, LAB_COUNT(fields), day);
	if (!rc && day->sim.period_s / day->interval_s > SLOTS_MAX)
		rc = read_fail(r, root, "more than %d intervals in a period",
			       SLOTS_MAX);
	if (!rc)
		rc = read_lists(r, root);
	if (!rc)
		read_kinds(day);
	return rc;
}

int lab_day_open(struct lab_day **ret, const char *path,
		 struct usher_error *err)
{
	struct reader r = {.err = err, .path = path};
	struct lab_day *day = calloc(1, sizeof(*day));
	int rc;

	if (!day)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	usher_sim_opts_init(&day->sim, sizeof(day->sim));
	day->sim.seed = 1;
	day->sim.period_s = DAY_S;
	day->replications = REPLICATIONS;
	day->duration_s = DAY_S;
	day->interval_s = INTERVAL_S;
	day->confidence = CONFIDENCE;
	r.day = day;
	rc = usher__yaml_open(&r.yaml, path, err);
	day->text = r.yaml;
	if (!rc)
		rc = read_day(&r, usher__yaml_root(r.yaml));
	if (rc)
		lab_day_free(day);
	else
		*ret = day;
	return rc;
}

void lab_day_parts_free(struct lab_day *day)
{
	for (size_t i = 0; i < day->part_count; i++)
		free(day->parts[i]);
	free(day->parts);
}

void lab_day_free(struct lab_day *day)
{
	if (!day)
		return;
	lab_day_parts_free(day);
	usher__yaml_free(day->text);
	free(day);
}

/* Options are of the policy that they were written for. */
static void give_policy(struct usher_sim_queue *q, const char *policy)
{
	if (!q->policy || strcmp(q->policy, policy) != 0) {
		q->policy_options = NULL;
		q->policy_option_count = 0;
	}
	q->policy = policy;
}

int lab_day_vary(struct lab_day *day, const struct lab_variant *v)
{
	struct usher_sim_queue *queues =
		lab_day_alloc(day, day->sim.queue_count, sizeof(*queues));
	struct usher_sim_group *groups = lab_day_alloc(
		day, day->sim.group_count + (size_t)1, sizeof(*groups));

	if (!queues || !groups)
		return USHER_ENOMEM;
	memcpy(queues, day->queues, day->sim.queue_count * sizeof(*queues));
	memcpy(groups, day->groups, day->sim.group_count * sizeof(*groups));
	for (uint32_t i = 0; i < day->sim.queue_count; i++) {
		if (v->policy)
			give_policy(&queues[i], v->policy);
		if (v->policies && v->policies[i])
			give_policy(&queues[i], v->policies[i]);
	}
	for (uint32_t i = 0; v->agents && i < day->sim.group_count; i++)
		if (v->agents[i] != UINT32_MAX)
			groups[i].agents = v->agents[i];
	if (v->contact_order)
		day->sim.contact_order = v->contact_order;
	day->queues = queues;
	day->groups = groups;
	day->sim.queues = queues;
	day->sim.groups = groups;
	return 0;
}
