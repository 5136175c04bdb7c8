/* A host's process with a server in it: what the host set up is as it was, and
 * a child that frees what it inherited takes nothing from its parent. Prints a
 * line for each check that fails. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <usher/server.h>

#include "manners.h"

#define ANSWER_MS 10000
#define TEXT      65536

static const char config[] = "sip: {listen: '127.0.0.1:25060'}\n"
			     "media: {ports: 33000-33099}\n"
			     "http: {listen: '127.0.0.1:28080'}\n"
			     "agents: {anna: {endpoints: [app]}}\n";

static struct usher_server *server_new(const char *file)
{
	struct usher_server *server = NULL;
	struct usher_server_opts opts;
	struct usher_error err = {0};

	usher_server_opts_init(&opts, sizeof(opts));
	opts.config_file = file;
	opts.port_tries = 100;
	if (usher_server_new(&server, &opts, &err))
		fprintf(report, "%s\n", err.message);
	return server;
}

static struct sockaddr_in http_address(const struct usher_server *server)
{
	struct usher_server_info info = {.size = sizeof(info)};
	struct sockaddr_in to = {.sin_family = AF_INET};
	char *colon;

	check(!usher_server_info(server, &info), "info");
	colon = strrchr(info.http_address, ':');
	check(colon != NULL, "an address of HTTP");
	if (!colon)
		return to;
	to.sin_port = htons((uint16_t)atoi(colon + 1));
	*colon = '\0';
	inet_pton(AF_INET, info.http_address, &to.sin_addr);
	return to;
}

static int http_connect(const struct usher_server *server)
{
	struct sockaddr_in to = http_address(server);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	check(!connect(fd, (struct sockaddr *)&to, sizeof(to)), "connect");
	return fd;
}

static int threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *entry;
	int n = 0;

	while (tasks && (entry = readdir(tasks)))
		n += entry->d_name[0] != '.';
	if (tasks)
		closedir(tasks);
	return n;
}

/* Of a server that was freed nothing runs and nothing answers. */
static void gone(struct sockaddr_in to)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	check(threads() == 1, "no thread is left");
	check(connect(fd, (struct sockaddr *)&to, sizeof(to)) &&
		      errno == ECONNREFUSED,
	      "nobody listens any more");
	close(fd);
}

/* Read until the text is there; 0 or -1. Frames of a server are not masked, so
 * JSON can be looked for in the bytes. */
static int hear(int fd, const char *text)
{
	static char said[TEXT];
	struct pollfd readable = {fd, POLLIN, 0};
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(said) - 1 && poll(&readable, 1, ANSWER_MS) == 1) {
		n = read(fd, said + len, sizeof(said) - 1 - len);
		if (n <= 0)
			return -1;
		len += (size_t)n;
		if (memmem(said, len, text, strlen(text)))
			return 0;
	}
	return -1;
}

static int listen_to_events(const struct usher_server *server)
{
	static const char request[] =
		"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
		"Upgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
		"Sec-WebSocket-Version: 13\r\n\r\n";
	int fd = http_connect(server);

	check(write(fd, request, sizeof(request) - 1) ==
		      (ssize_t)sizeof(request) - 1,
	      "write");
	check(!hear(fd, "\"snapshot\""), "a WebSocket greets");
	return fd;
}

/* Something happens, and whoever listens is told. */
static void pause_anna(struct usher_server *server, int events,
		       const char *reason)
{
	struct usher_center *center = usher_server_center(server, 0);
	struct usher_request request = {.size = sizeof(request),
					.type = USHER_REQ_PAUSE,
					.text = reason};
	uint64_t id;

	request.agent = usher_center_agent_id(center, "anna");
	check(!usher_center_request(center, &request, &id, NULL), "request");
	check(!hear(events, reason), "a WebSocket tells what happens");
}

static void in_child(struct usher_server *server)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		if (usher_server_reload(server, NULL) != USHER_EFORK)
			_exit(1);
		usher_server_free(server);
		_exit(0);
	}
	check(pid > 0 && waitpid(pid, &status, 0) == pid && !status,
	      "a forked child is told USHER_EFORK and frees nothing");
}

static void serve(const char *file, const struct sigaction *before,
		  const unsigned char *fds)
{
	struct usher_server *server = server_new(file);
	struct sigaction now[SIGNALS];
	struct sockaddr_in at;
	int events, again;

	check(server != NULL, "start");
	if (!server)
		return;
	dispositions(now);
	check(same(before, now), "dispositions while a server runs");
	events = listen_to_events(server);
	check(!would_survive(fds), "close-on-exec");
	check(!listening_threads(), "our threads block signals");
	pause_anna(server, events, "before-the-child");
	in_child(server);
	pause_anna(server, events, "after-the-child");
	again = listen_to_events(server);
	pause_anna(server, again, "to-a-newcomer");
	check(!usher_server_reload(server, NULL), "reload after the child");
	close(again);
	close(events);
	at = http_address(server);
	usher_server_free(server);
	gone(at);
}

int main(void)
{
	struct sigaction before[SIGNALS], now[SIGNALS];
	unsigned char fds[FDS];
	char file[] = "/tmp/manners-yaml-XXXXXX";
	int said = listen_to_output(), fd = mkstemp(file), round;

	if (write(fd, config, sizeof(config) - 1) < 0)
		return 1;
	close(fd);
	own_signals();
	dispositions(before);
	open_fds(fds);
	for (round = 0; round < 2; round++)
		serve(file, before, fds);
	dispositions(now);
	check(same(before, now), "dispositions when servers are gone");
	check(lseek(said, 0, SEEK_END) == 0, "nothing was printed");
	unlink(file);
	fprintf(report, "%d failed\n", failures);
	fclose(report);
	return failures != 0;
}
