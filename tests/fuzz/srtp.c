/* SRTP and SRTCP from strangers, who have no key: nothing of theirs is taken.
 * What we close ourselves opens to what it was, once.
 *
 * Input: a byte (bit 0: RTCP; bits 1 to 3: bytes of the key's name, to its
 * most), then a packet. */
#include <media/rtp.h>
#include <media/srtp.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int change(struct usher__srtp *srtp, uint8_t *buf, size_t *n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf[USHER__RTP_PACKET_MAX + 2 * USHER__SRTP_GROWS];
	static uint8_t copy[sizeof(buf)];
	struct usher__srtp_key key = {.suite = USHER__SRTP_SHA1_80};
	struct usher__srtp *tx = NULL, *rx = NULL;
	change *close_it, *open_it;
	size_t n, length;

	if (size < 1 || size - 1 > USHER__RTP_PACKET_MAX)
		return 0;
	close_it = data[0] & 1 ? usher__srtcp_protect : usher__srtp_protect;
	open_it = data[0] & 1 ? usher__srtcp_unprotect : usher__srtp_unprotect;
	for (int i = 0; i < USHER__SRTP_KEY; i++)
		key.bytes[i] = (uint8_t)(i * 31 + 5);
	key.mki_len = data[0] >> 1 & 7;
	if (key.mki_len > USHER__SRTP_MKI_MAX)
		key.mki_len = USHER__SRTP_MKI_MAX;
	for (int i = 0; i < key.mki_len; i++)
		key.mki[i] = (uint8_t)(i + 1);
	if (usher__srtp_new(&tx, &key) || usher__srtp_new(&rx, &key))
		abort();

	n = size - 1;
	memcpy(buf, data + 1, n);
	if (!open_it(rx, buf, &n))
		abort();
	n = size - 1;
	memcpy(buf, data + 1, n);
	if (!close_it(tx, buf, &n)) {
		length = n;
		memcpy(copy, buf, n);
		if (open_it(rx, buf, &n) || n != size - 1 ||
		    memcmp(buf, data + 1, n))
			abort();
		if (open_it(rx, copy, &length) != USHER_EEXIST)
			abort();
	}
	usher__srtp_free(tx);
	usher__srtp_free(rx);
	return 0;
}
