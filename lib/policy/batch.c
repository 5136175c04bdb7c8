/*
 * batch: contacts and agents are collected for a moment and assigned together:
 * as many contacts as can be, and among such assignments the one with the most
 * points. A pair has points for the contact's wait and priority, the agent's
 * idle time, the agent's skills and for being the one whom the contact names.
 * The assignment problem: Kuhn, Naval Research Logistics Quarterly 2 (1955).
 * At most USHER_BATCH_CONTACTS_MAX contacts and USHER_BATCH_AGENTS_MAX agents
 * at once.
 *
 * Options: window, seconds (default 2, to 60); points: wait, for each second
 * waited (1); idle, for each second available (1); priority, for each point of
 * it (60); preferred, for the agent whom the contact's attribute `attribute`
 * (default "preferred_agent") names (0); about and skills as in best_skilled,
 * for each point of proficiency.
 */
#include <stdbool.h>

#include <policy/policies.h>

#define WINDOW_S   2
#define POINTS_MAX 1000
#define COST_MAX   (USHER_COST_NEVER - 1)

struct conf {
	int64_t window_us;
	int64_t wait; /* thousandths, as all points */
	int64_t idle;
	int64_t priority;
	int64_t preferred;
	const char *attribute;
	struct usher__skills skills;
};

_Static_assert(sizeof(struct conf) <= USHER_POLICY_CONF_MAX, "batch");

static int configure(void *arg, const struct usher_attr *options, size_t count,
		     void *block, struct usher_error *err)
{
	struct conf *conf = block;
	struct {
		const char *name;
		int64_t *value;
	} points[] = {
		{"wait", &conf->wait},
		{"idle", &conf->idle},
		{"priority", &conf->priority},
		{"preferred", &conf->preferred},
	};
	struct usher__options o;
	int code;

	(void)arg;
	conf->window_us = (int64_t)WINDOW_S * USHER__SECOND;
	conf->wait = 1000;
	conf->idle = 1000;
	conf->priority = 60000;
	conf->attribute = "preferred_agent";
	usher__options_init(&o, options, count, err);
	code = usher__option_number(&o, "window", 0,
				    (double)USHER_BATCH_WINDOW_MAX /
					    USHER__SECOND,
				    USHER__SECOND, &conf->window_us);
	for (size_t i = 0; !code && i < sizeof(points) / sizeof(*points); i++)
		code = usher__option_number(&o, points[i].name, 0, POINTS_MAX,
					    1000, points[i].value);
	if (!code)
		code = usher__option_text(&o, "attribute", &conf->attribute);
	return code ? code : usher__skills_configure(&o, &conf->skills);
}

static int64_t window(void *arg, const void *block)
{
	const struct conf *conf = block;

	(void)arg;
	return conf->window_us;
}

static int64_t seconds(int64_t span_us)
{
	return span_us > 0 ? span_us / USHER__SECOND : 0;
}

static bool names(const struct conf *conf, const struct usher_pick *pick,
		  const struct usher_agent_view *agent)
{
	struct usher_attr name;
	uint64_t id = 0;

	return !usher_view_contact_attr(pick->contact, conf->attribute,
					&name) &&
	       name.type == USHER_ATTR_TEXT &&
	       !usher_pick_agent(pick, name.text, &id) && id == agent->agent;
}

static int64_t cost(void *arg, const struct usher_pick *pick,
		    const struct usher_agent_view *agent)
{
	const struct conf *conf = pick->conf;
	int64_t points;

	(void)arg;
	points = conf->wait * seconds(pick->now_us - pick->contact->since_us) +
		 conf->priority * pick->contact->priority +
		 conf->idle * seconds(pick->now_us -
				      usher__available_since(NULL, agent)) +
		 usher__skill_score(&conf->skills, pick, agent);
	if (conf->preferred && names(conf, pick, agent))
		points += conf->preferred;
	if (points > COST_MAX)
		return -COST_MAX;
	return points < -COST_MAX ? COST_MAX : -points;
}

const struct usher_agent_policy usher__batch = {
	.size = sizeof(struct usher_agent_policy),
	.name = "batch",
	.version = 2,
	.order = USHER_ORDER_BATCH,
	.group = 1,
	.key = usher__available_since,
	.configure = configure,
	.cost = cost,
	.window = window,
	.conf_size = sizeof(struct conf),
};
