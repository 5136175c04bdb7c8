/* The section `prompts`: texts and sounds, by language. */
#include <stdio.h>
#include <string.h>

#include "config/flow_priv.h"

struct prompts {
	struct usher__yaml *y;
	struct usher_flow_builder *b;
	struct usher_error *err;
	char dir[USHER__FLOWS_PATH_MAX];
};

static void at(const struct prompts *p, const yaml_node_t *node)
{
	usher_flow_builder_at(p->b, usher__yaml_file(p->y),
			      usher__yaml_line(node),
			      usher__yaml_column(node));
}

/* A path as a template: the folder's braces are no fields. */
static int join(const struct prompts *p, const yaml_node_t *node,
		const char *file, char *buf, size_t size)
{
	size_t len = 0;

	for (const char *s = *file == '/' ? "" : p->dir; *s; s++) {
		if (len + 3 > size)
			break;
		if (*s == '{' || *s == '}')
			buf[len++] = *s;
		buf[len++] = *s;
	}
	if (len + strlen(file) + 2 > size)
		return usher__yaml_fail(p->y, node, p->err, USHER_EFULL,
					"the path of a sound has more than %d "
					"bytes",
					USHER__FLOWS_PATH_MAX);
	snprintf(buf + len, size - len, "%s%s", len ? "/" : "", file);
	return 0;
}

static int read_sound(const struct prompts *p, const yaml_node_t *node)
{
	char path[USHER__FLOWS_PATH_MAX];
	const char *file;
	int e = usher__yaml_text(p->y, node, "a sound", USHER__FLOWS_PATH_MAX,
				 &file, p->err);

	e = e ? e : join(p, node, file, path, sizeof(path));
	if (e)
		return e;
	at(p, node);
	return usher_flow_builder_sound(p->b, path, p->err);
}

static int read_sounds(const struct prompts *p, yaml_node_t *node)
{
	int e;

	if (!usher__yaml_is_list(node))
		return read_sound(p, node);
	e = usher__yaml_expect_list(p->y, node, "the sounds of a prompt",
				    USHER_FLOW_SOUNDS_MAX, p->err);
	for (size_t i = 0; !e && i < usher__yaml_len(node); i++)
		e = read_sound(p, usher__yaml_item(p->y, node, i));
	return e;
}

/* A prompt in one language: a text, or a mapping of text and sound. */
static int read_variant(const struct prompts *p, const char *name,
			const char *language, yaml_node_t *node)
{
	static const char *const keys[] = {"text", "sound", NULL};
	yaml_node_t *text = node, *sound = NULL;
	const char *s = NULL;
	int e = 0;

	if (!usher__yaml_is_scalar(node)) {
		e = usher__yaml_expect_map(p->y, node, "a prompt", keys,
					   p->err);
		if (e)
			return e;
		text = usher__yaml_get(p->y, node, "text");
		sound = usher__yaml_get(p->y, node, "sound");
		if (!text && !sound)
			return usher__yaml_fail(
				p->y, node, p->err, USHER_EINVAL,
				"a prompt needs a text or a sound");
	}
	if (text)
		e = usher__yaml_text(p->y, text, "the text of a prompt",
				     USHER_FLOW_TEXT_MAX, &s, p->err);
	if (e)
		return e;
	at(p, node);
	e = usher_flow_builder_prompt(p->b, name, language, s, p->err);
	return !e && sound ? read_sounds(p, sound) : e;
}

static int read_prompt(const struct prompts *p, const char *name,
		       yaml_node_t *node)
{
	const char *language;
	yaml_node_t *value;
	int e = 0;

	if (!usher__yaml_is_map(node) || !usher__yaml_len(node) ||
	    usher__yaml_get(p->y, node, "text") ||
	    usher__yaml_get(p->y, node, "sound"))
		return read_variant(p, name, NULL, node);
	for (size_t i = 0;
	     !e && usher__yaml_entry(p->y, node, i, &language, NULL, &value);
	     i++)
		e = read_variant(p, name, language, value);
	return e;
}

/* Where relative names of sounds begin: `sounds`, or the file's folder. */
static int read_dir(struct prompts *p, const yaml_node_t *map, const char *dir)
{
	yaml_node_t *node = usher__yaml_get(p->y, map, "sounds");
	const char *sounds = NULL;
	int e = 0, n;

	if (node)
		e = usher__yaml_text(p->y, node, "'sounds'",
				     USHER__FLOWS_PATH_MAX, &sounds, p->err);
	if (e)
		return e;
	if (!sounds)
		n = snprintf(p->dir, sizeof(p->dir), "%s", dir);
	else if (*sounds == '/' || !*dir)
		n = snprintf(p->dir, sizeof(p->dir), "%s", sounds);
	else
		n = snprintf(p->dir, sizeof(p->dir), "%s/%s", dir, sounds);
	if (n < 0 || (size_t)n >= sizeof(p->dir))
		return usher__yaml_fail(p->y, node, p->err, USHER_EFULL,
					"the path of the sounds has more than "
					"%d bytes",
					USHER__FLOWS_PATH_MAX - 1);
	return 0;
}

int usher__flows_prompts(struct usher__yaml *y, const yaml_node_t *map,
			 const char *dir, struct usher_flow_builder *b,
			 struct usher_error *err)
{
	struct prompts p = {.y = y, .b = b, .err = err};
	yaml_node_t *prompts = usher__yaml_get(y, map, "prompts");
	yaml_node_t *node;
	const char *name;
	int e = read_dir(&p, map, dir ? dir : "");

	if (!e && !usher__yaml_is_nothing(prompts))
		e = usher__yaml_expect_map(y, prompts, "'prompts'", NULL, err);
	for (size_t i = 0;
	     !e && usher__yaml_entry(y, prompts, i, &name, NULL, &node); i++)
		e = read_prompt(&p, name, node);
	return e;
}
