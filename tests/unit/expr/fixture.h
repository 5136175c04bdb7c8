/* What the tests of expressions share. */
#ifndef UNIT_EXPR_FIXTURE_H
#define UNIT_EXPR_FIXTURE_H

#include <check.h>

#include "expr/expr.h"

/* One that has no mistake. */
struct usher_expr *compile(const char *text);

/* eval.c */
TCase *eval_case(void);

#endif
