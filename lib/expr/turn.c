/*
 * When the truth of an expression may turn while one of its names grows: at
 * the numbers that it is compared with. Whoever waits for a condition on time
 * need not look at it again before.
 */
#include <expr/turn.h>

#include "expr/expr.h"

/* Numbers beyond this are not whole any more, and no time reaches them. */
#define WHOLE_MAX 1e15

static bool is_leaf(const struct instr *in)
{
	return in->op == OP_CONST || in->op == OP_NAME;
}

static bool is_name(const struct instr *in, uint32_t name)
{
	return in->op == OP_NAME && in->a == name;
}

/* The other side of a comparison of the name with a constant or a name. An
 * operand that is not a leaf ends in an instruction that is none. */
static const struct instr *compared(const struct usher_expr *expr, uint32_t pc,
				    uint32_t name)
{
	const struct instr *at = &expr->code[pc];

	if (pc < 2 || at->op < OP_EQ || at->op > OP_GE || !is_leaf(&at[-1]) ||
	    !is_leaf(&at[-2]))
		return NULL;
	if (is_name(&at[-2], name))
		return &at[-1];
	return is_name(&at[-1], name) ? &at[-2] : NULL;
}

/* The first whole number after now that is this one, or the next one after
 * it. */
static void turn_at(const struct usher_value *value,
		    struct usher__expr_turn *turn)
{
	double whole, next;

	if (value->type != USHER_VALUE_NUMBER || value->number < turn->now ||
	    !(value->number < WHOLE_MAX))
		return;
	whole = (double)(int64_t)value->number;
	next = whole < value->number ? whole + 1 : whole;
	if (!(next > turn->now))
		next = whole + 1;
	if (next < turn->at)
		turn->at = next;
}

bool usher__expr_turn(const struct usher_expr *expr,
		      usher_expr_lookup_h *lookup, void *arg,
		      struct usher__expr_turn *turn)
{
	uint32_t uses = 0, known = 0;

	for (uint32_t pc = 0; pc < expr->n_code; pc++) {
		const struct instr *other = compared(expr, pc, turn->name);
		struct usher_value value = usher_value_undefined();

		uses += is_name(&expr->code[pc], turn->name);
		if (!other || is_name(other, turn->name) ||
		    is_name(other, turn->grows))
			continue;
		known++;
		if (other->op == OP_CONST)
			value = expr->constants[other->a];
		else
			lookup(arg, other->a, &value);
		turn_at(&value, turn);
	}
	return uses == known;
}
