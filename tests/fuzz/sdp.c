/* Session descriptions; what is read must be answered within the limit. */
#include <stdlib.h>
#include <string.h>

#include <sip/sdp.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct usher__sdp_local local = {
		.ip = "127.0.0.1",
		.port = 4000,
		.session = 1,
		.version = 1,
		.text.port = 4002,
		.video.port = 4004,
	};
	struct usher__sdp_text_map map;
	struct usher__mleg_params params;
	char text[USHER__SDP_TEXT_MAX];
	struct usher__sdp_more more;
	struct usher__sdp sdp;
	size_t len;
	bool usable;

	if (size < 1)
		return 0;
	/* The first byte is the policy. */
	if (usher__sdp_parse(&sdp, &more, (const char *)data + 1, size - 1,
			     data[0] % 4))
		return 0;
	if (sdp.crypto.key.suite) {
		if (data[0] % 4 == USHER__SRTP_NEVER ||
		    sdp.crypto.tag > USHER__SDP_TAG_MAX)
			abort();
		local.crypto = sdp.crypto;
		/* a key of ours has no name */
		local.crypto.key.mki_len = 0;
		memset(local.crypto.key.mki, 0, sizeof(local.crypto.key.mki));
	} else if (sdp.savp && usher__sdp_usable(&sdp)) {
		abort();
	}
	usable = usher__sdp_usable(&sdp);
	usher__sdp_text_map_init(&map);
	if (data[0] & 0x80)
		usher__sdp_text_number(&map);
	usher__sdp_text_learn(&map, &more.text, true);
	usher__sdp_text_number(&map);
	/* 32 payload types at most leave some; two meanings are never one. */
	if (map.t140_pt == USHER__NO_PT || map.t140_pt == map.red_pt)
		abort();
	local.text_map = &map;
	local.places = &sdp;
	local.formats = &more.video;
	if (usher__sdp_offer(text, &local) >= sizeof(text) - 1)
		abort();
	local.dir = usher__sdp_answer_dir(&sdp, USHER__SENDRECV);
	len = usher__sdp_answer(text, &local, &sdp);
	/* What we write we can read, and the key is the same. */
	if (len >= sizeof(text) - 1 ||
	    usher__sdp_parse(&sdp, &more, text, len, data[0] % 4))
		abort();
	if (usable &&
	    (!usher__sdp_usable(&sdp) || sdp.crypto.tag != local.crypto.tag ||
	     memcmp(&sdp.crypto.key, &local.crypto.key,
		    sizeof(sdp.crypto.key))))
		abort();
	if (usher__sdp_usable(&sdp))
		usher__sdp_params(&params, &sdp, local.dir, &sdp.map);
	return 0;
}
