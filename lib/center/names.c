#include <stdio.h>
#include <string.h>
#include <time.h>

#include "center/center.h"
#include "center/names.h"
#include "center/session.h"

int64_t usher__wait_told(struct wait_told *told, uint64_t segment,
			 uint32_t position, uint32_t staffed, int64_t wait_us)
{
	bool cause = told->segment != segment || position > told->position ||
		     staffed < told->staffed;

	if (!cause && wait_us > told->wait_us)
		wait_us = told->wait_us;
	told->segment = segment;
	told->position = position;
	told->staffed = staffed;
	told->wait_us = wait_us;
	return wait_us;
}

static double seconds(int64_t us)
{
	return (double)(us / 1000000);
}

static void of_caller(struct session *session, const char *name,
		      struct usher_value *ret)
{
	if (!strcmp(name, "number") && *session->origin)
		*ret = usher_value_string(session->origin);
	else if (!strcmp(name, "name") && *session->origin_name)
		*ret = usher_value_string(session->origin_name);
}

static void of_diverted(struct session *session, const char *name,
			struct usher_value *ret)
{
	const char *text = NULL;

	if (!strcmp(name, "first"))
		text = session->diverted_first;
	else if (!strcmp(name, "by"))
		text = session->diverted_by;
	else if (!strcmp(name, "reason"))
		text = session->diverted_reason;
	if (text)
		*ret = usher_value_string(text);
}

static void of_contact(struct session *session, const char *name,
		       struct usher_value *ret)
{
	struct usher_attr attr;

	if (!strcmp(name, "dialed")) {
		*ret = usher_value_string(session->entry);
	} else if (!strcmp(name, "language")) {
		*ret = usher_value_string(session->language);
	} else if (!usher_acd_contact_attr(session->center->acd,
					   session->contact, name, &attr)) {
		/* Nothing in a center gives a contact a list. */
		if (attr.type == USHER_ATTR_TEXT)
			*ret = usher_value_string(attr.text);
		else if (attr.type == USHER_ATTR_NUMBER)
			*ret = usher_value_number(attr.number);
	}
}

static void of_queue(struct session *session, const char *name,
		     struct usher_value *ret)
{
	struct usher_queue_info info = {.size = sizeof(info)};
	struct usher_center *center = session->center;
	const char *dot = strrchr(name, '.');
	char queue[USHER_FLOW_NAME_MAX + 1];
	int64_t wait_us;
	uint64_t id;

	if (!dot || (size_t)(dot - name) >= sizeof(queue))
		return;
	memcpy(queue, name, (size_t)(dot - name));
	queue[dot - name] = 0;
	id = usher_acd_queue_find(center->acd, queue);
	if (usher_acd_queue_info(center->acd, id, &info))
		return;
	dot++;
	if (!strcmp(dot, "waiting"))
		*ret = usher_value_number(info.waiting);
	else if (!strcmp(dot, "agents"))
		*ret = usher_value_number(info.staffed);
	else if (!strcmp(dot, "free"))
		*ret = usher_value_number(info.free);
	else if (!strcmp(dot, "open"))
		*ret = usher_value_bool(info.open);
	else if (!strcmp(dot, "expected") && info.free)
		*ret = usher_value_number(0);
	else if (!strcmp(dot, "expected") &&
		 !usher_metrics_expected_wait(center->metrics, id, UINT64_MAX,
					      &wait_us))
		*ret = usher_value_number(seconds(wait_us));
	else if (!strcmp(dot, "longest"))
		*ret = usher_value_number(
			info.oldest_us
				? seconds(center->now_us - info.oldest_us)
				: 0);
}

static void of_time(struct session *session, const char *name,
		    struct usher_value *ret)
{
	time_t now = (time_t)(usher__center_wall_us() / 1000000);
	struct tm tm;

	(void)session;
	if (!localtime_r(&now, &tm))
		return;
	if (!strcmp(name, "hour"))
		*ret = usher_value_number(tm.tm_hour);
	else if (!strcmp(name, "minute"))
		*ret = usher_value_number(tm.tm_min);
	else if (!strcmp(name, "weekday"))
		*ret = usher_value_number(tm.tm_wday ? tm.tm_wday : 7);
	else if (!strcmp(name, "day"))
		*ret = usher_value_number(tm.tm_mday);
	else if (!strcmp(name, "month"))
		*ret = usher_value_number(tm.tm_mon + 1);
	else if (!strcmp(name, "year"))
		*ret = usher_value_number(tm.tm_year + 1900);
}

/* The segment in which the contact waits, or 0. */
static uint64_t waiting(const struct session *session,
			struct usher_segment_info *info)
{
	const struct usher_acd *acd = session->center->acd;
	uint64_t id = 0;

	while ((id = usher_acd_segment_next(acd, session->contact, id))) {
		info->size = sizeof(*info);
		if (!usher_acd_segment_info(acd, id, info) &&
		    info->kind == USHER_SEGMENT_QUEUE)
			return id;
	}
	return 0;
}

static void of_wait(struct session *session, const char *name,
		    struct usher_value *ret)
{
	struct usher_queue_info queue = {.size = sizeof(queue)};
	struct usher_center *center = session->center;
	struct usher_segment_info info;
	uint64_t segment = waiting(session, &info);
	uint32_t position;
	int64_t wait_us;

	if (!segment)
		return;
	position = usher_acd_position(center->acd, segment);
	if (!strcmp(name, "position") && position) {
		*ret = usher_value_number(position);
	} else if (!strcmp(name, "seconds")) {
		*ret = usher_value_number(
			seconds(center->now_us - info.began_us));
	} else if (!strcmp(name, "expected") && position &&
		   !usher_metrics_expected_wait(center->metrics, info.queue,
						position - 1, &wait_us) &&
		   !usher_acd_queue_info(center->acd, info.queue, &queue)) {
		wait_us = usher__wait_told(&session->told, segment, position,
					   queue.staffed, wait_us);
		*ret = usher_value_number(seconds(wait_us));
	}
}

/* Names are checked when flows are loaded: lib/ivr/known.c lists them too. */
void usher__name_lookup(void *arg, uint32_t name, struct usher_value *ret)
{
	static const struct {
		const char *prefix;
		void (*of)(struct session *session, const char *name,
			   struct usher_value *ret);
	} prefixes[] = {
		{"caller.", of_caller}, {"contact.", of_contact},
		{"queue.", of_queue},   {"time.", of_time},
		{"wait.", of_wait},     {"diverted.", of_diverted},
	};
	struct session *session = arg;
	const struct usher_flow_set *flows =
		session->flows ? session->flows
			       : session->center->config->flows;
	const char *text = usher_flow_set_name(flows, name);
	struct usher_agent_info info = {.size = sizeof(info)};
	size_t i;

	for (i = 0; text && i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t len = strlen(prefixes[i].prefix);

		if (!strncmp(text, prefixes[i].prefix, len)) {
			prefixes[i].of(session, text + len, ret);
			return;
		}
	}
	if (text && !strcmp(text, "agent.name") &&
	    !usher_acd_agent_info(session->center->acd, session->agent_id,
				  &info))
		*ret = usher_value_string(info.name);
	else if (text && !strcmp(text, "center.name"))
		*ret = usher_value_string(session->center->name);
}
