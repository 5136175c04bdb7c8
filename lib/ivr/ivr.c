/* Making an instance, and what can be asked of it. */
#include <string.h>

#include "ivr/instance.h"

void usher_ivr_opts_init(struct usher_ivr_opts *opts, size_t size)
{
	memset(opts, 0, size);
	opts->size = size;
}

int usher_ivr_new(struct usher_ivr **ret, struct usher_flow_set *set,
		  const struct usher_ivr_opts *opts,
		  const struct usher_alloc *alloc, struct usher_error *err)
{
	const char *language;
	const struct flow *flow;
	struct usher_ivr *ivr;
	int code;

	if (!ret || !set || !opts ||
	    opts->size < UP_TO(struct usher_ivr_opts, arg) || !opts->flow)
		return usher_error_set(err, USHER_EINVAL,
				       "no flow set, options or flow");
	flow = usher__flow_find(set, opts->flow);
	if (!flow)
		return usher_error_set(err, USHER_ENOENT,
				       "there is no flow %.63s", opts->flow);
	language = opts->language ? opts->language : set->language;
	if (!usher__flow_name_ok(language))
		return usher_error_set(err, USHER_EINVAL,
				       "the language is no name");
	if (usher__ivr_alloc(&ivr, set, opts, alloc))
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	usher__ivr_begin(ivr);
	ivr->d.step = (int32_t)flow->first;
	usher__ivr_set(ivr, VAR_LANGUAGE, usher_value_string(language));
	code = usher__ivr_commit(ivr);
	if (code) {
		usher_ivr_free(ivr);
		return usher_error_set(err, code, "out of memory");
	}
	*ret = ivr;
	return 0;
}

const struct usher_ivr_action *usher_ivr_next(struct usher_ivr *ivr)
{
	struct act *act = ivr->unread;

	if (!act)
		return NULL;
	ivr->unread = act->next;
	return &act->action;
}

bool usher_ivr_done(const struct usher_ivr *ivr)
{
	return ivr->d.state == IVR_DONE && !ivr->unread;
}

bool usher_ivr_hides(const struct usher_ivr *ivr, uint32_t kind)
{
	const struct step *step = usher__ivr_step(ivr);

	switch ((enum ivr_state)ivr->d.state) {
	case IVR_ASKING:
	case IVR_INPUT:
	case IVR_INVALID:
		return step->var >= 0 && ivr->set->vars[step->var].secret;
	case IVR_PROMPT:
		/* Typed ahead of a question that may be a secret one. */
		return kind == USHER_IVR_DIGIT &&
		       usher__queue_frame(ivr) < 0 &&
		       !(step->flags & USHER_STEP_NO_BARGE);
	default:
		return false;
	}
}

const char *usher_ivr_where(struct usher_ivr *ivr)
{
	usher__step_where(ivr->set, usher__ivr_step(ivr), ivr->where,
			  sizeof(ivr->where));
	return ivr->where;
}

struct usher_value usher_ivr_variable(const struct usher_ivr *ivr,
				      const char *name)
{
	for (uint32_t i = 0; name && i < ivr->set->n_vars; i++)
		if (!ivr->set->vars[i].secret &&
		    !strcmp(ivr->set->vars[i].name, name))
			return usher__ivr_var(ivr, (int32_t)i);
	return usher_value_undefined();
}
