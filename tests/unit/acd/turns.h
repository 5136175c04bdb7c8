/* Customers who are dialed in their turn, at DAY_START. */
#ifndef TESTS_ACD_TURNS_H
#define TESTS_ACD_TURNS_H

#include <check.h>

#include <usher/acd.h>

struct usher_contact_info told(struct usher_acd *acd, uint64_t contact);
/* In its turn: the customer is dialed once somebody is free. */
void ask_turn(struct usher_acd *acd, uint64_t contact, const char *address);
uint64_t queue_for(struct usher_acd *acd, const char *name,
		   const char *requirement);
/* All that is due has been done. */
void settled(struct usher_acd *acd);

/* matching.c */
TCase *matching_case(void);

#endif
