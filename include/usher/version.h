/** @file
 * Versions: of the headers a program was compiled with, and of the library
 * that it runs on.
 */
#ifndef USHER_VERSION_H
#define USHER_VERSION_H

#include <stdint.h>
#include <usher/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Major version of these headers. */
#define USHER_VERSION_MAJOR 0
/** Minor version. */
#define USHER_VERSION_MINOR 1
/** Patch level. */
#define USHER_VERSION_PATCH 0
/** The version as text. */
#define USHER_VERSION_STRING "0.1.0"

/**
 * Version of the library in use, as text: "0.1.0". Static storage.
 * Thread: any. Since 0.1.
 */
USHER_API const char *usher_version(void);

/**
 * Version of the library in use, as major << 16 | minor << 8 | patch.
 * Thread: any. Since 0.1.
 */
USHER_API uint32_t usher_version_number(void);

#ifdef __cplusplus
}
#endif
#endif
