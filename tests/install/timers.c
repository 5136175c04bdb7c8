/* Which timers does libusher run on?
 *
 * The program is its own wall clock: libre's timers read gettimeofday(), the
 * wheel reads the monotonic clock. A phone calls somebody who never answers;
 * the wall clock is put back by an hour, and the INVITEs that follow are
 * counted. With libre's own timers none comes any more; with the wheel they
 * come after 500, 1500 and 3500 ms.
 *
 * Compiled in four ways: with the shared library, with the archive, opening
 * the library itself (-DOPEN), and as a host that links libre before us and
 * keeps using its timers (-DHOST). Prints "wheel" or "list".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <usher/call.h>

#ifdef HOST
#include <re.h>

struct list *tmrl_get(void);
#endif

#define LISTEN_MS 2500

static volatile long wall_step_s;

/* Takes the C library's place for every library of this process. */
int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	struct timespec ts;

	(void)tz;
	clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec + wall_step_s;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

static struct {
	void (*opts_init)(struct usher_phone_opts *, size_t);
	int (*make)(struct usher_phone **, const struct usher_phone_opts *,
		    struct usher_error *);
	void (*call_opts_init)(struct usher_phone_call_opts *, size_t);
	int (*place)(struct usher_phone *,
		     const struct usher_phone_call_opts *, uint64_t *,
		     uint64_t *);
	void (*destroy)(struct usher_phone *);
} api;

static void fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

#ifdef OPEN
static void *symbol(void *library, const char *name)
{
	void *found = dlsym(library, name);

	if (!found)
		fail(name);
	return found;
}

static void bind_api(void)
{
	void *library = dlopen("libusher.so.0", RTLD_NOW | RTLD_LOCAL);

	if (!library)
		fail(dlerror());
	*(void **)&api.opts_init = symbol(library, "usher_phone_opts_init");
	*(void **)&api.make = symbol(library, "usher_phone_new");
	*(void **)&api.call_opts_init =
		symbol(library, "usher_phone_call_opts_init");
	*(void **)&api.place = symbol(library, "usher_phone_place");
	*(void **)&api.destroy = symbol(library, "usher_phone_free");
	if (dlsym(RTLD_DEFAULT, "tmr_start"))
		fail("libre is visible in the process");
}
#else
static void bind_api(void)
{
	api.opts_init = usher_phone_opts_init;
	api.make = usher_phone_new;
	api.call_opts_init = usher_phone_call_opts_init;
	api.place = usher_phone_place;
	api.destroy = usher_phone_free;
}
#endif

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int mute_peer(char *uri, size_t size)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    getsockname(fd, (struct sockaddr *)&addr, &len))
		fail("no port");
	snprintf(uri, size, "sip:nobody@127.0.0.1:%d", ntohs(addr.sin_port));
	return fd;
}

/* INVITEs that arrive within a time; returns early after max. */
static int invites(int fd, long within_ms, int max)
{
	long until_ms = now_ms() + within_ms;
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	char packet[4096];
	int count = 0;

	while (count < max && now_ms() < until_ms) {
		if (poll(&pfd, 1, (int)(until_ms - now_ms())) != 1)
			break;
		if (recv(fd, packet, sizeof(packet), 0) > 7 &&
		    !memcmp(packet, "INVITE ", 7))
			count++;
	}
	return count;
}

#ifdef HOST
static int host_fired;

static void host_timeout(void *arg)
{
	(void)arg;
	host_fired++;
	re_cancel();
}

/* The host's own timers are libre's own list, before and after. */
static void host_check(void)
{
	struct tmr tmr = {0};
	Dl_info info;

	if (!dladdr((void *)&tmr_start, &info) ||
	    !strstr(info.dli_fname, "libre.so"))
		fail("the host's tmr_start is not libre's");
	tmr_start(&tmr, 50, host_timeout, NULL);
	if (tmrl_get()->head != &tmr.le)
		fail("the host's timer is not on libre's list");
	host_fired = 0;
	if (re_main(NULL) || host_fired != 1)
		fail("the host's timer did not fire");
}
#endif

int main(void)
{
	struct usher_phone_call_opts call_opts;
	struct usher_phone_opts opts;
	struct usher_phone *phone;
	struct usher_error err = {0};
	uint64_t request, call;
	char uri[64];
	int fd = mute_peer(uri, sizeof(uri)), again;

#ifdef HOST
	if (libre_init())
		fail("libre_init");
	host_check();
#endif
	bind_api();
	api.opts_init(&opts, sizeof(opts));
	if (api.make(&phone, &opts, &err))
		fail(err.message);
	api.call_opts_init(&call_opts, sizeof(call_opts));
	call_opts.uri = uri;
	if (api.place(phone, &call_opts, &call, &request))
		fail("place");
	if (invites(fd, 5000, 1) != 1)
		fail("no INVITE");
	usleep(100000); /* its timer has been started by then */
	wall_step_s = -3600;
	again = invites(fd, LISTEN_MS, 3);
	wall_step_s = 0;
	api.destroy(phone);
#ifdef HOST
	host_check();
	libre_close();
#endif
	puts(again >= 2 ? "wheel" : again == 0 ? "list" : "unclear");
	close(fd);
	return 0;
}
