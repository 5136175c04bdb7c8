/*
 * Deciding: every event gets its number here, is put on the tape and applied
 * at once; and the memory for it, which is taken before.
 */
#include <acd/internal.h>

/* Room on the tape for the fixed events of a step. */
#define STEP_ROOM 4096

int usher__acd_room(struct usher_acd *acd, size_t bytes)
{
	if (acd->step.input)
		bytes += acd->step.input_size;
	return usher__tape_room(&acd->tape, &acd->alloc, STEP_ROOM + bytes);
}

void *usher__acd_scratch(struct usher_acd *acd, size_t size)
{
	void *ptr;

	if (acd->scratch_size >= size)
		return acd->scratch;
	ptr = acd->alloc.realloc(acd->alloc.arg, acd->scratch, size * 2);
	if (!ptr)
		return NULL;
	acd->scratch = ptr;
	acd->scratch_size = size * 2;
	return ptr;
}

/* On the tape, with all that every event says. */
static inline struct usher_event *put(struct usher_acd *acd, uint32_t type,
				      const void *payload)
{
	const struct usher__tdesc *desc = &usher__types[type];
	struct usher_event *head = usher__tape_put(&acd->tape, desc, payload);
	uint64_t request = acd->step.request;

	head->node = acd->node >> 48;
	head->seq = acd->seq + 1;
	head->time_us = acd->now;
	head->contact = 0;
	head->segment = 0;
	head->actor_id = acd->step.actor_id;
	head->cause = request;
	head->type = type;
	head->kind = desc->kind;
	head->actor = acd->step.actor;
	head->cause_kind = request ? USHER_CAUSE_REQUEST : 0;
	return head;
}

/* An input stands before its first event, with that event's number. */
static void record_input(struct usher_acd *acd)
{
	put(acd, acd->step.input_type, acd->step.input);
	acd->step.input = NULL;
}

void usher__acd_emit(struct usher_acd *acd, uint32_t type, uint64_t contact,
		     uint64_t segment, const void *payload)
{
	struct usher_event *head;

	if (acd->step.input)
		record_input(acd);
	/* before it is applied: the payload may borrow from what that frees */
	head = put(acd, type, payload);
	head->contact = contact;
	head->segment = segment;
	if (!acd->step.first_seq) {
		acd->step.first_seq = head->seq;
		if (acd->step.due) {
			head->cause_kind = acd->step.due;
			head->cause = acd->step.due_id;
		}
	} else if (!head->cause_kind) {
		head->cause_kind = USHER_CAUSE_EVENT;
		head->cause = acd->step.first_seq;
	}
	usher__timers_follow(acd, head);
	usher__acd_apply(acd, head, payload);
}

int usher__acd_bring(struct usher_acd *acd, uint32_t type, uint64_t contact,
		     uint64_t segment, const void *payload)
{
	int err = usher__acd_room(
		acd, usher__pack_size(usher__type(type), payload));

	if (!err)
		err = usher__acd_prepare(acd, type, contact, payload);
	if (!err)
		usher__acd_emit(acd, type, contact, segment, payload);
	usher__acd_unprepare(acd);
	return err;
}
