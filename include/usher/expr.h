/** @file
 * Expressions: requirements on agents and conditions in flows.
 *
 *	billing >= 3 and language in ("hu", "pl")
 *	contact.vip or queue.support.waiting > 5
 *	not has contact.account
 *
 * A text is compiled once into a small immutable program; evaluating it
 * allocates nothing, has no state, and takes at most as many steps as the
 * program has instructions. Numbers are doubles and only + - * / and
 * comparisons touch them, so every machine gives the same answer.
 *
 * **Grammar**, loosest first: `or`; `and`; `not`; one comparison (`==` `!=`
 * `<` `<=` `>` `>=` `in` `has`); `+` `-`; `*` `/`; unary `-` and `has NAME`;
 * a number (12, 0.5; at most 15 digits), a string in double or single quotes
 * (in it a backslash comes before a quote, a backslash, n for a new line, t
 *for a tab), `true`, `false`, a name, or ( … ). The right side of `in` is a
 *list of constants in parentheses or a name whose value is a list; `not in` is
 * `in` turned round. A name is words joined by dots; a word is
 * letters, digits and _ (also letters beyond ASCII), not starting with a
 * digit; any other word without a dot is put in quotes after the first:
 * `queue."second-line".waiting`. `=` is accepted for `==`.
 *
 * **Missing attributes are undefined.** Every comparison, `in` and `has` with
 * an undefined side is false, `!=` too; arithmetic with it is undefined; an
 * undefined operand of and/or/not counts as false. `not` turns a false into
 * true like any other: `not billing >= 3` holds for an agent without
 * `billing`, while `billing < 3` does not. `has NAME` asks whether the name is
 * defined.
 *
 * **Types are not mixed.** `==` between a number and a string is false and
 * `!=` is true; `<` and its kin between them are false. Strings compare by
 * bytes. As a condition 0, "", the empty list and undefined are false. A
 * division by zero and a result that is not finite are undefined.
 */
#ifndef USHER_EXPR_H
#define USHER_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <usher/alloc.h>
#include <usher/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Longest text of an expression, in bytes. */
#define USHER_EXPR_TEXT_MAX 4096
/** Longest name, in bytes, dots included, without the NUL. */
#define USHER_EXPR_NAME_MAX 255
/** Most different names that one expression reads. */
#define USHER_EXPR_NAMES_MAX 64
/** Deepest nesting of parentheses and unary operators. */
#define USHER_EXPR_DEPTH_MAX 32
/** Most instructions of a compiled expression. */
#define USHER_EXPR_CODE_MAX 1024
/** Most items of a list; items of a looked-up list beyond it are ignored. */
#define USHER_EXPR_LIST_MAX 256

/** What a value is. The numbers are part of the ABI. */
enum usher_value_type {
	USHER_VALUE_UNDEFINED = 0,
	USHER_VALUE_BOOL = 1,
	USHER_VALUE_NUMBER = 2,
	USHER_VALUE_STRING = 3,
	USHER_VALUE_LIST = 4
};

/**
 * A value, borrowing its string or list. A zeroed one is undefined.
 */
struct usher_value {
	uint32_t type;    /**< enum usher_value_type */
	uint32_t boolean; /**< 0 or 1 of a bool */
	double number;    /**< of a number; not-a-number counts as undefined */
	const char *string; /**< of a string, UTF-8; need not end in NUL */
	const struct usher_value *items; /**< of a list; no lists inside */
	uint64_t len; /**< bytes of the string or items of the list */
};

/** An undefined value. Since 0.1. */
USHER_API struct usher_value usher_value_undefined(void);
/** A boolean. Since 0.1. */
USHER_API struct usher_value usher_value_bool(bool value);
/** A number. Since 0.1. */
USHER_API struct usher_value usher_value_number(double value);
/** A NUL-terminated string, borrowed; NULL gives undefined. Since 0.1. */
USHER_API struct usher_value usher_value_string(const char *value);
/** A string of len bytes, borrowed. Since 0.1. */
USHER_API struct usher_value usher_value_bytes(const char *value, size_t len);
/** A list, borrowed. Since 0.1. */
USHER_API struct usher_value usher_value_list(const struct usher_value *items,
					      size_t count);

/**
 * Same type and same content. Two undefined values are equal here, unlike in
 * an expression. Thread: any. Since 0.1.
 */
USHER_API bool usher_value_equal(const struct usher_value *a,
				 const struct usher_value *b);

/** Whether it counts as true in a condition. Thread: any. Since 0.1. */
USHER_API bool usher_value_truth(const struct usher_value *value);

/**
 * Look a name up while an expression is evaluated.
 *
 * @param arg   As given to the evaluation
 * @param name  Index of the name in the expression, see usher_expr_name()
 * @param ret   Where the value goes; undefined when left alone. What it
 *              borrows must live until the result has been used
 */
typedef void(usher_expr_lookup_h)(void *arg, uint32_t name,
				  struct usher_value *ret);

/** A compiled expression: immutable, shareable between threads. */
struct usher_expr;

/**
 * Compile an expression.
 *
 * @param ret    Where it goes; untouched on error
 * @param alloc  Where its memory comes from; NULL for the heap
 * @param text   UTF-8, copied
 * @param len    Its bytes, or SIZE_MAX when it ends in NUL
 * @param err    Line and column of the problem, counted from 1 within the
 *               text; may be NULL
 *
 * @return 0, USHER_EINVAL (does not parse), USHER_EFULL (a limit above),
 *         USHER_ENOMEM. Thread: any. Since 0.1.
 */
USHER_API int usher_expr_new(struct usher_expr **ret,
			     const struct usher_alloc *alloc, const char *text,
			     size_t len, struct usher_error *err);

/** Free it; NULL is fine. Since 0.1. */
USHER_API void usher_expr_free(struct usher_expr *expr);

/**
 * Its canonical text: one spelling of blanks, numbers, quotes and
 * parentheses. Compiling that text gives an equal expression. Borrowed,
 * as long as the expression. Thread: any. Since 0.1.
 */
USHER_API const char *usher_expr_text(const struct usher_expr *expr);

/** Hash of the canonical text; the same on every machine. Since 0.1. */
USHER_API uint64_t usher_expr_hash(const struct usher_expr *expr);

/** Whether the canonical texts are the same. Since 0.1. */
USHER_API bool usher_expr_equal(const struct usher_expr *a,
				const struct usher_expr *b);

/** Number of different names that it reads. Since 0.1. */
USHER_API uint32_t usher_expr_names(const struct usher_expr *expr);

/**
 * One of its names, without quotes: `queue.second-line.waiting`. Names are in
 * the order of their bytes, so those under one prefix follow each other.
 * Borrowed; NULL when there is no such index. Thread: any. Since 0.1.
 */
USHER_API const char *usher_expr_name(const struct usher_expr *expr,
				      uint32_t name);

/**
 * The names under a prefix: those that start with it and a dot.
 *
 * @param expr    Expression
 * @param prefix  Without the dot
 * @param first   Where the first one's index goes, also when there is none;
 *                may be NULL
 *
 * @return How many there are; they follow each other. Since 0.1.
 */
USHER_API uint32_t usher_expr_names_under(const struct usher_expr *expr,
					  const char *prefix, uint32_t *first);

/**
 * Evaluate to a value. Allocates nothing; takes at most USHER_EXPR_CODE_MAX
 * steps; each name is looked up where it is needed and no further.
 *
 * @param expr    Expression
 * @param lookup  Called for each name that matters; NULL: all undefined
 * @param arg     Handed to it
 *
 * @return The value; a string borrows from the expression or the look-up.
 *         Thread: any. Since 0.1.
 */
USHER_API struct usher_value usher_expr_eval(const struct usher_expr *expr,
					     usher_expr_lookup_h *lookup,
					     void *arg);

/** Evaluate as a condition: usher_value_truth() of the value. Since 0.1. */
USHER_API bool usher_expr_test(const struct usher_expr *expr,
			       usher_expr_lookup_h *lookup, void *arg);

#ifdef __cplusplus
}
#endif
#endif
