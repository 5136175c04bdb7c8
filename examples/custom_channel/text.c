/* Lines of text over a socket as a channel. A connection is a contact, a line
 * a message; prompts and agents' words come back as lines. Each thread serves
 * one peer after the other. The center's verbs come on its own thread, so
 * whose leg is at which socket is under a lock. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "text.h"

/* Says words, or hangs up without: the peer's thread sees and reports that.
 * Nobody waits for a peer that does not read: it is hung up on, too. */
static int say(void *arg, uint64_t req, uint64_t leg, const char *words)
{
	char line[USHER_CHANNEL_TEXT_MAX + 2];
	struct text *text = arg;
	int len, sent = 0;

	len = snprintf(line, sizeof(line), "%.*s\n", USHER_CHANNEL_TEXT_MAX,
		       words ? words : "");
	pthread_mutex_lock(&text->lock);
	for (size_t i = 0; i < text->count; i++) {
		if (text->peers[i].leg != leg)
			continue;
		if (words)
			sent = (int)send(text->peers[i].fd, line, (size_t)len,
					 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < len)
			shutdown(text->peers[i].fd, SHUT_RDWR);
	}
	pthread_mutex_unlock(&text->lock);
	return usher_channel_done(text->channel, req,
				  words && sent < len ? USHER_EIO : 0, 0);
}

static int prompt(void *arg, uint64_t req, uint64_t leg,
		  const struct usher_channel_prompt *words)
{
	return say(arg, req, leg, words->text ? words->text : "");
}

static int hang_up(void *arg, uint64_t req, uint64_t leg, int reason)
{
	(void)reason;
	return say(arg, req, leg, NULL);
}

static int answer(void *arg, uint64_t req, uint64_t leg)
{
	(void)leg;
	return usher_channel_done(((struct text *)arg)->channel, req, 0, 0);
}

static void *serve(void *arg)
{
	const struct usher_channel_arrival arrival = {
		.size = sizeof(arrival), .entry = "text", .from = "socket"};
	char line[USHER_CHANNEL_TEXT_MAX + 1];
	struct text_peer *peer = arg;
	struct text *text = peer->text;
	FILE *in;
	int fd;

	while ((fd = accept4(text->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0 ||
	       errno != EINVAL) { /* that is the stop */
		in = fdopen(fd, "r");
		if (!in) {
			close(fd);
			sleep(1); /* short of memory or descriptors */
			continue;
		}
		/* Locked, so that the center's first words find the leg. */
		pthread_mutex_lock(&text->lock);
		peer->fd = fd;
		if (!text->stopping)
			usher_channel_arrived(text->channel, &arrival,
					      &peer->leg);
		pthread_mutex_unlock(&text->lock);
		while (peer->leg && fgets(line, sizeof(line), in))
			usher_channel_text(text->channel, peer->leg, line,
					   strcspn(line, "\r\n"));
		if (peer->leg)
			usher_channel_ended(text->channel, peer->leg,
					    USHER_LEG_NORMAL);
		pthread_mutex_lock(&text->lock);
		peer->leg = 0;
		pthread_mutex_unlock(&text->lock);
		fclose(in);
	}
	return NULL;
}

static int start(void *arg, struct usher_channel *channel)
{
	struct text *text = arg;
	struct text_peer *peer = text->peers;

	text->channel = channel;
	for (; peer < text->peers + TEXT_PEERS_MAX; peer++) {
		peer->text = text;
		if (pthread_create(&peer->thread, NULL, serve, peer))
			break;
		text->count++;
	}
	return text->count ? 0 : USHER_EIO;
}

static void stop(void *arg)
{
	struct text *text = arg;
	size_t i;

	shutdown(text->fd, SHUT_RDWR);
	pthread_mutex_lock(&text->lock);
	text->stopping = true;
	for (i = 0; i < text->count; i++)
		if (text->peers[i].leg)
			shutdown(text->peers[i].fd, SHUT_RDWR);
	pthread_mutex_unlock(&text->lock);
	while (text->count)
		pthread_join(text->peers[--text->count].thread, NULL);
}

const struct usher_channel_driver text_driver = {
	.size = sizeof(text_driver),
	.name = "text",
	.kind = "chat",
	.capabilities = USHER_CAP_LIVE | USHER_CAP_TEXT | USHER_CAP_IN,
	.start = start,
	.stop = stop,
	.accept = answer,
	.prompt = prompt,
	.send = say,
	.end = hang_up,
};
