/*
 * One step: a mapping with a key that says its kind, and others beside it.
 * Which keys go with which kind is in one table.
 */
#include <stdio.h>
#include <string.h>

#include <usher/acd.h>

#include "config/flow_priv.h"

#define DURATION_MAX (INT64_C(24) * 3600 * 1000000)

/* Every kind knows these, too. */
#define COMMON "name", "next"

static const char *const prompt_keys[] = {"prompt", "barge", COMMON, NULL};
static const char *const menu_keys[] = {
	"menu",    "keys",  "again", "invalid", "into", "timeout",
	"retries", "barge", "on",    "else",    "name", NULL};
static const char *const collect_keys[] = {
	"collect", "into",    "digits",  "text",    "number",  "secret",
	"check",   "timeout", "between", "end_key", "retries", "again",
	"invalid", "barge",   "on",      "else",    COMMON,    NULL};
static const char *const set_keys[] = {"set", COMMON, NULL};
static const char *const if_keys[] = {"if", "then", "else", COMMON, NULL};
static const char *const queue_keys[] = {
	"queue", "priority", "require", "while", "timeout", "keys",
	"on",    "after",    "else",    COMMON,  NULL};
static const char *const fetch_keys[] = {
	"fetch", "method", "send", "headers", "timeout",
	"into",  "on",     "else", COMMON,    NULL};
static const char *const transfer_keys[] = {
	"transfer", "timeout", "on", "after", "else", "name", NULL};
static const char *const voicemail_keys[] = {"voicemail", "prompt", "longest",
					     "end_key",   "on",     "else",
					     COMMON,      NULL};
static const char *const callback_keys[] = {
	"callback", "number", "first", "from", "until", "again",
	"attempts", "prompt", "on",    "else", "name",  NULL};
static const char *const subflow_keys[] = {"subflow", COMMON, NULL};
static const char *const end_keys[] = {"end", "name", NULL};
static const char *const wait_keys[] = {"wait", "music", COMMON, NULL};
static const char *const leave_keys[] = {"leave", "name", NULL};
static const char *const goto_keys[] = {"goto", "name", NULL};

static const struct kind {
	const char *key;
	uint32_t kind;
	const char *const *keys;
} kinds[] = {
	{"menu", USHER_STEP_MENU, menu_keys},
	{"collect", USHER_STEP_COLLECT, collect_keys},
	{"set", USHER_STEP_SET, set_keys},
	{"if", USHER_STEP_IF, if_keys},
	{"queue", USHER_STEP_QUEUE, queue_keys},
	{"fetch", USHER_STEP_FETCH, fetch_keys},
	{"transfer", USHER_STEP_TRANSFER, transfer_keys},
	/* Before prompt, which is also one of their keys. */
	{"callback", USHER_STEP_CALLBACK, callback_keys},
	{"voicemail", USHER_STEP_VOICEMAIL, voicemail_keys},
	{"prompt", USHER_STEP_PROMPT, prompt_keys},
	{"subflow", USHER_STEP_SUBFLOW, subflow_keys},
	{"end", USHER_STEP_END, end_keys},
	{"wait", USHER_STEP_WAIT, wait_keys},
	{"leave", USHER_STEP_LEAVE, leave_keys},
	/* No kind of its own: an `if` with nothing but an else. */
	{"goto", USHER_STEP_IF, goto_keys},
};

static yaml_node_t *get(const struct reading *r, const char *key)
{
	return usher__yaml_get(r->y, r->map, key);
}

static int text(struct reading *r, const char *key, size_t max,
		const char **ret)
{
	yaml_node_t *node = get(r, key);
	char what[32];

	if (!node)
		return 0;
	snprintf(what, sizeof(what), "'%s'", key);
	return usher__yaml_text(r->y, node, what, max, ret, r->err);
}

static int expression(struct reading *r, const char *key, const char **ret)
{
	yaml_node_t *node = get(r, key);
	char what[32];

	if (!node)
		return 0;
	snprintf(what, sizeof(what), "'%s'", key);
	return usher__flows_expr(r, node, what, ret);
}

static int name_of(struct reading *r, const char *key, const char **ret)
{
	return text(r, key, USHER_FLOW_NAME_MAX, ret);
}

static int duration(struct reading *r, const char *key, uint32_t *ret_ms)
{
	yaml_node_t *node = get(r, key);
	char what[32];
	int64_t us;
	int e;

	if (!node)
		return 0;
	snprintf(what, sizeof(what), "'%s'", key);
	e = usher__yaml_duration(r->y, node, what, 1000, DURATION_MAX, &us,
				 r->err);
	if (!e)
		*ret_ms = (uint32_t)(us / 1000);
	return e;
}

static int flag(struct reading *r, const char *key, uint32_t bit, bool set_if)
{
	yaml_node_t *node = get(r, key);
	char what[32];
	bool value;
	int e;

	if (!node)
		return 0;
	snprintf(what, sizeof(what), "'%s'", key);
	e = usher__yaml_bool(r->y, node, what, &value, r->err);
	if (!e && value == set_if)
		r->opts.flags |= bit;
	return e;
}

static int integer(struct reading *r, const yaml_node_t *node,
		   const char *what, int64_t max, uint32_t *ret)
{
	int64_t value;
	int e = usher__yaml_int(r->y, node, what, 0, max, &value, r->err);

	if (!e)
		*ret = (uint32_t)value;
	return e;
}

static int retries(struct reading *r)
{
	yaml_node_t *node = get(r, "retries");
	int e = node ? integer(r, node, "'retries'", 99, &r->opts.retries) : 0;

	if (!e && node && !r->opts.retries)
		r->opts.retries = USHER_NO_RETRY;
	return e;
}

static int end_key(struct reading *r)
{
	static const char *const words[] = {"none", "0", "1", "2", "3",
					    "4",    "5", "6", "7", "8",
					    "9",    "*", "#", NULL};
	yaml_node_t *node = get(r, "end_key");
	size_t i;
	int e;

	if (!node)
		return 0;
	e = usher__yaml_word(r->y, node, "'end_key'", words, &i, r->err);
	if (!e)
		r->opts.terminator = i ? (uint32_t)*words[i] : '-';
	return e;
}

/* 0 would be taken for the default. */
static int some(struct reading *r, const yaml_node_t *node, uint32_t length)
{
	return length ? 0
		      : usher__yaml_fail(r->y, node, r->err, USHER_EINVAL,
					 "at least 1 has to be asked for");
}

/* `6`, or `{min: 4, max: 8}`, of digits or of characters. */
static int length(struct reading *r, const char *key, int64_t most)
{
	static const char *const keys[] = {"min", "max", NULL};
	yaml_node_t *node = get(r, key);
	yaml_node_t *min, *max;
	int e;

	if (!node || usher__yaml_is_nothing(node))
		return 0;
	if (usher__yaml_is_scalar(node)) {
		e = integer(r, node, "the number of digits", most,
			    &r->opts.max);
		r->opts.min = r->opts.max;
		return e ? e : some(r, node, r->opts.max);
	}
	e = usher__yaml_expect_map(r->y, node, "a length", keys, r->err);
	if (e)
		return e;
	min = usher__yaml_get(r->y, node, "min");
	max = usher__yaml_get(r->y, node, "max");
	if (min)
		e = integer(r, min, "'min'", most, &r->opts.min);
	if (!e && max)
		e = integer(r, max, "'max'", most, &r->opts.max);
	return !e && max ? some(r, max, r->opts.max) : e;
}

/* What menu and collect have in common. */
static int ask_opts(struct reading *r)
{
	int e = name_of(r, "again", &r->opts.again);

	e = e ? e : name_of(r, "invalid", &r->opts.invalid);
	e = e ? e : name_of(r, "into", &r->opts.variable);
	e = e ? e : duration(r, "timeout", &r->opts.timeout_ms);
	e = e ? e : flag(r, "barge", USHER_STEP_NO_BARGE, false);
	return e ? e : retries(r);
}

static int collect_opts(struct reading *r)
{
	yaml_node_t *node = get(r, "text");
	int e = ask_opts(r);

	if (!e && node && usher__yaml_is_map(node)) {
		r->opts.flags |= USHER_STEP_TEXT;
		e = length(r, "text", USHER_IVR_VALUE_MAX);
	} else if (!e) {
		e = flag(r, "text", USHER_STEP_TEXT, true);
	}
	e = e ? e : length(r, "digits", USHER_IVR_DIGITS_MAX);
	e = e ? e : flag(r, "number", USHER_STEP_AS_NUMBER, true);
	e = e ? e : flag(r, "secret", USHER_STEP_SECRET, true);
	e = e ? e : expression(r, "check", &r->opts.require);
	e = e ? e : duration(r, "between", &r->opts.digit_timeout_ms);
	return e ? e : end_key(r);
}

static int transfer_opts(struct reading *r, yaml_node_t *value)
{
	static const char *const keys[] = {"agent", "queue", "number", NULL};
	yaml_node_t *to;
	int e = usher__yaml_expect_map(r->y, value, "'transfer'", keys,
				       r->err);

	if (e)
		return e;
	if (usher__yaml_len(value) != 1)
		return usher__yaml_fail(
			r->y, value, r->err, USHER_EINVAL,
			"transfer to one of agent, queue or number");
	usher__yaml_entry(r->y, value, 0, &r->opts.method, NULL, &to);
	e = usher__yaml_text(r->y, to, "whom to transfer to",
			     USHER_FLOW_TEXT_MAX, &r->opts.target, r->err);
	if (!e && !strcmp(r->opts.method, "number"))
		e = usher__flows_number(r, to, r->opts.target);
	return e ? e : duration(r, "timeout", &r->opts.timeout_ms);
}

static int wait_opts(struct reading *r, yaml_node_t *value)
{
	const char *word = NULL;
	int e = name_of(r, "music", &r->opts.prompt);

	if (!e)
		e = usher__yaml_text(r->y, value, "'wait'", 32, &word, r->err);
	if (e || !strcmp(word, "forever"))
		return e;
	return duration(r, "wait", &r->opts.timeout_ms);
}

static int callback_opts(struct reading *r)
{
	static const char *const first[] = {"agent", "customer", NULL};
	yaml_node_t *node = get(r, "first"), *attempts = get(r, "attempts");
	size_t i;
	int e = name_of(r, "prompt", &r->opts.prompt);

	e = e ? e : text(r, "number", USHER_FLOW_TEXT_MAX, &r->opts.target);
	if (!e && r->opts.target)
		e = usher__flows_number(r, get(r, "number"), r->opts.target);
	e = e ? e : duration(r, "again", &r->opts.timeout_ms);
	if (!e && node)
		e = usher__yaml_word(r->y, node, "'first'", first, &i, r->err);
	if (!e && node)
		r->opts.method = first[i];
	if (!e && attempts)
		e = integer(r, attempts, "'attempts'",
			    USHER_CALLBACK_ATTEMPTS_MAX, &r->opts.max);
	if (!e && attempts && !r->opts.max)
		e = usher__yaml_fail(r->y, attempts, r->err, USHER_EINVAL,
				     "'attempts' is at least 1");
	return e;
}

static int queue_opts(struct reading *r)
{
	int e = name_of(r, "while", &r->opts.flow);

	e = e ? e : expression(r, "require", &r->opts.require);
	e = e ? e : expression(r, "priority", &r->opts.priority);
	return e ? e : duration(r, "timeout", &r->opts.timeout_ms);
}

static int kind_opts(struct reading *r, const char *key, yaml_node_t *value)
{
	int e;

	switch ((enum usher_step_kind)r->opts.kind) {
	case USHER_STEP_PROMPT:
		e = name_of(r, key, &r->opts.prompt);
		return e ? e : flag(r, "barge", USHER_STEP_NO_BARGE, false);
	case USHER_STEP_MENU:
		e = name_of(r, key, &r->opts.prompt);
		return e ? e : ask_opts(r);
	case USHER_STEP_COLLECT:
		e = name_of(r, key, &r->opts.prompt);
		return e ? e : collect_opts(r);
	case USHER_STEP_QUEUE:
		return queue_opts(r);
	case USHER_STEP_FETCH:
		e = text(r, key, USHER_FLOW_TEXT_MAX, &r->opts.target);
		r->opts.method = get(r, "send") ? "POST" : "GET";
		e = e ? e : name_of(r, "method", &r->opts.method);
		return e ? e : duration(r, "timeout", &r->opts.timeout_ms);
	case USHER_STEP_TRANSFER:
		return transfer_opts(r, value);
	case USHER_STEP_CALLBACK:
		return callback_opts(r);
	case USHER_STEP_VOICEMAIL:
		e = text(r, key, USHER_FLOW_TEXT_MAX, &r->opts.target);
		e = e ? e : name_of(r, "prompt", &r->opts.prompt);
		e = e ? e : duration(r, "longest", &r->opts.timeout_ms);
		return e ? e : end_key(r);
	case USHER_STEP_SUBFLOW:
	case USHER_STEP_LEAVE:
		return name_of(r, key, &r->opts.flow);
	case USHER_STEP_END:
		return usher__yaml_is_nothing(value)
			       ? 0
			       : text(r, key, USHER_FLOW_TEXT_MAX,
				      &r->opts.target);
	case USHER_STEP_WAIT:
		return wait_opts(r, value);
	default:
		return 0;
	}
}

static const struct kind *kind_find(struct reading *r)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (usher__yaml_key(r->y, r->map, kinds[i].key))
			return &kinds[i];
	return NULL;
}

/* No key of it names a kind: say which may have been meant. */
static int kind_unknown(struct reading *r)
{
	const char *names[sizeof(kinds) / sizeof(*kinds)];
	const char *key = "", *near;
	yaml_node_t *node = NULL, *value;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		names[i] = kinds[i].key;
	usher__yaml_entry(r->y, r->map, 0, &key, &node, &value);
	near = usher__nearest(key, names, sizeof(kinds) / sizeof(*kinds));
	if (near)
		return usher__yaml_fail(r->y, node, r->err, USHER_EINVAL,
					"no kind of step is called '%s'; "
					"'%s'?",
					key, near);
	return usher__yaml_fail(r->y, node ? node : r->map, r->err,
				USHER_EINVAL,
				"a step is one of prompt, menu, collect, set, "
				"if, queue, fetch, transfer, voicemail, "
				"callback, subflow, wait, leave, goto, end");
}

int usher__flows_step(struct reading *r, const char *name, const char *next)
{
	const struct kind *kind = kind_find(r);
	yaml_node_t *key;
	int e;

	if (!kind)
		return kind_unknown(r);
	e = usher__yaml_expect_map(r->y, r->map, "this step", kind->keys,
				   r->err);
	if (e)
		return e;
	usher_step_opts_init(&r->opts, sizeof(r->opts));
	r->opts.kind = kind->kind;
	r->opts.name = name;
	r->opts.next = next;
	if (usher__yaml_get(r->y, r->map, "next"))
		e = name_of(r, "next", &r->opts.next);
	e = e ? e : kind_opts(r, kind->key, get(r, kind->key));
	if (e)
		return e;
	key = usher__yaml_key(r->y, r->map, kind->key);
	usher__flows_at(r, key);
	e = usher_flow_builder_step(r->b, &r->opts, r->err);
	return e ? e : usher__flows_parts(r);
}
