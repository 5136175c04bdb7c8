/* What the tests of the store share: a directory, a disk that can break. */
#ifndef TEST_STORE_UTIL_H
#define TEST_STORE_UTIL_H

#include <check.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <store/internal.h>
#include <usher/event.h>
#include <usher/store.h>

/* A disk of the test's own: the real one, until told otherwise. */
struct disk {
	struct usher__io io;
	atomic_int write_error; /* negative errno of every write, 0: none */
	atomic_int sync_error;
	atomic_int write_room; /* writes that still work, -1: any number */
	atomic_int open_error;
	atomic_bool stalled; /* syncs wait */
	atomic_int syncs, writes;
	atomic_bool unlink_holds; /* removing personal data's logs waits */
	atomic_bool unlink_held;  /* … and is there */
};

void disk_init(struct disk *disk);

/* A new empty directory; removed by dir_remove. */
extern char dir[128];
void dir_make(void);
void dir_remove(void);
/* The only journal-N.seg that is not empty, or the last of them. */
void segment_path(char *path, size_t cap, uint64_t number);
off_t file_size(const char *path);
void file_flip(const char *path, off_t at);
void file_cut(const char *path, off_t at);
void file_copy(const char *from, const char *to);

/* Options of a store in dir without history.db. */
void opts_plain(struct usher_store_opts *opts);
struct usher_store *open_plain(void);
struct usher_store *open_on(struct disk *disk,
			    const struct usher_store_opts *opts);

/* An entry whose bytes tell its sequence. */
int append_number(struct usher_store *store, uint64_t seq, uint32_t kind);
/* One turn: events from first to last. */
int append_turn(struct usher_store *store, uint64_t first, uint64_t last);

/* What recovery gave. */
struct seen {
	uint64_t events, inputs, last;
	uint64_t snapshot;
	char state[64];
	bool refuse_snapshots;
	bool wrong; /* an entry was not what was appended */
};

int recover(struct usher_store *store, struct seen *seen,
	    struct usher_store_recovery *found, struct usher_error *err);
/* Open and recover: must work. */
struct usher_store *reopen(struct seen *seen,
			   struct usher_store_recovery *found);

#endif
