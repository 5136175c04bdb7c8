#include "crowd.h"

#include <unistd.h>

static int start(void *arg, struct usher_channel *channel)
{
	((struct crowd *)arg)->channel = channel;
	return 0;
}

static void stop(void *arg)
{
	(void)arg;
}

static int accept_leg(void *arg, uint64_t req, uint64_t leg)
{
	(void)leg;
	return usher_channel_done(((struct crowd *)arg)->channel, req, 0, 0);
}

static int prompt(void *arg, uint64_t req, uint64_t leg,
		  const struct usher_channel_prompt *words)
{
	(void)words;
	return accept_leg(arg, req, leg);
}

static int hang_up(void *arg, uint64_t req, uint64_t leg, int reason)
{
	struct usher_channel *channel = ((struct crowd *)arg)->channel;

	(void)reason;
	usher_channel_done(channel, req, 0, 0);
	return usher_channel_ended(channel, leg, USHER_LEG_NORMAL);
}

const struct usher_channel_driver crowd_driver = {
	.size = sizeof(crowd_driver),
	.name = "crowd",
	.kind = "chat",
	.capabilities = USHER_CAP_LIVE | USHER_CAP_TEXT | USHER_CAP_IN,
	.start = start,
	.stop = stop,
	.accept = accept_leg,
	.prompt = prompt,
	.end = hang_up,
};

void crowd_comes(struct crowd *crowd, const char *entry, int count)
{
	const struct usher_channel_arrival arrival = {
		.size = sizeof(arrival), .entry = entry, .from = "crowd"};
	uint64_t leg;

	/* What is refused, since the inbox is full, comes again. */
	while (count) {
		if (usher_channel_arrived(crowd->channel, &arrival, &leg))
			usleep(1000);
		else
			count--;
	}
}
