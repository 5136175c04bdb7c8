/* Classes of contacts beside each profile of agents. Inside lib/acd only. */
#ifndef USHER_ACD_CLASSES_H
#define USHER_ACD_CLASSES_H

#include <acd/tables.h>

struct class *usher__class_alloc(struct usher_acd *acd, size_t key_len);
void usher__class_free(struct usher_acd *acd, struct class *class);

/* usher__class_allows() without a call where it was asked before. */
static inline bool usher__class_takes(struct usher_acd *acd,
				      struct class *class,
				      struct profile *profile)
{
	const struct known *known = &class->known[profile->index / 64];

	if (known->unasked >> profile->index % 64 & 1)
		return usher__class_allows(acd, class, profile);
	return known->allowed >> profile->index % 64 & 1;
}

/* An index is used for another profile: ask again. */
void usher__profile_forget(struct usher_acd *acd, uint32_t index);

#endif
