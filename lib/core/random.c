#include <core/random.h>

/* Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014):
 * the finalizer of SplitMix64 and its odd increment. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

#define STEP UINT64_C(0x9e3779b97f4a7c15)

uint64_t usher__random(uint64_t seed, uint64_t queue, uint32_t purpose,
		       uint64_t position)
{
	uint64_t key = mix(seed + STEP);

	key = mix(key ^ (queue + STEP));
	key = mix(key ^ (purpose + STEP));
	return mix(key + (position + 1) * STEP);
}

uint64_t usher__random_below(uint64_t seed, uint64_t queue, uint32_t purpose,
			     uint64_t *counter, uint64_t n)
{
	uint64_t limit, bits;

	if (!n)
		return 0;
	/* what is above the last full multiple of n is drawn again */
	limit = UINT64_MAX - (UINT64_MAX % n + 1) % n;
	do {
		bits = usher__random(seed, queue, purpose, (*counter)++);
	} while (bits > limit);
	return bits % n;
}
