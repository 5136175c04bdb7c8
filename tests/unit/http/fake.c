#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <core/schema.h>

#include "fake.h"

struct fake_event {
	struct usher_event head;
	union {
		struct usher__ev_request_done done;
		struct usher__ev_agent_presence presence;
	} body;
	char reason[FAKE_REASON];
};

struct usher_center {
	pthread_mutex_t lock;
	char name[64];
	struct usher_snapshot_queue queues[FAKE_QUEUES];
	struct usher_snapshot_agent agents[FAKE_AGENTS];
	struct usher_snapshot_contact contacts[FAKE_CONTACTS];
	size_t queue_count, agent_count, contact_count;
	struct fake_event events[FAKE_EVENTS];
	uint64_t seq;    /* newest */
	uint64_t oldest; /* first that is kept */
	uint64_t requests;
	struct usher_request last;
	char last_text[8192];
	enum fake_answer answer;
	int result;
	int snapshot_error;
	char reason[64];
	struct usher_reader *readers;
};

struct usher_reader {
	struct usher_reader *next;
	struct usher_center *center;
	uint64_t at;
	int fd;
	int lagged;
	uint64_t resume;
	struct fake_event current;
};

bool fake_unbanned;

struct usher_snapshot {
	unsigned refs;
	uint64_t seq;
	int64_t time_us;
	struct usher_snapshot_queue queues[FAKE_QUEUES];
	struct usher_snapshot_agent agents[FAKE_AGENTS];
	struct usher_snapshot_contact contacts[FAKE_CONTACTS];
	size_t queue_count, agent_count, contact_count;
};

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

struct usher_center *fake_new(const char *name)
{
	struct usher_center *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	pthread_mutex_init(&c->lock, NULL);
	strncpy(c->name, name, sizeof(c->name) - 1);
	c->oldest = 1;
	return c;
}

void fake_free(struct usher_center *c)
{
	pthread_mutex_destroy(&c->lock);
	free(c);
}

struct usher_snapshot_queue *fake_queue(struct usher_center *c,
					const char *name)
{
	struct usher_snapshot_queue *q = &c->queues[c->queue_count++];

	q->id = 100 + c->queue_count;
	q->name = q->display = name;
	q->policy = "longest_idle";
	q->service_level_ms = 20000;
	q->expected_wait_us = -1;
	return q;
}

struct usher_snapshot_agent *fake_agent(struct usher_center *c,
					const char *name)
{
	struct usher_snapshot_agent *a = &c->agents[c->agent_count++];

	a->id = 200 + c->agent_count;
	a->name = a->display = name;
	a->presence = "signed_out";
	a->reason = a->activity = "";
	a->since_us = now_us();
	return a;
}

void fake_agents_gone(struct usher_center *c)
{
	c->agent_count = 0;
}

struct usher_snapshot_contact *fake_contact(struct usher_center *c,
					    const char *origin)
{
	static uint64_t ids = 9007199254740993; /* 2^53 + 1 */
	struct usher_snapshot_contact *contact;

	pthread_mutex_lock(&c->lock);
	contact = &c->contacts[c->contact_count++];
	memset(contact, 0, sizeof(*contact));
	contact->id = ids++;
	contact->channel = "voice";
	contact->origin = origin;
	contact->entry = "1000";
	contact->state = "waiting";
	contact->position = (uint32_t)c->contact_count;
	contact->created_us = contact->since_us = now_us();
	pthread_mutex_unlock(&c->lock);
	return contact;
}

void fake_contact_gone(struct usher_center *c, uint64_t id)
{
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->contact_count; ++i)
		if (c->contacts[i].id == id) {
			c->contacts[i] = c->contacts[--c->contact_count];
			break;
		}
	pthread_mutex_unlock(&c->lock);
}

void fake_answer(struct usher_center *c, enum fake_answer how, int result,
		 const char *reason)
{
	pthread_mutex_lock(&c->lock);
	c->answer = how;
	c->result = result;
	strncpy(c->reason, reason ? reason : "", sizeof(c->reason) - 1);
	pthread_mutex_unlock(&c->lock);
}

const struct usher_request *fake_request(struct usher_center *c)
{
	return &c->last;
}

unsigned fake_request_count(struct usher_center *c)
{
	return (unsigned)c->requests;
}

uint64_t fake_seq(struct usher_center *c)
{
	return c->seq;
}

void fake_snapshots_fail(struct usher_center *c, int code)
{
	c->snapshot_error = code;
}

/* ---- events ------------------------------------------------------------ */

static struct fake_event *add_event(struct usher_center *c, uint32_t type)
{
	struct fake_event *e = &c->events[++c->seq % FAKE_EVENTS];
	const uint64_t one = 1;

	memset(e, 0, sizeof(*e));
	e->head.seq = c->seq;
	e->head.type = type;
	e->head.kind = usher_event_type_kind(type);
	e->head.time_us = now_us();
	if (c->seq - c->oldest >= FAKE_EVENTS)
		c->oldest = c->seq - FAKE_EVENTS + 1;
	for (struct usher_reader *r = c->readers; r; r = r->next)
		if (write(r->fd, &one, sizeof(one)) < 0)
			abort();
	return e;
}

void fake_event(struct usher_center *c, uint64_t agent, const char *reason)
{
	struct fake_event *e;

	pthread_mutex_lock(&c->lock);
	e = add_event(c, USHER_EV_AGENT_PRESENCE);
	strncpy(e->reason, reason, sizeof(e->reason) - 1);
	e->body.presence.agent = agent;
	e->body.presence.presence = USHER_PAUSED;
	e->body.presence.reason = usher__text(e->reason);
	pthread_mutex_unlock(&c->lock);
}

void fake_forget(struct usher_center *c, uint64_t seq)
{
	pthread_mutex_lock(&c->lock);
	c->oldest = seq;
	pthread_mutex_unlock(&c->lock);
}

/* ---- usher/center.h ----------------------------------------------------- */

const char *usher_center_name(const struct usher_center *c)
{
	return c->name;
}

struct usher_store *usher_center_store(struct usher_center *c)
{
	(void)c;
	return NULL;
}

uint64_t usher_center_agent_id(struct usher_center *c, const char *name)
{
	for (size_t i = 0; i < c->agent_count; ++i)
		if (strcmp(c->agents[i].name, name) == 0)
			return c->agents[i].id;
	return 0;
}

uint64_t usher_center_queue_id(struct usher_center *c, const char *name)
{
	for (size_t i = 0; i < c->queue_count; ++i)
		if (strcmp(c->queues[i].name, name) == 0)
			return c->queues[i].id;
	return 0;
}

int usher_center_request(struct usher_center *c,
			 const struct usher_request *request,
			 uint64_t *ret_request, struct usher_error *err)
{
	int e = 0;

	pthread_mutex_lock(&c->lock);
	c->last = *request;
	c->last_text[0] = 0;
	if (request->text)
		strncpy(c->last_text, request->text, sizeof(c->last_text) - 1);
	c->last.text = request->text ? c->last_text : NULL;
	*ret_request = ++c->requests;
	if (c->answer == FAKE_REFUSE)
		e = usher_error_set(err, c->result, "%s", c->reason);
	if (c->answer == FAKE_DONE) {
		struct fake_event *ev = add_event(c, USHER_EV_REQUEST_DONE);

		ev->head.cause_kind = USHER_CAUSE_REQUEST;
		ev->head.cause = c->requests;
		memcpy(ev->reason, c->reason, sizeof(c->reason));
		ev->body.done.request = c->requests;
		ev->body.done.result = c->result;
		ev->body.done.reason = usher__text(ev->reason);
	}
	pthread_mutex_unlock(&c->lock);
	return e;
}

int usher_reader_new(struct usher_reader **ret, struct usher_center *c,
		     const struct usher_reader_opts *opts,
		     struct usher_error *err)
{
	struct usher_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	pthread_mutex_lock(&c->lock);
	r->center = c;
	r->at = opts->from_seq ? opts->from_seq : c->seq + 1;
	r->fd = eventfd(r->at <= c->seq, EFD_CLOEXEC | EFD_NONBLOCK);
	r->next = c->readers;
	c->readers = r;
	pthread_mutex_unlock(&c->lock);
	*ret = r;
	return 0;
}

int usher_reader_fd(const struct usher_reader *r)
{
	return r->fd;
}

const struct usher_event *usher_reader_next(struct usher_reader *r)
{
	struct usher_center *c = r->center;
	const struct usher_event *ev = NULL;
	uint64_t count;

	pthread_mutex_lock(&c->lock);
	if (r->at < c->oldest) {
		r->at = c->oldest;
		r->lagged = 1;
		r->resume = r->at;
	}
	if (r->at <= c->seq) {
		r->current = c->events[r->at++ % FAKE_EVENTS];
		if (r->current.head.type == USHER_EV_REQUEST_DONE)
			r->current.body.done.reason =
				usher__text(r->current.reason);
		else
			r->current.body.presence.reason =
				usher__text(r->current.reason);
		ev = &r->current.head;
	} else if (read(r->fd, &count, sizeof(count)) < 0) {
		ev = NULL;
	}
	pthread_mutex_unlock(&c->lock);
	return ev;
}

int usher_reader_lagged(struct usher_reader *r, uint64_t *ret_resume)
{
	int lagged = r->lagged;

	r->lagged = 0;
	if (lagged)
		*ret_resume = r->resume;
	return lagged;
}

void usher_reader_free(struct usher_reader *r)
{
	struct usher_reader **at;

	if (!r)
		return;
	pthread_mutex_lock(&r->center->lock);
	for (at = &r->center->readers; *at != r;)
		at = &(*at)->next;
	*at = r->next;
	pthread_mutex_unlock(&r->center->lock);
	close(r->fd);
	free(r);
}

int usher_center_snapshot(struct usher_center *c, struct usher_snapshot **ret)
{
	struct usher_snapshot *s;

	if (c->snapshot_error)
		return c->snapshot_error;
	s = calloc(1, sizeof(*s));
	if (!s)
		return USHER_ENOMEM;
	pthread_mutex_lock(&c->lock);
	s->refs = 1;
	s->seq = c->seq;
	s->time_us = now_us();
	memcpy(s->queues, c->queues, sizeof(c->queues));
	memcpy(s->agents, c->agents, sizeof(c->agents));
	memcpy(s->contacts, c->contacts, sizeof(c->contacts));
	s->queue_count = c->queue_count;
	s->agent_count = c->agent_count;
	s->contact_count = c->contact_count;
	pthread_mutex_unlock(&c->lock);
	*ret = s;
	return 0;
}

void usher_snapshot_unref(struct usher_snapshot *s)
{
	if (s && !--s->refs)
		free(s);
}

uint64_t usher_snapshot_seq(const struct usher_snapshot *s)
{
	return s->seq;
}

int64_t usher_snapshot_time_us(const struct usher_snapshot *s)
{
	return s->time_us;
}

size_t usher_snapshot_queues(const struct usher_snapshot *s,
			     const struct usher_snapshot_queue **ret)
{
	*ret = s->queues;
	return s->queue_count;
}

size_t usher_snapshot_agents(const struct usher_snapshot *s,
			     const struct usher_snapshot_agent **ret)
{
	*ret = s->agents;
	return s->agent_count;
}

size_t usher_snapshot_contacts(const struct usher_snapshot *s,
			       const struct usher_snapshot_contact **ret)
{
	*ret = s->contacts;
	return s->contact_count;
}

const struct usher_metrics *
usher_snapshot_metrics(const struct usher_snapshot *s)
{
	(void)s;
	return NULL;
}

int usher_center_trunks(struct usher_center *c, usher_trunk_fn *fn, void *arg)
{
	const struct usher_trunk_state trunk = {.size = sizeof(trunk),
						.name = "a \"b\"",
						.up = 1,
						.calls_out = 3,
						.placed = 9,
						.failed = 4};

	(void)c;
	fn(arg, &trunk);
	return 0;
}

int usher_center_explain(struct usher_center *c, uint64_t contact,
			 const struct usher_center_explain_cb *cb)
{
	const struct usher_explained agents[] = {
		{.name = "anna",
		 .key = 1234,
		 .score = -56,
		 .text = "idle 2.000 s"},
		{.name = "bert",
		 .reason = USHER_EXCLUDED_RETRY,
		 .until_us = 99,
		 .text = "for another 3.000 s"},
	};
	const struct usher_explanation queue = {.contact = contact,
						.queue = 1,
						.policy = "longest_idle",
						.version = 1,
						.candidates = 1,
						.excluded = 1,
						.truncated = 7,
						.held = USHER_HELD_TURN,
						.scored = 1};
	bool there = false;

	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->contact_count; i++)
		there = there || c->contacts[i].id == contact;
	pthread_mutex_unlock(&c->lock);
	if (!there)
		return USHER_ENOENT;
	cb->agent(cb->arg, &agents[0]);
	cb->agent(cb->arg, &agents[1]);
	cb->line(cb->arg, "contact in sales");
	cb->queue(cb->arg, "sales", &queue);
	return 0;
}

int usher_host_stats(struct usher_host *host, struct usher_host_stats *stats)
{
	(void)host;
	stats->legs_in = 7;
	stats->legs_now = 2;
	return 0;
}

int usher_host_bans(struct usher_host *host, struct usher_ban *ret,
		    size_t size, size_t cap, size_t *ret_count)
{
	(void)host;
	if (fake_unbanned)
		return USHER_ECLOSED;
	memset(ret, 0, size);
	strcpy(ret->source, "192.0.2.7");
	strcpy(ret->reason, "flood");
	ret->left_s = 30;
	ret->count = 2;
	ret->dropped = 12345;
	*ret_count = cap ? 1 : 0;
	return 0;
}

int usher_host_unban(struct usher_host *host, const char *source)
{
	(void)host;
	if (!strcmp(source, "elsewhere"))
		return USHER_EINVAL;
	if (strcmp(source, "192.0.2.7") || fake_unbanned)
		return USHER_ENOENT;
	fake_unbanned = true;
	return 0;
}
