/* Policies that the application brings. */
#include <string.h>

#include "center/center.h"

static int addable(const struct usher_center *center, size_t count,
		   struct usher_error *err)
{
	if (center->acd || center->open)
		return usher_error_set(err, USHER_ESTATE,
				       "the center has been started");
	if (count == USHER__POLICIES_MAX)
		return usher_error_set(err, USHER_EFULL,
				       "more than %u policies",
				       USHER__POLICIES_MAX);
	return 0;
}

int usher_center_agent_policy_add(struct usher_center *center,
				  const struct usher_agent_policy *policy,
				  struct usher_error *err)
{
	struct usher_agent_policy *copy;
	int code;

	if (!center || !policy || policy->size < sizeof(policy->size))
		return usher_error_set(err, USHER_EINVAL, "no policy");
	code = addable(center, center->agent_policy_count, err);
	if (code)
		return code;
	copy = &center->agent_policies[center->agent_policy_count++];
	memcpy(copy, policy,
	       policy->size < sizeof(*copy) ? policy->size : sizeof(*copy));
	return 0;
}

int usher_center_contact_policy_add(struct usher_center *center,
				    const struct usher_contact_policy *policy,
				    struct usher_error *err)
{
	struct usher_contact_policy *copy;
	int code;

	if (!center || !policy || policy->size < sizeof(policy->size))
		return usher_error_set(err, USHER_EINVAL, "no policy");
	code = addable(center, center->contact_policy_count, err);
	if (code)
		return code;
	copy = &center->contact_policies[center->contact_policy_count++];
	memcpy(copy, policy,
	       policy->size < sizeof(*copy) ? policy->size : sizeof(*copy));
	return 0;
}

int usher__center_policies(const struct usher_center *center,
			   struct usher_acd *acd)
{
	size_t i;
	int err = 0;

	for (i = 0; i < center->agent_policy_count && !err; i++)
		err = usher_acd_agent_policy_add(acd,
						 &center->agent_policies[i]);
	for (i = 0; i < center->contact_policy_count && !err; i++)
		err = usher_acd_contact_policy_add(
			acd, &center->contact_policies[i]);
	return err;
}

int usher__center_restore(struct usher_center *center, struct usher_acd **ret,
			  const struct usher_acd_opts *opts, const void *bytes,
			  size_t len)
{
	const struct usher_agent_policy *agents[USHER__POLICIES_MAX];
	const struct usher_contact_policy *contacts[USHER__POLICIES_MAX];
	size_t i;

	for (i = 0; i < center->agent_policy_count; i++)
		agents[i] = &center->agent_policies[i];
	for (i = 0; i < center->contact_policy_count; i++)
		contacts[i] = &center->contact_policies[i];
	return usher_acd_restore(ret, opts, agents, center->agent_policy_count,
				 contacts, center->contact_policy_count, bytes,
				 len, NULL);
}
