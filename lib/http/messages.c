/* GET history/messages?contact=ID: what was written, in order. Events say that
 * a message came or went; its text is personal data, and may be erased. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "http/priv.h"

struct messages {
	struct usher_store *store;
	json_t *list;
	char *text;     /* room for one */
	uint64_t last;  /* event that was looked at, and … */
	uint32_t count; /* … how many since the query began */
};

/* "p:12": where the text is, or 0. */
static uint64_t person_of(const char *reference)
{
	uint64_t id;

	if (!reference || strncmp(reference, "p:", 2) != 0 ||
	    usher__parse_u64(reference + 2, &id))
		return 0;
	return id;
}

static json_t *text_of(const struct messages *all, const char *reference)
{
	struct usher_person person = {.size = sizeof(person)};
	uint64_t id = person_of(reference);
	size_t len;

	if (!id || !all->store ||
	    usher_store_person_get(all->store, id, &person, all->text,
				   USHER_CHANNEL_TEXT_MAX))
		return json_null();
	len = person.len < USHER_CHANNEL_TEXT_MAX ? person.len
						  : USHER_CHANNEL_TEXT_MAX;
	return usher__json_textn(all->text, len);
}

static int add(void *arg, uint64_t seq, const char *line)
{
	static const char *const kept[] = {"seq",       "time",  "segment",
					   "direction", "agent", "count"};
	struct messages *all = arg;
	json_t *event, *row = NULL;
	const char *type;

	all->last = seq;
	all->count++;
	if (!strstr(line, "\"message\""))
		return 0;
	event = json_loads(line, 0, NULL);
	if (!event)
		return USHER_ENOMEM;
	type = json_string_value(json_object_get(event, "type"));
	if (type && strcmp(type, "message") == 0) {
		row = json_object();
		for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); ++i)
			usher__put(
				&row, kept[i],
				json_incref(json_object_get(event, kept[i])));
		usher__put(&row, "text",
			   text_of(all, json_string_value(json_object_get(
						event, "reference"))));
		usher__add(&all->list, row);
	}
	json_decref(event);
	return all->list ? 0 : USHER_ENOMEM;
}

/* An agent sees what was written on contacts that they had. */
static int had(struct usher__tenant *tenant,
	       const struct usher_history_query *query, bool *ret)
{
	struct usher_history_query q = *query;
	struct usher_history_segment row;
	size_t n = 0;
	int e = 0;

	q.limit = 1;
	if (q.agent)
		e = usher_history_segments(tenant->history, &q, &row,
					   sizeof(row), 1, &n, NULL);
	*ret = !q.agent || n;
	return e;
}

static int collect(struct usher__tenant *tenant,
		   const struct usher_history_query *query,
		   struct messages *all)
{
	struct usher_history_query q = *query;
	bool allowed;
	int e = had(tenant, query, &allowed);

	q.limit = USHER__HTTP_ROWS_MAX;
	q.cursor = 0;
	do {
		all->count = 0;
		if (!e && allowed)
			e = usher_history_events(tenant->history, &q, add,
						 all);
		q.cursor = all->last;
	} while (!e && all->count == q.limit);
	return e;
}

int usher__messages(struct usher__tenant *tenant,
		    const struct usher_history_query *query,
		    struct usher__reply *reply)
{
	struct messages all = {.store = usher_center_store(tenant->center)};
	int e = USHER_ENOMEM;

	if (!query->contact) {
		usher__reply_error(reply, 400, "invalid",
				   "'contact' has to be given");
		return 0;
	}
	all.list = json_array();
	all.text = malloc(USHER_CHANNEL_TEXT_MAX);
	if (all.list && all.text)
		e = collect(tenant, query, &all);
	if (!e)
		usher__reply_json(reply, 200,
				  json_pack("{s:O}", "messages", all.list));
	if (all.text)
		explicit_bzero(all.text, USHER_CHANNEL_TEXT_MAX);
	free(all.text);
	json_decref(all.list);
	return e;
}
