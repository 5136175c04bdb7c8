/* Where packets come from and go to. */
#ifndef USHER_MEDIA_ADDR_H
#define USHER_MEDIA_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

union usher__maddr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* addr.c */
int usher__maddr_parse(const char *ip, uint16_t port,
		       union usher__maddr *addr);
bool usher__maddr_equal(const union usher__maddr *a,
			const union usher__maddr *b);
bool usher__maddr_same_host(const union usher__maddr *a,
			    const union usher__maddr *b);

#endif
