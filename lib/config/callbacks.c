/* What a queue says of callbacks: its key "callbacks". */
#include <stddef.h>
#include <string.h>

#include <usher/acd.h>

#include "config/field.h"

#define DAY_MS INT64_C(86400000)
#define NAME   USHER__CONF_NAME_MAX
#define AT(f)  offsetof(struct usher_queue_conf, callback_##f)

static const struct usher__field fields[] = {
	{"key", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"first", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"attempts", USHER__FIELD_U32, AT(attempts), 1,
	 USHER_CALLBACK_ATTEMPTS_MAX, 0},
	{"again", USHER__FIELD_MS, AT(again_ms), 1, DAY_MS, 0},
	{"within", USHER__FIELD_MS, AT(within_ms), 1, 7 * DAY_MS, 0},
	{"prompt", USHER__FIELD_TEXT, AT(prompt), 1, NAME, 0},
	{"greeting", USHER__FIELD_TEXT, AT(greeting), 1, NAME, 0},
};

int usher__conf_callbacks_read(const struct usher__section *s,
			       struct usher_queue_conf *queue)
{
	static const char *const first[] = {"agent", "customer", NULL};
	static const char *const keys[] = {"0", "1", "2", "3", "4", "5", "6",
					   "7", "8", "9", "*", "#", NULL};
	yaml_node_t *node = usher__yaml_get(s->y, s->map, "callbacks"), *one;
	struct usher__section inner = {s->conf, s->y, node, "callbacks",
				       s->err};
	size_t i;
	int e;

	if (!node)
		return 0;
	e = usher__fields_read(&inner, fields,
			       sizeof(fields) / sizeof(fields[0]), queue);
	one = usher__yaml_get(s->y, node, "first");
	if (!e && one)
		e = usher__yaml_word(s->y, one, "'first'", first, &i, s->err);
	if (!e && one)
		queue->callback_first = (uint32_t)i;
	one = usher__yaml_get(s->y, node, "key");
	if (!e && one)
		e = usher__yaml_word(s->y, one, "'key'", keys, &i, s->err);
	if (!e && one)
		queue->callback_key = keys[i];
	return e;
}
