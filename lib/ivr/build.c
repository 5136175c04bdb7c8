/*
 * The builder: takes flows, prompts and steps one call at a time. What one
 * call can know it refuses at once; the rest waits for finish (link.c,
 * check.c, graph.c).
 */
#include <string.h>

#include "ivr/model.h"

static int spent(struct usher_error *err)
{
	return usher_error_set(err, USHER_ESTATE, "the builder is spent");
}

int usher_flow_builder_new(struct usher_flow_builder **ret,
			   const struct usher_alloc *alloc)
{
	struct usher_flow_builder *b;
	int32_t var;

	if (!ret)
		return USHER_EINVAL;
	alloc = alloc ? alloc : usher_alloc_default();
	b = alloc->realloc(alloc->arg, NULL, sizeof(*b));
	if (!b)
		return USHER_ENOMEM;
	memset(b, 0, sizeof(*b));
	b->alloc = *alloc;
	b->set = alloc->realloc(alloc->arg, NULL, sizeof(*b->set));
	if (!b->set) {
		usher_flow_builder_free(b);
		return USHER_ENOMEM;
	}
	memset(b->set, 0, sizeof(*b->set));
	atomic_init(&b->set->refs, 1);
	usher__arena_init(&b->set->arena, alloc);
	b->set->version = UINT64_C(0xcbf29ce484222325);
	b->set->language = usher__flow_copy(b, "en");
	if (!b->set->language || usher__flow_var(b, "language", &var, NULL)) {
		usher_flow_builder_free(b);
		return USHER_ENOMEM;
	}
	b->set->vars[VAR_LANGUAGE].assigned = true;
	*ret = b;
	return 0;
}

void usher_flow_builder_free(struct usher_flow_builder *b)
{
	if (!b)
		return;
	usher_flow_set_unref(b->set);
	b->alloc.realloc(b->alloc.arg, b, 0);
}

void usher_flow_builder_at(struct usher_flow_builder *b, const char *file,
			   uint32_t line, uint32_t column)
{
	b->place.line = line;
	b->place.column = column;
	if (!b->set || (file && b->place.file && !strcmp(file, b->place.file)))
		return;
	/* Without memory for its name the file stays unnamed in errors. */
	b->place.file = NULL;
	if (file)
		b->place.file = usher__arena_copy(
			&b->set->arena, file,
			strnlen(file, USHER_ERROR_FILE_MAX - 1));
}

static bool language_ok(const char *language)
{
	size_t len = strspn(language, "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_");

	return len && !language[len] && len <= USHER_FLOW_NAME_MAX;
}

static int language_check(struct usher_flow_builder *b, const char *language,
			  struct usher_error *err)
{
	if (!language_ok(language))
		return usher__flow_problem(err, USHER_EINVAL, &b->place,
					   "\"%.63s\" is no language",
					   language);
	return 0;
}

int usher_flow_builder_language(struct usher_flow_builder *b,
				const char *language, struct usher_error *err)
{
	int code;

	if (b->spent)
		return spent(err);
	code = language_check(b, language ? language : "", err);
	if (code)
		return code;
	language = usher__flow_copy(b, language);
	if (!language)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	b->set->language = language;
	usher__flow_mix(b, language);
	return 0;
}

static int name_check(struct usher_flow_builder *b, const char *what,
		      const char *name, struct usher_error *err)
{
	if (!name || !usher__flow_name_ok(name))
		return usher__flow_problem(
			err, USHER_EINVAL, &b->place,
			"the name of a %s has 1 to %d bytes of UTF-8", what,
			USHER_FLOW_NAME_MAX);
	if (!strcmp(name, "return") || !strcmp(name, "end"))
		return usher__flow_problem(err, USHER_EINVAL, &b->place,
					   "no %s can be named \"%s\"", what,
					   name);
	return 0;
}

static int prompt_new(struct usher_flow_builder *b, struct prompt **ret,
		      const char *name, struct usher_error *err)
{
	struct usher_flow_set *set = b->set;
	struct prompt *prompt;
	int code;

	if (set->n_prompts == USHER_FLOW_PROMPTS_MAX)
		return usher__flow_problem(err, USHER_EFULL, &b->place,
					   "more than %d prompts",
					   USHER_FLOW_PROMPTS_MAX);
	code = usher__flow_grow(b, &set->prompts, set->n_prompts,
				&b->cap_prompts, sizeof(struct prompt *));
	prompt = usher__arena_get(&set->arena, sizeof(*prompt));
	if (code || !prompt)
		return USHER_ENOMEM;
	prompt->name = usher__flow_copy(b, name);
	if (!prompt->name)
		return USHER_ENOMEM;
	prompt->hash = usher__flow_hash(name);
	prompt->place = b->place;
	*ret = prompt;
	return 0;
}

static bool same_language(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static int variant_check(struct usher_flow_builder *b,
			 const struct prompt *prompt, const char *language,
			 struct usher_error *err)
{
	if (prompt->n_variants == USHER_FLOW_ITEMS_MAX)
		return usher__flow_problem(err, USHER_EFULL, &b->place,
					   "more than %d languages",
					   USHER_FLOW_ITEMS_MAX);
	for (uint32_t i = 0; i < prompt->n_variants; i++)
		if (same_language(prompt->variants[i].language, language))
			return usher__flow_problem(
				err, USHER_EEXIST, &b->place,
				"prompt %s is there already%s%s", prompt->name,
				language ? " in " : "",
				language ? language : "");
	return 0;
}

static int variant_fill(struct usher_flow_builder *b, struct variant *variant,
			const char *language, const char *text,
			struct usher_error *err)
{
	memset(variant, 0, sizeof(*variant));
	variant->place = b->place;
	if (language) {
		variant->language = usher__flow_copy(b, language);
		if (!variant->language)
			return USHER_ENOMEM;
	}
	return text ? usher__tmpl_new(b, &variant->text, text, err) : 0;
}

static int prompt_add(struct usher_flow_builder *b, const char *name,
		      const char *language, const char *text,
		      struct usher_error *err)
{
	struct prompt *prompt, *old;
	struct variant *variants;
	int code = name_check(b, "prompt", name, err);

	if (!code && language)
		code = language_check(b, language, err);
	if (code)
		return code;
	prompt = old = usher__flow_prompt_find(b->set, name);
	code = old ? variant_check(b, old, language, err)
		   : prompt_new(b, &prompt, name, err);
	if (code)
		return code;
	variants = usher__arena_get(&b->set->arena, (prompt->n_variants + 1) *
							    sizeof(*variants));
	if (!variants)
		return USHER_ENOMEM;
	if (prompt->n_variants)
		memcpy(variants, prompt->variants,
		       prompt->n_variants * sizeof(*variants));
	code = variant_fill(b, &variants[prompt->n_variants], language, text,
			    err);
	if (code)
		return code;
	prompt->variants = variants;
	b->last_variant = &variants[prompt->n_variants++];
	b->last_prompt = prompt;
	if (!old) {
		prompt->index = b->set->n_prompts;
		b->set->prompts[b->set->n_prompts++] = prompt;
	}
	usher__flow_mix(b, name);
	usher__flow_mix(b, language);
	usher__flow_mix(b, text);
	return 0;
}

int usher_flow_builder_prompt(struct usher_flow_builder *b, const char *name,
			      const char *language, const char *text,
			      struct usher_error *err)
{
	if (b->spent)
		return spent(err);
	return usher__flow_oom(prompt_add(b, name, language, text, err), err);
}

int usher_flow_builder_sound(struct usher_flow_builder *b, const char *sound,
			     struct usher_error *err)
{
	struct variant *variant = b->last_variant;
	struct tmpl *tmpl;
	int code;

	if (b->spent)
		return spent(err);
	if (!variant)
		return usher__flow_problem(err, USHER_ESTATE, &b->place,
					   "a sound without a prompt");
	if (!sound || !*sound)
		return usher__flow_problem(err, USHER_EINVAL, &b->place,
					   "an empty name of a sound");
	if (variant->n_sounds == USHER_FLOW_SOUNDS_MAX)
		return usher__flow_problem(err, USHER_EFULL, &b->place,
					   "more than %d sounds in a prompt",
					   USHER_FLOW_SOUNDS_MAX);
	code = usher__tmpl_new(b, &tmpl, sound, err);
	if (code)
		return usher__flow_oom(code, err);
	variant->sounds[variant->n_sounds++] = tmpl;
	usher__flow_mix(b, sound);
	return 0;
}

static int flow_add(struct usher_flow_builder *b, const char *name,
		    struct usher_error *err)
{
	struct usher_flow_set *set = b->set;
	struct flow *flow;
	int code = name_check(b, "flow", name, err);

	if (code)
		return code;
	if (usher__flow_find(set, name))
		return usher__flow_problem(err, USHER_EEXIST, &b->place,
					   "flow %s is there already", name);
	if (set->n_flows == USHER_FLOW_FLOWS_MAX)
		return usher__flow_problem(err, USHER_EFULL, &b->place,
					   "more than %d flows",
					   USHER_FLOW_FLOWS_MAX);
	code = usher__flow_grow(b, &set->flows, set->n_flows, &b->cap_flows,
				sizeof(struct flow *));
	flow = usher__arena_get(&set->arena, sizeof(*flow));
	if (code || !flow)
		return USHER_ENOMEM;
	flow->name = usher__flow_copy(b, name);
	if (!flow->name)
		return USHER_ENOMEM;
	flow->hash = usher__flow_hash(name);
	flow->first = set->n_steps;
	flow->place = b->place;
	set->flows[set->n_flows++] = flow;
	usher__flow_mix(b, "flow");
	usher__flow_mix(b, name);
	return 0;
}

int usher_flow_builder_flow(struct usher_flow_builder *b, const char *name,
			    struct usher_error *err)
{
	if (b->spent)
		return spent(err);
	return usher__flow_oom(flow_add(b, name, err), err);
}

int usher_flow_builder_entry(struct usher_flow_builder *b, const char *name,
			     struct usher_error *err)
{
	int code;

	if (b->spent)
		return spent(err);
	code = name_check(b, "flow", name, err);
	if (code)
		return code;
	for (uint32_t i = 0; i < b->n_entries; i++)
		if (!strcmp(b->entries[i].name, name))
			return 0;
	if (b->n_entries == USHER_FLOW_FLOWS_MAX)
		return usher__flow_problem(err, USHER_EFULL, &b->place,
					   "more than %d entries",
					   USHER_FLOW_FLOWS_MAX);
	name = usher__flow_copy(b, name);
	if (!name)
		return usher__flow_oom(USHER_ENOMEM, err);
	b->entries[b->n_entries].name = name;
	b->entries[b->n_entries++].place = b->place;
	usher__flow_mix(b, "entry");
	usher__flow_mix(b, name);
	return 0;
}

int usher_flow_builder_finish(struct usher_flow_builder *b,
			      struct usher_flow_set **ret,
			      struct usher_error *err)
{
	int code;

	if (!ret)
		return usher_error_set(err, USHER_EINVAL, "no result wanted");
	if (b->spent)
		return spent(err);
	b->spent = true;
	code = usher__flow_link(b, err);
	code = code ? code : usher__flow_check(b, err);
	code = code ? code : usher__flow_check_graph(b, err);
	if (code)
		return usher__flow_oom(code, err);
	*ret = b->set;
	b->set = NULL;
	return 0;
}
