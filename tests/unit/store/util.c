#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

char dir[128];

static int disk_openat(void *arg, int at, const char *name, int flags)
{
	struct disk *disk = arg;

	if (disk->open_error && (flags & O_CREAT))
		return disk->open_error;
	return usher__io_system.openat(NULL, at, name, flags);
}

static ssize_t disk_pwrite(void *arg, int fd, const void *buf, size_t len,
			   off_t offset)
{
	struct disk *disk = arg;

	disk->writes++;
	if (disk->write_error) {
		/* A full disk takes a part of it. */
		if (disk->write_error == -ENOSPC && len > 8)
			usher__io_system.pwrite(NULL, fd, buf, len / 2,
						offset);
		return disk->write_error;
	}
	if (!disk->write_room)
		return -ENOSPC;
	if (disk->write_room > 0)
		disk->write_room--;
	return usher__io_system.pwrite(NULL, fd, buf, len, offset);
}

static ssize_t disk_pread(void *arg, int fd, void *buf, size_t len,
			  off_t offset)
{
	(void)arg;
	return usher__io_system.pread(NULL, fd, buf, len, offset);
}

static int disk_sync(void *arg, int fd)
{
	struct disk *disk = arg;

	disk->syncs++;
	while (disk->stalled)
		usleep(1000);
	return disk->sync_error ? disk->sync_error
				: usher__io_system.sync(NULL, fd);
}

static int disk_truncate(void *arg, int fd, off_t len)
{
	(void)arg;
	return usher__io_system.truncate(NULL, fd, len);
}

static int disk_renameat(void *arg, int at, const char *from, const char *to)
{
	(void)arg;
	return usher__io_system.renameat(NULL, at, from, to);
}

static int disk_unlinkat(void *arg, int at, const char *name)
{
	struct disk *disk = arg;

	while (disk->unlink_holds && !strncmp(name, "personal-", 9)) {
		disk->unlink_held = true;
		usleep(1000);
	}
	return usher__io_system.unlinkat(NULL, at, name);
}

void disk_init(struct disk *disk)
{
	memset(disk, 0, sizeof(*disk));
	disk->write_room = -1;
	disk->io = (struct usher__io){
		disk_openat,   disk_pwrite,   disk_pread,    disk_sync,
		disk_truncate, disk_renameat, disk_unlinkat, disk};
}

void dir_make(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/usher-store-XXXXXX",
		 base ? base : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

void dir_remove(void)
{
	char path[512];
	struct dirent *entry;
	DIR *d = opendir(dir);

	ck_assert_ptr_nonnull(d);
	while ((entry = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		unlink(path);
	}
	closedir(d);
	rmdir(dir);
}

void segment_path(char *path, size_t cap, uint64_t number)
{
	snprintf(path, cap, "%s/journal-%08" PRIu64 ".seg", dir, number);
}

off_t file_size(const char *path)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_size;
}

void file_flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	uint8_t byte;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
	byte ^= 0x10;
	ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

void file_cut(const char *path, off_t at)
{
	ck_assert_int_eq(truncate(path, at), 0);
}

void file_copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY);
	int out = open(to, O_RDWR | O_CREAT | O_TRUNC, 0600);
	char buf[65536];
	ssize_t n;

	ck_assert(in >= 0 && out >= 0);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		ck_assert_int_eq(write(out, buf, (size_t)n), n);
	close(in);
	close(out);
}

void opts_plain(struct usher_store_opts *opts)
{
	usher_store_opts_init(opts, sizeof(*opts));
	opts->dir = dir;
	opts->sync_ms = 4;
	opts->no_history = 1;
}

static int sync_nothing(void *arg, int fd)
{
	(void)arg;
	(void)fd;
	return 0;
}

/* Without syncs: what a kill leaves does not depend on them, and tests that
 * open hundreds of stores would wait for nothing else. */
struct usher_store *open_plain(void)
{
	static struct usher__io io;
	struct usher_store_opts opts;
	struct usher_store *store = NULL;
	struct usher_error err;

	io = usher__io_system;
	io.sync = sync_nothing;
	opts_plain(&opts);
	ck_assert_msg(!usher__store_open(&store, &opts, &io, &err), "%s",
		      err.message);
	return store;
}

struct usher_store *open_on(struct disk *disk,
			    const struct usher_store_opts *opts)
{
	struct usher_store *store = NULL;
	struct usher_error err;
	struct seen seen = {0};

	ck_assert_msg(!usher__store_open(&store, opts, &disk->io, &err), "%s",
		      err.message);
	ck_assert_int_eq(recover(store, &seen, NULL, NULL), 0);
	return store;
}

int append_number(struct usher_store *store, uint64_t seq, uint32_t kind)
{
	struct usher_store_entry entry = {0};
	char text[48];

	entry.seq = seq;
	entry.time_us = (int64_t)seq * 1000;
	entry.kind = kind;
	entry.bytes = text;
	entry.len = (uint64_t)snprintf(
		text, sizeof(text), "%s number %" PRIu64,
		kind == USHER_KIND_INPUT ? "input" : "event", seq);
	return usher_store_append_encoded(store, &entry, 1);
}

int append_turn(struct usher_store *store, uint64_t first, uint64_t last)
{
	int rc = append_number(store, first, USHER_KIND_INPUT);

	for (uint64_t seq = first; seq <= last && !rc; seq++)
		rc = append_number(store, seq, USHER_KIND_EVENT);
	return rc ? rc : usher_store_commit_turn(store);
}

static int see_snapshot(void *arg, uint64_t seq, const void *bytes, size_t len)
{
	struct seen *seen = arg;

	if (seen->refuse_snapshots || len >= sizeof(seen->state))
		return USHER_EINVAL;
	memcpy(seen->state, bytes, len);
	seen->state[len] = 0;
	seen->snapshot = seq;
	return 0;
}

static int see_entry(void *arg, const struct usher_store_entry *entry)
{
	bool input = entry->kind == USHER_KIND_INPUT;
	struct seen *seen = arg;
	char text[48];
	size_t len;

	len = (size_t)snprintf(text, sizeof(text), "%s number %" PRIu64,
			       input ? "input" : "event", entry->seq);
	if (entry->len != len || memcmp(entry->bytes, text, len) ||
	    entry->time_us != (int64_t)entry->seq * 1000)
		seen->wrong = true;
	if (input) {
		seen->inputs++;
		return 0;
	}
	if (seen->last && entry->seq != seen->last + 1)
		seen->wrong = true;
	seen->last = entry->seq;
	seen->events++;
	return 0;
}

int recover(struct usher_store *store, struct seen *seen,
	    struct usher_store_recovery *found, struct usher_error *err)
{
	struct usher_store_recover_cb cb = {sizeof(cb), see_snapshot,
					    see_entry, seen};
	bool refuse = seen->refuse_snapshots;

	memset(seen, 0, sizeof(*seen));
	seen->refuse_snapshots = refuse;
	if (found)
		found->size = sizeof(*found);
	return usher_store_recover(store, &cb, found, err);
}

struct usher_store *reopen(struct seen *seen,
			   struct usher_store_recovery *found)
{
	struct usher_store *store = open_plain();
	struct usher_error err;

	seen->refuse_snapshots = false;
	ck_assert_msg(!recover(store, seen, found, &err), "%s", err.message);
	ck_assert(!seen->wrong);
	return store;
}
