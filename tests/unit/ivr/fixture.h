/* What the tests of flows share: a short way to build sets, an allocator that
 * fails on demand, and an instance whose actions are told as one line. */
#ifndef TESTS_UNIT_IVR_FIXTURE_H
#define TESTS_UNIT_IVR_FIXTURE_H

#include <check.h>
#include <usher/ivr.h>

struct heap {
	struct usher_alloc alloc;
	long calls;
	long fail_at; /* from 1; 0: never */
	long alive;
};

void heap_init(struct heap *heap);

/* The call succeeded; else err says why not. */
void good(int code, const struct usher_error *err);

/* Builder calls that have to succeed; target lists end with NULL. */
struct usher_flow_builder *builder(const struct usher_alloc *alloc);
void prompt(struct usher_flow_builder *b, const char *name);
void flow(struct usher_flow_builder *b, const char *name);
void add(struct usher_flow_builder *b, struct usher_step_opts opts);
#define STEP(b, ...) add(b, (struct usher_step_opts){__VA_ARGS__})
void way(struct usher_flow_builder *b, const char *on, const char *target);
void pair(struct usher_flow_builder *b, uint32_t kind, const char *name,
	  const char *value);
struct usher_flow_set *finish(struct usher_flow_builder *b);

/* Finish has to refuse with a problem of this name at this line; each
 * builder call above stands in a line of its own, from 1. */
void refused(struct usher_flow_builder *b, const char *problem, uint32_t line);

/* One instance. Names of the host are looked up in `names`: pairs of name and
 * value, where a value that looks like a number is one. */
struct run {
	struct usher_flow_set *set;
	struct usher_ivr *ivr;
	const char *const *names;
	int64_t now_us;
	uint32_t request; /* of the last action that has one */
	uint32_t flags;   /* of the last action */
	int code;         /* of the last call */
	char told[8192];
};

struct run *run_new(struct usher_flow_set *set, const char *flow,
		    const char *const *names);
struct run *run_new_in(struct usher_flow_set *set, const char *flow,
		       const char *const *names,
		       const struct usher_alloc *alloc);
void run_free(struct run *run);
/* A new instance in place of an old one: same set, same names. */
struct run *run_again(struct run *run);
/* Each says what the instance wants done: "play welcome; queue sales". */
const char *feed(struct run *run, uint32_t kind, const char *text);
const char *feed_event(struct run *run, struct usher_ivr_event event);
const char *started(struct run *run);
const char *digits(struct run *run, const char *digits);
const char *said(struct run *run, const char *text);
const char *played(struct run *run);
/* Let seconds pass, deadline by deadline as a host would. */
const char *pass(struct run *run, double seconds);
const char *drain(struct run *run);
void look(void *arg, uint32_t name, struct usher_value *ret);

/* A set with every kind of step; `main` is a menu that leads to each. */
struct usher_flow_set *everything(const struct usher_alloc *alloc);
int everything_code(const struct usher_alloc *alloc,
		    struct usher_flow_set **ret);

/* An instance of everything() in a state of this name; state_name() lists
 * them, NULL beyond the last. */
struct run *run_to(const char *state, const struct usher_alloc *alloc);
const char *state_name(size_t i);

/* The instance as bytes. Returns how many. */
size_t saved(const struct run *run, void *buf, size_t cap);

/* Run a test case that add_tests() has filled; what main() returns. */
int run_tests(const char *name, void (*add_tests)(TCase *tc));

#endif
