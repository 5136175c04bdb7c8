/* Recordings read back. */
#ifndef TESTS_MEDIA_TAPE_H
#define TESTS_MEDIA_TAPE_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>

/* A recording read back, channels apart. */
struct tape {
	int channels;
	size_t samples;
	int16_t pcm[2][80000];
};

extern struct tape tape;

void tape_read(const char *path);

/* Level of a frequency in a channel between two times. */
double level(int channel, int from_ms, int to_ms, double freq);

#define assert_tone(channel, from, to, freq)                                  \
	ck_assert_double_ge(level((channel), (from), (to), (freq)), -12)
#define assert_no_tone(channel, from, to, freq)                               \
	ck_assert_double_le(level((channel), (from), (to), (freq)), -50)

#endif
