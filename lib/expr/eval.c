/* Running a compiled expression on a stack of values. */
#include <assert.h>
#include <string.h>

#include "expr/expr.h"

struct machine {
	struct usher_value stack[USHER__EXPR_STACK_MAX];
	uint32_t height;
};

static struct usher_value pop(struct machine *m)
{
	assert(m->height > 0);
	return m->stack[--m->height];
}

static void push(struct machine *m, struct usher_value value)
{
	assert(m->height < USHER__EXPR_STACK_MAX);
	m->stack[m->height++] = value;
}

/* -1, 0, 1; 2 for "not comparable". */
static int compare(const struct usher_value *a, const struct usher_value *b)
{
	size_t len;
	int c;

	if (a->type != b->type)
		return 2;
	if (a->type == USHER_VALUE_NUMBER)
		return (a->number > b->number) - (a->number < b->number);
	if (a->type != USHER_VALUE_STRING)
		return 2;
	len = a->len < b->len ? a->len : b->len;
	c = len ? memcmp(a->string, b->string, len) : 0;
	if (c)
		return c < 0 ? -1 : 1;
	return (a->len > b->len) - (a->len < b->len);
}

static bool contains(const struct usher_value *list,
		     const struct usher_value *item)
{
	uint64_t count = list->len;

	if (list->type != USHER_VALUE_LIST ||
	    item->type == USHER_VALUE_UNDEFINED)
		return false;
	if (count > USHER_EXPR_LIST_MAX)
		count = USHER_EXPR_LIST_MAX;
	for (uint64_t i = 0; i < count; i++)
		if (usher_value_equal(&list->items[i], item))
			return true;
	return false;
}

static bool relation(enum op op, const struct usher_value *a,
		     const struct usher_value *b)
{
	int order;

	if (a->type == USHER_VALUE_UNDEFINED ||
	    b->type == USHER_VALUE_UNDEFINED)
		return false;
	order = compare(a, b);
	switch (op) {
	case OP_EQ:
		return usher_value_equal(a, b);
	case OP_NE:
		return !usher_value_equal(a, b);
	case OP_LT:
		return order == -1;
	case OP_LE:
		return order == -1 || order == 0;
	case OP_GT:
		return order == 1;
	case OP_GE:
		return order == 1 || order == 0;
	case OP_IN:
		return contains(b, a);
	default:
		return contains(a, b);
	}
}

static struct usher_value number(double value)
{
	/* x - x is 0 for every finite x and for nothing else. */
	if (value - value != 0)
		return usher_value_undefined();
	return usher_value_number(value + 0.0);
}

static struct usher_value arithmetic(enum op op, const struct usher_value *a,
				     const struct usher_value *b)
{
	if (a->type != USHER_VALUE_NUMBER || b->type != USHER_VALUE_NUMBER)
		return usher_value_undefined();
	switch (op) {
	case OP_ADD:
		return number(a->number + b->number);
	case OP_SUB:
		return number(a->number - b->number);
	case OP_MUL:
		return number(a->number * b->number);
	default:
		if (b->number == 0)
			return usher_value_undefined();
		return number(a->number / b->number);
	}
}

/* What a host returned, with what cannot be a value made undefined. */
static struct usher_value look_up(usher_expr_lookup_h *lookup, void *arg,
				  uint32_t name)
{
	struct usher_value value = usher_value_undefined();

	if (lookup)
		lookup(arg, name, &value);
	if (value.type == USHER_VALUE_NUMBER)
		return number(value.number);
	if (value.type > USHER_VALUE_LIST ||
	    (value.type == USHER_VALUE_STRING && !value.string) ||
	    (value.type == USHER_VALUE_LIST && value.len && !value.items))
		return usher_value_undefined();
	return value;
}

static void binary(struct machine *m, enum op op)
{
	struct usher_value b = pop(m), a = pop(m);

	if (op >= OP_ADD)
		push(m, arithmetic(op, &a, &b));
	else
		push(m, usher_value_bool(relation(op, &a, &b)));
}

/* and, or: what decides stays as a boolean and control jumps. */
static uint32_t decide(struct machine *m, const struct instr *instr,
		       uint32_t pc)
{
	struct usher_value value = pop(m);
	bool truth = usher_value_truth(&value);

	if (truth != (instr->op == OP_OR))
		return pc;
	push(m, usher_value_bool(truth));
	return instr->a;
}

struct usher_value usher_expr_eval(const struct usher_expr *expr,
				   usher_expr_lookup_h *lookup, void *arg)
{
	struct machine m;
	uint32_t pc = 0;

	m.height = 0;
	while (pc < expr->n_code) {
		const struct instr *in = &expr->code[pc++];
		struct usher_value a, b;

		switch ((enum op)in->op) {
		case OP_CONST:
			push(&m, expr->constants[in->a]);
			break;
		case OP_LIST:
			push(&m,
			     usher_value_list(&expr->constants[in->a], in->b));
			break;
		case OP_NAME:
			push(&m, look_up(lookup, arg, in->a));
			break;
		case OP_HAS_NAME:
			a = look_up(lookup, arg, in->a);
			push(&m, usher_value_bool(a.type !=
						  USHER_VALUE_UNDEFINED));
			break;
		case OP_NOT:
		case OP_TRUTH:
			a = pop(&m);
			push(&m, usher_value_bool(usher_value_truth(&a) !=
						  (in->op == OP_NOT)));
			break;
		case OP_NEGATE:
			a = pop(&m);
			b = usher_value_number(0);
			push(&m, arithmetic(OP_SUB, &b, &a));
			break;
		case OP_AND:
		case OP_OR:
			pc = decide(&m, in, pc);
			break;
		default:
			binary(&m, (enum op)in->op);
			break;
		}
	}
	assert(m.height == 1);
	return m.stack[0];
}

bool usher_expr_test(const struct usher_expr *expr,
		     usher_expr_lookup_h *lookup, void *arg)
{
	struct usher_value value = usher_expr_eval(expr, lookup, arg);

	return usher_value_truth(&value);
}
