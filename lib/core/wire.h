/* Numbers as the binary form has them, and reading that stops at the end. */
#ifndef USHER_CORE_WIRE_H
#define USHER_CORE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the longest varint. */
#define USHER__VARINT_MAX 10

static inline size_t usher__varint_size(uint64_t value)
{
	size_t size = 1;

	while (value >= 0x80) {
		value >>= 7;
		size++;
	}
	return size;
}

static inline unsigned char *usher__varint_put(unsigned char *out,
					       uint64_t value)
{
	while (value >= 0x80) {
		*out++ = (unsigned char)(value | 0x80);
		value >>= 7;
	}
	*out++ = (unsigned char)value;
	return out;
}

/* What is still to be read; bad: it was not what it should be. */
struct usher__in {
	const unsigned char *at;
	const unsigned char *end;
	bool bad;
};

static inline uint64_t usher__varint_get(struct usher__in *in)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned char byte;

		if (in->at == in->end)
			break;
		byte = *in->at++;
		/* the tenth byte holds one bit */
		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	in->bad = true;
	return 0;
}

static inline uint64_t usher__zigzag(int64_t value)
{
	return (uint64_t)value << 1 ^ (uint64_t)(value < 0 ? -1 : 0);
}

static inline int64_t usher__unzigzag(uint64_t value)
{
	return (int64_t)(value >> 1 ^ (~(value & 1) + 1));
}

static inline unsigned char *usher__fixed_put(unsigned char *out,
					      uint64_t value)
{
	for (int i = 0; i < 8; i++)
		*out++ = (unsigned char)(value >> (8 * i));
	return out;
}

static inline uint64_t usher__fixed_get(const unsigned char *at)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

static inline const unsigned char *usher__bytes_get(struct usher__in *in,
						    uint64_t len)
{
	const unsigned char *at = in->at;

	if (in->bad || len > (uint64_t)(in->end - at)) {
		in->bad = true;
		return NULL;
	}
	in->at += len;
	return at;
}

#endif
