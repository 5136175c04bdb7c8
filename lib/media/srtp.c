/* SRTP: RFC 3711, with AES in counter mode and HMAC-SHA1, over libre's
 * primitives.
 *
 * Written here and not taken from libre: there a forged packet moves the
 * rollover counter before its tag is looked at, a packet that is late over
 * the wrap of the sequence (a relay passes those on) moves it once too often,
 * and the eighth SSRC is the last. Here nothing changes before a tag is right.
 *
 * Keys belong to the master key and not to an SSRC, so that a new SSRC costs
 * a few bytes and no memory is taken on a media thread. Of the last SSRCs the
 * numbers are remembered: what was recorded of one is no new stream.
 */
#include "media/srtp.h"

#include <compat.h>
#include <string.h>
#include "media/bytes.h"
#include "media/rtp.h"

#define AUTH_KEY   20
#define SALT       14
#define CIPHER_KEY 16
#define TAG_MAX    10
#define RTCP_HEAD  8 /* in clear */
#define RTCP_INDEX 4
#define ENCRYPTED  0x80000000u
#define WINDOW     64

/* The keys of one of RTP and RTCP: section 4.3. */
struct half {
	struct aes *aes;
	struct hmac *hmac;
	uint8_t salt[SALT];
	uint8_t tag; /* bytes */
};

/* The packets of one SSRC: index is of the highest one. */
struct numbers {
	uint64_t index;
	uint64_t window; /* bit n: index - n came */
	uint32_t ssrc;
	bool used;
};

struct usher__srtp {
	struct half rtp, rtcp;
	struct numbers rtp_seen[USHER__SRTP_STREAMS];
	struct numbers rtcp_seen[USHER__SRTP_STREAMS];
	uint8_t rtp_next, rtcp_next; /* slot that a new SSRC takes */
	uint8_t mki_len, mki[USHER__SRTP_MKI_MAX];
	uint32_t rtcp_index; /* of the last one sent */
};

static int derive(struct aes *aes, const uint8_t *salt, uint8_t label,
		  uint8_t *out, size_t n)
{
	uint8_t iv[16] = {0};

	memcpy(iv, salt, SALT);
	iv[7] ^= label;
	aes_set_iv(aes, iv);
	memset(out, 0, n);
	return aes_encr(aes, out, out, n) ? USHER_ENOMEM : 0;
}

static int half_init(struct half *half, struct aes *master,
		     const uint8_t *salt, uint8_t label, uint8_t tag)
{
	uint8_t cipher[CIPHER_KEY], auth[AUTH_KEY];
	int rc;

	half->tag = tag;
	rc = derive(master, salt, label, cipher, sizeof(cipher));
	if (!rc)
		rc = derive(master, salt, label + 1, auth, sizeof(auth));
	if (!rc)
		rc = derive(master, salt, label + 2, half->salt, SALT);
	if (!rc &&
	    aes_alloc(&half->aes, AES_MODE_CTR, cipher, CIPHER_KEY * 8, NULL))
		rc = USHER_ENOMEM;
	if (!rc && hmac_create(&half->hmac, HMAC_HASH_SHA1, auth, AUTH_KEY))
		rc = USHER_ENOMEM;
	explicit_bzero(cipher, sizeof(cipher));
	explicit_bzero(auth, sizeof(auth));
	return rc;
}

static void destructor(void *arg)
{
	struct usher__srtp *srtp = arg;

	mem_deref(srtp->rtp.aes);
	mem_deref(srtp->rtp.hmac);
	mem_deref(srtp->rtcp.aes);
	mem_deref(srtp->rtcp.hmac);
	explicit_bzero(srtp, sizeof(*srtp));
}

int usher__srtp_new(struct usher__srtp **ret,
		    const struct usher__srtp_key *key)
{
	const uint8_t *salt = key->bytes + CIPHER_KEY;
	struct usher__srtp *srtp;
	struct aes *master = NULL;
	int rc = USHER_ENOMEM;

	if (key->suite != USHER__SRTP_SHA1_80 &&
	    key->suite != USHER__SRTP_SHA1_32)
		return USHER_EINVAL;
	if (key->mki_len > USHER__SRTP_MKI_MAX)
		return USHER_EINVAL;
	srtp = mem_zalloc(sizeof(*srtp), destructor);
	if (!srtp)
		return USHER_ENOMEM;
	srtp->mki_len = key->mki_len;
	memcpy(srtp->mki, key->mki, key->mki_len);
	if (!aes_alloc(&master, AES_MODE_CTR, key->bytes, CIPHER_KEY * 8,
		       NULL))
		rc = half_init(&srtp->rtp, master, salt, 0,
			       key->suite == USHER__SRTP_SHA1_32 ? 4
								 : TAG_MAX);
	/* RFC 4568, 6.2.2: 80 bits for RTCP with either. */
	if (!rc)
		rc = half_init(&srtp->rtcp, master, salt, 3, TAG_MAX);
	mem_deref(master);
	if (rc)
		mem_deref(srtp);
	else
		*ret = srtp;
	return rc;
}

void usher__srtp_free(struct usher__srtp *srtp)
{
	mem_deref(srtp);
}

/* --- numbers ------------------------------------------------------------ */

static struct numbers *numbers_of(struct numbers *seen, uint32_t ssrc)
{
	for (int i = 0; i < USHER__SRTP_STREAMS; i++) {
		if (seen[i].used && seen[i].ssrc == ssrc)
			return &seen[i];
	}
	return NULL;
}

/* Section 3.3.1; false: it is from before the first round. */
static bool guess(const struct numbers *of, uint16_t seq, uint64_t *index)
{
	int64_t step = (int16_t)(uint16_t)(seq - (uint16_t)of->index);

	if ((int64_t)of->index + step < 0)
		return false;
	*index = (uint64_t)((int64_t)of->index + step);
	return true;
}

static bool is_new(const struct numbers *of, uint64_t index)
{
	if (index > of->index)
		return true;
	return of->index - index < WINDOW &&
	       !(of->window >> (of->index - index) & 1);
}

/* A packet was good. of: NULL for an SSRC that is not known. */
static void remember(struct numbers *seen, uint8_t *next, struct numbers *of,
		     uint32_t ssrc, uint64_t index)
{
	if (!of) {
		of = &seen[*next];
		*next = (uint8_t)((*next + 1) % USHER__SRTP_STREAMS);
		*of = (struct numbers){
			.index = index,
			.window = 1,
			.ssrc = ssrc,
			.used = true,
		};
	} else if (index > of->index) {
		uint64_t step = index - of->index;

		of->window = step < WINDOW ? of->window << step | 1 : 1;
		of->index = index;
	} else if (of->index - index < WINDOW) {
		of->window |= (uint64_t)1 << (of->index - index);
	}
}

/* --- bytes -------------------------------------------------------------- */

static int crypt(struct half *half, uint32_t ssrc, uint64_t index,
		 uint8_t *buf, size_t n)
{
	uint8_t iv[16] = {0}, add[SALT] = {0};

	put32(add + 4, ssrc);
	put16(add + 8, (uint16_t)(index >> 32));
	put32(add + 10, (uint32_t)index);
	for (int i = 0; i < SALT; i++)
		iv[i] = half->salt[i] ^ add[i];
	aes_set_iv(half->aes, iv);
	return n && aes_encr(half->aes, buf, buf, n) ? USHER_EPROTO : 0;
}

static int tag_of(struct half *half, const uint8_t *buf, size_t n,
		  uint8_t *tag)
{
	return hmac_digest(half->hmac, tag, AUTH_KEY, buf, n) ? USHER_EPROTO
							      : 0;
}

static bool same(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint8_t differs = 0;

	for (size_t i = 0; i < n; i++)
		differs |= a[i] ^ b[i];
	return !differs;
}

/* Is a packet by another key? Its name stands before the tag, which does not
 * cover it (section 3.1): without a right tag it says nothing. */
static bool other_key(const struct usher__srtp *srtp, const uint8_t *at)
{
	return memcmp(at, srtp->mki, srtp->mki_len) != 0;
}

static void put_mki(const struct usher__srtp *srtp, uint8_t *buf, size_t *n)
{
	memcpy(buf + *n, srtp->mki, srtp->mki_len);
	*n += srtp->mki_len;
}

/* --- RTP ---------------------------------------------------------------- */

/* Where the payload begins: headers stay in clear. 0: no RTP. */
static size_t head_of(const uint8_t *buf, size_t n)
{
	size_t at = USHER__RTP_HEADER;

	if (n < at || n > USHER__RTP_PACKET_MAX || buf[0] >> 6 != 2)
		return 0;
	at += (size_t)(buf[0] & 0x0f) * 4;
	if (buf[0] & 0x10) {
		if (at + 4 > n)
			return 0;
		at += 4 + (size_t)get16(buf + at + 2) * 4;
	}
	return at > n ? 0 : at;
}

int usher__srtp_protect(struct usher__srtp *srtp, uint8_t *buf, size_t *n)
{
	struct half *half = &srtp->rtp;
	size_t head = head_of(buf, *n);
	uint8_t tag[AUTH_KEY];
	struct numbers *of;
	uint64_t index;
	uint32_t ssrc;

	if (!head)
		return USHER_EPROTO;
	ssrc = get32(buf + 8);
	index = get16(buf + 2);
	of = numbers_of(srtp->rtp_seen, ssrc);
	/* Twice one number under one key would give both away: 9.1. */
	if (of && (!guess(of, (uint16_t)index, &index) || !is_new(of, index)))
		return USHER_EPROTO;
	if (crypt(half, ssrc, index, buf + head, *n - head))
		return USHER_EPROTO;
	put32(buf + *n, (uint32_t)(index >> 16));
	if (tag_of(half, buf, *n + 4, tag))
		return USHER_EPROTO;
	put_mki(srtp, buf, n);
	memcpy(buf + *n, tag, half->tag);
	*n += half->tag;
	remember(srtp->rtp_seen, &srtp->rtp_next, of, ssrc, index);
	return 0;
}

int usher__srtp_unprotect(struct usher__srtp *srtp, uint8_t *buf, size_t *n)
{
	struct half *half = &srtp->rtp;
	size_t head, length = *n;
	uint8_t tag[AUTH_KEY], came[TAG_MAX];
	struct numbers *of;
	uint64_t index;
	uint32_t ssrc;

	if (length < (size_t)half->tag + srtp->mki_len)
		return USHER_EPROTO;
	length -= half->tag;
	memcpy(came, buf + length, half->tag);
	length -= srtp->mki_len;
	head = head_of(buf, length);
	if (!head)
		return USHER_EPROTO;
	ssrc = get32(buf + 8);
	index = get16(buf + 2);
	of = numbers_of(srtp->rtp_seen, ssrc);
	if (of && !guess(of, (uint16_t)index, &index))
		return USHER_EEXIST;
	if (other_key(srtp, buf + length))
		return USHER_EPERM;
	put32(buf + length, (uint32_t)(index >> 16));
	if (tag_of(half, buf, length + 4, tag))
		return USHER_EPROTO;
	if (!same(tag, came, half->tag))
		return USHER_EPERM;
	if (of && !is_new(of, index))
		return USHER_EEXIST;
	if (crypt(half, ssrc, index, buf + head, length - head))
		return USHER_EPROTO;
	remember(srtp->rtp_seen, &srtp->rtp_next, of, ssrc, index);
	*n = length;
	return 0;
}

/* --- RTCP: section 3.4 -------------------------------------------------- */

int usher__srtcp_protect(struct usher__srtp *srtp, uint8_t *buf, size_t *n)
{
	struct half *half = &srtp->rtcp;
	uint8_t tag[AUTH_KEY];
	uint32_t index = srtp->rtcp_index + 1;

	if (*n < RTCP_HEAD || *n > USHER__RTP_PACKET_MAX || index >= ENCRYPTED)
		return USHER_EPROTO;
	if (crypt(half, get32(buf + 4), index, buf + RTCP_HEAD,
		  *n - RTCP_HEAD))
		return USHER_EPROTO;
	put32(buf + *n, ENCRYPTED | index);
	if (tag_of(half, buf, *n + RTCP_INDEX, tag))
		return USHER_EPROTO;
	*n += RTCP_INDEX;
	put_mki(srtp, buf, n);
	memcpy(buf + *n, tag, half->tag);
	*n += half->tag;
	srtp->rtcp_index = index;
	return 0;
}

int usher__srtcp_unprotect(struct usher__srtp *srtp, uint8_t *buf, size_t *n)
{
	struct half *half = &srtp->rtcp;
	uint8_t tag[AUTH_KEY], *came;
	size_t length;
	struct numbers *of;
	uint32_t word, index, ssrc;

	if (*n < (size_t)RTCP_HEAD + RTCP_INDEX + srtp->mki_len + half->tag ||
	    *n > USHER__RTP_PACKET_MAX + USHER__SRTP_GROWS)
		return USHER_EPROTO;
	came = buf + *n - half->tag;
	length = *n - half->tag - srtp->mki_len;
	if (other_key(srtp, buf + length))
		return USHER_EPERM;
	if (tag_of(half, buf, length, tag))
		return USHER_EPROTO;
	if (!same(tag, came, half->tag))
		return USHER_EPERM;
	length -= RTCP_INDEX;
	word = get32(buf + length);
	index = word & ~ENCRYPTED;
	ssrc = get32(buf + 4);
	of = numbers_of(srtp->rtcp_seen, ssrc);
	if (of && !is_new(of, index))
		return USHER_EEXIST;
	if (word & ENCRYPTED &&
	    crypt(half, ssrc, index, buf + RTCP_HEAD, length - RTCP_HEAD))
		return USHER_EPROTO;
	remember(srtp->rtcp_seen, &srtp->rtcp_next, of, ssrc, index);
	*n = length;
	return 0;
}
