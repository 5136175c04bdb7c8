/* Samples in any order of parts: what comes out are digits, not more of them
 * than so much sound can hold, and the same whatever the parts.
 *
 * Input: a byte with the size of the parts, then samples of 8 bits. */
#include <media/dtmf.h>
#include <media/rtp.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int16_t pcm[16000];
	struct usher__dtmf whole = {0}, parts = {0};
	char a[512], b[512];
	size_t part, n, count, other = 0;

	if (size < 1)
		return 0;
	part = 1 + data[0];
	n = size - 1 < 16000 ? size - 1 : 16000;
	for (size_t i = 0; i < n; i++)
		pcm[i] = (int16_t)((data[1 + i] - 128) * 256);
	count = usher__dtmf_audio(&whole, pcm, n, a, sizeof(a));
	if (count > n / (USHER__DTMF_HOP * 4))
		abort();
	for (size_t i = 0; i < count; i++) {
		if (usher__telev_event(a[i]) < 0)
			abort();
	}
	for (size_t i = 0; i < n; i += part)
		other += usher__dtmf_audio(&parts, pcm + i,
					   n - i < part ? n - i : part,
					   b + other, sizeof(b) - other);
	if (other != count || memcmp(a, b, count))
		abort();
	usher__dtmf_break(&parts);
	return 0;
}
