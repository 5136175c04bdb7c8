/* A run of a scenario file, and what it writes and reads. */
#ifndef TESTS_SCENARIOS_SCENARIO_H
#define TESTS_SCENARIOS_SCENARIO_H

#include <stdbool.h>
#include <stdio.h>

#include <usher/acd.h>

#define BASE_US    INT64_C(1700000000000000)
#define LINE_SIZE  8192
#define VALUES_MAX 32
#define ITEMS_MAX  64

struct value_room {
	char text[LINE_SIZE];
	uint64_t ids[ITEMS_MAX];
	const char *strs[ITEMS_MAX];
	struct usher_attr attrs[ITEMS_MAX];
};

struct run {
	const char *path;
	FILE *in;
	FILE *out; /* of --update, else NULL */
	unsigned line;
	unsigned failures;
	struct usher_acd *acd;
	struct usher_acd *folded;
	struct usher_field_value values[VALUES_MAX];
	struct value_room rooms[VALUES_MAX];
	size_t count;
	/* expected lines that were read but not yet met */
	char pushed[LINE_SIZE];
	bool has_pushed;
};

/* It goes on all the same. */
void scenario_fail(struct run *run, const char *what, const char *detail);

struct text {
	char buf[LINE_SIZE];
	size_t len;
};

/* write.c: an event's line; text->len is 0 before. */
void scenario_write(struct run *run, struct text *text,
		    const struct usher_event *ev);

/* read.c: the time that a line begins with; end: what follows. */
bool scenario_seconds(const char *text, int64_t *us, const char **end);
/* An input: its fields into run->values, "by=…", and its type. */
bool scenario_read(struct run *run, char *line, uint32_t *type,
		   struct usher_by *by);

#endif
