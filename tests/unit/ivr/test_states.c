/*
 * Every state with every event. What is not in the table does nothing: no
 * action, no change. What is, also fails without a trace when memory does.
 */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define SAVED_MAX 4096

static const struct event {
	const char *name;
	uint32_t kind; /* 0: time passes, to the deadline */
	const char *text;
} events[] = {
	{"started", USHER_IVR_STARTED, NULL},
	{"1", USHER_IVR_DIGIT, "1"},
	{"5", USHER_IVR_DIGIT, "5"},
	{"#", USHER_IVR_DIGIT, "#"},
	{"text 1", USHER_IVR_TEXT, "1"},
	{"text bye", USHER_IVR_TEXT, "bye"},
	{"text", USHER_IVR_TEXT, "4712"},
	{"played", USHER_IVR_PLAYED, NULL},
	{"fetched", USHER_IVR_FETCHED, NULL},
	{"failed", USHER_IVR_FAILED, NULL},
	{"recorded", USHER_IVR_RECORDED, NULL},
	{"answered", USHER_IVR_ANSWERED, NULL},
	{"exited", USHER_IVR_EXITED, NULL},
	{"nobody", USHER_IVR_EXITED, "nobody"},
	{"returned", USHER_IVR_RETURNED, NULL},
	{"agent left", USHER_IVR_AGENT_LEFT, NULL},
	{"hung up", USHER_IVR_HUNG_UP, NULL},
	{"resumed", USHER_IVR_RESUMED, NULL},
	{"time", 0, NULL},
};

static const struct row {
	const char *state;
	const char *event;
	const char *told;
} table[] = {
	{"fresh", "started", "play welcome"},

	{"prompt", "1", "stop; ask choose; stop; ask ask pin"},
	{"prompt", "5", "stop; ask choose; stop; music music"},
	{"prompt", "#", "stop; ask choose; stop; play wrong"},
	{"prompt", "played", "ask choose"},
	{"prompt", "failed", "ask choose"},
	{"prompt", "resumed", "play welcome"},
	{"prompt", "time", "ask choose"},

	{"asking", "1", "stop; ask ask pin"},
	{"asking", "5", "stop; music music"},
	{"asking", "#", "stop; play wrong"},
	{"asking", "text 1", "stop; ask ask pin"},
	{"asking", "text bye", "stop; end end"},
	{"asking", "text", "stop; play wrong"},
	{"asking", "played", ""},
	{"asking", "failed", ""},
	{"asking", "resumed", "ask choose"},
	{"asking", "time", ""},

	{"input", "1", "ask ask pin"},
	{"input", "5", "music music"},
	{"input", "#", "play wrong"},
	{"input", "text 1", "ask ask pin"},
	{"input", "text bye", "end end"},
	{"input", "text", "play wrong"},
	{"input", "resumed", "ask choose"},
	{"input", "time", "ask choose"},

	{"invalid", "1", "stop; ask ask pin"},
	{"invalid", "5", "stop; music music"},
	{"invalid", "#", "stop; play wrong"},
	{"invalid", "text 1", "stop; ask ask pin"},
	{"invalid", "text bye", "stop; end end"},
	{"invalid", "text", "stop; play wrong"},
	{"invalid", "played", "ask choose"},
	{"invalid", "failed", "ask choose"},
	{"invalid", "resumed", "ask choose"},
	{"invalid", "time", "ask choose"},

	{"secret", "#", "play wrong"},
	{"secret", "text 1", "play wrong"},
	{"secret", "text bye", "play wrong"},
	{"secret", "text",
	 "fetch POST http://127.0.0.1/pin/ {\"pin\":\"4712\"} X-Who= -> "
	 "account.balance"},
	{"secret", "resumed", "ask ask pin"},
	{"secret", "time", "play wrong"},

	{"fetch", "fetched", "set balance=; ask choose"},
	{"fetch", "failed", "ask choose"},
	{"fetch", "resumed", "ask choose"},
	{"fetch", "time", "stop; ask choose"},

	{"wait", "resumed", "music music"},
	{"wait", "time", "stop; ask choose"},

	{"greeting", "#", "stop; record box"},
	{"greeting", "played", "record box"},
	{"greeting", "failed", "record box"},
	{"greeting", "resumed", "play beep"},
	{"greeting", "time", "record box"},

	{"recording", "#", "stop"},
	{"recording", "recorded", "end said 4"},
	{"recording", "failed", "ask choose"},
	{"recording", "resumed", "ask choose"},
	{"recording", "time", "stop"},

	{"stopping", "recorded", "end said 4"},
	{"stopping", "failed", "ask choose"},
	{"stopping", "resumed", "ask choose"},
	{"stopping", "time", "ask choose"},

	{"transfer", "failed", "end end"},
	{"transfer", "answered", ""},

	{"queued", "answered", ""},
	{"queued", "exited", "transfer number 555"},
	{"queued", "nobody", "ask choose"},

	{"music", "1", "stop; leave 1"},
	{"music", "text 1", "stop; leave 1"},
	{"music", "answered", "stop"},
	{"music", "exited", "stop; ask choose"},
	{"music", "nobody", "stop; ask choose"},
	{"music", "resumed", "music music"},
	{"music", "time", "stop; ask offer"},

	{"leaving", "answered", ""},
	{"leaving", "exited", "play beep"},
	{"leaving", "nobody", "play beep"},
	{"leaving", "resumed", "leave "},

	{"talking", "returned", "music music"},
	{"talking", "agent left", "ask choose"},

	{"connected", "agent left", "ask choose"},

	{"subflow", "1", ""},
	{"subflow", "5", ""},
	{"subflow", "#", "ask ask name"},
	{"subflow", "text 1", "play hello"},
	{"subflow", "text bye", "play hello"},
	{"subflow", "text", "play hello"},
	{"subflow", "resumed", "ask ask name"},
	{"subflow", "time", "ask ask name"},
};

static const char *give(struct run *run, const struct event *event)
{
	struct usher_ivr_event given = {.kind = event->kind,
					.text = event->text};
	int64_t deadline = usher_ivr_deadline(run->ivr);

	if (event->kind)
		return feed_event(run, given);
	if (deadline != INT64_MAX)
		run->now_us = deadline;
	run->code = usher_ivr_advance(run->ivr, run->now_us);
	return drain(run);
}

static const struct row *row_of(const char *state, const char *event)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(table[i].state, state) &&
		    !strcmp(table[i].event, event))
			return &table[i];
	return NULL;
}

START_TEST(state__does_with_each_event_what_the_table_says)
{
	const char *state = state_name((size_t)_i);
	char before[SAVED_MAX], after[SAVED_MAX];

	for (size_t e = 0; e < sizeof(events) / sizeof(*events); e++) {
		const struct row *row = row_of(state, events[e].name);
		bool hung_up = events[e].kind == USHER_IVR_HUNG_UP;
		struct run *run = run_to(state, NULL);
		size_t len = saved(run, before, sizeof(before)), len2;
		const char *told = give(run, &events[e]);

		ck_assert_int_eq(run->code, 0);
		ck_assert_msg(!strcmp(told, row ? row->told : ""),
			      "%s, %s: %s", state, events[e].name, told);
		len2 = saved(run, after, sizeof(after));
		if (row)
			ck_assert_msg(*told || len != len2 ||
					      memcmp(before, after, len),
				      "%s, %s: the table has a row for "
				      "nothing",
				      state, events[e].name);
		else if (!hung_up)
			ck_assert_msg(
				len == len2 && !memcmp(before, after, len),
				"%s, %s: changed", state, events[e].name);
		feed(run, USHER_IVR_HUNG_UP, NULL);
		ck_assert(usher_ivr_done(run->ivr));
		run_free(run);
	}
}
END_TEST

/* One event with the nth allocation failing; false when none failed. */
static bool give_without_memory(const char *state, const struct event *event,
				long n)
{
	char before[SAVED_MAX], after[SAVED_MAX];
	const struct row *row = row_of(state, event->name);
	size_t len, len2;
	struct heap heap;
	struct run *run;
	bool failed;

	heap_init(&heap);
	run = run_to(state, &heap.alloc);
	len = saved(run, before, sizeof(before));
	heap.calls = 0;
	heap.fail_at = n;
	give(run, event);
	heap.fail_at = 0;
	failed = run->code != 0;
	if (failed) {
		ck_assert_int_eq(run->code, USHER_ENOMEM);
		ck_assert_str_eq(run->told, "");
		len2 = saved(run, after, sizeof(after));
		ck_assert(len == len2 && !memcmp(before, after, len));
		ck_assert_str_eq(give(run, event), row ? row->told : "");
		ck_assert_int_eq(run->code, 0);
	}
	run_free(run);
	ck_assert_int_eq(heap.alive, 0);
	return failed;
}

START_TEST(state__is_untouched_when_memory_fails)
{
	const char *state = state_name((size_t)_i);

	for (size_t e = 0; e < sizeof(events) / sizeof(*events); e++) {
		long n = 1;

		while (give_without_memory(state, &events[e], n))
			n++;
	}
}
END_TEST

START_TEST(table__names_states_and_events)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		bool state = false, event = false;

		for (size_t k = 0; state_name(k); k++)
			state |= !strcmp(state_name(k), table[i].state);
		for (size_t k = 0; k < sizeof(events) / sizeof(*events); k++)
			event |= !strcmp(events[k].name, table[i].event);
		ck_assert_msg(state && event, "%s, %s", table[i].state,
			      table[i].event);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	int count = 0;

	while (state_name((size_t)count))
		count++;
	tcase_add_loop_test(
		tc, state__does_with_each_event_what_the_table_says, 0, count);
	tcase_add_loop_test(tc, state__is_untouched_when_memory_fails, 0,
			    count);
	tcase_add_test(tc, table__names_states_and_events);
}

int main(void)
{
	return run_tests("ivr-states", add_tests);
}
