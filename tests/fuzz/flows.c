/* Flows in YAML from strangers: what loads is run for a while, with inputs
 * taken from the bytes themselves. */
#include <stdlib.h>
#include <string.h>

#include "config/flow.h"

#define INPUTS_MAX 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(struct usher_ivr *ivr, int64_t now_us, uint8_t byte)
{
	static const char digits[] = "0123456789*#";
	char digit[] = {digits[byte / 16 % 12], '\0'};
	struct usher_ivr_event event = {
		.size = sizeof(event),
		.kind = byte % 16,
		.text = digit,
	};

	if (usher_ivr_feed(ivr, now_us, &event) == USHER_ENOMEM)
		abort();
	while (usher_ivr_next(ivr))
		;
}

static void run(struct usher_flow_set *set, const uint8_t *data, size_t size)
{
	struct usher_ivr_opts opts;
	struct usher_ivr *ivr;
	int64_t now_us = 1;

	usher_ivr_opts_init(&opts, sizeof(opts));
	opts.flow = usher_flow_set_flow(set, 0);
	if (!opts.flow)
		return;
	if (usher_ivr_new(&ivr, set, &opts, NULL, NULL))
		abort();
	feed(ivr, now_us, USHER_IVR_STARTED);
	for (size_t i = 0; i < size && i < INPUTS_MAX; i++) {
		now_us += data[i] * 100000;
		feed(ivr, now_us, data[size - 1 - i]);
	}
	usher_ivr_free(ivr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct usher__yaml *y = NULL;
	struct usher_flow_set *set = NULL;
	struct usher_error err = {0};

	if (usher__yaml_parse(&y, "f", (const char *)data, size, &err))
		return 0;
	if (usher__flows_read(y, usher__yaml_root(y), "d", &set, &err)) {
		if (set || !*err.message)
			abort();
	} else if (set) {
		run(set, data, size);
	}
	usher_flow_set_unref(set);
	usher__yaml_free(y);
	return 0;
}
