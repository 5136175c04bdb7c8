/* Sockets that listen, so that one that cannot be served may rest.
 *
 * A connection that cannot be taken stays where it is, and the loop would be
 * woken for it for ever. libre has no way to look away for a while: what it
 * listens with is remembered, taken from it, and given back. */
#include <sys/socket.h>

#include <sip/impl.h>

struct listener {
	struct le le;
	int fd;
	fd_h *fh;
	void *arg;
	bool resting;
	struct tmr tmr;
};

/* Those of this thread. */
static _Thread_local struct list listeners;

static void listener_destructor(void *arg)
{
	struct listener *listener = arg;

	tmr_cancel(&listener->tmr);
	list_unlink(&listener->le);
}

static struct listener *find(int fd)
{
	struct le *le;

	for (le = listeners.head; le; le = le->next) {
		struct listener *listener = le->data;

		if (listener->fd == fd)
			return listener;
	}
	return NULL;
}

static bool listens(int fd)
{
	int on = 0;
	socklen_t len = sizeof(on);

	return !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) && on;
}

void usher__listener_seen(int fd, int flags, fd_h *fh, void *arg)
{
	struct listener *listener = find(fd);

	if (flags != FD_READ) {
		if (listener && !listener->resting)
			mem_deref(listener);
		return;
	}
	if (!listener) {
		if (!listens(fd))
			return;
		listener = mem_zalloc(sizeof(*listener), listener_destructor);
		if (!listener)
			return;
		tmr_init(&listener->tmr);
		listener->fd = fd;
		list_append(&listeners, &listener->le, listener);
	}
	listener->fh = fh;
	listener->arg = arg;
}

void usher__listener_closed(int fd)
{
	mem_deref(find(fd));
}

static void go_on(void *arg)
{
	struct listener *listener = arg;

	if (fd_listen(listener->fd, FD_READ, listener->fh, listener->arg)) {
		tmr_start(&listener->tmr, USHER__SIP_REST_MS, go_on, listener);
		return;
	}
	listener->resting = false;
}

void usher__listener_rest(int fd)
{
	struct listener *listener = find(fd);

	if (!listener || listener->resting)
		return;
	listener->resting = true;
	(void)fd_listen(fd, 0, NULL, NULL);
	tmr_start(&listener->tmr, USHER__SIP_REST_MS, go_on, listener);
}
