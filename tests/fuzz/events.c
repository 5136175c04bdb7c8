/* Bytes as a journal or a reader would give them: decoded, written as JSON,
 * encoded again, and folded onto a core, which takes what fits its state and
 * refuses the rest. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <usher/acd.h>

static void roundtrip(const struct usher_event *ev)
{
	static char json[1 << 20];
	static unsigned char bytes[USHER_ENTRY_MAX + 64];
	const struct usher_event *again;
	struct usher_decoder *decoder;
	size_t len, used;

	(void)usher_event_json(ev, json, sizeof(json), &len);
	if (usher_event_encode(ev, bytes, sizeof(bytes), &len))
		return;
	if (usher_decoder_new(&decoder, NULL))
		return;
	if (usher_event_decode(decoder, bytes, len, &used, &again) ||
	    used != len || again->type != ev->type)
		abort();
	usher_decoder_free(decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct usher_event *ev;
	struct usher_decoder *decoder;
	struct usher_acd *acd;
	size_t used;

	if (usher_decoder_new(&decoder, NULL))
		return 0;
	if (!usher_acd_new(&acd, NULL, NULL)) {
		while (!usher_event_decode(decoder, data, size, &used, &ev)) {
			roundtrip(ev);
			(void)usher_acd_fold(acd, ev);
			data += used;
			size -= used;
		}
		(void)usher_acd_advance(acd, INT64_MAX / 2);
		while (usher_acd_next(acd))
			;
		usher_acd_free(acd);
	}
	usher_decoder_free(decoder);
	return 0;
}
