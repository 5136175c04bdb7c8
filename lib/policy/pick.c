/* What a policy may draw: the core has put its seed into the question. */
#include <core/random.h>
#include <usher/policy.h>

uint64_t usher_pick_random(const struct usher_pick *pick, uint32_t purpose,
			   uint64_t *counter, uint64_t n)
{
	const uint64_t *seed = pick->reserved;

	return usher__random_below(*seed, pick->queue, purpose, counter, n);
}
