#include "media/resume.h"

#include <stdlib.h>
#include "media/filer.h"

struct usher__mresume *usher__mresume_new(struct usher__filer *filer,
					  uint64_t rec, uint32_t pauses)
{
	struct usher__mresume *resume = calloc(1, sizeof(*resume));

	if (!resume)
		return NULL;
	atomic_init(&resume->refs, 1);
	resume->filer = filer;
	resume->rec = rec;
	resume->pauses = pauses;
	return resume;
}

struct usher__mresume *usher__mresume_ref(struct usher__mresume *resume)
{
	atomic_fetch_add(&resume->refs, 1);
	return resume;
}

void usher__mresume_unref(struct usher__mresume *resume)
{
	if (!resume || atomic_fetch_sub(&resume->refs, 1) != 1)
		return;
	if (!resume->dropped)
		(void)usher__filer_op(resume->filer, USHER__FOP_RESUME,
				      resume->rec, resume->pauses);
	free(resume);
}
