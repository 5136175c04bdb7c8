#include <stdlib.h>
#include <string.h>

#include "channel/channel.h"

/* Of the structs that a driver fills in, as they were at first: what came
 * later is zero where a driver does not know it. */
enum {
	ARRIVAL_SIZE_MIN =
		offsetof(struct usher_channel_arrival, diverted_first),
	QUALITY_SIZE_MIN = offsetof(struct usher_channel_quality, r_factor),
};

/* The strings of a report, in the order in which they are copied. */
enum {
	TEXT,
	FROM,
	FROM_NAME,
	ACCOUNT,
	TRUNK,
	LANGUAGE,
	DIVERTED_FIRST,
	DIVERTED_BY,
	DIVERTED_REASON,
	PRIVACY,
	USER_TO_USER,
	STRINGS
};

struct strings {
	const char *s[STRINGS];
	size_t len[STRINGS];
};

static int strings_set(struct strings *strings, int which, const char *s,
		       size_t max)
{
	size_t len;

	if (!s)
		return 0;
	len = strnlen(s, max + 1);
	if (len > max)
		return USHER_EINVAL;
	strings->s[which] = s;
	strings->len[which] = len;
	return 0;
}

static struct usher__report *report_new(struct usher_channel *channel,
					enum usher__report_type type,
					uint64_t leg,
					const struct strings *strings)
{
	struct usher__report_more *more = NULL;
	struct usher__report *report;
	size_t size = sizeof(*report);
	const char *at[STRINGS] = {NULL};
	char *p;
	int i;

	for (i = 0; strings && i < STRINGS; i++)
		if (strings->s[i])
			size += strings->len[i] + 1;
	if (type == USHER__ARRIVED || type == USHER__TRIED)
		size += sizeof(*more);
	if (type == USHER__QUALITY)
		size += sizeof(*report->quality);
	report = calloc(1, size);
	if (!report)
		return NULL;
	p = (char *)(report + 1);
	if (type == USHER__ARRIVED || type == USHER__TRIED) {
		report->more = more = (void *)p;
		p += sizeof(*more);
	}
	for (i = 0; strings && i < STRINGS; i++) {
		if (!strings->s[i])
			continue;
		memcpy(p, strings->s[i], strings->len[i]);
		at[i] = p;
		p += strings->len[i] + 1;
	}
	report->channel = channel;
	report->type = type;
	report->leg = leg;
	report->text = at[TEXT];
	report->from = at[FROM];
	if (more)
		*more = (struct usher__report_more){
			.from_name = at[FROM_NAME],
			.account = at[ACCOUNT],
			.trunk = at[TRUNK],
			.language = at[LANGUAGE],
			.diverted_first = at[DIVERTED_FIRST],
			.diverted_by = at[DIVERTED_BY],
			.diverted_reason = at[DIVERTED_REASON],
			.privacy = at[PRIVACY],
			.user_to_user = at[USER_TO_USER],
		};
	return report;
}

static int post(struct usher_channel *channel, enum usher__report_type type,
		uint64_t leg, int32_t code, int64_t value,
		const struct strings *strings)
{
	struct usher__report *report;
	int err;

	if (!channel)
		return USHER_EINVAL;
	err = channel->sink.open(channel->sink.owner);
	if (err)
		return err;
	report = report_new(channel, type, leg, strings);
	if (!report)
		return USHER_ENOMEM;
	report->code = code;
	report->value = value;
	return channel->sink.post(channel->sink.owner, report);
}

/* Into full, which is zero; false: none of ours. */
static bool copy_known(void *full, size_t size, const void *from, size_t min)
{
	size_t known;

	if (!from)
		return false;
	memcpy(&known, from, sizeof(known)); /* begins with its size */
	if (known < min)
		return false;
	memcpy(full, from, known < size ? known : size);
	return true;
}

static int arrival_strings(struct strings *strings,
			   const struct usher_channel_arrival *arrival)
{
	const size_t max = USHER__REPORT_STRING_MAX;

	if (strings_set(strings, TEXT, arrival->entry, max) ||
	    strings_set(strings, FROM, arrival->from, max) ||
	    strings_set(strings, FROM_NAME, arrival->from_name, max) ||
	    strings_set(strings, ACCOUNT, arrival->account, max) ||
	    strings_set(strings, TRUNK, arrival->trunk, max) ||
	    strings_set(strings, LANGUAGE, arrival->language, max) ||
	    strings_set(strings, DIVERTED_FIRST, arrival->diverted_first,
			max) ||
	    strings_set(strings, DIVERTED_BY, arrival->diverted_by, max) ||
	    strings_set(strings, DIVERTED_REASON, arrival->diverted_reason,
			max) ||
	    strings_set(strings, PRIVACY, arrival->privacy,
			USHER__REPORT_PRIVACY_MAX) ||
	    strings_set(strings, USER_TO_USER, arrival->user_to_user,
			USHER__REPORT_UUI_MAX))
		return USHER_EINVAL;
	return 0;
}

int usher_channel_arrived(struct usher_channel *channel,
			  const struct usher_channel_arrival *arrival,
			  uint64_t *ret_leg)
{
	struct usher_channel_arrival full = {0};
	struct strings strings = {0};
	uint64_t leg;
	int err;

	if (!channel || !ret_leg ||
	    !copy_known(&full, sizeof(full), arrival, ARRIVAL_SIZE_MIN) ||
	    !full.entry || arrival_strings(&strings, &full))
		return USHER_EINVAL;
	err = channel->sink.open(channel->sink.owner);
	if (err)
		return err;
	leg = channel->sink.leg(channel->sink.owner);
	if (!leg)
		return USHER_EFULL;
	err = post(channel, USHER__ARRIVED, leg, 0, 0, &strings);
	if (err)
		return err;
	*ret_leg = leg;
	return 0;
}

int usher_channel_ringing(struct usher_channel *channel, uint64_t leg,
			  int early)
{
	return post(channel, USHER__RINGING, leg, !!early, 0, NULL);
}

int usher_channel_answered(struct usher_channel *channel, uint64_t leg)
{
	return post(channel, USHER__ANSWERED, leg, 0, 0, NULL);
}

int usher_channel_ended(struct usher_channel *channel, uint64_t leg,
			int reason)
{
	if (reason < USHER_LEG_NORMAL || reason > USHER_LEG_LOST)
		return USHER_EINVAL;
	return post(channel, USHER__ENDED, leg, reason, 0, NULL);
}

int usher_channel_quality(struct usher_channel *channel, uint64_t leg,
			  const struct usher_channel_quality *quality)
{
	struct usher_channel_quality full = {0};
	struct usher__report *report;
	int err;

	if (!channel ||
	    !copy_known(&full, sizeof(full), quality, QUALITY_SIZE_MIN))
		return USHER_EINVAL;
	err = channel->sink.open(channel->sink.owner);
	if (err)
		return err;
	report = report_new(channel, USHER__QUALITY, leg, NULL);
	if (!report)
		return USHER_ENOMEM;
	report->quality = memcpy(report + 1, &full, sizeof(full));
	return channel->sink.post(channel->sink.owner, report);
}

int usher__channel_tried(struct usher_channel *channel, uint64_t leg,
			 const struct usher__tried *tried)
{
	const size_t max = USHER__REPORT_STRING_MAX;
	struct strings strings = {0};

	if (strings_set(&strings, TEXT, tried->reason, max) ||
	    strings_set(&strings, FROM, tried->hop, max) ||
	    strings_set(&strings, ACCOUNT, tried->prefix, max) ||
	    strings_set(&strings, TRUNK, tried->trunk, max))
		return USHER_EINVAL;
	return post(channel, USHER__TRIED, leg, tried->status, tried->next,
		    &strings);
}

int usher__channel_why(struct usher_channel *channel, uint64_t leg,
		       const char *why)
{
	struct strings strings = {0};

	if (strings_set(&strings, TEXT, why, USHER__REPORT_STRING_MAX))
		return USHER_EINVAL;
	return post(channel, USHER__WHY, leg, 0, 0, &strings);
}

int usher_channel_digit(struct usher_channel *channel, uint64_t leg,
			char digit, uint32_t duration_ms)
{
	if (!digit || !strchr("0123456789*#ABCD", digit))
		return USHER_EINVAL;
	return post(channel, USHER__DIGIT, leg, digit, duration_ms, NULL);
}

int usher_channel_text(struct usher_channel *channel, uint64_t leg,
		       const char *text, size_t len)
{
	struct strings strings = {0};

	if (!text || len > USHER_CHANNEL_TEXT_MAX || memchr(text, 0, len))
		return USHER_EINVAL;
	strings.s[TEXT] = text;
	strings.len[TEXT] = len;
	return post(channel, USHER__TEXT, leg, 0, 0, &strings);
}

int usher_channel_held(struct usher_channel *channel, uint64_t leg, int held)
{
	return post(channel, USHER__HELD, leg, !!held, 0, NULL);
}

int usher_channel_transfer(struct usher_channel *channel, uint64_t leg,
			   const char *target)
{
	struct strings strings = {0};

	if (!target ||
	    strings_set(&strings, TEXT, target, USHER__REPORT_STRING_MAX))
		return USHER_EINVAL;
	return post(channel, USHER__TRANSFER, leg, 0, 0, &strings);
}

int usher_channel_transfer_leg(struct usher_channel *channel, uint64_t leg,
			       uint64_t other)
{
	if (!other || other == leg)
		return USHER_EINVAL;
	return post(channel, USHER__TRANSFER_LEG, leg, 0, (int64_t)other,
		    NULL);
}

int usher_channel_registered(struct usher_channel *channel,
			     const char *account, const char *contact,
			     uint32_t expires_ms)
{
	struct strings strings = {0};

	if (!account ||
	    strings_set(&strings, TEXT, account, USHER__REPORT_STRING_MAX) ||
	    strings_set(&strings, FROM, contact, USHER__REPORT_STRING_MAX))
		return USHER_EINVAL;
	return post(channel, USHER__REGISTERED, 0, 0, expires_ms, &strings);
}

int usher_channel_done(struct usher_channel *channel, uint64_t req, int result,
		       int64_t value)
{
	struct usher__report *report;
	int err;

	if (!channel || !req || result > 0)
		return USHER_EINVAL;
	err = channel->sink.open(channel->sink.owner);
	if (err)
		return err;
	report = report_new(channel, USHER__DONE, 0, NULL);
	if (!report)
		return USHER_ENOMEM;
	report->req = req;
	report->code = result;
	report->value = value;
	return channel->sink.post(channel->sink.owner, report);
}

void *usher_channel_arg(const struct usher_channel *channel)
{
	return channel ? channel->arg : NULL;
}
