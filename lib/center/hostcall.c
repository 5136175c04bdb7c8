/* What centers and callers ask of a host, from any thread. */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "center/hostcall.h"
#include "sip/loop.h"

void usher__host_log(struct usher_host *host, int level, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (!host->opts.log)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	host->opts.log(host->opts.log_arg, level, line);
}

int usher__host_alive(const struct usher_host *host)
{
	pid_t pid = atomic_load(&host->pid);

	return pid && pid != getpid() ? USHER_EFORK : 0;
}

/* A caller who has seen the loop running may find it stopped, never freed:
 * that waits for usher_host_free(). */
int usher__host_call(struct usher_host *host, int (*fn)(void *arg), void *arg)
{
	struct usher__loop *loop;

	if (usher__host_alive(host))
		return USHER_EFORK;
	loop = atomic_load(&host->running);
	return loop ? usher__loop_call(loop, fn, arg) : USHER_ECLOSED;
}
