/* Requests whose outcome is known: each is answered by one event, once the
 * core has room for it. */
#include <stdio.h>
#include <stdlib.h>

#include "center/answer.h"
#include "center/center.h"
#include "center/hostcall.h"

void usher__request_free(struct usher_center *center, struct request *request)
{
	pthread_mutex_lock(&center->lock);
	center->requests--;
	pthread_mutex_unlock(&center->lock);
	usher_config_free(request->config);
	free(request);
}

static int outcome(struct usher_center *center, const struct request *request)
{
	const struct usher_field_value values[] = {
		{.field = USHER_F_REQUEST, .number = request->id},
		{.field = USHER_F_RESULT,
		 .number = (uint64_t)(int64_t)request->result},
		{.field = USHER_F_REASON, .data = request->detail},
		{.field = USHER_F_CONTACT, .number = request->what.contact},
	};
	const struct usher_by by = {
		.actor = request->what.actor,
		.actor_id = request->what.actor_id,
		.cause = request->id,
	};

	usher_acd_by(center->acd, &by);
	return usher_acd_note(center->acd, center->now_us,
			      USHER_EV_REQUEST_DONE, request->what.contact, 0,
			      values, 4);
}

void usher__answer(struct usher_center *center, struct request *request,
		   int result, const char *detail)
{
	request->result = result;
	snprintf(request->detail, sizeof(request->detail), "%s",
		 detail ? detail : "");
	request->mail.next = NULL;
	*center->unanswered_tail = &request->mail;
	center->unanswered_tail = &request->mail.next;
	usher__answers_retry(center);
}

void usher__answers_retry(struct usher_center *center)
{
	struct request *request;
	int err;

	while ((request = (struct request *)center->unanswered)) {
		err = outcome(center, request);
		if (err == USHER_ENOMEM || err == USHER_EAGAIN)
			return;
		center->unanswered = request->mail.next;
		if (!center->unanswered)
			center->unanswered_tail = &center->unanswered;
		usher__request_free(center, request);
	}
}

void usher__answers_drop(struct usher_center *center)
{
	struct request *request;

	while ((request = (struct request *)center->unanswered)) {
		usher__host_log(center->host, USHER_LOG_ERROR,
				"%s: request %llu has no answer: no memory",
				center->name, (unsigned long long)request->id);
		center->unanswered = request->mail.next;
		usher__request_free(center, request);
	}
	center->unanswered_tail = &center->unanswered;
}
