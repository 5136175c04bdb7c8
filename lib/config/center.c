/* One center: the keys that stand at the top of a simple file, or in an item
 * of "centers". */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "config/field.h"
#include "config/flow.h"
#include "config/keep.h"

#define AT(f) offsetof(struct usher__conf_center, f)

#define COUNTRY_MAX 8

/* Keys that only a file with a single center has beside them; config.c reads
 * these. */
#define HOST_KEYS                                                             \
	{"center", USHER__FIELD_OTHER, 0, 0, 0, 0},                           \
		{"sip", USHER__FIELD_OTHER, 0, 0, 0, 0},                      \
		{"media", USHER__FIELD_OTHER, 0, 0, 0, 0},                    \
		{"http", USHER__FIELD_OTHER, 0, 0, 0, 0},                     \
		{"state", USHER__FIELD_OTHER, 0, 0, 0, 0},                    \
	{                                                                     \
		"centers", USHER__FIELD_OTHER, 0, 0, 0, 0                     \
	}

#define CENTER_KEYS                                                           \
	{"domain", USHER__FIELD_HOST,      AT(domain),                        \
	 1,        USHER__CONF_DOMAIN_MAX, 0},                                \
		{"seed", USHER__FIELD_U64, AT(seed), 0, INT64_MAX, 0},        \
		{"node", USHER__FIELD_U32, AT(node), 0, 65535, 0},            \
		{"explain", USHER__FIELD_U32, AT(explain), 0, 64, 0},         \
		{"resume", USHER__FIELD_MS,   AT(resume_ms),                  \
		 1000,     INT64_C(86400000), 0},                             \
		{"contact_order", USHER__FIELD_OTHER, 0, 0, 0, 0},            \
		{"recordings", USHER__FIELD_OTHER, 0, 0, 0, 0},               \
		{"language", USHER__FIELD_LINE, AT(language), 1, 32, 0},      \
		{"sounds", USHER__FIELD_OTHER, 0, 0, 0, 0},                   \
		{"agents", USHER__FIELD_OTHER, 0, 0, 0, 0},                   \
		{"queues", USHER__FIELD_OTHER, 0, 0, 0, 0},                   \
		{"entries", USHER__FIELD_OTHER, 0, 0, 0, 0},                  \
		{"trunks", USHER__FIELD_OTHER, 0, 0, 0, 0},                   \
		{"features", USHER__FIELD_OTHER, 0, 0, 0, 0},                 \
		{"park", USHER__FIELD_OTHER, 0, 0, 0, 0},                     \
		{"numbers", USHER__FIELD_OTHER, 0, 0, 0, 0},                  \
		{"outbound", USHER__FIELD_OTHER, 0, 0, 0, 0},                 \
		{"tones", USHER__FIELD_OTHER, 0, 0, 0, 0},                    \
		{"flows", USHER__FIELD_OTHER, 0, 0, 0, 0},                    \
	{                                                                     \
		"prompts", USHER__FIELD_OTHER, 0, 0, 0, 0                     \
	}

static const struct usher__field top_fields[] = {HOST_KEYS, CENTER_KEYS};
static const struct usher__field item_fields[] = {
	{"name", USHER__FIELD_OTHER, 0, 0, 0, 0},
	CENTER_KEYS,
};

static int read_name(const struct usher__section *s, const char *key,
		     const char **ret)
{
	yaml_node_t *node = usher__yaml_get(s->y, s->map, key);
	const char *name;
	int e;

	if (!node)
		return 0;
	e = usher__yaml_text(s->y, node, "the center's name",
			     USHER__CONF_NAME_MAX, &name, s->err);
	if (e)
		return e;
	/* It stands in paths of files and of URLs. */
	for (const char *p = name; *p; ++p)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", *p))
			return usher__yaml_fail(
				s->y, node, s->err, USHER_EINVAL,
				"the center's name is made of a-z, 0-9, - "
				"and _");
	*ret = name;
	return 0;
}

static int read_recordings(const struct usher__section *s,
			   struct usher__conf_center *center)
{
	yaml_node_t *node = usher__yaml_get(s->y, s->map, "recordings");
	const char *name;
	int e;

	if (!node)
		return 0;
	e = usher__yaml_text(s->y, node, "'recordings'", USHER__CONF_TEXT_MAX,
			     &name, s->err);
	if (e)
		return e;
	center->record_dir = usher__conf_path(s->conf, name);
	return center->record_dir ? 0 : usher__conf_nomem(s);
}

/* Prompts read it where there are some; it is no other thing without them. */
static int check_sounds(const struct usher__section *s)
{
	yaml_node_t *node = usher__yaml_get(s->y, s->map, "sounds");
	const char *ignored;

	return node ? usher__yaml_text(s->y, node, "'sounds'",
				       USHER__CONF_TEXT_MAX, &ignored, s->err)
		    : 0;
}

static int read_contact_order(const struct usher__section *s,
			      struct usher__conf_center *center)
{
	/* Those of the library. */
	static const char *const orders[] = {"priority_age",
					     "age_with_boost",
					     "nearest_target",
					     "earliest_deadline",
					     "cmu",
					     "queue_ratio",
					     "random",
					     NULL};
	yaml_node_t *node = usher__yaml_get(s->y, s->map, "contact_order");
	size_t i;
	int e;

	if (!node)
		return 0;
	e = usher__yaml_word(s->y, node, "'contact_order'", orders, &i,
			     s->err);
	if (!e)
		center->contact_order = orders[i];
	return e;
}

static int read_tones(const struct usher__section *s,
		      struct usher__conf_center *center)
{
	yaml_node_t *node = usher__yaml_get(s->y, s->map, "tones");
	const char *country;
	int e;

	if (!node)
		return 0;
	e = usher__yaml_text(s->y, node, "'tones'", COUNTRY_MAX, &country,
			     s->err);
	if (!e && usher_config_tones(center->config, country, NULL))
		e = usher__yaml_fail(s->y, node, s->err, USHER_EINVAL,
				     "'tones' is a country by its two letters "
				     "(docs/config.md has those that are "
				     "known), not '%.8s'",
				     country);
	return e;
}

/* What step of a queue leads elsewhere: levels come first. */
static yaml_node_t *step_of(const struct usher__section *s, yaml_node_t *queue,
			    size_t number)
{
	yaml_node_t *levels = usher__yaml_get(s->y, queue, "levels");
	size_t before = usher__yaml_len(levels);
	yaml_node_t *step, *node;

	if (number <= before)
		return usher__yaml_item(s->y, levels, number - 1);
	step = usher__yaml_get(s->y, queue, "steps");
	if (number - before > usher__yaml_len(step))
		return queue;
	step = usher__yaml_item(s->y, step, number - before - 1);
	node = usher__yaml_get(s->y, step, "overflow");
	if (!node)
		node = usher__yaml_get(s->y, step, "add");
	return node ? node : step;
}

/* Where the part stands that a check of the whole has refused. */
static yaml_node_t *node_of(const struct usher__section *s,
			    const struct usher_config_place *place)
{
	static const char *const sections[] = {
		[USHER_CONFIG_AGENT] = "agents",
		[USHER_CONFIG_QUEUE] = "queues",
		[USHER_CONFIG_ENTRY] = "entries",
		[USHER_CONFIG_TRUNK] = "trunks",
	};
	yaml_node_t *node;

	if (!place->name ||
	    place->part >= sizeof(sections) / sizeof(sections[0]))
		return s->map;
	node = usher__yaml_get(s->y, s->map, sections[place->part]);
	node = usher__yaml_get(s->y, node, place->name);
	if (node && place->step)
		node = step_of(s, node, place->step);
	return node ? node : s->map;
}

/* What start would refuse: asked of the library itself. */
static int check(const struct usher__section *s,
		 const struct usher__conf_center *center)
{
	struct usher_config_place place = {.size = sizeof(place)};
	struct usher_error inner = {0};
	int e = usher_config_check_at(center->config, &place, &inner);

	return e ? usher__yaml_fail(s->y, node_of(s, &place), s->err, e, "%s",
				    inner.message)
		 : 0;
}

static int read_flows(const struct usher__section *s,
		      struct usher__conf_center *center)
{
	struct usher_flow_set *flows = NULL;
	int e = usher__flows_read(s->y, s->map, s->conf->dir, &flows, s->err);

	if (!e && flows)
		e = usher__conf_flow_uses_check(s, flows);
	if (!e && flows)
		e = usher_config_flows(center->config, flows);
	if (e)
		usher_flow_set_unref(flows);
	else
		center->flows = flows;
	return e;
}

int usher__conf_center_read(struct usher__conf *conf, yaml_node_t *map,
			    struct usher__conf_center *center,
			    struct usher_error *err)
{
	struct usher__section s = {conf, conf->yaml, map, "the file", err};
	bool top = map == usher__yaml_root(conf->yaml);
	int e;

	center->name = "center";
	center->map = map;
	if (!top)
		s.what = "a center";
	e = usher_config_new(&center->config);
	if (e)
		return usher__conf_nomem(&s);
	if (top)
		e = usher__fields_read(
			&s, top_fields,
			sizeof(top_fields) / sizeof(top_fields[0]), center);
	else
		e = usher__fields_read(
			&s, item_fields,
			sizeof(item_fields) / sizeof(item_fields[0]), center);
	if (!e && !top)
		e = usher__section_need(&s, "name");
	if (!e)
		e = read_name(&s, top ? "center" : "name", &center->name);
	if (!e)
		e = read_contact_order(&s, center);
	if (!e)
		e = read_recordings(&s, center);
	if (!e)
		e = read_tones(&s, center);
	if (!e)
		e = check_sounds(&s);
	if (!e)
		e = usher__conf_refs_check(&s);
	if (!e)
		e = read_flows(&s, center);
	if (!e)
		e = usher__conf_queues_read(conf, map, center->config, err);
	if (!e)
		e = usher__conf_agents_read(conf, map, center, err);
	if (!e)
		e = usher__conf_entries_read(conf, map, center, err);
	if (!e)
		e = usher__conf_trunks_read(conf, map, center->config, err);
	if (!e)
		e = usher__conf_features_read(conf, map, center->config, err);
	if (!e)
		e = usher__conf_park_read(conf, map, center->config, err);
	if (!e)
		e = usher__conf_numbers_read(conf, map, center->config, err);
	if (!e)
		e = usher__conf_outbound_read(conf, map, center->config, err);
	return e ? e : check(&s, center);
}
