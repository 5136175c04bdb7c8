/* Lines of text over TCP as a channel. Each connection is a contact, each
 * line a message; prompts and agents' words come back as lines.
 *
 * One thread waits for the sockets and reports what they say. The center's
 * verbs come on its own thread, so the table of connections has a lock.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "text.h"

#define CONNECTIONS_MAX 64
#define LINE_MAX_BYTES  1000

struct connection {
	uint64_t leg; /* 0: free */
	int fd;
	size_t len;
	char line[LINE_MAX_BYTES];
};

struct text {
	struct usher_channel *channel;
	pthread_t thread;
	pthread_mutex_t lock;
	int fd;
	int wake[2]; /* closed to end the thread */
	struct connection connections[CONNECTIONS_MAX];
};

/* Under the lock. */
static struct connection *find(struct text *text, uint64_t leg)
{
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		if (text->connections[i].leg == leg)
			return &text->connections[i];
	return NULL;
}

static int say(void *arg, uint64_t req, uint64_t leg, const char *words)
{
	struct text *text = arg;
	struct connection *c;
	char line[USHER_CHANNEL_TEXT_MAX + 2];
	size_t len = strnlen(words, USHER_CHANNEL_TEXT_MAX);
	int err = USHER_ENOENT;

	memcpy(line, words, len);
	line[len++] = '\n';
	pthread_mutex_lock(&text->lock);
	c = find(text, leg);
	if (c)
		err = send(c->fd, line, len, MSG_NOSIGNAL | MSG_DONTWAIT) ==
				      (ssize_t)len
			      ? 0
			      : USHER_EIO;
	pthread_mutex_unlock(&text->lock);
	return err ? err : usher_channel_done(text->channel, req, 0, 0);
}

static int prompt(void *arg, uint64_t req, uint64_t leg,
		  const struct usher_channel_prompt *words)
{
	return say(arg, req, leg, words->text ? words->text : "");
}

static int accept_leg(void *arg, uint64_t req, uint64_t leg)
{
	struct text *text = arg;

	(void)leg;
	return usher_channel_done(text->channel, req, 0, 0);
}

/* The thread sees the end of the stream and reports it. */
static int end_leg(void *arg, uint64_t req, uint64_t leg, int reason)
{
	struct text *text = arg;
	struct connection *c;

	(void)reason;
	pthread_mutex_lock(&text->lock);
	c = find(text, leg);
	if (c)
		shutdown(c->fd, SHUT_RDWR);
	pthread_mutex_unlock(&text->lock);
	return usher_channel_done(text->channel, req, 0, 0);
}

static void arrived(struct text *text)
{
	const struct usher_channel_arrival arrival = {
		.size = sizeof(arrival), .entry = "text", .from = "socket"};
	int fd = accept4(text->fd, NULL, NULL, SOCK_CLOEXEC);
	struct connection *c;

	if (fd < 0)
		return;
	pthread_mutex_lock(&text->lock);
	c = find(text, 0);
	if (!c || usher_channel_arrived(text->channel, &arrival, &c->leg)) {
		close(fd);
	} else {
		c->fd = fd;
		c->len = 0;
	}
	pthread_mutex_unlock(&text->lock);
}

static void readable(struct text *text, struct connection *c)
{
	ssize_t n = read(c->fd, c->line + c->len, sizeof(c->line) - c->len);
	char *end;

	if (n <= 0 || c->len + (size_t)n == sizeof(c->line)) {
		usher_channel_ended(text->channel, c->leg, USHER_LEG_NORMAL);
		pthread_mutex_lock(&text->lock);
		close(c->fd);
		c->leg = 0;
		pthread_mutex_unlock(&text->lock);
		return;
	}
	c->len += (size_t)n;
	while ((end = memchr(c->line, '\n', c->len))) {
		usher_channel_text(text->channel, c->leg, c->line,
				   (size_t)(end - c->line));
		c->len -= (size_t)(end + 1 - c->line);
		memmove(c->line, end + 1, c->len);
	}
}

static void *run(void *arg)
{
	struct pollfd fds[CONNECTIONS_MAX + 2];
	struct text *text = arg;

	for (;;) {
		fds[0] =
			(struct pollfd){.fd = text->wake[0], .events = POLLIN};
		fds[1] = (struct pollfd){.fd = text->fd, .events = POLLIN};
		for (int i = 0; i < CONNECTIONS_MAX; i++)
			fds[i + 2] = (struct pollfd){
				.fd = text->connections[i].leg
					      ? text->connections[i].fd
					      : -1,
				.events = POLLIN};
		if (poll(fds, CONNECTIONS_MAX + 2, -1) < 0 || fds[0].revents)
			return NULL;
		for (int i = 0; i < CONNECTIONS_MAX; i++)
			if (fds[i + 2].revents)
				readable(text, &text->connections[i]);
		if (fds[1].revents)
			arrived(text);
	}
}

static int start(void *arg, struct usher_channel *channel)
{
	struct text *text = arg;

	text->channel = channel;
	return pthread_create(&text->thread, NULL, run, text) ? USHER_EIO : 0;
}

static void stop(void *arg)
{
	struct text *text = arg;

	close(text->wake[1]);
	pthread_join(text->thread, NULL);
}

const struct usher_channel_driver text_driver = {
	.size = sizeof(text_driver),
	.name = "text",
	.kind = "chat",
	.capabilities = USHER_CAP_LIVE | USHER_CAP_TEXT | USHER_CAP_IN,
	.start = start,
	.stop = stop,
	.accept = accept_leg,
	.prompt = prompt,
	.send = say,
	.end = end_leg,
};

int text_new(struct text **ret, uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct text *text = calloc(1, sizeof(*text));
	const int on = 1;

	if (!text)
		return USHER_ENOMEM;
	pthread_mutex_init(&text->lock, NULL);
	text->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(text->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (text->fd < 0 || bind(text->fd, (void *)&at, sizeof(at)) ||
	    listen(text->fd, 16) || pipe2(text->wake, O_CLOEXEC)) {
		close(text->fd);
		free(text);
		return USHER_EIO;
	}
	*ret = text;
	return 0;
}

uint16_t text_port(const struct text *text)
{
	struct sockaddr_in at = {0};
	socklen_t len = sizeof(at);

	getsockname(text->fd, (struct sockaddr *)&at, &len);
	return ntohs(at.sin_port);
}

void text_free(struct text *text)
{
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		if (text->connections[i].leg)
			close(text->connections[i].fd);
	close(text->fd);
	close(text->wake[0]);
	pthread_mutex_destroy(&text->lock);
	free(text);
}
