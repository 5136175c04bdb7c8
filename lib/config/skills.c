/* What an agent can do: words with a number, a text, a list or words again. */
#include <stdio.h>
#include <string.h>

#include "config/field.h"
#include "config/keep.h"

/* Mappings in mappings. */
#define DEPTH_MAX 4

struct skills {
	const struct usher__section *s;
	const char **pairs;
	uint32_t count;
};

/* A list as "[hu,pl]": what lib/center/config_apply.c reads again. */
static int read_items(const struct skills *skills, const yaml_node_t *list,
		      const char *name, const char **ret)
{
	const struct usher__section *s = skills->s;
	const char *text;
	size_t len = 0;
	char *buf;
	int e;

	e = usher__yaml_expect_list(s->y, list, name, USHER_ATTR_ITEMS_MAX,
				    s->err);
	if (e)
		return e;
	buf = usher__conf_keep(
		s->conf,
		usher__yaml_len(list) * (USHER__CONF_NAME_MAX + 1) + 3);
	if (!buf)
		return usher__conf_nomem(s);
	buf[len++] = '[';
	for (size_t i = 0; i < usher__yaml_len(list); ++i) {
		const yaml_node_t *item = usher__yaml_item(s->y, list, i);

		e = usher__yaml_text(s->y, item, name, USHER__CONF_NAME_MAX,
				     &text, s->err);
		if (e)
			return e;
		if (strpbrk(text, ",[]") || *text == ' ')
			return usher__yaml_fail(
				s->y, item, s->err, USHER_EINVAL,
				"an item of a list has no comma and no "
				"bracket, and no space before it");
		len += (size_t)sprintf(buf + len, "%s%s", i ? "," : "", text);
	}
	buf[len++] = ']';
	buf[len] = '\0';
	*ret = buf;
	return 0;
}

static int add(struct skills *skills, const yaml_node_t *at, const char *name,
	       const char *value)
{
	const struct usher__section *s = skills->s;

	if (strlen(name) > USHER_NAME_MAX)
		return usher__yaml_fail(s->y, at, s->err, USHER_EINVAL,
					"a skill's name has at most %u bytes",
					USHER_NAME_MAX);
	if (skills->count == USHER__CONF_LIST_MAX)
		return usher__yaml_fail(s->y, at, s->err, USHER_EFULL,
					"'skills' has more than %u entries",
					USHER__CONF_LIST_MAX);
	skills->pairs[skills->count] = usher__conf_pair(s->conf, name, value);
	if (!skills->pairs[skills->count])
		return usher__conf_nomem(s);
	skills->count++;
	return 0;
}

/* Names inside stand behind that of the mapping: address.city. */
static int read_map(struct skills *skills, yaml_node_t *map,
		    const char *prefix, unsigned depth)
{
	const struct usher__section *s = skills->s;
	char name[2 * USHER__CONF_NAME_MAX + 2];
	const char *word, *text = NULL;
	yaml_node_t *value;
	int e;

	e = usher__yaml_expect_map(s->y, map, "'skills'", NULL, s->err);
	if (!e && depth == DEPTH_MAX)
		e = usher__yaml_fail(s->y, map, s->err, USHER_EFULL,
				     "'skills' is more than %u mappings deep",
				     DEPTH_MAX);
	for (size_t i = 0;
	     !e && usher__yaml_entry(s->y, map, i, &word, NULL, &value); ++i) {
		if (strlen(prefix) + strlen(word) >= sizeof(name))
			return add(skills, value, word, "");
		sprintf(name, "%s%s", prefix, word);
		if (usher__yaml_is_map(value)) {
			strcat(name, ".");
			e = read_map(skills, value, name, depth + 1);
			continue;
		}
		if (usher__yaml_is_list(value))
			e = read_items(skills, value, name, &text);
		else
			e = usher__yaml_text(s->y, value, "'skills'",
					     USHER__CONF_NAME_MAX, &text,
					     s->err);
		if (!e)
			e = add(skills, value, name, text);
	}
	return e;
}

int usher__skills_read(const struct usher__section *s, const char *const **ret,
		       uint32_t *ret_count)
{
	yaml_node_t *map = usher__yaml_get(s->y, s->map, "skills");
	struct skills skills = {s, NULL, 0};
	int e;

	if (!map)
		return 0;
	skills.pairs = usher__conf_keep(
		s->conf, USHER__CONF_LIST_MAX * sizeof(*skills.pairs));
	if (!skills.pairs)
		return usher__conf_nomem(s);
	e = read_map(&skills, map, "", 0);
	if (e)
		return e;
	*ret = skills.pairs;
	*ret_count = skills.count;
	return 0;
}
