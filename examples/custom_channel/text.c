/* Lines of text over TCP as a channel. Each connection is a contact, each
 * line a message; prompts and agents' words come back as lines. A thread
 * accepts, one a connection reads; the center's verbs come on its own thread,
 * so the list of connections has a lock. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "text.h"

struct connection {
	struct connection *next;
	struct text *text;
	uint64_t leg;
	FILE *in;
};

struct text {
	struct usher_channel *channel;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t left;
	struct connection *all;
	int fd;
};

/* Under the lock: the socket of a leg, or −1. */
static int socket_of(struct text *text, uint64_t leg)
{
	struct connection *c = text->all;

	while (c && c->leg != leg)
		c = c->next;
	return c ? fileno(c->in) : -1;
}

static int say(void *arg, uint64_t req, uint64_t leg, const char *words)
{
	char line[USHER_CHANNEL_TEXT_MAX + 2];
	struct text *text = arg;
	int len = snprintf(line, sizeof(line), "%s\n", words), fd;

	pthread_mutex_lock(&text->lock);
	fd = socket_of(text, leg);
	len = fd < 0 ? -1
		     : (int)send(fd, line, strnlen(line, (size_t)len),
				 MSG_NOSIGNAL | MSG_DONTWAIT);
	pthread_mutex_unlock(&text->lock);
	return len < 0 ? USHER_ENOENT
		       : usher_channel_done(text->channel, req, 0, 0);
}

static int prompt(void *arg, uint64_t req, uint64_t leg,
		  const struct usher_channel_prompt *words)
{
	return say(arg, req, leg, words->text ? words->text : "");
}

static int accept_leg(void *arg, uint64_t req, uint64_t leg)
{
	(void)leg;
	return usher_channel_done(((struct text *)arg)->channel, req, 0, 0);
}

/* Its thread sees the end of the stream and reports it. */
static int end_leg(void *arg, uint64_t req, uint64_t leg, int reason)
{
	struct text *text = arg;

	(void)reason;
	pthread_mutex_lock(&text->lock);
	shutdown(socket_of(text, leg), SHUT_RDWR);
	pthread_mutex_unlock(&text->lock);
	return usher_channel_done(text->channel, req, 0, 0);
}

static void *read_lines(void *arg)
{
	struct connection *c = arg, **p;
	struct text *text = c->text;
	char line[1000];

	while (fgets(line, sizeof(line), c->in))
		usher_channel_text(text->channel, c->leg, line,
				   strcspn(line, "\r\n"));
	usher_channel_ended(text->channel, c->leg, USHER_LEG_NORMAL);
	pthread_mutex_lock(&text->lock);
	for (p = &text->all; *p != c;)
		p = &(*p)->next;
	*p = c->next;
	fclose(c->in);
	free(c);
	pthread_cond_signal(&text->left);
	pthread_mutex_unlock(&text->lock);
	return NULL;
}

/* Under the lock, so that the center's first words find the connection. */
static void welcome(struct text *text, int fd)
{
	const struct usher_channel_arrival arrival = {
		.size = sizeof(arrival), .entry = "text", .from = "socket"};
	struct connection *c = calloc(1, sizeof(*c));
	pthread_t thread;

	if (!c || !(c->in = fdopen(fd, "r"))) {
		close(fd);
		free(c);
		return;
	}
	if (usher_channel_arrived(text->channel, &arrival, &c->leg)) {
		fclose(c->in);
		free(c);
		return;
	}
	c->text = text;
	c->next = text->all;
	text->all = c;
	if (!pthread_create(&thread, NULL, read_lines, c)) {
		pthread_detach(thread);
		return;
	}
	usher_channel_ended(text->channel, c->leg, USHER_LEG_FAILED);
	text->all = c->next;
	fclose(c->in);
	free(c);
}

static void *serve(void *arg)
{
	struct text *text = arg;
	int fd;

	while ((fd = accept4(text->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		pthread_mutex_lock(&text->lock);
		welcome(text, fd);
		pthread_mutex_unlock(&text->lock);
	}
	return NULL;
}

static int start(void *arg, struct usher_channel *channel)
{
	struct text *text = arg;

	text->channel = channel;
	return pthread_create(&text->thread, NULL, serve, text) ? USHER_EIO
								: 0;
}

static void stop(void *arg)
{
	struct text *text = arg;
	struct connection *c;

	shutdown(text->fd, SHUT_RDWR);
	pthread_join(text->thread, NULL);
	pthread_mutex_lock(&text->lock);
	for (c = text->all; c; c = c->next)
		shutdown(fileno(c->in), SHUT_RDWR);
	while (text->all)
		pthread_cond_wait(&text->left, &text->lock);
	pthread_mutex_unlock(&text->lock);
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
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!text || fd < 0 || bind(fd, (void *)&at, sizeof(at)) ||
	    listen(fd, 16)) {
		close(fd);
		free(text);
		return USHER_EIO;
	}
	pthread_mutex_init(&text->lock, NULL);
	pthread_cond_init(&text->left, NULL);
	text->fd = fd;
	*ret = text;
	return 0;
}

uint16_t text_port(const struct text *text)
{
	struct sockaddr_in at = {0};
	socklen_t len = sizeof(at);

	getsockname(text->fd, (void *)&at, &len);
	return ntohs(at.sin_port);
}

void text_free(struct text *text)
{
	close(text->fd);
	pthread_cond_destroy(&text->left);
	pthread_mutex_destroy(&text->lock);
	free(text);
}
