/* Opus from outside: whatever passes the check is decoded into as many samples
 * as it said, at 8 kHz, and its silence has its length.
 *
 * Input: packets, each a byte of its length divided by two, a byte that is
 * added to the sequence number, and its bytes. */
#include <media/opus.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PACKETS_MAX 50 /* of one input: decoding costs most */

static void one(struct usher__opus_dec *dec, const struct usher__rtp *rtp,
		const uint8_t *payload)
{
	int16_t pcm[2 * USHER__OPUS_FRAME_MAX];
	uint8_t silence[USHER__OPUS_SILENCE_MAX];
	int span = usher__opus_check(payload, rtp->length);
	size_t before = 0, count;

	if (span < 0)
		return;
	if (span < 120 || span > USHER__OPUS_FRAME_MAX * USHER__OPUS_CLOCK)
		abort();
	count = usher__opus_decode(dec, rtp, payload, pcm, &before);
	if (count > 2 * USHER__OPUS_FRAME_MAX || before > count ||
	    (count && count - before != (size_t)span / USHER__OPUS_CLOCK))
		abort();
	count = usher__opus_silence(silence, (uint32_t)span);
	if (count > sizeof(silence) ||
	    usher__opus_check(silence, count) != span)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct usher__opus_dec *dec;
	struct usher__rtp rtp = {0};

	if (usher__opus_dec_new(&dec))
		abort();
	for (int i = 0; size >= 2 && i < PACKETS_MAX; i++) {
		size_t n = (size_t)data[0] * 2;

		rtp.seq = (uint16_t)(rtp.seq + (int8_t)data[1]);
		rtp.ts += 160u * data[1];
		data += 2;
		size -= 2;
		if (n > size)
			n = size;
		rtp.length = n;
		one(dec, &rtp, data);
		data += n;
		size -= n;
	}
	usher__opus_dec_free(dec);
	return 0;
}
