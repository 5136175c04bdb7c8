/* Text to tokens, with line and column in characters. */
#include <string.h>

#include "expr/expr.h"

static int fail(struct lexer *lex, const char *what)
{
	return usher_error_set_at(lex->err, USHER_EINVAL, lex->line,
				  lex->column, "%s", what);
}

size_t usher__utf8_len(const char *s, size_t avail)
{
	const unsigned char *u = (const unsigned char *)s;
	uint32_t min, c;
	size_t n;

	if (!avail)
		return 0;
	if (u[0] < 0x80)
		return 1;
	if (u[0] >= 0xc2 && u[0] <= 0xdf) {
		n = 2;
		c = u[0] & 0x1f;
		min = 0x80;
	} else if (u[0] >= 0xe0 && u[0] <= 0xef) {
		n = 3;
		c = u[0] & 0x0f;
		min = 0x800;
	} else if (u[0] >= 0xf0 && u[0] <= 0xf4) {
		n = 4;
		c = u[0] & 0x07;
		min = 0x10000;
	} else {
		return 0;
	}
	if (avail < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (u[i] & 0x3f);
	}
	if (c < min || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return n;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       is_digit(c) || c == '_' || (unsigned char)c >= 0x80;
}

bool usher__expr_plain_word(const char *word, size_t len)
{
	if (!len || is_digit(word[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_word(word[i]))
			return false;
	return true;
}

/* Keep one character in the pool and step over it. */
static int take(struct lexer *lex)
{
	size_t n = usher__utf8_len(lex->pos, (size_t)(lex->end - lex->pos));

	if (!n)
		return fail(lex, "not UTF-8");
	memcpy(lex->pool + lex->pool_len, lex->pos, n);
	lex->pool_len += (uint32_t)n;
	lex->pos += n;
	lex->column++;
	return 0;
}

static void close_token(struct lexer *lex, struct token *token)
{
	token->len = lex->pool_len - token->off;
	lex->pool[lex->pool_len++] = '\0';
}

static int lex_escape(struct lexer *lex)
{
	static const char from[] = "\"'\\nt";
	static const char to[] = "\"'\\\n\t";
	const char *p;

	lex->pos++;
	lex->column++;
	p = lex->pos < lex->end && *lex->pos ? strchr(from, *lex->pos) : NULL;
	if (!p)
		return fail(lex, "unknown escape: only \\\" \\' \\\\ \\n \\t");
	lex->pool[lex->pool_len++] = to[p - from];
	lex->pos++;
	lex->column++;
	return 0;
}

/* In either kind of quotes; those of a name's word allow fewer characters. */
static int lex_quoted(struct lexer *lex, struct token *token, bool word)
{
	uint32_t line = lex->line, column = lex->column;
	uint32_t start = lex->pool_len;
	char quote = *lex->pos;
	int err;

	lex->pos++;
	lex->column++;
	while (lex->pos < lex->end && *lex->pos != quote) {
		if ((unsigned char)*lex->pos < 0x20 || *lex->pos == 0x7f)
			return fail(lex, "control character in quotes");
		if (word && strchr(".\\\"", *lex->pos))
			return fail(lex, "dot, quote or backslash in a name");
		err = *lex->pos == '\\' ? lex_escape(lex) : take(lex);
		if (err)
			return err;
	}
	if (lex->pos == lex->end) {
		return usher_error_set_at(lex->err, USHER_EINVAL, line, column,
					  "a quote is not closed");
	}
	lex->pos++;
	lex->column++;
	if (word && lex->pool_len == start)
		return fail(lex, "an empty word in a name");
	if (!word) {
		token->kind = TOKEN_STRING;
		close_token(lex, token);
	}
	return 0;
}

/*
 * At most 15 digits: such a number has an exact integer and an exact power
 * of ten, so that one division rounds once and all machines agree.
 */
static int lex_number(struct lexer *lex, struct token *token)
{
	double value = 0, scale = 1;
	uint32_t digits = 0;
	bool fraction = false;

	while (lex->pos + 1 < lex->end && *lex->pos == '0' &&
	       is_digit(lex->pos[1])) {
		lex->pos++;
		lex->column++;
	}
	for (; lex->pos < lex->end; lex->pos++, lex->column++) {
		char c = *lex->pos;

		if (c == '.' && !fraction && lex->pos + 1 < lex->end &&
		    is_digit(lex->pos[1])) {
			fraction = true;
		} else if (is_digit(c)) {
			if (++digits > 15)
				return fail(lex, "more than 15 digits");
			value = value * 10 + (c - '0');
			if (fraction)
				scale *= 10;
		} else {
			break;
		}
		lex->pool[lex->pool_len++] = c;
	}
	if (lex->pos < lex->end && (is_word(*lex->pos) || *lex->pos == '.'))
		return fail(lex, "not a number");
	while (fraction && lex->pool[lex->pool_len - 1] == '0')
		lex->pool_len--;
	if (fraction && lex->pool[lex->pool_len - 1] == '.')
		lex->pool_len--;
	token->kind = TOKEN_NUMBER;
	token->number = value / scale;
	close_token(lex, token);
	return 0;
}

static const struct {
	const char *word;
	enum token_kind kind;
} keywords[] = {
	{"and", TOKEN_AND},     {"or", TOKEN_OR},   {"not", TOKEN_NOT},
	{"in", TOKEN_IN},       {"has", TOKEN_HAS}, {"true", TOKEN_TRUE},
	{"false", TOKEN_FALSE},
};

static int lex_word(struct lexer *lex)
{
	if (lex->pos == lex->end || !is_word(*lex->pos) || is_digit(*lex->pos))
		return fail(lex, "a name must go on after the dot");
	while (lex->pos < lex->end && is_word(*lex->pos)) {
		int err = take(lex);

		if (err)
			return err;
	}
	return 0;
}

static int lex_name(struct lexer *lex, struct token *token)
{
	bool dotted = false;
	int err;

	err = lex_word(lex);
	while (!err && lex->pos < lex->end && *lex->pos == '.') {
		dotted = true;
		lex->pool[lex->pool_len++] = '.';
		lex->pos++;
		lex->column++;
		if (lex->pos < lex->end && *lex->pos == '"')
			err = lex_quoted(lex, token, true);
		else
			err = lex_word(lex);
	}
	if (err)
		return err;
	token->kind = TOKEN_NAME;
	close_token(lex, token);
	if (token->len > USHER_EXPR_NAME_MAX)
		return usher_error_set_at(
			lex->err, USHER_EFULL, token->line, token->column,
			"a name has more than %d bytes", USHER_EXPR_NAME_MAX);
	for (size_t i = 0; !dotted && i < sizeof(keywords) / sizeof(*keywords);
	     i++)
		if (!strcmp(lex->pool + token->off, keywords[i].word))
			token->kind = keywords[i].kind;
	return 0;
}

static int lex_sign(struct lexer *lex, struct token *token)
{
	char next = lex->pos + 1 < lex->end ? lex->pos[1] : '\0';
	uint32_t n = 1;

	switch (*lex->pos) {
	case '=':
		token->kind = TOKEN_EQ;
		n = next == '=' ? 2 : 1;
		break;
	case '!':
		if (next != '=')
			return fail(lex, "'!' alone: write `not` or `!=`");
		token->kind = TOKEN_NE;
		n = 2;
		break;
	case '<':
		token->kind = next == '=' ? TOKEN_LE : TOKEN_LT;
		n = next == '=' ? 2 : 1;
		break;
	case '>':
		token->kind = next == '=' ? TOKEN_GE : TOKEN_GT;
		n = next == '=' ? 2 : 1;
		break;
	case '+':
		token->kind = TOKEN_PLUS;
		break;
	case '-':
		token->kind = TOKEN_MINUS;
		break;
	case '*':
		token->kind = TOKEN_TIMES;
		break;
	case '/':
		token->kind = TOKEN_DIVIDE;
		break;
	case '(':
		token->kind = TOKEN_OPEN;
		break;
	case ')':
		token->kind = TOKEN_CLOSE;
		break;
	case ',':
		token->kind = TOKEN_COMMA;
		break;
	default:
		return fail(lex, "a character that means nothing here");
	}
	lex->pos += n;
	lex->column += n;
	return 0;
}

int usher__expr_lex(struct lexer *lex, struct token *ret)
{
	while (lex->pos < lex->end && strchr(" \t\r\n", *lex->pos) &&
	       *lex->pos) {
		lex->column++;
		if (*lex->pos++ == '\n') {
			lex->line++;
			lex->column = 1;
		}
	}
	memset(ret, 0, sizeof(*ret));
	ret->line = lex->line;
	ret->column = lex->column;
	ret->off = lex->pool_len;
	if (lex->pos == lex->end) {
		ret->kind = TOKEN_END;
		return 0;
	}
	if (is_digit(*lex->pos))
		return lex_number(lex, ret);
	if (*lex->pos == '"' || *lex->pos == '\'')
		return lex_quoted(lex, ret, false);
	if (is_word(*lex->pos))
		return lex_name(lex, ret);
	return lex_sign(lex, ret);
}
