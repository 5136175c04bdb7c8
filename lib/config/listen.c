#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

#define HOST                                                                  \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

int usher__listen_move(struct usher__listen *listen, const char *address)
{
	struct in_addr v4;
	struct in6_addr v6;
	size_t len = strlen(address);

	if (len >= sizeof(listen->address))
		return -1;
	if (inet_pton(AF_INET, address, &v4) == 1) {
		listen->ipv6 = false;
		listen->loopback = ntohl(v4.s_addr) >> 24 == 127;
	} else if (inet_pton(AF_INET6, address, &v6) == 1) {
		listen->ipv6 = true;
		listen->loopback = IN6_IS_ADDR_LOOPBACK(&v6);
	} else {
		return -1;
	}
	memcpy(listen->address, address, len + 1);
	return 0;
}

bool usher__host_ok(const char *text)
{
	struct usher__listen address;
	size_t label = 0;

	if (!usher__listen_move(&address, text))
		return true;
	/* Of digits and dots alone it was meant for an address. */
	if (!text[strspn(text, "0123456789.")] || text[strspn(text, HOST)])
		return false;
	for (; *text; ++text) {
		if (*text == '.' && !label)
			return false;
		label = *text == '.' ? 0 : label + 1;
	}
	return true;
}

int usher__listen_parse(struct usher__listen *ret, const char *text)
{
	struct usher__listen found = {0};
	char address[sizeof(found.address)];
	const char *colon = strrchr(text, ':');
	const char *start = text;
	const char *end = colon;
	char *rest;
	unsigned long port;

	if (!colon || colon == text)
		return -1;
	if (*text == '[') {
		if (colon[-1] != ']')
			return -1;
		++start;
		--end;
	} else if (memchr(text, ':', (size_t)(colon - text))) {
		return -1;
	}
	if ((size_t)(end - start) >= sizeof(address))
		return -1;
	memcpy(address, start, (size_t)(end - start));
	address[end - start] = 0;
	if (colon[1] < '0' || colon[1] > '9' || strlen(colon + 1) > 5)
		return -1;
	port = strtoul(colon + 1, &rest, 10);
	if (*rest || port > 65535 || usher__listen_move(&found, address) ||
	    found.ipv6 != (*text == '['))
		return -1;
	found.port = (uint16_t)port;
	*ret = found;
	return 0;
}

void usher__listen_text(const struct usher__listen *listen, char *buf,
			size_t size)
{
	if (!listen->address[0])
		snprintf(buf, size, "%s", "");
	else if (listen->ipv6)
		snprintf(buf, size, "[%s]:%u", listen->address, listen->port);
	else
		snprintf(buf, size, "%s:%u", listen->address, listen->port);
}
