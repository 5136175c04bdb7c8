/*
 * preferred_agent: the agent whom the contact names, for a patience after it
 * entered the queue; then, or when that agent is not at work, may not take it
 * or has refused it, the one who has been available longest. Common in
 * products, for example as "last agent" or "sticky" routing; no theory behind
 * it.
 *
 * Options: attribute, the contact's that has the agent's name (default
 * "preferred_agent"); patience, seconds (30).
 */
#include <policy/policies.h>

#define PATIENCE_S 30

struct conf {
	const char *attribute;
	int64_t patience_us;
};

static int configure(void *arg, const struct usher_attr *options, size_t count,
		     void *block, struct usher_error *err)
{
	struct conf *conf = block;
	struct usher__options o;
	int code;

	(void)arg;
	conf->attribute = "preferred_agent";
	conf->patience_us = (int64_t)PATIENCE_S * USHER__SECOND;
	usher__options_init(&o, options, count, err);
	code = usher__option_text(&o, "attribute", &conf->attribute);
	if (!code)
		code = usher__option_number(&o, "patience", 0, USHER__DAY_S,
					    USHER__SECOND, &conf->patience_us);
	return code ? code : usher__options_end(&o);
}

static int seek(void *arg, void *state, const struct usher_pick *pick,
		struct usher_choice *choice)
{
	const struct conf *conf = pick->conf;
	int64_t until = pick->contact->entered_us + conf->patience_us;
	struct usher_attr name;
	uint64_t agent = 0;
	int code;

	(void)arg;
	(void)state;
	if (!conf->attribute ||
	    usher_view_contact_attr(pick->contact, conf->attribute, &name) ||
	    name.type != USHER_ATTR_TEXT)
		return USHER_PICK_THIS;
	code = usher_pick_agent(pick, name.text, &agent);
	choice->agent = agent;
	if (!code) {
		choice->seek = USHER_SEEK_AGENT;
		return USHER_PICK_THIS;
	}
	if (code != USHER_EAGAIN || pick->now_us >= until)
		return USHER_PICK_THIS;
	choice->at_us = until;
	return USHER_PICK_LATER;
}

const struct usher_agent_policy usher__preferred_agent = {
	.size = sizeof(struct usher_agent_policy),
	.name = "preferred_agent",
	.version = 1,
	.order = USHER_ORDER_STATIC,
	.group = 1,
	.key = usher__idlest,
	.seek = seek,
	.configure = configure,
	.conf_size = sizeof(struct conf),
};
