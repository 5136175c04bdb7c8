/* A core as it was, and whether it would do the same again. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <usher/version.h>

#include "replay.h"

/* A store's own snapshots are a core's, a center's have more around it. */
static int core_of(const void *bytes, size_t len, const void **ret,
		   size_t *ret_len)
{
	if (len > 8 && !memcmp(bytes, "USHRSNAP", 8)) {
		*ret = bytes;
		*ret_len = len;
		return 0;
	}
	return usher_center_core_of(bytes, len, ret, ret_len);
}

int core_at(const struct options *o, struct usher_journal *journal,
	    uint64_t at, struct usher_acd **ret)
{
	struct usher_journal_restore_opts opts;
	struct usher_acd_opts acd_opts;
	struct usher_error err = {0};
	int code;

	usher_acd_opts_init(&acd_opts, sizeof(acd_opts));
	acd_opts.record_inputs = 1;
	acd_opts.seed = o->seed;
	usher_journal_restore_opts_init(&opts, sizeof(opts));
	opts.acd = &acd_opts;
	opts.core_of = core_of;
	code = usher_journal_restore(ret, journal, at, &opts, &err);
	return code ? failed(o->dir, code, &err) : 0;
}

static void line(void *arg, const char *text)
{
	(void)arg;
	puts(text);
}

/* Each contact in each queue where it waits. */
static void why(const struct usher_acd *acd)
{
	uint64_t contact = 0, segment;

	while ((contact = usher_acd_contact_next(acd, contact)))
		for (segment = 0; (segment = usher_acd_segment_next(
					   acd, contact, segment));)
			usher_acd_explain_text(acd, segment, line, NULL);
}

int state_at(const struct options *o, struct usher_journal *journal)
{
	struct usher_acd *acd;

	if (core_at(o, journal, o->at, &acd))
		return 1;
	if (o->why)
		why(acd);
	else
		usher_acd_dump(acd, line, NULL);
	usher_acd_free(acd);
	return 0;
}

struct checking {
	struct usher_verify *verify;
	struct usher_decoder *decoder;
	struct usher_difference diff;
	uint64_t inputs, events;
	char version[32]; /* of who wrote what was checked last */
	int started;      /* somebody who may have told it */
};

/* Former libraries did not tell which they are. */
static void note_version(struct checking *c, const struct usher_event *ev)
{
	const char *version = "";

	if (ev->type != USHER_EV_STARTED || ev->kind == USHER_KIND_INPUT)
		return;
	usher_event_str(ev, USHER_F_TEXT, &version, NULL);
	snprintf(c->version, sizeof(c->version), "%s", version);
	c->started = 1;
}

static int check(void *arg, const struct usher_store_entry *entry)
{
	const struct usher_event *ev;
	struct checking *c = arg;
	size_t used;
	int code;

	code = usher_event_decode(c->decoder, entry->bytes, entry->len, &used,
				  &ev);
	if (code)
		return code;
	if (ev->kind == USHER_KIND_INPUT)
		c->inputs++;
	else
		c->events++;
	note_version(c, ev);
	return usher_verify_feed(c->verify, ev, &c->diff);
}

/* What a journal of a former library lacks. */
static void tell_uncaused(const struct checking *c)
{
	uint64_t n = usher_verify_uncaused(c->verify);

	if (n)
		printf("%" PRIu64 " of them without the deadline that let a "
		       "policy choose: a former version wrote them\n",
		       n);
}

static int tell(const struct options *o, const struct checking *c)
{
	if (!c->inputs && !c->events) {
		fprintf(stderr, "lab-replay: %s: nothing to compare\n",
			o->dir);
		return !o->torn;
	}
	if (!c->diff.what) {
		printf("%" PRIu64 " inputs, %" PRIu64 " events: the same\n",
		       c->inputs, c->events);
		tell_uncaused(c);
		return 0;
	}
	printf("event %" PRIu64 ": %s%s%s\nafter    %s\nexpected %s\n"
	       "got      %s\n",
	       c->diff.seq, usher_differs_name(c->diff.what),
	       c->diff.code ? ": " : "",
	       c->diff.code ? usher_strerror(c->diff.code) : "", c->diff.input,
	       c->diff.expected, c->diff.got);
	if (*c->diff.policy)
		printf("%s: version %u wrote it, this is version %u, which "
		       "may decide otherwise\n",
		       c->diff.policy, c->diff.policy_recorded,
		       c->diff.policy_now);
	if (c->started)
		printf("the center ran Usher %s; this is Usher %s\n",
		       *c->version ? c->version
				   : "of a version that did not tell its own",
		       usher_version());
	tell_uncaused(c);
	return 1;
}

static int check_all(struct usher_journal *journal, struct usher_acd *acd,
		     struct checking *c, struct usher_error *err)
{
	int code;

	c->diff.size = sizeof(c->diff);
	code = usher_verify_new(&c->verify, acd, NULL);
	if (!code)
		code = usher_decoder_new(&c->decoder, NULL);
	if (!code)
		code = usher_journal_read(journal, usher_acd_seq(acd) + 1,
					  check, c, err);
	if (!code && !c->diff.what)
		code = usher_verify_end(c->verify, &c->diff);
	return code < 0 ? code : 0;
}

/* The events of an input come out together, so that one begins before the next
 * input: what is told of it is the number of its first event. */
static int find_input(void *arg, const struct usher_store_entry *entry)
{
	if (entry->kind != USHER_KIND_INPUT)
		return 0;
	*(uint64_t *)arg = entry->seq - 1;
	return 1;
}

int verify(const struct options *o, struct usher_journal *journal)
{
	struct usher_error err = {0};
	struct checking c = {0};
	uint64_t from = 0;
	struct usher_acd *acd;
	int code = 0;

	if (o->has_at) {
		from = USHER_JOURNAL_END;
		code = usher_journal_read(journal, o->at + 1, find_input,
					  &from, &err);
	}
	if (code)
		return failed(o->dir, code, &err);
	if (core_at(o, journal, from, &acd))
		return 1;
	code = check_all(journal, acd, &c, &err);
	code = code ? failed(o->dir, code, &err) : tell(o, &c);
	usher_decoder_free(c.decoder);
	usher_verify_free(c.verify);
	usher_acd_free(acd);
	return code;
}
