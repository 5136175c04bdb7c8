/* Consults and transfers of a queue: {queue: NAME, part: 20%}, of queues that
 * may stand behind it. */
#include "read.h"

static const struct read_field fields[] = {
	{"queue", READ_OTHER, 0, 0, 0},
	{"part", READ_PART, offsetof(struct usher_sim_onward, part), 0, 0},
};

static int read_item(const struct reader *r, yaml_node_t *item,
		     const char *what, struct usher_sim_onward *ret)
{
	static const struct read_field text = {"queue", READ_TEXT, 0, 0, 0};
	yaml_node_t *node;
	const char *name = NULL;
	int rc;

	ret->part = 1;
	rc = read_fields(r, item, what, fields, LAB_COUNT(fields), ret);
	if (rc)
		return rc;
	node = usher__yaml_get(r->yaml, item, "queue");
	if (!node)
		return read_fail(r, item, "one of %s needs a 'queue'", what);
	rc = read_one(r, node, "queue", &text, &name);
	if (rc)
		return rc;
	ret->queue = lab_day_queue(r->day, name);
	return ret->queue == UINT32_MAX
		       ? read_fail(r, node, "no queue %s", name)
		       : 0;
}

static int read_parts(const struct reader *r, yaml_node_t *map,
		      const char *what, const struct usher_sim_onward **ret,
		      uint32_t *count)
{
	yaml_node_t *list = usher__yaml_get(r->yaml, map, what);
	struct usher_sim_onward *parts;
	double sum = 0;
	int rc;

	if (!list)
		return 0;
	rc = read_list(r, list, what, USHER_SIM_QUEUES_MAX);
	if (rc)
		return rc;
	*count = (uint32_t)usher__yaml_len(list);
	parts = read_alloc(r, *count, sizeof(*parts));
	if (!parts)
		return USHER_ENOMEM;
	*ret = parts;
	for (uint32_t i = 0; !rc && i < *count; i++) {
		yaml_node_t *item = usher__yaml_item(r->yaml, list, i);

		rc = read_item(r, item, what, &parts[i]);
		sum += parts[i].part;
		if (!rc && sum > 1 + 1e-9)
			rc = read_fail(r, item, "%s are more than all", what);
	}
	return rc;
}

/* Whose free agents an outbound queue looks at before it dials ahead. */
static int read_watch(const struct reader *r, yaml_node_t *map,
		      struct usher_sim_queue *q)
{
	static const struct read_field text = {"watch", READ_TEXT, 0, 0, 0};
	yaml_node_t *out = usher__yaml_get(r->yaml, map, "outbound");
	yaml_node_t *node =
		out ? usher__yaml_get(r->yaml, out, "watch") : NULL;
	const char *name = NULL;
	uint32_t queue;
	int rc;

	if (!node)
		return 0;
	rc = read_one(r, node, text.key, &text, &name);
	if (rc)
		return rc;
	queue = lab_day_queue(r->day, name);
	if (queue == UINT32_MAX)
		return read_fail(r, node, "no queue %s", name);
	q->outbound_watch = queue + 1;
	return 0;
}

int read_onward(const struct reader *r, yaml_node_t *map,
		struct usher_sim_queue *q)
{
	int rc = read_parts(r, map, "consults", &q->consults,
			    &q->consult_count);

	if (!rc)
		rc = read_parts(r, map, "transfers", &q->transfers,
				&q->transfer_count);
	return rc ? rc : read_watch(r, map, q);
}
