/* A finished flow set: references and what can be asked of it. */
#include <stdio.h>
#include <string.h>

#include "ivr/model.h"

struct usher_flow_set *usher_flow_set_ref(struct usher_flow_set *set)
{
	atomic_fetch_add_explicit(&set->refs, 1, memory_order_relaxed);
	return set;
}

void usher_flow_set_unref(struct usher_flow_set *set)
{
	struct usher_alloc alloc;

	if (!set || atomic_fetch_sub_explicit(&set->refs, 1,
					      memory_order_acq_rel) != 1)
		return;
	for (struct bound *bound = set->bounds; bound; bound = bound->next)
		usher_expr_free(bound->expr);
	alloc = set->arena.alloc;
	usher__arena_free(&set->arena);
	alloc.realloc(alloc.arg, set, 0);
}

uint64_t usher_flow_set_version(const struct usher_flow_set *set)
{
	return set->version;
}

bool usher_flow_set_has(const struct usher_flow_set *set, const char *flow)
{
	return flow && usher__flow_find(set, flow);
}

const char *usher_flow_set_flow(const struct usher_flow_set *set, uint32_t i)
{
	return i < set->n_flows ? set->sorted[i]->name : NULL;
}

const char *usher_flow_set_name(const struct usher_flow_set *set, uint32_t i)
{
	return i < set->n_names ? set->names[i] : NULL;
}

const char *usher_flow_set_use(const struct usher_flow_set *set, uint32_t use,
			       uint32_t i, struct usher_error *place)
{
	uint32_t k = 0;

	while (k < set->n_uses && set->uses[k].kind < use)
		k++;
	if (i >= set->n_uses - k || set->uses[k + i].kind != use)
		return NULL;
	usher__flow_problem(place, 0, &set->uses[k + i].place, "%s",
			    set->uses[k + i].name);
	return set->uses[k + i].name;
}

const struct variant *usher__prompt_choose(const struct usher_flow_set *set,
					   const struct prompt *prompt,
					   const char *language)
{
	size_t len = strlen(language), base = strcspn(language, "-_");
	const struct variant *found = NULL;

	for (uint32_t i = 0; i < prompt->n_variants; i++) {
		const struct variant *v = &prompt->variants[i];
		size_t own = strlen(v->language);

		if (own == len && !memcmp(v->language, language, len))
			return v;
		if (own == base && !memcmp(v->language, language, base))
			found = v;
		else if (!found && !strcmp(v->language, set->language))
			found = v;
	}
	return found;
}

/* As much of it as the caller's version of the struct has room for. */
static int prompt_give(const struct prompt *prompt,
		       const struct variant *variant,
		       struct usher_flow_prompt *ret)
{
	struct usher_flow_prompt made;
	size_t size = ret->size < sizeof(made) ? ret->size : sizeof(made);

	if (size < offsetof(struct usher_flow_prompt, reserved))
		return USHER_EINVAL;
	memset(&made, 0, sizeof(made));
	made.size = ret->size;
	made.name = prompt->name;
	made.language = variant->language;
	made.text = variant->plain_text;
	made.sounds = variant->plain_sounds;
	made.sound_count = variant->n_plain;
	memcpy(ret, &made, size);
	return 0;
}

int usher_flow_set_prompt(const struct usher_flow_set *set, const char *name,
			  const char *language, struct usher_flow_prompt *ret)
{
	const struct prompt *prompt =
		name ? usher__flow_prompt_find(set, name) : NULL;

	if (!prompt)
		return USHER_ENOENT;
	return prompt_give(
		prompt,
		usher__prompt_choose(set, prompt, language ? language : ""),
		ret);
}

int usher_flow_set_prompt_at(const struct usher_flow_set *set, uint32_t i,
			     struct usher_flow_prompt *ret)
{
	for (uint32_t k = 0; k < set->n_prompts; k++) {
		const struct prompt *prompt = set->prompts[k];

		if (i < prompt->n_variants)
			return prompt_give(prompt, &prompt->variants[i], ret);
		i -= prompt->n_variants;
	}
	return USHER_ENOENT;
}

bool usher__flow_meanwhile(const struct usher_flow_set *set,
			   const struct flow_exit *way)
{
	return !way->on[1] && strchr("0123456789*#ABCD", way->on[0]) &&
	       way->target >= 0 &&
	       set->steps[way->target]->kind == USHER_STEP_CALLBACK;
}

int32_t usher__step_exit(const struct step *step, const char *on)
{
	for (uint32_t i = 0; i < step->n_exits; i++)
		if (!strcmp(step->exits[i].on, on))
			return step->exits[i].target;
	return TARGET_NONE;
}

int32_t usher__step_way(const struct step *step, const char *on)
{
	int32_t target = usher__step_exit(step, on);

	if (target == TARGET_NONE)
		target = usher__step_exit(step, "else");
	return target == TARGET_NONE ? step->next : target;
}

void usher__step_where(const struct usher_flow_set *set,
		       const struct step *step, char *buf, size_t size)
{
	const char *flow = set->flows[step->flow]->name;

	if (step->name)
		snprintf(buf, size, "%s/%s", flow, step->name);
	else
		snprintf(buf, size, "%s/%u", flow, step->number);
}
