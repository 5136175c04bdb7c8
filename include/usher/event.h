/** @file
 * The events: everything that happens to contacts, agents and queues, in one
 * gapless sequence, and the inputs that caused them.
 *
 * An event has a header, which is a plain struct, and fields, which are read
 * by number: usher_event_u64(ev, USHER_F_QUEUE, &queue). Which type has which
 * fields is in docs/events.md and can be asked for at run time. Types and
 * fields are only added. An event that a newer version wrote is still read:
 * its unknown fields are skipped.
 *
 * Thread: events are plain data; any thread that the owner lets read them.
 */
#ifndef USHER_EVENT_H
#define USHER_EVENT_H

#include <stddef.h>
#include <stdint.h>
#include <usher/alloc.h>
#include <usher/error.h>
#include <usher/schema.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Head of an event; its fields follow where only the accessors look. Borrowed:
 * whoever handed it out says until when. Never copied by assignment: encode
 * it.
 */
struct usher_event {
	uint64_t node;       /**< the node that wrote it; 0 alone */
	uint64_t seq;        /**< gapless from 1; an input has that of the next
			      *   event and takes none */
	int64_t time_us;     /**< Unix microseconds, never running backwards */
	uint64_t contact;    /**< 0: none */
	uint64_t segment;    /**< 0: none */
	uint64_t actor_id;   /**< as enum usher_actor says, or 0 */
	uint64_t cause;      /**< as enum usher_cause says, or 0 */
	uint32_t type;       /**< enum usher_event_type, or a newer one */
	uint32_t kind;       /**< enum usher_event_kind */
	uint32_t actor;      /**< enum usher_actor */
	uint32_t cause_kind; /**< enum usher_cause */
};

/** Types of an attribute's value. */
enum usher_attr_type {
	USHER_ATTR_NUMBER = 0,
	USHER_ATTR_TEXT = 1,
	USHER_ATTR_LIST = 2 /**< of texts, for `in` and `has` */
};

/** Most items of all lists among the attributes of one agent or contact. */
#define USHER_ATTR_ITEMS_MAX 128

/** An attribute of an agent or contact. As input: copied. As output:
 *  borrowed from where it was read. */
struct usher_attr {
	const char *name; /**< NUL-terminated, at most USHER_NAME_MAX bytes */
	/** For USHER_ATTR_TEXT the text. For USHER_ATTR_LIST its items one
	 *  after the other, each with its NUL: "hu\0pl" and a count of 2.
	 *  Else NULL. An item has at most USHER_TEXT_MAX bytes. */
	const char *text;
	double number;  /**< for USHER_ATTR_NUMBER; never NaN or infinite */
	uint32_t type;  /**< enum usher_attr_type */
	uint32_t count; /**< items of a USHER_ATTR_LIST, else 0 */
};

/**
 * One field given by number: how notes and generic inputs are written. Only
 * the member of the field's type is read.
 */
struct usher_field_value {
	uint32_t field;  /**< enum usher_field */
	uint32_t len;    /**< bytes of a text (0: up to its NUL); entries of a
			  *   list */
	uint64_t number; /**< ids, numbers, enums; signed ones cast */
	double real;     /**< a REAL */
	/** const char * for STR and BYTES, const uint64_t * for IDS,
	 *  const char *const * for STRS, const struct usher_attr * for KV */
	const void *data;
};

/**
 * @name Reading a field
 * Each returns 0; USHER_ENOENT when this type of event has no such field;
 * USHER_EINVAL when the field holds something else. A field that was not
 * written reads as 0 or "". What is borrowed lives as long as the event.
 * Since 0.1.
 * @{
 */
/** Ids, U64, U32, enums; also I64, times and spans that are not negative. */
USHER_API int usher_event_u64(const struct usher_event *ev, uint32_t field,
			      uint64_t *ret);
/** Signed numbers, times and spans; also unsigned ones below 2^63. */
USHER_API int usher_event_i64(const struct usher_event *ev, uint32_t field,
			      int64_t *ret);
/** A REAL. */
USHER_API int usher_event_real(const struct usher_event *ev, uint32_t field,
			       double *ret);
/** A text, NUL-terminated, or bytes. ret_len may be NULL. */
USHER_API int usher_event_str(const struct usher_event *ev, uint32_t field,
			      const char **ret, size_t *ret_len);
/** A list of ids. */
USHER_API int usher_event_ids(const struct usher_event *ev, uint32_t field,
			      const uint64_t **ret, size_t *ret_count);
/** Number of entries of a list of ids or texts, or of attributes. */
USHER_API int usher_event_count(const struct usher_event *ev, uint32_t field,
				size_t *ret);
/** Text number index, from 0, of a list; USHER_ENOENT past its end. */
USHER_API int usher_event_str_at(const struct usher_event *ev, uint32_t field,
				 size_t index, const char **ret);
/** Attribute number index; in order of their names. */
USHER_API int usher_event_attr_at(const struct usher_event *ev, uint32_t field,
				  size_t index, struct usher_attr *ret);
/** @} */

/**
 * @name The schema at run time
 * Static storage; NULL, 0 or USHER_ENOENT for what does not exist. Any thread.
 * Since 0.1.
 * @{
 */
/** "offer_made"; inputs begin with "in_". */
USHER_API const char *usher_event_type_name(uint32_t type);
/** Type by name, or 0. */
USHER_API uint32_t usher_event_type_by_name(const char *name);
/** enum usher_event_kind of a type, or 0. */
USHER_API uint32_t usher_event_type_kind(uint32_t type);
/** The type after this one in order of numbers; from 0 the first; 0: end. */
USHER_API uint32_t usher_event_type_next(uint32_t type);
/** One sentence on a type. */
USHER_API const char *usher_event_type_doc(uint32_t type);
/** Field number index of a type, from 0; 0 past the end. */
USHER_API uint32_t usher_event_type_field(uint32_t type, uint32_t index);
/** "queue". */
USHER_API const char *usher_field_name(uint32_t field);
/** Field by name, or 0. */
USHER_API uint32_t usher_field_by_name(const char *name);
/** enum usher_field_type, or 0. */
USHER_API uint32_t usher_field_type(uint32_t field);
/** One sentence on a field. */
USHER_API const char *usher_field_doc(uint32_t field);
/** Name of a value of an enum field: (USHER_F_LEAVE, 1) is "abandoned". */
USHER_API const char *usher_enum_name(uint32_t field, uint32_t value);
/** Value by name: 0 or USHER_ENOENT. */
USHER_API int usher_enum_by_name(uint32_t field, const char *name,
				 uint32_t *ret);
/** "agent" for USHER_BY_AGENT. */
USHER_API const char *usher_actor_name(uint32_t actor);
/** @} */

/**
 * Write an entry, event or input, in the binary form of the journal: a length,
 * then the header and the fields that are not empty. Equal entries give equal
 * bytes.
 *
 * @param buf      Where to; may be NULL when cap is 0
 * @param cap      Its size
 * @param ret_len  Bytes written, or needed with USHER_EFULL
 *
 * @return 0 or USHER_EFULL (nothing written, *ret_len says how much is
 *         needed). Since 0.1.
 */
USHER_API int usher_event_encode(const struct usher_event *ev, void *buf,
				 size_t cap, size_t *ret_len);

/** Reads encoded entries; holds the memory of the last one. */
struct usher_decoder;

/** Make a decoder. alloc may be NULL. @return 0, USHER_ENOMEM. Since 0.1. */
USHER_API int usher_decoder_new(struct usher_decoder **ret,
				const struct usher_alloc *alloc);
/** Free a decoder and its event; NULL is fine. Since 0.1. */
USHER_API void usher_decoder_free(struct usher_decoder *dec);

/**
 * Read the first entry of some bytes, which may be anything. Unknown types and
 * fields are kept out of the way: the header is there, unknown fields are not.
 *
 * @param ret_used  Length of the entry in the bytes
 * @param ret       The event; valid until the next call with this decoder
 *
 * @return 0; USHER_EAGAIN: the bytes end inside the entry; USHER_ECORRUPT;
 *         USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_event_decode(struct usher_decoder *dec, const void *bytes,
				 size_t len, size_t *ret_used,
				 const struct usher_event **ret);

/**
 * Write an event as one JSON object: header members first (node, seq, time,
 * type, contact, segment, actor, actor_id, cause), then the fields by name.
 * Ids are strings, times are numbers of microseconds, attributes an object.
 * NUL-terminated.
 *
 * @param ret_len  Length without the NUL, or the size needed with USHER_EFULL
 *
 * @return 0 or USHER_EFULL. Since 0.1.
 */
USHER_API int usher_event_json(const struct usher_event *ev, char *buf,
			       size_t cap, size_t *ret_len);

#ifdef __cplusplus
}
#endif
#endif
