/* The tree to a program, in one block of memory. */
#include <stdlib.h>
#include <string.h>

#include "expr/expr.h"

/* Instructions so far and how high the stack is and was. */
struct emitter {
	const struct compiler *comp;
	const uint16_t *rank; /* of each name, in byte order */
	struct instr *code;   /* NULL: count only */
	uint32_t n_code;
	uint32_t height;
	uint32_t highest;
};

static uint32_t emit(struct emitter *out, enum op op, uint16_t a, uint16_t b)
{
	if (out->code)
		out->code[out->n_code] = (struct instr){op, a, b};
	return out->n_code++;
}

static void push(struct emitter *out)
{
	if (++out->height > out->highest)
		out->highest = out->height;
}

static void emit_node(struct emitter *out, uint16_t i)
{
	const struct node *node = &out->comp->nodes[i];
	uint32_t jump;

	switch (node->op) {
	case OP_CONST:
	case OP_LIST:
		emit(out, node->op, node->a, node->b);
		push(out);
		break;
	case OP_NAME:
	case OP_HAS_NAME:
		emit(out, node->op, out->rank[node->a], 0);
		push(out);
		break;
	case OP_NOT:
	case OP_NEGATE:
		emit_node(out, node->a);
		emit(out, node->op, 0, 0);
		break;
	case OP_AND:
	case OP_OR:
		emit_node(out, node->a);
		jump = emit(out, node->op, 0, 0);
		out->height--;
		emit_node(out, node->b);
		emit(out, OP_TRUTH, 0, 0);
		if (out->code)
			out->code[jump].a = (uint16_t)out->n_code;
		break;
	default:
		emit_node(out, node->a);
		emit_node(out, node->b);
		emit(out, node->op, 0, 0);
		out->height--;
		break;
	}
}

static void sort_names(struct compiler *comp, uint16_t *order, uint16_t *rank)
{
	for (uint16_t i = 0; i < comp->n_names; i++) {
		const char *name = comp->lex.pool + comp->name_off[i];
		uint16_t k = i;

		for (;
		     k && strcmp(comp->lex.pool + comp->name_off[order[k - 1]],
				 name) > 0;
		     k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
	for (uint16_t i = 0; i < comp->n_names; i++)
		rank[order[i]] = i;
}

static uint64_t hash_text(const char *s, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* Copy into the block and step over it. */
static char *copy(char **at, const char *s, size_t len)
{
	char *p = *at;

	memcpy(p, s, len);
	p[len] = '\0';
	*at += len + 1;
	return p;
}

static void fill_constants(struct usher_expr *expr,
			   const struct compiler *comp, char **at)
{
	for (uint32_t i = 0; i < comp->n_constants; i++) {
		const struct constant *c = &comp->constants[i];
		struct usher_value *v = &expr->constants[i];

		memset(v, 0, sizeof(*v));
		v->type = c->type;
		v->boolean = c->boolean;
		v->number = c->number;
		if (c->type == USHER_VALUE_STRING) {
			v->string = copy(at, comp->lex.pool + c->off, c->len);
			v->len = c->len;
		}
	}
}

static size_t strings_size(const struct compiler *comp)
{
	size_t size = 0;

	for (uint32_t i = 0; i < comp->n_constants; i++)
		if (comp->constants[i].type == USHER_VALUE_STRING)
			size += comp->constants[i].len + 1;
	for (uint32_t i = 0; i < comp->n_names; i++)
		size += strlen(comp->lex.pool + comp->name_off[i]) + 1;
	return size;
}

static int build(struct usher_expr **ret, struct compiler *comp, uint16_t root)
{
	uint16_t order[USHER_EXPR_NAMES_MAX], rank[USHER_EXPR_NAMES_MAX];
	struct emitter out = {.comp = comp, .rank = rank};
	size_t text_len = usher__expr_print(comp, root, NULL);
	struct usher_expr *expr;
	char *at;

	sort_names(comp, order, rank);
	emit_node(&out, root);
	if (text_len > USHER_EXPR_TEXT_MAX ||
	    out.n_code > USHER_EXPR_CODE_MAX ||
	    out.highest > USHER__EXPR_STACK_MAX)
		return usher_error_set_at(comp->lex.err, USHER_EFULL, 1, 1,
					  "the expression is too long");
	expr = comp->alloc->realloc(
		comp->alloc->arg, NULL,
		sizeof(*expr) + comp->n_constants * sizeof(*expr->constants) +
			comp->n_names * sizeof(*expr->names) +
			out.n_code * sizeof(*expr->code) + text_len + 1 +
			strings_size(comp));
	if (!expr)
		return usher_error_set(comp->lex.err, USHER_ENOMEM,
				       "out of memory");
	expr->alloc = *comp->alloc;
	expr->n_constants = comp->n_constants;
	expr->n_names = comp->n_names;
	expr->n_code = out.n_code;
	expr->constants = (struct usher_value *)(expr + 1);
	expr->names = (const char **)(expr->constants + expr->n_constants);
	expr->code = (struct instr *)(expr->names + expr->n_names);
	expr->text = (char *)(expr->code + expr->n_code);
	out = (struct emitter){.comp = comp, .rank = rank, .code = expr->code};
	emit_node(&out, root);
	usher__expr_print(comp, root, expr->text);
	expr->text[text_len] = '\0';
	expr->text_len = (uint32_t)text_len;
	expr->hash = hash_text(expr->text, text_len);
	at = expr->text + text_len + 1;
	fill_constants(expr, comp, &at);
	for (uint32_t i = 0; i < comp->n_names; i++) {
		const char *name = comp->lex.pool + comp->name_off[order[i]];

		expr->names[i] = copy(&at, name, strlen(name));
	}
	*ret = expr;
	return 0;
}

int usher_expr_new(struct usher_expr **ret, const struct usher_alloc *alloc,
		   const char *text, size_t len, struct usher_error *err)
{
	struct compiler *comp;
	uint16_t root = 0;
	int code;

	if (!ret || !text)
		return usher_error_set(err, USHER_EINVAL, "no text");
	alloc = alloc ? alloc : usher_alloc_default();
	if (len == SIZE_MAX)
		len = strlen(text);
	if (len > USHER_EXPR_TEXT_MAX)
		return usher_error_set_at(
			err, USHER_EFULL, 1, 1,
			"an expression has more than %d bytes",
			USHER_EXPR_TEXT_MAX);
	comp = alloc->realloc(alloc->arg, NULL, sizeof(*comp));
	if (!comp)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	comp->alloc = alloc;
	comp->lex.pos = text;
	comp->lex.end = text + len;
	comp->lex.line = comp->lex.column = 1;
	comp->lex.err = err;
	comp->lex.pool_len = 0;
	comp->depth = comp->n_nodes = comp->n_constants = comp->n_names = 0;
	code = usher__expr_parse(comp, &root);
	code = code ? code : build(ret, comp, root);
	alloc->realloc(alloc->arg, comp, 0);
	return code;
}

void usher_expr_free(struct usher_expr *expr)
{
	if (expr)
		expr->alloc.realloc(expr->alloc.arg, expr, 0);
}

const char *usher_expr_text(const struct usher_expr *expr)
{
	return expr->text;
}

uint64_t usher_expr_hash(const struct usher_expr *expr)
{
	return expr->hash;
}

bool usher_expr_equal(const struct usher_expr *a, const struct usher_expr *b)
{
	return a == b || (a->hash == b->hash && a->text_len == b->text_len &&
			  !memcmp(a->text, b->text, a->text_len));
}

uint32_t usher_expr_names(const struct usher_expr *expr)
{
	return expr->n_names;
}

const char *usher_expr_name(const struct usher_expr *expr, uint32_t name)
{
	return name < expr->n_names ? expr->names[name] : NULL;
}

/*
 * Names that only share the letters (`contact_x`, `contacts`) sort elsewhere
 * or are skipped: '.' is less than every character of a plain word, but not
 * than all in quotes, so each is compared with its dot.
 */
uint32_t usher_expr_names_under(const struct usher_expr *expr,
				const char *prefix, uint32_t *first)
{
	size_t len = strlen(prefix);
	uint32_t i, count = 0;

	for (i = 0; i < expr->n_names; i++)
		if (!strncmp(expr->names[i], prefix, len) &&
		    expr->names[i][len] == '.')
			break;
	if (first)
		*first = i;
	for (; i < expr->n_names; i++, count++)
		if (strncmp(expr->names[i], prefix, len) != 0 ||
		    expr->names[i][len] != '.')
			break;
	return count;
}
