/*
 * Loading a YAML file that a stranger wrote.
 *
 * libyaml's document loader keeps aliases as shared nodes, so a small file
 * may describe a huge or even endless tree. The text is therefore parsed
 * twice: first as events, where depth, anchors, aliases and the size with
 * every alias written out are counted against their limits; then, known to
 * be harmless, as a document.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "yaml_priv.h"

struct anchor {
	char *name;
	size_t nodes; /* with its own aliases written out */
	bool open;    /* we are still inside it: an alias would be endless */
};

struct level {
	size_t anchor; /* index + 1 in scan.anchors; 0 for none */
	size_t before; /* scan.nodes when it was opened */
};

struct scan {
	const struct usher__yaml *y;
	struct usher_error *err;
	struct level levels[USHER__YAML_DEPTH_MAX];
	struct anchor anchors[USHER__YAML_ANCHORS_MAX];
	size_t depth;
	size_t anchor_count;
	size_t aliases;
	size_t nodes;
	size_t documents;
};

static int refuse(struct scan *s, const yaml_mark_t *at, int code,
		  const char *text)
{
	return usher__yaml_fail_mark(s->y, at, s->err, code, "%s", text);
}

static int count_nodes(struct scan *s, const yaml_mark_t *at, size_t n)
{
	s->nodes += n;
	if (s->nodes <= USHER__YAML_NODES_MAX)
		return 0;
	return refuse(s, at, USHER_EFULL,
		      "too many values once aliases are written out");
}

static int add_anchor(struct scan *s, const yaml_mark_t *at,
		      const yaml_char_t *name, bool open, size_t *ret)
{
	struct anchor *a;

	*ret = 0;
	if (!name)
		return 0;
	if (s->anchor_count == USHER__YAML_ANCHORS_MAX)
		return refuse(s, at, USHER_EFULL, "too many anchors");
	a = &s->anchors[s->anchor_count];
	a->name = strdup((const char *)name);
	if (!a->name)
		return refuse(s, at, USHER_ENOMEM, "out of memory");
	a->nodes = 1;
	a->open = open;
	*ret = ++s->anchor_count;
	return 0;
}

static int scan_open(struct scan *s, const yaml_mark_t *at,
		     const yaml_char_t *anchor, const yaml_char_t *tag)
{
	struct level *level;

	if (tag)
		return refuse(s, at, USHER_EINVAL, "tags are not used here");
	if (s->depth == USHER__YAML_DEPTH_MAX)
		return refuse(s, at, USHER_EFULL, "nested too deeply");
	level = &s->levels[s->depth++];
	level->before = s->nodes;
	if (count_nodes(s, at, 1))
		return USHER_EFULL;
	return add_anchor(s, at, anchor, true, &level->anchor);
}

static void scan_close(struct scan *s)
{
	const struct level *level = &s->levels[--s->depth];

	if (!level->anchor)
		return;
	s->anchors[level->anchor - 1].open = false;
	s->anchors[level->anchor - 1].nodes = s->nodes - level->before;
}

static int scan_alias(struct scan *s, const yaml_mark_t *at, const char *name)
{
	size_t i = s->anchor_count;

	if (++s->aliases > USHER__YAML_ALIASES_MAX)
		return refuse(s, at, USHER_EFULL, "too many aliases");
	while (i > 0 && strcmp(s->anchors[i - 1].name, name) != 0)
		--i;
	if (i == 0)
		return refuse(s, at, USHER_EINVAL,
			      "alias of an anchor that is not there");
	if (s->anchors[i - 1].open)
		return refuse(s, at, USHER_EINVAL,
			      "alias inside its own anchor");
	return count_nodes(s, at, s->anchors[i - 1].nodes);
}

static int scan_scalar(struct scan *s, const yaml_event_t *ev)
{
	const yaml_mark_t *at = &ev->start_mark;
	size_t len = ev->data.scalar.length;
	size_t index;

	if (ev->data.scalar.tag)
		return refuse(s, at, USHER_EINVAL, "tags are not used here");
	if (len > USHER__YAML_SCALAR_MAX)
		return refuse(s, at, USHER_EFULL, "a text is too long");
	if (memchr(ev->data.scalar.value, 0, len))
		return refuse(s, at, USHER_EINVAL, "a text contains NUL");
	if (count_nodes(s, at, 1))
		return USHER_EFULL;
	return add_anchor(s, at, ev->data.scalar.anchor, false, &index);
}

static int scan_event(struct scan *s, const yaml_event_t *ev)
{
	const yaml_mark_t *at = &ev->start_mark;

	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (s->documents++)
			return refuse(s, at, USHER_EINVAL,
				      "a second document in one file");
		return 0;
	case YAML_MAPPING_START_EVENT:
		return scan_open(s, at, ev->data.mapping_start.anchor,
				 ev->data.mapping_start.tag);
	case YAML_SEQUENCE_START_EVENT:
		return scan_open(s, at, ev->data.sequence_start.anchor,
				 ev->data.sequence_start.tag);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		scan_close(s);
		return 0;
	case YAML_ALIAS_EVENT:
		return scan_alias(s, at, (const char *)ev->data.alias.anchor);
	case YAML_SCALAR_EVENT:
		return scan_scalar(s, ev);
	default:
		return 0;
	}
}

/* A reader error (bad UTF-8, control characters) has only a byte offset. */
static yaml_mark_t mark_of_offset(const char *text, size_t len, size_t offset)
{
	yaml_mark_t mark = {0};

	for (size_t i = 0; i < len && i < offset; ++i) {
		if (text[i] == '\n') {
			++mark.line;
			mark.column = 0;
		} else if ((text[i] & 0xC0) != 0x80) {
			++mark.column;
		}
	}
	return mark;
}

static int parser_failed(const struct usher__yaml *y, const char *text,
			 size_t len, const yaml_parser_t *p,
			 struct usher_error *err)
{
	yaml_mark_t at = p->problem_mark;
	int code = USHER_EINVAL;

	if (p->error == YAML_MEMORY_ERROR)
		code = USHER_ENOMEM;
	if (p->error == YAML_READER_ERROR)
		at = mark_of_offset(text, len, p->problem_offset);
	return usher__yaml_fail_mark(y, &at, err, code, "not YAML: %s",
				     p->problem ? p->problem
						: "out of memory");
}

static int scan_text(const struct usher__yaml *y, const char *text, size_t len,
		     struct usher_error *err)
{
	yaml_parser_t parser;
	struct scan *s = NULL;
	bool end = false;
	int e = 0;

	if (!yaml_parser_initialize(&parser))
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text,
				     len);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	s = calloc(1, sizeof(*s));
	if (!s) {
		e = usher_error_set(err, USHER_ENOMEM, "out of memory");
		goto out;
	}
	s->y = y;
	s->err = err;
	while (!e && !end) {
		yaml_event_t ev;

		if (!yaml_parser_parse(&parser, &ev)) {
			e = parser_failed(y, text, len, &parser, err);
			break;
		}
		e = scan_event(s, &ev);
		end = ev.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&ev);
	}
	for (size_t i = 0; i < s->anchor_count; ++i)
		free(s->anchors[i].name);
out:
	free(s);
	yaml_parser_delete(&parser);
	return e;
}

static int compare_keys(const void *a, const void *b)
{
	const yaml_node_t *x = *(yaml_node_t *const *)a;
	const yaml_node_t *y = *(yaml_node_t *const *)b;
	int c = strcmp((const char *)x->data.scalar.value,
		       (const char *)y->data.scalar.value);

	if (c)
		return c;
	return x->start_mark.index < y->start_mark.index ? -1 : 1;
}

/* Keys of one mapping: scalars, each once. */
static int check_keys(struct usher__yaml *y, const yaml_node_t *map,
		      struct usher_error *err)
{
	size_t n = usher__yaml_len(map);
	yaml_node_t **keys;
	int e = 0;

	if (!n)
		return 0;
	keys = calloc(n, sizeof(*keys));
	if (!keys)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	for (size_t i = 0; i < n && !e; ++i) {
		keys[i] = yaml_document_get_node(
			&y->document, map->data.mapping.pairs.start[i].key);
		if (keys[i]->type != YAML_SCALAR_NODE)
			e = usher__yaml_fail(y, keys[i], err, USHER_EINVAL,
					     "a key has to be a text");
	}
	if (!e)
		qsort(keys, n, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < n && !e; ++i)
		if (strcmp((char *)keys[i - 1]->data.scalar.value,
			   (char *)keys[i]->data.scalar.value) == 0)
			e = usher__yaml_fail(
				y, keys[i], err, USHER_EINVAL,
				"'%.60s' is here twice, first in line %u",
				(char *)keys[i]->data.scalar.value,
				usher__yaml_line(keys[i - 1]));
	free(keys);
	return e;
}

static int load_text(struct usher__yaml *y, const char *text, size_t len,
		     struct usher_error *err)
{
	yaml_parser_t parser;
	yaml_node_t *node;
	int e = 0;

	if (!yaml_parser_initialize(&parser))
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text,
				     len);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	y->loaded = yaml_parser_load(&parser, &y->document);
	if (!y->loaded)
		e = parser_failed(y, text, len, &parser, err);
	yaml_parser_delete(&parser);
	for (int i = 1; !e && (node = yaml_document_get_node(&y->document, i));
	     ++i)
		if (node->type == YAML_MAPPING_NODE)
			e = check_keys(y, node, err);
	return e;
}

/* The mark that some editors begin a file with. libyaml counts it as a column
 * of the first line, so that the second one would stand further out. */
static size_t mark_len(const char *text, size_t len)
{
	static const char mark[] = "\xef\xbb\xbf";
	const size_t n = sizeof(mark) - 1;

	return len >= n && !memcmp(text, mark, n) ? n : 0;
}

int usher__yaml_parse(struct usher__yaml **ret, const char *name,
		      const char *text, size_t len, struct usher_error *err)
{
	const size_t mark = mark_len(text, len);
	struct usher__yaml *y;
	int e;

	y = calloc(1, sizeof(*y));
	if (!y)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	text += mark;
	len -= mark;
	snprintf(y->file, sizeof(y->file), "%s", name);
	if (len > USHER__YAML_SIZE_MAX)
		e = usher__yaml_fail(y, NULL, err, USHER_EFULL,
				     "longer than %u bytes",
				     USHER__YAML_SIZE_MAX);
	else
		e = scan_text(y, text, len, err);
	if (!e)
		e = load_text(y, text, len, err);
	if (e)
		usher__yaml_free(y);
	else
		*ret = y;
	return e;
}

void usher__yaml_free(struct usher__yaml *y)
{
	if (!y)
		return;
	if (y->loaded)
		yaml_document_delete(&y->document);
	free(y);
}

static int file_failed(struct usher_error *err, const char *path, int code,
		       const char *why)
{
	usher_error_set(err, code, "cannot read: %s", why);
	if (err)
		snprintf(err->file, sizeof(err->file), "%s", path);
	return code;
}

int usher__yaml_open(struct usher__yaml **ret, const char *path,
		     struct usher_error *err)
{
	struct usher_error inner;
	char *text = NULL;
	size_t len;
	int e;

	e = usher__file_read(path, USHER__YAML_SIZE_MAX, &text, &len, &inner);
	if (e)
		return file_failed(err, path, e, inner.message);
	e = usher__yaml_parse(ret, path, text, len, err);
	free(text);
	return e;
}

int usher__file_read(const char *path, size_t max, char **ret, size_t *ret_len,
		     struct usher_error *err)
{
	struct stat st;
	char *text = NULL;
	size_t len = 0;
	int e = 0;
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return usher_error_set(
			err, errno == ENOENT ? USHER_ENOENT : USHER_EIO, "%s",
			strerrordesc_np(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		e = usher_error_set(err, USHER_EIO, "not a regular file");
		goto out;
	}
	text = malloc(max + 2);
	if (!text) {
		e = usher_error_set(err, USHER_ENOMEM, "out of memory");
		goto out;
	}
	while (len <= max) {
		ssize_t n = read(fd, text + len, max + 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			e = usher_error_set(err, USHER_EIO, "%s",
					    strerrordesc_np(errno));
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	if (!e && len > max)
		e = usher_error_set(err, USHER_EFULL, "longer than %zu bytes",
				    max);
out:
	close(fd);
	if (e) {
		free(text);
		return e;
	}
	text[len] = 0;
	*ret = text;
	*ret_len = len;
	return 0;
}
