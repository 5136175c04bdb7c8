/* The section "http". */
#include <stddef.h>
#include <string.h>

#include "config/field.h"

#define AT(f) offsetof(struct usher__conf, f)

static const struct usher__field http_fields[] = {
	{"listen", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"token", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"token_file", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"token_env", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"tokens", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"hosts", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"mask_numbers", USHER__FIELD_BOOL, AT(mask_numbers), 0, 1, 0},
};

#undef AT
#define AT(f) offsetof(struct usher__token, f)

static const struct usher__field token_fields[] = {
	{"token", USHER__FIELD_SECRET, AT(token), 0, 0, 0},
	{"center", USHER__FIELD_TEXT, AT(center), 1, USHER__CONF_NAME_MAX, 0},
};

static int add_token(const struct usher__section *s,
		     const struct usher__token *token)
{
	struct usher__conf *conf = s->conf;

	if (conf->token_count == USHER__CONF_TOKENS_MAX)
		return usher__yaml_fail(s->y, s->map, s->err, USHER_EFULL,
					"more than %u tokens",
					USHER__CONF_TOKENS_MAX);
	if (strlen(token->token) < USHER__CONF_TOKEN_MIN)
		return usher__yaml_fail(s->y, s->map, s->err, USHER_EINVAL,
					"a token has at least %u characters",
					USHER__CONF_TOKEN_MIN);
	conf->tokens[conf->token_count++] = *token;
	return 0;
}

static int read_tokens(const struct usher__section *http)
{
	yaml_node_t *list = usher__yaml_get(http->y, http->map, "tokens");
	struct usher__section s = *http;
	struct usher__token token = {0};
	int e;

	e = usher__secret_read(http, "token", &token.token, NULL);
	if (!e && token.token)
		e = add_token(http, &token);
	if (e || !list)
		return e;
	e = usher__yaml_expect_list(http->y, list, "'tokens'",
				    USHER__CONF_TOKENS_MAX, http->err);
	s.what = "a token";
	for (size_t i = 0; !e && i < usher__yaml_len(list); ++i) {
		memset(&token, 0, sizeof(token));
		s.map = usher__yaml_item(s.y, list, i);
		e = usher__fields_read(&s, token_fields,
				       sizeof(token_fields) /
					       sizeof(token_fields[0]),
				       &token);
		if (!e && !token.token)
			e = usher__section_need(&s, "token");
		if (!e)
			e = add_token(&s, &token);
	}
	return e;
}

static int read_hosts(const struct usher__section *s)
{
	yaml_node_t *list = usher__yaml_get(s->y, s->map, "hosts");
	struct usher__conf *conf = s->conf;
	int e;

	if (!list)
		return 0;
	e = usher__yaml_expect_list(s->y, list, "'hosts'",
				    USHER__CONF_HOSTS_MAX, s->err);
	for (size_t i = 0; !e && i < usher__yaml_len(list); ++i) {
		yaml_node_t *node = usher__yaml_item(s->y, list, i);
		const char **host = &conf->hosts[conf->host_count++];

		e = usher__yaml_text(s->y, node, "a host name", 253, host,
				     s->err);
		if (!e && !usher__host_ok(*host))
			e = usher__yaml_fail(
				s->y, node, s->err, USHER_EINVAL,
				"'%.60s' is no name of a host: it has neither "
				"port nor path",
				*host);
	}
	return e;
}

int usher__conf_http_read(struct usher__conf *conf, yaml_node_t *map,
			  struct usher_error *err)
{
	struct usher__section s = {conf, conf->yaml, NULL, "'http'", err};
	yaml_node_t *node;
	const char *text;
	int e;

	conf->mask_numbers = true;
	s.map = usher__yaml_get(conf->yaml, map, "http");
	if (!s.map)
		return 0;
	e = usher__fields_read(&s, http_fields,
			       sizeof(http_fields) / sizeof(http_fields[0]),
			       conf);
	if (!e)
		e = usher__section_need(&s, "listen");
	if (e)
		return e;
	node = usher__yaml_get(conf->yaml, s.map, "listen");
	e = usher__yaml_text(conf->yaml, node, "'listen'",
			     USHER__CONF_ADDRESS_MAX, &text, err);
	if (!e && usher__listen_parse(&conf->http, text))
		e = usher__yaml_fail(conf->yaml, node, err, USHER_EINVAL,
				     "'listen' has to be like 127.0.0.1:8080 "
				     "or [::1]:8080, not '%.40s'",
				     text);
	if (!e)
		e = read_tokens(&s);
	if (!e)
		e = read_hosts(&s);
	return e;
}
