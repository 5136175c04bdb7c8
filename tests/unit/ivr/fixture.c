#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/expr.h"
#include "fixture.h"

static void *heap_realloc(void *arg, void *ptr, size_t size)
{
	struct heap *heap = arg;

	if (!size) {
		heap->alive -= ptr != NULL;
		free(ptr);
		return NULL;
	}
	if (++heap->calls == heap->fail_at)
		return NULL;
	heap->alive += ptr == NULL;
	return realloc(ptr, size);
}

void heap_init(struct heap *heap)
{
	memset(heap, 0, sizeof(*heap));
	heap->alloc = (struct usher_alloc){heap_realloc, heap};
}

/* The line of the next builder call; one builder at a time. */
static uint32_t line;

static void here(struct usher_flow_builder *b)
{
	usher_flow_builder_at(b, "test", ++line, 1);
}

struct usher_flow_builder *builder(const struct usher_alloc *alloc)
{
	struct usher_flow_builder *b = NULL;

	line = 0;
	ck_assert_int_eq(usher_flow_builder_new(&b, alloc), 0);
	return b;
}

static void good(int code, const struct usher_error *err)
{
	ck_assert_msg(code == 0, "line %u: %s", err->line, err->message);
}

void prompt(struct usher_flow_builder *b, const char *name)
{
	struct usher_error err = {0};
	char text[128];

	snprintf(text, sizeof(text), "This is %s.", name);
	here(b);
	good(usher_flow_builder_prompt(b, name, NULL, text, &err), &err);
}

void flow(struct usher_flow_builder *b, const char *name)
{
	struct usher_error err = {0};

	here(b);
	good(usher_flow_builder_flow(b, name, &err), &err);
}

void add(struct usher_flow_builder *b, struct usher_step_opts opts)
{
	struct usher_error err = {0};

	here(b);
	opts.size = sizeof(opts);
	good(usher_flow_builder_step(b, &opts, &err), &err);
}

void way(struct usher_flow_builder *b, const char *on, const char *target)
{
	struct usher_error err = {0};

	here(b);
	good(usher_flow_builder_exit(b, on, target, &err), &err);
}

void pair(struct usher_flow_builder *b, uint32_t kind, const char *name,
	  const char *value)
{
	struct usher_error err = {0};

	here(b);
	good(usher_flow_builder_pair(b, kind, name, value, &err), &err);
}

struct usher_flow_set *finish(struct usher_flow_builder *b)
{
	struct usher_flow_set *set = NULL;
	struct usher_error err = {0};

	good(usher_flow_builder_finish(b, &set, &err), &err);
	usher_flow_builder_free(b);
	return set;
}

void refused(struct usher_flow_builder *b, const char *problem, uint32_t at)
{
	struct usher_flow_set *set = NULL;
	struct usher_error err = {0};

	ck_assert_int_eq(usher_flow_builder_finish(b, &set, &err),
			 USHER_EINVAL);
	ck_assert_ptr_null(set);
	ck_assert_msg(!strncmp(err.message, problem, strlen(problem)) &&
			      err.message[strlen(problem)] == ':',
		      "%s, not %s", err.message, problem);
	ck_assert_msg(err.line == at, "line %u, not %u: %s", err.line, at,
		      err.message);
	ck_assert_str_eq(err.file, "test");
	usher_flow_builder_free(b);
}

void look(void *arg, uint32_t name, struct usher_value *ret)
{
	struct run *run = arg;
	const char *wanted = usher_flow_set_name(run->set, name);
	const char *const *p = run->names;

	ck_assert_ptr_nonnull(wanted);
	for (; p && *p; p += 2) {
		char *end;
		double number;

		if (strcmp(*p, wanted) != 0)
			continue;
		number = strtod(p[1], &end);
		*ret = *end ? usher_value_string(p[1])
			    : usher_value_number(number);
	}
}

struct run *run_new(struct usher_flow_set *set, const char *name,
		    const char *const *names)
{
	return run_new_in(set, name, names, NULL);
}

struct run *run_new_in(struct usher_flow_set *set, const char *name,
		       const char *const *names,
		       const struct usher_alloc *alloc)
{
	struct run *run = calloc(1, sizeof(*run));
	struct usher_ivr_opts opts;
	struct usher_error err = {0};

	ck_assert_ptr_nonnull(run);
	run->set = set;
	run->names = names;
	run->now_us = 1000000000;
	usher_ivr_opts_init(&opts, sizeof(opts));
	opts.flow = name;
	opts.lookup = look;
	opts.arg = run;
	good(usher_ivr_new(&run->ivr, set, &opts, alloc, &err), &err);
	return run;
}

void run_free(struct run *run)
{
	usher_ivr_free(run->ivr);
	usher_flow_set_unref(run->set);
	free(run);
}

struct run *run_again(struct run *run)
{
	struct usher_flow_set *set = usher_flow_set_ref(run->set);
	const char *const *names = run->names;

	run_free(run);
	return run_new(set, "main", names);
}

int run_tests(const char *name, void (*add_tests)(TCase *tc))
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *runner;
	int failed;

	add_tests(tc);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

static void tell_list(char **p, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		*p += sprintf(*p, "%s%s", i ? "," : "", list[i]);
}

static void tell(char **p, const struct usher_ivr_action *a)
{
	char value[256];

	switch (a->kind) {
	case USHER_IVR_PLAY:
		*p += sprintf(*p, "play %s", a->prompt);
		break;
	case USHER_IVR_ASK:
		*p += sprintf(*p, "ask %s", a->prompt);
		break;
	case USHER_IVR_MUSIC:
		*p += sprintf(*p, "music %s", a->prompt);
		break;
	case USHER_IVR_STOP:
		*p += sprintf(*p, "stop");
		break;
	case USHER_IVR_QUEUE:
		*p += sprintf(*p, "queue ");
		tell_list(p, a->queues, a->n_queues);
		if (a->has_priority)
			*p += sprintf(*p, " priority %lld",
				      (long long)a->priority);
		if (a->require)
			*p += sprintf(*p, " require %s", a->require);
		break;
	case USHER_IVR_LEAVE:
		*p += sprintf(*p, "leave %s", a->reason);
		break;
	case USHER_IVR_FETCH:
		*p += sprintf(*p, "fetch %s %s", a->method, a->target);
		if (a->body)
			*p += sprintf(*p, " %s", a->body);
		for (size_t i = 0; i < a->n_pairs; i++)
			*p += sprintf(*p, " %s=%s", a->pairs[i].name,
				      a->pairs[i].value);
		if (a->n_paths)
			*p += sprintf(*p, " -> ");
		tell_list(p, a->paths, a->n_paths);
		break;
	case USHER_IVR_TRANSFER:
		*p += sprintf(*p, "transfer %s %s", a->method, a->target);
		break;
	case USHER_IVR_CALLBACK:
		*p += sprintf(*p, "callback ");
		tell_list(p, a->queues, a->n_queues);
		*p += sprintf(*p, " to %s", a->target ? a->target : "caller");
		if (a->method)
			*p += sprintf(*p, " %s first", a->method);
		for (size_t i = 0; i < a->n_pairs; i++)
			*p += sprintf(*p, " %s %s", a->pairs[i].name,
				      a->pairs[i].value);
		if (a->prompt)
			*p += sprintf(*p, " say %s", a->text);
		break;
	case USHER_IVR_RECORD:
		*p += sprintf(*p, "record %s", a->target);
		break;
	case USHER_IVR_SET:
		usher__value_text(&a->value, value, sizeof(value));
		*p += sprintf(*p, "set %s=%s", a->target, value);
		break;
	case USHER_IVR_LANGUAGE:
		*p += sprintf(*p, "language %s", a->language);
		break;
	case USHER_IVR_END:
		*p += sprintf(*p, "end %s", a->reason);
		break;
	case USHER_IVR_ERROR:
		*p += sprintf(*p, "error %s %s", a->reason, a->target);
		break;
	default:
		ck_abort_msg("no such action");
	}
}

/* Add what is to be done to what has been told. */
static void drain_more(struct run *run)
{
	char *p = run->told + strlen(run->told);
	const struct usher_ivr_action *action;

	while ((action = usher_ivr_next(run->ivr))) {
		if (p != run->told)
			p += sprintf(p, "; ");
		tell(&p, action);
		run->flags = action->flags;
		if (action->kind != USHER_IVR_STOP && action->request)
			run->request = action->request;
		ck_assert_uint_lt((size_t)(p - run->told),
				  sizeof(run->told) / 2);
	}
}

const char *drain(struct run *run)
{
	run->told[0] = '\0';
	drain_more(run);
	return run->told;
}

const char *feed_event(struct run *run, struct usher_ivr_event event)
{
	event.size = sizeof(event);
	run->code = usher_ivr_feed(run->ivr, run->now_us, &event);
	return drain(run);
}

const char *feed(struct run *run, uint32_t kind, const char *text)
{
	struct usher_ivr_event event = {.kind = kind, .text = text};

	return feed_event(run, event);
}

const char *started(struct run *run)
{
	return feed(run, USHER_IVR_STARTED, NULL);
}

const char *digits(struct run *run, const char *keys)
{
	char all[sizeof(run->told)] = "";

	for (; *keys; keys++) {
		char digit[] = {*keys, '\0'};

		feed(run, USHER_IVR_DIGIT, digit);
		ck_assert_int_eq(run->code, 0);
		if (*all && *run->told)
			strcat(all, "; ");
		strcat(all, run->told);
	}
	strcpy(run->told, all);
	return run->told;
}

const char *said(struct run *run, const char *text)
{
	return feed(run, USHER_IVR_TEXT, text);
}

const char *played(struct run *run)
{
	struct usher_ivr_event event = {.kind = USHER_IVR_PLAYED,
					.request = run->request};

	return feed_event(run, event);
}

const char *pass(struct run *run, double seconds)
{
	int64_t until = run->now_us + (int64_t)(seconds * 1e6);

	run->told[0] = '\0';
	while (usher_ivr_deadline(run->ivr) <= until) {
		run->now_us = usher_ivr_deadline(run->ivr);
		run->code = usher_ivr_advance(run->ivr, run->now_us);
		ck_assert_int_eq(run->code, 0);
		drain_more(run);
	}
	run->now_us = until;
	run->code = usher_ivr_advance(run->ivr, until);
	drain_more(run);
	return run->told;
}

/* Each line: what the builder is called with, so that failures of memory can
 * be told from others. */
#define TRY(call)                                                             \
	do {                                                                  \
		code = code ? code : (call);                                  \
	} while (0)
#define TRY_STEP(...)                                                         \
	TRY(usher_flow_builder_step(                                          \
		b,                                                            \
		&(struct usher_step_opts){                                    \
			.size = sizeof(struct usher_step_opts), __VA_ARGS__}, \
		&err))
#define TRY_WAY(on, to) TRY(usher_flow_builder_exit(b, on, to, &err))
#define TRY_PAIR(kind, name, value)                                           \
	TRY(usher_flow_builder_pair(b, kind, name, value, &err))

static int everything_main(struct usher_flow_builder *b)
{
	struct usher_error err = {0};
	int code = 0;

	TRY(usher_flow_builder_flow(b, "main", &err));
	TRY_STEP(.kind = USHER_STEP_PROMPT, .prompt = "welcome",
		 .name = "hello");
	TRY_STEP(.kind = USHER_STEP_MENU, .prompt = "choose", .name = "menu",
		 .invalid = "wrong", .variable = "choice");
	TRY_WAY("1", "pin");
	TRY_WAY("2", "wait in line");
	TRY_WAY("3", "pass on");
	TRY_WAY("4", "leave word");
	TRY_WAY("5", "pause");
	TRY_WAY("6", "both");
	TRY_WAY("7", "in silence");
	TRY_WAY("bye", "end");
	TRY_STEP(.kind = USHER_STEP_COLLECT, .prompt = "ask pin",
		 .name = "pin", .variable = "pin", .min = 4, .max = 4,
		 .flags = USHER_STEP_SECRET, .invalid = "wrong");
	TRY_WAY("else", "menu");
	TRY_STEP(.kind = USHER_STEP_FETCH, .name = "check",
		 .target = "http://127.0.0.1/pin/{contact.id}",
		 .method = "POST");
	TRY_PAIR(USHER_PAIR_FIELD, "pin", "{pin}");
	TRY_PAIR(USHER_PAIR_HEADER, "X-Who", "{contact.id}");
	TRY_PAIR(USHER_PAIR_RESULT, "balance", "account.balance");
	TRY_WAY("else", "menu");
	TRY_STEP(.kind = USHER_STEP_SET, .next = "menu");
	TRY_PAIR(USHER_PAIR_SET, "contact.balance", "{balance}");
	TRY_PAIR(USHER_PAIR_SET, "greeting", "Balance: {balance}");
	TRY_STEP(.kind = USHER_STEP_QUEUE, .name = "wait in line",
		 .flow = "hold", .timeout_ms = 60000, .priority = "2 + 3",
		 .require = "billing>=contact.level");
	TRY_PAIR(USHER_PAIR_QUEUE, "sales", NULL);
	TRY_PAIR(USHER_PAIR_QUEUE, "support", NULL);
	TRY_WAY("answered", "menu");
	TRY_WAY("1", "leave word");
	TRY_WAY("offer", "pause");
	TRY_WAY("else", "menu");
	TRY_STEP(.kind = USHER_STEP_QUEUE, .name = "in silence");
	TRY_PAIR(USHER_PAIR_QUEUE, "sales", NULL);
	TRY_WAY("nobody", "menu");
	TRY_WAY("else", "pass on");
	TRY_STEP(.kind = USHER_STEP_TRANSFER, .name = "pass on",
		 .method = "number", .target = "555");
	TRY_WAY("busy", "leave word");
	TRY_WAY("answered", "menu");
	TRY_WAY("else", "end");
	TRY_STEP(.kind = USHER_STEP_VOICEMAIL, .name = "leave word",
		 .prompt = "beep", .target = "box", .timeout_ms = 30000);
	TRY_WAY("failed", "menu");
	TRY_STEP(.kind = USHER_STEP_END, .target = "said {choice}");
	TRY_STEP(.kind = USHER_STEP_WAIT, .name = "pause", .prompt = "music",
		 .timeout_ms = 10000, .next = "menu");
	TRY_STEP(.kind = USHER_STEP_SUBFLOW, .name = "both", .flow = "sub",
		 .next = "menu");
	return code;
}

static int everything_rest(struct usher_flow_builder *b)
{
	struct usher_error err = {0};
	int code = 0;

	TRY(usher_flow_builder_flow(b, "hold", &err));
	TRY_STEP(.kind = USHER_STEP_WAIT, .prompt = "music",
		 .timeout_ms = 5000, .name = "first");
	TRY_STEP(.kind = USHER_STEP_MENU, .prompt = "offer", .name = "offer",
		 .timeout_ms = 4000, .retries = USHER_NO_RETRY);
	TRY_WAY("9", "out");
	TRY_WAY("else", "first");
	TRY_STEP(.kind = USHER_STEP_LEAVE, .name = "out", .flow = "offer");
	TRY(usher_flow_builder_flow(b, "sub", &err));
	TRY_STEP(.kind = USHER_STEP_IF, .name = "late?");
	TRY_WAY("time.hour >= 18", "end");
	TRY_STEP(.kind = USHER_STEP_COLLECT, .prompt = "ask name",
		 .variable = "name", .flags = USHER_STEP_TEXT, .max = 20);
	TRY_STEP(.kind = USHER_STEP_PROMPT, .prompt = "hello");
	return code;
}

int everything_code(const struct usher_alloc *alloc,
		    struct usher_flow_set **ret)
{
	static const char *const names[] = {"welcome", "choose", "wrong",
					    "ask pin", "beep",   "offer",
					    "ask name"};
	struct usher_flow_builder *b = NULL;
	struct usher_error err = {0};
	int code = usher_flow_builder_new(&b, alloc);

	if (code)
		return code;
	usher_flow_builder_at(b, "everything", 1, 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		TRY(usher_flow_builder_prompt(b, names[i], NULL, names[i],
					      &err));
	TRY(usher_flow_builder_prompt(b, "music", NULL, NULL, &err));
	TRY(usher_flow_builder_sound(b, "music.wav", &err));
	TRY(usher_flow_builder_prompt(b, "hello", NULL, "Hello {name}!",
				      &err));
	TRY(everything_main(b));
	TRY(everything_rest(b));
	TRY(usher_flow_builder_entry(b, "main", &err));
	TRY(usher_flow_builder_finish(b, ret, &err));
	usher_flow_builder_free(b);
	if (code && code != USHER_ENOMEM)
		ck_abort_msg("%s", err.message);
	return code;
}

struct usher_flow_set *everything(const struct usher_alloc *alloc)
{
	struct usher_flow_set *set = NULL;

	ck_assert_int_eq(everything_code(alloc, &set), 0);
	return set;
}

static const struct {
	const char *name;
	const char *keys; /* typed after the welcome */
	uint32_t then[3]; /* events: PLAYED, …; 0 ends */
	const char *last; /* keys typed at the end */
} states[] = {
	{"prompt", NULL, {0}, NULL},
	{"fresh", NULL, {0}, NULL},
	{"asking", "", {USHER_IVR_PLAYED}, NULL},
	{"input", "", {USHER_IVR_PLAYED, USHER_IVR_PLAYED}, NULL},
	{"invalid", "8", {0}, NULL},
	{"secret", "1", {USHER_IVR_PLAYED}, "47"},
	{"fetch", "14711", {0}, NULL},
	{"wait", "5", {0}, NULL},
	{"greeting", "4", {0}, NULL},
	{"recording", "4", {USHER_IVR_PLAYED}, NULL},
	{"stopping", "4", {USHER_IVR_PLAYED}, "#"},
	{"transfer", "3", {0}, NULL},
	{"queued", "7", {0}, NULL},
	{"music", "2", {0}, NULL},
	{"leaving", "2", {0}, "1"},
	{"talking", "2", {USHER_IVR_ANSWERED}, NULL},
	{"connected", "3", {USHER_IVR_ANSWERED}, NULL},
	{"subflow", "6", {USHER_IVR_PLAYED}, NULL},
	{"done", "", {USHER_IVR_HUNG_UP}, NULL},
};

const char *state_name(size_t i)
{
	return i < sizeof(states) / sizeof(*states) ? states[i].name : NULL;
}

struct run *run_to(const char *state, const struct usher_alloc *alloc)
{
	struct run *run = run_new_in(everything(NULL), "main", NULL, alloc);
	size_t i = 0;

	while (strcmp(states[i].name, state) != 0) {
		i++;
		ck_assert_ptr_nonnull(state_name(i));
	}
	if (!strcmp(state, "fresh")) {
		pass(run, 0);
		return run;
	}
	started(run);
	digits(run, states[i].keys ? states[i].keys : "");
	for (const uint32_t *then = states[i].then; *then; then++)
		if (*then == USHER_IVR_PLAYED)
			played(run);
		else
			feed(run, *then, NULL);
	if (states[i].last)
		digits(run, states[i].last);
	return run;
}

size_t saved(const struct run *run, void *buf, size_t cap)
{
	size_t len = 0;

	ck_assert_int_eq(usher_ivr_save(run->ivr, buf, cap, &len), 0);
	return len;
}
