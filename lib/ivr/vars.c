/* Variables, and evaluation in their scope. */
#include <string.h>

#include "expr/expr.h"
#include "ivr/instance.h"

struct scope {
	struct usher_ivr *ivr;
	const struct bound *bound;
};

struct usher_value usher__ivr_var(const struct usher_ivr *ivr, int32_t var)
{
	const struct slot *slot = &ivr->vars[var];

	switch (slot->type) {
	case USHER_VALUE_STRING:
		return usher_value_bytes(slot->text, slot->len);
	case USHER_VALUE_NUMBER:
		return usher_value_number(slot->number);
	case USHER_VALUE_BOOL:
		return usher_value_bool(slot->boolean);
	default:
		return usher_value_undefined();
	}
}

static void look_up(void *arg, uint32_t i, struct usher_value *ret)
{
	const struct scope *scope = arg;
	struct usher_ivr *ivr = scope->ivr;
	int32_t bind = scope->bound->bind[i];

	if (bind >= 0) {
		*ret = usher__ivr_var(ivr, bind);
		return;
	}
	for (struct shadow *s = ivr->shadows; s; s = s->next) {
		if (s->name == ~bind) {
			*ret = s->value;
			return;
		}
	}
	if (ivr->lookup)
		ivr->lookup(ivr->arg, (uint32_t)~bind, ret);
}

struct usher_value usher__ivr_eval(struct usher_ivr *ivr,
				   const struct bound *bound)
{
	struct scope scope = {ivr, bound};

	return usher_expr_eval(bound->expr, look_up, &scope);
}

bool usher__ivr_test(struct usher_ivr *ivr, const struct bound *bound)
{
	struct usher_value value = usher__ivr_eval(ivr, bound);

	return usher_value_truth(&value);
}

void usher__ivr_forget_secrets(struct usher_ivr *ivr)
{
	for (uint32_t i = 0; i < ivr->set->n_vars; i++)
		if (ivr->set->vars[i].secret)
			usher__ivr_set(ivr, (int32_t)i,
				       usher_value_undefined());
	usher__wipe(ivr->d.input, sizeof(ivr->d.input));
	usher__wipe(ivr->d.ahead, sizeof(ivr->d.ahead));
	ivr->d.n_input = ivr->d.n_ahead = 0;
}

/*
 * Call back for each secret that what the step sends reads; stop when it
 * returns true.
 */
static bool each_secret(const struct usher_ivr *ivr, const struct step *step,
			bool (*found)(const struct usher_ivr *ivr, int32_t var,
				      void *arg),
			void *arg)
{
	for (uint32_t i = 0; i < step->n_pairs; i++) {
		const struct tmpl *value = step->pairs[i].value;

		for (uint32_t k = 0; value && k < value->n_parts; k++) {
			const struct bound *field = value->parts[k].field;
			uint32_t names =
				field ? usher_expr_names(field->expr) : 0;

			for (uint32_t n = 0; n < names; n++)
				if (field->bind[n] >= 0 &&
				    ivr->set->vars[field->bind[n]].secret &&
				    found(ivr, field->bind[n], arg))
					return true;
		}
	}
	return false;
}

static bool secret_found(const struct usher_ivr *ivr, int32_t var, void *arg)
{
	const bool *only_lost = arg;

	return !*only_lost || ivr->vars[var].type == USHER_VALUE_UNDEFINED;
}

bool usher__ivr_reads_secret(const struct usher_ivr *ivr,
			     const struct step *step, bool only_lost)
{
	return each_secret(ivr, step, secret_found, &only_lost);
}

static bool secret_forget(const struct usher_ivr *ivr, int32_t var, void *arg)
{
	(void)ivr;
	usher__ivr_set(arg, var, usher_value_undefined());
	return false;
}

void usher__ivr_forget_read(struct usher_ivr *ivr, const struct step *step)
{
	each_secret(ivr, step, secret_forget, ivr);
}
