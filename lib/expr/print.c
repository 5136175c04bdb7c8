/*
 * The tree to its canonical text: one spelling of blanks, quotes, numbers
 * and names, and parentheses only where the tree needs them.
 */
#include <string.h>

#include "expr/expr.h"

struct printer {
	const struct compiler *comp;
	char *buf; /* NULL: count only */
	size_t len;
};

/* How tightly an operator binds: the level of parse.c that reads it. */
static int level(enum op op)
{
	switch (op) {
	case OP_OR:
		return 1;
	case OP_AND:
		return 2;
	case OP_NOT:
		return 3;
	case OP_EQ:
	case OP_NE:
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
	case OP_IN:
	case OP_HAS:
		return 4;
	case OP_ADD:
	case OP_SUB:
		return 5;
	case OP_MUL:
	case OP_DIV:
		return 6;
	case OP_NEGATE:
		return 7;
	default:
		return 8;
	}
}

static const char *sign(enum op op)
{
	static const char *const signs[] = {
		[OP_OR] = " or ",   [OP_AND] = " and ", [OP_EQ] = " == ",
		[OP_NE] = " != ",   [OP_LT] = " < ",    [OP_LE] = " <= ",
		[OP_GT] = " > ",    [OP_GE] = " >= ",   [OP_IN] = " in ",
		[OP_HAS] = " has ", [OP_ADD] = " + ",   [OP_SUB] = " - ",
		[OP_MUL] = " * ",   [OP_DIV] = " / ",
	};

	return signs[op];
}

static void put(struct printer *out, const char *s, size_t len)
{
	if (out->buf)
		memcpy(out->buf + out->len, s, len);
	out->len += len;
}

static void puts_(struct printer *out, const char *s)
{
	put(out, s, strlen(s));
}

static void print_string(struct printer *out, const char *s, size_t len)
{
	puts_(out, "\"");
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"')
			puts_(out, "\\\"");
		else if (s[i] == '\\')
			puts_(out, "\\\\");
		else if (s[i] == '\n')
			puts_(out, "\\n");
		else if (s[i] == '\t')
			puts_(out, "\\t");
		else
			put(out, s + i, 1);
	}
	puts_(out, "\"");
}

static void print_constant(struct printer *out, uint32_t i)
{
	const struct constant *c = &out->comp->constants[i];
	const char *s = out->comp->lex.pool + c->off;

	if (c->type == USHER_VALUE_BOOL) {
		puts_(out, c->boolean ? "true" : "false");
	} else if (c->type == USHER_VALUE_STRING) {
		print_string(out, s, c->len);
	} else {
		if (c->number < 0)
			puts_(out, "-");
		put(out, s, c->len);
	}
}

static void print_name(struct printer *out, const char *name)
{
	const char *word = name;

	for (;;) {
		size_t len = strcspn(word, ".");
		bool plain = usher__expr_plain_word(word, len);

		if (!plain)
			puts_(out, "\"");
		put(out, word, len);
		if (!plain)
			puts_(out, "\"");
		if (!word[len])
			return;
		puts_(out, ".");
		word += len + 1;
	}
}

static void print_node(struct printer *out, uint16_t i, int outer)
{
	const struct compiler *comp = out->comp;
	const struct node *node = &comp->nodes[i];
	int here = level(node->op);

	if (here < outer)
		puts_(out, "(");
	switch (node->op) {
	case OP_CONST:
		print_constant(out, node->a);
		break;
	case OP_LIST:
		puts_(out, "(");
		for (uint16_t k = 0; k < node->b; k++) {
			if (k)
				puts_(out, ", ");
			print_constant(out, node->a + k);
		}
		puts_(out, ")");
		break;
	case OP_HAS_NAME:
		puts_(out, "has ");
		print_name(out, comp->lex.pool + comp->name_off[node->a]);
		break;
	case OP_NAME:
		print_name(out, comp->lex.pool + comp->name_off[node->a]);
		break;
	case OP_NOT:
		puts_(out, "not ");
		print_node(out, node->a, here);
		break;
	case OP_NEGATE:
		puts_(out, "-");
		print_node(out, node->a, here);
		break;
	default:
		/* The left side may be of the same level, where operators
		 * associate to the left; comparisons do not associate. */
		print_node(out, node->a, here == 4 ? 5 : here);
		puts_(out, sign(node->op));
		print_node(out, node->b, here + 1);
		break;
	}
	if (here < outer)
		puts_(out, ")");
}

size_t usher__expr_print(const struct compiler *comp, uint16_t root, char *buf)
{
	struct printer out = {comp, buf, 0};

	print_node(&out, root, 0);
	return out.len;
}
