#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

/* Personal data and who called whom: nobody else's business. */
#define FILE_MODE 0600

static int sys_openat(void *arg, int dir, const char *name, int flags)
{
	int fd;

	(void)arg;
	do {
		fd = openat(dir, name, flags | O_CLOEXEC, FILE_MODE);
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

static ssize_t sys_pwrite(void *arg, int fd, const void *buf, size_t len,
			  off_t offset)
{
	ssize_t n = pwrite(fd, buf, len, offset);

	(void)arg;
	return n < 0 ? -errno : n;
}

static ssize_t sys_pread(void *arg, int fd, void *buf, size_t len,
			 off_t offset)
{
	ssize_t n = pread(fd, buf, len, offset);

	(void)arg;
	return n < 0 ? -errno : n;
}

static int sys_sync(void *arg, int fd)
{
	(void)arg;
	return fdatasync(fd) ? -errno : 0;
}

static int sys_truncate(void *arg, int fd, off_t len)
{
	(void)arg;
	return ftruncate(fd, len) ? -errno : 0;
}

static int sys_renameat(void *arg, int dir, const char *from, const char *to)
{
	(void)arg;
	return renameat(dir, from, dir, to) ? -errno : 0;
}

static int sys_unlinkat(void *arg, int dir, const char *name)
{
	(void)arg;
	return unlinkat(dir, name, 0) ? -errno : 0;
}

const struct usher__io usher__io_system = {
	sys_openat,   sys_pwrite,   sys_pread,    sys_sync,
	sys_truncate, sys_renameat, sys_unlinkat, NULL,
};

int usher__io_write(const struct usher__io *io, int fd, const void *buf,
		    size_t len, uint64_t offset)
{
	const uint8_t *p = buf;

	while (len) {
		ssize_t n = io->pwrite(io->arg, fd, p, len, (off_t)offset);

		if (n == -EINTR)
			continue;
		if (n < 0)
			return (int)n;
		if (!n)
			return -ENOSPC;
		p += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

ssize_t usher__io_read(const struct usher__io *io, int fd, void *buf,
		       size_t len, uint64_t offset)
{
	uint8_t *p = buf;
	size_t got = 0;

	while (got < len) {
		ssize_t n = io->pread(io->arg, fd, p + got, len - got,
				      (off_t)(offset + got));

		if (n == -EINTR)
			continue;
		if (n < 0)
			return n;
		if (!n)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

int usher__io_sync_dir(const struct usher__io *io, int dir)
{
	return io->sync(io->arg, dir);
}
