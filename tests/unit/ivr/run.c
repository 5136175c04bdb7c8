/* An instance of a flow, whose actions are told as one line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/expr.h"
#include "fixture.h"

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

size_t saved(const struct run *run, void *buf, size_t cap)
{
	size_t len = 0;

	ck_assert_int_eq(usher_ivr_save(run->ivr, buf, cap, &len), 0);
	return len;
}
