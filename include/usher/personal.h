/** @file
 * Personal data that a store keeps apart: names, addresses, texts, recordings.
 *
 * They never stand in the journal or in history.db: an event refers to them by
 * the id that usher_store_person_put() gave, and erasing them leaves the
 * events as they were. Threads: see usher/store.h.
 */
#ifndef USHER_PERSONAL_H
#define USHER_PERSONAL_H

#include <stddef.h>
#include <stdint.h>
#include <usher/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct usher_store;

/** Largest personal value; recordings are kept as the name of a file. */
#define USHER_STORE_PERSON_MAX (64u << 10)
/** Longest reference of a customer, with the NUL. */
#define USHER_STORE_CUSTOMER_MAX 128

/** Kinds of personal data. The numbers stand in personal.db. */
enum usher_person_kind {
	USHER_PERSON_ADDRESS = 1,   /**< number, SIP address, mail address */
	USHER_PERSON_NAME = 2,      /**< name shown */
	USHER_PERSON_TEXT = 3,      /**< text of a message, a note */
	USHER_PERSON_RECORDING = 4, /**< name of a sound file */
	USHER_PERSON_VOICEMAIL = 5, /**< name of a sound file */
	USHER_PERSON_VALUE = 6      /**< a value that a flow collected */
};

/** A piece of personal data to keep. */
struct usher_person_opts {
	size_t size;       /**< set by usher_person_opts_init() */
	uint32_t kind;     /**< enum usher_person_kind */
	uint32_t reserved; /**< zero */
	uint64_t contact;  /**< contact it came with, 0: none */
	uint64_t segment;  /**< segment of it, 0: none */
	int64_t time_us;   /**< when it came */
	/** Customer it is about, as in the events; NULL: unknown. */
	const char *customer;
	/**
	 * The value: UTF-8, or for a recording or a voicemail the path of
	 * its file, absolute or relative to the store's directory.
	 */
	const void *bytes;
	uint64_t len; /**< to USHER_STORE_PERSON_MAX */
};

/** Fill with zeros. @param size  sizeof(struct usher_person_opts) */
USHER_API void usher_person_opts_init(struct usher_person_opts *opts,
				      size_t size);

/**
 * Keep personal data, in the same turn as the events that refer to it: it
 * is in the kernel before they are. Thread: the owner's.
 *
 * @param ret_person  Its id, for events to refer to; never used again
 *
 * @return 0, USHER_EINVAL, USHER_EFULL, USHER_ESTATE, USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_store_person_put(struct usher_store *store,
				     const struct usher_person_opts *opts,
				     uint64_t *ret_person);

/** A piece of personal data as it is kept. */
struct usher_person {
	size_t size;       /**< set by the caller to its sizeof */
	uint64_t id;       /**< as usher_store_person_put() gave it */
	uint64_t contact;  /**< contact it came with, 0: none */
	uint64_t segment;  /**< segment of it, 0: none */
	int64_t time_us;   /**< when it came */
	uint64_t len;      /**< of the value, also when buf was shorter */
	uint32_t kind;     /**< enum usher_person_kind */
	uint32_t reserved; /**< zero */
	/** whom it is about; "": unknown */
	char customer[USHER_STORE_CUSTOMER_MAX];
};

/**
 * Read personal data. Thread: any; one at a time gets the disk.
 *
 * @param ret  Size set by the caller
 * @param buf  Where the value goes, cut to cap; no NUL is added
 *
 * @return 0, USHER_ENOENT (never there, or erased), USHER_EIO, USHER_EFORK.
 *         Since 0.1.
 */
USHER_API int usher_store_person_get(struct usher_store *store,
				     uint64_t person, struct usher_person *ret,
				     void *buf, size_t cap);

/** What to erase: every field that is not 0 must match; not all may be 0. */
struct usher_person_filter {
	size_t size;          /**< set by the caller to its sizeof */
	uint64_t id;          /**< this one alone */
	uint64_t contact;     /**< that came with this contact */
	const char *customer; /**< about this customer; NULL or "": any */
	int64_t before_us;    /**< older than this: retention */
	uint32_t kind;        /**< enum usher_person_kind */
	uint32_t reserved;    /**< zero */
};

/**
 * Erase personal data: rows are overwritten, sound files inside the store's
 * directory removed, others left to the caller. Waits for it. Thread: any
 * but one of a loop that must not wait.
 *
 * @param ret_count  How many were erased; may be NULL
 *
 * @return 0 (also when there were none), USHER_EINVAL, USHER_EIO,
 *         USHER_ETIMEDOUT, USHER_EFORK. Since 0.1.
 */
USHER_API int
usher_store_person_erase(struct usher_store *store,
			 const struct usher_person_filter *filter,
			 uint64_t *ret_count);

#ifdef __cplusplus
}
#endif
#endif
