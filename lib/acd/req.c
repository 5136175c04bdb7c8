/* Requirements: compiled once and kept by their text. */
#include <acd/tables.h>

/* Compiled texts that nobody uses any more but that are kept for the next. */
#define REQS_MAX 1024

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
	req->count = usher_expr_names_under(expr, "contact", &req->first);
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
