/* A phone: made, stopped, freed. */
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <sip/phone.h>

/* How soon to ask a loop again that has no room. */
#define CALL_AGAIN_MS 1

struct start {
	struct usher_phone *phone;
	const struct usher_phone_opts *opts;
	struct usher_error *err;
};

void usher_phone_opts_init(struct usher_phone_opts *opts, size_t size)
{
	memset(opts, 0, size);
	opts->size = size;
}

/* Media events came into an empty queue: have them drained on the loop. */
static void media_notify(void *arg)
{
	struct usher_phone *phone = arg;

	usher__bell_ring(phone->media_bell);
}

static int start_media(struct usher_phone *phone,
		       const struct usher_phone_opts *opts,
		       struct usher_error *err)
{
	struct usher__media_opts media;

	if (usher__bell_new(&phone->media_bell, phone->loop,
			    usher__phone_media, phone))
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	memset(&media, 0, sizeof(media));
	media.bind_ip = phone->address;
	media.port_min = opts->rtp_port_min;
	media.port_max = opts->rtp_port_max;
	media.notify = media_notify;
	media.notify_arg = phone;
	return usher__media_new(&phone->media, &media, err);
}

static int start_handler(void *arg)
{
	struct start *start = arg;
	struct usher_phone *phone = start->phone;
	const struct usher_phone_opts *opts = start->opts;
	struct usher__ua_opts ua;
	int err;

	if (hash_alloc(&phone->calls, USHER__PHONE_HASH))
		return usher_error_set(start->err, USHER_ENOMEM, "no memory");
	err = start_media(phone, opts, start->err);
	if (err)
		return err;

	memset(&ua, 0, sizeof(ua));
	ua.loop = phone->loop;
	ua.media = phone->media;
	ua.address = phone->address;
	ua.port = opts->port;
	ua.no_udp = opts->no_udp;
	ua.no_tcp = opts->no_tcp;
	ua.open = true;
	ua.public_address = opts->public_address;
	ua.software = opts->software;
	ua.any_source = opts->any_source != 0;
	ua.codecs = opts->codecs;
	ua.text = phone->text = opts->text != 0;
	ua.video = phone->video = opts->video != 0;
	ua.silence_ms = opts->silence_ms;
	if (!opts->silence_ms)
		ua.silence_ms = USHER__PHONE_SILENCE_MS;
	else if (opts->silence_ms == UINT32_MAX)
		ua.silence_ms = 0;
	ua.max_legs =
		opts->max_calls ? opts->max_calls : USHER__PHONE_MAX_CALLS;
	ua.second_address = opts->second_address;
	ua.keep_alive_ms = opts->keep_alive_ms;
	if (!opts->keep_alive_ms)
		ua.keep_alive_ms = USHER__UA_KEEP_ALIVE_MS;
	else if (opts->keep_alive_ms == UINT32_MAX)
		ua.keep_alive_ms = 0;
	ua.tls.on = opts->tls_certificate != NULL;
	ua.tls.port = opts->tls_port;
	ua.tls.certificate = opts->tls_certificate;
	ua.tls.key = opts->tls_key;
	ua.tls.ca = opts->tls_ca;
	ua.tls.verify = opts->tls_verify;
	ua.ops = &usher__phone_ops;
	ua.arg = phone;
	err = usher__ua_new(&phone->ua, &ua, start->err);
	if (!err) {
		phone->port = usher__ua_port(phone->ua);
		phone->tls_port = usher__ua_tls_port(phone->ua);
	}
	return err;
}

/* Legs first, since freeing them still names calls; then the engine. */
static int free_handler(void *arg)
{
	struct usher_phone *phone = arg;

	usher__ua_free(phone->ua);
	phone->ua = NULL;
	usher__media_free(phone->media);
	phone->media = NULL;
	usher__bell_free(phone->media_bell);
	phone->media_bell = NULL;
	if (phone->calls)
		hash_flush(phone->calls);
	phone->calls = mem_deref(phone->calls);
	list_flush(&phone->accounts);
	list_flush(&phone->recordings);
	return 0;
}

static int make_queue(struct usher_phone *phone,
		      const struct usher_phone_opts *opts)
{
	phone->max =
		opts->max_events ? opts->max_events : USHER__PHONE_MAX_EVENTS;
	if (phone->max < 16)
		phone->max = 16;
	phone->size = phone->max;
	/* Untouched pages of it cost nothing. */
	phone->ring = calloc(phone->size, sizeof(*phone->ring));
	phone->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	phone->address = strdup(opts->address ? opts->address : "127.0.0.1");
	phone->reserved = 1; /* for STOPPED */
	if (!phone->ring || !phone->address)
		return USHER_ENOMEM;
	return phone->bell < 0 ? USHER_EIO : 0;
}

int usher_phone_new(struct usher_phone **ret,
		    const struct usher_phone_opts *opts,
		    struct usher_error *err)
{
	struct usher_phone_opts o;
	struct usher__loop_opts loop = {.name = "usher-phone"};
	struct usher_phone *phone;
	struct start start;
	int code;

	usher_phone_opts_init(&o, sizeof(o));
	if (!ret || (opts && !opts->size))
		return usher_error_set(err, USHER_EINVAL,
				       "options are not initialized");
	if (opts)
		memcpy(&o, opts,
		       opts->size < sizeof(o) ? opts->size : sizeof(o));
	phone = calloc(1, sizeof(*phone));
	if (!phone)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	pthread_mutex_init(&phone->lock, NULL);
	phone->pid = getpid();
	phone->log = o.log;
	phone->log_arg = o.log_arg;
	phone->bell = -1;
	code = make_queue(phone, &o);
	if (code) {
		(void)usher_error_set(err, code, "no memory or descriptor");
		goto out;
	}
	code = usher__loop_new(&phone->loop, &loop, err);
	if (code)
		goto out;
	start.phone = phone;
	start.opts = &o;
	start.err = err;
	code = usher__loop_call(phone->loop, start_handler, &start);

out:
	if (code)
		usher_phone_free(phone);
	else
		*ret = phone;
	return code;
}

uint16_t usher_phone_port(const struct usher_phone *phone)
{
	return phone ? phone->port : 0;
}

uint16_t usher_phone_tls_port(const struct usher_phone *phone)
{
	return phone ? phone->tls_port : 0;
}

static void run_stop(void *arg)
{
	struct usher__phone_request *req = arg;

	usher__ua_stop(req->phone->ua, req->duration_ms);
	free(req);
}

int usher_phone_stop(struct usher_phone *phone, uint32_t wait_ms)
{
	struct usher__phone_request *req;
	bool was;
	int err;

	if (!phone)
		return USHER_EINVAL;
	if (phone->pid != getpid())
		return USHER_EFORK;
	req = calloc(1, sizeof(*req));
	if (!req)
		return USHER_ENOMEM;
	pthread_mutex_lock(&phone->lock);
	was = phone->closed;
	phone->closed = true;
	pthread_mutex_unlock(&phone->lock);
	if (was) {
		free(req);
		return 0;
	}
	req->phone = phone;
	req->duration_ms = wait_ms;
	err = usher__loop_post(phone->loop, run_stop, req);
	if (err)
		free(req);
	return err;
}

/* The media threads use the phone until this is done, so it cannot be left
 * out; the loop takes what waits for it, and then has room. */
static void free_here(struct usher_phone *phone)
{
	const struct timespec pause = {.tv_nsec = CALL_AGAIN_MS * 1000000};
	int err;

	while ((err = usher__loop_call(phone->loop, free_handler, phone)) ==
		       USHER_EFULL ||
	       err == USHER_ENOMEM)
		nanosleep(&pause, NULL);
}

void usher_phone_free(struct usher_phone *phone)
{
	if (!phone || phone->pid != getpid())
		return;
	if (phone->loop) {
		free_here(phone);
		usher__loop_free(phone->loop);
	}
	if (phone->bell >= 0)
		close(phone->bell);
	pthread_mutex_destroy(&phone->lock);
	free(phone->ring);
	free(phone->address);
	free(phone);
}
