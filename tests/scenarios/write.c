/* Events as a scenario writes them. */
#include <inttypes.h>
#include <string.h>

#include "scenario.h"

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

void scenario_write(struct run *run, struct text *text,
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
