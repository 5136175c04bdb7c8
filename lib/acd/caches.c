/* Requirements, classes and profiles: made and freed together. */
#include <acd/classes.h>

int usher__classes_new(struct usher_acd *acd)
{
	struct classes *all;
	size_t index = (acd->profiles_max + 1) * sizeof(*all->by_index);

	all = acd->alloc.realloc(acd->alloc.arg, NULL, sizeof(*all));
	if (!all)
		return USHER_ENOMEM;
	memset(all, 0, sizeof(*all));
	acd->classes = all;
	all->by_index = acd->alloc.realloc(acd->alloc.arg, NULL, index);
	if (!all->by_index)
		return USHER_ENOMEM;
	memset(all->by_index, 0, index);
	all->loose = usher__class_alloc(acd, 0);
	if (!all->loose)
		return USHER_ENOMEM;
	all->loose->loose = true;
	return usher__profiles_new(acd);
}

void usher__classes_free(struct usher_acd *acd)
{
	struct classes *all = acd->classes;
	struct class *class, *next;

	if (!all)
		return;
	HASH_ITER (hh, all->classes, class, next)
		usher__class_free(acd, class);
	usher__reqs_free(acd);
	usher__profiles_free(acd);
	if (all->loose)
		acd->alloc.realloc(acd->alloc.arg, all->loose, 0);
	if (all->by_index)
		acd->alloc.realloc(acd->alloc.arg, all->by_index, 0);
	acd->alloc.realloc(acd->alloc.arg, all, 0);
	acd->classes = NULL;
}
