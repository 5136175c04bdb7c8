/* What a process has once: libre's own state. Nothing else in the library
 * touches signal dispositions or libre's globals. */
#ifndef USHER_LIB_SIP_PROCESS_H
#define USHER_LIB_SIP_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Take part in libre: the first one initializes it. On a thread that is
 * about to run a loop. 0, USHER_EIO. */
int usher__process_enter(void);

/* The last one closes libre. On the same thread as _enter, after all that it
 * made with libre is freed and before re_thread_close(). */
void usher__process_leave(void);

#endif
