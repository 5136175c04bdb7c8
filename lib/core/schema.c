/*
 * Descriptors from schema.def, and the questions about types and fields.
 */
#include <usher/schema.h>

#include <core/schema.h>

/* The public numbers and the schema agree, or this does not compile. */
#define USHER__CHECK_INPUT(NAME, id)                                          \
	_Static_assert((int)USHER_EV_##NAME == id, #NAME);
#define USHER__CHECK_EVENT(NAME, id) USHER__CHECK_INPUT(NAME, id)
#define USHER__CHECK_NOTE(NAME, id)  USHER__CHECK_INPUT(NAME, id)
#define USHER__CHECK_STATE(NAME, id)                                          \
	_Static_assert((int)USHER__##NAME == id, #NAME);
#define FIELD(id, NAME, name, TYPE, since, doc)                               \
	enum {                                                                \
		usher__field_type_##NAME = USHER_TYPE_##TYPE,                 \
		usher__field_id_##NAME = id                                   \
	};
#define BEGIN(id, KIND, NAME, name, since, doc) USHER__CHECK_##KIND(NAME, id)
#include "schema.def"

#define PUBLIC_FIELD_END 100
#define FIELD(id, NAME, name, TYPE, since, doc)                               \
	_Static_assert(id >= PUBLIC_FIELD_END || id < 256, #NAME);
#define BEGIN(id, KIND, NAME, name, since, doc)                               \
	_Static_assert(sizeof(struct usher__ev_##name) <= USHER__PAYLOAD_MAX, \
		       #NAME);                                                \
	static const struct usher__fdesc fields_##name[] = {
#define USES(entry, NAME, name)                                               \
	{usher__field_id_##NAME, offsetof(struct usher__ev_##entry, name),    \
	 usher__field_type_##NAME},
#define END(NAME, name)                                                       \
	{                                                                     \
		0, 0, 0                                                       \
	}                                                                     \
	}                                                                     \
	;
#include "schema.def"

/* The place of each field in its type. */
#define BEGIN(id, KIND, NAME, name, since, doc) enum {
#define USES(entry, NAME, name)                 at_##entry##_##NAME,
#define END(NAME, name)                                                       \
	at_##name##_end                                                       \
	}                                                                     \
	;                                                                     \
	_Static_assert(at_##name##_end <= USHER__FIELDS_MAX, #NAME);
#include "schema.def"

#define USHER__KIND_INPUT USHER_KIND_INPUT
#define USHER__KIND_EVENT USHER_KIND_EVENT
#define USHER__KIND_NOTE  USHER_KIND_NOTE

const struct usher__tdesc usher__types[USHER__TYPE_END] = {
#define BEGIN(id, KIND, NAME, name, since, doc)                               \
	[id] = {id, sizeof(struct usher__ev_##name), USHER__KIND_##KIND,      \
		sizeof(fields_##name) / sizeof(fields_##name[0]) - 1,         \
		fields_##name, #name, since, doc, 0
#define USES(entry, NAME, name)                                               \
	| (uint32_t)((int)usher__field_type_##NAME >= (int)USHER_TYPE_REAL)   \
			<< at_##entry##_##NAME
#define END(NAME, name)                                                       \
	}                                                                     \
	,
#include "schema.def"
};

const uint64_t usher__vars[USHER__TYPE_END] = {
#define BEGIN(id, KIND, NAME, name, since, doc) [id] = 0
#define USES(entry, NAME, name)                                               \
	| (uint64_t)((int)usher__field_type_##NAME >= (int)USHER_TYPE_STR)    \
			<< offsetof(struct usher__ev_##entry, name) / 8
#define END(NAME, name) ,
#include "schema.def"
};

_Static_assert(USHER__PAYLOAD_MAX <= 64 * sizeof(uint64_t), "usher__vars");

struct field_info {
	const char *name;
	const char *doc;
	uint8_t type;
};

static const struct field_info fields[] = {
#define FIELD(id, NAME, name, TYPE, since, doc)                               \
	[id] = {#name, doc, USHER_TYPE_##TYPE},
#include "schema.def"
};

#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

const struct usher__fdesc *usher__type_field(const struct usher__tdesc *desc,
					     uint32_t field)
{
	for (uint32_t i = 0; i < desc->field_count; i++) {
		if (desc->fields[i].id == field)
			return &desc->fields[i];
	}
	return NULL;
}

/* Snapshots are nobody's business but the core's. */
static const struct usher__tdesc *public_type(uint32_t type)
{
	const struct usher__tdesc *desc = usher__type(type);

	return desc && desc->kind != USHER__KIND_STATE ? desc : NULL;
}

const char *usher_event_type_name(uint32_t type)
{
	const struct usher__tdesc *desc = public_type(type);

	return desc ? desc->name : NULL;
}

uint32_t usher_event_type_by_name(const char *name)
{
	for (uint32_t i = 1; name && i < USHER__TYPE_END; i++) {
		if (public_type(i) && !strcmp(usher__types[i].name, name))
			return i;
	}
	return 0;
}

uint32_t usher_event_type_kind(uint32_t type)
{
	const struct usher__tdesc *desc = public_type(type);

	return desc ? desc->kind : 0;
}

uint32_t usher_event_type_next(uint32_t type)
{
	for (uint32_t i = type < USHER__TYPE_END ? type + 1 : USHER__TYPE_END;
	     i < USHER__TYPE_END; i++) {
		if (public_type(i))
			return i;
	}
	return 0;
}

const char *usher_event_type_doc(uint32_t type)
{
	const struct usher__tdesc *desc = public_type(type);

	return desc ? desc->doc : NULL;
}

uint32_t usher_event_type_field(uint32_t type, uint32_t index)
{
	const struct usher__tdesc *desc = public_type(type);

	return desc && index < desc->field_count ? desc->fields[index].id : 0;
}

const char *usher_field_name(uint32_t field)
{
	return field < FIELD_COUNT ? fields[field].name : NULL;
}

uint32_t usher_field_by_name(const char *name)
{
	for (uint32_t i = 1; name && i < FIELD_COUNT; i++) {
		if (fields[i].name && !strcmp(fields[i].name, name))
			return i;
	}
	return 0;
}

uint32_t usher_field_type(uint32_t field)
{
	return field < FIELD_COUNT ? fields[field].type : 0;
}

const char *usher_field_doc(uint32_t field)
{
	return field < FIELD_COUNT ? fields[field].doc : NULL;
}

struct names {
	uint16_t field;
	const char *const *names;
	size_t count;
};

static const char *const directions[] = {"in", "out"};
static const char *const sides[] = {"customer", "agent", "other"};
static const char *const presences[] = {"signed_out", "ready", "paused"};
static const char *const leaves[] = {
	"answered",  "abandoned", "elsewhere", "timeout",  "full",
	"closed",    "nobody",    "key",       "overflow", "removed",
	"voicemail", "callback",  "transfer",  "lost",     "failed"};
static const char *const withdraws[] = {
	"gone", "answered elsewhere", "left", "detached", "agent", "host"};
static const char *const actors[] = {"host",     "agent", "supervisor",
				     "token",    "timer", "policy",
				     "customer", "config"};

static const char *const step_actions[] = {"widen",    "priority", "add",
					   "announce", "callback", "overflow",
					   "exit"};

static const char *const firsts[] = {"agent", "customer"};

#define NAMES(list) (list), sizeof(list) / sizeof((list)[0])

static const struct names enums[] = {
	{USHER_F_DIRECTION, NAMES(directions)},
	{USHER_F_SIDE, NAMES(sides)},
	{USHER_F_PRESENCE, NAMES(presences)},
	{USHER_F_LEAVE, NAMES(leaves)},
	{USHER_F_WITHDRAW, NAMES(withdraws)},
	{USHER_F_ACTION, NAMES(step_actions)},
	{USHER_F_FIRST, NAMES(firsts)},
};

static const struct names *enum_names(uint32_t field)
{
	for (size_t i = 0; i < sizeof(enums) / sizeof(enums[0]); i++) {
		if (enums[i].field == field)
			return &enums[i];
	}
	return NULL;
}

const char *usher_enum_name(uint32_t field, uint32_t value)
{
	const struct names *names = enum_names(field);

	return names && value < names->count ? names->names[value] : NULL;
}

int usher_enum_by_name(uint32_t field, const char *name, uint32_t *ret)
{
	const struct names *names = enum_names(field);

	for (uint32_t i = 0; names && name && i < names->count; i++) {
		if (!strcmp(names->names[i], name)) {
			*ret = i;
			return 0;
		}
	}
	return USHER_ENOENT;
}

const char *usher_actor_name(uint32_t actor)
{
	return actor < sizeof(actors) / sizeof(actors[0]) ? actors[actor]
							  : NULL;
}
