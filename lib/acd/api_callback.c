/*
 * The interface: callbacks.
 */
#include <acd/callbacks.h>
#include <acd/options.h>

/* What the options have where they say nothing. */
#define AGAIN_US INT64_C(300000000)
#define ATTEMPTS 3

int usher_acd_callback(struct usher_acd *acd, int64_t now_us, uint64_t contact,
		       const struct usher_callback_opts *opts)
{
	struct usher__ev_in_callback in = {0};
	struct usher_callback_opts all;

	if (!usher__take(&all, sizeof(all), opts, CALLBACK_OPTS_FIRST) ||
	    all.queue_count > USHER_CONTACT_QUEUES_MAX)
		return USHER_EINVAL;
	in.contact = contact;
	in.address = usher__text(all.address);
	in.first = all.first;
	in.from = all.from_us;
	in.until = all.until_us;
	in.again = all.again_us ? all.again_us : AGAIN_US;
	in.attempts = all.attempts ? all.attempts : ATTEMPTS;
	in.queues.ptr = all.queues;
	in.queues.count = all.queue_count;
	in.queues.len = all.queue_count * (uint32_t)sizeof(*all.queues);
	return usher__acd_run(acd, now_us, USHER_EV_IN_CALLBACK, &in, NULL,
			      NULL);
}

int usher_acd_callback_dial(struct usher_acd *acd, int64_t now_us,
			    uint64_t contact)
{
	struct usher__ev_in_callback_dial in = {.contact = contact};

	return usher__acd_run(acd, now_us, USHER_EV_IN_CALLBACK_DIAL, &in,
			      NULL, NULL);
}

int usher_acd_callback_missed(struct usher_acd *acd, int64_t now_us,
			      uint64_t contact, const char *reason)
{
	struct usher__ev_in_callback_missed in = {0};

	in.contact = contact;
	in.reason = usher__text(reason);
	return usher__acd_run(acd, now_us, USHER_EV_IN_CALLBACK_MISSED, &in,
			      NULL, NULL);
}

uint64_t usher_acd_callback_find(const struct usher_acd *acd,
				 const char *address, const char *customer)
{
	const struct usher__bytes number = usher__text(address);
	const struct usher__bytes who = usher__text(customer);
	const struct contact *found = usher__callback_find(acd, &number, &who);

	return found ? found->id : 0;
}
