/*
 * Applying: steps of queues, and which of them a contact has taken.
 *
 * A step that a contact has taken stays taken for this stay in the queue, also
 * when its number gets another meaning meanwhile; one that is cut is
 * forgotten. Which agents may take the contact is read from the steps taken:
 * those that the queue's own requirement lets in, or that of any ring.
 */
#include <acd/qstep.h>
#include <acd/tables.h>

int usher__prepare_renew(struct usher_acd *acd, uint64_t id)
{
	const struct queue *queue = usher__queue_get(acd, id);

	/* who had none until now may get a timer, every one of them */
	return usher__timers_reserve(acd, queue ? queue->waiting : 0);
}

int usher__prepare_step(struct usher_acd *acd,
			const struct usher__ev_step_set *ev)
{
	int err = usher__prepare_renew(acd, ev->queue);

	if (!err)
		err = usher__slab_reserve(&acd->slab, &acd->alloc,
					  sizeof(struct qstep));
	if (!err)
		err = usher__req_make(acd, &ev->requirement, NULL);
	if (!err && ev->condition.len)
		err = usher_expr_new(&acd->spare_expr, &acd->alloc,
				     ev->condition.ptr, ev->condition.len,
				     NULL);
	if (!err && acd->spare_expr)
		err = usher__condition_names(acd->spare_expr, NULL);
	return err;
}

void usher__step_free(struct usher_acd *acd, struct qstep *step)
{
	usher__req_put(step->req);
	usher_expr_free(step->when);
	usher__slab_put(&acd->slab, &acd->alloc, step->conf, step->conf_size);
	usher__slab_put(&acd->slab, &acd->alloc, step, sizeof(*step));
}

/* After the steps changed: who waits is matched by them from now on. */
static void renew(struct usher_acd *acd, struct queue *queue)
{
	uint32_t known = queue->step_count == USHER_QUEUE_STEPS_MAX
				 ? UINT32_MAX
				 : (1u << queue->step_count) - 1;

	usher__classes_forget(acd);
	for (struct segment *seg = queue->first; seg; seg = seg->q.q_next) {
		seg->taken &= known;
		usher__segment_rekey(acd, seg);
		usher__segment_timer(acd, seg);
	}
	usher__mark_everybody(acd);
}

static void step_set(struct usher_acd *acd,
		     const struct usher__ev_step_set *ev)
{
	struct queue *queue = usher__queue_get(acd, ev->queue);
	struct qstep *step =
		usher__slab_get(&acd->slab, &acd->alloc, sizeof(struct qstep));
	struct qstep **place = &queue->steps[ev->step - 1];

	step->conf = acd->spare;
	step->conf_size = acd->spare_size;
	step->req = usher__req_ref(acd, &ev->requirement);
	step->when = acd->spare_expr;
	acd->spare = NULL;
	acd->spare_expr = NULL;
	if (ev->step <= queue->step_count)
		usher__step_free(acd, *place);
	else
		queue->step_count = ev->step;
	*place = step;
	renew(acd, queue);
}

static void cut(struct usher_acd *acd, struct queue *queue, uint32_t count)
{
	while (queue->step_count > count) {
		struct qstep **last = &queue->steps[--queue->step_count];

		usher__step_free(acd, *last);
		*last = NULL;
	}
}

void usher__steps_drop(struct usher_acd *acd, struct queue *queue)
{
	cut(acd, queue, 0);
}

static void taken(struct usher_acd *acd, const struct usher_event *head,
		  const struct usher__ev_step_taken *ev)
{
	struct segment *seg = usher__segment_get(acd, head->segment);
	uint32_t bit = 1u << (ev->step - 1);

	seg->taken |= bit;
	usher__segment_timer(acd, seg);
	if (seg->q.own_priority == ev->priority &&
	    !usher__rings(seg->q.queue, bit))
		return;
	seg->q.own_priority = (int32_t)ev->priority;
	usher__segment_rekey(acd, seg);
	usher__mark_segment(acd, seg);
}

bool usher__apply_step(struct usher_acd *acd, const struct usher_event *ev,
		       const void *payload)
{
	const struct usher__ev_steps_cut *less = payload;
	struct queue *queue;

	switch (ev->type) {
	case USHER_EV_STEP_SET:
		step_set(acd, payload);
		return true;
	case USHER_EV_STEPS_CUT:
		queue = usher__queue_get(acd, less->queue);
		cut(acd, queue, (uint32_t)less->count);
		renew(acd, queue);
		return true;
	case USHER_EV_STEP_TAKEN:
		taken(acd, ev, payload);
		return true;
	}
	return false;
}
