/* An immutable view of a center at one sequence number. */
#include <string.h>

#include "center/center.h"
#include "center/hostcall.h"
#include "center/journal.h"
#include "center/session.h"

struct pool {
	struct pool *next;
	char text[];
};

struct usher_snapshot {
	atomic_uint refs;
	uint64_t seq;
	int64_t time_us;
	struct usher_snapshot_queue *queues;
	struct usher_snapshot_agent *agents;
	struct usher_snapshot_contact *contacts;
	size_t queue_count, agent_count, contact_count;
	struct usher_metrics *metrics;
	struct pool *pool;
	bool failed; /* no memory */
};

static const char *keep(struct usher_snapshot *snapshot, const char *text)
{
	size_t len = strlen(text);
	struct pool *pool = malloc(sizeof(*pool) + len + 1);

	if (!pool) {
		snapshot->failed = true;
		return "";
	}
	memcpy(pool->text, text, len + 1);
	pool->next = snapshot->pool;
	snapshot->pool = pool;
	return pool->text;
}

static void *more(struct usher_snapshot *snapshot, void *array, size_t count,
		  size_t element)
{
	void **base = array;
	void *bigger;

	if (count & (count - 1) || (count && count < 16))
		return (char *)*base + count * element;
	bigger = realloc(*base, (count < 16 ? 16 : count * 2) * element);
	if (!bigger) {
		snapshot->failed = true;
		return NULL;
	}
	*base = bigger;
	return (char *)bigger + count * element;
}

static void queues_read(struct usher_center *center,
			struct usher_snapshot *snapshot)
{
	struct usher_queue_info info = {.size = sizeof(info)};
	const struct usher_queue_conf *conf;
	struct usher_snapshot_queue *queue;
	int64_t expected_us;
	uint64_t id = 0;

	while ((id = usher_acd_queue_next(center->acd, id))) {
		if (usher_acd_queue_info(center->acd, id, &info))
			continue;
		queue = more(snapshot, &snapshot->queues,
			     snapshot->queue_count, sizeof(*queue));
		if (!queue)
			return;
		snapshot->queue_count++;
		conf = usher__config_find_queue(center->config, info.name);
		if (usher_metrics_expected_wait(center->metrics, id,
						info.waiting, &expected_us))
			expected_us = -1;
		*queue = (struct usher_snapshot_queue){
			.id = id,
			.name = keep(snapshot, info.name),
			.display = keep(snapshot,
					conf ? conf->display : info.name),
			.policy = keep(snapshot, info.policy),
			.waiting = info.waiting,
			.agents_serving = info.staffed,
			.agents_available = info.free,
			.talking = info.talking,
			.longest_wait_us =
				info.oldest_us
					? center->now_us - info.oldest_us
					: 0,
			.expected_wait_us = expected_us,
			.service_level_ms = (uint32_t)(info.target_us / 1000),
			.closed = !info.open,
		};
	}
}

static const char *activity(struct usher_center *center, uint64_t id,
			    const struct usher_agent_info *info,
			    int64_t *since_us, uint64_t *contact)
{
	struct usher_segment_info segment = {.size = sizeof(segment)};
	struct usher_offer_info offer = {.size = sizeof(offer)};
	const char *found = NULL;
	uint64_t at = 0;

	while ((at = usher_acd_agent_segment_next(center->acd, id, at))) {
		if (usher_acd_segment_info(center->acd, at, &segment) ||
		    (found && segment.state == USHER_SEGMENT_WRAPUP))
			continue;
		found = segment.state == USHER_SEGMENT_WRAPUP    ? "wrap_up"
			: segment.state == USHER_SEGMENT_HELD    ? "hold"
			: segment.state == USHER_SEGMENT_DIALING ? "ringing"
								 : "talking";
		*since_us = segment.state_since_us;
		*contact = segment.contact;
	}
	if (found)
		return found;
	at = usher_acd_agent_offer_next(center->acd, id, 0);
	if (!usher_acd_offer_info(center->acd, at, &offer)) {
		*since_us = offer.made_us;
		*contact = offer.contact;
		return "ringing";
	}
	if (info->idle_since_us > *since_us)
		*since_us = info->idle_since_us;
	return info->presence == USHER_SIGNED_OUT ? "" : "idle";
}

static void agents_read(struct usher_center *center,
			struct usher_snapshot *snapshot)
{
	static const char *const presences[] = {"signed_out", "ready",
						"paused"};
	struct usher_agent_info info = {.size = sizeof(info)};
	const struct usher_agent_conf *conf;
	struct usher_snapshot_agent *agent;
	uint64_t id = 0, contact;
	const char *what;
	int64_t since_us;

	while ((id = usher_acd_agent_next(center->acd, id))) {
		if (usher_acd_agent_info(center->acd, id, &info))
			continue;
		agent = more(snapshot, &snapshot->agents,
			     snapshot->agent_count, sizeof(*agent));
		if (!agent)
			return;
		snapshot->agent_count++;
		conf = usher__config_find_agent(center->config, info.name);
		since_us = info.since_us;
		contact = 0;
		what = activity(center, id, &info, &since_us, &contact);
		*agent = (struct usher_snapshot_agent){
			.id = id,
			.name = keep(snapshot, info.name),
			.display = keep(snapshot,
					conf ? conf->display : info.name),
			.presence = presences[info.presence % 3],
			.reason = keep(snapshot, info.reason),
			.activity = what,
			.since_us = since_us,
			.contact = contact,
			.load = info.talking + info.wrapup + info.offers,
			.registered = usher__center_registered(
				center, conf ? conf->account : NULL),
		};
	}
}

/* What the center's time calls so; it goes on when the clock is set. */
static int64_t by_wall(struct usher_center *center, int64_t time_us)
{
	return time_us ? time_us + usher__center_wall_us() - center->now_us
		       : 0;
}

/* Who parked it may still be in wrap-up. */
static void parked_read(const struct session *session,
			struct usher_snapshot_contact *contact)
{
	contact->slot = session->talk.slot;
	if (session->state != SESSION_PARKED)
		return;
	contact->state = "parked";
	contact->since_us = session->talk.parked_us;
}

static void contact_read(struct usher_center *center,
			 struct usher_snapshot *snapshot, uint64_t id,
			 const struct usher_contact_info *info)
{
	struct session *session = usher__session_find(center, id);
	struct usher_segment_info segment = {.size = sizeof(segment)};
	struct usher_snapshot_contact *contact;
	uint64_t at = 0;

	contact = more(snapshot, &snapshot->contacts, snapshot->contact_count,
		       sizeof(*contact));
	if (!contact)
		return;
	snapshot->contact_count++;
	*contact = (struct usher_snapshot_contact){
		.id = id,
		.channel = keep(snapshot, info->channel),
		.origin = keep(snapshot, session ? session->origin : ""),
		.entry = keep(snapshot, info->entry),
		.state = info->callback ? "callback" : "flow",
		.priority = (int32_t)info->priority,
		.created_us = info->started_us,
		.since_us = info->started_us,
		.callback_state = info->callback,
		.callback_first = info->callback_first,
		.callback_attempts = info->callback_attempts,
		.callback_until_us = by_wall(center, info->callback_until_us),
	};
	if (info->callback == USHER_CALLBACK_PLANNED ||
	    info->callback == USHER_CALLBACK_TURN)
		contact->callback_due_us =
			by_wall(center, info->callback_at_us);
	while ((at = usher_acd_segment_next(center->acd, id, at))) {
		if (usher_acd_segment_info(center->acd, at, &segment) ||
		    segment.kind == USHER_SEGMENT_FLOW)
			continue;
		contact->since_us = segment.state_since_us;
		contact->queue = segment.queue;
		contact->agent = segment.agent;
		if (segment.kind == USHER_SEGMENT_QUEUE) {
			contact->since_us = segment.began_us;
			contact->position =
				usher_acd_position(center->acd, at);
			contact->state =
				info->callback            ? "callback"
				: info->detached_until_us ? "detached"
				: segment.state == USHER_SEGMENT_OFFERED
					? "ringing"
					: "waiting";
		} else {
			contact->state =
				segment.state == USHER_SEGMENT_WRAPUP
					? "wrap_up"
				: segment.state == USHER_SEGMENT_HELD ? "hold"
				: segment.state == USHER_SEGMENT_DIALING
					? "ringing"
					: "talking";
		}
	}
	if (session)
		parked_read(session, contact);
}

static int metrics_copy(struct usher_center *center,
			struct usher_snapshot *snapshot)
{
	size_t len = 0;
	uint8_t *bytes;
	int err;

	usher_metrics_snapshot(center->metrics, NULL, 0, &len);
	bytes = malloc(len ? len : 1);
	if (!bytes)
		return USHER_ENOMEM;
	err = usher_metrics_snapshot(center->metrics, bytes, len, &len);
	if (!err)
		err = usher_metrics_restore(&snapshot->metrics, NULL, bytes,
					    len, NULL);
	free(bytes);
	return err;
}

int usher__snapshot_make(struct usher_center *center,
			 struct usher_snapshot **ret)
{
	struct usher_contact_info info = {.size = sizeof(info)};
	struct usher_snapshot *snapshot = calloc(1, sizeof(*snapshot));
	uint64_t id = 0;
	int err;

	if (!snapshot)
		return USHER_ENOMEM;
	atomic_init(&snapshot->refs, 1);
	snapshot->seq = usher_acd_seq(center->acd);
	snapshot->time_us = center->now_us = usher__center_clock(center);
	queues_read(center, snapshot);
	agents_read(center, snapshot);
	while ((id = usher_acd_contact_next(center->acd, id)))
		if (!usher_acd_contact_info(center->acd, id, &info))
			contact_read(center, snapshot, id, &info);
	err = metrics_copy(center, snapshot);
	if (!err && snapshot->failed)
		err = USHER_ENOMEM;
	if (err)
		usher_snapshot_unref(snapshot);
	else
		*ret = snapshot;
	return err;
}

struct making {
	struct usher_center *center;
	struct usher_snapshot *snapshot;
};

static int make_here(void *arg)
{
	struct making *making = arg;

	if (!making->center->acd)
		return USHER_ECLOSED;
	return usher__snapshot_make(making->center, &making->snapshot);
}

int usher_center_snapshot(struct usher_center *center,
			  struct usher_snapshot **ret)
{
	struct making making = {.center = center};
	int err;

	if (!center || !ret)
		return USHER_EINVAL;
	err = usher__host_call(center->host, make_here, &making);
	if (!err)
		*ret = making.snapshot;
	return err;
}

struct usher_snapshot *usher_snapshot_ref(struct usher_snapshot *snapshot)
{
	if (snapshot)
		atomic_fetch_add(&snapshot->refs, 1);
	return snapshot;
}

void usher_snapshot_unref(struct usher_snapshot *snapshot)
{
	struct pool *pool;

	if (!snapshot || atomic_fetch_sub(&snapshot->refs, 1) != 1)
		return;
	while ((pool = snapshot->pool)) {
		snapshot->pool = pool->next;
		free(pool);
	}
	usher_metrics_free(snapshot->metrics);
	free(snapshot->queues);
	free(snapshot->agents);
	free(snapshot->contacts);
	free(snapshot);
}

uint64_t usher_snapshot_seq(const struct usher_snapshot *snapshot)
{
	return snapshot->seq;
}

int64_t usher_snapshot_time_us(const struct usher_snapshot *snapshot)
{
	return snapshot->time_us;
}

size_t usher_snapshot_queues(const struct usher_snapshot *snapshot,
			     const struct usher_snapshot_queue **ret)
{
	*ret = snapshot->queues;
	return snapshot->queue_count;
}

size_t usher_snapshot_agents(const struct usher_snapshot *snapshot,
			     const struct usher_snapshot_agent **ret)
{
	*ret = snapshot->agents;
	return snapshot->agent_count;
}

size_t usher_snapshot_contacts(const struct usher_snapshot *snapshot,
			       const struct usher_snapshot_contact **ret)
{
	*ret = snapshot->contacts;
	return snapshot->contact_count;
}

const struct usher_metrics *
usher_snapshot_metrics(const struct usher_snapshot *snapshot)
{
	return snapshot->metrics;
}
