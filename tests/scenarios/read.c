/* Inputs as a scenario has them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

bool scenario_seconds(const char *text, int64_t *us, const char **end)
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
		scenario_fail(run, "no such name", text);
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
			scenario_fail(run, "no such value", text);
		else
			v->number = value;
		break;
	}
	case USHER_TYPE_TIME:
	case USHER_TYPE_SPAN:
		if (!scenario_seconds(text + (*text == '@'), &us, &end))
			scenario_fail(run, "not a time", text);
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
		scenario_fail(run, "no such field", name);
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

bool scenario_read(struct run *run, char *line, uint32_t *type,
		   struct usher_by *by)
{
	char name[80];

	memset(by, 0, sizeof(*by));
	run->count = 0;
	snprintf(name, sizeof(name), "in_%s", word(&line, " "));
	*type = usher_event_type_by_name(name);
	if (!*type) {
		scenario_fail(run, "no such input", name);
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
