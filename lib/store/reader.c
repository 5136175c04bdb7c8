/* Reading the journal: at recovery, and behind the writer for history.db.
 *
 * A record that cannot be read, or that begins behind the position that is
 * due, ends the segment. The search that follows decides what it was:
 *
 *   - a record further on holds the position due: go on there. A broken disk
 *     made the writer begin a new segment with what it was not sure of.
 *   - a record further on says that the position due was on disk: damage.
 *   - neither: a tail that a power cut tore; the journal ends here. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <usher/event.h>

#include "segment.h"

#define WINDOW (256u << 10)

static int fail_io(struct usher_error *err, const char *name, ssize_t code)
{
	return usher__error_file(err, USHER_EIO, name, "cannot read %s: %s",
				 name, strerror((int)-code));
}

static int window_fill(struct usher__reader *r, int fd, uint64_t offset,
		       size_t need)
{
	ssize_t n;

	if (need > r->cap) {
		size_t cap = need > WINDOW ? need : WINDOW;
		uint8_t *buf = realloc(r->buf, cap);

		if (!buf)
			return USHER_ENOMEM;
		r->buf = buf;
		r->cap = cap;
	}
	n = usher__io_read(r->io, fd, r->buf, r->cap, offset);
	r->win_at = offset;
	r->win_len = n < 0 ? 0 : (size_t)n;
	return n < 0 ? USHER_EIO : 0;
}

/* The record at an offset; *ret_p is where it begins in the window.
 * USHER_ENOENT at the very end, USHER_ECORRUPT for anything but a record. */
static int record_at(struct usher__reader *r, int fd, uint64_t offset,
		     struct usher__record *ret, uint8_t **ret_p)
{
	size_t need = RECORD_HEADER, filled = 0;
	int rc;

	for (;;) {
		size_t skip = 0, have = 0;

		if (offset >= r->win_at && offset < r->win_at + r->win_len) {
			skip = (size_t)(offset - r->win_at);
			have = r->win_len - skip;
			rc = usher__record_get(ret, r->buf + skip, have);
			if (rc != USHER_EAGAIN) {
				*ret_p = r->buf + skip;
				return rc;
			}
			if (have >= RECORD_HEADER)
				need = RECORD_HEADER +
				       usher__get32(r->buf + skip + 4);
		}
		/* Asked for as much before, the file has no more. */
		if (filled >= need)
			return have ? USHER_ECORRUPT : USHER_ENOENT;
		rc = window_fill(r, fd, offset, need);
		if (rc)
			return rc;
		filled = need;
	}
}

static void segment_close(struct usher__reader *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	r->win_len = 0;
	r->left = 0;
}

/* Remember a segment that only repeated what earlier ones hold. */
static void segment_leave(struct usher__reader *r)
{
	if (r->records && !r->news)
		r->idle_segment = r->numbers[r->at];
	r->records = r->news = 0;
}

/* Open segment number index; a header that is no header leaves the offset
 * at 0, where no record can be. */
static int segment_open(struct usher__reader *r, int index,
			struct usher_error *err)
{
	uint8_t header[SEGMENT_HEADER];
	char name[SEGMENT_NAME];
	uint32_t version = 0;
	ssize_t n;
	int rc;

	segment_close(r);
	usher__segment_name(name, r->numbers[index]);
	r->at = index;
	r->offset = 0;
	r->fd = r->io->openat(r->io->arg, r->dir, name, O_RDONLY);
	if (r->fd < 0)
		return fail_io(err, name, r->fd);
	n = usher__io_read(r->io, r->fd, header, sizeof(header), 0);
	if (n < 0)
		return fail_io(err, name, n);
	if (n < (ssize_t)sizeof(header))
		return 0;
	rc = usher__segment_header_get(header, r->numbers[index], &version);
	if (rc == USHER_ENOTSUP)
		return usher__error_file(
			err, rc, name,
			"%s has journal format %" PRIu32 ", this version "
			"reads up to %d",
			name, version, USHER_STORE_JOURNAL_VERSION);
	if (!rc)
		r->offset = SEGMENT_HEADER;
	return 0;
}

/* What the search found in one segment from offset on: 1 when the reader
 * stands where it can go on, 0 nothing, USHER_ECORRUPT proof of damage. */
static int search_segment(struct usher__reader *r, uint64_t offset)
{
	static const uint8_t magic[4] = {'U', 'S', 'J', 'R'};
	struct usher__record record;
	uint8_t *p, *hit;
	int rc;

	for (;;) {
		if (offset < r->win_at ||
		    offset + RECORD_HEADER > r->win_at + r->win_len) {
			rc = window_fill(r, r->fd, offset, RECORD_HEADER);
			if (rc)
				return rc;
			if (r->win_len < RECORD_HEADER)
				return 0;
		}
		p = r->buf + (offset - r->win_at);
		hit = memmem(p, r->win_len - (offset - r->win_at), magic,
			     sizeof(magic));
		if (!hit) {
			offset = r->win_at + r->win_len - sizeof(magic) + 1;
			continue;
		}
		offset += (uint64_t)(hit - p);
		rc = record_at(r, r->fd, offset, &record, &p);
		if (rc == USHER_EIO || rc == USHER_ENOMEM)
			return rc;
		r->torn_records += !rc;
		if (!rc && record.count && record.first_pos <= r->next_pos &&
		    r->next_pos - record.first_pos < record.count) {
			r->offset = offset;
			return 1;
		}
		if (!rc && record.synced_pos >= r->next_pos)
			return USHER_ECORRUPT;
		offset += rc ? 1 : RECORD_HEADER + record.len;
	}
}

/* search_segment() in all that is left, behind where it is broken; counts
 * what it goes over. */
static int search(struct usher__reader *r, uint64_t broken,
		  struct usher_error *err)
{
	uint64_t from = broken + 1, begin = broken;
	struct stat st;
	int rc;

	r->torn_bytes = r->torn_records = 0;
	for (;;) {
		if (fstat(r->fd, &st))
			return USHER_EIO;
		if ((uint64_t)st.st_size > begin)
			r->torn_bytes += (uint64_t)st.st_size - begin;
		rc = search_segment(r, from);
		if (rc || r->at + 1 >= r->count)
			return rc;
		rc = segment_open(r, r->at + 1, err);
		if (rc)
			return rc;
		from = begin = r->offset;
	}
}

/* See the top of the file. 1: go on, 0: the end, torn. */
static int broken(struct usher__reader *r, struct usher_error *err)
{
	uint64_t segment = r->numbers[r->at], offset = r->offset;
	char name[SEGMENT_NAME];
	int rc;

	usher__segment_name(name, segment);
	rc = usher__reader_refresh(r, err);
	if (rc)
		return rc;
	rc = search(r, offset, err);
	if (rc == 1)
		return 1;
	if (rc == USHER_ECORRUPT)
		return usher__error_file(
			err, rc, name,
			"%s is damaged at offset %" PRIu64 ": %sevent %" PRIu64
			" was on disk and is missing",
			name, offset, r->next_seq ? "" : "what came after ",
			r->next_seq);
	if (rc == USHER_EIO)
		return usher__error_file(err, rc, name, "cannot read %s",
					 name);
	if (rc)
		return rc;
	r->torn_segment = segment;
	r->torn_offset = offset;
	return 0;
}

/* Skip what an earlier segment had already; check that both counts run on. */
static int record_begin(struct usher__reader *r,
			const struct usher__record *record,
			struct usher_error *err)
{
	uint64_t pos = record->first_pos, seq = record->first_seq;
	char name[SEGMENT_NAME];

	for (; pos < r->next_pos; pos++) {
		uint32_t word = usher__get32(r->buf + r->pos);

		seq += !(word & ENTRY_INPUT);
		r->pos += ENTRY_HEADER + (word & ~ENTRY_INPUT);
		r->left--;
	}
	if (r->next_pos && seq != r->next_seq) {
		usher__segment_name(name, r->numbers[r->at]);
		return usher__error_file(err, USHER_ECORRUPT, name,
					 "%s jumps from event %" PRIu64
					 " to %" PRIu64
					 " before offset %" PRIu64,
					 name, r->next_seq, seq, r->offset);
	}
	r->next_pos = pos;
	r->next_seq = seq;
	return 1;
}

/* The next record with entries: 1, or 0 at the end. */
static int record_next(struct usher__reader *r, struct usher_error *err)
{
	struct usher__record record;
	char name[SEGMENT_NAME];
	uint8_t *p;
	int rc;

	for (;;) {
		rc = r->offset ? record_at(r, r->fd, r->offset, &record, &p)
			       : USHER_ECORRUPT;
		if (rc == USHER_EIO) {
			usher__segment_name(name, r->numbers[r->at]);
			return usher__error_file(err, rc, name,
						 "cannot read %s", name);
		}
		if (rc == USHER_ENOMEM)
			return rc;
		if (rc == USHER_ENOENT) {
			if (r->at + 1 >= r->count)
				return 0;
			segment_leave(r);
			rc = segment_open(r, r->at + 1, err);
			if (rc)
				return rc;
			continue;
		}
		if (rc || (record.count && r->next_pos &&
			   record.first_pos > r->next_pos)) {
			rc = broken(r, err);
			if (rc <= 0)
				return rc;
			continue;
		}
		r->offset += RECORD_HEADER + record.len;
		r->records += record.count > 0;
		if (!record.count ||
		    record.first_pos + record.count <= r->next_pos)
			continue;
		r->news++;
		r->pos = (size_t)(p - r->buf) + RECORD_HEADER;
		r->left = record.count;
		return record_begin(r, &record, err);
	}
}

int usher__reader_next(struct usher__reader *r, struct usher_store_entry *ret,
		       struct usher_error *err)
{
	int rc;

	if (!r->count)
		return 0;
	if (r->torn_segment)
		return 0;
	for (;;) {
		const uint8_t *p;
		uint32_t word;

		if (!r->left) {
			rc = record_next(r, err);
			if (rc <= 0)
				return rc;
		}
		p = r->buf + r->pos;
		word = usher__get32(p);
		ret->seq = r->next_seq;
		ret->len = word & ~ENTRY_INPUT;
		ret->kind = word & ENTRY_INPUT ? USHER_KIND_INPUT
					       : USHER_KIND_EVENT;
		ret->time_us = (int64_t)usher__get64(p + 4);
		ret->bytes = p + ENTRY_HEADER;
		ret->reserved = 0;
		r->pos += ENTRY_HEADER + ret->len;
		r->left--;
		r->next_pos++;
		r->next_seq += !(word & ENTRY_INPUT);
		if (ret->seq >= r->from)
			return 1;
	}
}

int usher__reader_refresh(struct usher__reader *r, struct usher_error *err)
{
	uint64_t current = r->count ? r->numbers[r->at] : 0;
	uint64_t *numbers;
	int count, at = 0;

	count = usher__files_list(r->dir, "journal-", ".seg", &numbers);
	if (count < 0)
		return usher_error_set(err, count,
				       "cannot list the journal's files");
	while (at < count && numbers[at] < current)
		at++;
	if (current && (at == count || numbers[at] != current)) {
		free(numbers);
		return usher_error_set(err, USHER_ECORRUPT,
				       "journal file %" PRIu64
				       " has gone while it was read",
				       current);
	}
	free(r->numbers);
	r->numbers = numbers;
	r->count = count;
	r->at = at;
	r->torn_segment = 0;
	if (!current && count)
		return segment_open(r, 0, err);
	return 0;
}

int usher__segment_first(const struct usher__io *io, int dir, uint64_t number,
			 uint64_t *ret_seq, struct usher_error *err)
{
	struct usher__reader r = {.io = io, .dir = dir, .fd = -1};
	struct usher__record record = {0};
	uint8_t *p;
	int rc;

	r.numbers = &number;
	r.count = 1;
	rc = segment_open(&r, 0, err);
	if (!rc && r.offset) {
		rc = record_at(&r, r.fd, r.offset, &record, &p);
		rc = rc == USHER_EIO || rc == USHER_ENOMEM ? rc : 0;
	}
	segment_close(&r);
	free(r.buf);
	if (!rc)
		*ret_seq = record.first_seq;
	return rc;
}

/* The last segment that begins before from. Not at it: when the process died
 * while the writer repeated what a broken disk may have lost, the segment
 * that begins at from can be shorter than the one it repeats. */
static int find_start(struct usher__reader *r, uint64_t from, int *ret,
		      struct usher_error *err)
{
	uint64_t first = 0, oldest = 0;
	int rc;

	for (int i = r->count - 1; i >= 0; i--) {
		rc = usher__segment_first(r->io, r->dir, r->numbers[i], &first,
					  err);
		if (rc)
			return rc;
		if (first && first < from) {
			*ret = i;
			return 0;
		}
		if (first) {
			oldest = first;
			*ret = i;
		}
	}
	if (oldest > from && from)
		return usher_error_set(err, USHER_ENOENT,
				       "the journal begins at event %" PRIu64
				       ", event %" PRIu64 " is gone",
				       oldest, from);
	if (!from)
		*ret = 0;
	return 0;
}

int usher__reader_open(struct usher__reader *r, const struct usher__io *io,
		       int dir, uint64_t from, struct usher_error *err)
{
	int rc, start = 0;

	memset(r, 0, sizeof(*r));
	r->io = io;
	r->dir = dir;
	r->fd = -1;
	r->count = usher__files_list(dir, "journal-", ".seg", &r->numbers);
	if (r->count < 0) {
		rc = r->count;
		r->count = 0;
		return usher_error_set(err, rc,
				       "cannot list the journal's files");
	}
	rc = find_start(r, from, &start, err);
	if (!rc && r->count)
		rc = segment_open(r, start, err);
	r->from = from;
	if (rc)
		usher__reader_close(r);
	return rc;
}

void usher__reader_close(struct usher__reader *r)
{
	segment_close(r);
	free(r->numbers);
	free(r->buf);
	memset(r, 0, sizeof(*r));
	r->fd = -1;
}
