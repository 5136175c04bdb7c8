/* What the files of this room share: the lexer, the tree and the program. */
#ifndef USHER_EXPR_EXPR_H
#define USHER_EXPR_EXPR_H

#include <usher/expr.h>

/* Each level of parentheses holds at most a comparison's, a sum's and a
 * product's left operand, so this is enough for USHER_EXPR_DEPTH_MAX. */
#define USHER__EXPR_STACK_MAX (4 * (USHER_EXPR_DEPTH_MAX + 2))

enum token_kind {
	TOKEN_END,
	TOKEN_NUMBER,
	TOKEN_STRING,
	TOKEN_NAME,
	TOKEN_TRUE,
	TOKEN_FALSE,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_IN,
	TOKEN_HAS,
	TOKEN_EQ,
	TOKEN_NE,
	TOKEN_LT,
	TOKEN_LE,
	TOKEN_GT,
	TOKEN_GE,
	TOKEN_PLUS,
	TOKEN_MINUS,
	TOKEN_TIMES,
	TOKEN_DIVIDE,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMA
};

/* A token; the content of strings, names and numbers is in lexer.pool. */
struct token {
	enum token_kind kind;
	uint32_t line;
	uint32_t column;
	uint32_t off; /* in the pool, NUL-terminated there */
	uint32_t len;
	double number;
};

struct lexer {
	const char *pos;
	const char *end;
	uint32_t line;
	uint32_t column;
	struct usher_error *err;
	/* Unquoted content is never longer than its text, plus a NUL for
	 * each token, which has at least one character. */
	uint32_t pool_len;
	char pool[2 * USHER_EXPR_TEXT_MAX + 2];
};

/* Read the next token. Returns 0, USHER_EINVAL or USHER_EFULL. */
int usher__expr_lex(struct lexer *lex, struct token *ret);

/* Whether a word of a name has to be quoted. */
bool usher__expr_plain_word(const char *word, size_t len);

enum op {
	OP_CONST,    /* push constant a */
	OP_LIST,     /* push list of b constants from a */
	OP_NAME,     /* push name a */
	OP_HAS_NAME, /* push whether name a is defined */
	OP_NOT,
	OP_NEGATE,
	OP_OR,  /* false: go on; true: push true and jump to a */
	OP_AND, /* true: go on; false: push false and jump to a */
	OP_TRUTH,
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_IN,
	OP_HAS,
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV
};

/* A node of the tree: a and b are children, or constants, or a name. */
struct node {
	uint8_t op;
	uint16_t a;
	uint16_t b;
};

struct constant {
	uint32_t type;
	uint32_t off; /* in the pool; also the canonical digits of a number */
	uint32_t len;
	uint32_t boolean;
	double number;
};

/* A text being compiled. Large, so it lives in allocated memory. */
struct compiler {
	struct lexer lex;
	struct token token;
	const struct usher_alloc *alloc;
	uint32_t depth;
	uint32_t n_nodes;
	uint32_t n_constants;
	uint32_t n_names;
	uint32_t name_off[USHER_EXPR_NAMES_MAX];
	struct node nodes[USHER_EXPR_CODE_MAX];
	struct constant constants[USHER_EXPR_CODE_MAX];
};

struct instr {
	uint16_t op;
	uint16_t a;
	uint16_t b;
};

/* A compiled expression: one block, its arrays behind it. */
struct usher_expr {
	struct usher_alloc alloc;
	uint64_t hash;
	uint32_t n_code;
	uint32_t n_constants;
	uint32_t n_names;
	uint32_t text_len;
	struct instr *code;
	struct usher_value *constants;
	const char **names;
	char *text;
};

/* Parse into compiler.nodes; *root is the top. */
int usher__expr_parse(struct compiler *comp, uint16_t *root);

/* Write the canonical text; with buf NULL only count. Returns its length. */
size_t usher__expr_print(const struct compiler *comp, uint16_t root,
			 char *buf);

/* Text of a value for people: 5, 2.5, true, the string itself; lists with
 * commas. Cut at cap, always ends in NUL. Returns the bytes written. */
size_t usher__value_text(const struct usher_value *value, char *buf,
			 size_t cap);

/* Length of the well-formed UTF-8 character at s, 0 if it is none. */
size_t usher__utf8_len(const char *s, size_t avail);

#endif
