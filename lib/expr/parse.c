/* Tokens to a tree, by recursive descent: one function a level of binding. */
#include <string.h>

#include "expr/expr.h"

static int parse_or(struct compiler *comp, uint16_t *ret);

static int fail_at(struct compiler *comp, const struct token *token,
		   const char *what)
{
	return usher_error_set_at(comp->lex.err, USHER_EINVAL, token->line,
				  token->column, "%s", what);
}

static int full(struct compiler *comp, const char *what)
{
	return usher_error_set_at(comp->lex.err, USHER_EFULL, comp->token.line,
				  comp->token.column, "%s", what);
}

static int advance(struct compiler *comp)
{
	return usher__expr_lex(&comp->lex, &comp->token);
}

static int node_new(struct compiler *comp, enum op op, uint16_t a, uint16_t b,
		    uint16_t *ret)
{
	/* Each node becomes at most two instructions. */
	if (comp->n_nodes >= USHER_EXPR_CODE_MAX / 2)
		return full(comp, "the expression is too long");
	comp->nodes[comp->n_nodes].op = (uint8_t)op;
	comp->nodes[comp->n_nodes].a = a;
	comp->nodes[comp->n_nodes].b = b;
	*ret = (uint16_t)comp->n_nodes++;
	return 0;
}

static int deeper(struct compiler *comp)
{
	if (++comp->depth > USHER_EXPR_DEPTH_MAX)
		return full(comp, "too deep");
	return 0;
}

static int constant_new(struct compiler *comp, bool negative, uint16_t *ret)
{
	const struct token *token = &comp->token;
	struct constant *constant;

	if (comp->n_constants >= USHER_EXPR_CODE_MAX)
		return full(comp, "too many constants");
	constant = &comp->constants[comp->n_constants];
	memset(constant, 0, sizeof(*constant));
	constant->off = token->off;
	constant->len = token->len;
	switch (token->kind) {
	case TOKEN_NUMBER:
		constant->type = USHER_VALUE_NUMBER;
		/* 0 - x and not -x: there is one zero. */
		constant->number =
			negative ? 0 - token->number : token->number;
		break;
	case TOKEN_STRING:
		constant->type = USHER_VALUE_STRING;
		break;
	default:
		constant->type = USHER_VALUE_BOOL;
		constant->boolean = token->kind == TOKEN_TRUE;
		break;
	}
	*ret = (uint16_t)comp->n_constants++;
	return advance(comp);
}

static bool is_constant(enum token_kind kind)
{
	return kind == TOKEN_NUMBER || kind == TOKEN_STRING ||
	       kind == TOKEN_TRUE || kind == TOKEN_FALSE;
}

static int parse_name(struct compiler *comp, enum op op, uint16_t *ret)
{
	const char *name = comp->lex.pool + comp->token.off;
	uint32_t i;
	int err;

	for (i = 0; i < comp->n_names; i++)
		if (!strcmp(comp->lex.pool + comp->name_off[i], name))
			break;
	if (i == USHER_EXPR_NAMES_MAX)
		return full(comp, "too many different names");
	if (i == comp->n_names)
		comp->name_off[comp->n_names++] = comp->token.off;
	err = node_new(comp, op, (uint16_t)i, 0, ret);
	return err ? err : advance(comp);
}

static int parse_primary(struct compiler *comp, uint16_t *ret)
{
	struct token open = comp->token;
	uint16_t constant;
	int err;

	if (is_constant(comp->token.kind)) {
		err = constant_new(comp, false, &constant);
		return err ? err : node_new(comp, OP_CONST, constant, 0, ret);
	}
	if (comp->token.kind == TOKEN_NAME)
		return parse_name(comp, OP_NAME, ret);
	if (comp->token.kind != TOKEN_OPEN)
		return fail_at(comp, &comp->token,
			       comp->token.kind == TOKEN_END
				       ? "a value is missing at the end"
				       : "a value is missing here");
	err = deeper(comp);
	err = err ? err : advance(comp);
	err = err ? err : parse_or(comp, ret);
	if (err)
		return err;
	comp->depth--;
	if (comp->token.kind == TOKEN_COMMA)
		return fail_at(comp, &comp->token,
			       "a list may only follow `in`");
	if (comp->token.kind == TOKEN_END)
		return fail_at(comp, &open, "a parenthesis is not closed");
	if (comp->token.kind != TOKEN_CLOSE)
		return fail_at(comp, &comp->token,
			       "an operator is missing before this");
	return advance(comp);
}

static int parse_unary(struct compiler *comp, uint16_t *ret)
{
	uint16_t operand;
	int err;

	if (comp->token.kind == TOKEN_MINUS) {
		err = deeper(comp);
		err = err ? err : advance(comp);
		err = err ? err : parse_unary(comp, &operand);
		comp->depth--;
		return err ? err : node_new(comp, OP_NEGATE, operand, 0, ret);
	}
	if (comp->token.kind == TOKEN_HAS) {
		err = advance(comp);
		if (err)
			return err;
		if (comp->token.kind != TOKEN_NAME)
			return fail_at(comp, &comp->token,
				       "`has` needs a name behind it");
		return parse_name(comp, OP_HAS_NAME, ret);
	}
	return parse_primary(comp, ret);
}

static int parse_product(struct compiler *comp, uint16_t *ret)
{
	uint16_t left, right;
	int err = parse_unary(comp, &left);

	while (!err && (comp->token.kind == TOKEN_TIMES ||
			comp->token.kind == TOKEN_DIVIDE)) {
		enum op op = comp->token.kind == TOKEN_TIMES ? OP_MUL : OP_DIV;

		err = advance(comp);
		err = err ? err : parse_unary(comp, &right);
		err = err ? err : node_new(comp, op, left, right, &left);
	}
	if (!err)
		*ret = left;
	return err;
}

static int parse_sum(struct compiler *comp, uint16_t *ret)
{
	uint16_t left, right;
	int err = parse_product(comp, &left);

	while (!err && (comp->token.kind == TOKEN_PLUS ||
			comp->token.kind == TOKEN_MINUS)) {
		enum op op = comp->token.kind == TOKEN_PLUS ? OP_ADD : OP_SUB;

		err = advance(comp);
		err = err ? err : parse_product(comp, &right);
		err = err ? err : node_new(comp, op, left, right, &left);
	}
	if (!err)
		*ret = left;
	return err;
}

/* Behind `in`: constants in parentheses, of which at least one. */
static int parse_list(struct compiler *comp, uint16_t *ret)
{
	struct token open = comp->token;
	uint16_t first = (uint16_t)comp->n_constants, item;
	uint32_t count = 0;
	int err;

	do {
		bool negative;

		err = advance(comp);
		if (err)
			return err;
		negative = comp->token.kind == TOKEN_MINUS;
		err = negative ? advance(comp) : 0;
		if (err)
			return err;
		if (negative ? comp->token.kind != TOKEN_NUMBER
			     : !is_constant(comp->token.kind))
			return fail_at(comp, &comp->token,
				       "a list holds constants only");
		if (++count > USHER_EXPR_LIST_MAX)
			return full(comp, "the list is too long");
		err = constant_new(comp, negative, &item);
		if (err)
			return err;
	} while (comp->token.kind == TOKEN_COMMA);
	if (comp->token.kind != TOKEN_CLOSE)
		return fail_at(comp,
			       comp->token.kind == TOKEN_END ? &open
							     : &comp->token,
			       comp->token.kind == TOKEN_END
				       ? "a parenthesis is not closed"
				       : "a comma is missing in the list");
	err = advance(comp);
	return err ? err
		   : node_new(comp, OP_LIST, first, (uint16_t)count, ret);
}

static int parse_in(struct compiler *comp, uint16_t left, uint16_t *ret)
{
	uint16_t right;
	int err;

	err = advance(comp);
	if (err)
		return err;
	if (comp->token.kind == TOKEN_OPEN)
		err = parse_list(comp, &right);
	else if (comp->token.kind == TOKEN_NAME)
		err = parse_name(comp, OP_NAME, &right);
	else
		err = fail_at(comp, &comp->token,
			      "`in` needs a list or a name behind it");
	return err ? err : node_new(comp, OP_IN, left, right, ret);
}

static bool comparison(enum token_kind kind, enum op *ret)
{
	switch (kind) {
	case TOKEN_EQ:
		*ret = OP_EQ;
		return true;
	case TOKEN_NE:
		*ret = OP_NE;
		return true;
	case TOKEN_LT:
		*ret = OP_LT;
		return true;
	case TOKEN_LE:
		*ret = OP_LE;
		return true;
	case TOKEN_GT:
		*ret = OP_GT;
		return true;
	case TOKEN_GE:
		*ret = OP_GE;
		return true;
	case TOKEN_HAS:
		*ret = OP_HAS;
		return true;
	default:
		return false;
	}
}

static int parse_comparison(struct compiler *comp, uint16_t *ret)
{
	uint16_t left, right;
	enum op op;
	int err = parse_sum(comp, &left);

	if (err)
		return err;
	if (comp->token.kind == TOKEN_IN) {
		err = parse_in(comp, left, ret);
	} else if (comp->token.kind == TOKEN_NOT) {
		err = advance(comp);
		if (!err && comp->token.kind != TOKEN_IN)
			err = fail_at(comp, &comp->token,
				      "`not` behind a value needs `in`");
		err = err ? err : parse_in(comp, left, &right);
		err = err ? err : node_new(comp, OP_NOT, right, 0, ret);
	} else if (comparison(comp->token.kind, &op)) {
		err = advance(comp);
		err = err ? err : parse_sum(comp, &right);
		err = err ? err : node_new(comp, op, left, right, ret);
	} else {
		*ret = left;
		return 0;
	}
	if (!err && (comparison(comp->token.kind, &op) ||
		     comp->token.kind == TOKEN_IN))
		return fail_at(comp, &comp->token,
			       "comparisons do not chain: use `and`");
	return err;
}

static int parse_not(struct compiler *comp, uint16_t *ret)
{
	uint16_t operand;
	int err;

	if (comp->token.kind != TOKEN_NOT)
		return parse_comparison(comp, ret);
	err = deeper(comp);
	err = err ? err : advance(comp);
	err = err ? err : parse_not(comp, &operand);
	comp->depth--;
	return err ? err : node_new(comp, OP_NOT, operand, 0, ret);
}

static int parse_and(struct compiler *comp, uint16_t *ret)
{
	uint16_t left, right;
	int err = parse_not(comp, &left);

	while (!err && comp->token.kind == TOKEN_AND) {
		err = advance(comp);
		err = err ? err : parse_not(comp, &right);
		err = err ? err : node_new(comp, OP_AND, left, right, &left);
	}
	if (!err)
		*ret = left;
	return err;
}

static int parse_or(struct compiler *comp, uint16_t *ret)
{
	uint16_t left, right;
	int err = parse_and(comp, &left);

	while (!err && comp->token.kind == TOKEN_OR) {
		err = advance(comp);
		err = err ? err : parse_and(comp, &right);
		err = err ? err : node_new(comp, OP_OR, left, right, &left);
	}
	if (!err)
		*ret = left;
	return err;
}

int usher__expr_parse(struct compiler *comp, uint16_t *root)
{
	int err = advance(comp);

	err = err ? err : parse_or(comp, root);
	if (!err && comp->token.kind == TOKEN_CLOSE)
		return fail_at(comp, &comp->token,
			       "a parenthesis too many is closed");
	if (!err && comp->token.kind != TOKEN_END)
		return fail_at(comp, &comp->token,
			       "an operator is missing before this");
	return err;
}
