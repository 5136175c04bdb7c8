/* The section "numbers" of a center: how they are written in its country. */
#include <stddef.h>

#include "config/field.h"

#define AT(f) offsetof(struct usher_numbers_conf, f)

#define CODE_MAX 16

static const struct usher__field fields[] = {
	{"country", USHER__FIELD_TEXT, AT(country), 1, CODE_MAX, 0},
	{"national", USHER__FIELD_TEXT, AT(national), 1, CODE_MAX, 0},
	{"international", USHER__FIELD_TEXT, AT(international), 1, CODE_MAX,
	 0},
	{"plain", USHER__FIELD_OTHER, 0, 0, 0, 0},
};

int usher__conf_numbers_read(struct usher__conf *conf, yaml_node_t *top,
			     struct usher_config *config,
			     struct usher_error *err)
{
	/* In the order of enum usher_plain. */
	static const char *const words[] = {"as_written", "national",
					    "international", NULL};
	struct usher__section s = {conf, conf->yaml, NULL, "'numbers'", err};
	struct usher_numbers_conf c = {.size = sizeof(c)};
	struct usher_error inner = {0};
	yaml_node_t *node;
	size_t plain = 0;
	int e;

	s.map = usher__yaml_get(conf->yaml, top, "numbers");
	if (!s.map)
		return 0;
	e = usher__fields_read(&s, fields, sizeof(fields) / sizeof(fields[0]),
			       &c);
	if (!e)
		e = usher__section_need(&s, "country");
	node = usher__yaml_get(s.y, s.map, "plain");
	if (!e && node)
		e = usher__yaml_word(s.y, node, "'plain'", words, &plain, err);
	if (e)
		return e;
	c.plain = (uint32_t)plain;
	e = usher_config_numbers(config, &c, &inner);
	return e ? usher__yaml_fail(conf->yaml, s.map, err, e, "%s",
				    inner.message)
		 : 0;
}
