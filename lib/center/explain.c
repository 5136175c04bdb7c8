/* Why a contact waits: asked from another thread, answered on the loop's. */
#include <string.h>

#include "center/center.h"
#include "center/hostcall.h"

struct asking {
	struct usher_center *center;
	uint64_t contact;
	const struct usher_center_explain_cb *cb;
};

static void tell_queue(const struct asking *asking, uint64_t segment,
		       uint64_t queue)
{
	const struct usher_center_explain_cb *cb = asking->cb;
	const struct usher_acd *acd = asking->center->acd;
	struct usher_queue_info info = {.size = sizeof(info)};
	struct usher_explanation why = {.size = sizeof(why)};

	if (usher_acd_queue_info(acd, queue, &info) ||
	    usher_acd_explain(acd, segment, &why, cb->agent, cb->arg))
		return;
	if (cb->line)
		usher_acd_explain_text(acd, segment, cb->line, cb->arg);
	if (cb->queue)
		cb->queue(cb->arg, info.name, &why);
}

static int explain(void *arg)
{
	const struct asking *asking = arg;
	const struct usher_acd *acd = asking->center->acd;
	struct usher_contact_info info = {.size = sizeof(info)};
	struct usher_segment_info segment = {.size = sizeof(segment)};
	uint64_t id = 0;

	if (!acd)
		return USHER_ECLOSED;
	if (usher_acd_contact_info(acd, asking->contact, &info))
		return USHER_ENOENT;
	while ((id = usher_acd_segment_next(acd, asking->contact, id))) {
		if (!usher_acd_segment_info(acd, id, &segment) &&
		    segment.kind == USHER_SEGMENT_QUEUE)
			tell_queue(asking, id, segment.queue);
	}
	return 0;
}

int usher_center_explain(struct usher_center *center, uint64_t contact,
			 const struct usher_center_explain_cb *cb)
{
	struct usher_center_explain_cb all = {0};
	struct asking asking = {center, contact, &all};

	if (!center || !cb || cb->size < sizeof(cb->size) ||
	    cb->size > sizeof(all))
		return USHER_EINVAL;
	memcpy(&all, cb, cb->size);
	return usher__host_call(center->host, explain, &asking);
}
