/* Requests to a phone: posted from any thread, run on the loop. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sip/phone.h>

static void request_free(struct usher__phone_request *req)
{
	size_t i;

	for (i = 0; i < sizeof(req->text) / sizeof(req->text[0]); i++)
		free(req->text[i]);
	free(req);
}

static void request_run(void *arg)
{
	struct usher__phone_request *req = arg;

	req->run(req);
	request_free(req);
}

void usher__request_done(struct usher__phone_request *req, int code)
{
	usher__phone_done(req->phone, req->id, req->call, code, 0);
}

/* 0 with a new request, for which slots places are reserved. */
int usher__request_begin(struct usher_phone *phone, uint32_t slots,
			 void (*run)(struct usher__phone_request *req),
			 struct usher__phone_request **ret)
{
	struct usher__phone_request *req;
	int err;

	if (!phone)
		return USHER_EINVAL;
	if (phone->pid != getpid())
		return USHER_EFORK;
	req = calloc(1, sizeof(*req));
	if (!req)
		return USHER_ENOMEM;
	err = usher__phone_reserve(phone, slots);
	if (err) {
		free(req);
		return err;
	}
	req->phone = phone;
	req->run = run;
	req->id = atomic_fetch_add(&phone->last_request, 1) + 1;
	*ret = req;
	return 0;
}

int usher__request_text(struct usher__phone_request *req, unsigned i,
			const char *text)
{
	if (!text)
		return 0;
	req->text[i] = strdup(text);
	return req->text[i] ? 0 : USHER_ENOMEM;
}

/* Post it, or undo the beginning. */
int usher__request_commit(struct usher__phone_request *req, uint32_t slots,
			  int err, uint64_t *ret_request)
{
	struct usher_phone *phone = req->phone;
	uint64_t id = req->id;

	if (!err)
		err = usher__loop_post(phone->loop, request_run, req);
	if (err) {
		usher__phone_release(phone, slots);
		request_free(req);
		return err == USHER_EFULL ? USHER_EAGAIN : err;
	}
	if (ret_request)
		*ret_request = id;
	return 0;
}

/* The call that a request names; or the request is done with ENOENT. */
struct usher__phone_call *usher__request_call(struct usher__phone_request *req)
{
	struct usher__phone_call *call;

	call = usher__phone_call_find(req->phone, req->call);
	if (!call)
		usher__request_done(req, USHER_ENOENT);
	return call;
}

/* ---- a call's own verbs ---- */

int usher__request_simple(struct usher_phone *phone, uint64_t call,
			  void (*run)(struct usher__phone_request *req),
			  bool flag, uint16_t status, uint64_t *ret_request)
{
	struct usher__phone_request *req;
	int err = usher__request_begin(phone, 1, run, &req);

	if (err)
		return err;
	req->call = call;
	req->flag = flag;
	req->status = status;
	return usher__request_commit(req, 1, 0, ret_request);
}

static void run_ring(struct usher__phone_request *req)
{
	struct usher__phone_call *call = usher__request_call(req);
	struct usher__ua *ua = req->phone->ua;

	if (call)
		usher__request_done(
			req, req->flag ? usher__leg_early(ua, call->leg)
				       : usher__leg_ring(ua, call->leg));
}

int usher_phone_ring(struct usher_phone *phone, uint64_t call, int early,
		     uint64_t *ret_request)
{
	return usher__request_simple(phone, call, run_ring, early != 0, 0,
				     ret_request);
}

static void run_answer(struct usher__phone_request *req)
{
	struct usher__phone_call *call = usher__request_call(req);

	if (call)
		usher__request_done(
			req, usher__leg_answer(req->phone->ua, call->leg));
}

int usher_phone_answer(struct usher_phone *phone, uint64_t call,
		       uint64_t *ret_request)
{
	return usher__request_simple(phone, call, run_answer, false, 0,
				     ret_request);
}

static void run_reject(struct usher__phone_request *req)
{
	struct usher__phone_call *call = usher__request_call(req);

	if (call)
		usher__request_done(req, usher__leg_reject(req->phone->ua,
							   call->leg,
							   req->status, NULL));
}

int usher_phone_reject(struct usher_phone *phone, uint64_t call,
		       uint16_t status, uint64_t *ret_request)
{
	if (status && (status < 300 || status > 699))
		return USHER_EINVAL;
	return usher__request_simple(phone, call, run_reject, false,
				     status ? status : 603, ret_request);
}

static void run_hangup(struct usher__phone_request *req)
{
	struct usher__phone_call *call = usher__request_call(req);

	if (call)
		usher__request_done(
			req, usher__leg_hangup(req->phone->ua, call->leg));
}

int usher_phone_hangup(struct usher_phone *phone, uint64_t call,
		       uint64_t *ret_request)
{
	return usher__request_simple(phone, call, run_hangup, false, 0,
				     ret_request);
}

static void run_hold(struct usher__phone_request *req)
{
	struct usher__phone_call *call = usher__request_call(req);
	int err;

	if (!call)
		return;
	err = usher__leg_hold(req->phone->ua, call->leg, req->flag);
	if (err)
		usher__request_done(req, err);
	else
		call->hold_request = req->id;
}

int usher_phone_hold(struct usher_phone *phone, uint64_t call, int hold,
		     uint64_t *ret_request)
{
	return usher__request_simple(phone, call, run_hold, hold != 0, 0,
				     ret_request);
}

static void run_transfer(struct usher__phone_request *req)
{
	struct usher__phone_call *call = usher__request_call(req);
	int err;

	if (!call)
		return;
	err = usher__leg_refer(req->phone->ua, call->leg, req->text[0]);
	if (err)
		usher__request_done(req, err);
	else
		call->transfer_request = req->id;
}

int usher__request_with_text(struct usher_phone *phone, uint64_t call,
			     void (*run)(struct usher__phone_request *req),
			     const char *text, bool flag,
			     uint64_t *ret_request)
{
	struct usher__phone_request *req;
	int err = usher__request_begin(phone, 1, run, &req);

	if (err)
		return err;
	req->call = call;
	req->flag = flag;
	return usher__request_commit(req, 1, usher__request_text(req, 0, text),
				     ret_request);
}

int usher_phone_transfer(struct usher_phone *phone, uint64_t call,
			 const char *target, uint64_t *ret_request)
{
	if (!target || !*target)
		return USHER_EINVAL;
	return usher__request_with_text(phone, call, run_transfer, target,
					false, ret_request);
}

static void run_transfer_to(struct usher__phone_request *req)
{
	struct usher__phone_call *call = usher__request_call(req), *other;
	int err = USHER_ENOENT;

	if (!call)
		return;
	other = usher__phone_call_find(req->phone, req->other);
	if (other)
		err = usher__leg_refer_to(req->phone->ua, call->leg,
					  other->leg);
	if (err)
		usher__request_done(req, err);
	else
		call->transfer_request = req->id;
}

int usher_phone_transfer_to(struct usher_phone *phone, uint64_t call,
			    uint64_t other, uint64_t *ret_request)
{
	struct usher__phone_request *req;
	int err = usher__request_begin(phone, 1, run_transfer_to, &req);

	if (err)
		return err;
	req->call = call;
	req->other = other;
	return usher__request_commit(req, 1, 0, ret_request);
}
