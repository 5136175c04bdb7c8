/* A phone's events: a ring with reserved places.
 *
 * count + reserved <= max holds always, so what was promised (the outcome of
 * a request, the end of a call) finds its place; the rest is dropped and
 * counted when nobody drains. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sip/phone.h>

int usher__phone_reserve(struct usher_phone *phone, uint32_t slots)
{
	int err = 0;

	pthread_mutex_lock(&phone->lock);
	if (phone->closed)
		err = USHER_ECLOSED;
	else if (phone->count + phone->reserved + slots > phone->max)
		err = USHER_EAGAIN;
	else
		phone->reserved += slots;
	pthread_mutex_unlock(&phone->lock);
	return err;
}

void usher__phone_release(struct usher_phone *phone, uint32_t slots)
{
	pthread_mutex_lock(&phone->lock);
	phone->reserved -= slots;
	pthread_mutex_unlock(&phone->lock);
}

/* Under the lock. */
static void append(struct usher_phone *phone, struct usher_phone_event *event)
{
	const uint64_t one = 1;

	event->time_us = usher__loop_mono_us();
	event->dropped = phone->dropped;
	phone->dropped = 0;
	phone->ring[(phone->head + phone->count) % phone->size] = *event;
	if (!phone->count++) {
		while (write(phone->bell, &one, sizeof(one)) < 0 &&
		       errno == EINTR)
			;
	}
}

void usher__phone_put(struct usher_phone *phone,
		      struct usher_phone_event *event)
{
	pthread_mutex_lock(&phone->lock);
	phone->reserved--;
	append(phone, event);
	pthread_mutex_unlock(&phone->lock);
}

bool usher__phone_tell(struct usher_phone *phone,
		       struct usher_phone_event *event)
{
	bool room;

	pthread_mutex_lock(&phone->lock);
	room = phone->count + phone->reserved < phone->max;
	if (room)
		append(phone, event);
	else
		phone->dropped++;
	pthread_mutex_unlock(&phone->lock);
	return room;
}

void usher__phone_done(struct usher_phone *phone, uint64_t request,
		       uint64_t call, int code, uint16_t status)
{
	struct usher_phone_event event;

	memset(&event, 0, sizeof(event));
	event.type = USHER_PHONE_DONE;
	event.request = request;
	event.call = call;
	event.code = code;
	event.status = status;
	usher__phone_put(phone, &event);
}

void usher__phone_put_stopped(struct usher_phone *phone)
{
	struct usher_phone_event event;

	memset(&event, 0, sizeof(event));
	event.type = USHER_PHONE_STOPPED;
	usher__phone_put(phone, &event);
}

int usher_phone_next(struct usher_phone *phone, struct usher_phone_event *ret,
		     size_t size)
{
	struct usher_phone_event event;
	uint64_t n;

	if (!phone || !ret || !size)
		return USHER_EINVAL;
	if (phone->pid != getpid())
		return USHER_EFORK;

	pthread_mutex_lock(&phone->lock);
	if (!phone->count) {
		pthread_mutex_unlock(&phone->lock);
		return 0;
	}
	event = phone->ring[phone->head];
	phone->head = (phone->head + 1) % phone->size;
	if (!--phone->count) {
		while (read(phone->bell, &n, sizeof(n)) < 0 && errno == EINTR)
			;
	}
	pthread_mutex_unlock(&phone->lock);

	memset(ret, 0, size);
	memcpy(ret, &event, size < sizeof(event) ? size : sizeof(event));
	return 1;
}

int usher_phone_fd(const struct usher_phone *phone)
{
	return phone ? phone->bell : USHER_EINVAL;
}
