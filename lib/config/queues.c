/* The sections "queues", "entries" and "trunks". */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <usher/expr.h>

#include "config/field.h"
#include "config/keep.h"

/* A day: longer than anybody waits for anything here. */
#define DAY_MS INT64_C(86400000)
#define NAME   USHER__CONF_NAME_MAX
#define TEXT   USHER__CONF_TEXT_MAX

#define TRUNK_WEIGHT_MAX   1000
#define TRUNK_CALLS_MAX    100000
#define TRUNK_CHECK_MAX_MS 3600000

#define AT(f) offsetof(struct usher_queue_conf, f)

static const struct usher__field queue_fields[] = {
	{"display", USHER__FIELD_LINE, AT(display), 1, TEXT, 0},
	{"policy", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"fallback", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"contact_order", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"music", USHER__FIELD_TEXT, AT(music), 1, NAME, 0},
	{"number", USHER__FIELD_DIALED, AT(number), 1, NAME, 0},
	{"requirement", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"recording", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"consent", USHER__FIELD_FLAG, AT(consent), 0, 1, 0},
	{"announcement", USHER__FIELD_TEXT, AT(announcement), 1, NAME, 0},
	{"service_level", USHER__FIELD_MS, AT(service_level_ms), 1, DAY_MS, 0},
	{"short_abandon", USHER__FIELD_MS, AT(short_abandon_ms), 1, DAY_MS, 0},
	{"offer_timeout", USHER__FIELD_MS, AT(offer_timeout_ms), 1000,
	 INT64_C(600000), 0},
	{"wrap_up", USHER__FIELD_MS, AT(wrap_up_ms), 0, DAY_MS, 0},
	{"max_wait", USHER__FIELD_MS, AT(max_wait_ms), 0, DAY_MS, 0},
	{"retry", USHER__FIELD_MS, AT(retry_ms), 1, DAY_MS, 0},
	{"decide_within", USHER__FIELD_MS, AT(decide_ms), 1, INT64_C(60000),
	 0},
	{"max_waiting", USHER__FIELD_U32, AT(max_waiting), 0, 1000000, 0},
	{"callbacks", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"hours", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"levels", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"steps", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"missed_max", USHER__FIELD_U32, AT(missed_max), 0, 1000, 0},
};

static int read_word(const struct usher__section *s, const char *key,
		     const char *const *words, const char **ret)
{
	yaml_node_t *node = usher__yaml_get(s->y, s->map, key);
	char what[48];
	size_t i;
	int e;

	if (!node)
		return 0;
	snprintf(what, sizeof(what), "'%s'", key);
	e = usher__yaml_word(s->y, node, what, words, &i, s->err);
	if (!e)
		*ret = words[i];
	return e;
}

/* A word, or a share of the calls, which usher_config_queue() reads. */
static int read_recording(const struct usher__section *s, const char **ret)
{
	static const char *const words[] = {"never", "always", "demand", NULL};
	yaml_node_t *node = usher__yaml_get(s->y, s->map, "recording");
	const char *text;

	if (node &&
	    !usher__yaml_text(s->y, node, "'recording'", NAME, &text, NULL) &&
	    *text >= '0' && *text <= '9') {
		*ret = text;
		return 0;
	}
	return read_word(s, "recording", words, ret);
}

/* Compiled here too, since only here its place in the file is known. */
static int queue_requirement(const struct usher__section *s,
			     struct usher_queue_conf *queue)
{
	yaml_node_t *node = usher__yaml_get(s->y, s->map, "requirement");
	struct usher_error inner = {0};
	struct usher_expr *expr = NULL;
	int e;

	if (!node)
		return 0;
	e = usher__yaml_text(s->y, node, "'requirement'", TEXT,
			     &queue->requirement, s->err);
	if (e)
		return e;
	e = usher_expr_new(&expr, NULL, queue->requirement,
			   strlen(queue->requirement), &inner);
	usher_expr_free(expr);
	if (!e)
		return 0;
	return usher__yaml_fail_inside(s->y, node,
				       inner.column ? inner.column - 1 : 0,
				       s->err, e, "%s", inner.message);
}

static int read_queue(const struct usher__section *s, const char *name,
		      void *arg)
{
	struct usher_queue_conf queue = {0};
	struct usher_error inner = {0};
	int e;

	queue.size = sizeof(queue);
	queue.name = name;
	e = usher__fields_read(s, queue_fields,
			       sizeof(queue_fields) / sizeof(queue_fields[0]),
			       &queue);
	if (!e)
		e = read_recording(s, &queue.recording);
	if (!e)
		e = usher__policy_read(s, &queue);
	if (!e)
		e = queue_requirement(s, &queue);
	if (!e)
		e = usher__conf_callbacks_read(s, &queue);
	if (e)
		return e;
	e = usher_config_queue(arg, &queue, &inner);
	if (e)
		return usher__yaml_fail(s->y, s->map, s->err, e,
					"queue '%s': %s", name, inner.message);
	e = usher__conf_hours_read(s, name, arg);
	return e ? e : usher__conf_steps_read(s, name, arg);
}

#undef AT
#define AT(f) offsetof(struct usher_entry_conf, f)

static const struct usher__field entry_fields[] = {
	{"flow", USHER__FIELD_TEXT, AT(flow), 1, NAME, 0},
	{"queue", USHER__FIELD_TEXT, AT(queue), 1, NAME, 0},
	{"after", USHER__FIELD_TEXT, AT(after), 1, NAME, 0},
	{"channel", USHER__FIELD_TEXT, AT(channel), 1, NAME, 0},
	{"language", USHER__FIELD_TEXT, AT(language), 1, NAME, 0},
	{"priority", USHER__FIELD_I32, AT(priority), -1000000, 1000000, 0},
	{"text", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"video", USHER__FIELD_OTHER, 0, 0, 0, 0},
};

/* What may be beside sound is said the other way round. */
static int read_beside(const struct usher__section *s, const char *key,
		       uint32_t *none)
{
	yaml_node_t *node = usher__yaml_get(s->y, s->map, key);
	bool some = true;
	int e = node ? usher__yaml_bool(s->y, node, key, &some, s->err) : 0;

	*none = !some;
	return e;
}

static int read_entry(const struct usher__section *s, const char *name,
		      void *arg)
{
	struct usher__conf_center *center = arg;
	struct usher_entry_conf entry = {0};
	struct usher_error inner = {0};
	struct usher__conf_entry *told;
	int e;

	entry.size = sizeof(entry);
	entry.address = name;
	entry.language = center->language;
	e = usher__fields_read(s, entry_fields,
			       sizeof(entry_fields) / sizeof(entry_fields[0]),
			       &entry);
	if (!e)
		e = read_beside(s, "text", &entry.no_text);
	if (!e)
		e = read_beside(s, "video", &entry.no_video);
	if (e)
		return e;
	if (!entry.flow == !entry.queue)
		return usher__yaml_fail(s->y, s->map, s->err, USHER_EINVAL,
					"entry '%s' needs either 'flow' or "
					"'queue'",
					name);
	told = &center->entries[center->entry_count++];
	told->address = name;
	told->flow = entry.flow ? entry.flow : entry.queue;
	e = usher_config_entry(center->config, &entry, &inner);
	return e ? usher__yaml_fail(s->y, s->map, s->err, e, "entry '%s': %s",
				    name, inner.message)
		 : 0;
}

#undef AT
#define AT(f) offsetof(struct usher_trunk_conf, f)

static const struct usher__field trunk_fields[] = {
	{"address", USHER__FIELD_TEXT, AT(address), 1, TEXT, 0},
	{"sources", USHER__FIELD_TEXT, AT(sources), 1, TEXT, 0},
	{"user", USHER__FIELD_LINE, AT(user), 1, NAME, 0},
	{"password", USHER__FIELD_SECRET, AT(password), 0, 0, 0},
	{"caller_id", USHER__FIELD_LINE, AT(caller_id), 1, NAME, 0},
	{"from_domain", USHER__FIELD_TEXT, AT(from_domain), 1, NAME, 0},
	{"prefix", USHER__FIELD_DIALED, AT(prefix), 1, NAME, 0},
	{"tls_name", USHER__FIELD_HOST, AT(tls_name), 1, TEXT, 0},
	{"transport", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"priority", USHER__FIELD_U32, AT(priority), 0, 65535, 0},
	{"weight", USHER__FIELD_U32, AT(weight), 1, TRUNK_WEIGHT_MAX, 0},
	{"calls", USHER__FIELD_U32, AT(calls), 1, TRUNK_CALLS_MAX, 0},
	{"calls_in", USHER__FIELD_U32, AT(calls_in), 1, TRUNK_CALLS_MAX, 0},
	{"calls_out", USHER__FIELD_U32, AT(calls_out), 1, TRUNK_CALLS_MAX, 0},
	{"check", USHER__FIELD_MS, AT(check_ms), 0, TRUNK_CHECK_MAX_MS, 0},
	{"register", USHER__FIELD_FLAG, AT(registers), 0, 1, 0},
	{"expires", USHER__FIELD_MS, AT(expires_ms), 30000, 7200000, 0},
	{"trusted", USHER__FIELD_FLAG, AT(trusted), 0, 1, 0},
	{"srtp", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"codecs", USHER__FIELD_TEXT, AT(codecs), 1, TEXT, 0},
};

static int read_trunk(const struct usher__section *s, const char *name,
		      void *arg)
{
	/* From USHER_TRANSPORT_UDP on. */
	static const char *const words[] = {"udp", "tcp", "tls", NULL};
	/* From USHER_SRTP_NEVER on. */
	static const char *const srtp[] = {"off", "optional", "required",
					   NULL};
	struct usher_trunk_conf trunk = {0};
	struct usher_error inner = {0};
	yaml_node_t *check;
	uint32_t word = 0;
	int e;

	trunk.name = name;
	trunk.size = sizeof(trunk);
	e = usher__fields_read(s, trunk_fields,
			       sizeof(trunk_fields) / sizeof(trunk_fields[0]),
			       &trunk);
	/* What is not there is the default; what is there as zero is none. */
	check = usher__yaml_get(s->y, s->map, "check");
	if (!e && check && !trunk.check_ms)
		trunk.check_ms = USHER_ZERO;
	if (!e && !trunk.sources)
		e = usher__section_need(s, "address");
	if (!e)
		e = usher__word_read(s, "transport", words, &word);
	if (!e)
		e = usher__codecs_check(s, trunk.codecs);
	if (e)
		return e;
	if (usher__yaml_get(s->y, s->map, "transport"))
		trunk.transport = USHER_TRANSPORT_UDP + word;
	word = 0;
	e = usher__word_read(s, "srtp", srtp, &word);
	if (e)
		return e;
	if (usher__yaml_get(s->y, s->map, "srtp"))
		trunk.srtp = USHER_SRTP_NEVER + word;
	e = usher_config_trunk(arg, &trunk, &inner);
	/* Which names the trunk. */
	return e ? usher__yaml_fail(s->y, s->map, s->err, e, "%s",
				    inner.message)
		 : 0;
}

/* A section that maps names to mappings. */
static int read_named(struct usher__conf *conf, yaml_node_t *top,
		      const char *key, const char *one, size_t max,
		      int (*read)(const struct usher__section *s,
				  const char *name, void *arg),
		      void *arg, struct usher_error *err)
{
	struct usher__section s = {conf, conf->yaml, NULL, one, err};
	yaml_node_t *all = usher__yaml_get(conf->yaml, top, key);
	char what[24];
	const char *name;
	int e;

	if (!all)
		return 0;
	snprintf(what, sizeof(what), "'%s'", key);
	e = usher__yaml_expect_map(conf->yaml, all, what, NULL, err);
	if (!e && usher__yaml_len(all) > max)
		e = usher__yaml_fail(conf->yaml, all, err, USHER_EFULL,
				     "more than %zu %s", max, key);
	for (size_t i = 0;
	     !e && usher__yaml_entry(conf->yaml, all, i, &name, NULL, &s.map);
	     ++i)
		e = read(&s, name, arg);
	return e;
}

int usher__conf_queues_read(struct usher__conf *conf, yaml_node_t *map,
			    struct usher_config *config,
			    struct usher_error *err)
{
	return read_named(conf, map, "queues", "a queue",
			  USHER__CONF_QUEUES_MAX, read_queue, config, err);
}

int usher__conf_entries_read(struct usher__conf *conf, yaml_node_t *map,
			     struct usher__conf_center *center,
			     struct usher_error *err)
{
	size_t n =
		usher__yaml_len(usher__yaml_get(conf->yaml, map, "entries"));

	center->entries =
		usher__conf_keep(conf, (n + 1) * sizeof(*center->entries));
	if (!center->entries)
		return usher__yaml_fail(conf->yaml, NULL, err, USHER_ENOMEM,
					"out of memory");
	return read_named(conf, map, "entries", "an entry",
			  USHER__CONF_ENTRIES_MAX, read_entry, center, err);
}

int usher__conf_trunks_read(struct usher__conf *conf, yaml_node_t *map,
			    struct usher_config *config,
			    struct usher_error *err)
{
	return read_named(conf, map, "trunks", "a trunk",
			  USHER__CONF_TRUNKS_MAX, read_trunk, config, err);
}
