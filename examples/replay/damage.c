/* Whether the journal's end is whole: a record that was cut off, or a file
 * that was emptied, otherwise reads as a shorter day. */
#include <inttypes.h>
#include <stdio.h>

#include "replay.h"

static int accept(void *arg, uint64_t seq, const void *bytes, size_t len)
{
	(void)arg;
	(void)seq;
	(void)bytes;
	(void)len;
	return 0;
}

int damaged(const struct options *o, struct usher_journal *journal)
{
	struct usher_journal_tail tail = {.size = sizeof(tail)};
	uint64_t snapshot = 0;

	/* what was wanted came before the end */
	if (usher_journal_tail(journal, &tail))
		return 0;
	usher_journal_snapshot(journal, USHER_JOURNAL_END, accept, NULL,
			       &snapshot);
	if (*tail.file)
		fprintf(stderr,
			"lab-replay: %s: %s is damaged at offset %" PRIu64
			", after event %" PRIu64 ": %" PRIu64
			" bytes are left out, with %" PRIu64
			" whole records\n",
			o->dir, tail.file, tail.offset, tail.last_seq,
			tail.bytes, tail.records);
	else if (snapshot > tail.last_seq)
		fprintf(stderr,
			"lab-replay: %s: the journal ends at event %" PRIu64
			", a snapshot is of event %" PRIu64 "\n",
			o->dir, tail.last_seq, snapshot);
	else if (tail.last_seq)
		return 0;
	if (!tail.last_seq)
		fprintf(stderr, "lab-replay: %s: there are no events\n",
			o->dir);
	return !o->torn;
}
