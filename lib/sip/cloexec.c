/* libre opens its descriptors without close-on-exec, and most of them it
 * hides. Where it is linked in privately, the linker is told to send its
 * calls here (--wrap), so that no descriptor of ours survives fork and exec,
 * even when another thread of the host does that at this very moment. */
#include <sys/epoll.h>
#include <sys/socket.h>

int __wrap_socket(int domain, int type, int protocol);
int __wrap_accept(int fd, struct sockaddr *addr, socklen_t *len);
int __wrap_epoll_create(int size);
int __real_socket(int domain, int type, int protocol);

int __wrap_socket(int domain, int type, int protocol)
{
	return __real_socket(domain, type | SOCK_CLOEXEC, protocol);
}

int __wrap_accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	return accept4(fd, addr, len, SOCK_CLOEXEC);
}

int __wrap_epoll_create(int size)
{
	(void)size;
	return epoll_create1(EPOLL_CLOEXEC);
}
