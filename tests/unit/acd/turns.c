#include "turns.h"

#include "day.h"
#include "fixture.h"

struct usher_contact_info told(struct usher_acd *acd, uint64_t contact)
{
	struct usher_contact_info info = {.size = sizeof(info)};

	ck_assert_int_eq(usher_acd_contact_info(acd, contact, &info), 0);
	return info;
}

void ask_turn(struct usher_acd *acd, uint64_t contact, const char *address)
{
	struct usher_callback_opts opts;

	usher_callback_opts_init(&opts, sizeof(opts));
	opts.address = address;
	opts.first = USHER_CALLBACK_CUSTOMER;
	ck_assert_int_eq(usher_acd_callback(acd, DAY_START, contact, &opts),
			 0);
}

uint64_t queue_for(struct usher_acd *acd, const char *name,
		   const char *requirement)
{
	struct usher_queue_opts opts;
	uint64_t id;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = name;
	opts.requirement = requirement;
	ck_assert_int_eq(usher_acd_queue_set(acd, DAY_START, &opts, &id, NULL),
			 0);
	return id;
}

void settled(struct usher_acd *acd)
{
	do {
		drained(acd);
		ck_assert_int_eq(usher_acd_advance(acd, DAY_START), 0);
	} while (usher_acd_deadline(acd) <= DAY_START);
	drained(acd);
}
