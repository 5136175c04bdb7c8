/* Trunks as they are now, taken on the loop and told where it was asked. */
#include <stdlib.h>
#include <string.h>

#include "center/center.h"
#include "center/hostcall.h"
#include "drivers/voice/voice.h"
#include "sip/ua.h"

struct looking {
	struct usher_center *center;
	struct usher_trunk_state *all;
	size_t count, max;
	bool failed;
};

static void take(void *arg, const struct usher__trunk_state *from)
{
	struct looking *looking = arg;
	struct usher_trunk_state *to;

	if (looking->count >= looking->max)
		return;
	to = &looking->all[looking->count];
	to->name = strdup(from->name);
	if (!to->name) {
		looking->failed = true;
		return;
	}
	to->size = sizeof(*to);
	to->up = from->up;
	to->registered = from->registered;
	to->addresses = from->hops;
	to->addresses_up = from->hops_up;
	to->resting = from->hops_resting;
	to->calls_in = from->calls_in;
	to->calls_out = from->calls_out;
	to->placed = from->placed;
	to->failed = from->failed;
	looking->count++;
}

static int look_here(void *arg)
{
	struct looking *looking = arg;

	if (!looking->center->acd)
		return USHER_ECLOSED;
	if (!looking->center->voice)
		return 0;
	looking->max = USHER__TRUNKS_MAX;
	looking->all = calloc(looking->max, sizeof(*looking->all));
	if (!looking->all)
		return USHER_ENOMEM;
	usher__voice_trunk_states(looking->center->voice, take, looking);
	return looking->failed ? USHER_ENOMEM : 0;
}

int usher_center_trunks(struct usher_center *center, usher_trunk_fn *fn,
			void *arg)
{
	struct looking looking = {.center = center};
	size_t i;
	int code;

	if (!center || !fn)
		return USHER_EINVAL;
	code = usher__host_call(center->host, look_here, &looking);
	for (i = 0; i < looking.count; i++) {
		if (!code)
			fn(arg, &looking.all[i]);
		free((char *)looking.all[i].name);
	}
	free(looking.all);
	return code;
}
