/* Connections by peer, so that one cannot take the places of all others. */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "http/priv.h"

/* Of IPv6 the first 64 bits: whoever has one address there has them all. */
static int address_of(int fd, unsigned char address[16])
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} peer;
	socklen_t len = sizeof(peer);

	memset(&peer, 0, sizeof(peer));
	memset(address, 0, 16);
	if (getpeername(fd, &peer.any, &len))
		return -1;
	if (peer.any.sa_family == AF_INET) {
		memcpy(address, mapped, 12);
		memcpy(address + 12, &peer.in.sin_addr, 4);
	} else if (peer.any.sa_family == AF_INET6) {
		memcpy(address, &peer.in6.sin6_addr,
		       IN6_IS_ADDR_V4MAPPED(&peer.in6.sin6_addr) ? 16 : 8);
	} else {
		return -1;
	}
	return 0;
}

bool usher__peer_full(const struct usher__peer *peers, int fd)
{
	unsigned char address[16];
	unsigned count = 0;

	if (address_of(fd, address))
		return true; /* gone already */
	for (size_t i = 0; i < USHER__HTTP_CONNECTIONS_MAX; ++i)
		count += peers[i].taken &&
			 memcmp(peers[i].address, address, 16) == 0;
	return count >= USHER__HTTP_PEER_MAX;
}

struct usher__peer *usher__peer_take(struct usher__peer *peers, int fd)
{
	for (size_t i = 0; i < USHER__HTTP_CONNECTIONS_MAX; ++i) {
		if (peers[i].taken)
			continue;
		address_of(fd, peers[i].address);
		peers[i].taken = true;
		return &peers[i];
	}
	return NULL;
}
