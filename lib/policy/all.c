/* All policies of the library, and whether they take options. */
#include <string.h>

#include <policy/policies.h>

const struct usher_agent_policy *const usher__agent_policies[] = {
	&usher__batch,
	&usher__best_skilled,
	&usher__fair_threshold,
	&usher__fastest_first,
	&usher__fewest_contacts,
	&usher__idleness_ratio,
	&usher__least_occupied,
	&usher__least_skilled_first,
	&usher__least_talk_time,
	&usher__longest_idle,
	&usher__percentage,
	&usher__preferred_agent,
	&usher__random_agent,
	&usher__ring_all,
	&usher__ring_progressive,
	&usher__round_robin,
	&usher__slowest_first,
	&usher__top_down,
	&usher__weighted_random,
	NULL,
};

const struct usher_contact_policy *const usher__contact_policies[] = {
	&usher__age_with_boost,    &usher__cmu,
	&usher__earliest_deadline, &usher__nearest_target,
	&usher__priority_age,      &usher__queue_ratio,
	&usher__random_contact,    NULL,
};

/* Compiled to nowhere. */
union block {
	int64_t align;
	const void *pointer;
	unsigned char bytes[USHER_POLICY_CONF_MAX];
};

int usher_agent_policy_check(const char *name,
			     const struct usher_attr *options, size_t count,
			     struct usher_error *err)
{
	const struct usher_agent_policy *const *at = usher__agent_policies;
	struct usher_error inner;
	union block block;
	int code;

	while (*at && strcmp((*at)->name, name))
		at++;
	if (!*at)
		return usher_error_set(err, USHER_ENOENT, "no policy \"%s\"",
				       name);
	memset(&inner, 0, sizeof(inner));
	memset(&block, 0, sizeof(block));
	if (!(*at)->configure) {
		if (!count)
			return 0;
		code = usher_error_set(&inner, USHER_EINVAL,
				       "%s takes no options", name);
		inner.column = 1;
	} else {
		code = (*at)->configure((*at)->arg, options, count, &block,
					&inner);
	}
	if (code && err)
		*err = inner;
	return code;
}

int usher_contact_policy_check(const char *name,
			       const struct usher_attr *options, size_t count,
			       struct usher_error *err)
{
	const struct usher_contact_policy *const *at = usher__contact_policies;
	struct usher_error inner;
	union block block;
	int code;

	while (*at && strcmp((*at)->name, name))
		at++;
	if (!*at)
		return usher_error_set(err, USHER_ENOENT,
				       "no contact policy \"%s\"", name);
	memset(&inner, 0, sizeof(inner));
	memset(&block, 0, sizeof(block));
	code = (*at)->configure ? (*at)->configure((*at)->arg, options, count,
						   &block, &inner)
				: 0;
	if (code && err)
		*err = inner;
	return code;
}
