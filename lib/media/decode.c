/* A sound file of any rate and number of channels to 8 kHz mono. Nothing that
 * a file says about its own size is believed: memory grows with what comes. */
#include "media/sound.h"

#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <speex/speex_resampler.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RATE         8000
#define BLOCK_FRAMES 2048
#define QUALITY      5 /* of 0..10 in the resampler */

struct decoder {
	SNDFILE *file;
	SF_INFO info;
	SpeexResamplerState *resampler; /* NULL when the rate is ours */
	float *in;                      /* BLOCK_FRAMES of all channels */
	int16_t block[BLOCK_FRAMES];    /* the same as mono */
	int16_t *pcm;
	size_t used;
	size_t capacity;
	size_t limit;
	const char *why;
};

static int fail(struct decoder *d, int code, const char *why)
{
	d->why = why;
	return code;
}

const char *usher__sound_unopened(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return "cannot open the sound file: it is not there";
	case EACCES:
	case EPERM:
		return "cannot open the sound file: it may not be read";
	case EMFILE:
	case ENFILE:
		return "cannot open the sound file: too many are open";
	default:
		return "cannot open the sound file";
	}
}

/* A pipe or device would block the file thread: only regular files. */
static int open_regular(struct decoder *d, const char *path, int *ret_fd)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return fail(d, errno == ENOENT ? USHER_ENOENT : USHER_EIO,
			    usher__sound_unopened(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return fail(d, USHER_EIO, "not a regular file");
	}
	*ret_fd = fd;
	return 0;
}

static int decoder_open(struct decoder *d, const char *path)
{
	int fd, rc;

	rc = open_regular(d, path, &fd);
	if (rc)
		return rc;
	d->file = sf_open_fd(fd, SFM_READ, &d->info, SF_FALSE);
	if (!d->file) {
		close(fd);
		return fail(d, USHER_EPROTO, "not a sound file");
	}
	return fd;
}

static int decoder_prepare(struct decoder *d)
{
	int rc = 0;

	if (d->info.channels < 1 ||
	    d->info.channels > USHER__SOUND_CHANNELS_MAX)
		return fail(d, USHER_ENOTSUP, "too many channels");
	if (d->info.samplerate < USHER__SOUND_RATE_MIN ||
	    d->info.samplerate > USHER__SOUND_RATE_MAX)
		return fail(d, USHER_ENOTSUP, "sample rate out of range");

	d->in = malloc(sizeof(*d->in) * BLOCK_FRAMES *
		       (size_t)d->info.channels);
	if (!d->in)
		return fail(d, USHER_ENOMEM, "out of memory");
	if (d->info.samplerate == RATE)
		return 0;

	d->resampler = speex_resampler_init(1, (uint32_t)d->info.samplerate,
					    RATE, QUALITY, &rc);
	if (!d->resampler)
		return fail(d, USHER_ENOMEM, "out of memory");
	speex_resampler_skip_zeros(d->resampler);
	return 0;
}

static int reserve(struct decoder *d, size_t more)
{
	size_t capacity = d->capacity ? d->capacity : RATE;
	int16_t *pcm;

	if (d->used + more > d->limit)
		return fail(d, USHER_EFULL, "the sound is too long");
	while (capacity < d->used + more)
		capacity *= 2;
	if (capacity == d->capacity)
		return 0;
	pcm = realloc(d->pcm, capacity * sizeof(*pcm));
	if (!pcm)
		return fail(d, USHER_ENOMEM, "out of memory");
	d->pcm = pcm;
	d->capacity = capacity;
	return 0;
}

/* Floats, since libsndfile would stretch their range to the loudest sample
 * if it were asked for integers. */
static void to_mono(struct decoder *d, size_t frames)
{
	size_t channels = (size_t)d->info.channels;

	for (size_t i = 0; i < frames; i++) {
		float sum = 0;

		for (size_t c = 0; c < channels; c++)
			sum += d->in[i * channels + c];
		sum *= 32767.0f / (float)channels;
		/* This way round, so that a NaN becomes silence. */
		if (!(sum >= -32767.0f))
			sum = sum < 0 ? -32767.0f : 0;
		d->block[i] = (int16_t)(sum > 32767.0f ? 32767.0f : sum);
	}
}

static int append(struct decoder *d, const int16_t *in, size_t frames)
{
	int rc;

	if (!d->resampler) {
		rc = reserve(d, frames);
		if (rc)
			return rc;
		memcpy(d->pcm + d->used, in, frames * sizeof(*in));
		d->used += frames;
		return 0;
	}
	while (frames) {
		uint32_t taken = (uint32_t)frames;
		uint32_t made;

		made = (uint32_t)(frames * RATE / (size_t)d->info.samplerate) +
		       16;
		rc = reserve(d, made);
		if (rc)
			return rc;
		speex_resampler_process_int(d->resampler, 0, in, &taken,
					    d->pcm + d->used, &made);
		d->used += made;
		in += taken;
		frames -= taken;
		if (!taken && !made)
			return fail(d, USHER_EPROTO, "cannot be resampled");
	}
	return 0;
}

static int decoder_run(struct decoder *d)
{
	sf_count_t n;
	int rc;

	while ((n = sf_readf_float(d->file, d->in, BLOCK_FRAMES)) > 0) {
		to_mono(d, (size_t)n);
		rc = append(d, d->block, (size_t)n);
		if (rc)
			return rc;
	}
	if (sf_error(d->file) != SF_ERR_NO_ERROR)
		return fail(d, USHER_EPROTO, "the sound file is broken");
	if (d->resampler) {
		/* What is still inside the filter. */
		int tail = speex_resampler_get_input_latency(d->resampler);

		if (tail > BLOCK_FRAMES)
			tail = BLOCK_FRAMES;
		memset(d->block, 0, (size_t)tail * sizeof(*d->block));
		rc = append(d, d->block, (size_t)tail);
		if (rc)
			return rc;
	}
	if (!d->used)
		return fail(d, USHER_EPROTO, "there is no sound in the file");
	return 0;
}

int usher__sound_decode(const char *path, uint32_t max_ms, int16_t **ret_pcm,
			size_t *ret_samples, const char **why)
{
	/* A little more than asked, for the tail of the resampler. */
	struct decoder d = {.limit = (size_t)max_ms * (RATE / 1000) + 1024};
	int fd = -1;
	int rc;

	rc = decoder_open(&d, path);
	if (rc < 0)
		goto out;
	fd = rc;
	rc = decoder_prepare(&d);
	if (!rc)
		rc = decoder_run(&d);

out:
	if (d.resampler)
		speex_resampler_destroy(d.resampler);
	if (d.file)
		sf_close(d.file);
	if (fd >= 0)
		close(fd);
	free(d.in);
	if (rc) {
		free(d.pcm);
		*why = d.why;
		return rc;
	}
	*ret_pcm = d.pcm;
	*ret_samples = d.used;
	return 0;
}
