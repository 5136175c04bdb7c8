/* Where an instance stands: at a step, and in or out of a queue. */
#include "ivr/instance.h"

const struct step *usher__ivr_step(const struct usher_ivr *ivr)
{
	return ivr->set->steps[ivr->d.step];
}

int usher__queue_frame(const struct usher_ivr *ivr)
{
	for (int i = ivr->d.depth - 1; i >= 0; i--)
		if (ivr->d.frames[i].kind == FRAME_QUEUE)
			return i;
	return -1;
}
