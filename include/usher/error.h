/** @file
 * Error codes and error detail: the ground that every other header stands on.
 *
 * Functions return 0 (or a count) on success and one of the negative codes
 * below otherwise; outputs are written only on success. Functions that take
 * options or text also take a struct usher_error for the detail, which may be
 * NULL. Nothing is kept per thread and errno means nothing here.
 */
#ifndef USHER_ERROR_H
#define USHER_ERROR_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
/** Marks what the shared libraries export. */
#define USHER_API __attribute__((visibility("default")))
/** Lets the compiler check a format and its arguments. */
#define USHER_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define USHER_API
#define USHER_PRINTF(fmt, args)
#endif

/** What can go wrong. The numbers are part of the ABI. */
enum usher_errcode {
	USHER_OK = 0,
	USHER_EINVAL = -1,  /**< an argument or a text is malformed */
	USHER_ENOENT = -2,  /**< no such thing, or not any more (stale id) */
	USHER_EEXIST = -3,  /**< the name or id is taken */
	USHER_ENOMEM = -4,  /**< out of memory; nothing has changed */
	USHER_EFULL = -5,   /**< a named limit is reached */
	USHER_EAGAIN = -6,  /**< drain the events first, then repeat */
	USHER_EBUSY = -7,   /**< not from inside this callback */
	USHER_ESTATE = -8,  /**< not in the state that this needs */
	USHER_ENOTSUP = -9, /**< this build or this driver cannot do it */
	USHER_ECANCELED = -10, /**< stopped before it was done */
	USHER_ETIMEDOUT = -11, /**< its deadline passed */
	USHER_EFORK = -12,     /**< called in a child of the owner's process */
	USHER_EIO = -13,      /**< the system refused; the message says what */
	USHER_EPROTO = -14,   /**< a peer broke its protocol */
	USHER_EPERM = -15,    /**< not allowed for this caller */
	USHER_ECORRUPT = -16, /**< stored bytes are not what was written */
	USHER_ECLOSED = -17   /**< queue, line or center is closed */
};

/** In options: zero itself, where 0 stands for the default. */
#define USHER_ZERO (-1)

/** Longest message in a struct usher_error, with the NUL. */
#define USHER_ERROR_MESSAGE_MAX 256
/** Longest file name in a struct usher_error, with the NUL. */
#define USHER_ERROR_FILE_MAX 240

/**
 * Detail of an error. Owned by the caller, borrows nothing, needs no cleanup.
 */
struct usher_error {
	int32_t code;  /**< one of enum usher_errcode */
	uint32_t line; /**< from 1; 0 where there is no text */
	uint32_t
		column; /**< from 1, in characters; 0 where there is no text */
	uint32_t reserved;                     /**< zero */
	char file[USHER_ERROR_FILE_MAX];       /**< "" where there is none */
	char message[USHER_ERROR_MESSAGE_MAX]; /**< for a person, in English */
};

/**
 * Name an error code: "no such id" for USHER_ENOENT. Never NULL; static
 * storage. Thread: any. Since 0.1.
 */
USHER_API const char *usher_strerror(int code);

/**
 * Fill in an error, for drivers and policies written outside the library.
 * Line, column and file are cleared.
 *
 * @param err   May be NULL, then only the code is returned
 * @param code  One of enum usher_errcode
 * @param fmt   As for printf; cut to USHER_ERROR_MESSAGE_MAX
 *
 * @return code, so that a caller can write return usher_error_set(…).
 *         Thread: any. Since 0.1.
 */
USHER_API int usher_error_set(struct usher_error *err, int code,
			      const char *fmt, ...) USHER_PRINTF(3, 4);

/** As usher_error_set, with a place in a text. Since 0.1. */
USHER_API int usher_error_set_at(struct usher_error *err, int code,
				 uint32_t line, uint32_t column,
				 const char *fmt, ...) USHER_PRINTF(5, 6);

#ifdef __cplusplus
}
#endif
#endif
