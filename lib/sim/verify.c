/*
 * Verification: what a core does with recorded inputs is held against the
 * events that were recorded with them.
 *
 * An entry that is due has come out already, or it is the next input, which is
 * fed now and comes out first after deadlines before it; or it belongs to a
 * deadline, and time has to go on to it.
 */
#include <stdbool.h>
#include <string.h>

#include <core/schema.h>
#include <usher/replay.h>

struct text {
	char *at;
	size_t cap;
};

struct usher_verify {
	struct usher_alloc alloc;
	struct usher_acd *acd;
	struct text recorded; /* encoded */
	struct text done;
	struct text input; /* JSON, the next too */
	struct text expected;
	struct text got;
	struct text policy;
	uint64_t seq; /* of the last entry */
	uint64_t uncaused;
};

const char *usher_differs_name(uint32_t what)
{
	static const char *const names[] = {
		[USHER_DIFFERS_NOT] = "same",
		[USHER_DIFFERS_CHANGED] = "changed",
		[USHER_DIFFERS_MISSING] = "missing",
		[USHER_DIFFERS_EXTRA] = "extra",
		[USHER_DIFFERS_REFUSED] = "refused",
	};

	return what < sizeof(names) / sizeof(names[0]) ? names[what] : NULL;
}

int usher_verify_new(struct usher_verify **ret, struct usher_acd *acd,
		     const struct usher_alloc *alloc)
{
	struct usher_verify *verify;

	if (!ret || !acd)
		return USHER_EINVAL;
	if (!alloc)
		alloc = usher_alloc_default();
	verify = alloc->realloc(alloc->arg, NULL, sizeof(*verify));
	if (!verify)
		return USHER_ENOMEM;
	memset(verify, 0, sizeof(*verify));
	verify->alloc = *alloc;
	verify->acd = acd;
	*ret = verify;
	return 0;
}

void usher_verify_free(struct usher_verify *verify)
{
	struct usher_alloc alloc;

	if (!verify)
		return;
	alloc = verify->alloc;
	alloc.realloc(alloc.arg, verify->recorded.at, 0);
	alloc.realloc(alloc.arg, verify->done.at, 0);
	alloc.realloc(alloc.arg, verify->input.at, 0);
	alloc.realloc(alloc.arg, verify->expected.at, 0);
	alloc.realloc(alloc.arg, verify->got.at, 0);
	alloc.realloc(alloc.arg, verify->policy.at, 0);
	alloc.realloc(alloc.arg, verify, 0);
}

static int room(struct usher_verify *verify, struct text *text, size_t len)
{
	char *at;

	if (text->cap >= len)
		return 0;
	at = verify->alloc.realloc(verify->alloc.arg, text->at, len * 2);
	if (!at)
		return USHER_ENOMEM;
	text->at = at;
	text->cap = len * 2;
	return 0;
}

static int encode(struct usher_verify *verify, struct text *text,
		  const struct usher_event *ev, size_t *ret_len)
{
	int rc;

	usher_event_encode(ev, NULL, 0, ret_len);
	rc = room(verify, text, *ret_len);
	return rc ? rc : usher_event_encode(ev, text->at, text->cap, ret_len);
}

static int write_json(struct usher_verify *verify, struct text *text,
		      const struct usher_event *ev)
{
	size_t len = 0;
	int rc;

	if (ev)
		usher_event_json(ev, NULL, 0, &len);
	rc = room(verify, text, len + 1);
	if (rc)
		return rc;
	text->at[0] = '\0';
	return ev ? usher_event_json(ev, text->at, text->cap, &len) : 0;
}

/* What decided; NULL: no policy. */
static const char *policy_of(const struct usher_event *ev,
			     uint32_t *ret_version)
{
	const char *name;
	uint64_t version;

	if (!ev || usher_event_u64(ev, USHER_F_POLICY_VERSION, &version) ||
	    usher_event_str(ev, USHER_F_POLICY, &name, NULL))
		return NULL;
	*ret_version = (uint32_t)version;
	return name;
}

/* Where the same policy had another version, which may be why. */
static int write_policy(struct usher_verify *verify,
			const struct usher_event *expected,
			const struct usher_event *got,
			struct usher_difference *ret)
{
	uint32_t then = 0, now = 0;
	const char *name = policy_of(expected, &then);
	const char *asked = policy_of(got, &now);
	bool versions = name && asked && !strcmp(name, asked) && then != now;
	int rc = room(verify, &verify->policy, USHER_NAME_MAX + 1);

	if (rc)
		return rc;
	verify->policy.at[0] = '\0';
	if (versions) {
		strncat(verify->policy.at, name, USHER_NAME_MAX);
		ret->policy_recorded = then;
		ret->policy_now = now;
	}
	ret->policy = verify->policy.at;
	return 0;
}

/* 1, or no memory. */
static int differs(struct usher_verify *verify, uint32_t what, int code,
		   const struct usher_event *expected,
		   const struct usher_event *got, struct usher_difference *ret)
{
	struct usher_difference all = {0};
	int rc;

	rc = write_json(verify, &verify->expected, expected);
	if (!rc)
		rc = write_json(verify, &verify->got, got);
	if (!rc)
		rc = write_policy(verify, expected, got, &all);
	if (rc)
		return rc;
	if (!ret || ret->size < sizeof(ret->size) || ret->size > sizeof(all))
		return 1;
	all.size = ret->size;
	all.seq = expected ? expected->seq : got->seq;
	all.input = verify->input.at ? verify->input.at : "";
	all.expected = verify->expected.at;
	all.got = verify->got.at;
	all.what = what;
	all.code = code;
	memcpy(ret, &all, all.size);
	return 1;
}

static int same(struct usher_verify *verify, const struct usher_event *a,
		const struct usher_event *b, bool *ret)
{
	size_t a_len, b_len;
	int rc;

	rc = encode(verify, &verify->recorded, a, &a_len);
	if (!rc)
		rc = encode(verify, &verify->done, b, &b_len);
	if (!rc)
		*ret = a_len == b_len &&
		       !memcmp(verify->recorded.at, verify->done.at, a_len);
	return rc;
}

/* Which deadline let a policy choose is not in records of former libraries,
 * who knew of it as well. */
static bool lacks_cause(const struct usher_event *entry,
			const struct usher_event *got)
{
	return !entry->cause_kind && !entry->cause &&
	       entry->actor == USHER_BY_POLICY &&
	       got->actor == USHER_BY_POLICY &&
	       got->cause_kind >= USHER_CAUSE_RETRY &&
	       got->cause_kind <= USHER_CAUSE_COLLECTED &&
	       entry->type == got->type && entry->kind == got->kind &&
	       entry->seq == got->seq && entry->time_us == got->time_us &&
	       entry->node == got->node && entry->contact == got->contact &&
	       entry->segment == got->segment &&
	       entry->actor_id == got->actor_id;
}

static int same_but_for_cause(struct usher_verify *verify,
			      const struct usher_event *entry,
			      const struct usher_event *got, bool *ret)
{
	const struct usher__tdesc *desc = usher__type(entry->type);
	size_t len;
	int rc;

	if (!desc || !lacks_cause(entry, got))
		return 0;
	len = usher__fields_size(desc, usher__payload(entry));
	if (len != usher__fields_size(desc, usher__payload(got)))
		return 0;
	rc = room(verify, &verify->recorded, len + 1);
	if (!rc)
		rc = room(verify, &verify->done, len + 1);
	if (rc)
		return rc;
	usher__fields_put(desc, usher__payload(entry),
			  (unsigned char *)verify->recorded.at);
	usher__fields_put(desc, usher__payload(got),
			  (unsigned char *)verify->done.at);
	*ret = !memcmp(verify->recorded.at, verify->done.at, len);
	verify->uncaused += *ret;
	return 0;
}

int usher_verify_feed(struct usher_verify *verify,
		      const struct usher_event *entry,
		      struct usher_difference *ret)
{
	const struct usher_event *got = usher_acd_next(verify->acd);
	bool equal = false;
	int rc = 0;

	verify->seq = entry->seq;
	if (!got && entry->kind == USHER_KIND_INPUT) {
		rc = write_json(verify, &verify->input, entry);
		if (rc)
			return rc;
		rc = usher_acd_replay(verify->acd, entry);
		got = usher_acd_next(verify->acd);
	} else if (!got) {
		rc = usher_acd_advance(verify->acd, entry->time_us);
		got = usher_acd_next(verify->acd);
	}
	if (rc == USHER_ENOMEM)
		return rc;
	if (!got)
		return differs(verify,
			       rc ? USHER_DIFFERS_REFUSED
				  : USHER_DIFFERS_MISSING,
			       rc, entry, NULL, ret);
	rc = same(verify, entry, got, &equal);
	if (!rc && !equal)
		rc = same_but_for_cause(verify, entry, got, &equal);
	if (rc || equal)
		return rc;
	return differs(verify, USHER_DIFFERS_CHANGED, 0, entry, got, ret);
}

uint64_t usher_verify_uncaused(const struct usher_verify *verify)
{
	return verify->uncaused;
}

int usher_verify_end(struct usher_verify *verify, struct usher_difference *ret)
{
	const struct usher_event *got = usher_acd_next(verify->acd);

	if (!got)
		return 0;
	return differs(verify, USHER_DIFFERS_EXTRA, 0, NULL, got, ret);
}
