/*
 * Options of policies: checked when a queue is set or the center's order
 * changes, compiled where they are applied. The blocks are no state: they
 * follow from the options, which are.
 */
#include <acd/internal.h>

/* A list of options for a policy, which may take none. Its callback changes
 * nothing in the core. */
static int configure(struct usher_acd *acd,
		     int (*make)(void *arg, const struct usher_attr *options,
				 size_t count, void *conf,
				 struct usher_error *err),
		     void *arg, const struct usher__bytes *options, void *conf,
		     struct usher_error *err)
{
	struct usher_attr list[USHER_ATTRS_MAX];
	const bool busy = acd->busy;
	const void *at = NULL;
	size_t count = 0;
	int code;

	if (options->count > USHER_ATTRS_MAX)
		return usher_error_set(err, USHER_EINVAL,
				       "more than %d options",
				       USHER_ATTRS_MAX);
	while (count < options->count &&
	       usher__kv_next(options, &at, &list[count]))
		count++;
	if (make) {
		acd->busy = true;
		code = make(arg, list, count, conf, err);
		acd->busy = busy;
		return code;
	}
	return count ? usher_error_set(err, USHER_EINVAL,
				       "the policy takes no options")
		     : 0;
}

union block {
	int64_t align;
	unsigned char bytes[CONF_SIZE];
};

static int check(struct usher_acd *acd,
		 const struct usher_agent_policy *policy,
		 const struct usher__bytes *options, struct usher_error *err)
{
	union block block;

	memset(&block, 0, sizeof(block));
	return configure(acd, policy->configure, policy->arg, options, &block,
			 err);
}

int usher__conf_check_order(struct usher_acd *acd,
			    const struct usher_contact_policy *order,
			    const struct usher__bytes *options,
			    struct usher_error *err)
{
	union block block;

	memset(&block, 0, sizeof(block));
	/* who takes none leaves them to other orders */
	return order->configure ? configure(acd, order->configure, order->arg,
					    options, &block, err)
				: 0;
}

int usher__conf_check(struct usher_acd *acd,
		      const struct usher__ev_queue_set *conf,
		      struct usher_error *err)
{
	static const struct usher__bytes none;
	const struct usher_agent_policy *policy =
		usher__agent_policy(acd, usher__cstr(&conf->policy));
	const struct usher_agent_policy *fallback =
		usher__agent_policy(acd, usher__cstr(&conf->fallback));
	struct usher_error inner = {0};
	int code;

	/* "external" hands them on to whoever decides */
	code = policy ? check(acd, policy, &conf->policy_options, &inner) : 0;
	if (!code)
		code = check(acd, fallback, &none, &inner);
	if (!code && conf->order_options.count > USHER_ATTRS_MAX)
		code = usher_error_set(&inner, USHER_EINVAL,
				       "more than %d options",
				       USHER_ATTRS_MAX);
	if (!code)
		code = usher__conf_check_order(acd, acd->order,
					       &conf->order_options, &inner);
	return code ? usher_error_set(err, code, "queue \"%s\": %s",
				      usher__cstr(&conf->name), inner.message)
		    : 0;
}

void usher__conf_make_order(struct usher_acd *acd, struct queue *queue)
{
	const struct usher_contact_policy *order = acd->order;
	unsigned char *conf = usher__conf_at(queue, CONF_ORDER);

	memset(conf, 0, CONF_SIZE);
	if (order->configure)
		configure(acd, order->configure, order->arg,
			  &queue->conf->order_options, conf, NULL);
}

void usher__conf_make(struct usher_acd *acd, struct queue *queue)
{
	static const struct usher__bytes none;

	memset(usher__conf_at(queue, CONF_POLICY), 0, 2 * CONF_SIZE);
	if (queue->policy)
		configure(acd, queue->policy->configure, queue->policy->arg,
			  &queue->conf->policy_options,
			  usher__conf_at(queue, CONF_POLICY), NULL);
	configure(acd, queue->fallback->configure, queue->fallback->arg, &none,
		  usher__conf_at(queue, CONF_FALLBACK), NULL);
	usher__conf_make_order(acd, queue);
}
