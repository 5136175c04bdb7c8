/* The journal's files and what stands in them.
 *
 * A segment file is a header and then records. A record holds the entries
 * of one loop turn (or a part, when the turn is longer than RECORD_MAX), so
 * that after a crash a turn is there as a whole or not at all:
 *
 *     0   8  "USHERJNL"            0   4  magic
 *     8   4  format version        4   4  length of what follows the header
 *     12  4  length of header      8   4  CRC-32C of all but itself
 *     16  8  number of the file    12  4  number of entries
 *     24  4  node                  16  8  position of the first entry
 *     28  4  CRC-32C of the rest   24  8  sequence of the first entry
 *                                  32  8  position known to be on disk
 *                                  40     entries: u32 length and kind,
 *                                         i64 time, bytes
 *
 * Numbers are little-endian. The position counts inputs and events, the
 * sequence events alone; an entry has neither of its own, since both run on
 * without gaps. What a record says about the disk tells a tail that a power
 * cut tore (nothing later claims that it was on disk: cut it) from damage
 * (something does: refuse). A record without entries is the mark of an
 * orderly close. */
#ifndef USHER__STORE_SEGMENT_H
#define USHER__STORE_SEGMENT_H

#include <stdbool.h>
#include <usher/store.h>

#include "io.h"

#define SEGMENT_HEADER 32u
#define RECORD_HEADER  40u
#define ENTRY_HEADER   12u
#define RECORD_MAX     (4u << 20)
#define SEGMENT_NAME   32
#define ENTRY_INPUT    0x80000000u /* in an entry's length: an input */

_Static_assert(RECORD_MAX >= USHER_STORE_ENTRY_MAX + ENTRY_HEADER,
	       "an entry fits into a record");

struct usher__record {
	uint32_t len;
	uint32_t count;
	uint64_t first_pos;
	uint64_t first_seq;
	uint64_t synced_pos;
};

void usher__segment_name(char name[SEGMENT_NAME], uint64_t number);
void usher__personal_name(char name[SEGMENT_NAME], uint64_t number);
void usher__segment_header_put(uint8_t buf[SEGMENT_HEADER], uint64_t number,
			       uint32_t node);
/* 0, USHER_ECORRUPT or USHER_ENOTSUP (newer; *ret_version tells). */
int usher__segment_header_get(const uint8_t buf[SEGMENT_HEADER],
			      uint64_t number, uint32_t *ret_version);

/* payload stands behind the header's place in buf. */
void usher__record_seal(uint8_t *buf, const struct usher__record *record);
/* 0 when a whole good record begins at buf, USHER_EAGAIN when it may go on
 * behind len, else USHER_ECORRUPT. */
int usher__record_get(struct usher__record *ret, const uint8_t *buf,
		      size_t len);

/* Numbers of the files prefix-N.suffix in a directory, ascending; *ret is
 * the caller's to free. The count or a USHER_E code. */
int usher__files_list(int dir, const char *prefix, const char *suffix,
		      uint64_t **ret);

/* Make an empty segment and sync it; the descriptor or the negative errno. */
int usher__segment_create(const struct usher__io *io, int dir, uint64_t number,
			  uint32_t node);

/* Reads entries in order over all segments. */
struct usher__reader {
	const struct usher__io *io;
	int dir;
	int fd;
	uint64_t *numbers;
	int count;
	int at;            /* index of the open segment */
	uint64_t offset;   /* of the next record in it */
	uint64_t from;     /* first sequence wanted */
	uint64_t next_pos; /* 0: whatever comes first */
	uint64_t next_seq; /* of the next event */
	uint8_t *buf;      /* a window on it: win_len bytes from win_at */
	size_t cap;
	uint64_t win_at;
	size_t win_len;
	size_t pos;       /* of the next entry in the window */
	uint32_t left;    /* entries of its record that were not given yet */
	uint64_t records; /* with entries, in the open segment */
	uint64_t news;    /* those of them that were not read before */
	uint64_t idle_segment; /* read, and nothing in it was new; 0: none */
	/* Where a torn tail was found; segment 0: none. */
	uint64_t torn_segment;
	uint64_t torn_offset;
	uint64_t torn_bytes;   /* from there to the end of the journal */
	uint64_t torn_records; /* whole ones among them */
};

/* from: the first entry wanted; 0: the oldest there is. USHER_ENOENT when
 * the journal begins later. */
int usher__reader_open(struct usher__reader *reader,
		       const struct usher__io *io, int dir, uint64_t from,
		       struct usher_error *err);
void usher__reader_close(struct usher__reader *reader);
/* 1 and an entry (bytes valid until the next call), 0 at the end, else an
 * error. */
int usher__reader_next(struct usher__reader *reader,
		       struct usher_store_entry *ret, struct usher_error *err);
/* Look for files that were added since; after an end. */
int usher__reader_refresh(struct usher__reader *reader,
			  struct usher_error *err);
/* First sequence of a segment, 0 when it holds none; or an error. */
int usher__segment_first(const struct usher__io *io, int dir, uint64_t number,
			 uint64_t *ret_seq, struct usher_error *err);

int usher__error_file(struct usher_error *err, int code, const char *file,
		      const char *fmt, ...) USHER_PRINTF(4, 5);

#endif
