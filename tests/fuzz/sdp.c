/* Session descriptions; what is read must be answered within the limit. */
#include <stdlib.h>
#include <string.h>

#include <sip/sdp.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct usher__sdp_local local = {"127.0.0.1", 4000, 1, 1,
					 USHER__SENDRECV};
	struct usher__mleg_params params;
	char text[USHER__SDP_TEXT_MAX];
	struct usher__sdp sdp;
	size_t len;

	if (usher__sdp_parse(&sdp, (const char *)data, size))
		return 0;
	local.dir = usher__sdp_answer_dir(&sdp, USHER__SENDRECV);
	len = usher__sdp_answer(text, &local, &sdp);
	if (len >= sizeof(text) - 1 || usher__sdp_parse(&sdp, text, len))
		abort();
	if (usher__sdp_usable(&sdp))
		usher__sdp_params(&params, &sdp, local.dir, true);
	return 0;
}
