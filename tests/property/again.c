/* The same day again: its inputs replayed with other stops of the clock, and
 * its events folded from every snapshot on the way. */
#include <stdlib.h>
#include <string.h>

#include "day.h"

static struct usher_acd *another(const struct day *d)
{
	struct usher_acd *acd = NULL;

	if (usher_acd_new(&acd, &d->opts, NULL) || policies_add(acd))
		abort();
	return acd;
}

static bool differs(struct day *d, const struct usher_event *ev, size_t at)
{
	char said[JSON_MAX] = "", taped[JSON_MAX] = "nothing";
	struct usher_decoder *dec = NULL;
	const struct usher_event *was;
	size_t len;

	usher_event_json(ev, said, sizeof(said), &len);
	if (!usher_decoder_new(&dec, NULL) &&
	    !usher_event_decode(dec, d->tape + at, d->tape_len - at, &len,
				&was))
		usher_event_json(was, taped, sizeof(taped), &len);
	usher_decoder_free(dec);
	return fail(d, "replay says\n%s\nand the day said\n%s", said, taped);
}

/* Compare what a core says with the tape from *at on. */
static bool compare(struct day *d, struct usher_acd *acd, size_t *at)
{
	static uint8_t buf[USHER_ENTRY_MAX];
	const struct usher_event *ev;
	size_t len;

	while ((ev = usher_acd_next(acd))) {
		if (usher_event_encode(ev, buf, sizeof(buf), &len))
			return fail(d, "an entry does not encode");
		if (len > d->tape_len - *at || memcmp(buf, d->tape + *at, len))
			return differs(d, ev, *at);
		*at += len;
	}
	return true;
}

static bool go_to(struct day *d, struct usher_acd *acd, int64_t t, size_t *at)
{
	int rc;

	do {
		rc = usher_acd_advance(acd, t);
		if (!compare(d, acd, at))
			return false;
	} while (rc == USHER_EAGAIN || (!rc && usher_acd_deadline(acd) <= t));
	return !rc || fail(d, "advance returns %d in replay", rc);
}

/* Give the inputs from a place of the tape on again, with two random stops of
 * the clock before each; the core must say what is on the tape from there. */
static bool give_again(struct day *d, struct usher_acd *acd, size_t at)
{
	struct usher_decoder *dec = NULL;
	const struct usher_event *in;
	size_t used, out = at;
	bool ok = !usher_decoder_new(&dec, NULL);

	while (ok && at < d->tape_len) {
		int64_t last = usher_acd_now(acd);

		if (usher_event_decode(dec, d->tape + at, d->tape_len - at,
				       &used, &in)) {
			ok = fail(d, "the tape does not decode");
			break;
		}
		at += used;
		if (in->kind != USHER_KIND_INPUT)
			continue;
		for (int i = 0; ok && last && i < 2; i++) {
			int64_t gap = in->time_us - last;

			last += gap > 0 ? (int64_t)(rng_next(&d->rng) %
						    (uint64_t)(gap + 1))
					: 0;
			ok = go_to(d, acd, last, &out);
		}
		ok = ok && go_to(d, acd, in->time_us, &out);
		if (ok && usher_acd_replay(acd, in))
			ok = fail(d, "an accepted input is refused in replay");
		ok = ok && compare(d, acd, &out);
	}
	usher_decoder_free(dec);
	ok = ok && go_to(d, acd, d->now, &out);
	return ok &&
	       (out == d->tape_len || fail(d, "replay gives fewer entries"));
}

/* Verification: inputs in, the same events out; and since time goes by in
 * smaller steps here, advance(a), advance(b) is advance(b). */
static bool check_replay(struct day *d)
{
	struct usher_acd *acd = another(d);
	struct bytes lived = snapshot(d->acd), again;
	bool ok = give_again(d, acd, 0);

	again = snapshot(acd);
	if (ok && !same_bytes(&lived, &again))
		ok = fail(d, "replay gives other bytes");
	usher_acd_snapshot_free(d->acd, lived.data);
	usher_acd_snapshot_free(acd, again.data);
	usher_acd_free(acd);
	return ok;
}

static struct usher_acd *restored(struct day *d, const struct bytes *b)
{
	struct usher_acd *acd = NULL;
	struct usher_error err;

	if (usher_acd_restore(&acd, &d->opts, test_agent_policies,
			      test_agent_policy_count, test_contact_policies,
			      test_contact_policy_count, b->data, b->len,
			      &err)) {
		fail(d, "a snapshot does not restore: %s", err.message);
		return NULL;
	}
	return acd;
}

/* Fold the tape from a place on. */
static bool fold_rest(struct day *d, struct usher_acd *acd, size_t at)
{
	struct usher_decoder *dec = NULL;
	const struct usher_event *ev;
	size_t used;
	bool ok = !usher_decoder_new(&dec, NULL);

	while (ok && at < d->tape_len) {
		ok = !usher_event_decode(dec, d->tape + at, d->tape_len - at,
					 &used, &ev) &&
		     (ev->kind == USHER_KIND_INPUT ||
		      !usher_acd_fold(acd, ev));
		at += used;
	}
	usher_decoder_free(dec);
	return ok || fail(d, "an event does not fold after a restore");
}

/* Restore the state as it was at a place of the tape, fold the rest. */
static bool check_from(struct day *d, const struct bytes *from, size_t at,
		       const struct bytes *lived)
{
	struct usher_acd *acd = restored(d, from);
	struct bytes b;
	bool ok;

	if (!acd)
		return false;
	b = snapshot(acd);
	ok = same_bytes(&b, from) ||
	     fail(d, "a restored snapshot has other bytes");
	usher_acd_snapshot_free(acd, b.data);
	ok = ok && fold_rest(d, acd, at);
	b = snapshot(acd);
	if (ok && !same_bytes(&b, lived))
		ok = fail(d,
			  "folding from byte %zu of the tape gives other "
			  "bytes than living",
			  at);
	usher_acd_snapshot_free(acd, b.data);
	usher_acd_free(acd);
	return ok;
}

/* A core that was restored before a step, be it in the middle of a moment,
 * lives on as the first one did. It asks policies about everybody once more,
 * which changes nothing. */
static bool check_life_after(struct day *d, const struct bytes *from,
			     size_t at)
{
	struct usher_acd *acd = restored(d, from);
	bool ok = acd && give_again(d, acd, at);

	usher_acd_free(acd);
	return ok;
}

/* So does one that folded all events until then. */
static bool check_life_after_folding(struct day *d, size_t to)
{
	struct usher_acd *acd = another(d);
	struct usher_decoder *dec = NULL;
	const struct usher_event *ev;
	size_t used = 0;
	bool ok = !usher_decoder_new(&dec, NULL);

	for (size_t at = 0; ok && at < to; at += used)
		ok = !usher_event_decode(dec, d->tape + at, d->tape_len - at,
					 &used, &ev) &&
		     (ev->kind == USHER_KIND_INPUT ||
		      !usher_acd_fold(acd, ev));
	usher_decoder_free(dec);
	ok = ok || fail(d, "the tape does not fold");
	ok = ok && give_again(d, acd, to);
	usher_acd_free(acd);
	return ok;
}

/* From so many places of a day that is not small; and before so many steps
 * that come together with something else. */
#define PLACES  1
#define MOMENTS 2

/* An input, or what came by itself; not what comes of another. */
static bool begins(const struct usher_event *ev)
{
	return ev->kind == USHER_KIND_INPUT ||
	       (ev->cause_kind != USHER_CAUSE_EVENT &&
		ev->cause_kind != USHER_CAUSE_REQUEST &&
		(ev->actor == USHER_BY_TIMER || ev->actor == USHER_BY_POLICY));
}

/* From every event of the day when it is small; else from some in the middle:
 * the state there, folded from the beginning, and then the rest. */
static bool check_refold(struct day *d)
{
	struct usher_acd *acd = another(d);
	struct usher_decoder *dec = NULL;
	const struct usher_event *ev;
	struct bytes lived = snapshot(d->acd), b;
	size_t used = 0;
	size_t next = (size_t)(rng_next(&d->rng) % (d->tape_len + 1));
	bool ok = !usher_decoder_new(&dec, NULL);
	unsigned places = 0, moments = 0;
	int64_t last = 0;

	for (size_t at = 0; ok && at < d->tape_len; at += used) {
		if (usher_event_decode(dec, d->tape + at, d->tape_len - at,
				       &used, &ev)) {
			ok = fail(d, "the tape does not decode");
			break;
		}
		if (d->plan.every_step || (places < PLACES && at >= next)) {
			b = snapshot(acd);
			ok = check_from(d, &b, at, &lived);
			if (ev->kind == USHER_KIND_INPUT) {
				places++;
				next = at + (size_t)(rng_next(&d->rng) %
						     (d->tape_len - at));
			}
			if (begins(ev))
				ok = ok && check_life_after(d, &b, at) &&
				     check_life_after_folding(d, at);
			usher_acd_snapshot_free(acd, b.data);
		} else if (begins(ev) && ev->time_us == last &&
			   moments++ < MOMENTS) {
			b = snapshot(acd);
			ok = ok && check_life_after(d, &b, at) &&
			     check_life_after_folding(d, at);
			usher_acd_snapshot_free(acd, b.data);
		}
		last = ev->time_us;
		if (ok && ev->kind != USHER_KIND_INPUT &&
		    usher_acd_fold(acd, ev))
			ok = fail(d, "the tape does not fold");
	}
	usher_acd_snapshot_free(d->acd, lived.data);
	usher_decoder_free(dec);
	usher_acd_free(acd);
	return ok;
}

/* The figures go on from their own snapshot. */
static bool check_metrics(struct day *d)
{
	struct usher_metrics *m = NULL;
	size_t len = 0, again = 0;
	uint8_t *a, *b;
	bool ok;

	usher_metrics_snapshot(d->metrics, NULL, 0, &len);
	a = malloc(len);
	b = malloc(len);
	if (!a || !b)
		abort();
	ok = !usher_metrics_snapshot(d->metrics, a, len, &len) &&
	     !usher_metrics_restore(&m, NULL, a, len, NULL) &&
	     !usher_metrics_snapshot(m, b, len, &again) && again == len &&
	     !memcmp(a, b, len);
	usher_metrics_free(m);
	free(a);
	free(b);
	return ok || fail(d, "figures do not restore to the same bytes");
}

bool check_again(struct day *d)
{
	d->command = "again";
	return check_replay(d) && check_refold(d) && check_metrics(d);
}
