/*
 * The policies that a core knows, by name, and what it shows them.
 */
#include <acd/internal.h>
#include <acd/options.h>
#include <policy/policies.h>

void usher_agent_policy_init(struct usher_agent_policy *pol, size_t size)
{
	memset(pol, 0, size);
	pol->size = size;
}

void usher_contact_policy_init(struct usher_contact_policy *pol, size_t size)
{
	memset(pol, 0, size);
	pol->size = size;
}

const struct usher_agent_policy *
usher__agent_policy(const struct usher_acd *acd, const char *name)
{
	for (uint32_t i = 0; i < acd->agent_policies.count; i++) {
		const struct usher_agent_policy *pol =
			acd->agent_policies.items[i];

		if (!strcmp(pol->name, name))
			return pol;
	}
	return NULL;
}

const struct usher_contact_policy *
usher__contact_policy(const struct usher_acd *acd, const char *name)
{
	for (uint32_t i = 0; i < acd->contact_policies.count; i++) {
		const struct usher_contact_policy *pol =
			acd->contact_policies.items[i];

		if (!strcmp(pol->name, name))
			return pol;
	}
	return NULL;
}

/* A copy with its name behind it; what an older caller's table lacks is 0. */
static void *copy_table(struct usher_acd *acd, const void *table, size_t size,
			size_t known, const char *name)
{
	char *copy;

	copy = acd->alloc.realloc(acd->alloc.arg, NULL,
				  known + strlen(name) + 1);
	if (!copy)
		return NULL;
	memset(copy, 0, known);
	memcpy(copy, table, size < known ? size : known);
	strcpy(copy + known, name);
	return copy;
}

static bool good_name(const char *name)
{
	return name && *name && strlen(name) <= USHER_NAME_MAX &&
	       strcmp(name, "external") && strcmp(name, "assign");
}

/* What tables of the first version do not have. */
static bool good_agent_more(const struct usher_agent_policy *pol)
{
	if (pol->size <= AGENT_POLICY_FIRST)
		return pol->order != USHER_ORDER_BATCH;
	if (pol->order == USHER_ORDER_BATCH &&
	    (!pol->cost || !pol->window || pol->state_size))
		return false;
	return pol->conf_size <= USHER_POLICY_CONF_MAX;
}

int usher_acd_agent_policy_add(struct usher_acd *acd,
			       const struct usher_agent_policy *pol)
{
	struct usher_agent_policy *copy;

	if (acd->busy)
		return USHER_EBUSY;
	if (pol->size < AGENT_POLICY_FIRST || !good_name(pol->name) ||
	    pol->order < USHER_ORDER_STATIC ||
	    pol->order > USHER_ORDER_BATCH ||
	    pol->state_size > USHER_POLICY_STATE_MAX ||
	    pol->group > USHER_GROUP_MAX ||
	    (pol->order == USHER_ORDER_HEAD && !pol->score) ||
	    (pol->order == USHER_ORDER_SCAN && !pol->pick))
		return USHER_EINVAL;
	if (!good_agent_more(pol))
		return USHER_EINVAL;
	if (usher__agent_policy(acd, pol->name))
		return USHER_EEXIST;
	if (usher__list_reserve(acd, &acd->agent_policies, 1))
		return USHER_ENOMEM;
	copy = copy_table(acd, pol, pol->size, sizeof(*pol), pol->name);
	if (!copy)
		return USHER_ENOMEM;
	copy->name = (const char *)(copy + 1);
	if (!copy->group)
		copy->group = 1;
	usher__list_insert(&acd->agent_policies, acd->agent_policies.count,
			   copy);
	return 0;
}

int usher_acd_contact_policy_add(struct usher_acd *acd,
				 const struct usher_contact_policy *pol)
{
	struct usher_contact_policy *copy;

	if (acd->busy)
		return USHER_EBUSY;
	if (pol->size < CONTACT_POLICY_FIRST || !good_name(pol->name) ||
	    pol->order < USHER_ORDER_STATIC || pol->order > USHER_ORDER_SCAN ||
	    (pol->order == USHER_ORDER_HEAD && !pol->score) ||
	    (pol->order == USHER_ORDER_SCAN && !pol->pick) ||
	    (pol->size > CONTACT_POLICY_FIRST &&
	     pol->conf_size > USHER_POLICY_CONF_MAX))
		return USHER_EINVAL;
	if (usher__contact_policy(acd, pol->name))
		return USHER_EEXIST;
	if (usher__list_reserve(acd, &acd->contact_policies, 1))
		return USHER_ENOMEM;
	copy = copy_table(acd, pol, pol->size, sizeof(*pol), pol->name);
	if (!copy)
		return USHER_ENOMEM;
	copy->name = (const char *)(copy + 1);
	usher__list_insert(&acd->contact_policies, acd->contact_policies.count,
			   copy);
	return 0;
}

int usher__policies_add_builtin(struct usher_acd *acd)
{
	int err = 0;

	for (size_t i = 0; !err && usher__agent_policies[i]; i++)
		err = usher_acd_agent_policy_add(acd,
						 usher__agent_policies[i]);
	for (size_t i = 0; !err && usher__contact_policies[i]; i++)
		err = usher_acd_contact_policy_add(acd,
						   usher__contact_policies[i]);
	return err;
}

static void free_list(struct usher_acd *acd, struct list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		acd->alloc.realloc(acd->alloc.arg, list->items[i], 0);
	if (list->items)
		acd->alloc.realloc(acd->alloc.arg, list->items, 0);
	memset(list, 0, sizeof(*list));
}

void usher__policies_done(struct usher_acd *acd)
{
	free_list(acd, &acd->agent_policies);
	free_list(acd, &acd->contact_policies);
}

/* ---- Views ---- */

void usher__agent_view(const struct agent *agent,
		       struct usher_agent_view *view)
{
	memset(view, 0, sizeof(*view));
	view->agent = agent->id;
	view->idle_since_us = agent->idle_since;
	view->ready_since_us = agent->ready_since;
	view->contacts = agent->contacts;
	view->last_offer = agent->last_offer;
	view->order = agent->conf->order;
	view->load = agent->load_total;
	view->talk_us = agent->talk;
	view->signed_in_us = agent->signed_in;
	view->busy_us = agent->busy;
	view->busy_since_us = agent->busy_since;
	view->paused_us = agent->paused;
	view->reserved = &agent->conf->attrs;
}

void usher__agent_view_in(const struct agent *agent, const struct queue *queue,
			  struct usher_agent_view *view)
{
	usher__agent_view(agent, view);
	if (queue->policy && queue->policy->paces)
		usher__pace_get(agent, queue->id, &view->handle_us,
				&view->handled);
}

void usher__contact_view(const struct segment *seg,
			 struct usher_contact_view *view)
{
	memset(view, 0, sizeof(*view));
	view->contact = seg->contact->id;
	view->segment = seg->id;
	view->queue = seg->q.queue->id;
	view->since_us = seg->q.node.k1;
	view->entered_us = seg->began;
	view->priority = seg->q.priority;
	view->target_us = seg->q.queue->conf->target;
	view->boost = seg->q.queue->conf->boost;
	view->conf = usher__conf_at(seg->q.queue, CONF_ORDER);
	view->handle_us = seg->q.queue->handle;
	view->waiting = seg->q.queue->waiting - seg->q.queue->offered;
	view->reserved = seg->contact->texts;
}
