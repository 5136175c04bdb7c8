/* The end of a recording's pause. What is on its way then was said in the
 * pause: so each leg that is recorded catches up first, on its thread, and it
 * comes when the last of them has. */
#ifndef USHER_MEDIA_RESUME_H
#define USHER_MEDIA_RESUME_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct usher__filer;

struct usher__mresume {
	_Atomic int refs;
	bool dropped; /* it does not come */
	struct usher__filer *filer;
	uint64_t rec;
	uint32_t pauses; /* that were asked for before */
};

/* NULL when memory is out. */
struct usher__mresume *usher__mresume_new(struct usher__filer *filer,
					  uint64_t rec, uint32_t pauses);
struct usher__mresume *usher__mresume_ref(struct usher__mresume *resume);
void usher__mresume_unref(struct usher__mresume *resume); /* NULL is fine */

#endif
