/* Typed access to a loaded document; each refusal names its place. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yaml_priv.h"

/* Longest word that is worth a suggestion. */
#define WORD_MAX 32u

static int fail_at(const struct usher__yaml *y, uint32_t line, uint32_t column,
		   struct usher_error *err, int code, const char *fmt,
		   va_list ap)
{
	char message[USHER_ERROR_MESSAGE_MAX];

	vsnprintf(message, sizeof(message), fmt, ap);
	usher_error_set_at(err, code, line, column, "%s", message);
	if (err)
		memcpy(err->file, y->file, sizeof(err->file));
	return code;
}

int usher__yaml_fail_mark(const struct usher__yaml *y, const yaml_mark_t *at,
			  struct usher_error *err, int code, const char *fmt,
			  ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail_at(y, (uint32_t)at->line + 1, (uint32_t)at->column + 1, err, code,
		fmt, ap);
	va_end(ap);
	return code;
}

int usher__yaml_fail(const struct usher__yaml *y, const yaml_node_t *node,
		     struct usher_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail_at(y, usher__yaml_line(node), usher__yaml_column(node), err, code,
		fmt, ap);
	va_end(ap);
	return code;
}

int usher__yaml_fail_inside(const struct usher__yaml *y,
			    const yaml_node_t *node, size_t character,
			    struct usher_error *err, int code, const char *fmt,
			    ...)
{
	uint32_t column = usher__yaml_column(node);
	yaml_scalar_style_t style = node->data.scalar.style;
	va_list ap;

	/* Folded and literal blocks begin on another line; there only the
	 * node's own place is known for sure. */
	if (style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
	    style == YAML_DOUBLE_QUOTED_SCALAR_STYLE)
		column += (uint32_t)character + 1;
	else if (style == YAML_PLAIN_SCALAR_STYLE)
		column += (uint32_t)character;
	va_start(ap, fmt);
	fail_at(y, usher__yaml_line(node), column, err, code, fmt, ap);
	va_end(ap);
	return code;
}

yaml_node_t *usher__yaml_root(struct usher__yaml *y)
{
	return yaml_document_get_root_node(&y->document);
}

const char *usher__yaml_file(const struct usher__yaml *y)
{
	return y->file;
}

uint32_t usher__yaml_line(const yaml_node_t *node)
{
	return node ? (uint32_t)node->start_mark.line + 1 : 0;
}

uint32_t usher__yaml_column(const yaml_node_t *node)
{
	return node ? (uint32_t)node->start_mark.column + 1 : 0;
}

bool usher__yaml_is_map(const yaml_node_t *node)
{
	return node && node->type == YAML_MAPPING_NODE;
}

bool usher__yaml_is_list(const yaml_node_t *node)
{
	return node && node->type == YAML_SEQUENCE_NODE;
}

bool usher__yaml_is_scalar(const yaml_node_t *node)
{
	return node && node->type == YAML_SCALAR_NODE;
}

static const char *value_of(const yaml_node_t *node)
{
	return (const char *)node->data.scalar.value;
}

bool usher__yaml_is_nothing(const yaml_node_t *node)
{
	if (!node)
		return true;
	if (node->type != YAML_SCALAR_NODE ||
	    node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	return !value_of(node)[0] || strcmp(value_of(node), "~") == 0 ||
	       strcmp(value_of(node), "null") == 0;
}

const char *usher__yaml_kind(const yaml_node_t *node)
{
	if (usher__yaml_is_nothing(node))
		return "nothing";
	if (node->type == YAML_MAPPING_NODE)
		return "a mapping";
	if (node->type == YAML_SEQUENCE_NODE)
		return "a list";
	return "a text";
}

size_t usher__yaml_len(const yaml_node_t *node)
{
	if (usher__yaml_is_map(node))
		return (size_t)(node->data.mapping.pairs.top -
				node->data.mapping.pairs.start);
	if (usher__yaml_is_list(node))
		return (size_t)(node->data.sequence.items.top -
				node->data.sequence.items.start);
	return 0;
}

yaml_node_t *usher__yaml_item(struct usher__yaml *y, const yaml_node_t *list,
			      size_t i)
{
	if (!usher__yaml_is_list(list) || i >= usher__yaml_len(list))
		return NULL;
	return yaml_document_get_node(&y->document,
				      list->data.sequence.items.start[i]);
}

bool usher__yaml_entry(struct usher__yaml *y, const yaml_node_t *map, size_t i,
		       const char **ret_name, yaml_node_t **ret_key,
		       yaml_node_t **ret_value)
{
	const yaml_node_pair_t *pair;
	yaml_node_t *key;

	if (!usher__yaml_is_map(map) || i >= usher__yaml_len(map))
		return false;
	pair = &map->data.mapping.pairs.start[i];
	key = yaml_document_get_node(&y->document, pair->key);
	*ret_name = value_of(key);
	if (ret_key)
		*ret_key = key;
	*ret_value = yaml_document_get_node(&y->document, pair->value);
	return true;
}

static yaml_node_t *find(struct usher__yaml *y, const yaml_node_t *map,
			 const char *wanted, bool key_itself)
{
	yaml_node_t *key;
	yaml_node_t *value;
	const char *name;

	for (size_t i = 0; usher__yaml_entry(y, map, i, &name, &key, &value);
	     ++i)
		if (strcmp(name, wanted) == 0)
			return key_itself ? key : value;
	return NULL;
}

yaml_node_t *usher__yaml_get(struct usher__yaml *y, const yaml_node_t *map,
			     const char *key)
{
	return find(y, map, key, false);
}

yaml_node_t *usher__yaml_key(struct usher__yaml *y, const yaml_node_t *map,
			     const char *key)
{
	return find(y, map, key, true);
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edits (insert, delete, replace, swap of neighbors) between two words of at
 * most WORD_MAX bytes. */
static size_t word_distance(const char *a, const char *b)
{
	size_t d[WORD_MAX + 1][WORD_MAX + 1];
	size_t n = strlen(a);
	size_t m = strlen(b);

	for (size_t i = 0; i <= n; ++i)
		d[i][0] = i;
	for (size_t j = 0; j <= m; ++j)
		d[0][j] = j;
	for (size_t i = 1; i <= n; ++i) {
		for (size_t j = 1; j <= m; ++j) {
			d[i][j] =
				min3(d[i - 1][j] + 1, d[i][j - 1] + 1,
				     d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[n][m];
}

const char *usher__nearest(const char *written, const char *const *words,
			   size_t count)
{
	size_t len = strlen(written);
	size_t best = len / 3 + 2;
	const char *nearest = NULL;

	if (!len || len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < count && words[i]; ++i) {
		size_t wlen = strlen(words[i]);
		size_t d;

		if (wlen > WORD_MAX)
			continue;
		d = word_distance(written, words[i]);
		/* A word that shares nothing is no suggestion. */
		if (d < best && d < wlen && d < len) {
			best = d;
			nearest = words[i];
		}
	}
	return nearest;
}

int usher__yaml_expect_map(struct usher__yaml *y, const yaml_node_t *node,
			   const char *what, const char *const *keys,
			   struct usher_error *err)
{
	yaml_node_t *key;
	yaml_node_t *value;
	const char *name;

	if (!usher__yaml_is_map(node))
		return usher__yaml_fail(y, node, err, USHER_EINVAL,
					"%s has to be a mapping, not %s", what,
					usher__yaml_kind(node));
	for (size_t i = 0; usher__yaml_entry(y, node, i, &name, &key, &value);
	     ++i) {
		const char *near;
		size_t k = 0;

		while (keys && keys[k] && strcmp(keys[k], name) != 0)
			++k;
		if (!keys || keys[k])
			continue;
		near = usher__nearest(name, keys, SIZE_MAX);
		if (near)
			return usher__yaml_fail(
				y, key, err, USHER_EINVAL,
				"unknown key '%.60s' in %s; is '%s' meant?",
				name, what, near);
		return usher__yaml_fail(y, key, err, USHER_EINVAL,
					"unknown key '%.60s' in %s", name,
					what);
	}
	return 0;
}

int usher__yaml_expect_list(struct usher__yaml *y, const yaml_node_t *node,
			    const char *what, size_t max,
			    struct usher_error *err)
{
	if (!usher__yaml_is_list(node))
		return usher__yaml_fail(y, node, err, USHER_EINVAL,
					"%s has to be a list, not %s", what,
					usher__yaml_kind(node));
	if (usher__yaml_len(node) > max)
		return usher__yaml_fail(y, node, err, USHER_EFULL,
					"%s has more than %zu items", what,
					max);
	return 0;
}
