/* Recordings as their owner sees them: ids, paths and commands. */
#include <stdlib.h>
#include <string.h>
#include "media/clock.h"
#include "media/engine.h"
#include "media/filer.h"
#include "media/resume.h"

enum { FEEDS = 4 }; /* what is said and what is heard, of two channels */

struct rec {
	uint64_t id; /* 0: the slot is free */
	struct usher__mtap *tap;
	char *path;
	uint8_t channels;
	bool done;             /* its event was handed out */
	uint32_t pauses;       /* begun */
	uint64_t feeds[FEEDS]; /* legs that were attached last */
};

struct usher__mrecs {
	struct rec *slots;
	uint32_t size;
	uint32_t count;
	uint32_t next; /* where to look for a free slot */
	uint32_t generation;
	uint64_t handed_out; /* to be forgotten at the next event */
};

int usher__mrecs_new(struct usher__mrecs **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : USHER_ENOMEM;
}

static void rec_clear(struct usher__mrecs *recs, struct rec *rec)
{
	usher__mtap_unref(rec->tap);
	free(rec->path);
	*rec = (struct rec){0};
	recs->count--;
}

void usher__mrecs_free(struct usher__mrecs *recs)
{
	if (!recs)
		return;
	for (uint32_t i = 0; i < recs->size; i++) {
		if (recs->slots[i].id)
			rec_clear(recs, &recs->slots[i]);
	}
	free(recs->slots);
	free(recs);
}

uint32_t usher__mrecs_count(const struct usher__mrecs *recs)
{
	return recs->count;
}

static struct rec *find(struct usher__mrecs *recs, uint64_t id)
{
	uint32_t index = (uint32_t)id;

	if (!id || index >= recs->size || recs->slots[index].id != id)
		return NULL;
	return &recs->slots[index];
}

void usher__mrecs_done(struct usher__mrecs *recs, struct usher__mevent *ev)
{
	struct rec *rec = find(recs, ev->rec);

	if (!rec)
		return;
	rec->done = true;
	ev->path = rec->path;
	recs->handed_out = ev->rec;
}

void usher__mrecs_reap(struct usher__mrecs *recs)
{
	struct rec *rec = find(recs, recs->handed_out);

	if (rec)
		rec_clear(recs, rec);
	recs->handed_out = 0;
}

static int grow(struct usher__mrecs *recs)
{
	uint32_t size = recs->size ? recs->size * 2 : 16;
	struct rec *slots = realloc(recs->slots, size * sizeof(*slots));

	if (!slots)
		return USHER_ENOMEM;
	memset(slots + recs->size, 0, (size - recs->size) * sizeof(*slots));
	recs->next = recs->size;
	recs->slots = slots;
	recs->size = size;
	return 0;
}

static int slot_take(struct usher__mrecs *recs, uint32_t *ret_index)
{
	if (recs->count >= USHER__MREC_MAX)
		return USHER_EFULL;
	if (recs->count == recs->size && grow(recs))
		return USHER_ENOMEM;
	while (recs->slots[recs->next % recs->size].id)
		recs->next++;
	*ret_index = recs->next % recs->size;
	return 0;
}

static int rec_start(struct usher__media *m, struct rec *rec, const char *path,
		     const struct usher__mrec_opts *opts, uint64_t id)
{
	struct usher__recfile *file = NULL;
	int rc = USHER_ENOMEM;

	rec->path = strdup(path);
	rec->tap = usher__mtap_new(id);
	if (!rec->path || !rec->tap)
		return rc;
	rc = usher__recfile_new(&file, id, path, opts, usher__media_now_us());
	if (rc)
		return rc;
	rc = usher__filer_open(m->filer, file, usher__mtap_ref(rec->tap));
	if (rc) {
		usher__mtap_unref(rec->tap);
		usher__recfile_free(file);
	}
	return rc;
}

int usher__mrec_new(struct usher__media *m, const char *path,
		    const struct usher__mrec_opts *opts, uint64_t *ret_rec)
{
	static const struct usher__mrec_opts defaults;
	struct usher__mrecs *recs = m->recs;
	struct rec *rec;
	uint32_t index;
	uint64_t id;
	int rc;

	opts = opts ? opts : &defaults;
	if (!path || !path[0] || opts->channels > 2 || opts->silence_db > 0 ||
	    opts->max_ms > USHER__MREC_MAX_MS ||
	    strnlen(path, USHER__MEDIA_PATH_MAX) == USHER__MEDIA_PATH_MAX)
		return USHER_EINVAL;
	rc = slot_take(recs, &index);
	if (rc)
		return rc;
	rc = usher__mevents_reserve(&m->events);
	if (rc)
		return rc;

	rec = &recs->slots[index];
	id = (uint64_t)++recs->generation << 32 | index;
	recs->count++;
	rc = rec_start(m, rec, path, opts, id);
	if (rc) {
		rec_clear(recs, rec);
		usher__mevents_unreserve(&m->events);
		return rc;
	}
	rec->id = id;
	rec->channels = opts->channels ? opts->channels : 2;
	*ret_rec = id;
	return 0;
}

static int attach(struct usher__media *m, uint64_t id, uint64_t leg_id,
		  uint32_t channel, enum usher__mcmd_type type)
{
	struct usher__mleg *leg = usher__media_leg(m, leg_id);
	struct rec *rec = find(m->recs, id);
	size_t feed = channel * 2 + (type == USHER__MC_RECORD_HEARD);
	struct usher__mcmd *cmd;
	int rc;

	if (!leg || (id && !rec))
		return USHER_ENOENT;
	if (rec && channel >= rec->channels)
		return USHER_EINVAL;
	cmd = usher__media_cmd(leg, type);
	if (!cmd)
		return USHER_ENOMEM;
	cmd->channel = channel;
	cmd->u.tap = rec ? usher__mtap_ref(rec->tap) : NULL;
	rc = usher__media_post(leg, cmd);
	if (!rc && rec)
		rec->feeds[feed] = leg_id;
	return rc;
}

int usher__mrec_attach(struct usher__media *m, uint64_t id, uint64_t leg,
		       uint32_t channel)
{
	return attach(m, id, leg, channel, USHER__MC_RECORD);
}

int usher__mrec_attach_heard(struct usher__media *m, uint64_t id, uint64_t leg,
			     uint32_t channel)
{
	return attach(m, id, leg, channel, USHER__MC_RECORD_HEARD);
}

static int rec_op(struct usher__media *m, uint64_t id, enum usher__fop op)
{
	struct rec *rec = find(m->recs, id);

	if (!rec || rec->done)
		return USHER_ENOENT;
	return usher__filer_op(m->filer, op, id, 0);
}

int usher__mrec_pause(struct usher__media *m, uint64_t id)
{
	struct rec *rec = find(m->recs, id);
	int rc = rec_op(m, id, USHER__FOP_PAUSE);

	if (!rc)
		rec->pauses++;
	return rc;
}

/* The leg leaves out what was said until now. */
static int catch_up(struct usher__media *m, uint64_t leg_id,
		    struct usher__mresume *resume)
{
	struct usher__mleg *leg = usher__media_leg(m, leg_id);
	struct usher__mcmd *cmd;

	if (!leg)
		return 0;
	cmd = usher__media_cmd(leg, USHER__MC_RESUME);
	if (!cmd)
		return USHER_ENOMEM;
	cmd->u.resume = usher__mresume_ref(resume);
	return usher__media_post(leg, cmd);
}

int usher__mrec_resume(struct usher__media *m, uint64_t id)
{
	struct rec *rec = find(m->recs, id);
	struct usher__mresume *resume;
	int rc = 0;

	if (!rec || rec->done)
		return USHER_ENOENT;
	resume = usher__mresume_new(m->filer, id, rec->pauses);
	if (!resume)
		return USHER_ENOMEM;
	for (size_t i = 0; i < FEEDS && !rc; i++)
		rc = catch_up(m, rec->feeds[i], resume);
	resume->dropped = rc != 0;
	usher__mresume_unref(resume);
	return rc;
}

int usher__mrec_stop(struct usher__media *m, uint64_t id)
{
	return rec_op(m, id, USHER__FOP_STOP);
}
