/* Reports that are made beforehand, for the time without memory. */
#include <stdlib.h>
#include <string.h>

#include "channel/channel.h"

#define TEXT_ROOM (USHER__REPORT_STRING_MAX + 1)

static struct usher__report *report_new(bool texts)
{
	return calloc(1, sizeof(struct usher__report) +
				 (texts ? 2 * TEXT_ROOM : 0));
}

int usher__reserve_fill(struct usher__reserve *reserve, unsigned count)
{
	struct usher__report *report;

	while (reserve->count < count) {
		report = report_new(reserve->texts);
		if (!report)
			return USHER_ENOMEM;
		report->next = reserve->reports;
		reserve->reports = report;
		reserve->count++;
	}
	return 0;
}

void usher__reserve_free(struct usher__reserve *reserve)
{
	struct usher__report *report;

	while ((report = reserve->reports)) {
		reserve->reports = report->next;
		free(report);
	}
	reserve->count = 0;
}

static struct usher__report *take(struct usher__reserve *reserve,
				  unsigned keep)
{
	struct usher__report *report = report_new(reserve->texts);

	if (report || reserve->count <= keep)
		return report;
	report = reserve->reports;
	reserve->reports = report->next;
	report->next = NULL;
	reserve->count--;
	return report;
}

static int texts_set(struct usher__report *report,
		     const struct usher__saying *what)
{
	char *room = (char *)(report + 1);

	if (strlen(what->text) >= TEXT_ROOM ||
	    strlen(what->from ? what->from : "") >= TEXT_ROOM)
		return USHER_EINVAL;
	report->text = strcpy(room, what->text);
	if (what->from)
		report->from = strcpy(room + TEXT_ROOM, what->from);
	return 0;
}

int usher__reserve_say(struct usher__reserve *reserve,
		       struct usher_channel *channel, unsigned keep,
		       const struct usher__saying *what)
{
	struct usher__report *report;
	int err = channel->sink.open(channel->sink.owner);

	if (err)
		return err;
	report = take(reserve, keep);
	if (!report)
		return USHER_ENOMEM;
	if (what->text && reserve->texts)
		err = texts_set(report, what);
	if (err) {
		free(report);
		return err;
	}
	report->channel = channel;
	report->type = what->type;
	report->code = what->code;
	report->leg = what->leg;
	report->req = what->req;
	report->value = what->value;
	return channel->sink.post(channel->sink.owner, report);
}
