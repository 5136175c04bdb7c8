/* What a policy may ask: the core has put itself into the question, and what
 * attributes are read from into what it shows. */
#include <core/random.h>
#include <core/texts.h>
#include <policy/policies.h>

uint64_t usher_pick_random(const struct usher_pick *pick, uint32_t purpose,
			   uint64_t *counter, uint64_t n)
{
	const struct usher__asker *asker = pick->reserved;

	return usher__random_below(asker->seed, pick->queue, purpose, counter,
				   n);
}

int usher_pick_agent(const struct usher_pick *pick, const char *name,
		     uint64_t *ret)
{
	const struct usher__asker *asker = pick->reserved;

	return asker->find ? asker->find(asker->arg, name, ret) : USHER_ENOENT;
}

void usher_pick_idle(const struct usher_pick *pick, usher_pick_idle_h *visit,
		     void *arg)
{
	const struct usher__asker *asker = pick->reserved;

	if (asker->idle)
		asker->idle(asker->arg, visit, arg);
}

int usher_view_agent_attr(const struct usher_agent_view *view,
			  const char *name, struct usher_attr *ret)
{
	return usher__kv_find(view->reserved, name, ret) ? 0 : USHER_ENOENT;
}

int usher_view_contact_attr(const struct usher_contact_view *view,
			    const char *name, struct usher_attr *ret)
{
	struct usher__bytes attrs = usher__texts_attrs(view->reserved);

	return usher__kv_find(&attrs, name, ret) ? 0 : USHER_ENOENT;
}
