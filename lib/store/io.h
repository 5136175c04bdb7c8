/* The system calls that touch a store's files: a table, so that a test can
 * put a disk in their place that is full, slow or broken. */
#ifndef USHER__STORE_IO_H
#define USHER__STORE_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Each answers what the call answers, or the negative errno. */
struct usher__io {
	int (*openat)(void *arg, int dir, const char *name, int flags);
	ssize_t (*pwrite)(void *arg, int fd, const void *buf, size_t len,
			  off_t offset);
	ssize_t (*pread)(void *arg, int fd, void *buf, size_t len,
			 off_t offset);
	int (*sync)(void *arg, int fd);
	int (*truncate)(void *arg, int fd, off_t len);
	int (*renameat)(void *arg, int dir, const char *from, const char *to);
	int (*unlinkat)(void *arg, int dir, const char *name);
	void *arg;
};

extern const struct usher__io usher__io_system;

/* Write all of it; 0 or the negative errno. */
int usher__io_write(const struct usher__io *io, int fd, const void *buf,
		    size_t len, uint64_t offset);
/* Read until len or the end of the file; the count or the negative errno. */
ssize_t usher__io_read(const struct usher__io *io, int fd, void *buf,
		       size_t len, uint64_t offset);
/* Make a new directory entry outlive a power cut. */
int usher__io_sync_dir(const struct usher__io *io, int dir);

uint32_t usher__crc32c(uint32_t crc, const void *buf, size_t len);

/* Little-endian numbers of the files' formats. */
static inline void usher__put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static inline void usher__put64(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static inline uint32_t usher__get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static inline uint64_t usher__get64(const uint8_t *p)
{
	return (uint64_t)usher__get32(p) | (uint64_t)usher__get32(p + 4) << 32;
}

#endif
