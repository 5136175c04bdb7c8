/*
 * Runs scenario files: inputs, one a line, each followed by the events that it
 * causes, every one of them. The format is described in README.md beside this.
 *
 * After each input the events are also folded into a second core, whose
 * snapshot must be the same bytes, and a third core is restored from it and
 * must write the same bytes again.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void fail(struct run *run, const char *what, const char *detail)
{
	fprintf(stderr, "%s:%u: %s: %s\n", run->path, run->line, what, detail);
	run->failures++;
}

/* ---- Writing events ---- */

struct text {
	char buf[LINE_SIZE];
	size_t len;
};

static void add(struct text *text, const char *piece)
{
	size_t len = strlen(piece);

	if (text->len + len < sizeof(text->buf)) {
		memcpy(text->buf + text->len, piece, len + 1);
		text->len += len;
	}
}

static void add_number(struct text *text, int64_t number)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "%" PRId64, number);
	add(text, buf);
}

/* Seconds with as many decimals as it takes. */
static void add_seconds(struct text *text, int64_t us)
{
	char buf[40];
	size_t len;

	snprintf(buf, sizeof(buf), "%s%" PRId64 ".%06" PRId64,
		 us < 0 ? "-" : "", (us < 0 ? -us : us) / 1000000,
		 (us < 0 ? -us : us) % 1000000);
	len = strlen(buf);
	while (buf[len - 1] == '0')
		buf[--len] = '\0';
	if (buf[len - 1] == '.')
		buf[--len] = '\0';
	add(text, buf);
}

static void add_word(struct text *text, const char *word)
{
	bool plain = *word != '\0';

	for (const char *at = word; *at; at++)
		plain = plain && !strchr(" \",{}:=", *at);
	if (!plain)
		add(text, "\"");
	add(text, word);
	if (!plain)
		add(text, "\"");
}

static void add_id(struct run *run, struct text *text, uint32_t field,
		   uint64_t id)
{
	struct usher_queue_info queue = {.size = sizeof(queue)};
	struct usher_agent_info agent = {.size = sizeof(agent)};

	if ((field == USHER_F_QUEUE || field == USHER_F_QUEUES) &&
	    !usher_acd_queue_info(run->acd, id, &queue))
		add_word(text, queue.name);
	else if ((field == USHER_F_AGENT || field == USHER_F_AGENTS) &&
		 !usher_acd_agent_info(run->acd, id, &agent))
		add_word(text, agent.name);
	else
		add_number(text, (int64_t)id);
}

static void add_attrs(struct text *text, const struct usher_event *ev,
		      uint32_t field)
{
	struct usher_attr attr;
	char buf[40];

	add(text, "{");
	for (size_t i = 0; !usher_event_attr_at(ev, field, i, &attr); i++) {
		if (i)
			add(text, ",");
		add_word(text, attr.name);
		add(text, ":");
		if (attr.type == USHER_ATTR_LIST) {
			const char *item = attr.text;

			add(text, "[");
			for (uint32_t k = 0; k < attr.count; k++) {
				if (k)
					add(text, "|");
				add_word(text, item);
				item += strlen(item) + 1;
			}
			add(text, "]");
			continue;
		}
		if (attr.type == USHER_ATTR_TEXT) {
			add_word(text, attr.text);
			continue;
		}
		snprintf(buf, sizeof(buf), "%.17g", attr.number);
		add(text, buf);
	}
	add(text, "}");
}

static void add_list(struct run *run, struct text *text,
		     const struct usher_event *ev, uint32_t field,
		     uint32_t type)
{
	const uint64_t *ids = NULL;
	const char *str;
	size_t count = 0;

	if (type == USHER_TYPE_KV) {
		add_attrs(text, ev, field);
		return;
	}
	if (type == USHER_TYPE_IDS)
		usher_event_ids(ev, field, &ids, &count);
	else
		usher_event_count(ev, field, &count);
	for (size_t i = 0; i < count; i++) {
		if (i)
			add(text, ",");
		if (type == USHER_TYPE_IDS)
			add_id(run, text, field, ids[i]);
		else if (!usher_event_str_at(ev, field, i, &str))
			add_word(text, str);
	}
}

static void add_bytes(struct text *text, const struct usher_event *ev,
		      uint32_t field)
{
	const char *bytes;
	size_t len;
	char pair[4];

	usher_event_str(ev, field, &bytes, &len);
	for (size_t i = 0; i < len; i++) {
		snprintf(pair, sizeof(pair), "%02x", (unsigned char)bytes[i]);
		add(text, pair);
	}
}

static bool is_empty(const struct usher_event *ev, uint32_t field)
{
	const char *str;
	uint64_t u64;
	int64_t i64;
	size_t len;

	if (!usher_event_str(ev, field, &str, &len) ||
	    !usher_event_count(ev, field, &len))
		return !len;
	if (!usher_event_i64(ev, field, &i64))
		return !i64;
	return !usher_event_u64(ev, field, &u64) && !u64;
}

static void add_field(struct run *run, struct text *text,
		      const struct usher_event *ev, uint32_t field)
{
	uint32_t type = usher_field_type(field);
	const char *str;
	uint64_t u64 = 0;
	int64_t i64 = 0;

	/* an enum's first value says something, too */
	if (type != USHER_TYPE_ENUM && is_empty(ev, field))
		return;
	add(text, " ");
	add(text, usher_field_name(field));
	add(text, "=");
	usher_event_u64(ev, field, &u64);
	usher_event_i64(ev, field, &i64);
	switch (type) {
	case USHER_TYPE_ID:
		add_id(run, text, field, u64);
		break;
	case USHER_TYPE_ENUM:
		add_word(text, usher_enum_name(field, (uint32_t)u64));
		break;
	case USHER_TYPE_TIME:
		add(text, "@");
		add_seconds(text, i64 - BASE_US);
		break;
	case USHER_TYPE_SPAN:
		add_seconds(text, i64);
		add(text, "s");
		break;
	case USHER_TYPE_STR:
		usher_event_str(ev, field, &str, NULL);
		add_word(text, str);
		break;
	case USHER_TYPE_BYTES:
		add_bytes(text, ev, field);
		break;
	case USHER_TYPE_IDS:
	case USHER_TYPE_STRS:
	case USHER_TYPE_KV:
		add_list(run, text, ev, field, type);
		break;
	default:
		add_number(text, i64);
	}
}

static void write_event(struct run *run, struct text *text,
			const struct usher_event *ev)
{
	uint32_t field;

	add(text, "> ");
	add_seconds(text, ev->time_us - BASE_US);
	add(text, " ");
	add(text, usher_event_type_name(ev->type));
	if (ev->contact) {
		add(text, " contact=");
		add_number(text, (int64_t)ev->contact);
	}
	if (ev->segment) {
		add(text, " segment=");
		add_number(text, (int64_t)ev->segment);
	}
	for (uint32_t i = 0; (field = usher_event_type_field(ev->type, i));
	     i++)
		add_field(run, text, ev, field);
	if (ev->actor) {
		add(text, " by=");
		add(text, usher_actor_name(ev->actor));
	}
}

/* ---- Reading inputs ---- */

static bool parse_seconds(const char *text, int64_t *us, const char **end)
{
	bool negative = *text == '-';
	int64_t whole = 0, part = 0, unit = 1000000;

	text += negative;
	if (!isdigit((unsigned char)*text))
		return false;
	while (isdigit((unsigned char)*text))
		whole = whole * 10 + (*text++ - '0');
	if (*text == '.') {
		text++;
		while (isdigit((unsigned char)*text)) {
			unit /= 10;
			part += (*text++ - '0') * unit;
		}
	}
	*us = (whole * 1000000 + part) * (negative ? -1 : 1);
	*end = text;
	return true;
}

/* Cut a word off, quotes removed; stop ends it outside of quotes. */
static char *word(char **at, const char *stop)
{
	char *begin = *at, *out = *at;
	bool quoted = false;

	while (**at && (quoted || !strchr(stop, **at))) {
		if (**at == '"')
			quoted = !quoted;
		else
			*out++ = **at;
		++*at;
	}
	if (**at)
		++*at;
	*out = '\0';
	return begin;
}

static uint64_t parse_id(struct run *run, uint32_t field, const char *text)
{
	uint64_t id = 0;

	if (isdigit((unsigned char)*text))
		return strtoull(text, NULL, 10);
	if (field == USHER_F_QUEUE || field == USHER_F_QUEUES)
		id = usher_acd_queue_find(run->acd, text);
	else if (field == USHER_F_AGENT || field == USHER_F_AGENTS)
		id = usher_acd_agent_find(run->acd, text);
	if (!id)
		fail(run, "no such name", text);
	return id;
}

/* "[hu|pl]": a list of texts, which become one behind the other in place. */
static void split_items(struct usher_attr *attr)
{
	char *at = (char *)attr->text, *out = at, *item;

	attr->type = USHER_ATTR_LIST;
	for (item = strtok(at + 1, "|]"); item; item = strtok(NULL, "|]")) {
		size_t size = strlen(item) + 1;

		memmove(out, item, size);
		out += size;
		attr->count++;
	}
}

static void parse_attrs(struct value_room *room, struct usher_field_value *v,
			char *text)
{
	char *end = text + strlen(text);

	if (*text == '{')
		text++;
	if (end > text && end[-1] == '}')
		*--end = '\0';
	while (*text && v->len < ITEMS_MAX) {
		struct usher_attr *attr = &room->attrs[v->len++];
		char *item = text, *after;

		memset(attr, 0, sizeof(*attr));
		attr->name = word(&item, ":");
		text = item;
		attr->type =
			*text == '"' ? USHER_ATTR_TEXT : USHER_ATTR_NUMBER;
		attr->text = word(&text, ",");
		if (*attr->text == '[') {
			split_items(attr);
			continue;
		}
		attr->number = strtod(attr->text, &after);
		if (*after || after == attr->text)
			attr->type = USHER_ATTR_TEXT;
		if (attr->type == USHER_ATTR_TEXT)
			attr->number = 0;
		else
			attr->text = NULL;
	}
	v->data = room->attrs;
}

static void parse_list(struct run *run, struct value_room *room,
		       struct usher_field_value *v, uint32_t type, char *text)
{
	while (*text && v->len < ITEMS_MAX) {
		const char *item = word(&text, ",");

		room->strs[v->len] = item;
		if (type == USHER_TYPE_IDS)
			room->ids[v->len] = parse_id(run, v->field, item);
		v->len++;
	}
	v->data = type == USHER_TYPE_IDS ? (void *)room->ids
					 : (void *)room->strs;
}

static void parse_value(struct run *run, const char *name, char *text)
{
	struct value_room *room = &run->rooms[run->count];
	struct usher_field_value *v = &run->values[run->count++];
	uint32_t type;
	const char *end;
	char *at = room->text;
	int64_t us = 0;

	memset(v, 0, sizeof(*v));
	v->field = usher_field_by_name(name);
	type = usher_field_type(v->field);
	strcpy(room->text, text);
	switch (type) {
	case USHER_TYPE_ID:
		v->number = parse_id(run, v->field, word(&at, ""));
		break;
	case USHER_TYPE_ENUM: {
		uint32_t value;

		if (usher_enum_by_name(v->field, word(&at, ""), &value))
			fail(run, "no such value", text);
		else
			v->number = value;
		break;
	}
	case USHER_TYPE_TIME:
	case USHER_TYPE_SPAN:
		if (!parse_seconds(text + (*text == '@'), &us, &end))
			fail(run, "not a time", text);
		v->number = (uint64_t)(us + (*text == '@' ? BASE_US : 0));
		break;
	case USHER_TYPE_STR:
		v->data = word(&at, "");
		break;
	case USHER_TYPE_KV:
		parse_attrs(room, v, at);
		break;
	case USHER_TYPE_STRS:
	case USHER_TYPE_IDS:
		parse_list(run, room, v, type, at);
		break;
	case 0:
		fail(run, "no such field", name);
		break;
	default:
		v->number = (uint64_t)strtoll(text, NULL, 0);
	}
}

static bool has_value(const struct run *run, const char *name)
{
	for (size_t i = 0; i < run->count; i++) {
		if (run->values[i].field == usher_field_by_name(name))
			return true;
	}
	return false;
}

static void complete(struct run *run, uint32_t type)
{
	static const char *const queue[][2] = {{"policy", "longest_idle"},
					       {"fallback", "longest_idle"},
					       {"target", "20s"},
					       {"short_wait", "5s"},
					       {"offer_timeout", "20s"},
					       {"retry", "5s"},
					       {"decide_timeout", "2s"},
					       {"missed_limit", "3"},
					       {"boost", "100"}};
	char text[32];

	if (type == USHER_EV_IN_AGENT_SET && !has_value(run, "max_total")) {
		strcpy(text, "1");
		parse_value(run, "max_total", text);
	}
	for (size_t i = 0; type == USHER_EV_IN_QUEUE_SET &&
			   i < sizeof(queue) / sizeof(queue[0]);
	     i++) {
		if (has_value(run, queue[i][0]))
			continue;
		strcpy(text, queue[i][1]);
		parse_value(run, queue[i][0], text);
	}
}

/* Fields and by=…; 0 and the type, or false. */
static bool parse_input(struct run *run, char *line, uint32_t *type,
			struct usher_by *by)
{
	char name[80];

	memset(by, 0, sizeof(*by));
	run->count = 0;
	snprintf(name, sizeof(name), "in_%s", word(&line, " "));
	*type = usher_event_type_by_name(name);
	if (!*type) {
		fail(run, "no such input", name);
		return false;
	}
	while (*line && run->count < VALUES_MAX) {
		char *field, *value, *end;
		bool quoted = false;

		field = word(&line, "=");
		value = line;
		for (end = value; *end && (quoted || *end != ' '); end++)
			quoted ^= *end == '"';
		line = *end ? end + 1 : end;
		*end = '\0';
		if (!strcmp(field, "by")) {
			by->actor = USHER_BY_AGENT;
			by->actor_id = parse_id(run, USHER_F_AGENT, value);
			continue;
		}
		parse_value(run, field, value);
	}
	complete(run, *type);
	return true;
}

/* ---- Comparing ---- */

static bool read_line(struct run *run, char line[LINE_SIZE])
{
	size_t len;

	if (run->has_pushed) {
		strcpy(line, run->pushed);
		run->has_pushed = false;
		run->line++;
		return true;
	}
	if (!fgets(line, LINE_SIZE, run->in))
		return false;
	run->line++;
	len = strlen(line);
	while (len && (line[len - 1] == '\n' || line[len - 1] == ' '))
		line[--len] = '\0';
	return true;
}

static void push_back(struct run *run, const char *line)
{
	strcpy(run->pushed, line);
	run->has_pushed = true;
	run->line--;
}

static void expect(struct run *run, const char *actual)
{
	char line[LINE_SIZE];

	if (run->out) {
		fprintf(run->out, "%s\n", actual);
		return;
	}
	if (!read_line(run, line)) {
		fail(run, "not expected", actual);
	} else if (line[0] != '>') {
		fail(run, "not expected", actual);
		push_back(run, line);
	} else if (strcmp(line, actual)) {
		fail(run, "expected", line);
		fail(run, "  but was", actual);
	}
}

static void no_more(struct run *run)
{
	char line[LINE_SIZE];

	while (read_line(run, line)) {
		if (line[0] != '>') {
			push_back(run, line);
			return;
		}
		if (!run->out)
			fail(run, "did not happen", line);
	}
}

static void same_bytes(struct run *run)
{
	struct usher_acd *restored = NULL;
	void *a = NULL, *b = NULL, *c = NULL;
	size_t a_len = 0, b_len = 0, c_len = 0;

	if (usher_acd_snapshot(run->acd, &a, &a_len) ||
	    usher_acd_snapshot(run->folded, &b, &b_len) ||
	    usher_acd_restore(&restored, NULL, NULL, 0, NULL, 0, a, a_len,
			      NULL) ||
	    usher_acd_snapshot(restored, &c, &c_len))
		fail(run, "snapshot", "failed");
	else if (a_len != b_len || memcmp(a, b, a_len))
		fail(run, "snapshot", "of the folded events differs");
	else if (a_len != c_len || memcmp(a, c, a_len))
		fail(run, "snapshot", "of the restored core differs");
	usher_acd_snapshot_free(run->acd, a);
	usher_acd_snapshot_free(run->folded, b);
	if (restored)
		usher_acd_snapshot_free(restored, c);
	usher_acd_free(restored);
}

static void drain(struct run *run)
{
	const struct usher_event *ev;
	struct text text;

	while ((ev = usher_acd_next(run->acd))) {
		text.len = 0;
		write_event(run, &text, ev);
		expect(run, text.buf);
		if (usher_acd_fold(run->folded, ev))
			fail(run, "fold", text.buf);
	}
	same_bytes(run);
}

static void give(struct run *run, int64_t now, char *line)
{
	struct usher_error err = {0};
	struct usher_by by;
	uint32_t type;
	char text[400];
	int code;

	if (!strcmp(line, "advance")) {
		code = usher_acd_advance(run->acd, now);
	} else {
		if (!parse_input(run, line, &type, &by))
			return;
		usher_acd_by(run->acd, &by);
		code = usher_acd_input(run->acd, now, type, run->values,
				       run->count, NULL, &err);
	}
	if (code) {
		snprintf(text, sizeof(text), "> error %s",
			 usher_strerror(code));
		expect(run, text);
	}
	drain(run);
	no_more(run);
}

static void run_lines(struct run *run)
{
	char line[LINE_SIZE];
	const char *end;
	int64_t now;

	while (read_line(run, line)) {
		if (run->out && line[0] != '>')
			fprintf(run->out, "%s\n", line);
		if (!line[0] || line[0] == '#')
			continue;
		if (!parse_seconds(line, &now, &end) || *end != ' ') {
			fail(run, "not a time", line);
			continue;
		}
		memmove(line, end + 1, strlen(end));
		give(run, BASE_US + now, line);
	}
}

static int run_file(const char *path, bool update)
{
	struct run *run = calloc(1, sizeof(*run));
	char new_path[4096];
	int failures = 1;

	if (!run)
		return 1;
	run->path = path;
	run->in = fopen(path, "r");
	snprintf(new_path, sizeof(new_path), "%s.new", path);
	if (update)
		run->out = fopen(new_path, "w");
	if (!run->in || (update && !run->out) ||
	    usher_acd_new(&run->acd, NULL, NULL) ||
	    usher_acd_new(&run->folded, NULL, NULL)) {
		fprintf(stderr, "%s: cannot be run\n", path);
		goto out;
	}
	run_lines(run);
	failures = (int)run->failures;
out:
	if (run->in)
		fclose(run->in);
	if (run->out) {
		fclose(run->out);
		rename(new_path, path);
	}
	usher_acd_free(run->acd);
	usher_acd_free(run->folded);
	free(run);
	return failures;
}

int main(int argc, char **argv)
{
	bool update = argc > 1 && !strcmp(argv[1], "--update");
	int first = update ? 2 : 1, failed = 0;

	if (argc <= first) {
		fprintf(stderr, "usage: scenario [--update] FILE.scn …\n");
		return 2;
	}
	for (int i = first; i < argc; i++)
		failed += run_file(argv[i], update) != 0;
	printf("%d passed, %d failed\n", argc - first - failed, failed);
	return failed ? 1 : 0;
}
