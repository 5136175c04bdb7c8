/* The file as a whole: where to listen, HTTP, and one or more centers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/field.h"
#include "config/keep.h"

/* Two centers that nobody could tell apart. */
static int check_twins(struct usher__conf *conf,
		       const struct usher__conf_center *one,
		       const struct usher__conf_center *other,
		       struct usher_error *err)
{
	const char *a = one->domain ? one->domain : "";
	const char *b = other->domain ? other->domain : "";
	yaml_node_t *node = usher__yaml_get(conf->yaml, other->map, "domain");

	if (strcmp(one->name, other->name) == 0)
		return usher__yaml_fail(
			conf->yaml, other->map, err, USHER_EEXIST,
			"a second center named '%s'", other->name);
	if (strcasecmp(a, b) == 0)
		return usher__yaml_fail(
			conf->yaml, node ? node : other->map, err,
			USHER_EEXIST,
			*b ? "center '%s' has this 'domain' already"
			   : "center '%s' has no 'domain' either: only one "
			     "can take what no other does",
			one->name);
	return 0;
}

/* They share one user agent. */
static int count_trunks(struct usher__conf *conf,
			const struct usher__conf_center *center, size_t *count,
			struct usher_error *err)
{
	yaml_node_t *trunks =
		usher__yaml_get(conf->yaml, center->map, "trunks");

	*count += usher__yaml_len(trunks);
	if (*count <= USHER__CONF_TRUNKS_MAX)
		return 0;
	return usher__yaml_fail(conf->yaml, trunks, err, USHER_EFULL,
				"more than %u trunks in all centers together",
				USHER__CONF_TRUNKS_MAX);
}

/* With "centers" nothing of a center may stand beside it. */
static int read_centers(struct usher__conf *conf, yaml_node_t *top,
			struct usher_error *err)
{
	static const char *const keys[] = {"sip",   "media",   "http",
					   "state", "centers", NULL};
	yaml_node_t *list = usher__yaml_get(conf->yaml, top, "centers");
	size_t trunks = 0;
	int e;

	if (!list) {
		conf->center_count = 1;
		return usher__conf_center_read(conf, top, &conf->centers[0],
					       err);
	}
	e = usher__yaml_expect_map(conf->yaml, top, "a file with 'centers'",
				   keys, err);
	if (!e)
		e = usher__yaml_expect_list(conf->yaml, list, "'centers'",
					    USHER__CONF_CENTERS_MAX, err);
	if (!e && !usher__yaml_len(list))
		e = usher__yaml_fail(conf->yaml, list, err, USHER_EINVAL,
				     "'centers' is empty");
	for (size_t i = 0; !e && i < usher__yaml_len(list); ++i) {
		struct usher__conf_center *center = &conf->centers[i];

		conf->center_count = i + 1;
		e = usher__conf_center_read(
			conf, usher__yaml_item(conf->yaml, list, i), center,
			err);
		for (size_t j = 0; !e && j < i; ++j)
			e = check_twins(conf, &conf->centers[j], center, err);
		if (!e)
			e = count_trunks(conf, center, &trunks, err);
	}
	return e;
}

static int place_state(struct usher__conf *conf, const char *dir)
{
	conf->state_dir = dir;
	for (size_t i = 0; i < conf->center_count; ++i) {
		const char *name = conf->centers[i].name;
		size_t len = strlen(dir) + strlen(name) + 2;
		char *path;

		if (conf->center_count == 1) {
			conf->centers[i].state_dir = dir;
			break;
		}
		path = usher__conf_keep(conf, len);
		if (!path)
			return USHER_ENOMEM;
		snprintf(path, len, "%s/%s", dir, name);
		conf->centers[i].state_dir = path;
	}
	return 0;
}

static int read_state(struct usher__conf *conf, yaml_node_t *top,
		      const char *over, struct usher_error *err)
{
	yaml_node_t *node = usher__yaml_get(conf->yaml, top, "state");
	const char *dir = NULL;
	const char *name;
	int e = 0;

	if (over)
		dir = usher__conf_text(conf, over);
	else if (node)
		e = usher__yaml_text(conf->yaml, node, "'state'",
				     USHER__CONF_TEXT_MAX, &name, err);
	if (e || (!over && !node))
		return e;
	if (!over)
		dir = usher__conf_path(conf, name);
	if (!dir || place_state(conf, dir))
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	return 0;
}

/* Whoever has an agent's own token may not do everything yet. */
static bool has_token(const struct usher__conf *conf)
{
	for (size_t i = 0; i < conf->token_count; ++i)
		if (!conf->tokens[i].agent)
			return true;
	return false;
}

/* Another address for SIP, and for HTTP unless that would open it to everybody
 * without a token: then it stays where the file has it. */
static int move_listen(struct usher__conf *conf, const char *address,
		       struct usher_error *err)
{
	struct usher__listen to = {0};

	if (!usher__listen_parse(&to, address))
		return usher_error_set(err, USHER_EINVAL,
				       "'%.60s' has a port, but only an "
				       "address is wanted: ports are those of "
				       "the file",
				       address);
	if (usher__listen_move(&to, address))
		return usher_error_set(err, USHER_EINVAL,
				       "'%.60s' is not an IP address",
				       address);
	if (conf->sip.address[0])
		usher__listen_move(&conf->sip, address);
	if (conf->tls.listen.address[0])
		usher__listen_move(&conf->tls.listen, address);
	if (!conf->http.address[0])
		return 0;
	conf->http_stayed = !to.loopback && !has_token(conf);
	if (!conf->http_stayed)
		usher__listen_move(&conf->http, address);
	return 0;
}

/* Command line over file; then nobody but ourselves without a token. */
static int settle_listen(struct usher__conf *conf, yaml_node_t *top,
			 const char *address, struct usher_error *err)
{
	yaml_node_t *http = usher__yaml_get(conf->yaml, top, "http");
	int e = address ? move_listen(conf, address, err) : 0;

	if (!e && conf->http.address[0] && !conf->http.loopback &&
	    !has_token(conf))
		e = usher__yaml_fail(
			conf->yaml,
			usher__yaml_get(conf->yaml, http, "listen"), err,
			USHER_EINVAL,
			"HTTP on %s, which others can reach, needs a 'token'",
			conf->http.address);
	return e;
}

static int check_tokens(struct usher__conf *conf, yaml_node_t *top,
			struct usher_error *err)
{
	yaml_node_t *http = usher__yaml_get(conf->yaml, top, "http");

	for (size_t i = 0; i < conf->token_count; ++i) {
		const struct usher__token *token = &conf->tokens[i];
		size_t c = 0;

		for (size_t j = 0; j < i; ++j)
			if (strcmp(conf->tokens[j].token, token->token) == 0)
				return usher__yaml_fail(
					conf->yaml, http, err, USHER_EEXIST,
					"two tokens are equal");
		while (token->center && c < conf->center_count &&
		       strcmp(conf->centers[c].name, token->center) != 0)
			++c;
		if (token->center && c == conf->center_count)
			return usher__yaml_fail(
				conf->yaml, http, err, USHER_ENOENT,
				"a token names center '%.64s', which is not "
				"there",
				token->center);
	}
	return 0;
}

static int read_all(struct usher__conf *conf,
		    const struct usher__conf_over *over,
		    struct usher_error *err)
{
	static const struct usher__conf_over none;
	yaml_node_t *top = usher__yaml_root(conf->yaml);
	int e;

	if (!over)
		over = &none;
	if (!usher__yaml_is_map(top))
		return usher__yaml_fail(conf->yaml, top, err, USHER_EINVAL,
					"the file has to be a mapping, not %s",
					usher__yaml_kind(top));
	e = usher__conf_sip_read(conf, top, err);
	if (!e)
		e = usher__conf_media_read(conf, top, err);
	if (!e)
		e = usher__conf_http_read(conf, top, err);
	if (!e)
		e = read_centers(conf, top, err);
	if (!e)
		e = read_state(conf, top, over->state_dir, err);
	if (!e)
		e = settle_listen(conf, top, over->listen_address, err);
	if (!e)
		e = check_tokens(conf, top, err);
	return e;
}

static int from_yaml(struct usher__conf **ret, struct usher__yaml *yaml,
		     const struct usher__conf_over *over,
		     struct usher_error *err)
{
	struct usher__conf *conf = calloc(1, sizeof(*conf));
	const char *file = usher__yaml_file(yaml);
	const char *slash = strrchr(file, '/');
	int e;

	if (!conf) {
		usher__yaml_free(yaml);
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	}
	conf->yaml = yaml;
	if (!slash)
		conf->dir = strdup(".");
	else
		conf->dir = strndup(file,
				    (size_t)(slash - file) + !(slash - file));
	if (conf->dir)
		e = read_all(conf, over, err);
	else
		e = usher_error_set(err, USHER_ENOMEM, "out of memory");
	if (e)
		usher__conf_free(conf);
	else
		*ret = conf;
	return e;
}

int usher__conf_parse(struct usher__conf **ret, const char *name,
		      const char *text, size_t len,
		      const struct usher__conf_over *over,
		      struct usher_error *err)
{
	struct usher__yaml *yaml;
	int e = usher__yaml_parse(&yaml, name, text, len, err);

	return e ? e : from_yaml(ret, yaml, over, err);
}

int usher__conf_read(struct usher__conf **ret, const char *path,
		     const struct usher__conf_over *over,
		     struct usher_error *err)
{
	struct usher__yaml *yaml;
	int e;

	if (strlen(path) >= USHER_ERROR_FILE_MAX)
		return usher_error_set(err, USHER_EINVAL,
				       "the file's name is too long");
	e = usher__yaml_open(&yaml, path, err);
	return e ? e : from_yaml(ret, yaml, over, err);
}

void usher__conf_free(struct usher__conf *conf)
{
	if (!conf)
		return;
	for (size_t i = 0; i < conf->center_count; ++i) {
		usher_config_free(conf->centers[i].config);
		usher_flow_set_unref(conf->centers[i].flows);
	}
	usher__conf_drop(conf);
	usher__yaml_free(conf->yaml);
	free(conf->dir);
	free(conf);
}
