/* Allocations that fail in turn. A program that links oom.c with oom_dep has
 * all of its allocations, the library's too, come through here. */
#ifndef OOM_H
#define OOM_H

#include <stdbool.h>
#include <stddef.h>

/* From now on the nth allocation fails, on whichever thread but those that
 * are spared, and so do the following ones as long as there are more. */
void oom_arm(long nth, long more);
/* None fails; how many have failed since oom_arm(). */
long oom_disarm(void);
/* The calling thread's allocations work, as those of Check must. */
void oom_spare(bool spared);

/* Bytes in use, as the allocator counts them. */
size_t oom_in_use(void);

#endif
