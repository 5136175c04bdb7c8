/* What a phone's calls hear and say: sounds, tones, digits, recordings,
 * bridges. */
#include <string.h>

#include <sip/phone.h>

enum { TONE_MIN_HZ = 50, TONE_MAX_HZ = 3900 };

/* The call of a request with its media port; else the request is done. */
static struct usher__phone_call *sounding(struct usher__phone_request *req,
					  uint64_t *port)
{
	struct usher__phone_call *call = usher__request_call(req);

	if (!call)
		return NULL;
	*port = usher__leg_port(req->phone->ua, call->leg);
	if (*port)
		return call;
	usher__request_done(req, USHER_ESTATE);
	return NULL;
}

static int play_item(struct usher__phone_request *req, uint64_t port,
		     const struct usher__mitem *item, uint64_t *play)
{
	struct usher__mplay_opts opts;

	memset(&opts, 0, sizeof(opts));
	opts.items = item;
	opts.item_count = 1;
	opts.repeat = req->flag ? USHER__MPLAY_FOREVER : 0;
	return usher__mleg_play(req->phone->media, port, &opts, play);
}

static void run_play(struct usher__phone_request *req)
{
	struct usher__mitem item = {.kind = USHER__MI_FILE};
	uint64_t port, play;

	if (!sounding(req, &port))
		return;
	item.path = req->text[0];
	usher__request_done(req, play_item(req, port, &item, &play));
}

int usher_phone_play(struct usher_phone *phone, uint64_t call,
		     const char *path, int loop, uint64_t *ret_request)
{
	if (!path || !*path)
		return USHER_EINVAL;
	return usher__request_with_text(phone, call, run_play, path, loop != 0,
					ret_request);
}

static void run_tone(struct usher__phone_request *req)
{
	struct usher__mitem item = {.kind = USHER__MI_TONE};
	uint64_t port, play;

	if (!sounding(req, &port))
		return;
	item.freq_hz[0] = (uint16_t)req->number;
	item.duration_ms = req->duration_ms;
	usher__request_done(req, play_item(req, port, &item, &play));
}

int usher_phone_tone(struct usher_phone *phone, uint64_t call,
		     uint32_t frequency_hz, uint32_t duration_ms,
		     uint64_t *ret_request)
{
	struct usher__phone_request *req;
	int err;

	if (frequency_hz < TONE_MIN_HZ || frequency_hz > TONE_MAX_HZ)
		return USHER_EINVAL;
	err = usher__request_begin(phone, 1, run_tone, &req);
	if (err)
		return err;
	req->call = call;
	req->number = frequency_hz;
	req->duration_ms = duration_ms;
	return usher__request_commit(req, 1, 0, ret_request);
}

static void run_silence(struct usher__phone_request *req)
{
	uint64_t port;

	if (sounding(req, &port))
		usher__request_done(
			req, usher__mleg_stop(req->phone->media, port, 0));
}

int usher_phone_silence(struct usher_phone *phone, uint64_t call,
			uint64_t *ret_request)
{
	return usher__request_simple(phone, call, run_silence, false, 0,
				     ret_request);
}

/* Done when the digits are out: see the engine's PLAY_DONE. */
static void run_digits(struct usher__phone_request *req)
{
	struct usher__mitem item = {.kind = USHER__MI_DIGITS};
	struct usher__phone_call *call;
	uint64_t port;
	int err;

	call = sounding(req, &port);
	if (!call)
		return;
	if (call->digits_request) {
		usher__request_done(req, USHER_EBUSY);
		return;
	}
	item.digits = req->text[0];
	err = play_item(req, port, &item, &call->digits_play);
	if (err)
		usher__request_done(req, err);
	else
		call->digits_request = req->id;
}

int usher_phone_digits(struct usher_phone *phone, uint64_t call,
		       const char *digits, uint64_t *ret_request)
{
	size_t len = digits ? strlen(digits) : 0;

	if (!len || len > USHER__PHONE_MAX_DIGITS ||
	    strspn(digits, "0123456789*#ABCD,") != len)
		return USHER_EINVAL;
	return usher__request_with_text(phone, call, run_digits, digits, false,
					ret_request);
}

static void rec_destructor(void *arg)
{
	struct usher__phone_rec *rec = arg;

	list_unlink(&rec->le);
}

void usher__phone_recorded(struct usher_phone *phone,
			   const struct usher__mevent *mev)
{
	struct usher__phone_rec *rec = NULL;
	struct usher__phone_call *call;
	struct usher_phone_event event;
	struct le *le;

	for (le = phone->recordings.head; le; le = le->next) {
		rec = le->data;
		if (rec->rec == mev->rec)
			break;
	}
	if (!le)
		return;
	/* The call may record again. */
	call = usher__phone_call_find(phone, rec->call);
	if (call && call->rec == rec->rec)
		call->rec = 0;
	memset(&event, 0, sizeof(event));
	event.type = USHER_PHONE_RECORDED;
	event.call = rec->call;
	event.duration_ms = mev->duration_ms;
	if (mev->reason == USHER__MR_ERROR)
		event.code = mev->error ? mev->error : USHER_EIO;
	if (rec->call)
		usher__phone_put(phone, &event);
	else
		usher__phone_release(phone, 1);
	mem_deref(rec);
	if (phone->stop_waits && !phone->recordings.head) {
		phone->stop_waits = false;
		usher__phone_put_stopped(phone);
	}
}

static int record(struct usher_phone *phone, struct usher__phone_call *call,
		  uint64_t port, const char *path)
{
	struct usher__phone_rec *rec;
	int err;

	err = usher__phone_reserve(phone, 1);
	if (err)
		return err;
	rec = mem_zalloc(sizeof(*rec), rec_destructor);
	err = rec ? usher__mrec_new(phone->media, path, NULL, &rec->rec)
		  : USHER_ENOMEM;
	if (err) {
		mem_deref(rec);
		usher__phone_release(phone, 1);
		return err;
	}
	list_append(&phone->recordings, &rec->le, rec);
	err = usher__mrec_attach(phone->media, rec->rec, port, 0);
	if (!err)
		err = usher__mrec_attach_heard(phone->media, rec->rec, port,
					       1);
	if (err) {
		(void)usher__mrec_stop(phone->media, rec->rec);
		return err;
	}
	rec->call = call->id;
	call->rec = rec->rec;
	return 0;
}

static void run_record(struct usher__phone_request *req)
{
	struct usher_phone *phone = req->phone;
	struct usher__phone_call *call;
	uint64_t port;
	int err;

	call = sounding(req, &port);
	if (!call)
		return;
	if (!req->text[0]) {
		err = call->rec ? usher__mrec_stop(phone->media, call->rec)
				: USHER_ESTATE;
		call->rec = 0;
		usher__request_done(req, err);
		return;
	}
	usher__request_done(
		req, call->rec ? USHER_EBUSY
			       : record(phone, call, port, req->text[0]));
}

int usher_phone_record(struct usher_phone *phone, uint64_t call,
		       const char *path, uint64_t *ret_request)
{
	return usher__request_with_text(phone, call, run_record, path, false,
					ret_request);
}

static void run_listen(struct usher__phone_request *req)
{
	uint64_t port;

	if (sounding(req, &port))
		usher__request_done(req, usher__mleg_meter(req->phone->media,
							   port, req->flag));
}

int usher_phone_listen(struct usher_phone *phone, uint64_t call, int on,
		       uint64_t *ret_request)
{
	return usher__request_simple(phone, call, run_listen, on != 0, 0,
				     ret_request);
}

static void run_bridge(struct usher__phone_request *req)
{
	struct usher_phone *phone = req->phone;
	struct usher__phone_call *call, *other;
	uint64_t port, other_port;
	int err;

	call = sounding(req, &port);
	if (!call)
		return;
	if (!req->other) {
		err = usher__media_unbridge(phone->media, port);
		if (!err && call->floor.with)
			usher__phone_floor_leave(call);
		usher__request_done(req, err);
		return;
	}
	other = usher__phone_call_find(phone, req->other);
	other_port = other ? usher__leg_port(phone->ua, other->leg) : 0;
	if (!other_port || other == call) {
		usher__request_done(req, !other          ? USHER_ENOENT
					 : other == call ? USHER_EINVAL
							 : USHER_ESTATE);
		return;
	}
	err = usher__media_bridge(phone->media, port, other_port);
	if (!err)
		usher__phone_floor_pair(call, other);
	usher__request_done(req, err);
}

int usher_phone_bridge(struct usher_phone *phone, uint64_t call,
		       uint64_t other, uint64_t *ret_request)
{
	struct usher__phone_request *req;
	int err = usher__request_begin(phone, 1, run_bridge, &req);

	if (err)
		return err;
	req->call = call;
	req->other = other;
	return usher__request_commit(req, 1, 0, ret_request);
}
