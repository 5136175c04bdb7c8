/* Which bytes are characters: RFC 3629. */
#include "http/priv.h"

size_t usher__utf8(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	uint32_t least, c;
	size_t n;

	if (!len)
		return 0;
	if (*p < 0x80)
		return 1;
	n = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
	if (*p < 0xc2 || *p > 0xf4 || len < n)
		return 0;
	c = *p & (0x7fu >> n);
	least = n == 4 ? 0x10000 : n == 3 ? 0x800 : 0x80;
	for (size_t i = 1; i < n; ++i) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return n;
}
