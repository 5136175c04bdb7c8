/*
 * Requirements: compiled once, kept by their text, evaluated for a contact and
 * an agent.
 */
#include <stdio.h>

#include <acd/classes.h>

/* Compiled texts that nobody uses any more but that are kept for the next. */
#define REQS_MAX 1024

static const char contact_prefix[] = "contact.";
static const char name_of_agent[] = "agent.name";

static void req_free(struct usher_acd *acd, struct req *req)
{
	struct classes *all = acd->classes;

	if (!req->wide)
		usher__names_release(acd, req->expr);
	HASH_DEL(all->reqs, req);
	usher_expr_free(req->expr);
	acd->alloc.realloc(acd->alloc.arg, req, 0);
}

void usher__reqs_free(struct usher_acd *acd)
{
	struct req *req, *next;

	HASH_ITER (hh, acd->classes->reqs, req, next)
		req_free(acd, req);
}

static struct req *find(struct usher_acd *acd, const struct usher__bytes *text)
{
	struct req *req = NULL;

	if (text->len)
		HASH_FIND(hh, acd->classes->reqs, text->ptr, text->len, req);
	return req;
}

bool usher__is_agent_name(const char *name)
{
	return strncmp(name, contact_prefix, sizeof(contact_prefix) - 1) != 0;
}

/* What is kept for the next only; profiles follow later. */
static void drop_unused(struct usher_acd *acd)
{
	struct req *req, *next;

	HASH_ITER (hh, acd->classes->reqs, req, next) {
		if (!req->refs)
			req_free(acd, req);
	}
}

/* Names that only unused requirements hold make room. When those in use have
 * too many, the requirement is wide. */
static int hold_names(struct usher_acd *acd, struct req *req)
{
	int code = usher__names_hold(acd, req->expr);

	if (code == USHER_EFULL) {
		req->refs++;
		drop_unused(acd);
		req->refs--;
		code = usher__names_hold(acd, req->expr);
	}
	req->wide = code != 0;
	return code == USHER_EFULL ? 0 : code;
}

static struct req *req_new(struct usher_acd *acd,
			   const struct usher__bytes *text,
			   struct usher_expr *expr)
{
	struct classes *all = acd->classes;
	struct req *req = acd->alloc.realloc(acd->alloc.arg, NULL,
					     sizeof(*req) + text->len + 1);

	if (!req)
		return NULL;
	memset(req, 0, sizeof(*req));
	req->expr = expr;
	req->len = text->len;
	req->wide = true;
	memcpy(req->text, text->ptr, text->len);
	req->text[text->len] = '\0';
	req->serial = ++all->req_serial;
	HASH_ADD_KEYPTR(hh, all->reqs, req->text, req->len, req);
	if (!req->hh.tbl) {
		acd->alloc.realloc(acd->alloc.arg, req, 0);
		return NULL;
	}
	return req;
}

static int compile(struct usher_acd *acd, const struct usher__bytes *text,
		   struct req **ret, struct usher_error *err)
{
	struct usher_expr *expr;
	int code;

	code = usher_expr_new(&expr, &acd->alloc, text->ptr, text->len, err);
	if (code)
		return code;
	if (HASH_COUNT(acd->classes->reqs) >= REQS_MAX)
		drop_unused(acd);
	*ret = req_new(acd, text, expr);
	if (!*ret) {
		usher_expr_free(expr);
		return USHER_ENOMEM;
	}
	return 0;
}

int usher__req_make(struct usher_acd *acd, const struct usher__bytes *text,
		    struct usher_error *err)
{
	struct req *req = find(acd, text);
	int code = 0;

	if (!text->len || (req && (!req->wide || req->refs)))
		return 0;
	if (!req)
		code = compile(acd, text, &req, err);
	if (!code) {
		code = hold_names(acd, req);
		if (code)
			req_free(acd, req);
	}
	usher__names_settle(acd);
	return code;
}

struct req *usher__req_ref(struct usher_acd *acd,
			   const struct usher__bytes *text)
{
	struct req *req = find(acd, text);

	assert(req || !text->len);
	if (req)
		req->refs++;
	return req;
}

void usher__req_put(struct req *req)
{
	if (req)
		req->refs--;
}

const char *usher__req_text(const struct req *req)
{
	return req ? req->text : "";
}

/* ---- Evaluation ---- */

struct question {
	const struct usher_expr *expr;
	const struct usher__seeker *seeker;
	const struct usher__helper *helper;
};

static void give(const struct usher_attr *attr, struct usher_value *ret)
{
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
	const struct question *q = arg;
	const char *name = usher_expr_name(q->expr, index);
	struct usher_attr attr;

	if (!usher__is_agent_name(name)) {
		name += sizeof(contact_prefix) - 1;
		if (q->seeker->contact
			    ? usher__contact_value(q->seeker->acd,
						   q->seeker->contact, name,
						   &attr)
			    : usher__kv_find(&q->seeker->attrs, name, &attr))
			give(&attr, ret);
		return;
	}
	if (!strcmp(name, name_of_agent)) {
		*ret = usher_value_string(q->helper->name);
		return;
	}
	if (usher__kv_find(&q->helper->attrs, name, &attr))
		give(&attr, ret);
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
