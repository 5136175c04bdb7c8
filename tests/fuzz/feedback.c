/* What receivers of video say: what is read can be written and read again. */
#include <media/feedback.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t buf[USHER__FEEDBACK_MAX];
	struct usher__feedback fb, again;
	size_t n;

	if (usher__feedback_read(data, size, 0x01020304, &fb))
		return 0;
	n = usher__feedback_write(buf, 1, 7, &fb);
	if (n > sizeof(buf) || usher__feedback_read(buf, n, 7, &again) ||
	    memcmp(&fb, &again, sizeof(fb)))
		abort();
	return 0;
}
