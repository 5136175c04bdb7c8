/* A phone's accounts, and calls that it places. */
#include <stdlib.h>
#include <string.h>

#include <sip/impl.h>
#include <sip/phone.h>

/* ---- accounts ---- */

void usher_phone_account_opts_init(struct usher_phone_account_opts *opts,
				   size_t size)
{
	memset(opts, 0, size);
	opts->size = size;
}

static void account_destructor(void *arg)
{
	struct usher__phone_account *account = arg;

	list_unlink(&account->le);
	mem_deref(account->domain);
	mem_deref(account->user);
	usher__secret_free(account->password);
}

static int copy(char **dst, const char *src)
{
	return src && str_dup(dst, src) ? USHER_ENOMEM : 0;
}

static void run_register(struct usher__phone_request *req)
{
	struct usher_phone *phone = req->phone;
	struct usher__phone_account *account;
	struct usher__register_opts opts;
	int err;

	account = mem_zalloc(sizeof(*account), account_destructor);
	if (!account) {
		usher__request_done(req, USHER_ENOMEM);
		return;
	}
	account->id = (uint32_t)req->other;
	memset(&opts, 0, sizeof(opts));
	opts.registrar = req->text[0];
	opts.domain = req->text[1];
	opts.user = req->text[2];
	opts.password = req->text[3];
	opts.expires_s = req->number;
	err = copy(&account->domain, opts.domain);
	err |= copy(&account->user, opts.user);
	err |= copy(&account->password, opts.password);
	if (!err)
		err = usher__ua_register(phone->ua, &opts,
					 &account->registration, NULL);
	if (err) {
		mem_deref(account);
		usher__request_done(req, err);
		return;
	}
	account->request = req->id;
	list_append(&phone->accounts, &account->le, account);
}

int usher_phone_register(struct usher_phone *phone,
			 const struct usher_phone_account_opts *opts,
			 uint32_t *ret_account, uint64_t *ret_request)
{
	struct usher__phone_request *req;
	struct usher_phone_account_opts o;
	uint32_t account;
	int err;

	if (!opts ||
	    opts->size <
		    offsetof(struct usher_phone_account_opts, expires_s) ||
	    !ret_account)
		return USHER_EINVAL;
	usher_phone_account_opts_init(&o, sizeof(o));
	memcpy(&o, opts, opts->size < sizeof(o) ? opts->size : sizeof(o));
	if (!o.registrar || !o.user)
		return USHER_EINVAL;
	err = usher__request_begin(phone, 1, run_register, &req);
	if (err)
		return err;
	account = (uint32_t)(atomic_fetch_add(&phone->last_account, 1) + 1);
	req->other = account;
	req->number = o.expires_s;
	err = usher__request_text(req, 0, o.registrar);
	err |= usher__request_text(req, 1, o.domain);
	err |= usher__request_text(req, 2, o.user);
	err |= usher__request_text(req, 3, o.password);
	err = usher__request_commit(req, 1, err ? USHER_ENOMEM : 0,
				    ret_request);
	if (!err)
		*ret_account = account;
	return err;
}

static void run_unregister(struct usher__phone_request *req)
{
	struct usher_phone *phone = req->phone;
	struct usher__phone_account *account;

	account = usher__phone_account_find(phone, (uint32_t)req->other);
	if (!account) {
		usher__request_done(req, USHER_ENOENT);
		return;
	}
	if (account->request)
		usher__phone_done(phone, account->request, 0, USHER_ECANCELED,
				  0);
	(void)usher__ua_unregister(phone->ua, account->registration);
	mem_deref(account);
	usher__request_done(req, 0);
}

int usher_phone_unregister(struct usher_phone *phone, uint32_t account,
			   uint64_t *ret_request)
{
	struct usher__phone_request *req;
	int err = usher__request_begin(phone, 1, run_unregister, &req);

	if (err)
		return err;
	req->other = account;
	return usher__request_commit(req, 1, 0, ret_request);
}

/* ---- placing ---- */

void usher_phone_call_opts_init(struct usher_phone_call_opts *opts,
				size_t size)
{
	memset(opts, 0, size);
	opts->size = size;
}

static uint64_t leg_of(struct usher_phone *phone, uint64_t id)
{
	const struct usher__phone_call *call =
		id ? usher__phone_call_find(phone, id) : NULL;

	return call ? call->leg : 0;
}

static void place(struct usher__phone_request *req, uint64_t id,
		  uint64_t refer_for)
{
	struct usher_phone *phone = req->phone;
	struct usher__phone_account *account;
	struct usher__phone_call *call;
	struct usher__call_opts opts;
	int err;

	memset(&opts, 0, sizeof(opts));
	opts.uri = req->text[0];
	opts.from_user = req->text[1];
	opts.from_name = req->text[2];
	opts.from_domain = req->text[3];
	opts.headers = req->text[4];
	opts.ring_timeout_ms = req->duration_ms;
	opts.text = phone->text;
	opts.video = phone->video && !req->beside;
	opts.video_of = leg_of(phone, req->beside);
	account = usher__phone_account_find(phone, req->number);
	if (req->number && !account) {
		usher__phone_release(phone, 1);
		usher__request_done(req, USHER_ENOENT);
		return;
	}
	if (account) {
		opts.from_user =
			opts.from_user ? opts.from_user : account->user;
		opts.from_domain =
			opts.from_domain ? opts.from_domain : account->domain;
		opts.auth_user = account->user;
		opts.auth_password = account->password;
	}
	call = usher__phone_call_new(phone, id);
	err = USHER_ENOMEM;
	if (call) {
		opts.arg = call;
		call->refer_for = refer_for;
		call->placed = true;
		err = usher__ua_call(phone->ua, &opts, &call->leg, NULL);
	}
	if (err) {
		usher__phone_release(phone, 1);
		mem_deref(call);
	}
	usher__request_done(req, err);
}

static void run_place(struct usher__phone_request *req)
{
	place(req, req->call, 0);
}

int usher_phone_place(struct usher_phone *phone,
		      const struct usher_phone_call_opts *opts,
		      uint64_t *ret_call, uint64_t *ret_request)
{
	struct usher__phone_request *req;
	struct usher_phone_call_opts o;
	uint64_t call;
	int err;

	if (!opts ||
	    opts->size < offsetof(struct usher_phone_call_opts, account) ||
	    !ret_call)
		return USHER_EINVAL;
	usher_phone_call_opts_init(&o, sizeof(o));
	memcpy(&o, opts, opts->size < sizeof(o) ? opts->size : sizeof(o));
	if (!o.uri)
		return USHER_EINVAL;
	err = usher__request_begin(phone, 2, run_place, &req);
	if (err)
		return err;
	call = atomic_fetch_add(&phone->last_call, 1) + 1;
	req->call = call;
	req->number = o.account;
	req->beside = o.beside;
	req->duration_ms = o.ring_timeout_ms;
	err = usher__request_text(req, 0, o.uri);
	err |= usher__request_text(req, 1, o.from_user);
	err |= usher__request_text(req, 2, o.from_name);
	err |= usher__request_text(req, 3, o.from_domain);
	err |= usher__request_text(req, 4, o.headers);
	err = usher__request_commit(req, 2, err ? USHER_ENOMEM : 0,
				    ret_request);
	if (!err)
		*ret_call = call;
	return err;
}

/* The transferor was told 202 already; req->call is the new call's id. */
static void run_refer_reply(struct usher__phone_request *req)
{
	struct usher_phone *phone = req->phone;
	char line[USHER__UA_MAX_URI + 16];
	struct usher__phone_call *from;
	uint64_t id = req->call;

	req->call = req->other;
	from = usher__phone_call_find(phone, req->other);
	if (!from || !from->refer_target) {
		usher__phone_release(phone, 1);
		usher__request_done(req, from ? USHER_ESTATE : USHER_ENOENT);
		return;
	}
	req->text[0] = strdup(from->refer_target);
	if (from->refer_replaces &&
	    re_snprintf(line, sizeof(line), "Replaces: %s\r\n",
			from->refer_replaces) > 0)
		req->text[4] = strdup(line);
	from->refer_target = mem_deref(from->refer_target);
	from->refer_replaces = mem_deref(from->refer_replaces);
	if (!req->flag || !req->text[0]) {
		(void)usher__leg_refer_notify(phone->ua, from->leg, 603);
		usher__phone_release(phone, 1);
		usher__request_done(req, 0);
		return;
	}
	place(req, id, from->id);
}

int usher_phone_refer_reply(struct usher_phone *phone, uint64_t call,
			    int accept, uint64_t *ret_call,
			    uint64_t *ret_request)
{
	struct usher__phone_request *req;
	uint64_t id;
	int err;

	if (accept && !ret_call)
		return USHER_EINVAL;
	err = usher__request_begin(phone, 2, run_refer_reply, &req);
	if (err)
		return err;
	id = atomic_fetch_add(&phone->last_call, 1) + 1;
	req->call = id;
	req->other = call;
	req->flag = accept != 0;
	err = usher__request_commit(req, 2, 0, ret_request);
	if (!err && accept)
		*ret_call = id;
	return err;
}
