/* What the commands that ask formulas share. */
#ifndef LAB_ERLANG_H
#define LAB_ERLANG_H

#include <usher/erlang.h>

#include "lab.h"

/* A load as options say it; NULL where they do not. */
struct lab_load_text {
	const char *arrivals, *handle, *patience, *room, *target, *brief;
	bool loss;
};

#define LAB_LOAD_HELP                                                         \
	"  --arrivals RATE      200/h\n"                                      \
	"  --handle TIME        3m\n"                                         \
	"  --patience TIME      Erlang A; --loss: Erlang B; else C\n"         \
	"  --room N             places to wait, with C and A\n"               \
	"  --target TIME        of the service level: 20s; --short TIME: "    \
	"5s\n"

/* 0, or the status of what is wrong with it. */
int lab_load_read(const char *command, const struct lab_load_text *text,
		  struct usher_erlang_opts *load);

/* Figures of so many agents, one row each. 0 or the status. */
int lab_erlang_ask(const char *command, const struct usher_erlang_opts *load,
		   uint32_t agents, double *values);
/* How many rows there are, and how they are called. */
size_t lab_erlang_rows(void);
/* Columns of values, so many agents from `from` on. 0 or USHER_ENOMEM. */
int lab_erlang_table(const struct usher_erlang_opts *load, uint32_t from,
		     uint32_t count, const double *values);
/* The same as lines of JSON or CSV. */
void lab_erlang_json(uint32_t from, uint32_t count, const double *values);
void lab_erlang_csv(uint32_t from, uint32_t count, const double *values);

#endif
