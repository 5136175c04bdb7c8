/* One recording.
 *
 * The clock of a recording is the arrival clock of the media threads, less
 * what was paused. Packets are set down where recplace.c says, and a silent
 * party leaves zeroes. A window of LATE + CHUNK + AHEAD samples waits in
 * memory for stragglers; what has left it is in the file, whose header
 * libsndfile rewrites with each write.
 *
 * Invariants: samples [base, base + WINDOW) live in the window at position
 * modulo WINDOW, all others of it are zero; the file holds exactly base
 * samples of each channel.
 */
#include "media/recfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "media/g711.h"
#include "media/noise.h"
#include "media/order.h"
#include "media/recplace.h"

#define RATE        8000
#define PER_MS      USHER__RECPLACE_PER_MS
#define LATE        USHER__RECPLACE_LATE
#define CHUNK       (250 * PER_MS) /* written at a time */
#define AHEAD       USHER__RECPLACE_AHEAD
#define PACKET_MAX  1500                        /* bytes */
#define SAMPLES_MAX (2 * USHER__OPUS_FRAME_MAX) /* of one, G.711 included */
#define WINDOW      (LATE + 2 * CHUNK + AHEAD + SAMPLES_MAX)
#define SUBFRAME    (20 * PER_MS)
#define SILENCE_DB  -45

/* Opus in order. */
struct disorder {
	struct usher__order order;
	struct usher__order_places places;
	struct usher__ordered packets[USHER__ORDER_KEPT];
};

struct track {
	struct usher__recplace place;
	struct usher__opus_dec *opus;
	struct disorder *disorder; /* of Opus; G.711 has its place */
	bool plain;                /* the last was G.711 */
	struct usher__noise noise;
	int64_t noise_from; /* where silence is noise, … */
	int64_t noise_to;   /* … up to there */
};

struct usher__recfile {
	uint64_t rec;
	SNDFILE *file;
	uint32_t channels;
	int64_t max;     /* samples */
	int64_t silence; /* samples; 0: does not end it */
	double silence_db;
	int64_t start_us;
	int64_t paused_us; /* in total, before the present pause */
	int64_t pause_us;  /* the present pause's begin */
	bool paused;
	int64_t base;
	int64_t silent; /* samples without speech on end */
	enum usher__mreason over;
	const char *why;
	struct track tracks[2];
	int16_t *window; /* channels in turn */
	char path[];
};

int usher__recfile_new(struct usher__recfile **ret, uint64_t rec,
		       const char *path, const struct usher__mrec_opts *opts,
		       int64_t now_us)
{
	size_t length = strlen(path) + 1;
	struct usher__recfile *file = calloc(1, sizeof(*file) + length);
	uint32_t max_ms = opts->max_ms ? opts->max_ms : USHER__MREC_MAX_MS;

	if (!file)
		return USHER_ENOMEM;
	memcpy(file->path, path, length);
	file->rec = rec;
	file->channels = opts->channels ? opts->channels : 2;
	file->max = (int64_t)max_ms * PER_MS;
	file->silence = (int64_t)opts->silence_ms * PER_MS;
	file->silence_db = opts->silence_db ? opts->silence_db : SILENCE_DB;
	file->start_us = now_us;
	file->paused = opts->paused;
	file->pause_us = now_us;
	file->window =
		calloc((size_t)WINDOW * file->channels, sizeof(*file->window));
	if (!file->window) {
		free(file);
		return USHER_ENOMEM;
	}
	*ret = file;
	return 0;
}

void usher__recfile_free(struct usher__recfile *file)
{
	if (!file)
		return;
	if (file->file)
		sf_close(file->file);
	for (size_t i = 0; i < 2; i++) {
		usher__opus_dec_free(file->tracks[i].opus);
		free(file->tracks[i].disorder);
	}
	free(file->window);
	free(file);
}

uint64_t usher__recfile_rec(const struct usher__recfile *file)
{
	return file->rec;
}

int usher__recfile_start(struct usher__recfile *file, const char **why)
{
	SF_INFO info = {
		.samplerate = RATE,
		.channels = (int)file->channels,
		.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16,
	};
	int fd = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		      0640);

	if (fd < 0) {
		*why = errno == EEXIST ? "the recording's file exists already"
				       : "cannot make the recording's file";
		return USHER_EIO;
	}
	file->file = sf_open_fd(fd, SFM_WRITE, &info, SF_TRUE);
	if (!file->file) {
		close(fd);
		*why = "cannot write a WAV header";
		return USHER_EIO;
	}
	sf_command(file->file, SFC_SET_UPDATE_HEADER_AUTO, NULL, SF_TRUE);
	sf_command(file->file, SFC_UPDATE_HEADER_NOW, NULL, 0);
	return 0;
}

/* --- time ------------------------------------------------------------- */

static int64_t position(const struct usher__recfile *file, int64_t at_us)
{
	int64_t us = at_us - file->start_us - file->paused_us;

	return us < 0 ? 0 : us * PER_MS / 1000;
}

void usher__recfile_pause(struct usher__recfile *file, int64_t at_us)
{
	if (file->paused)
		return;
	usher__recfile_advance(file, at_us, true);
	file->paused = true;
	file->pause_us = at_us;
}

void usher__recfile_resume(struct usher__recfile *file, int64_t at_us)
{
	if (!file->paused)
		return;
	file->paused = false;
	file->paused_us += at_us - file->pause_us;
	file->tracks[0].place.anchored = false;
	file->tracks[1].place.anchored = false;
}

/* --- out of the window ------------------------------------------------ */

static bool subframe_silent(const struct usher__recfile *file,
			    const int16_t *block, size_t frames)
{
	return usher__pcm_level(block, frames * file->channels) <
	       file->silence_db;
}

static void listen(struct usher__recfile *file, const int16_t *block,
		   size_t frames)
{
	for (size_t i = 0; file->silence && i < frames; i += SUBFRAME) {
		size_t n = frames - i < SUBFRAME ? frames - i : SUBFRAME;

		if (subframe_silent(file, block + i * file->channels, n))
			file->silent += (int64_t)n;
		else
			file->silent = 0;
	}
	if (file->silence && file->silent >= file->silence)
		file->over = USHER__MR_SILENCE;
}

/* What nobody has said is noise where the sender has told so. */
static void make_noise(struct usher__recfile *file, int16_t *block,
		       size_t frames)
{
	for (uint32_t c = 0; c < file->channels; c++) {
		struct track *track = &file->tracks[c];
		int64_t from = track->noise_from - file->base;
		int64_t to = track->noise_to - file->base;

		for (int64_t i = from > 0 ? from : 0;
		     i < to && i < (int64_t)frames; i++) {
			int16_t *at = &block[(size_t)i * file->channels + c];

			if (!*at)
				*at = (int16_t)usher__noise_next(
					&track->noise);
		}
	}
}

/* Up to where the window wraps round. */
static void flush_part(struct usher__recfile *file, int64_t to)
{
	size_t at = (size_t)(file->base % WINDOW);
	size_t frames = (size_t)(to - file->base);
	int16_t *block = file->window + at * file->channels;

	if (frames > WINDOW - at)
		frames = WINDOW - at;
	make_noise(file, block, frames);
	listen(file, block, frames);
	if (sf_writef_short(file->file, block, (sf_count_t)frames) !=
	    (sf_count_t)frames) {
		file->over = USHER__MR_ERROR;
		file->why = "cannot write the recording";
		return;
	}
	memset(block, 0, frames * file->channels * sizeof(*block));
	file->base += (int64_t)frames;
}

static void flush(struct usher__recfile *file, int64_t to)
{
	if (to > file->max)
		to = file->max;
	while (file->base < to && !file->over)
		flush_part(file, to);
	if (file->base >= file->max && !file->over)
		file->over = USHER__MR_END;
}

/* --- into the window -------------------------------------------------- */

static void write_down(struct usher__recfile *file, uint32_t channel,
		       int64_t at, const int16_t *pcm, size_t count)
{
	for (size_t i = 0; i < count; i++, at++) {
		if (at < file->base || at >= file->base + WINDOW)
			continue;
		file->window[(size_t)(at % WINDOW) * file->channels +
			     channel] = pcm[i];
	}
}

/* In its turn. */
static void decode_opus(struct usher__recfile *file, uint32_t channel,
			const struct usher__rtp *rtp, const uint8_t *payload,
			int64_t at)
{
	struct track *track = &file->tracks[channel];
	bool prime = at == USHER__RECFILE_PRIME;
	int16_t pcm[SAMPLES_MAX];
	size_t before = 0, count, skip;

	count = usher__opus_decode(track->opus, rtp, payload, pcm, &before);
	/* Numbers that were G.711's were not lost. */
	skip = track->plain && count ? before : 0;
	track->plain = false;
	if (!prime)
		write_down(file, channel, at - (int64_t)(before - skip),
			   pcm + skip, count - skip);
}

/* What can be decoded; what belongs before to waits for nobody. */
static void release(struct usher__recfile *file, uint32_t channel, int64_t to)
{
	struct disorder *disorder = file->tracks[channel].disorder;
	const struct usher__ordered *packet;
	struct usher__order *order;
	struct usher__rtp rtp;

	if (!disorder)
		return;
	order = &disorder->order;
	while ((packet = usher__order_first(order))) {
		packet = usher__order_next(order, packet->at < to);
		if (!packet)
			break;
		rtp = usher__order_rtp(order, packet);
		decode_opus(file, channel, &rtp, packet->payload, packet->at);
	}
}

static bool can_decode(struct track *track)
{
	struct disorder *disorder = track->disorder;

	if (!track->opus && usher__opus_dec_new(&track->opus))
		return false;
	if (disorder)
		return true;
	disorder = calloc(1, sizeof(*disorder));
	if (!disorder)
		return false;
	usher__order_places_init(&disorder->places, disorder->packets,
				 USHER__ORDER_KEPT);
	usher__order_begin(&disorder->order, &disorder->places, false);
	track->disorder = disorder;
	return true;
}

static void take_opus(struct usher__recfile *file, uint32_t channel,
		      const struct usher__rtp *rtp, const uint8_t *payload,
		      int64_t at)
{
	struct track *track = &file->tracks[channel];
	bool fits = rtp->length <= USHER__ORDER_LONG;
	enum usher__order_fate fate;
	struct usher__order *order;

	/* Without memory there is silence, until there is some. */
	if (!can_decode(track))
		return;
	order = &track->disorder->order;
	if (!fits || usher__order_breaks(order, rtp))
		release(file, channel, INT64_MAX);
	fate = fits ? usher__order_put(order, rtp, USHER__OPUS, payload, at)
		    : usher__order_pass(order, rtp);
	if (fate == USHER__FATE_NOW)
		decode_opus(file, channel, rtp, payload, at);
	release(file, channel, INT64_MIN);
}

static void take_g711(struct usher__recfile *file, uint32_t channel,
		      const struct usher__rtp *rtp, enum usher__mcodec codec,
		      const uint8_t *payload, int64_t at)
{
	struct track *track = &file->tracks[channel];
	int16_t pcm[SAMPLES_MAX];

	release(file, channel, INT64_MAX);
	if (track->disorder)
		track->disorder->order.began = false;
	track->plain = true;
	usher__g711_decode(codec, payload, rtp->length, pcm);
	write_down(file, channel, at, pcm, rtp->length);
}

/* From at on, until it speaks again. */
static void take_noise(struct usher__recfile *file, uint32_t channel,
		       uint8_t level, int64_t at)
{
	struct track *track = &file->tracks[channel];

	usher__noise_tell(&track->noise, level);
	if (track->noise_to <= file->base)
		track->noise_from = at;
	track->noise_to = INT64_MAX;
}

void usher__recfile_advance(struct usher__recfile *file, int64_t at_us,
			    bool all)
{
	int64_t to = position(file, at_us);

	if (file->paused || file->over || !file->file)
		return;
	if (!all)
		to -= LATE;
	if (!all && to - file->base < CHUNK)
		return;
	for (uint32_t i = 0; i < file->channels; i++)
		release(file, i, all ? INT64_MAX : to + SAMPLES_MAX);
	flush(file, to);
}

void usher__recfile_audio(struct usher__recfile *file, uint32_t channel,
			  int64_t at_us, const struct usher__rtp *rtp,
			  enum usher__mcodec codec, const uint8_t *payload)
{
	struct track *track = &file->tracks[channel & 1];
	int64_t now, at;

	if (at_us == USHER__RECFILE_PRIME && codec == USHER__OPUS &&
	    channel < file->channels)
		take_opus(file, channel, rtp, payload, USHER__RECFILE_PRIME);
	if (at_us == USHER__RECFILE_PRIME)
		return;
	now = position(file, at_us);
	if (file->paused || file->over || !file->file ||
	    channel >= file->channels || rtp->length > PACKET_MAX)
		return;
	/* Makes room: afterwards now - base <= LATE + CHUNK. */
	usher__recfile_advance(file, at_us, false);
	at = usher__recplace_of(&track->place, rtp, now);
	if (at < 0)
		return;
	if (codec == USHER__RECFILE_NOISE) {
		take_noise(file, channel, payload[0], at);
		return;
	}
	if (track->noise_to > at)
		track->noise_to = at;
	if (codec == USHER__OPUS)
		take_opus(file, channel, rtp, payload, at);
	else
		take_g711(file, channel, rtp, codec, payload, at);
}

enum usher__mreason usher__recfile_over(const struct usher__recfile *file,
					const char **why)
{
	*why = file->why;
	return file->over;
}

uint32_t usher__recfile_duration_ms(const struct usher__recfile *file)
{
	return (uint32_t)(file->base / PER_MS);
}
