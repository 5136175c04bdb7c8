/* A journal that is read and never written: also of a process that runs, or
 * that died. Nothing is locked, cut or removed. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <usher/acd.h>

#include "internal.h"

struct usher_journal {
	int dir;
	char path[USHER_STORE_DIR_MAX];
	bool read; /* to its end, the last time */
	struct usher_journal_tail tail;
};

int usher_journal_open(struct usher_journal **ret, const char *dir,
		       struct usher_error *err)
{
	struct usher_journal *journal;
	uint64_t *numbers;
	int count;

	if (!ret || !dir || strlen(dir) >= sizeof(journal->path))
		return usher_error_set(err, USHER_EINVAL,
				       "a journal has a directory");
	journal = calloc(1, sizeof(*journal));
	if (!journal)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	memcpy(journal->path, dir, strlen(dir));
	journal->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (journal->dir < 0) {
		usher__error_file(err, USHER_ENOENT, dir, "cannot open %s: %s",
				  dir, strerror(errno));
		free(journal);
		return USHER_ENOENT;
	}
	count = usher__files_list(journal->dir, "journal-", ".seg", &numbers);
	if (count > 0) {
		free(numbers);
		*ret = journal;
		return 0;
	}
	usher__error_file(err, count ? count : USHER_ENOENT, dir,
			  "there is no journal in %s", dir);
	usher_journal_free(journal);
	return count ? count : USHER_ENOENT;
}

void usher_journal_free(struct usher_journal *journal)
{
	if (!journal)
		return;
	close(journal->dir);
	free(journal);
}

/* The reader has come to the end. */
static void keep_tail(struct usher_journal *journal,
		      const struct usher__reader *reader)
{
	struct usher_journal_tail *tail = &journal->tail;
	char name[SEGMENT_NAME];

	journal->read = true;
	memset(tail, 0, sizeof(*tail));
	if (reader->next_seq)
		tail->last_seq = reader->next_seq - 1;
	if (!reader->torn_segment)
		return;
	usher__segment_name(name, reader->torn_segment);
	snprintf(tail->file, sizeof(tail->file), "%s", name);
	tail->offset = reader->torn_offset;
	tail->bytes = reader->torn_bytes;
	tail->records = reader->torn_records;
}

int usher_journal_tail(const struct usher_journal *journal,
		       struct usher_journal_tail *ret)
{
	size_t size = ret ? ret->size : 0;

	if (!journal || size < sizeof(size) || size > sizeof(*ret))
		return USHER_EINVAL;
	if (!journal->read)
		return USHER_ESTATE;
	memcpy(ret, &journal->tail, size);
	ret->size = size;
	return 0;
}

int usher_journal_read(struct usher_journal *journal, uint64_t from,
		       int (*entry)(void *arg,
				    const struct usher_store_entry *entry),
		       void *arg, struct usher_error *err)
{
	struct usher_store_entry e;
	struct usher__reader reader;
	int rc;

	if (!journal || !entry)
		return usher_error_set(err, USHER_EINVAL, "nothing to call");
	journal->read = false;
	rc = usher__reader_open(&reader, &usher__io_system, journal->dir, from,
				err);
	if (rc)
		return rc;
	while ((rc = usher__reader_next(&reader, &e, err)) == 1) {
		rc = entry(arg, &e);
		if (rc)
			goto out;
	}
	if (!rc)
		keep_tail(journal, &reader);
out:
	usher__reader_close(&reader);
	return rc > 0 ? 0 : rc;
}

/* The newest good snapshot up to a sequence number that is not refused. */
int usher_journal_snapshot(struct usher_journal *journal, uint64_t at,
			   int (*snapshot)(void *arg, uint64_t seq,
					   const void *bytes, size_t len),
			   void *arg, uint64_t *ret_seq)
{
	uint64_t *seqs = NULL;
	int count, rc = USHER_ENOENT;

	if (!journal || !snapshot)
		return USHER_EINVAL;
	count = usher__files_list(journal->dir, "snapshot-", ".snap", &seqs);
	if (count < 0)
		return count;
	for (int i = count - 1; i >= 0 && rc; i--) {
		uint8_t *bytes = NULL;
		size_t len = 0;

		if (seqs[i] > at)
			continue;
		rc = usher__snapshot_read(&usher__io_system, journal->dir,
					  seqs[i], &bytes, &len);
		if (!rc)
			rc = snapshot(arg, seqs[i], bytes, len);
		free(bytes);
		if (!rc && ret_seq)
			*ret_seq = seqs[i];
		if (rc == USHER_ENOMEM)
			break;
	}
	free(seqs);
	return rc && rc != USHER_ENOMEM ? USHER_ENOENT : rc;
}

/* ---- A core as it was ---- */

struct folding {
	const struct usher_journal_restore_opts *opts;
	struct usher_decoder *decoder;
	struct usher_acd *acd;
	uint64_t at;    /* last one wanted */
	uint64_t first; /* sequence of the first event */
	struct usher_error *err;
};

void usher_journal_restore_opts_init(struct usher_journal_restore_opts *opts,
				     size_t size)
{
	memset(opts, 0, size);
	opts->size = size;
}

static int on_snapshot(void *arg, uint64_t seq, const void *bytes, size_t len)
{
	struct folding *f = arg;
	const struct usher_journal_restore_opts *opts = f->opts;
	struct usher_acd *acd = NULL;
	int rc = 0;

	if (opts->core_of)
		rc = opts->core_of(bytes, len, &bytes, &len);
	if (!rc)
		rc = usher_acd_restore(
			&acd, opts->acd, opts->agent_policies,
			opts->agent_policy_count, opts->contact_policies,
			opts->contact_policy_count, bytes, len, NULL);
	if (!rc && usher_acd_seq(acd) != seq)
		rc = USHER_ECORRUPT;
	if (rc) {
		usher_acd_free(acd);
		return rc;
	}
	f->acd = acd;
	return 0;
}

static int on_entry(void *arg, const struct usher_store_entry *entry)
{
	const struct usher_event *ev;
	struct folding *f = arg;
	size_t used;
	int rc;

	if (entry->seq > f->at)
		return 1;
	if (entry->kind == USHER_KIND_INPUT)
		return 0;
	if (usher_event_decode(f->decoder, entry->bytes, entry->len, &used,
			       &ev))
		return usher_error_set(f->err, USHER_ECORRUPT,
				       "event %" PRIu64 " cannot be read",
				       entry->seq);
	rc = usher_acd_fold(f->acd, ev);
	if (rc)
		return usher_error_set(f->err, rc,
				       "event %" PRIu64 " does not fit: %s",
				       entry->seq, usher_strerror(rc));
	return 0;
}

/* Node and seed are the host's options, and in no event of a center that
 * never changed its own; any snapshot has both. */
static int empty_core(struct usher_journal *journal, struct folding *f)
{
	const struct usher_journal_restore_opts *opts = f->opts;
	struct usher_acd_opts own;
	int rc;

	usher_acd_opts_init(&own, sizeof(own));
	if (opts->acd)
		memcpy(&own, opts->acd,
		       opts->acd->size < sizeof(own) ? opts->acd->size
						     : sizeof(own));
	rc = usher_journal_snapshot(journal, UINT64_MAX, on_snapshot, f, NULL);
	if (!rc)
		usher_acd_origin(f->acd, &own.node, &own.seed);
	usher_acd_free(f->acd);
	f->acd = NULL;
	rc = usher_acd_new(&f->acd, &own, f->err);
	for (size_t i = 0; !rc && i < opts->agent_policy_count; i++)
		rc = usher_acd_agent_policy_add(f->acd,
						opts->agent_policies[i]);
	for (size_t i = 0; !rc && i < opts->contact_policy_count; i++)
		rc = usher_acd_contact_policy_add(f->acd,
						  opts->contact_policies[i]);
	return rc;
}

static int on_first(void *arg, const struct usher_store_entry *entry)
{
	*(uint64_t *)arg = entry->seq;
	return 1;
}

static int begin(struct usher_journal *journal, struct folding *f)
{
	uint64_t first = 0;
	int rc = USHER_ENOENT;

	if (!f->opts->from_the_beginning)
		rc = usher_journal_snapshot(journal, f->at, on_snapshot, f,
					    NULL);
	if (rc != USHER_ENOENT)
		return rc;
	rc = usher_journal_read(journal, 0, on_first, &first, f->err);
	if (rc)
		return rc;
	if (first > 1)
		return usher_error_set(f->err, USHER_ENOENT,
				       "the journal begins at event %" PRIu64
				       " and no snapshot before it can be "
				       "used",
				       first);
	return empty_core(journal, f);
}

int usher_journal_restore(struct usher_acd **ret,
			  struct usher_journal *journal, uint64_t at,
			  const struct usher_journal_restore_opts *opts,
			  struct usher_error *err)
{
	struct usher_journal_restore_opts all;
	struct folding f = {.opts = &all, .at = at, .err = err};
	int rc;

	usher_journal_restore_opts_init(&all, sizeof(all));
	if (opts && opts->size <= sizeof(all))
		memcpy(&all, opts, opts->size);
	if (!ret || !journal || (opts && opts->size > sizeof(all)))
		return usher_error_set(err, USHER_EINVAL, "nowhere to write");
	rc = usher_decoder_new(&f.decoder, NULL);
	if (!rc)
		rc = begin(journal, &f);
	if (!rc && usher_acd_seq(f.acd) < at)
		rc = usher_journal_read(journal, usher_acd_seq(f.acd) + 1,
					on_entry, &f, err);
	if (!rc && at != USHER_JOURNAL_END && usher_acd_seq(f.acd) != at)
		rc = usher_error_set(err, USHER_ENOENT,
				     "the journal ends at event %" PRIu64,
				     usher_acd_seq(f.acd));
	usher_decoder_free(f.decoder);
	if (rc) {
		usher_acd_free(f.acd);
		return rc;
	}
	*ret = f.acd;
	return 0;
}
