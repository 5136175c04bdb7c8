/* Buckets of requests by peer. Peers are hashed into a fixed table: two that
 * meet in one bucket share it, and nobody can make the table grow. */
#include "http/priv.h"

static uint32_t hash(const char *text)
{
	uint32_t h = 2166136261u;

	while (*text)
		h = (h ^ (unsigned char)*text++) * 16777619u;
	return h ^ h >> 16;
}

static uint32_t refill(uint32_t left, uint64_t elapsed_us, uint32_t rate,
		       uint32_t burst)
{
	uint64_t more = elapsed_us * rate / 1000;

	if (more > burst * UINT64_C(1000) - left)
		return burst * 1000;
	return left + (uint32_t)more;
}

bool usher__bucket_take(struct usher__bucket *buckets, const char *peer,
			int64_t now_us, bool fail)
{
	struct usher__bucket *b = &buckets[hash(peer) % USHER__BUCKETS];
	uint64_t elapsed;
	uint32_t *left = fail ? &b->fails_milli : &b->left_milli;

	if (!b->at_us || now_us < b->at_us) {
		b->left_milli = USHER__HTTP_BURST * 1000;
		b->fails_milli = USHER__HTTP_FAIL_BURST * 1000;
		b->at_us = now_us;
	}
	elapsed = (uint64_t)(now_us - b->at_us);
	/* Below a millisecond a slow rate would round to nothing for ever. */
	if (elapsed >= 1000) {
		b->left_milli = refill(b->left_milli, elapsed,
				       USHER__HTTP_RATE, USHER__HTTP_BURST);
		b->fails_milli =
			refill(b->fails_milli, elapsed, USHER__HTTP_FAIL_RATE,
			       USHER__HTTP_FAIL_BURST);
		b->at_us = now_us;
	}
	if (*left < 1000)
		return false;
	*left -= 1000;
	return true;
}
