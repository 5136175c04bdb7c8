/* Conferences of a phone's calls. */
#include <string.h>

#include <sip/phone.h>

void usher_phone_conference_opts_init(struct usher_phone_conference_opts *opts,
				      size_t size)
{
	memset(opts, 0, size);
	opts->size = size;
	if (size >= sizeof(*opts))
		opts->role = USHER_PHONE_TALK;
}

/* The media port of a call, or 0. */
static uint64_t port_of(struct usher_phone *phone, uint64_t id)
{
	struct usher__phone_call *call = usher__phone_call_find(phone, id);

	return call ? usher__leg_port(phone->ua, call->leg) : 0;
}

static void run_conference(struct usher__phone_request *req)
{
	struct usher__phone_call *call = usher__request_call(req);
	struct usher_phone *phone = req->phone;
	struct usher__mroom_opts opts = {
		.room = req->room,
		.role = (enum usher__mrole)req->number,
	};
	struct usher__phone_floor floor = {
		.room = req->room,
		.role = req->number,
		.whisper_to = req->other,
	};
	uint64_t port;
	int err;

	if (!call)
		return;
	port = usher__leg_port(phone->ua, call->leg);
	opts.whisper_to = port_of(phone, req->other);
	err = port ? usher__media_room(phone->media, port, &opts)
		   : USHER_ESTATE;
	/* Who is bridged is in no conference that could be left. */
	if (!err && (req->room || call->floor.room))
		usher__phone_floor_enter(call, &floor);
	usher__request_done(req, err);
}

int usher_phone_conference(struct usher_phone *phone, uint64_t call,
			   const struct usher_phone_conference_opts *opts,
			   uint64_t *ret_request)
{
	struct usher_phone_conference_opts o;
	struct usher__phone_request *req;
	int err;

	if (!opts)
		return USHER_EINVAL;
	usher_phone_conference_opts_init(&o, sizeof(o));
	memcpy(&o, opts, opts->size < sizeof(o) ? opts->size : sizeof(o));
	if (o.role < USHER_PHONE_TALK || o.role > USHER_PHONE_WHISPER)
		return USHER_EINVAL;
	err = usher__request_begin(phone, 1, run_conference, &req);
	if (err)
		return err;
	req->call = call;
	req->room = o.room;
	req->other = o.whisper_to;
	req->number = o.role;
	return usher__request_commit(req, 1, 0, ret_request);
}

static void run_mute(struct usher__phone_request *req)
{
	struct usher__phone_call *call = usher__request_call(req);
	uint64_t port;

	if (!call)
		return;
	port = usher__leg_port(req->phone->ua, call->leg);
	usher__request_done(req, port ? usher__mleg_mute(req->phone->media,
							 port, req->flag)
				      : USHER_ESTATE);
}

int usher_phone_mute(struct usher_phone *phone, uint64_t call, int mute,
		     uint64_t *ret_request)
{
	return usher__request_simple(phone, call, run_mute, mute != 0, 0,
				     ret_request);
}
