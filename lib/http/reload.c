/* All centers take a new configuration, or none. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "http/reload.h"

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

/* What request_done says of our request: 0 or why not. */
static int outcome(const struct usher_event *ev, const char *center,
		   struct usher_error *err)
{
	const char *reason = NULL;
	int64_t result = 0;
	size_t len = 0;

	usher_event_i64(ev, USHER_F_RESULT, &result);
	if (!result)
		return 0;
	if (usher_event_str(ev, USHER_F_REASON, &reason, &len) || !len) {
		reason = usher_strerror((int)result);
		len = strlen(reason);
	}
	if (result > 0 || result < INT32_MIN)
		result = USHER_EPROTO;
	return usher_error_set(err, (int)result, "center '%s': %.*s", center,
			       (int)len, reason);
}

/* The outcome of a request, which its center owes; USHER_ETIMEDOUT when it is
 * not heard of. */
static int await(struct usher_reader *reader, uint64_t request,
		 const char *center, struct usher_error *err)
{
	struct pollfd poll_on = {usher_reader_fd(reader), POLLIN, 0};
	int64_t end = now_ms() + USHER__RELOAD_ANSWER_MS;
	const struct usher_event *ev;
	int64_t left;

	do {
		while ((ev = usher_reader_next(reader)))
			if (ev->cause_kind == USHER_CAUSE_REQUEST &&
			    ev->cause == request)
				return outcome(ev, center, err);
		left = end - now_ms();
		if (left > 0 && poll(&poll_on, 1, (int)left) < 0 &&
		    errno != EINTR)
			left = 0;
	} while (left > 0);
	return usher_error_set(err, USHER_ETIMEDOUT,
			       "center '%s' does not answer", center);
}

static int configure(struct usher_center *center, struct usher_config *config,
		     struct usher_error *err)
{
	const uint16_t types[] = {USHER_EV_REQUEST_DONE};
	struct usher_reader_opts opts = {
		.size = sizeof(opts), .types = types, .type_count = 1};
	const char *name = usher_center_name(center);
	struct usher_reader *reader;
	uint64_t request;
	int e = usher_reader_new(&reader, center, &opts, err);

	if (e)
		return e;
	e = usher_center_configure(center, usher_config_ref(config), &request,
				   err);
	if (e)
		usher_config_free(config);
	else
		e = await(reader, request, name, err);
	usher_reader_free(reader);
	return e;
}

/* Ask each before any is changed: taking something back costs more. */
static int try_all(struct usher_center *const *centers, size_t count,
		   const struct usher__conf *conf, struct usher_error *err)
{
	struct usher_error why = {0};
	size_t i;
	int e = 0;

	for (i = 0; i < count && !e; i++) {
		e = usher_center_configure_try(centers[i],
					       conf->centers[i].config, &why);
		if (e)
			usher_error_set(err, e, "center '%s': %s",
					usher_center_name(centers[i]),
					why.message);
	}
	return e;
}

int usher__centers_configure(struct usher_center *const *centers, size_t count,
			     const struct usher__conf *old,
			     const struct usher__conf *new,
			     usher__reload_lost_fn *lost, void *arg,
			     struct usher_error *err)
{
	struct usher_error why;
	size_t done = 0;
	int e = try_all(centers, count, new, err);

	while (!e && done < count) {
		e = configure(centers[done], new->centers[done].config, err);
		/* Whoever has not answered may still take it. */
		if (!e || e == USHER_ETIMEDOUT)
			++done;
	}
	while (e && done--) {
		memset(&why, 0, sizeof(why));
		if (configure(centers[done], old->centers[done].config, &why))
			lost(arg, why.message);
	}
	return e;
}
