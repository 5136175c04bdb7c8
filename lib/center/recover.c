/* Back from the journal, and snapshots that make it quick.
 *
 * The state is that of the core and of the figures; legs are gone with the
 * process. So who waited keeps the place without a leg: whoever calls again
 * from the same number to the same entry within opts.resume_ms has it back.
 * Conversations and flows that had no place to keep are over.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <usher/store.h>

#include "center/callback.h"
#include "center/center.h"
#include "center/flow.h"
#include "center/hostcall.h"
#include "center/inbox.h"
#include "center/journal.h"
#include "center/session.h"
#include "center/spend.h"

#define MAGIC "USHC"
/* Version 1 ended with the figures; what calls outside cost came later. */
#define VERSION 2u
#define DAY_US  (86400LL * 1000000)

struct head {
	char magic[4];
	unsigned char version[4];
	unsigned char acd_len[8];
	unsigned char metrics_len[8];
};

static void put(unsigned char *p, uint64_t value, int bytes)
{
	while (bytes--) {
		*p++ = (unsigned char)value;
		value >>= 8;
	}
}

static uint64_t get(const unsigned char *p, int bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

void usher__center_keep(struct usher_center *center)
{
	size_t acd_len = 0, metrics_len = 0, len;
	unsigned char *bytes = NULL;
	struct head head;
	void *acd = NULL;

	center->events_since_snapshot = 0;
	if (!center->store || usher_acd_snapshot(center->acd, &acd, &acd_len))
		return;
	usher_metrics_snapshot(center->metrics, NULL, 0, &metrics_len);
	len = sizeof(head) + acd_len + metrics_len;
	bytes = malloc(len + usher__spend_save(center, NULL));
	if (!bytes)
		goto out;
	memcpy(head.magic, MAGIC, 4);
	put(head.version, VERSION, 4);
	put(head.acd_len, acd_len, 8);
	put(head.metrics_len, metrics_len, 8);
	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), acd, acd_len);
	if (!usher_metrics_snapshot(center->metrics,
				    bytes + sizeof(head) + acd_len,
				    metrics_len, &metrics_len)) {
		len += usher__spend_save(center, bytes + len);
		usher_store_snapshot(center->store, usher_acd_seq(center->acd),
				     bytes, len);
	}
out:
	free(bytes);
	usher_acd_snapshot_free(center->acd, acd);
}

/* One for each agent, and for some who come by a reload, where a requirement
 * tells all from each other; 0: the core's own number has room for them. */
static uint32_t profiles_max(size_t agents)
{
	size_t max = agents + agents / 4;

	if (max <= USHER__PROFILES_OWN)
		return 0;
	return max < USHER__PROFILES_MAX ? (uint32_t)max : USHER__PROFILES_MAX;
}

static void acd_opts(const struct usher_center *center,
		     struct usher_acd_opts *opts)
{
	usher_acd_opts_init(opts, sizeof(*opts));
	opts->node = center->opts.node;
	opts->seed = center->opts.seed;
	opts->record_inputs = center->state_dir != NULL;
	opts->profiles_max = profiles_max(center->config->agent_count);
}

struct folding {
	struct usher_center *center;
	struct usher_decoder *decoder;
};

/* What a snapshot is made of. */
struct parts {
	const unsigned char *acd, *metrics, *spend;
	size_t acd_len, metrics_len, spend_len;
};

static int parts_of(const unsigned char *bytes, size_t len, struct parts *ret)
{
	uint64_t version, acd_len, metrics_len;
	struct head head;

	if (len < sizeof(head))
		return USHER_ECORRUPT;
	memcpy(&head, bytes, sizeof(head));
	if (memcmp(head.magic, MAGIC, 4))
		return USHER_ECORRUPT;
	version = get(head.version, 4);
	if (!version || version > VERSION)
		return USHER_ENOTSUP;
	len -= sizeof(head);
	acd_len = get(head.acd_len, 8);
	metrics_len = get(head.metrics_len, 8);
	if (acd_len > len || metrics_len > len - acd_len ||
	    (version == 1 && acd_len + metrics_len != len))
		return USHER_ECORRUPT;
	ret->acd = bytes + sizeof(head);
	ret->acd_len = acd_len;
	ret->metrics = ret->acd + acd_len;
	ret->metrics_len = metrics_len;
	ret->spend = ret->metrics + metrics_len;
	ret->spend_len = len - acd_len - metrics_len;
	return 0;
}

int usher_center_core_of(const void *bytes, size_t len, const void **ret,
			 size_t *ret_len)
{
	struct parts parts;
	int err = parts_of(bytes, len, &parts);

	if (err)
		return err;
	*ret = parts.acd;
	*ret_len = parts.acd_len;
	return 0;
}

static int on_snapshot(void *arg, uint64_t seq, const void *bytes, size_t len)
{
	struct usher_center *center = ((struct folding *)arg)->center;
	struct usher_metrics *metrics = NULL;
	struct usher_acd *acd = NULL;
	struct usher_acd_opts opts;
	struct parts parts;
	int err;

	(void)seq;
	err = parts_of(bytes, len, &parts);
	if (err)
		return err;
	acd_opts(center, &opts);
	err = usher__center_restore(center, &acd, &opts, parts.acd,
				    parts.acd_len);
	if (!err)
		err = usher_metrics_restore(&metrics, NULL, parts.metrics,
					    parts.metrics_len, NULL);
	if (!err)
		err = usher__spend_load(center, parts.spend, parts.spend_len);
	if (err) {
		usher_acd_free(acd);
		usher_metrics_free(metrics);
		return err;
	}
	usher_acd_free(center->acd);
	usher_metrics_free(center->metrics);
	center->acd = acd;
	center->metrics = metrics;
	return 0;
}

static int on_entry(void *arg, const struct usher_store_entry *entry)
{
	struct folding *folding = arg;
	const struct usher_event *ev;
	size_t used;
	int err;

	err = usher_event_decode(folding->decoder, entry->bytes, entry->len,
				 &used, &ev);
	if (err)
		return USHER_ECORRUPT;
	if (ev->kind == USHER_KIND_INPUT)
		return 0;
	err = usher_acd_fold(folding->center->acd, ev);
	if (!err && ev->type == USHER_EV_OUTBOUND_SPENT)
		err = usher__spend_fold(folding->center, ev);
	if (!err)
		usher_metrics_feed(folding->center->metrics, ev);
	return err;
}

static void origin_read(struct usher_center *center, const char *origin,
			char *ret, size_t cap)
{
	struct usher_person person = {.size = sizeof(person)};
	unsigned long long id;

	memset(ret, 0, cap);
	if (sscanf(origin, "p:%llu", &id) != 1 ||
	    usher_store_person_get(center->store, id, &person, ret, cap - 1) ||
	    person.len >= cap)
		*ret = 0;
}

/* Flow segments of contacts that go on waiting have nobody to run them. */
static void close_flows(struct usher_center *center, uint64_t contact)
{
	struct usher_segment_info segment = {.size = sizeof(segment)};
	uint64_t id = 0;

	while ((id = usher_acd_segment_next(center->acd, contact, id)))
		if (!usher_acd_segment_info(center->acd, id, &segment) &&
		    segment.kind == USHER_SEGMENT_FLOW)
			usher_acd_flow_end(center->acd, center->now_us, id,
					   "restart");
}

int usher__session_detach(struct usher_center *center,
			  const struct session *session)
{
	int64_t until = center->now_us + center->opts.resume_ms * 1000LL;
	int code = usher__took(
		center, usher_acd_detach(center->acd, center->now_us,
					 session->contact, until, "restart"));

	if (!code)
		close_flows(center, session->contact);
	return code;
}

/* A contact of before: in a queue it keeps its place, else it is over. */
static bool keep_place(struct usher_center *center, uint64_t contact)
{
	struct usher_contact_info info = {.size = sizeof(info)};
	struct usher_segment_info segment = {.size = sizeof(segment)};
	struct session *session;
	uint64_t id = 0, queue = 0;
	char origin[SESSION_TEXT_MAX + 1];
	const char *require = "";
	int64_t urgency = 0;

	while ((id = usher_acd_segment_next(center->acd, contact, id))) {
		if (usher_acd_segment_info(center->acd, id, &segment))
			continue;
		if (segment.kind == USHER_SEGMENT_QUEUE) {
			queue = segment.queue;
			require = segment.requirement;
			urgency = segment.own_priority;
		} else if (segment.kind == USHER_SEGMENT_AGENT &&
			   segment.state != USHER_SEGMENT_WRAPUP) {
			return false;
		}
	}
	if (!queue || usher_acd_contact_info(center->acd, contact, &info))
		return false;
	origin_read(center, info.origin, origin, sizeof(origin));
	session = usher__session_new(center, contact, info.entry, origin);
	if (!session)
		return false;
	/* Without memory for it nothing is asked of agents the next time. */
	usher__queue_entered(session, queue, *require ? strdup(require) : NULL,
			     urgency);
	snprintf(session->language, sizeof(session->language), "en");
	usher__session_move(session, SESSION_LOST);
	return !usher__session_detach(center, session);
}

static uint64_t sweep(struct usher_center *center)
{
	struct usher_contact_info info = {.size = sizeof(info)};
	uint64_t id = 0, kept = 0;

	while ((id = usher_acd_contact_next(center->acd, id))) {
		if (usher_acd_contact_info(center->acd, id, &info) ||
		    info.ended)
			continue;
		if (info.callback ? usher__back_keep(center, &info)
				  : keep_place(center, id))
			kept++;
		else
			usher__took(center,
				    usher_acd_contact_end(center->acd,
							  center->now_us, id,
							  "restart"));
		usher__center_settle(center);
	}
	return kept;
}

static void on_store_log(void *arg, int level, const char *message)
{
	struct usher_center *center = arg;

	usher__host_log(center->host, level, "%s: %s", center->name, message);
}

/* The disk's health, on the store's thread. The last word counts and is kept
 * until the core has taken it, so that none is lost to a full inbox. */
static void on_store_health(void *arg, int health,
			    const struct usher_error *detail)
{
	struct usher_center *center = arg;

	pthread_mutex_lock(&center->lock);
	center->health = health;
	snprintf(center->health_reason, sizeof(center->health_reason), "%s",
		 detail ? detail->message : "");
	pthread_mutex_unlock(&center->lock);
	usher__center_ring_bell(center);
}

void usher__center_health(struct usher_center *center)
{
	char reason[USHER_ERROR_MESSAGE_MAX];
	const struct usher_field_value values[] = {
		{.field = USHER_F_NAME, .data = "store"},
		{.field = USHER_F_REASON, .data = reason},
	};
	bool degraded;

	pthread_mutex_lock(&center->lock);
	degraded = center->health == USHER_STORE_DEGRADED;
	memcpy(reason, center->health_reason, sizeof(reason));
	pthread_mutex_unlock(&center->lock);
	if (degraded == center->degraded)
		return;
	if (!usher__took(center,
			 usher_acd_note(center->acd, center->now_us,
					degraded ? USHER_EV_DEGRADED
						 : USHER_EV_RESTORED,
					0, 0, values, degraded ? 2 : 1)))
		center->degraded = degraded;
}

static int open_store(struct usher_center *center, struct usher_error *err)
{
	struct usher_store *store = NULL;
	struct usher_store_opts opts;
	int code;

	usher_store_opts_init(&opts, sizeof(opts));
	opts.dir = center->state_dir;
	opts.node = center->opts.node;
	opts.log = on_store_log;
	opts.health = on_store_health;
	opts.arg = center;
	code = usher_store_open(&store, &opts, err);
	pthread_mutex_lock(&center->lock);
	center->store = store;
	pthread_mutex_unlock(&center->lock);
	return code;
}

int usher__center_recover(struct usher_center *center, struct usher_error *err)
{
	struct folding folding = {.center = center};
	struct usher_store_recover_cb cb = {
		.size = sizeof(cb),
		.snapshot = on_snapshot,
		.entry = on_entry,
		.arg = &folding,
	};
	struct usher_store_recovery found = {.size = sizeof(found)};
	struct usher_field_value values[1];
	struct usher_acd_opts opts;
	uint64_t kept;
	int code;

	acd_opts(center, &opts);
	code = usher_acd_new(&center->acd, &opts, err);
	if (!code)
		code = usher__center_policies(center, center->acd);
	if (!code)
		code = usher_metrics_new(&center->metrics, NULL, err);
	if (code || !center->state_dir)
		return code;
	code = open_store(center, err);
	if (!code)
		code = usher_decoder_new(&folding.decoder, NULL);
	if (!code)
		code = usher_store_recover(center->store, &cb, &found, err);
	usher_decoder_free(folding.decoder);
	if (code || !found.last_seq)
		return code;
	/* A midnight that nobody lived through has passed all the same. */
	center->day_us =
		found.last_time_us - found.last_time_us % DAY_US + DAY_US;
	usher__center_clock_after(center, found.last_time_us);
	kept = sweep(center);
	values[0] = (struct usher_field_value){.field = USHER_F_COUNT,
					       .number = kept};
	usher_acd_note(center->acd, center->now_us, USHER_EV_RECOVERED, 0, 0,
		       values, 1);
	usher__center_settle(center);
	usher__host_log(center->host, USHER_LOG_INFO,
			"%s: recovered %llu events, %llu keep their place",
			center->name, (unsigned long long)found.last_seq,
			(unsigned long long)kept);
	return 0;
}
