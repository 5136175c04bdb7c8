/* The file of phones: see phones.h. Renamed into place like a snapshot, since
 * half of it would be none.
 *
 *     0   8  "USHERPHO"         12  4  bytes that follow
 *     8   4  format version     16  4  CRC-32C of them
 *                               20  4  CRC-32C of the header so far */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "phones.h"

#define PHONES_NAME      "phones"
#define PHONES_TEMPORARY "phones.tmp"
#define PHONES_VERSION   1u
#define PHONES_HEADER    24u

static const char phones_magic[8] = {'U', 'S', 'H', 'E', 'R', 'P', 'H', 'O'};

int usher__store_phones_put(struct usher_store *store, const void *bytes,
			    size_t len)
{
	struct phones_put *put, *old;
	int rc = usher__store_check(store);

	if (rc)
		return rc;
	if ((!bytes && len) || len > USHER__PHONES_MAX)
		return USHER_EINVAL;
	put = malloc(sizeof(*put) + len);
	if (!put)
		return USHER_ENOMEM;
	put->len = len;
	if (len)
		memcpy(put->bytes, bytes, len);
	pthread_mutex_lock(&store->lock);
	old = store->phones;
	store->phones = put;
	pthread_cond_signal(&store->wake_historian);
	pthread_mutex_unlock(&store->lock);
	free(old);
	return 0;
}

static int write_file(struct usher_store *store, const struct phones_put *put)
{
	const struct usher__io *io = store->io;
	uint8_t header[PHONES_HEADER];
	int fd, rc;

	memcpy(header, phones_magic, sizeof(phones_magic));
	usher__put32(header + 8, PHONES_VERSION);
	usher__put32(header + 12, (uint32_t)put->len);
	usher__put32(header + 16, usher__crc32c(0, put->bytes, put->len));
	usher__put32(header + 20, usher__crc32c(0, header, 20));
	fd = io->openat(io->arg, store->dir, PHONES_TEMPORARY,
			O_RDWR | O_CREAT | O_TRUNC);
	if (fd < 0)
		return fd;
	rc = usher__io_write(io, fd, header, sizeof(header), 0);
	if (!rc)
		rc = usher__io_write(io, fd, put->bytes, put->len,
				     sizeof(header));
	if (!rc)
		rc = io->sync(io->arg, fd);
	close(fd);
	return rc;
}

void usher__phones_write(struct usher_store *store)
{
	const struct usher__io *io = store->io;
	struct phones_put *put;
	int rc;

	pthread_mutex_lock(&store->lock);
	put = store->phones;
	store->phones = NULL;
	pthread_mutex_unlock(&store->lock);
	if (!put)
		return;
	rc = write_file(store, put);
	if (!rc)
		rc = io->renameat(io->arg, store->dir, PHONES_TEMPORARY,
				  PHONES_NAME);
	if (rc) {
		io->unlinkat(io->arg, store->dir, PHONES_TEMPORARY);
		if (!store->phones_failed)
			usher__store_log(store, USHER_STORE_ERROR,
					 "cannot write where phones are: %s",
					 strerror(-rc));
	}
	store->phones_failed = rc != 0;
	pthread_mutex_lock(&store->lock);
	if (rc && !store->phones) {
		store->phones = put;
		put = NULL;
	}
	pthread_mutex_unlock(&store->lock);
	free(put);
}

static int read_file(const struct usher__io *io, int fd, uint8_t **ret,
		     size_t *ret_len)
{
	uint8_t header[PHONES_HEADER], *bytes;
	uint32_t len;

	if (usher__io_read(io, fd, header, sizeof(header), 0) !=
		    (ssize_t)sizeof(header) ||
	    memcmp(header, phones_magic, sizeof(phones_magic)) ||
	    usher__get32(header + 20) != usher__crc32c(0, header, 20))
		return USHER_ECORRUPT;
	if (usher__get32(header + 8) > PHONES_VERSION)
		return USHER_ENOTSUP;
	len = usher__get32(header + 12);
	if (len > USHER__PHONES_MAX)
		return USHER_ECORRUPT;
	bytes = malloc(len ? len : 1);
	if (!bytes)
		return USHER_ENOMEM;
	if (usher__io_read(io, fd, bytes, len, PHONES_HEADER) !=
		    (ssize_t)len ||
	    usher__get32(header + 16) != usher__crc32c(0, bytes, len)) {
		free(bytes);
		return USHER_ECORRUPT;
	}
	*ret = bytes;
	*ret_len = len;
	return 0;
}

int usher__store_phones_get(struct usher_store *store, uint8_t **ret,
			    size_t *ret_len)
{
	const struct usher__io *io = store->io;
	int fd, rc = usher__store_check(store);

	if (rc)
		return rc;
	fd = io->openat(io->arg, store->dir, PHONES_NAME, O_RDONLY);
	if (fd < 0)
		return fd == -ENOENT ? USHER_ENOENT : USHER_EIO;
	rc = read_file(io, fd, ret, ret_len);
	close(fd);
	return rc;
}
