/* Keys in session descriptions: the a=crypto lines of RFC 4568.
 *
 *   1 AES_CM_128_HMAC_SHA1_80 inline:<40 characters>|2^48|1:4 WSH=64
 *
 * Each side says by which key it sends. A master key identifier (1, in four
 * bytes) then stands in each of its packets; one key has one, several keys in
 * a line, which would need it, are not for us. Nor is a longer one, nor most
 * session parameters, which say that something is not as usual (6.3.7): then
 * the next line may be. WSH says how much the sender would like us to remember
 * and may be ignored.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include <compat.h>

#include <sip/sdp.h>

enum { KEY_TEXT = 40 }; /* 30 bytes in base64 */

static const char *const suites[] = {
	[USHER__SRTP_SHA1_80] = "AES_CM_128_HMAC_SHA1_80",
	[USHER__SRTP_SHA1_32] = "AES_CM_128_HMAC_SHA1_32",
};

/* The next word, up to blanks. */
static size_t word(const char **p, const char *end, const char **ret)
{
	while (*p < end && (**p == ' ' || **p == '\t'))
		(*p)++;
	*ret = *p;
	while (*p < end && **p != ' ' && **p != '\t')
		(*p)++;
	return (size_t)(*p - *ret);
}

static bool read_tag(const char *p, size_t n, uint32_t *ret)
{
	uint32_t tag = 0;

	if (!n || n > 9)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		tag = tag * 10 + (uint32_t)(p[i] - '0');
	}
	*ret = tag;
	return true;
}

static uint8_t read_suite(const char *p, size_t n)
{
	for (uint8_t i = 1; i < sizeof(suites) / sizeof(suites[0]); i++) {
		if (strlen(suites[i]) == n && !strncasecmp(suites[i], p, n))
			return i;
	}
	return USHER__SRTP_NONE;
}

static bool is_base64(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool letter = (p[i] >= 'A' && p[i] <= 'Z') ||
			      (p[i] >= 'a' && p[i] <= 'z');

		if (!letter && !(p[i] >= '0' && p[i] <= '9') && p[i] != '+' &&
		    p[i] != '/')
			return false;
	}
	return true;
}

/* Digits, of which there are some. */
static bool is_number(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
	}
	return n > 0;
}

/* "2^31" or "1048576": how long the key is good; no call of ours lasts so
 * long. */
static bool is_lifetime(const char *p, size_t n)
{
	if (n > 2 && !memcmp(p, "2^", 2)) {
		p += 2;
		n -= 2;
	}
	return n < 20 && is_number(p, n);
}

/* "1:4": the identifier, and in how many bytes. */
static bool read_mki(const char *p, size_t n, struct usher__srtp_key *key)
{
	const char *colon = memchr(p, ':', n);
	size_t digits = colon ? (size_t)(colon - p) : 0;
	unsigned size, i;
	uint64_t value = 0;

	if (!colon || !is_number(p, digits) || digits > 10 ||
	    n != digits + 2 || !is_number(colon + 1, 1))
		return false;
	size = (unsigned)(colon[1] - '0');
	for (i = 0; i < digits; i++)
		value = value * 10 + (uint64_t)(p[i] - '0');
	if (!size || size > USHER__SRTP_MKI_MAX || value >> 8 * size)
		return false;
	key->mki_len = (uint8_t)size;
	for (i = size; i--; value >>= 8)
		key->mki[i] = (uint8_t)value;
	return true;
}

/* What stands behind a key: "|2^20", "|1:4", or both in this order. */
static bool read_rest(const char *p, size_t n, struct usher__srtp_key *key)
{
	const char *end = p + n, *bar;
	bool lifetime = false;
	size_t len;

	while (p < end) {
		if (*p++ != '|' || key->mki_len)
			return false;
		bar = memchr(p, '|', (size_t)(end - p));
		len = (size_t)((bar ? bar : end) - p);
		if (!lifetime && is_lifetime(p, len))
			lifetime = true;
		else if (!read_mki(p, len, key))
			return false;
		p += len;
	}
	return true;
}

static bool read_key(const char *p, size_t n, struct usher__srtp_key *key)
{
	static const char method[] = "inline:";
	size_t skip = sizeof(method) - 1, got = USHER__SRTP_KEY;

	if (n < skip + KEY_TEXT || strncasecmp(p, method, skip))
		return false;
	p += skip;
	n -= skip;
	return is_base64(p, KEY_TEXT) &&
	       read_rest(p + KEY_TEXT, n - KEY_TEXT, key) &&
	       !base64_decode(p, KEY_TEXT, key->bytes, &got) &&
	       got == USHER__SRTP_KEY;
}

int usher__sdp_crypto_read(struct usher__sdp_crypto *ret, const char *text,
			   size_t len)
{
	const char *p = text, *end = text + len, *at;
	struct usher__sdp_crypto crypto = {.tag = 0};
	size_t n = word(&p, end, &at);
	int rc = USHER_ENOTSUP;

	if (!read_tag(at, n, &crypto.tag))
		goto out;
	n = word(&p, end, &at);
	crypto.key.suite = read_suite(at, n);
	n = word(&p, end, &at);
	if (!crypto.key.suite || !read_key(at, n, &crypto.key))
		goto out;
	while ((n = word(&p, end, &at))) {
		if (n < 4 || strncasecmp(at, "WSH=", 4))
			goto out;
	}
	*ret = crypto;
	rc = 0;
out:
	explicit_bzero(&crypto, sizeof(crypto));
	return rc;
}

size_t usher__sdp_crypto_print(char *text,
			       const struct usher__sdp_crypto *crypto)
{
	char key[KEY_TEXT + 1] = "";
	size_t got = KEY_TEXT;
	int n;

	(void)base64_encode(crypto->key.bytes, USHER__SRTP_KEY, key, &got);
	n = snprintf(text, USHER__SDP_CRYPTO_MAX,
		     "a=crypto:%u %s inline:%s\r\n", crypto->tag,
		     suites[crypto->key.suite], key);
	explicit_bzero(key, sizeof(key));
	return (size_t)n;
}

bool usher__own_key(struct usher__sdp_crypto *ours, uint8_t suite,
		    uint32_t tag)
{
	struct usher__srtp_key *key = &ours->key;

	ours->tag = tag;
	if (key->suite == suite)
		return true;
	key->suite = USHER__SRTP_NONE;
	if (suite && getrandom(key->bytes, sizeof(key->bytes), 0) !=
			     (ssize_t)sizeof(key->bytes))
		return false;
	key->suite = suite;
	return true;
}
