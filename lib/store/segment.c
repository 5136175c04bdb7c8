#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "segment.h"

#define RECORD_MAGIC 0x524a5355u /* "USJR" */

static const char segment_magic[8] = {'U', 'S', 'H', 'E', 'R', 'J', 'N', 'L'};

/* More files than this in a store's directory are not ours. */
#define FILES_MAX 1000000

int usher__error_file(struct usher_error *err, int code, const char *file,
		      const char *fmt, ...)
{
	char text[USHER_ERROR_MESSAGE_MAX];
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	usher_error_set(err, code, "%s", text);
	snprintf(err->file, sizeof(err->file), "%s", file);
	return code;
}

void usher__segment_name(char name[SEGMENT_NAME], uint64_t number)
{
	snprintf(name, SEGMENT_NAME, "journal-%08" PRIu64 ".seg", number);
}

void usher__personal_name(char name[SEGMENT_NAME], uint64_t number)
{
	snprintf(name, SEGMENT_NAME, "personal-%08" PRIu64 ".log", number);
}

void usher__segment_header_put(uint8_t buf[SEGMENT_HEADER], uint64_t number,
			       uint32_t node)
{
	memcpy(buf, segment_magic, sizeof(segment_magic));
	usher__put32(buf + 8, USHER_STORE_JOURNAL_VERSION);
	usher__put32(buf + 12, SEGMENT_HEADER);
	usher__put64(buf + 16, number);
	usher__put32(buf + 24, node);
	usher__put32(buf + 28, usher__crc32c(0, buf, 28));
}

int usher__segment_header_get(const uint8_t buf[SEGMENT_HEADER],
			      uint64_t number, uint32_t *ret_version)
{
	uint32_t version = usher__get32(buf + 8);

	if (memcmp(buf, segment_magic, sizeof(segment_magic)) ||
	    usher__get32(buf + 28) != usher__crc32c(0, buf, 28))
		return USHER_ECORRUPT;
	*ret_version = version;
	if (version > USHER_STORE_JOURNAL_VERSION)
		return USHER_ENOTSUP;
	if (usher__get64(buf + 16) != number)
		return USHER_ECORRUPT;
	/* Each format that was ever released has its line here; a change of
	 * the format keeps the old reader beside the new one. */
	switch (version) {
	case 1:
		return usher__get32(buf + 12) == SEGMENT_HEADER
			       ? 0
			       : USHER_ECORRUPT;
	default:
		return USHER_ECORRUPT;
	}
}

static uint32_t record_crc(const uint8_t *buf, size_t payload)
{
	uint32_t crc = usher__crc32c(0, buf, 8);

	return usher__crc32c(crc, buf + 12, RECORD_HEADER - 12 + payload);
}

void usher__record_seal(uint8_t *buf, const struct usher__record *record)
{
	usher__put32(buf, RECORD_MAGIC);
	usher__put32(buf + 4, record->len);
	usher__put32(buf + 12, record->count);
	usher__put64(buf + 16, record->first_pos);
	usher__put64(buf + 24, record->first_seq);
	usher__put64(buf + 32, record->synced_pos);
	usher__put32(buf + 8, record_crc(buf, record->len));
}

/* The entries fill the record exactly, whatever the CRC says. */
static bool entries_fit(const uint8_t *p, const struct usher__record *record)
{
	size_t left = record->len;

	for (uint32_t i = 0; i < record->count; i++) {
		uint32_t len;

		if (left < ENTRY_HEADER)
			return false;
		len = usher__get32(p) & ~ENTRY_INPUT;
		if (len > USHER_STORE_ENTRY_MAX || len > left - ENTRY_HEADER)
			return false;
		p += ENTRY_HEADER + len;
		left -= ENTRY_HEADER + len;
	}
	return !left;
}

int usher__record_get(struct usher__record *ret, const uint8_t *buf,
		      size_t len)
{
	struct usher__record record;

	if (len < 4)
		return USHER_EAGAIN;
	if (usher__get32(buf) != RECORD_MAGIC)
		return USHER_ECORRUPT;
	if (len < RECORD_HEADER)
		return USHER_EAGAIN;
	record.len = usher__get32(buf + 4);
	record.count = usher__get32(buf + 12);
	record.first_pos = usher__get64(buf + 16);
	record.first_seq = usher__get64(buf + 24);
	record.synced_pos = usher__get64(buf + 32);
	if (record.len > RECORD_MAX ||
	    record.count > record.len / ENTRY_HEADER ||
	    (record.count && (!record.first_pos || !record.first_seq)))
		return USHER_ECORRUPT;
	if (len - RECORD_HEADER < record.len)
		return USHER_EAGAIN;
	if (usher__get32(buf + 8) != record_crc(buf, record.len) ||
	    !entries_fit(buf + RECORD_HEADER, &record))
		return USHER_ECORRUPT;
	*ret = record;
	return 0;
}

static int number_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The number of prefix-N.suffix, 0 when the name is another. */
static uint64_t file_number(const char *name, const char *prefix,
			    const char *suffix)
{
	size_t skip = strlen(prefix);
	unsigned long long number;
	char *end;

	if (strncmp(name, prefix, skip) || name[skip] < '0' ||
	    name[skip] > '9')
		return 0;
	errno = 0;
	number = strtoull(name + skip, &end, 10);
	return errno || strcmp(end, suffix) ? 0 : number;
}

int usher__files_list(int dir, const char *prefix, const char *suffix,
		      uint64_t **ret)
{
	uint64_t *numbers = NULL, *grown;
	struct dirent *entry;
	size_t n = 0, cap = 0;
	int fd, rc = 0;
	DIR *d;

	/* A description of its own: readdir's position is not shared. */
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return USHER_EIO;
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return USHER_ENOMEM;
	}
	while (!rc && (entry = readdir(d))) {
		uint64_t number = file_number(entry->d_name, prefix, suffix);

		if (!number)
			continue;
		if (n == cap) {
			cap = cap ? 2 * cap : 16;
			grown = realloc(numbers, cap * sizeof(*numbers));
			if (!grown || cap > FILES_MAX) {
				rc = USHER_ENOMEM;
				numbers = grown ? grown : numbers;
				break;
			}
			numbers = grown;
		}
		numbers[n++] = number;
	}
	closedir(d);
	if (rc) {
		free(numbers);
		return rc;
	}
	if (n)
		qsort(numbers, n, sizeof(*numbers), number_compare);
	*ret = numbers;
	return (int)n;
}

int usher__segment_create(const struct usher__io *io, int dir, uint64_t number,
			  uint32_t node)
{
	uint8_t header[SEGMENT_HEADER];
	char name[SEGMENT_NAME];
	int fd, rc;

	usher__segment_name(name, number);
	usher__segment_header_put(header, number, node);
	fd = io->openat(io->arg, dir, name, O_RDWR | O_CREAT | O_TRUNC);
	if (fd < 0)
		return fd;
	rc = usher__io_write(io, fd, header, sizeof(header), 0);
	if (!rc)
		rc = io->sync(io->arg, fd);
	if (!rc)
		rc = usher__io_sync_dir(io, dir);
	if (rc) {
		close(fd);
		io->unlinkat(io->arg, dir, name);
		return rc;
	}
	return fd;
}
