#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/priv.h"

/* Asked before libwebsockets is, which would try again for ever. */
int usher__port_taken(const struct usher__listen *at)
{
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6,
				    .sin6_port = htons(at->port)};
	struct sockaddr_in sin = {.sin_family = AF_INET,
				  .sin_port = htons(at->port)};
	int one = 1;
	int fd = socket(at->ipv6 ? AF_INET6 : AF_INET,
			SOCK_STREAM | SOCK_CLOEXEC, 0);
	int e;

	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	inet_pton(AF_INET6, at->address, &sin6.sin6_addr);
	inet_pton(AF_INET, at->address, &sin.sin_addr);
	if (at->ipv6)
		e = bind(fd, (struct sockaddr *)&sin6, sizeof(sin6));
	else
		e = bind(fd, (struct sockaddr *)&sin, sizeof(sin));
	/* Binding alone succeeds beside another that does not listen yet. */
	if (!e)
		e = listen(fd, 1);
	e = e ? errno : 0;
	close(fd);
	return e;
}
