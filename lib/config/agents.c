/* The sections "agents", "features" and "park". */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "config/field.h"
#include "config/keep.h"

#define AT(f) offsetof(struct usher_agent_conf, f)

static const struct usher__field agent_fields[] = {
	{"display", USHER__FIELD_LINE, AT(display), 1, USHER__CONF_TEXT_MAX,
	 0},
	{"account", USHER__FIELD_LINE, AT(account), 1, USHER__CONF_NAME_MAX,
	 0},
	{"extension", USHER__FIELD_DIALED, AT(extension), 1,
	 USHER__CONF_NAME_MAX, 0},
	{"password", USHER__FIELD_SECRET, AT(password), 0, 0, 0},
	{"pin", USHER__FIELD_SECRET, AT(pin), 0, 0, 0},
	{"endpoints", USHER__FIELD_LIST, AT(endpoints), 0, USHER_ENDPOINTS_MAX,
	 AT(endpoint_count)},
	{"queues", USHER__FIELD_LIST, AT(queues), 0, USHER__CONF_LIST_MAX,
	 AT(queue_count)},
	{"ring_together", USHER__FIELD_FLAG, AT(ring_together), 0, 1, 0},
	{"skills", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"capacity", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"interrupts", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"token", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"token_file", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"token_env", USHER__FIELD_OTHER, 0, 0, 0, 0},
};

/* A mapping of words to values, as "key=value" texts; number: values are
 * numbers up to it, or 0 for any text. */
static int read_pairs(const struct usher__section *s, const char *key,
		      int64_t number, const char *const **ret,
		      uint32_t *ret_count)
{
	yaml_node_t *map = usher__yaml_get(s->y, s->map, key);
	yaml_node_t *at, *value;
	const char **pairs;
	const char *name;
	const char *text;
	char what[48];
	size_t n = usher__yaml_len(map);
	int64_t ignored;
	int e;

	if (!map)
		return 0;
	snprintf(what, sizeof(what), "'%s'", key);
	e = usher__yaml_expect_map(s->y, map, what, NULL, s->err);
	if (e)
		return e;
	if (n > USHER__CONF_LIST_MAX)
		return usher__yaml_fail(s->y, map, s->err, USHER_EFULL,
					"%s has more than %u entries", what,
					USHER__CONF_LIST_MAX);
	pairs = usher__conf_keep(s->conf, (n + 1) * sizeof(*pairs));
	if (!pairs)
		return usher__conf_nomem(s);
	for (size_t i = 0; usher__yaml_entry(s->y, map, i, &name, &at, &value);
	     ++i) {
		if (!*name || strlen(name) >= USHER__CONF_NAME_MAX)
			return usher__yaml_fail(s->y, at, s->err, USHER_EINVAL,
						"a name in %s has 1 to %u "
						"bytes",
						what,
						USHER__CONF_NAME_MAX - 1);
		e = usher__yaml_text(s->y, value, what, USHER__CONF_NAME_MAX,
				     &text, s->err);
		if (!e && number)
			e = usher__yaml_int(s->y, value, what, 0, number,
					    &ignored, s->err);
		if (e)
			return e;
		pairs[i] = usher__conf_pair(s->conf, name, text);
		if (!pairs[i])
			return usher__conf_nomem(s);
	}
	*ret = pairs;
	*ret_count = (uint32_t)n;
	return 0;
}

static int read_token(const struct usher__section *s, const char *agent,
		      const char *center)
{
	struct usher__conf *conf = s->conf;
	struct usher__token *token = &conf->tokens[conf->token_count];
	const char *text = NULL;
	int e = usher__secret_read(s, "token", &text, NULL);

	if (e || !text)
		return e;
	if (conf->token_count == USHER__CONF_TOKENS_MAX)
		return usher__yaml_fail(s->y, s->map, s->err, USHER_EFULL,
					"more than %u tokens",
					USHER__CONF_TOKENS_MAX);
	if (strlen(text) < USHER__CONF_TOKEN_MIN)
		return usher__yaml_fail(s->y, s->map, s->err, USHER_EINVAL,
					"a token has at least %u characters",
					USHER__CONF_TOKEN_MIN);
	token->token = text;
	token->center = center;
	token->agent = agent;
	++conf->token_count;
	return 0;
}

/* tel: with a number, sip: and sips: with a host; what trunks make of a number
 * is theirs. */
static bool is_address(const char *text, size_t len)
{
	static const char *const schemes[] = {"tel:", "sip:", "sips:"};
	const char *end = text + len, *host;
	size_t i = 0;

	while (i < 3 && strncmp(text, schemes[i], strlen(schemes[i])) != 0)
		i++;
	if (i == 3)
		return false;
	host = text += strlen(schemes[i]);
	for (; text < end; text++) {
		/* Headers, where it is to stand, have other uses for these. */
		if ((unsigned char)*text < ' ' || strchr("<>\"\x7f", *text))
			return false;
		if (i && *text == '@')
			host = text + 1;
	}
	return host < end && !strchr(":;?@", *host);
}

/* A word that is none of these would be an address that never rings, and so
 * would what has no ring time but is given one. */
static int check_endpoints(const struct usher__section *s,
			   const struct usher_agent_conf *agent)
{
	static const char *const words[] = {"phone", "app", "voicemail"};
	yaml_node_t *list = usher__yaml_get(s->y, s->map, "endpoints");

	for (uint32_t i = 0; i < agent->endpoint_count; ++i) {
		const char *text = agent->endpoints[i];
		size_t len = strcspn(text, " "), k = 0;

		while (k < 3 && (strlen(words[k]) != len ||
				 strncmp(text, words[k], len) != 0))
			k++;
		if (k == 3 && !is_address(text, len))
			return usher__yaml_fail(
				s->y, usher__yaml_item(s->y, list, i), s->err,
				USHER_EINVAL,
				"an endpoint is phone, app, voicemail, tel:"
				"NUMBER, sip:USER@HOST or sips:USER@HOST, not "
				"'%.63s'",
				text);
		if (k == 3 && !strncmp(text, "sips:", 5) &&
		    !s->conf->tls.listen.address[0])
			return usher__yaml_fail(
				s->y, usher__yaml_item(s->y, list, i), s->err,
				USHER_EINVAL,
				"'%.63s' goes over TLS, and there is no "
				"'sip.tls'",
				text);
		if (k && k < 3 && text[len])
			return usher__yaml_fail(
				s->y, usher__yaml_item(s->y, list, i), s->err,
				USHER_EINVAL,
				"the endpoint %s stands alone, not as '%.63s'",
				words[k], text);
	}
	return 0;
}

static int read_agent(const struct usher__section *s, const char *name,
		      struct usher__conf_center *center,
		      struct usher__conf_agent *told)
{
	struct usher_agent_conf agent = {0};
	struct usher_error inner = {0};
	bool password_told = false;
	bool pin_told = false;
	const char *ignored;
	int e;

	agent.size = sizeof(agent);
	agent.name = name;
	e = usher__fields_read(s, agent_fields,
			       sizeof(agent_fields) / sizeof(agent_fields[0]),
			       &agent);
	if (!e)
		e = check_endpoints(s, &agent);
	if (!e)
		e = usher__skills_read(s, &agent.attributes,
				       &agent.attribute_count);
	if (!e)
		e = read_pairs(s, "capacity", USHER_CAPACITY_MAX,
			       &agent.capacity, &agent.capacity_count);
	if (!e)
		e = read_pairs(s, "interrupts", 0, &agent.interrupts,
			       &agent.interrupt_count);
	if (!e)
		e = read_token(s, name, center->name);
	if (!e)
		e = usher__secret_read(s, "password", &ignored,
				       &password_told);
	if (!e)
		e = usher__secret_read(s, "pin", &ignored, &pin_told);
	if (e)
		return e;
	told->name = agent.account ? agent.account : name;
	told->password =
		agent.password ? password_told ? agent.password : NULL : "";
	told->pin = agent.pin ? pin_told ? agent.pin : NULL : "";
	e = usher_config_agent(center->config, &agent, &inner);
	if (!e)
		return 0;
	/* Most messages name the agent already. */
	if (!strncmp(inner.message, "agent ", strlen("agent ")))
		return usher__yaml_fail(s->y, s->map, s->err, e, "%s",
					inner.message);
	return usher__yaml_fail(s->y, s->map, s->err, e, "agent '%s': %s",
				name, inner.message);
}

int usher__conf_agents_read(struct usher__conf *conf, yaml_node_t *map,
			    struct usher__conf_center *center,
			    struct usher_error *err)
{
	struct usher__section s = {conf, conf->yaml, NULL, "an agent", err};
	yaml_node_t *agents = usher__yaml_get(conf->yaml, map, "agents");
	size_t n = usher__yaml_len(agents);
	yaml_node_t *key;
	const char *name;
	int e;

	if (!agents)
		return 0;
	e = usher__yaml_expect_map(conf->yaml, agents, "'agents'", NULL, err);
	if (e)
		return e;
	if (n > USHER__CONF_AGENTS_MAX)
		return usher__yaml_fail(conf->yaml, agents, err, USHER_EFULL,
					"more than %u agents",
					USHER__CONF_AGENTS_MAX);
	center->agents =
		usher__conf_keep(conf, (n + 1) * sizeof(*center->agents));
	if (!center->agents)
		return usher__conf_nomem(&s);
	for (size_t i = 0; !e && usher__yaml_entry(conf->yaml, agents, i,
						   &name, &key, &s.map);
	     ++i) {
		if (!usher__yaml_is_map(s.map))
			return usher__yaml_fail(
				conf->yaml, s.map, err, USHER_EINVAL,
				"agent '%.64s' has to be a mapping, not %s",
				name, usher__yaml_kind(s.map));
		e = read_agent(&s, name, center,
			       &center->agents[center->agent_count++]);
	}
	return e;
}

#undef AT
#define AT(f) offsetof(struct usher_feature_conf, f)

static const struct usher__field feature_fields[] = {
	{"sign_in", USHER__FIELD_DIALED, AT(sign_in), 1, USHER__CONF_NAME_MAX,
	 0},
	{"sign_out", USHER__FIELD_DIALED, AT(sign_out), 1,
	 USHER__CONF_NAME_MAX, 0},
	{"pause", USHER__FIELD_DIALED, AT(pause), 1, USHER__CONF_NAME_MAX, 0},
	{"ready", USHER__FIELD_DIALED, AT(ready), 1, USHER__CONF_NAME_MAX, 0},
	{"wrap_up_end", USHER__FIELD_DIALED, AT(wrap_up_end), 1,
	 USHER__CONF_NAME_MAX, 0},
	{"reasons", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"record", USHER__FIELD_TEXT, AT(record), 1, USHER__CONF_NAME_MAX, 0},
	{"record_pause", USHER__FIELD_TEXT, AT(record_pause), 1,
	 USHER__CONF_NAME_MAX, 0},
};

int usher__conf_features_read(struct usher__conf *conf, yaml_node_t *map,
			      struct usher_config *config,
			      struct usher_error *err)
{
	struct usher__section s = {conf, conf->yaml, NULL, "'features'", err};
	struct usher_feature_conf features = {0};
	struct usher_error inner = {0};
	int e;

	features.size = sizeof(features);
	s.map = usher__yaml_get(conf->yaml, map, "features");
	if (!s.map)
		return 0;
	e = usher__fields_read(
		&s, feature_fields,
		sizeof(feature_fields) / sizeof(feature_fields[0]), &features);
	if (!e)
		e = read_pairs(&s, "reasons", 0, &features.reasons,
			       &features.reason_count);
	if (e)
		return e;
	e = usher_config_features(config, &features, &inner);
	return e ? usher__yaml_fail(conf->yaml, s.map, err, e, "%s",
				    inner.message)
		 : 0;
}

#undef AT
#define AT(f) offsetof(struct usher_park_conf, f)

static const struct usher__field park_fields[] = {
	{"first", USHER__FIELD_U32, AT(first), 1, INT64_C(999999999), 0},
	{"count", USHER__FIELD_U32, AT(count), 1, 1000, 0},
	{"timeout", USHER__FIELD_MS, AT(timeout_ms), 1000, INT64_C(86400000),
	 0},
};

int usher__conf_park_read(struct usher__conf *conf, yaml_node_t *map,
			  struct usher_config *config, struct usher_error *err)
{
	struct usher__section s = {conf, conf->yaml, NULL, "'park'", err};
	struct usher_park_conf park = {.size = sizeof(park)};
	struct usher_error inner = {0};
	int e;

	s.map = usher__yaml_get(conf->yaml, map, "park");
	if (!s.map)
		return 0;
	e = usher__fields_read(&s, park_fields,
			       sizeof(park_fields) / sizeof(park_fields[0]),
			       &park);
	if (e)
		return e;
	e = usher_config_park(config, &park, &inner);
	return e ? usher__yaml_fail(s.y, s.map, err, e, "%s", inner.message)
		 : 0;
}
