/*
 * Whether an agent suits a contact: what requirements read of both, and what
 * comes of it.
 */
#include <acd/tables.h>

static const char contact_prefix[] = "contact.";
static const char name_of_agent[] = "agent.name";

bool usher__is_agent_name(const char *name)
{
	return strncmp(name, contact_prefix, sizeof(contact_prefix) - 1) != 0;
}

/* The agent's lists and the contact's, each item once: what is read of a name
 * stays where it is, since a name may be read again. */
#define ITEMS_MAX (2 * USHER_ATTR_ITEMS_MAX)

struct question {
	const struct usher_expr *expr;
	const struct usher__seeker *seeker;
	const struct usher__helper *helper;
	uint32_t item_count;
	uint16_t at[USHER_EXPR_NAMES_MAX]; /* one more than the first item, or
					    * 0 before the name is read */
	struct usher_value items[ITEMS_MAX];
};

static void give_list(struct question *q, uint32_t index,
		      const struct usher_attr *attr, struct usher_value *ret)
{
	const char *item = attr->text;

	if (!q->at[index]) {
		assert(q->item_count + attr->count <= ITEMS_MAX);
		q->at[index] = (uint16_t)(q->item_count + 1);
		for (uint32_t i = 0; i < attr->count; i++) {
			q->items[q->item_count++] = usher_value_string(item);
			item += strlen(item) + 1;
		}
	}
	*ret = usher_value_list(q->items + q->at[index] - 1, attr->count);
}

static void give(struct question *q, uint32_t index,
		 const struct usher_attr *attr, struct usher_value *ret)
{
	if (attr->type == USHER_ATTR_LIST)
		give_list(q, index, attr, ret);
	else
		*ret = attr->type == USHER_ATTR_TEXT
			       ? usher_value_string(attr->text)
			       : usher_value_number(attr->number);
}

bool usher__contact_value(const struct usher_acd *acd,
			  const struct contact *contact, const char *name,
			  struct usher_attr *ret)
{
	struct usher__bytes attrs = usher__texts_attrs(contact->texts);
	const char *text = NULL;

	if (usher__kv_find(&attrs, name, ret))
		return true;
	if (!strcmp(name, "channel"))
		text = acd->kinds[contact->kind];
	else if (!strcmp(name, "entry"))
		text = usher__texts_entry(contact->texts);
	else if (!strcmp(name, "origin"))
		text = usher__texts_origin(contact->texts);
	else if (!strcmp(name, "customer"))
		text = usher__texts_customer(contact->texts);
	if (!text || !*text)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->name = name;
	ret->type = USHER_ATTR_TEXT;
	ret->text = text;
	return true;
}

static void look_up(void *arg, uint32_t index, struct usher_value *ret)
{
	struct question *q = arg;
	const char *name = usher_expr_name(q->expr, index);
	struct usher_attr attr;

	if (!usher__is_agent_name(name)) {
		name += sizeof(contact_prefix) - 1;
		if (q->seeker->contact
			    ? usher__contact_value(q->seeker->acd,
						   q->seeker->contact, name,
						   &attr)
			    : usher__kv_find(&q->seeker->attrs, name, &attr))
			give(q, index, &attr, ret);
		return;
	}
	if (!strcmp(name, name_of_agent)) {
		*ret = usher_value_string(q->helper->name);
		return;
	}
	if (usher__kv_find(&q->helper->attrs, name, &attr))
		give(q, index, &attr, ret);
}

static bool holds(const struct req *req, const struct usher__seeker *seeker,
		  const struct usher__helper *helper)
{
	struct question q;

	if (!req)
		return true;
	q.expr = req->expr;
	q.seeker = seeker;
	q.helper = helper;
	q.item_count = 0;
	memset(q.at, 0, sizeof(q.at));
	return usher_expr_test(req->expr, look_up, &q);
}

bool usher__suits(const struct queue *queue, const struct req *extra,
		  const struct usher__seeker *seeker,
		  const struct usher__helper *helper)
{
	bool member = !queue->conf->members_only;

	for (uint32_t i = 0; !member && i < helper->queue_count; i++)
		member = helper->queues[i] == queue->id;
	return member && holds(queue->req, seeker, helper) &&
	       holds(extra, seeker, helper);
}

bool usher__eligible(const struct usher_acd *acd, const struct segment *seg,
		     const struct agent *agent)
{
	struct usher__seeker seeker = {acd, seg->contact, {NULL, 0, 0}};
	struct usher__helper helper = {
		agent->conf->attrs, usher__cstr(&agent->conf->name),
		agent->conf->queues.ptr, agent->conf->queues.count};

	return usher__suits(seg->q.queue, seg->q.req, &seeker, &helper);
}
