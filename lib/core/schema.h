/*
 * The schema as C: one payload struct per entry, descriptors of types and
 * fields, packing, and the binary form.
 *
 * In memory an entry is a struct usher_event followed directly by its payload
 * struct; variable parts are pointed to by struct usher__bytes:
 *
 *   STR    text with a NUL at ptr[len]
 *   BYTES  anything
 *   IDS    aligned uint64_t[count]
 *   STRS   count texts, each with its NUL
 *   KV     count times: name NUL, 'n' and 8 bytes of a little-endian double or
 *          't' text NUL or 'l', a byte with the number of items, and as many
 *          texts, each with its NUL; strictly ascending names
 */
#ifndef USHER_CORE_SCHEMA_H
#define USHER_CORE_SCHEMA_H

#include <stdbool.h>
#include <string.h>

#include <usher/event.h>

/* Kinds of types beside enum usher_event_kind. */
#define USHER__KIND_STATE 4

struct usher__bytes {
	const void *ptr;
	uint32_t len;
	uint32_t count;
};

typedef uint64_t usher__c_ID;
typedef uint64_t usher__c_U64;
typedef int64_t usher__c_I64;
typedef int64_t usher__c_TIME;
typedef int64_t usher__c_SPAN;
typedef uint32_t usher__c_U32;
typedef uint32_t usher__c_ENUM;
typedef double usher__c_REAL;
typedef struct usher__bytes usher__c_STR;
typedef struct usher__bytes usher__c_BYTES;
typedef struct usher__bytes usher__c_IDS;
typedef struct usher__bytes usher__c_STRS;
typedef struct usher__bytes usher__c_KV;

#define FIELD(id, NAME, name, TYPE, since, doc)                               \
	typedef usher__c_##TYPE usher__f_##name;
#include "schema.def"

/* The last member keeps a type without fields from being empty. */
#define BEGIN(id, KIND, NAME, name, since, doc) struct usher__ev_##name {
#define USES(entry, NAME, name)                 usher__f_##name name;
#define END(NAME, name)                                                       \
	uint64_t end;                                                         \
	}                                                                     \
	;
#include "schema.def"

/* Types of snapshots, which are not events. */
enum usher__state_type {
	USHER__ST_CENTER = 301,
	USHER__ST_QUEUE,
	USHER__ST_AGENT,
	USHER__ST_CONTACT,
	USHER__ST_SEGMENT,
	USHER__ST_OFFER,
	USHER__ST_RETRY,
	USHER__ST_PACE,
	USHER__ST_CALLBACK,
	USHER__TYPE_END
};

struct usher__fdesc {
	uint16_t id;
	uint16_t offset;
	uint8_t type; /* enum usher_field_type */
};

struct usher__tdesc {
	uint16_t id;
	uint16_t size;
	uint8_t kind;
	uint8_t field_count;
	const struct usher__fdesc *fields;
	const char *name;
	const char *since;
	const char *doc;
	uint32_t checked; /* bits of the fields that are not just any number */
};

/* Most fields of one type. */
#define USHER__FIELDS_MAX 32
/* Largest payload struct; checked in schema.c. */
#define USHER__PAYLOAD_MAX 512

union usher__payload {
	uint64_t align;
	unsigned char room[USHER__PAYLOAD_MAX];
};

/* By their numbers; one without an id: there is no such type. */
extern const struct usher__tdesc usher__types[USHER__TYPE_END];
/* By the same numbers: bits of the words of a payload where its variable parts
 * begin. Most types have few, and inputs and events pass them several times.
 */
extern const uint64_t usher__vars[USHER__TYPE_END];

static inline const struct usher__tdesc *usher__type(uint32_t type)
{
	return type < USHER__TYPE_END && usher__types[type].id
		       ? &usher__types[type]
		       : NULL;
}

const struct usher__fdesc *usher__type_field(const struct usher__tdesc *desc,
					     uint32_t field);

static inline bool usher__is_var(uint32_t field_type)
{
	return field_type >= USHER_TYPE_STR;
}

static inline const void *usher__payload(const struct usher_event *ev)
{
	return ev + 1;
}

static inline struct usher__bytes usher__text(const char *text)
{
	struct usher__bytes bytes = {text, 0, 0};

	bytes.len = text ? (uint32_t)strlen(text) : 0;
	return bytes;
}

/* A text of a payload for a reader: "" where nothing was written. */
static inline const char *usher__cstr(const struct usher__bytes *bytes)
{
	return bytes->ptr ? bytes->ptr : "";
}

static inline size_t usher__align8(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

/* The next variable part of a payload; vars has one bit for each to come. */
static inline struct usher__bytes *usher__var_next(void *payload,
						   uint64_t *vars)
{
	uint64_t *words = payload;
	void *at = &words[__builtin_ctzll(*vars)];

	*vars &= *vars - 1;
	return at;
}

/* Bytes that the variable parts take when packed behind the struct. */
static inline size_t usher__pack_size(const struct usher__tdesc *desc,
				      const void *payload)
{
	size_t size = 0;

	for (uint64_t vars = usher__vars[desc->id]; vars;) {
		const struct usher__bytes *var =
			usher__var_next((void *)(uintptr_t)payload, &vars);

		if (var->len)
			size += usher__align8(var->len + 1u);
	}
	return size;
}

/* Copy a payload to dst, its variable parts to space (aligned to 8). Returns
 * their end. */
static inline void *usher__pack(const struct usher__tdesc *desc, void *dst,
				const void *payload, void *space)
{
	char *at = space;

	memcpy(dst, payload, desc->size);
	for (uint64_t vars = usher__vars[desc->id]; vars;) {
		struct usher__bytes *var = usher__var_next(dst, &vars);

		if (!var->len) {
			var->ptr = NULL;
			continue;
		}
		memcpy(at, var->ptr, var->len);
		at[var->len] = '\0';
		var->ptr = at;
		at += usher__align8(var->len + 1u);
	}
	return at;
}

/* Fields in binary form, without any header. put returns the end. */
size_t usher__fields_size(const struct usher__tdesc *desc,
			  const void *payload);
unsigned char *usher__fields_put(const struct usher__tdesc *desc,
				 const void *payload, unsigned char *out);
/* Room that usher__fields_get needs for variable parts. */
size_t usher__fields_room(size_t len);
int usher__fields_get(const struct usher__tdesc *desc, const void *bytes,
		      size_t len, void *payload, void *space);

#endif
