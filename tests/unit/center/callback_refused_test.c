/* Callbacks that the core has no room to dial. */
#include "back.h"

/* What the core says to a dialing, or 0: as it does. */
static _Atomic int refusal;

int __real_usher_acd_callback_dial(struct usher_acd *acd, int64_t now_us,
				   uint64_t who);
int __wrap_usher_acd_callback_dial(struct usher_acd *acd, int64_t now_us,
				   uint64_t who);

int __wrap_usher_acd_callback_dial(struct usher_acd *acd, int64_t now_us,
				   uint64_t who)
{
	return refusal ? refusal
		       : __real_usher_acd_callback_dial(acd, now_us, who);
}

START_TEST(callback__that_the_core_cannot_dial_leaves_the_line_to_its_customer)
{
	const struct usher_event *ev;
	uint64_t leg;
	size_t at = 0;

	back_begin();
	agrees(NUMBER);
	refusal = USHER_ENOMEM;
	sign_in(s.ann);
	ann_leg = rings(&at, "phone");
	answers(ann_leg);
	ev = stage_event(&s, USHER_EV_OFFER_FAILED, contact);
	says(ev, USHER_F_REASON, "failed");
	ck_assert(fake_wait(&s.phone, "end", ann_leg, NULL, NULL));
	refusal = 0;
	leg = stage_arrive(&s.phone, "1000", NUMBER);
	says(stage_event(&s, USHER_EV_CALLBACK_OVER, contact), USHER_F_REASON,
	     "called_in");
	ck_assert(fake_wait(&s.phone, "music", leg, NULL, NULL));
	sign_in(s.carl);
	ann_leg = rings(&at, "phone");
	answers(ann_leg);
	joined_with(ann_leg, leg, 0);
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("callback-refused");

	tcase_add_checked_fixture(tc, back_setup, back_teardown);
	tcase_add_test(
		tc,
		callback__that_the_core_cannot_dial_leaves_the_line_to_its_customer);
	return tc;
}

int main(void)
{
	return scene_main("callback-refused", tests());
}
