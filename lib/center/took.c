/* What the core did not take is mended later (mend.c). */
#include "center/center.h"
#include "center/hostcall.h"

int usher__took(struct usher_center *center, int err)
{
	if (err == USHER_ENOMEM || err == USHER_EAGAIN) {
		if (!center->mend)
			usher__host_log(center->host, USHER_LOG_ERROR,
					"%s: the core takes no more: %s",
					center->name, usher_strerror(err));
		center->mend = true;
	}
	return err;
}

void usher__segment_leave(struct usher_center *center, uint64_t segment,
			  const char *reason)
{
	if (segment)
		usher__took(center,
			    usher_acd_leave(center->acd, center->now_us,
					    segment, reason));
}
