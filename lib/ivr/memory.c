/*
 * Memory of an instance, and the frame of a turn: either all that a turn did
 * stays, or nothing. Plain data is copied aside; a variable's old text is
 * freed only when the turn has succeeded.
 */
#include <math.h>
#include <string.h>

#include "ivr/instance.h"

static void slot_free(struct usher_ivr *ivr, struct slot *slot)
{
	if (!slot->text)
		return;
	usher__wipe(slot->text, slot->len);
	ivr->alloc.realloc(ivr->alloc.arg, slot->text, 0);
	slot->text = NULL;
}

int usher__ivr_alloc(struct usher_ivr **ret, struct usher_flow_set *set,
		     const struct usher_ivr_opts *opts,
		     const struct usher_alloc *alloc)
{
	struct usher_ivr *ivr;
	size_t vars = set->n_vars * sizeof(struct slot);

	alloc = alloc ? alloc : usher_alloc_default();
	ivr = alloc->realloc(alloc->arg, NULL, sizeof(*ivr) + 2 * vars);
	if (!ivr)
		return USHER_ENOMEM;
	memset(ivr, 0, sizeof(*ivr) + 2 * vars);
	ivr->alloc = *alloc;
	ivr->set = usher_flow_set_ref(set);
	ivr->lookup = opts->lookup;
	ivr->arg = opts->arg;
	ivr->vars = (struct slot *)(ivr + 1);
	ivr->old = ivr->vars + set->n_vars;
	ivr->last = &ivr->first;
	ivr->d.deadline = ivr->d.queue_deadline = IVR_NEVER;
	ivr->d.last_us = ivr->d.mark_us = INT64_MIN;
	ivr->d.leave_target = TARGET_NONE;
	usher__arena_init(&ivr->arena, alloc);
	*ret = ivr;
	return 0;
}

void usher_ivr_free(struct usher_ivr *ivr)
{
	struct usher_alloc alloc;

	if (!ivr)
		return;
	for (uint32_t i = 0; i < ivr->set->n_vars; i++)
		slot_free(ivr, &ivr->vars[i]);
	usher__arena_free(&ivr->arena);
	usher_flow_set_unref(ivr->set);
	alloc = ivr->alloc;
	usher__wipe(ivr, sizeof(*ivr));
	alloc.realloc(alloc.arg, ivr, 0);
}

void usher__ivr_begin(struct usher_ivr *ivr)
{
	usher__arena_free(&ivr->arena);
	ivr->first = ivr->unread = NULL;
	ivr->last = &ivr->first;
	ivr->shadows = NULL;
	ivr->failed = 0;
	ivr->undo = ivr->d;
	memcpy(ivr->old, ivr->vars, ivr->set->n_vars * sizeof(*ivr->vars));
}

int usher__ivr_commit(struct usher_ivr *ivr)
{
	struct slot *drop = ivr->failed ? ivr->vars : ivr->old;
	struct slot *keep = ivr->failed ? ivr->old : ivr->vars;

	for (uint32_t i = 0; i < ivr->set->n_vars; i++)
		if (drop[i].text != keep[i].text)
			slot_free(ivr, &drop[i]);
	if (ivr->failed) {
		memcpy(ivr->vars, ivr->old,
		       ivr->set->n_vars * sizeof(*ivr->vars));
		ivr->d = ivr->undo;
		usher__arena_free(&ivr->arena);
		ivr->first = NULL;
		ivr->shadows = NULL;
	}
	usher__wipe(ivr->old, ivr->set->n_vars * sizeof(*ivr->old));
	usher__wipe(&ivr->undo, sizeof(ivr->undo));
	ivr->unread = ivr->first;
	return ivr->failed;
}

void *usher__ivr_get(struct usher_ivr *ivr, size_t size)
{
	void *ptr = ivr->failed ? NULL : usher__arena_get(&ivr->arena, size);

	if (!ptr)
		ivr->failed = USHER_ENOMEM;
	return ptr;
}

/* Here because it has to know when a text belongs to the turn alone. A number
 * that is none, as an answer from outside may bring, could not be restored. */
void usher__ivr_set(struct usher_ivr *ivr, int32_t var,
		    struct usher_value value)
{
	struct slot *slot = &ivr->vars[var];
	struct slot made = {.type = value.type};

	if (value.type == USHER_VALUE_STRING) {
		made.len = (size_t)value.len;
		made.text =
			ivr->alloc.realloc(ivr->alloc.arg, NULL, made.len + 1);
		if (!made.text) {
			ivr->failed = USHER_ENOMEM;
			return;
		}
		if (made.len)
			memcpy(made.text, value.string, made.len);
		made.text[made.len] = '\0';
	} else if (value.type == USHER_VALUE_NUMBER &&
		   isfinite(value.number)) {
		made.number = value.number;
	} else if (value.type == USHER_VALUE_BOOL) {
		made.boolean = value.boolean != 0;
	} else {
		made.type = USHER_VALUE_UNDEFINED;
	}
	if (slot->text != ivr->old[var].text)
		slot_free(ivr, slot);
	*slot = made;
}
