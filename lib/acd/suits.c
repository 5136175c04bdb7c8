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

struct question {
	const struct usher_expr *expr;
	const struct usher__seeker *seeker;
	const struct usher__helper *helper;
	struct usher__lists lists;
};

void usher__lists_init(struct usher__lists *lists)
{
	lists->count = 0;
	memset(lists->at, 0, sizeof(lists->at));
}

static void give_list(struct usher__lists *lists, uint32_t index,
		      const struct usher_attr *attr, struct usher_value *ret)
{
	const char *item = attr->text;

	if (!lists->at[index]) {
		assert(lists->count + attr->count <= LIST_ITEMS_MAX);
		lists->at[index] = (uint16_t)(lists->count + 1);
		for (uint32_t i = 0; i < attr->count; i++) {
			lists->items[lists->count++] =
				usher_value_string(item);
			item += strlen(item) + 1;
		}
	}
	*ret = usher_value_list(lists->items + lists->at[index] - 1,
				attr->count);
}

void usher__give(struct usher__lists *lists, uint32_t index,
		 const struct usher_attr *attr, struct usher_value *ret)
{
	if (attr->type == USHER_ATTR_LIST)
		give_list(lists, index, attr, ret);
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
			usher__give(&q->lists, index, &attr, ret);
		return;
	}
	if (!strcmp(name, name_of_agent)) {
		*ret = usher_value_string(q->helper->name);
		return;
	}
	if (usher__kv_find(&q->helper->attrs, name, &attr))
		usher__give(&q->lists, index, &attr, ret);
}

bool usher__holds(const struct usher_expr *expr,
		  const struct usher__seeker *seeker,
		  const struct usher__helper *helper)
{
	struct question q;

	q.expr = expr;
	q.seeker = seeker;
	q.helper = helper;
	usher__lists_init(&q.lists);
	return usher_expr_test(expr, look_up, &q);
}

static bool holds(const struct req *req, const struct usher__seeker *seeker,
		  const struct usher__helper *helper)
{
	return !req || usher__holds(req->expr, seeker, helper);
}

bool usher__serves(const struct queue *queue,
		   const struct usher__helper *helper)
{
	bool member = !queue->conf->members_only;

	for (uint32_t i = 0; !member && i < helper->queue_count; i++)
		member = helper->queues[i] == queue->id;
	return member;
}

bool usher__suits(const struct queue *queue, const struct req *extra,
		  uint32_t rings, const struct usher__seeker *seeker,
		  const struct usher__helper *helper)
{
	bool member = usher__serves(queue, helper);
	bool suits = member && holds(queue->req, seeker, helper);

	for (uint32_t i = 0; !suits && i < queue->step_count; i++) {
		bool anyone;

		if (rings >> i & 1)
			suits = holds(usher__ring_req(queue, i, &anyone),
				      seeker, helper) &&
				(member || anyone);
	}
	return suits && holds(extra, seeker, helper);
}

bool usher__eligible(const struct usher_acd *acd, const struct segment *seg,
		     const struct agent *agent)
{
	struct usher__seeker seeker = {acd, seg->contact, {NULL, 0, 0}};
	struct usher__helper helper = {
		agent->conf->attrs, usher__cstr(&agent->conf->name),
		agent->conf->queues.ptr, agent->conf->queues.count};

	return usher__suits(seg->q.queue, seg->q.req,
			    usher__rings(seg->q.queue, seg->taken), &seeker,
			    &helper);
}
