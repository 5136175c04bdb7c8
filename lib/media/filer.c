/* The file thread.
 *
 * Media threads append to a buffer of bytes under a lock that is held for a
 * memcpy; the file thread swaps it for an empty one and works it off. What
 * the owner asks for goes through the same buffer, so that a pause falls
 * between the very packets it was meant for. Audio beyond
 * USHER__MREC_QUEUE_BYTES is dropped and counted; the owner's words are not.
 */
#include "media/filer.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "media/clock.h"
#include "media/play.h"

#define TURN_MS      100          /* between writes while something records */
#define BUFFER_IDLE  (256u << 10) /* a larger buffer is given back */
#define BUFFER_FIRST (16u << 10)

struct record {
	uint32_t size; /* with payload, a multiple of 8 */
	uint8_t op;
	uint8_t channel;
	uint8_t codec;
	bool marker;
	union {
		uint32_t ts;
		uint32_t pauses; /* RESUME */
	};
	uint32_t ssrc;
	uint32_t length;
	uint16_t seq;
	uint16_t reserved;
	int64_t at_us;
	uint64_t rec;
	struct usher__recfile *file; /* OPEN */
	struct usher__mtap *tap;
};

struct buffer {
	uint8_t *data;
	size_t used;
	size_t capacity;
};

struct running {
	struct usher__recfile *file;
	struct usher__mtap *tap;
	uint32_t pauses; /* begun */
};

struct usher__filer {
	pthread_t thread;
	struct usher__mevents *events;

	pthread_mutex_t lock; /* guards the next six */
	pthread_cond_t cond;
	struct buffer in;
	STAILQ_HEAD(, usher__play) loads;
	uint64_t drops;
	bool held;
	bool quit;

	/* The thread's. */
	struct buffer out;
	struct running *running[USHER__MREC_MAX]; /* by the low bits of rec */
	uint32_t count;
};

/* --- taps ------------------------------------------------------------- */

struct usher__mtap *usher__mtap_new(uint64_t rec)
{
	struct usher__mtap *tap = calloc(1, sizeof(*tap));

	if (!tap)
		return NULL;
	atomic_init(&tap->refs, 1);
	tap->rec = rec;
	return tap;
}

struct usher__mtap *usher__mtap_ref(struct usher__mtap *tap)
{
	atomic_fetch_add(&tap->refs, 1);
	return tap;
}

void usher__mtap_unref(struct usher__mtap *tap)
{
	if (tap && atomic_fetch_sub(&tap->refs, 1) == 1)
		free(tap);
}

/* --- what other threads call ------------------------------------------ */

/* Under the lock. NULL when memory is out. */
static struct record *append(struct buffer *buffer, size_t size)
{
	size_t capacity = buffer->capacity ? buffer->capacity : BUFFER_FIRST;
	struct record *record;
	uint8_t *data;

	while (capacity < buffer->used + size)
		capacity *= 2;
	if (capacity != buffer->capacity) {
		data = realloc(buffer->data, capacity);
		if (!data)
			return NULL;
		buffer->data = data;
		buffer->capacity = capacity;
	}
	record = (struct record *)(void *)(buffer->data + buffer->used);
	buffer->used += size;
	return record;
}

static int post(struct usher__filer *filer, const struct record *what)
{
	struct record *record;
	int rc = USHER_ENOMEM;

	pthread_mutex_lock(&filer->lock);
	record = append(&filer->in, sizeof(*record));
	if (record) {
		*record = *what;
		record->size = sizeof(*record);
		pthread_cond_signal(&filer->cond);
		rc = 0;
	}
	pthread_mutex_unlock(&filer->lock);
	return rc;
}

int usher__filer_open(struct usher__filer *filer, struct usher__recfile *file,
		      struct usher__mtap *tap)
{
	const struct record record = {
		.op = USHER__FOP_OPEN,
		.rec = usher__recfile_rec(file),
		.at_us = usher__media_now_us(),
		.file = file,
		.tap = tap,
	};

	return post(filer, &record);
}

int usher__filer_op(struct usher__filer *filer, enum usher__fop op,
		    uint64_t rec, uint32_t pauses)
{
	const struct record record = {
		.op = (uint8_t)op,
		.rec = rec,
		.pauses = pauses,
		.at_us = usher__media_now_us(),
	};

	return post(filer, &record);
}

void usher__filer_load(struct usher__filer *filer, struct usher__play *play)
{
	usher__play_ref(play);
	pthread_mutex_lock(&filer->lock);
	STAILQ_INSERT_TAIL(&filer->loads, play, loads);
	pthread_cond_signal(&filer->cond);
	pthread_mutex_unlock(&filer->lock);
}

bool usher__filer_audio(struct usher__filer *filer, struct usher__mtap *tap,
			uint32_t channel, int64_t now_us,
			const struct usher__rtp *rtp, int codec,
			const uint8_t *payload)
{
	size_t size = (sizeof(struct record) + rtp->length + 7) & ~(size_t)7;
	struct record *record = NULL;

	if (atomic_load_explicit(&tap->over, memory_order_relaxed))
		return true;

	pthread_mutex_lock(&filer->lock);
	if (filer->in.used + size <= USHER__MREC_QUEUE_BYTES)
		record = append(&filer->in, size);
	if (record) {
		*record = (struct record){
			.size = (uint32_t)size,
			.op = USHER__FOP_AUDIO,
			.channel = (uint8_t)channel,
			.codec = (uint8_t)codec,
			.marker = rtp->marker,
			.seq = rtp->seq,
			.ts = rtp->ts,
			.ssrc = rtp->ssrc,
			.length = (uint32_t)rtp->length,
			.at_us = now_us,
			.rec = tap->rec,
		};
		memcpy(record + 1, payload, rtp->length);
		/* Not each packet wakes the thread: it looks by itself. */
		if (filer->in.used > USHER__MREC_QUEUE_BYTES / 2)
			pthread_cond_signal(&filer->cond);
	} else {
		filer->drops++;
	}
	pthread_mutex_unlock(&filer->lock);
	return record != NULL;
}

uint64_t usher__filer_drops(struct usher__filer *filer)
{
	uint64_t drops;

	pthread_mutex_lock(&filer->lock);
	drops = filer->drops;
	pthread_mutex_unlock(&filer->lock);
	return drops;
}

void usher__filer_hold(struct usher__filer *filer, bool hold)
{
	pthread_mutex_lock(&filer->lock);
	filer->held = hold;
	pthread_cond_signal(&filer->cond);
	pthread_mutex_unlock(&filer->lock);
}

/* --- recordings, on the thread ---------------------------------------- */

static struct running **slot_of(struct usher__filer *filer, uint64_t rec)
{
	return &filer->running[rec % USHER__MREC_MAX];
}

static struct running *find(struct usher__filer *filer, uint64_t rec)
{
	struct running *run = *slot_of(filer, rec);

	return run && usher__recfile_rec(run->file) == rec ? run : NULL;
}

static void finish(struct usher__filer *filer, struct running *run,
		   enum usher__mreason reason, const char *why)
{
	struct usher__mevent ev = {
		.type = USHER__MEV_REC_DONE,
		.reason = reason,
		.rec = usher__recfile_rec(run->file),
		.at_us = usher__media_now_us(),
		.duration_ms = usher__recfile_duration_ms(run->file),
		.error = reason == USHER__MR_ERROR ? USHER_EIO : 0,
		.text = why,
	};

	atomic_store(&run->tap->over, true);
	*slot_of(filer, ev.rec) = NULL;
	filer->count--;
	usher__recfile_free(run->file);
	usher__mtap_unref(run->tap);
	free(run);
	usher__mevents_push(filer->events, &ev, true);
}

static void run_open(struct usher__filer *filer, const struct record *record)
{
	struct running *run = calloc(1, sizeof(*run));
	struct usher__mevent ev = {
		.type = USHER__MEV_REC_DONE,
		.reason = USHER__MR_ERROR,
		.rec = record->rec,
		.error = USHER_ENOMEM,
		.text = "out of memory",
	};
	const char *why;

	if (!run) {
		atomic_store(&record->tap->over, true);
		usher__recfile_free(record->file);
		usher__mtap_unref(record->tap);
		usher__mevents_push(filer->events, &ev, true);
		return;
	}
	run->file = record->file;
	run->tap = record->tap;
	*slot_of(filer, record->rec) = run;
	filer->count++;
	if (usher__recfile_start(run->file, &why))
		finish(filer, run, USHER__MR_ERROR, why);
}

static void run_audio(struct running *run, const struct record *record)
{
	const struct usher__rtp rtp = {
		.marker = record->marker,
		.seq = record->seq,
		.ts = record->ts,
		.ssrc = record->ssrc,
		.length = record->length,
	};

	usher__recfile_audio(run->file, record->channel, record->at_us, &rtp,
			     (enum usher__mcodec)record->codec,
			     (const uint8_t *)(record + 1));
}

static void stop(struct usher__filer *filer, struct running *run,
		 int64_t at_us, enum usher__mreason reason)
{
	enum usher__mreason over;
	const char *why;

	usher__recfile_advance(run->file, at_us, true);
	over = usher__recfile_over(run->file, &why);
	finish(filer, run, over ? over : reason, why);
}

static void run_record(struct usher__filer *filer, const struct record *record)
{
	struct running *run = find(filer, record->rec);

	if (record->op == USHER__FOP_OPEN) {
		run_open(filer, record);
		return;
	}
	if (!run)
		return;
	switch (record->op) {
	case USHER__FOP_AUDIO:
		run_audio(run, record);
		break;
	case USHER__FOP_PAUSE:
		run->pauses++;
		usher__recfile_pause(run->file, record->at_us);
		break;
	case USHER__FOP_RESUME:
		if (record->pauses == run->pauses)
			usher__recfile_resume(run->file, record->at_us);
		break;
	default:
		stop(filer, run, record->at_us, USHER__MR_STOPPED);
		break;
	}
}

static void run_buffer(struct usher__filer *filer)
{
	struct buffer *out = &filer->out;
	size_t used = out->used;

	for (size_t at = 0; at < used;) {
		const struct record *record =
			(const struct record *)(void *)(out->data + at);

		run_record(filer, record);
		at += record->size;
	}
	out->used = 0;
	if (out->capacity > BUFFER_IDLE && used < out->capacity / 4) {
		free(out->data);
		*out = (struct buffer){0};
	}
}

/* Writes what has been waiting; ends those that are over. */
static void run_turn(struct usher__filer *filer, int64_t now_us)
{
	uint32_t left = filer->count;

	for (size_t i = 0; left && i < USHER__MREC_MAX; i++) {
		struct running *run = filer->running[i];
		enum usher__mreason over;
		const char *why;

		if (!run)
			continue;
		left--;
		usher__recfile_advance(run->file, now_us, false);
		over = usher__recfile_over(run->file, &why);
		if (over)
			finish(filer, run, over, why);
	}
}

/* --- the thread ------------------------------------------------------- */

/* Sleeps until there is something to do, and takes it. False: it is over. */
static bool wait_for_work(struct usher__filer *filer,
			  struct usher__play **ret_play, int64_t *ret_now_us)
{
	struct buffer spare = filer->out;
	struct timespec until;
	bool quit;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += TURN_MS * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;

	pthread_mutex_lock(&filer->lock);
	while (!filer->quit &&
	       (filer->held || (STAILQ_EMPTY(&filer->loads) &&
				!filer->in.used && !filer->count)))
		pthread_cond_wait(&filer->cond, &filer->lock);
	if (!filer->quit && STAILQ_EMPTY(&filer->loads) && filer->count &&
	    filer->in.used <= USHER__MREC_QUEUE_BYTES / 2)
		pthread_cond_timedwait(&filer->cond, &filer->lock, &until);

	*ret_play = STAILQ_FIRST(&filer->loads);
	if (*ret_play)
		STAILQ_REMOVE_HEAD(&filer->loads, loads);
	*ret_now_us = usher__media_now_us();
	filer->out = filer->in;
	filer->in = spare;
	quit = filer->quit;
	pthread_mutex_unlock(&filer->lock);
	return !quit;
}

static void *filer_main(void *arg)
{
	struct usher__filer *filer = arg;
	struct usher__play *play;
	int64_t now_us;
	bool more = true;

	while (more) {
		more = wait_for_work(filer, &play, &now_us);
		if (play) {
			if (more)
				usher__play_load(play);
			usher__play_unref(play);
		}
		run_buffer(filer);
		run_turn(filer, now_us);
	}
	for (size_t i = 0; i < USHER__MREC_MAX; i++) {
		if (filer->running[i])
			stop(filer, filer->running[i], now_us,
			     USHER__MR_CLOSED);
	}
	while ((play = STAILQ_FIRST(&filer->loads))) {
		STAILQ_REMOVE_HEAD(&filer->loads, loads);
		usher__play_unref(play);
	}
	return NULL;
}

int usher__filer_new(struct usher__filer **ret, struct usher__mevents *events)
{
	struct usher__filer *filer = calloc(1, sizeof(*filer));
	pthread_condattr_t attr;
	sigset_t all, before;
	int rc;

	if (!filer)
		return USHER_ENOMEM;
	filer->events = events;
	STAILQ_INIT(&filer->loads);
	pthread_mutex_init(&filer->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&filer->cond, &attr);
	pthread_condattr_destroy(&attr);

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&filer->thread, NULL, filer_main, filer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc) {
		pthread_cond_destroy(&filer->cond);
		pthread_mutex_destroy(&filer->lock);
		free(filer);
		return USHER_ENOMEM;
	}
	*ret = filer;
	return 0;
}

void usher__filer_free(struct usher__filer *filer)
{
	if (!filer)
		return;
	pthread_mutex_lock(&filer->lock);
	filer->quit = true;
	pthread_cond_signal(&filer->cond);
	pthread_mutex_unlock(&filer->lock);
	pthread_join(filer->thread, NULL);
	pthread_cond_destroy(&filer->cond);
	pthread_mutex_destroy(&filer->lock);
	free(filer->in.data);
	free(filer->out.data);
	free(filer);
}
