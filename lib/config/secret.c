/*
 * Passwords, PINs and tokens: in the file, or better beside it. Messages name
 * the place of a secret, never the secret.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/field.h"
#include "config/keep.h"

/* Whitespace at the end of a file's only line is the editor's. */
static void trim(char *text)
{
	size_t len = strlen(text);

	while (len && strchr(" \t\r\n", text[len - 1]))
		text[--len] = 0;
}

static int check(const struct usher__section *s, const yaml_node_t *at,
		 const char *key, const char *text, const char **ret)
{
	for (const char *p = text; *p; ++p)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return usher__yaml_fail(
				s->y, at, s->err, USHER_EINVAL,
				"'%s' contains a control character", key);
	if (!*text || strlen(text) > USHER__CONF_SECRET_MAX)
		return usher__yaml_fail(s->y, at, s->err, USHER_EINVAL,
					"'%s' has to have 1 to %u bytes", key,
					USHER__CONF_SECRET_MAX);
	*ret = usher__conf_text(s->conf, text);
	return *ret ? 0 : usher__conf_nomem(s);
}

static int from_file(const struct usher__section *s, yaml_node_t *node,
		     const char *key, const char **ret)
{
	struct usher_error inner;
	const char *name;
	const char *path;
	char *text;
	size_t len;
	int e = usher__yaml_text(s->y, node, "the name of a file",
				 USHER__CONF_TEXT_MAX, &name, s->err);

	if (e)
		return e;
	path = usher__conf_path(s->conf, name);
	if (!path)
		return usher__conf_nomem(s);
	e = usher__file_read(path, 2 * USHER__CONF_SECRET_MAX, &text, &len,
			     &inner);
	if (e)
		return usher__yaml_fail(s->y, node, s->err, e,
					"cannot read '%.100s': %.80s", name,
					inner.message);
	if (strlen(text) != len)
		e = usher__yaml_fail(s->y, node, s->err, USHER_EINVAL,
				     "'%.100s' contains NUL", name);
	trim(text);
	if (!e)
		e = check(s, node, key, text, ret);
	explicit_bzero(text, len);
	free(text);
	return e;
}

static int from_env(const struct usher__section *s, yaml_node_t *node,
		    const char *key, const char **ret)
{
	const char *name;
	const char *value;
	int e = usher__yaml_text(s->y, node, "the name of a variable",
				 USHER__CONF_NAME_MAX, &name, s->err);

	if (e)
		return e;
	value = secure_getenv(name);
	if (!value)
		return usher__yaml_fail(
			s->y, node, s->err, USHER_ENOENT,
			"the environment has no variable '%.64s'", name);
	return check(s, node, key, value, ret);
}

int usher__secret_read(const struct usher__section *s, const char *key,
		       const char **ret, bool *told)
{
	yaml_node_t *here = usher__yaml_get(s->y, s->map, key);
	yaml_node_t *file;
	yaml_node_t *env;
	const char *text;
	char name[48];
	int e;

	snprintf(name, sizeof(name), "%s_file", key);
	file = usher__yaml_get(s->y, s->map, name);
	snprintf(name, sizeof(name), "%s_env", key);
	env = usher__yaml_get(s->y, s->map, name);
	if (!!here + !!file + !!env > 1)
		return usher__yaml_fail(s->y, file ? file : env, s->err,
					USHER_EINVAL,
					"'%s' is given in two ways", key);
	if (told)
		*told = here != NULL;
	if (file)
		return from_file(s, file, key, ret);
	if (env)
		return from_env(s, env, key, ret);
	if (!here)
		return 0;
	snprintf(name, sizeof(name), "'%s'", key);
	e = usher__yaml_text(s->y, here, name, USHER__CONF_SECRET_MAX, &text,
			     s->err);
	return e ? e : check(s, here, key, text, ret);
}
