/* What the builder's files share: memory, names, problems, the version. */
#include <stdio.h>
#include <string.h>

#include "expr/expr.h"
#include "ivr/model.h"

int usher__flow_problem(struct usher_error *err, int code,
			const struct place *place, const char *fmt, ...)
{
	char message[USHER_ERROR_MESSAGE_MAX];
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	usher_error_set_at(err, code, place->line, place->column, "%s",
			   message);
	if (place->file)
		snprintf(err->file, sizeof(err->file), "%s", place->file);
	return code;
}

int usher__flow_oom(int code, struct usher_error *err)
{
	if (code == USHER_ENOMEM)
		usher_error_set(err, code, "out of memory");
	return code;
}

uint32_t usher__flow_hash(const char *s)
{
	uint32_t h = 0x811c9dc5;

	while (*s)
		h = (h ^ (unsigned char)*s++) * 0x01000193;
	return h;
}

bool usher__flow_name_ok(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > USHER_FLOW_NAME_MAX)
		return false;
	while (len) {
		size_t n = usher__utf8_len(name, len);

		if (!n || (unsigned char)*name < 0x20 || *name == 0x7f)
			return false;
		name += n;
		len -= n;
	}
	return true;
}

char *usher__flow_copy(struct usher_flow_builder *b, const char *s)
{
	return usher__arena_copy(&b->set->arena, s, strlen(s));
}

int usher__flow_grow(struct usher_flow_builder *b, void *array_ptr,
		     uint32_t count, uint32_t *cap, size_t size)
{
	uint32_t more = *cap ? *cap * 2 : 8;
	void *old, *array;

	if (count < *cap)
		return 0;
	array = usher__arena_get(&b->set->arena, more * size);
	if (!array)
		return USHER_ENOMEM;
	memcpy(&old, array_ptr, sizeof(old));
	if (count)
		memcpy(array, old, count * size);
	memcpy(array_ptr, &array, sizeof(array));
	*cap = more;
	return 0;
}

static void mix(struct usher_flow_builder *b, unsigned char byte)
{
	b->set->version = (b->set->version ^ byte) * UINT64_C(0x100000001b3);
}

void usher__flow_mix(struct usher_flow_builder *b, const char *s)
{
	/* NULL and "" differ; the NUL ends the text. */
	mix(b, s ? 1 : 0);
	do {
		mix(b, s ? (unsigned char)*s : 0);
	} while (s && *s++);
}

void usher__flow_mix_number(struct usher_flow_builder *b, uint64_t n)
{
	for (int i = 0; i < 8; i++)
		mix(b, (unsigned char)(n >> 8 * i));
}

int usher__flow_var(struct usher_flow_builder *b, const char *name,
		    int32_t *ret, struct usher_error *err)
{
	struct usher_flow_set *set = b->set;
	int code;

	for (uint32_t i = 0; i < set->n_vars; i++) {
		if (!strcmp(set->vars[i].name, name)) {
			*ret = (int32_t)i;
			return 0;
		}
	}
	if (strlen(name) > USHER_FLOW_NAME_MAX ||
	    !usher__expr_plain_word(name, strlen(name)))
		return usher__flow_problem(
			err, USHER_EINVAL, &b->place,
			"a variable cannot be named \"%.63s\"", name);
	if (set->n_vars == USHER_FLOW_VARS_MAX)
		return usher__flow_problem(err, USHER_EFULL, &b->place,
					   "more than %d variables",
					   USHER_FLOW_VARS_MAX);
	code = usher__flow_grow(b, &set->vars, set->n_vars, &b->cap_vars,
				sizeof(*set->vars));
	if (code)
		return code;
	name = usher__flow_copy(b, name);
	if (!name)
		return USHER_ENOMEM;
	set->vars[set->n_vars].name = name;
	set->vars[set->n_vars].assigned = false;
	set->vars[set->n_vars].secret = false;
	*ret = (int32_t)set->n_vars++;
	return 0;
}

int usher__flow_bound(struct usher_flow_builder *b, struct bound **ret,
		      const char *text, size_t len, struct usher_error *err)
{
	struct bound *bound;
	int code;

	bound = usher__arena_get(&b->set->arena, sizeof(*bound));
	if (!bound)
		return USHER_ENOMEM;
	code = usher_expr_new(&bound->expr, &b->alloc, text, len, err);
	if (code)
		return code;
	bound->place = b->place;
	bound->into = -1;
	/* From here on the set frees the expression. */
	bound->next = b->set->bounds;
	b->set->bounds = bound;
	bound->bind = usher__arena_get(&b->set->arena,
				       usher_expr_names(bound->expr) *
					       sizeof(*bound->bind));
	if (!bound->bind)
		return USHER_ENOMEM;
	*ret = bound;
	return 0;
}

struct step *usher__flow_step_find(const struct usher_flow_set *set,
				   const struct flow *flow, const char *name)
{
	uint32_t hash = usher__flow_hash(name);

	for (uint32_t i = 0; i < flow->n_steps; i++) {
		struct step *step = set->steps[flow->first + i];

		if (step->name && step->hash == hash &&
		    !strcmp(step->name, name))
			return step;
	}
	return NULL;
}

struct flow *usher__flow_find(const struct usher_flow_set *set,
			      const char *name)
{
	uint32_t hash = usher__flow_hash(name);

	for (uint32_t i = 0; i < set->n_flows; i++)
		if (set->flows[i]->hash == hash &&
		    !strcmp(set->flows[i]->name, name))
			return set->flows[i];
	return NULL;
}

struct prompt *usher__flow_prompt_find(const struct usher_flow_set *set,
				       const char *name)
{
	uint32_t hash = usher__flow_hash(name);

	for (uint32_t i = 0; i < set->n_prompts; i++)
		if (set->prompts[i]->hash == hash &&
		    !strcmp(set->prompts[i]->name, name))
			return set->prompts[i];
	return NULL;
}
