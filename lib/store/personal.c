/* Personal data: what events only refer to.
 *
 * On the owner's thread it goes into personal-N.log, in the same turn as the
 * events and before them, so that a killed process loses none of it. The
 * historian moves it into personal.db, where it can be erased, and removes
 * the log. A put is in memory until then, and is found there.
 *
 * A log holds records of
 *
 *     0   4  magic            16  8  id         40  8  time
 *     4   4  length of rest   24  8  contact    48  4  length of customer
 *     8   4  CRC-32C of rest  32  8  segment    52     customer, value
 *     12  4  kind
 *
 * Its tail may be torn: no event that refers to what was cut was promised. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "historian.h"

#define PUT_MAGIC  0x52505355u /* "USPR" */
#define PUT_HEADER 52u
/* Files of a log that is moved at open; longer ones are not ours. */
#define LOG_SIZE_MAX (256u << 20)

#define ID_BITS 48

static const char *const personal_steps[USHER_STORE_PERSONAL_VERSION] = {
	/* AUTOINCREMENT: an id is not used again after its row is erased. */
	"CREATE TABLE person ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" kind INTEGER NOT NULL, contact INTEGER NOT NULL,"
	" segment INTEGER NOT NULL, customer TEXT NOT NULL,"
	" time_us INTEGER NOT NULL, value BLOB NOT NULL);"
	"CREATE INDEX person_contact ON person (contact);"
	"CREATE INDEX person_customer ON person (customer)"
	" WHERE customer <> '';"
	"CREATE INDEX person_time ON person (time_us);",
};

void usher_person_opts_init(struct usher_person_opts *opts, size_t size)
{
	if (!opts || size < sizeof(opts->size))
		return;
	memset(opts, 0, size);
	opts->size = size;
}

static size_t put_size(const struct person_put *put)
{
	return sizeof(*put) + put->person.len;
}

static void put_encode(uint8_t *p, const struct person_put *put)
{
	const struct usher_person *person = &put->person;
	uint32_t customer = (uint32_t)strlen(person->customer);
	uint32_t rest = PUT_HEADER - 12 + customer + (uint32_t)person->len;

	usher__put32(p, PUT_MAGIC);
	usher__put32(p + 4, rest);
	usher__put32(p + 12, person->kind);
	usher__put64(p + 16, person->id);
	usher__put64(p + 24, person->contact);
	usher__put64(p + 32, person->segment);
	usher__put64(p + 40, (uint64_t)person->time_us);
	usher__put32(p + 48, customer);
	memcpy(p + PUT_HEADER, person->customer, customer);
	memcpy(p + PUT_HEADER + customer, put->bytes, person->len);
	usher__put32(p + 8, usher__crc32c(0, p + 12, rest));
}

/* The record at p, or NULL where there is no whole one; *ret_len its bytes.
 * The caller's to free. */
static struct person_put *put_decode(const uint8_t *p, size_t len,
				     size_t *ret_len)
{
	struct person_put *put;
	uint32_t rest, customer;

	if (len < PUT_HEADER || usher__get32(p) != PUT_MAGIC)
		return NULL;
	rest = usher__get32(p + 4);
	customer = usher__get32(p + 48);
	if (rest < PUT_HEADER - 12 || rest > len - 12 ||
	    usher__get32(p + 8) != usher__crc32c(0, p + 12, rest) ||
	    customer >= USHER_STORE_CUSTOMER_MAX ||
	    customer > rest - (PUT_HEADER - 12))
		return NULL;
	rest -= PUT_HEADER - 12 + customer;
	put = calloc(1, sizeof(*put) + rest);
	if (!put)
		return NULL;
	put->person.kind = usher__get32(p + 12);
	put->person.id = usher__get64(p + 16);
	put->person.contact = usher__get64(p + 24);
	put->person.segment = usher__get64(p + 32);
	put->person.time_us = (int64_t)usher__get64(p + 40);
	put->person.len = rest;
	memcpy(put->person.customer, p + PUT_HEADER, customer);
	memcpy(put->bytes, p + PUT_HEADER + customer, rest);
	*ret_len = PUT_HEADER + customer + rest;
	return put;
}

static int put_check(const struct usher_person_opts *opts)
{
	if (!opts || opts->size < sizeof(*opts) ||
	    opts->kind < USHER_PERSON_ADDRESS ||
	    opts->kind > USHER_PERSON_VALUE || (!opts->bytes && opts->len) ||
	    opts->len > USHER_STORE_PERSON_MAX)
		return USHER_EINVAL;
	if (opts->customer &&
	    strlen(opts->customer) >= USHER_STORE_CUSTOMER_MAX)
		return USHER_EINVAL;
	return 0;
}

int usher_store_person_put(struct usher_store *store,
			   const struct usher_person_opts *opts,
			   uint64_t *ret_person)
{
	struct person_put *put;
	size_t need;
	int rc = usher__store_owner_check(store);

	if (!rc)
		rc = put_check(opts);
	if (rc || !ret_person)
		return rc ? rc : USHER_EINVAL;
	need = PUT_HEADER + USHER_STORE_CUSTOMER_MAX + opts->len;
	if (!usher__store_has_room(store, need + sizeof(*put)))
		return USHER_EFULL;
	put = calloc(1, sizeof(*put) + opts->len);
	if (!put)
		return USHER_ENOMEM;
	rc = usher__chunk_reserve(&store->person_turn, need);
	if (rc) {
		free(put);
		return rc;
	}
	put->person.size = sizeof(put->person);
	put->person.id =
		(uint64_t)store->opts.node << ID_BITS | store->person_next++;
	put->person.contact = opts->contact;
	put->person.segment = opts->segment;
	put->person.time_us = opts->time_us;
	put->person.kind = opts->kind;
	put->person.len = opts->len;
	if (opts->customer)
		strcpy(put->person.customer, opts->customer);
	if (opts->len)
		memcpy(put->bytes, opts->bytes, opts->len);
	put_encode(store->person_turn->data + store->person_turn->len, put);
	store->person_turn->len +=
		PUT_HEADER + strlen(put->person.customer) + put->person.len;
	if (store->person_turn_tail)
		store->person_turn_tail->next = put;
	else
		store->person_turn_head = put;
	store->person_turn_tail = put;
	store->person_turn_memory += put_size(put);
	*ret_person = put->person.id;
	return 0;
}

uint64_t usher__personal_lost(const struct usher_store *store)
{
	uint64_t lost = 0;

	for (const struct person_put *put = store->person_head; put;
	     put = put->next)
		lost += !put->logged;
	return lost;
}

int usher__person_commit(struct usher_store *store)
{
	struct chunk *turn = store->person_turn;
	struct person_put *put;
	int rc = 0;

	if (!turn || !turn->len)
		return 0;
	pthread_mutex_lock(&store->lock);
	/* Also when the disk refuses: the historian moves what is in memory,
	 * and a log that was written in part is cut by the next write. */
	if (store->state == STORE_DIRECT)
		rc = usher__io_write(store->io, store->person_fd, turn->data,
				     turn->len, store->person_offset);
	else
		rc = -EAGAIN;
	if (!rc)
		store->person_offset += turn->len;
	for (put = store->person_turn_head; put; put = put->next)
		put->logged = !rc;
	if (store->person_tail)
		store->person_tail->next = store->person_turn_head;
	else
		store->person_head = store->person_turn_head;
	store->person_tail = store->person_turn_tail;
	store->memory += store->person_turn_memory;
	pthread_cond_signal(&store->wake_historian);
	pthread_mutex_unlock(&store->lock);
	store->person_turn_head = store->person_turn_tail = NULL;
	store->person_turn_memory = 0;
	turn->len = 0;
	return rc ? USHER_EIO : 0;
}

static int log_create(struct usher_store *store, uint64_t number)
{
	char name[SEGMENT_NAME];

	usher__personal_name(name, number);
	return store->io->openat(store->io->arg, store->dir, name,
				 O_RDWR | O_CREAT | O_TRUNC);
}

static void logs_remove(struct usher_store *store, uint64_t below)
{
	struct historian *his = store->his;

	for (; his->person_oldest < below; his->person_oldest++) {
		char name[SEGMENT_NAME];

		usher__personal_name(name, his->person_oldest);
		store->io->unlinkat(store->io->arg, store->dir, name);
	}
}

static int put_insert(struct historian *his, const struct person_put *put,
		      struct usher_error *err)
{
	sqlite3_stmt *s = his->person_insert;
	const struct usher_person *person = &put->person;

	sqlite3_bind_int64(s, 1, (sqlite3_int64)person->id);
	sqlite3_bind_int(s, 2, (int)person->kind);
	sqlite3_bind_int64(s, 3, (sqlite3_int64)person->contact);
	sqlite3_bind_int64(s, 4, (sqlite3_int64)person->segment);
	sqlite3_bind_text(s, 5, person->customer, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 6, person->time_us);
	/* Texts as text, so that they read as such in SQL. */
	sqlite3_bind_text(s, 7, (const char *)put->bytes, (int)person->len,
			  SQLITE_STATIC);
	return usher__sql_run(s, err);
}

static int puts_insert(struct historian *his, const struct person_put *list,
		       struct usher_error *err)
{
	int rc = usher__sql_exec(his->personal, "BEGIN IMMEDIATE", err);

	for (; list && !rc; list = list->next)
		rc = put_insert(his, list, err);
	if (!rc)
		rc = usher__sql_exec(his->personal, "COMMIT", err);
	if (rc)
		sqlite3_exec(his->personal, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static size_t puts_free(struct person_put *list)
{
	size_t memory = 0;

	while (list) {
		struct person_put *next = list->next;

		memory += put_size(list);
		free(list);
		list = next;
	}
	return memory;
}

int usher__personal_move(struct usher_store *store, struct usher_error *err)
{
	struct historian *his = store->his;
	struct person_put *list, *tail;
	uint64_t number;
	int fd, old, rc;

	pthread_mutex_lock(&store->lock);
	list = store->person_head;
	number = store->person_number + 1;
	pthread_mutex_unlock(&store->lock);
	if (!list)
		return 0;
	/* The owner goes on in a new log, so the old one can go whole. */
	fd = log_create(store, number);
	if (fd < 0)
		return usher_error_set(err, USHER_EIO,
				       "cannot make a log of personal data: "
				       "%s",
				       strerror(-fd));
	pthread_mutex_lock(&store->lock);
	old = store->person_fd;
	store->person_fd = fd;
	store->person_number = number;
	store->person_offset = 0;
	list = store->person_moving = store->person_head;
	tail = store->person_tail;
	store->person_head = store->person_tail = NULL;
	pthread_mutex_unlock(&store->lock);
	close(old);
	rc = puts_insert(his, list, err);
	pthread_mutex_lock(&store->lock);
	store->person_moving = NULL;
	if (rc) {
		tail->next = store->person_head;
		if (!store->person_tail)
			store->person_tail = tail;
		store->person_head = list;
	} else {
		store->memory -= puts_free(list);
	}
	pthread_mutex_unlock(&store->lock);
	if (!rc)
		logs_remove(store, number);
	return rc;
}

/* What a process that was killed left in a log. */
static int log_move(struct usher_store *store, uint64_t number,
		    struct usher_error *err)
{
	struct person_put *list = NULL, **link = &list;
	const struct usher__io *io = store->io;
	char name[SEGMENT_NAME];
	uint8_t *buf = NULL;
	size_t at = 0, used;
	ssize_t n = 0;
	off_t size;
	int fd, rc = 0;

	usher__personal_name(name, number);
	fd = io->openat(io->arg, store->dir, name, O_RDONLY);
	size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	if (size < 0 || size > (off_t)LOG_SIZE_MAX)
		rc = usher__error_file(err, USHER_EIO, name, "cannot read %s",
				       name);
	if (!rc && !(buf = malloc((size_t)size + 1)))
		rc = USHER_ENOMEM;
	if (!rc && (n = usher__io_read(io, fd, buf, (size_t)size, 0)) < 0)
		rc = usher__error_file(err, USHER_EIO, name, "cannot read %s",
				       name);
	while (!rc && (*link = put_decode(buf + at, (size_t)n - at, &used))) {
		at += used;
		link = &(*link)->next;
	}
	if (!rc && list)
		rc = puts_insert(store->his, list, err);
	if (!rc)
		io->unlinkat(io->arg, store->dir, name);
	puts_free(list);
	free(buf);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int logs_move(struct usher_store *store, struct usher_error *err)
{
	uint64_t *numbers;
	int count, rc = 0;

	count = usher__files_list(store->dir, "personal-", ".log", &numbers);
	if (count < 0)
		return usher_error_set(err, count, "cannot list %s",
				       store->path);
	for (int i = 0; i < count && !rc; i++)
		rc = log_move(store, numbers[i], err);
	store->person_number = count ? numbers[count - 1] + 1 : 1;
	free(numbers);
	return rc;
}

int usher__personal_open(struct usher_store *store, struct usher_error *err)
{
	struct historian *his = store->his;
	uint64_t mask = (UINT64_C(1) << ID_BITS) - 1;
	int rc;

	rc = usher__sql_open(&his->personal, store->path, "personal.db",
			     "FULL", err);
	if (!rc)
		rc = usher__sql_migrate(his->personal, "personal.db",
					personal_steps,
					USHER_STORE_PERSONAL_VERSION, err);
	/* A row that is there already came from a log that outlived its
	 * move. */
	if (!rc)
		rc = usher__sql_prepare(
			his->personal, &his->person_insert,
			"INSERT OR IGNORE INTO person (id, kind, contact, "
			"segment, customer, time_us, value) VALUES "
			"(?,?,?,?,?,?,?)",
			err);
	if (!rc)
		rc = logs_move(store, err);
	if (rc)
		return rc;
	his->person_oldest = store->person_number;
	store->person_next =
		((uint64_t)usher__sql_number(
			 his->personal,
			 "SELECT seq FROM sqlite_sequence WHERE name='person'",
			 0) &
		 mask) +
		1;
	store->person_fd = log_create(store, store->person_number);
	if (store->person_fd < 0)
		return usher__error_file(err, USHER_EIO, store->path,
					 "cannot write to %s: %s", store->path,
					 strerror(-store->person_fd));
	return 0;
}

void usher__personal_close(struct usher_store *store)
{
	struct historian *his = store->his;
	bool empty = !store->person_head;

	if (store->person_fd >= 0) {
		close(store->person_fd);
		if (empty)
			logs_remove(store, store->person_number + 1);
	}
	puts_free(store->person_head);
	puts_free(store->person_turn_head);
	free(store->person_turn);
	sqlite3_finalize(his->person_insert);
	sqlite3_finalize(his->person_select);
	sqlite3_close(his->read);
	sqlite3_close(his->personal);
}
