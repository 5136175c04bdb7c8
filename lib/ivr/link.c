/*
 * The first half of finish: names become indexes. Variables and names of the
 * host are bound to expressions, targets to steps, prompts and flows to
 * theirs, and what the set wants of its host is listed.
 */
#include <stdlib.h>
#include <string.h>

#include "ivr/model.h"

static int32_t var_find(const struct usher_flow_set *set, const char *name)
{
	for (uint32_t i = 0; i < set->n_vars; i++)
		if (!strcmp(set->vars[i].name, name))
			return (int32_t)i;
	return -1;
}

static int bind_name(struct usher_flow_builder *b, struct bound *bound,
		     uint32_t i, struct usher_error *err)
{
	const char *name = usher_expr_name(bound->expr, i);
	int32_t index;
	int code;

	if (!strchr(name, '.')) {
		index = var_find(b->set, name);
		if (index < 0 || !b->set->vars[index].assigned)
			return usher__flow_problem(
				err, USHER_EINVAL, &bound->place,
				"missing-variable: %s is read here and set "
				"nowhere",
				name);
		bound->bind[i] = index;
		return 0;
	}
	code = usher__flow_known(&bound->place, name, err);
	if (code)
		return code;
	b->place = bound->place;
	code = usher__flow_host_name(b, name, &index, err);
	bound->bind[i] = ~index;
	return code;
}

/* The builder has put the newest first; problems are told in its order. */
static void reverse_bounds(struct usher_flow_set *set)
{
	struct bound *list = NULL;

	while (set->bounds) {
		struct bound *bound = set->bounds;

		set->bounds = bound->next;
		bound->next = list;
		list = bound;
	}
	set->bounds = list;
}

static int bind_all(struct usher_flow_builder *b, struct usher_error *err)
{
	reverse_bounds(b->set);
	for (struct bound *bound = b->set->bounds; bound;
	     bound = bound->next) {
		uint32_t count = usher_expr_names(bound->expr);
		int code = 0;

		for (uint32_t i = 0; !bound->foreign && i < count; i++) {
			code = bind_name(b, bound, i, err);
			if (code)
				return code;
		}
	}
	return 0;
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sort the host's names and follow with all that refer to them. */
static int sort_names(struct usher_flow_builder *b)
{
	struct usher_flow_set *set = b->set;
	const char **old;
	int32_t *rank;

	if (!set->n_names)
		return 0;
	old = usher__arena_get(&set->arena, set->n_names * sizeof(*old));
	rank = usher__arena_get(&set->arena, set->n_names * sizeof(*rank));
	if (!old || !rank)
		return USHER_ENOMEM;
	memcpy(old, set->names, set->n_names * sizeof(*old));
	qsort(set->names, set->n_names, sizeof(*set->names), compare_text);
	for (uint32_t i = 0; i < set->n_names; i++) {
		const char **found =
			bsearch(&old[i], set->names, set->n_names,
				sizeof(*set->names), compare_text);

		rank[i] = (int32_t)(found - set->names);
	}
	for (struct bound *bound = set->bounds; bound; bound = bound->next)
		for (uint32_t i = 0; i < usher_expr_names(bound->expr); i++)
			if (!bound->foreign && bound->bind[i] < 0)
				bound->bind[i] = ~rank[~bound->bind[i]];
	for (uint32_t i = 0; i < set->n_steps; i++)
		for (uint32_t k = 0; k < set->steps[i]->n_pairs; k++) {
			struct pair *pair = &set->steps[i]->pairs[k];

			if (pair->attribute >= 0)
				pair->attribute = rank[pair->attribute];
		}
	return 0;
}

static int target_find(const struct usher_flow_set *set,
		       const struct step *from, const char *name,
		       const struct place *place, int32_t *ret,
		       struct usher_error *err)
{
	struct step *step;
	struct flow *flow;

	if (!strcmp(name, "return")) {
		*ret = TARGET_RETURN;
		return 0;
	}
	if (!strcmp(name, "end")) {
		*ret = TARGET_END;
		return 0;
	}
	flow = set->flows[from->flow];
	step = usher__flow_step_find(set, flow, name);
	if (step) {
		*ret = (int32_t)(flow->first + step->number - 1);
		return 0;
	}
	flow = usher__flow_find(set, name);
	if (!flow)
		return usher__flow_problem(
			err, USHER_EINVAL, place,
			"unknown-target: neither flow %s has a step %s nor "
			"is there such a flow",
			set->flows[from->flow]->name, name);
	*ret = (int32_t)flow->first;
	return 0;
}

static int step_targets(const struct usher_flow_set *set, struct step *step,
			struct usher_error *err)
{
	const struct flow *flow = set->flows[step->flow];
	int code;

	step->next = step->number < flow->n_steps
			     ? (int32_t)(flow->first + step->number)
			     : TARGET_RETURN;
	if (step->kind == USHER_STEP_END)
		step->next = TARGET_END;
	else if (step->next_name) {
		code = target_find(set, step, step->next_name, &step->place,
				   &step->next, err);
		if (code)
			return code;
	}
	for (uint32_t i = 0; i < step->n_exits; i++) {
		struct flow_exit *way = &step->exits[i];

		code = target_find(set, step, way->target_name, &way->place,
				   &way->target, err);
		if (code)
			return code;
	}
	return 0;
}

static int step_refs(const struct usher_flow_set *set, struct step *step,
		     struct usher_error *err)
{
	for (int i = 0; i < 3; i++) {
		const char *name = step->prompt_names[i];

		step->prompts[i] = -1;
		if (name) {
			struct prompt *prompt =
				usher__flow_prompt_find(set, name);

			if (prompt)
				step->prompts[i] = (int32_t)prompt->index;
		}
		if (name && step->prompts[i] < 0)
			return usher__flow_problem(
				err, USHER_EINVAL, &step->place,
				"missing-prompt: there is no prompt %s", name);
	}
	step->sub = -1;
	if (step->flow_name && step->kind != USHER_STEP_LEAVE) {
		struct flow *flow = usher__flow_find(set, step->flow_name);

		if (!flow)
			return usher__flow_problem(
				err, USHER_EINVAL, &step->place,
				"unknown-flow: there is no flow %s",
				step->flow_name);
		step->sub = (int32_t)flow->first;
	}
	return 0;
}

static int prompt_languages(struct usher_flow_set *set, struct prompt *prompt,
			    struct usher_error *err)
{
	bool found = false;

	for (uint32_t i = 0; i < prompt->n_variants; i++) {
		struct variant *variant = &prompt->variants[i];

		if (!variant->language)
			variant->language = set->language;
		if (!variant->text && !variant->n_sounds)
			return usher__flow_problem(
				err, USHER_EINVAL, &variant->place,
				"missing-text: prompt %s has neither text nor "
				"sound in %s",
				prompt->name, variant->language);
		if (strcmp(variant->language, set->language) != 0)
			continue;
		if (found)
			return usher__flow_problem(
				err, USHER_EINVAL, &variant->place,
				"prompt %s is there already in %s",
				prompt->name, set->language);
		found = true;
	}
	if (!found)
		return usher__flow_problem(
			err, USHER_EINVAL, &prompt->place,
			"missing-text: prompt %s has nothing in %s, the "
			"default language",
			prompt->name, set->language);
	return 0;
}

static int prompt_plain(struct usher_flow_builder *b,
			const struct prompt *prompt)
{
	int code = 0;

	for (uint32_t i = 0; !code && i < prompt->n_variants; i++) {
		struct variant *v = &prompt->variants[i];

		if (v->text)
			code = usher__tmpl_plain(b, &v->plain_text, v->text);
		for (uint32_t k = 0; !code && k < v->n_sounds; k++)
			if (usher__tmpl_constant(v->sounds[k]))
				code = usher__tmpl_plain(
					b, &v->plain_sounds[v->n_plain++],
					v->sounds[k]);
	}
	return code;
}

static int use_add(struct usher_flow_builder *b, uint32_t kind,
		   const char *name, const struct place *place)
{
	struct usher_flow_set *set = b->set;
	int code;

	if (!name)
		return 0;
	code = usher__flow_grow(b, &set->uses, set->n_uses, &b->cap_uses,
				sizeof(*set->uses));
	if (code)
		return code;
	set->uses[set->n_uses] = (struct use){kind, set->n_uses, name, *place};
	set->n_uses++;
	return 0;
}

static int step_uses(struct usher_flow_builder *b, const struct step *step)
{
	const char *target =
		step->target ? usher__tmpl_constant(step->target) : NULL;
	int code = 0;

	for (uint32_t i = 0; !code && i < step->n_pairs; i++)
		if (step->pairs[i].kind == USHER_PAIR_QUEUE)
			code = use_add(
				b, USHER_FLOW_QUEUE,
				usher__tmpl_constant(step->pairs[i].value),
				&step->place);
	if (code)
		return code;
	if (step->kind == USHER_STEP_VOICEMAIL)
		return use_add(b, USHER_FLOW_MAILBOX, target, &step->place);
	if (step->kind != USHER_STEP_TRANSFER || !step->method)
		return 0;
	if (!strcmp(step->method, "queue"))
		return use_add(b, USHER_FLOW_QUEUE, target, &step->place);
	if (!strcmp(step->method, "agent"))
		return use_add(b, USHER_FLOW_AGENT, target, &step->place);
	return 0;
}

static int prompt_uses(struct usher_flow_builder *b,
		       const struct prompt *prompt)
{
	int code = 0;

	for (uint32_t i = 0; i < prompt->n_variants; i++) {
		const struct variant *variant = &prompt->variants[i];

		for (uint32_t k = 0; !code && k < variant->n_sounds; k++)
			code = use_add(
				b, USHER_FLOW_SOUND,
				usher__tmpl_constant(variant->sounds[k]),
				&variant->place);
	}
	return code;
}

/* `queue.support.waiting` wants the queue support. */
static int name_uses(struct usher_flow_builder *b, const struct bound *bound)
{
	int code = 0;

	for (uint32_t i = 0; !code && i < usher_expr_names(bound->expr); i++) {
		const char *name = usher_expr_name(bound->expr, i);
		const char *last = strrchr(name, '.');
		const char *queue = name + strlen("queue.");
		char *copy;

		if (bound->foreign || strncmp(name, "queue.", 6) != 0 ||
		    last < queue)
			continue;
		copy = usher__arena_copy(&b->set->arena, queue,
					 (size_t)(last - queue));
		code = copy ? use_add(b, USHER_FLOW_QUEUE, copy, &bound->place)
			    : USHER_ENOMEM;
	}
	return code;
}

/* By kind, then by name; of one name the first place comes first. */
static int compare_use(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (order)
		return order;
	return (x->order > y->order) - (x->order < y->order);
}

static void sort_uses(struct usher_flow_set *set)
{
	uint32_t kept = 0;

	if (!set->n_uses)
		return;
	qsort(set->uses, set->n_uses, sizeof(*set->uses), compare_use);
	for (uint32_t i = 0; i < set->n_uses; i++)
		if (!kept || set->uses[kept - 1].kind != set->uses[i].kind ||
		    strcmp(set->uses[kept - 1].name, set->uses[i].name) != 0)
			set->uses[kept++] = set->uses[i];
	set->n_uses = kept;
}

static int list_uses(struct usher_flow_builder *b)
{
	int code = 0;

	for (uint32_t i = 0; !code && i < b->set->n_steps; i++)
		code = step_uses(b, b->set->steps[i]);
	for (uint32_t i = 0; !code && i < b->set->n_prompts; i++)
		code = prompt_uses(b, b->set->prompts[i]);
	for (struct bound *bound = b->set->bounds; !code && bound;
	     bound = bound->next)
		code = name_uses(b, bound);
	if (!code)
		sort_uses(b->set);
	return code;
}

static int compare_flow(const void *a, const void *b)
{
	return strcmp((*(struct flow *const *)a)->name,
		      (*(struct flow *const *)b)->name);
}

static int flows_ready(struct usher_flow_builder *b, struct usher_error *err)
{
	struct usher_flow_set *set = b->set;

	for (uint32_t i = 0; i < set->n_flows; i++)
		if (!set->flows[i]->n_steps)
			return usher__flow_problem(
				err, USHER_EINVAL, &set->flows[i]->place,
				"missing-part: flow %s has no step",
				set->flows[i]->name);
	for (uint32_t i = 0; i < b->n_entries; i++) {
		struct flow *flow = usher__flow_find(set, b->entries[i].name);

		if (!flow)
			return usher__flow_problem(
				err, USHER_EINVAL, &b->entries[i].place,
				"unknown-flow: there is no flow %s",
				b->entries[i].name);
		flow->entry = true;
	}
	set->sorted = usher__arena_get(
		&set->arena, (set->n_flows + 1) * sizeof(*set->sorted));
	if (!set->sorted)
		return USHER_ENOMEM;
	if (set->n_flows) {
		memcpy(set->sorted, set->flows,
		       set->n_flows * sizeof(*set->sorted));
		qsort(set->sorted, set->n_flows, sizeof(*set->sorted),
		      compare_flow);
	}
	return 0;
}

int usher__flow_link(struct usher_flow_builder *b, struct usher_error *err)
{
	struct usher_flow_set *set = b->set;
	int code = flows_ready(b, err);

	for (uint32_t i = 0; !code && i < set->n_prompts; i++)
		code = prompt_languages(set, set->prompts[i], err);
	for (uint32_t i = 0; !code && i < set->n_prompts; i++)
		code = prompt_plain(b, set->prompts[i]);
	for (uint32_t i = 0; !code && i < set->n_steps; i++)
		code = step_refs(set, set->steps[i], err);
	for (uint32_t i = 0; !code && i < set->n_steps; i++)
		code = step_targets(set, set->steps[i], err);
	code = code ? code : bind_all(b, err);
	code = code ? code : sort_names(b);
	return code ? code : list_uses(b);
}
