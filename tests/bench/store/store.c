/* What it costs the signaling thread to put a turn into the kernel: one write
 * to an append-only segment (lib/store) against a commit without sync to
 * SQLite's write-ahead log, with the same bytes.
 *
 * Both survive a killed process, and both are synced beside it every 25 ms.
 * Where the choice was made (two virtual cores busy with other work, ext4) a
 * turn of six entries of 150 bytes, 2,000 of them a second, took 5 us by the
 * journal and 24 us by the log (medians; 46 and 146 us at the 99th
 * percentile); one entry back to back 1.8 and 15 us. And now and then a
 * commit runs a checkpoint, which reads and writes pages of the database in
 * the middle of a call, while a segment is only ever appended to: so a torn
 * tail is told from damage record by record, and a disk that refuses is
 * answered by beginning another file. So turns go to the journal, and SQLite
 * is filled behind it.
 *
 * Run it to see what it is here: the table below is measured, not quoted. */
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <usher/event.h>
#include <usher/store.h>

#define ENTRY_BYTES 150
#define TURNS       4000

static char base[64];
static atomic_bool wal_stop;

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double report(const char *what, int entries, double *us, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += us[i];
	qsort(us, (size_t)n, sizeof(*us), compare);
	printf("%-28s %7d %9.1f %9.1f %9.1f %9.1f\n", what, entries, us[n / 2],
	       us[n * 99 / 100], us[n - 1], sum / n);
	return us[n / 2];
}

static void die(const char *what)
{
	fprintf(stderr, "bench-store: %s\n", what);
	exit(1);
}

/* The turns come at the pace of a busy center, not back to back, so that the
 * writer's syncs run beside them as they do in life. */
static void pause_us(double us)
{
	double until = now_us() + us;

	while (now_us() < until)
		usleep(50);
}

static double bench_journal(int entries, double gap_us)
{
	static double us[TURNS];
	struct usher_store_recover_cb cb = {.size = sizeof(cb)};
	static char bytes[ENTRY_BYTES];
	struct usher_store_opts opts;
	struct usher_store *store;
	uint64_t seq = 0;
	char dir[96];

	snprintf(dir, sizeof(dir), "%s/journal-%d-%d", base, entries,
		 gap_us > 0);
	usher_store_opts_init(&opts, sizeof(opts));
	opts.dir = dir;
	opts.no_history = 1;
	if (usher_store_open(&store, &opts, NULL) ||
	    usher_store_recover(store, &cb, NULL, NULL))
		die("cannot open a store");
	for (int i = 0; i < TURNS; i++) {
		double start = now_us();

		for (int k = 0; k < entries; k++) {
			struct usher_store_entry e = {0};

			e.seq = ++seq;
			e.time_us = (int64_t)seq;
			e.kind = USHER_KIND_EVENT;
			e.bytes = bytes;
			e.len = sizeof(bytes);
			if (usher_store_append_encoded(store, &e, 1))
				die("cannot append");
		}
		if (usher_store_commit_turn(store))
			die("cannot commit");
		us[i] = now_us() - start;
		if (gap_us > 0)
			pause_us(gap_us);
	}
	usher_store_close(store);
	return report(gap_us > 0 ? "journal, 2,000 turns/s"
				 : "journal, back to back",
		      entries, us, TURNS);
}

/* A log that is as good as the journal is synced, too, by another thread. */
static void *wal_sync(void *arg)
{
	int fd = *(int *)arg;

	while (!wal_stop) {
		usleep(25000);
		if (fdatasync(fd))
			die("cannot sync");
	}
	return NULL;
}

static double bench_wal(int entries, double gap_us)
{
	static double us[TURNS];
	static char bytes[ENTRY_BYTES];
	sqlite3_stmt *insert, *begin, *commit;
	pthread_t thread;
	sqlite3 *db;
	int64_t seq = 0;
	char path[96], wal[112];
	int fd;

	snprintf(path, sizeof(path), "%s/wal-%d-%d.db", base, entries,
		 gap_us > 0);
	if (sqlite3_open(path, &db) ||
	    sqlite3_exec(db,
			 "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
			 "CREATE TABLE entry (seq INTEGER PRIMARY KEY, "
			 "time_us INTEGER, bytes BLOB)",
			 NULL, NULL, NULL))
		die("cannot make a database");
	snprintf(wal, sizeof(wal), "%s-wal", path);
	fd = open(wal, O_RDONLY);
	wal_stop = false;
	if (fd < 0 || pthread_create(&thread, NULL, wal_sync, &fd))
		die("cannot sync the log");
	sqlite3_prepare_v2(db, "INSERT INTO entry VALUES (?,?,?)", -1, &insert,
			   NULL);
	sqlite3_prepare_v2(db, "BEGIN", -1, &begin, NULL);
	sqlite3_prepare_v2(db, "COMMIT", -1, &commit, NULL);
	for (int i = 0; i < TURNS; i++) {
		double start = now_us();

		sqlite3_step(begin);
		sqlite3_reset(begin);
		for (int k = 0; k < entries; k++) {
			sqlite3_bind_int64(insert, 1, ++seq);
			sqlite3_bind_int64(insert, 2, seq);
			sqlite3_bind_blob(insert, 3, bytes, sizeof(bytes),
					  SQLITE_STATIC);
			if (sqlite3_step(insert) != SQLITE_DONE)
				die("cannot insert");
			sqlite3_reset(insert);
		}
		if (sqlite3_step(commit) != SQLITE_DONE)
			die("cannot commit");
		sqlite3_reset(commit);
		us[i] = now_us() - start;
		if (gap_us > 0)
			pause_us(gap_us);
	}
	wal_stop = true;
	pthread_join(thread, NULL);
	close(fd);
	sqlite3_finalize(insert);
	sqlite3_finalize(begin);
	sqlite3_finalize(commit);
	sqlite3_close(db);
	return report(gap_us > 0 ? "WAL commit, 2,000 turns/s"
				 : "WAL commit, back to back",
		      entries, us, TURNS);
}

int main(void)
{
	static const int sizes[] = {1, 6, 30};
	const char *tmp = getenv("TMPDIR");
	char command[128];
	double ratio[3];

	snprintf(base, sizeof(base), "%s/usher-bench-XXXXXX",
		 tmp ? tmp : "/tmp");
	if (!mkdtemp(base))
		die("cannot make a directory");
	printf("us a turn, on the thread that makes it\n");
	printf("%-28s %7s %9s %9s %9s %9s\n", "", "entries", "median", "p99",
	       "max", "mean");
	for (int i = 0; i < 3; i++) {
		double a = bench_journal(sizes[i], 0);

		ratio[i] = bench_wal(sizes[i], 0) / a;
	}
	bench_journal(6, 500);
	bench_wal(6, 500);
	printf("WAL commit / journal, medians: %.1f (1 entry), %.1f (6), "
	       "%.1f (30)\n",
	       ratio[0], ratio[1], ratio[2]);
	snprintf(command, sizeof(command), "rm -r '%s'", base);
	return system(command) ? 1 : 0;
}
