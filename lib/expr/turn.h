/* When an expression may turn with time: lib/expr/turn.c. For other rooms of
 * the library. */
#ifndef USHER_EXPR_TURN_H
#define USHER_EXPR_TURN_H

#include <usher/expr.h>

struct usher__expr_turn {
	uint32_t name;  /* number of a name whose value is whole and grows */
	uint32_t grows; /* another such name, or UINT32_MAX */
	double now;     /* its value, from 0 on */
	double at;      /* found: becomes smaller, or stays */
};

/* The smallest value after now at which a comparison with the name may turn,
 * while nothing else changes. False: it is read otherwise than in a comparison
 * with a constant or another name, so it may turn at any. */
bool usher__expr_turn(const struct usher_expr *expr,
		      usher_expr_lookup_h *lookup, void *arg,
		      struct usher__expr_turn *turn);

#endif
