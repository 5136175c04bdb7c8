#include "tape.h"

#include <media/media.h>
#include <sndfile.h>

struct tape tape;

void tape_read(const char *path)
{
	static int16_t both[160000];
	SF_INFO info = {0};
	SNDFILE *file = sf_open(path, SFM_READ, &info);

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(info.samplerate, 8000);
	ck_assert_int_le(info.frames, 80000);
	tape.channels = info.channels;
	tape.samples = (size_t)info.frames;
	/* The header tells the truth about what follows. */
	ck_assert_int_eq(sf_readf_short(file, both, 80000), info.frames);
	for (size_t i = 0; i < tape.samples; i++) {
		for (int c = 0; c < info.channels; c++)
			tape.pcm[c][i] =
				both[i * (size_t)info.channels + (size_t)c];
	}
	sf_close(file);
}

double level(int channel, int from_ms, int to_ms, double freq)
{
	ck_assert_uint_le((size_t)to_ms * 8, tape.samples);
	return usher__tone_level(tape.pcm[channel] + from_ms * 8,
				 (size_t)(to_ms - from_ms) * 8, 8000, freq);
}
