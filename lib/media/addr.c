/* Addresses: read, and compared. */
#include <arpa/inet.h>
#include <string.h>
#include <usher/error.h>
#include "media/addr.h"

int usher__maddr_parse(const char *ip, uint16_t port, union usher__maddr *addr)
{
	union usher__maddr out = {0};

	if (inet_pton(AF_INET, ip, &out.in.sin_addr) == 1) {
		out.in.sin_family = AF_INET;
		out.in.sin_port = htons(port);
	} else if (inet_pton(AF_INET6, ip, &out.in6.sin6_addr) == 1) {
		out.in6.sin6_family = AF_INET6;
		out.in6.sin6_port = htons(port);
	} else {
		return USHER_EINVAL;
	}
	*addr = out;
	return 0;
}

bool usher__maddr_equal(const union usher__maddr *a,
			const union usher__maddr *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_port == b->in.sin_port &&
		       a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return a->in6.sin6_port == b->in6.sin6_port &&
	       memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, 16) == 0;
}

bool usher__maddr_same_host(const union usher__maddr *a,
			    const union usher__maddr *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, 16) == 0;
}
