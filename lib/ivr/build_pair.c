/* The builder's pairs: what a step sets, sends, maps or queues for. */
#include <string.h>

#include "expr/expr.h"
#include "ivr/model.h"

/* Which kinds of pairs a step takes. */
static bool pair_ok(uint32_t step, uint32_t pair)
{
	switch (pair) {
	case USHER_PAIR_SET:
		return step == USHER_STEP_SET;
	case USHER_PAIR_QUEUE:
		return step == USHER_STEP_QUEUE || step == USHER_STEP_CALLBACK;
	case USHER_PAIR_WINDOW:
		return step == USHER_STEP_CALLBACK;
	case USHER_PAIR_RESULT:
	case USHER_PAIR_FIELD:
	case USHER_PAIR_HEADER:
		return step == USHER_STEP_FETCH;
	default:
		return false;
	}
}

/* A host's name, by its index while building; link.c sorts them later. */
int usher__flow_host_name(struct usher_flow_builder *b, const char *name,
			  int32_t *ret, struct usher_error *err)
{
	struct usher_flow_set *set = b->set;
	int code;

	for (uint32_t i = 0; i < set->n_names; i++) {
		if (!strcmp(set->names[i], name)) {
			*ret = (int32_t)i;
			return 0;
		}
	}
	if (set->n_names == USHER_FLOW_NAMES_MAX)
		return usher__flow_problem(err, USHER_EFULL, &b->place,
					   "more than %d names with a dot",
					   USHER_FLOW_NAMES_MAX);
	code = usher__flow_grow(b, &set->names, set->n_names, &b->cap_names,
				sizeof(*set->names));
	if (code)
		return code;
	name = usher__flow_copy(b, name);
	if (!name)
		return USHER_ENOMEM;
	set->names[set->n_names] = name;
	*ret = (int32_t)set->n_names++;
	return 0;
}

static int pair_target(struct usher_flow_builder *b, struct pair *pair,
		       struct usher_error *err)
{
	const char *attribute = pair->name + strlen("contact.");
	int code;

	if (!strncmp(pair->name, "contact.", strlen("contact."))) {
		if (strlen(pair->name) > USHER_FLOW_NAME_MAX ||
		    !usher__expr_plain_word(attribute, strlen(attribute)))
			return usher__flow_problem(
				err, USHER_EINVAL, &b->place,
				"\"%.63s\" is no attribute", pair->name);
		return usher__flow_host_name(b, pair->name, &pair->attribute,
					     err);
	}
	if (strchr(pair->name, '.'))
		return usher__flow_problem(
			err, USHER_EINVAL, &b->place,
			"misplaced: only variables and contact.… can be set, "
			"not %.63s",
			pair->name);
	code = usher__flow_var(b, pair->name, &pair->var, err);
	if (!code)
		b->set->vars[pair->var].assigned = true;
	return code;
}

/* Header names: RFC 9110 section 5.1, a token. */
static bool header_ok(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789!#$%&'*+-.^_`|~");

	return len && !name[len];
}

static int pair_fill(struct usher_flow_builder *b, struct pair *pair,
		     const char *value, struct usher_error *err)
{
	int code = 0;

	if (pair->kind == USHER_PAIR_WINDOW && strcmp(pair->name, "from") &&
	    strcmp(pair->name, "until"))
		return usher__flow_problem(err, USHER_EINVAL, &b->place,
					   "a window is from and until");
	if (pair->kind == USHER_PAIR_HEADER && !header_ok(pair->name))
		return usher__flow_problem(err, USHER_EINVAL, &b->place,
					   "\"%.63s\" is no header",
					   pair->name);
	if (pair->kind == USHER_PAIR_SET || pair->kind == USHER_PAIR_RESULT)
		code = pair_target(b, pair, err);
	if (code)
		return code;
	if (pair->kind == USHER_PAIR_RESULT) {
		if (pair->attribute >= 0 || !value ||
		    !usher__flow_name_ok(value))
			return usher__flow_problem(
				err, USHER_EINVAL, &b->place,
				"a result maps a variable to a field");
		pair->path = usher__flow_copy(b, value);
		return pair->path ? 0 : USHER_ENOMEM;
	}
	if (pair->kind == USHER_PAIR_QUEUE)
		value = pair->name;
	if (!value)
		return usher__flow_problem(err, USHER_EINVAL, &b->place,
					   "a value is missing");
	code = usher__tmpl_new(b, &pair->value, value, err);
	for (uint32_t i = 0; !code && i < pair->value->n_parts; i++) {
		struct bound *field = pair->value->parts[i].field;

		if (field)
			field->into = pair->var;
		if (field && (pair->kind == USHER_PAIR_FIELD ||
			      pair->kind == USHER_PAIR_HEADER))
			field->secret_ok = true;
	}
	return code;
}

static int pair_add(struct usher_flow_builder *b, struct step *step,
		    uint32_t kind, const char *name, const char *value,
		    struct usher_error *err)
{
	struct pair *pairs;
	struct pair made;
	int code;

	if (!pair_ok(step->kind, kind))
		return usher__flow_problem(err, USHER_EINVAL, &b->place,
					   "misplaced: not for this step");
	for (uint32_t i = 0; i < step->n_pairs; i++)
		if (step->pairs[i].kind == kind &&
		    !strcmp(step->pairs[i].name, name))
			return usher__flow_problem(err, USHER_EEXIST,
						   &b->place,
						   "\"%.63s\" twice", name);
	if (step->n_pairs == USHER_FLOW_ITEMS_MAX)
		return usher__flow_problem(err, USHER_EFULL, &b->place,
					   "more than %d entries",
					   USHER_FLOW_ITEMS_MAX);
	memset(&made, 0, sizeof(made));
	made.kind = kind;
	made.var = made.attribute = -1;
	made.name = usher__flow_copy(b, name);
	if (!made.name)
		return USHER_ENOMEM;
	code = pair_fill(b, &made, value, err);
	if (code)
		return code;
	pairs = usher__arena_get(&b->set->arena,
				 (step->n_pairs + 1) * sizeof(*pairs));
	if (!pairs)
		return USHER_ENOMEM;
	if (step->n_pairs)
		memcpy(pairs, step->pairs, step->n_pairs * sizeof(*pairs));
	pairs[step->n_pairs++] = made;
	step->pairs = pairs;
	usher__flow_mix(b, "pair");
	usher__flow_mix_number(b, kind);
	usher__flow_mix(b, name);
	usher__flow_mix(b, value);
	return 0;
}

int usher_flow_builder_pair(struct usher_flow_builder *b, uint32_t kind,
			    const char *name, const char *value,
			    struct usher_error *err)
{
	struct step *step = usher__flow_last_step(b);

	if (!step)
		return usher__flow_problem(err, USHER_ESTATE, &b->place,
					   "an entry without a step");
	if (!name || !*name ||
	    (kind != USHER_PAIR_QUEUE && !usher__flow_name_ok(name)))
		return usher__flow_problem(err, USHER_EINVAL, &b->place,
					   "an entry without a name");
	return usher__flow_oom(pair_add(b, step, kind, name, value, err), err);
}
