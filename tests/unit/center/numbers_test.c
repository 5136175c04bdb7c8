/* One number, written in several ways, and who is called back at it. */
#include <stdio.h>
#include <stdlib.h>

#include "back.h"
#include "center/callback.h"
#include "center/center.h"
#include "center/config.h"
#include "center/session.h"

static const struct usher_numbers_conf hungary = {
	sizeof(hungary), "36", "06", "00", USHER_PLAIN_AS_WRITTEN, 0};
static const struct usher_numbers_conf america = {
	sizeof(america), "1", "1", "011", USHER_PLAIN_NATIONAL, 0};
static const struct usher_numbers_conf spain = {
	sizeof(spain), "34", NULL, "00", USHER_PLAIN_NATIONAL, 0};
static const struct usher_numbers_conf bare = {
	sizeof(bare), "36", "06", "00", USHER_PLAIN_INTERNATIONAL, 0};

static const struct {
	const struct usher_numbers_conf *conf;
	const char *written, *number;
} ways[] = {
	{NULL, "06301234567", "06301234567"},
	{NULL, "+36301234567", "+36301234567"},
	{&hungary, "06301234567", "+36301234567"},
	{&hungary, "0036301234567", "+36301234567"},
	{&hungary, "+36301234567", "+36301234567"},
	{&hungary, "00447700900123", "+447700900123"},
	{&hungary, "36301234567", "36301234567"},
	{&hungary, "201", "201"},
	{&hungary, "06", "06"},
	{&hungary, "00", "00"},
	{&hungary, "", ""},
	{&hungary, "+", "+"},
	{&hungary, "+36 30 123", "+36 30 123"},
	{&hungary, "sip:eve@example.com", "sip:eve@example.com"},
	{&hungary, "*21", "*21"},
	/* more than E.164 has */
	{&hungary, "061234567890123456", "061234567890123456"},
	{&hungary, "061234567890123", "+361234567890123"},
	{&america, "12125550123", "+12125550123"},
	{&america, "2125550123", "+12125550123"},
	{&america, "0113612345678", "+3612345678"},
	{&america, "911", "911"},
	{&spain, "912345678", "+34912345678"},
	{&spain, "0034912345678", "+34912345678"},
	{&bare, "36301234567", "+36301234567"},
	{&bare, "06301234567", "+36301234567"},
};

START_TEST(number__is_one_however_it_is_written)
{
	char number[USHER__BACK_NUMBER_MAX];
	struct usher_config *config;

	ck_assert_int_eq(usher_config_new(&config), 0);
	if (ways[_i].conf)
		ck_assert_int_eq(
			usher_config_numbers(config, ways[_i].conf, NULL), 0);
	usher__config_number(config, ways[_i].written, number, sizeof(number));
	ck_assert_str_eq(number, ways[_i].number);
	usher_config_free(config);
}
END_TEST

START_TEST(numbers__need_a_country_and_prefixes_of_digits)
{
	static const struct usher_numbers_conf bad[] = {
		{sizeof(bad[0]), NULL, "06", "00", 0, 0},
		{sizeof(bad[0]), "", "06", "00", 0, 0},
		{sizeof(bad[0]), "036", "06", "00", 0, 0},
		{sizeof(bad[0]), "3636", "06", "00", 0, 0},
		{sizeof(bad[0]), "hu", "06", "00", 0, 0},
		{sizeof(bad[0]), "36", "", "00", 0, 0},
		{sizeof(bad[0]), "36", "06", "+", 0, 0},
		{sizeof(bad[0]), "36", "06", "06", 0, 0},
		{sizeof(bad[0]), "36", "0612345", NULL, 0, 0},
		{sizeof(bad[0]), "36", "06", "00", 3, 0},
		{8, "36", "06", "00", 0, 0},
	};
	struct usher_config *config;

	ck_assert_int_eq(usher_config_new(&config), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_int_eq(usher_config_numbers(config, &bad[i], NULL),
				 USHER_EINVAL);
	ck_assert_int_eq(usher_config_numbers(config, NULL, NULL),
			 USHER_EINVAL);
	usher_config_free(config);
}
END_TEST

static struct usher_request asks(const char *number)
{
	return (struct usher_request){
		.type = USHER_REQ_CALLBACK,
		.text = number,
		.queue = usher_center_queue_id(s.center, "sales")};
}

START_TEST(callback__is_one_however_its_number_is_written)
{
	uint64_t leg;

	s.numbered = true;
	deny = "09";
	back_begin();
	agrees("06301234567");
	ck_assert_int_eq(ask_this(asks("+36301234567")), USHER_EEXIST);
	ck_assert_int_eq(ask_this(asks("0036301234567")), USHER_EEXIST);
	ck_assert_int_eq(ask_this(asks("0036301234568")), 0);
	/* Over another trunk they have their turn. */
	leg = stage_arrive(&s.phone, "1000", "+36301234567");
	says(stage_event(&s, USHER_EV_CALLBACK_OVER, contact), USHER_F_REASON,
	     "called_in");
	ck_assert(fake_wait(&s.phone, "accept", leg, NULL, NULL));
}
END_TEST

START_TEST(callback__is_found_by_what_a_new_configuration_says_of_numbers)
{
	deny = "09";
	back_begin();
	agrees("06301234567");
	ck_assert_int_eq(ask_this(asks("+36301234567")), 0);
	agrees("06301234568");
	s.numbered = true;
	back_configure();
	ck_assert_int_eq(ask_this(asks("+36301234568")), USHER_EEXIST);
	ck_assert_int_eq(ask_this(asks("0036301234567")), USHER_EEXIST);
	s.numbered = false;
	back_configure();
	ck_assert_int_eq(ask_this(asks("+36301234568")), 0);
}
END_TEST

static void live_national(void)
{
	agrees("06301234567");
}

START_TEST(callback__is_one_after_a_kill)
{
	s.numbered = true;
	deny = "09";
	kill_and_open(live_national);
	ck_assert_int_eq(ask_this(asks("+36301234567")), USHER_EEXIST);
}
END_TEST

static void live_twice(void)
{
	s.numbered = false;
	back_configure();
	agrees("06301234567");
	ck_assert_int_eq(ask_this(asks("+36301234567")), 0);
	agrees("06301234568");
}

static void count_kept(struct usher_center *center, void *arg)
{
	*(unsigned *)arg = HASH_COUNT(center->sessions);
}

/* Two that are one by what the next start says of numbers are both kept. */
START_TEST(callback__is_kept_beside_one_of_its_number_after_a_kill)
{
	unsigned kept;

	s.numbered = true;
	deny = "09";
	kill_and_open(live_twice);
	stage_inside(&s, count_kept, &kept);
	ck_assert_uint_eq(kept, 3);
	ck_assert_int_eq(ask_this(asks("+36301234567")), USHER_EEXIST);
	ck_assert_int_eq(ask_this(asks("+36301234568")), USHER_EEXIST);
}
END_TEST

/* ---- as many as there may be ---- */

static struct session *many;

static void fill(struct usher_center *center, void *arg)
{
	char number[24];

	(void)arg;
	many = calloc(USHER__BACKS_MAX + 1, sizeof(*many));
	ck_assert_ptr_nonnull(many);
	for (unsigned i = 0; i <= USHER__BACKS_MAX; i++) {
		many[i].center = center;
		snprintf(number, sizeof(number), "07%u", i);
		ck_assert_int_eq(usher__back_new(center, &many[i], number),
				 i < USHER__BACKS_MAX ? 0 : USHER_EFULL);
	}
	ck_assert_ptr_null(many[USHER__BACKS_MAX].back);
}

static void one_less(struct usher_center *center, void *arg)
{
	(void)center;
	(void)arg;
	usher__back_free(&many[0]);
}

static void empty(struct usher_center *center, void *arg)
{
	(void)center;
	(void)arg;
	for (unsigned i = 0; i < USHER__BACKS_MAX; i++)
		usher__back_free(&many[i]);
	free(many);
}

START_TEST(callback__is_refused_when_there_are_ten_thousand)
{
	struct fake_verb verb;
	uint64_t leg;

	back_begin();
	stage_inside(&s, fill, NULL);
	ck_assert_int_eq(ask_this(asks(NUMBER)), USHER_EFULL);
	/* By a flow: the caller hears it, and has lost nothing. */
	leg = waits(NUMBER);
	presses(leg);
	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, &verb));
	ck_assert_str_eq(verb.text, "sorry");
	stage_inside(&s, one_less, NULL);
	ck_assert_int_eq(ask_this(asks("0655555")), 0);
	ck_assert_int_eq(ask_this(asks("0655556")), USHER_EFULL);
	stage_inside(&s, empty, NULL);
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("numbers");

	tcase_add_checked_fixture(tc, back_setup, back_teardown);
	tcase_add_loop_test(tc, number__is_one_however_it_is_written, 0,
			    sizeof(ways) / sizeof(*ways));
	tcase_add_test(tc, numbers__need_a_country_and_prefixes_of_digits);
	tcase_add_test(tc, callback__is_one_however_its_number_is_written);
	tcase_add_test(
		tc,
		callback__is_found_by_what_a_new_configuration_says_of_numbers);
	tcase_add_test(tc, callback__is_one_after_a_kill);
	tcase_add_test(
		tc, callback__is_kept_beside_one_of_its_number_after_a_kill);
	tcase_add_test(tc, callback__is_refused_when_there_are_ten_thousand);
	return tc;
}

int main(void)
{
	return scene_main("numbers", tests());
}
