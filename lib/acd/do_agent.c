/*
 * Deciding: a contact with an agent, from the first word to the end of the
 * wrap-up.
 */
#include <acd/handlers.h>

static bool offered_to(const struct contact *contact,
		       const struct agent *agent)
{
	for (const struct offer *at = contact->offers; at; at = at->next) {
		if (at->agent == agent)
			return true;
	}
	return false;
}

int usher__do_direct(struct usher_acd *acd, const void *arg, uint64_t *ret,
		     struct usher_error *err)
{
	const struct usher__ev_in_direct *in = arg;
	struct contact *contact = usher__contact_get(acd, in->contact);
	struct agent *agent = usher__agent_get(acd, in->agent);
	struct usher__ev_agent_joined ev = {0};
	uint64_t id = acd->node | ((acd->last_segment + 1) & ID_MASK);
	struct segment *seg;

	(void)err;
	if (!contact || !agent)
		return USHER_ENOENT;
	if (contact->ended || contact->callback || agent->removing)
		return USHER_ESTATE;
	if (!usher__good_span(in->wrapup))
		return USHER_EINVAL;
	seg = usher__contact_with(contact, agent);
	if ((seg && seg->state != USHER_SEGMENT_WRAPUP) ||
	    offered_to(contact, agent))
		return USHER_EEXIST;
	if (!in->force &&
	    !(seg ? usher__agent_open(agent)
		  : usher__agent_free(acd, agent, contact->kind)))
		return USHER_ESTATE;
	if (!seg && (contact->segment_count >= USHER_CONTACT_SEGMENTS_MAX ||
		     agent->load_total >= USHER_AGENT_LOAD_MAX))
		return USHER_EFULL;
	/* What they wrap up gives its place to what comes back, before a
	 * queue could take it: both are of one input. */
	if (seg)
		usher__wrapup_over(acd, seg);
	ev.agent = agent->id;
	ev.dialing = in->dialing ? 1 : 0;
	ev.wrapup = in->wrapup;
	usher__acd_emit(acd, USHER_EV_AGENT_JOINED, contact->id, id, &ev);
	*ret = id;
	return 0;
}

/* The agent segment in the state that the input needs. */
static int find_talk(const struct usher_acd *acd, uint64_t id, uint32_t state,
		     struct segment **ret)
{
	struct segment *seg = usher__segment_get(acd, id);

	if (!seg || seg->kind != USHER_SEGMENT_AGENT)
		return USHER_ENOENT;
	if (seg->state != state)
		return USHER_ESTATE;
	*ret = seg;
	return 0;
}

int usher__do_answered(struct usher_acd *acd, const void *arg, uint64_t *ret,
		       struct usher_error *err)
{
	const struct usher__ev_in_answered *in = arg;
	struct usher__ev_agent_answered ev = {0};
	struct segment *seg;
	int code = find_talk(acd, in->segment, USHER_SEGMENT_DIALING, &seg);

	(void)ret;
	(void)err;
	if (code)
		return code;
	ev.agent = seg->a.agent->id;
	ev.connect = acd->now - seg->state_since;
	usher__acd_emit(acd, USHER_EV_AGENT_ANSWERED, seg->contact->id,
			seg->id, &ev);
	return 0;
}

int usher__do_hold(struct usher_acd *acd, const void *arg, uint64_t *ret,
		   struct usher_error *err)
{
	const struct usher__ev_in_hold *in = arg;
	struct usher__ev_hold_started ev = {0};
	struct segment *seg;
	int code = find_talk(acd, in->segment, USHER_SEGMENT_TALKING, &seg);

	(void)ret;
	(void)err;
	if (code)
		return code;
	ev.agent = seg->a.agent->id;
	usher__acd_emit(acd, USHER_EV_HOLD_STARTED, seg->contact->id, seg->id,
			&ev);
	return 0;
}

int usher__do_resume(struct usher_acd *acd, const void *arg, uint64_t *ret,
		     struct usher_error *err)
{
	const struct usher__ev_in_resume *in = arg;
	struct usher__ev_hold_ended ev = {0};
	struct segment *seg;
	int code = find_talk(acd, in->segment, USHER_SEGMENT_HELD, &seg);

	(void)ret;
	(void)err;
	if (code)
		return code;
	ev.agent = seg->a.agent->id;
	ev.hold = acd->now - seg->state_since;
	usher__acd_emit(acd, USHER_EV_HOLD_ENDED, seg->contact->id, seg->id,
			&ev);
	return 0;
}

int usher__do_leave(struct usher_acd *acd, const void *arg, uint64_t *ret,
		    struct usher_error *err)
{
	const struct usher__ev_in_leave *in = arg;
	struct segment *seg = usher__segment_get(acd, in->segment);

	(void)ret;
	(void)err;
	if (!seg || seg->kind != USHER_SEGMENT_AGENT)
		return USHER_ENOENT;
	if (seg->state == USHER_SEGMENT_WRAPUP)
		return USHER_ESTATE;
	usher__talk_over(acd, seg, &in->reason);
	return 0;
}

int usher__do_wrapup_end(struct usher_acd *acd, const void *arg, uint64_t *ret,
			 struct usher_error *err)
{
	const struct usher__ev_in_wrapup_end *in = arg;
	struct segment *seg;
	int code = find_talk(acd, in->segment, USHER_SEGMENT_WRAPUP, &seg);

	(void)ret;
	(void)err;
	if (code)
		return code;
	usher__wrapup_over(acd, seg);
	return 0;
}

int usher__do_disposition(struct usher_acd *acd, const void *arg,
			  uint64_t *ret, struct usher_error *err)
{
	const struct usher__ev_in_disposition *in = arg;
	struct segment *seg = usher__segment_get(acd, in->segment);
	struct usher__ev_disposition_set ev = {0};

	(void)ret;
	(void)err;
	if (!seg || seg->kind != USHER_SEGMENT_AGENT)
		return USHER_ENOENT;
	ev.agent = seg->a.agent->id;
	ev.queue = seg->a.queue;
	ev.disposition = usher__cut(&in->disposition);
	if (seg->a.disposition) {
		struct usher__bytes now = usher__text(seg->a.disposition);

		if (usher__bytes_equal(&now, &ev.disposition))
			return 0;
	}
	return usher__acd_bring(acd, USHER_EV_DISPOSITION_SET,
				seg->contact->id, seg->id, &ev);
}
