/* A contact goes into queues: those that are open, with what the flow, or who
 * sends it there, has said. */
#include <stdlib.h>
#include <string.h>

#include "center/center.h"
#include "center/flow.h"
#include "center/session.h"

void usher__queue_entered(struct session *session, uint64_t queue,
			  char *require, int64_t urgency)
{
	free(session->require);
	session->queue = queue;
	session->require = require;
	session->urgency = urgency;
	session->waited_count = 0;
}

void usher__queue_waited(struct session *session, uint64_t queue)
{
	/* Steps may have added more than a contact enters at once. */
	if (session->waited_count < USHER_CONTACT_QUEUES_MAX)
		session->waited[session->waited_count++] = queue;
}

int usher__queues_enter(struct usher_center *center, struct session *session,
			const char *const *names, size_t count,
			const struct usher_ivr_action *action,
			int64_t since_us, const char **exit)
{
	struct usher_queue_info info = {.size = sizeof(info)};
	struct usher_enqueue_opts opts;
	char *require = NULL;
	uint64_t queues[USHER_CONTACT_QUEUES_MAX];
	bool staffed = false;
	uint32_t open = 0;
	size_t i;
	int err;

	*exit = "failed";
	if (!count || count > USHER_CONTACT_QUEUES_MAX)
		return USHER_EINVAL;
	usher_enqueue_opts_init(&opts, sizeof(opts));
	for (i = 0; i < count; i++) {
		queues[open] = usher_acd_queue_find(center->acd, names[i]);
		if (usher_acd_queue_info(center->acd, queues[open], &info))
			return USHER_ENOENT;
		/* Of several queues those that are open will do. */
		if (!info.open || info.draining)
			continue;
		staffed = staffed || info.staffed;
		open++;
	}
	if (!open) {
		*exit = "closed";
		return USHER_ECLOSED;
	}
	if (!staffed && action && (action->flags & USHER_IVR_EXITS_NOBODY)) {
		*exit = "nobody";
		return USHER_ESTATE;
	}
	opts.queues = queues;
	opts.queue_count = open;
	opts.since_us = since_us;
	if (action) {
		opts.requirement = action->require;
		opts.priority = action->has_priority ? action->priority : 0;
	}
	if (opts.requirement && !(require = strdup(opts.requirement)))
		return USHER_ENOMEM;
	err = usher_acd_enqueue(center->acd, center->now_us, session->contact,
				&opts, NULL);
	if (!err) {
		usher__queue_entered(session, queues[0], require,
				     opts.priority);
		return 0;
	}
	free(require);
	if (err == USHER_EFULL)
		*exit = "full";
	else if (err == USHER_ECLOSED)
		*exit = "closed";
	return err;
}

int usher__flow_enqueue(struct usher_center *center, struct session *session,
			const char *queue)
{
	return usher__flow_enqueue_since(center, session, queue, 0);
}

int usher__flow_enqueue_since(struct usher_center *center,
			      struct session *session, const char *queue,
			      int64_t since_us)
{
	const char *exit;
	int err;

	err = usher__queues_enter(center, session, &queue, 1, NULL, since_us,
				  &exit);
	if (!err)
		usher__session_music(center, session);
	return err;
}

/* Those of the list that have room. */
static size_t roomy(struct usher_center *center, const uint64_t *queues,
		    size_t count, const char **ret)
{
	struct usher_queue_info info = {.size = sizeof(info)};
	size_t i, found = 0;

	for (i = 0; i < count; i++)
		if (!usher_acd_queue_info(center->acd, queues[i], &info) &&
		    (!info.max_waiting || info.waiting < info.max_waiting))
			ret[found++] = info.name;
	return found;
}

int usher__flow_enqueue_again(struct usher_center *center,
			      struct session *session)
{
	const struct usher_ivr_action as_before = {
		.require = session->require,
		.priority = session->urgency,
		.has_priority = 1,
	};
	const char *names[USHER_CONTACT_QUEUES_MAX], *exit;
	size_t count;
	int err;

	count = session->waited_count
			? roomy(center, session->waited, session->waited_count,
				names)
			: roomy(center, &session->queue, 1, names);
	err = usher__queues_enter(center, session, names, count, &as_before, 0,
				  &exit);
	if (!err)
		usher__session_music(center, session);
	return err;
}
