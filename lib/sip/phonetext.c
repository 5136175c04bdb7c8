/* Real-time text of a phone's calls. */
#include <string.h>

#include <sip/phone.h>

/* As much as one event holds, in whole characters. */
static size_t part_of(const char *text, size_t n)
{
	if (n < USHER_PHONE_TEXT_MAX)
		return n;
	for (n = USHER_PHONE_TEXT_MAX - 1; (text[n] & 0xc0) == 0x80;)
		n--;
	return n;
}

void usher__phone_typed(struct usher__phone_call *call, const char *text,
			size_t n)
{
	struct usher_phone_event event;
	size_t part;

	usher__phone_floor_type(call, text, n);
	for (; n; text += part, n -= part) {
		part = part_of(text, n);
		memset(&event, 0, sizeof(event));
		event.type = USHER_PHONE_TYPED;
		event.call = call->id;
		memcpy(event.text, text, part);
		(void)usher__phone_tell(call->phone, &event);
	}
}

void usher__phone_text(struct usher__phone_call *call)
{
	struct usher_phone *phone = call->phone;
	char text[USHER__MTEXT_IN];
	uint64_t port = usher__leg_text_port(phone->ua, call->leg);
	size_t n = usher__mtext_read(phone->media, port, text, sizeof(text));

	usher__phone_typed(call, text, n);
}

static void run_type(struct usher__phone_request *req)
{
	struct usher__phone_call *call = usher__request_call(req);
	struct usher_phone *phone = req->phone;
	uint64_t port;

	if (!call)
		return;
	port = usher__leg_text_port(phone->ua, call->leg);
	usher__request_done(req, port ? usher__mtext_say(phone->media, port,
							 req->text[0],
							 strlen(req->text[0]))
				      : USHER_ESTATE);
}

int usher_phone_type(struct usher_phone *phone, uint64_t call,
		     const char *text, uint64_t *ret_request)
{
	if (!text || !*text || strlen(text) > USHER__MTEXT_SAY_MAX)
		return USHER_EINVAL;
	return usher__request_with_text(phone, call, run_type, text, false,
					ret_request);
}
