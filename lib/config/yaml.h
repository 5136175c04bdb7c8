/** @file
 * Reading YAML that a stranger wrote: limits while loading, and typed access
 * where every refusal names file, line and column.
 *
 * Internal to libusher-server; shared by the sections of the configuration
 * and by the flows. Nothing here interprets a plain scalar by its look: a
 * reader asks for the type that it wants, so 0036 or 1_000 or no stay text
 * when text is asked for.
 *
 * Nodes are libyaml's and live until usher__yaml_free(); so do the texts that
 * they lend. All functions: one thread at a time for one document.
 */
#ifndef USHER_CONFIG_YAML_H
#define USHER_CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <yaml.h>

#include <usher/error.h>

/** Longest file in bytes. */
#define USHER__YAML_SIZE_MAX (1u << 20)
/** Deepest nesting of mappings and sequences. */
#define USHER__YAML_DEPTH_MAX 32u
/** Most anchors in a file. */
#define USHER__YAML_ANCHORS_MAX 256u
/** Most aliases in a file. */
#define USHER__YAML_ALIASES_MAX 1024u
/** Most nodes once every alias is written out: stops alias bombs. */
#define USHER__YAML_NODES_MAX 200000u
/** Longest scalar in bytes. */
#define USHER__YAML_SCALAR_MAX 65536u

struct usher__yaml;

/**
 * Load one file. Refused: more than one document, a key twice in a mapping,
 * keys that are not scalars, tags, recursive aliases, NUL in a text, anything
 * beyond the limits above.
 *
 * @param ret   The document, to be freed with usher__yaml_free()
 * @param path  File to read; a directory, FIFO or device is refused
 * @param err   Detail with file, line and column; may be NULL
 *
 * @return 0, USHER_ENOENT, USHER_EIO, USHER_EINVAL, USHER_EFULL (a limit),
 *         USHER_ENOMEM
 */
int usher__yaml_open(struct usher__yaml **ret, const char *path,
		     struct usher_error *err);

/** As usher__yaml_open() with text in memory; name stands for the file. */
int usher__yaml_parse(struct usher__yaml **ret, const char *name,
		      const char *text, size_t len, struct usher_error *err);

void usher__yaml_free(struct usher__yaml *y);

/** The top of the document: NULL when it is empty. */
yaml_node_t *usher__yaml_root(struct usher__yaml *y);

/** File name as given. */
const char *usher__yaml_file(const struct usher__yaml *y);

/** Line and column of a node, both from 1; 0 for NULL. */
uint32_t usher__yaml_line(const yaml_node_t *node);
uint32_t usher__yaml_column(const yaml_node_t *node);

/**
 * Refuse: fill in err with the file of y and the place of node.
 *
 * @param node  NULL for the file as a whole
 * @return code, so that a caller can return it
 */
int usher__yaml_fail(const struct usher__yaml *y, const yaml_node_t *node,
		     struct usher_error *err, int code, const char *fmt, ...)
	USHER_PRINTF(5, 6);

/**
 * As usher__yaml_fail(), inside a plain or quoted scalar: for a parser of
 * expressions that knows at which character (from 0) of the text it stopped.
 */
int usher__yaml_fail_inside(const struct usher__yaml *y,
			    const yaml_node_t *node, size_t character,
			    struct usher_error *err, int code, const char *fmt,
			    ...) USHER_PRINTF(6, 7);

/** "a mapping", "a list", "a text", "nothing": for messages. */
const char *usher__yaml_kind(const yaml_node_t *node);

bool usher__yaml_is_map(const yaml_node_t *node);
bool usher__yaml_is_list(const yaml_node_t *node);
bool usher__yaml_is_scalar(const yaml_node_t *node);
/** Nothing was written after the colon, or ~ or null. NULL counts too. */
bool usher__yaml_is_nothing(const yaml_node_t *node);

/** Entries of a mapping or items of a list; 0 for everything else. */
size_t usher__yaml_len(const yaml_node_t *node);

/** Item i of a list; NULL beyond its end. */
yaml_node_t *usher__yaml_item(struct usher__yaml *y, const yaml_node_t *list,
			      size_t i);

/**
 * Entry i of a mapping in the order written; false beyond its end.
 *
 * @param ret_name  The key's text
 * @param ret_key   The key's node (for messages); may be NULL
 */
bool usher__yaml_entry(struct usher__yaml *y, const yaml_node_t *map, size_t i,
		       const char **ret_name, yaml_node_t **ret_key,
		       yaml_node_t **ret_value);

/** The value under a key; NULL when it is absent or map is not a mapping. */
yaml_node_t *usher__yaml_get(struct usher__yaml *y, const yaml_node_t *map,
			     const char *key);

/** The node of a key itself, where messages about it point; NULL if absent. */
yaml_node_t *usher__yaml_key(struct usher__yaml *y, const yaml_node_t *map,
			     const char *key);

/**
 * Demand a mapping with known keys only. An unknown key is refused at its
 * place, with the nearest known one as a suggestion.
 *
 * @param what  What the mapping describes: "a queue", for messages
 * @param keys  Known keys, NULL last; NULL accepts every key
 */
int usher__yaml_expect_map(struct usher__yaml *y, const yaml_node_t *node,
			   const char *what, const char *const *keys,
			   struct usher_error *err);

/** Demand a list of at most max items. */
int usher__yaml_expect_list(struct usher__yaml *y, const yaml_node_t *node,
			    const char *what, size_t max,
			    struct usher_error *err);

/**
 * Demand a text of 1 to max bytes (0 to max with _text0).
 *
 * @param what  What it is: "the agent's name", for messages
 * @param ret   Borrowed until usher__yaml_free()
 */
int usher__yaml_text(struct usher__yaml *y, const yaml_node_t *node,
		     const char *what, size_t max, const char **ret,
		     struct usher_error *err);
int usher__yaml_text0(struct usher__yaml *y, const yaml_node_t *node,
		      const char *what, size_t max, const char **ret,
		      struct usher_error *err);

/** Demand a decimal integer from min to max. */
int usher__yaml_int(struct usher__yaml *y, const yaml_node_t *node,
		    const char *what, int64_t min, int64_t max, int64_t *ret,
		    struct usher_error *err);

/** Demand a decimal number from min to max: 0.8, or 80% for 0.8. */
int usher__yaml_number(struct usher__yaml *y, const yaml_node_t *node,
		       const char *what, double min, double max, double *ret,
		       struct usher_error *err);

/** Demand true or false (not yes, no, on, off). */
int usher__yaml_bool(struct usher__yaml *y, const yaml_node_t *node,
		     const char *what, bool *ret, struct usher_error *err);

/**
 * Demand a duration with its units, 500ms, 20s, 2m, 1h30m, 1d; 0 needs none.
 *
 * @param min_us, max_us  Microseconds, as is the result
 */
int usher__yaml_duration(struct usher__yaml *y, const yaml_node_t *node,
			 const char *what, int64_t min_us, int64_t max_us,
			 int64_t *ret_us, struct usher_error *err);

/**
 * Demand one of a list of words; the nearest is suggested.
 *
 * @param words  NULL last
 * @param ret    Index in words
 */
int usher__yaml_word(struct usher__yaml *y, const yaml_node_t *node,
		     const char *what, const char *const *words, size_t *ret,
		     struct usher_error *err);

/**
 * The word nearest to what was written, if it is near enough to be meant.
 *
 * @param count  Words to look at; SIZE_MAX when NULL ends the list
 * @return one of words, or NULL
 */
const char *usher__nearest(const char *written, const char *const *words,
			   size_t count);

/** The text of a duration: 20s, 500ms, 1h30m. @return 0 or -1 when malformed
 * or beyond int64. */
int usher__duration_parse(const char *text, int64_t *ret_us);

/**
 * Read a small regular file whole, with a NUL behind it.
 *
 * @param max  Most bytes; more is USHER_EFULL
 * @param ret  To be freed with free()
 */
int usher__file_read(const char *path, size_t max, char **ret, size_t *ret_len,
		     struct usher_error *err);

#endif
