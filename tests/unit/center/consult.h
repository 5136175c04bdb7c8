/* Asking another, on a scene. */
#ifndef CONSULT_H
#define CONSULT_H

#include <stdint.h>

/* ann has asked target; the leg that rings. */
uint64_t consult(const char *target);
/* The same, and it has answered. */
uint64_t consult_talking(const char *target);

#endif
