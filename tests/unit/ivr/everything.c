/* A set with every kind of step, and ways into each of its states. */
#include <string.h>

#include "fixture.h"

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
