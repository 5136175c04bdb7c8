/* A key that is held while its sender comes to be with somebody else: by every
 * way from one to the other, it is nobody's but whose it was. */
#include <string.h>
#include "suites.h"
#include "world.h"

#define S      1000000 /* microseconds */
#define MS     1000
#define TALK   USHER__MROLE_TALK
#define LISTEN USHER__MROLE_LISTEN

/* Who presses, with whom, who comes instead; and who makes each room a mix. */
enum { SENDER, OLD, NEW, OLD_EAR, NEW_EAR };
enum { MOVES, LEAVES_AND_JOINS, IS_LEFT, IS_JOINED_AND_LEFT, WAYS };
enum { CODECS = 4 };

/* SENDER's, OLD's and NEW's. */
static const enum usher__mcodec codecs[CODECS][3] = {
	{USHER__PCMU, USHER__PCMU, USHER__PCMU},
	{USHER__PCMU, USHER__PCMA, USHER__OPUS},
	{USHER__OPUS, USHER__OPUS, USHER__OPUS},
	{USHER__OPUS, USHER__OPUS, USHER__PCMA},
};

static struct world world;
static struct usher__mroom *rooms[2];
static int64_t at;

static struct peer *peer(int i)
{
	return &world.parties[i].peer;
}

static struct usher__mleg *leg(int i)
{
	return &world.parties[i].leg;
}

static void put(int i, int room, enum usher__mrole role)
{
	world.room = rooms[room];
	world_join(&world, i, role, 0);
}

static void setup(void)
{
	at = 1 * S;
	world_open(&world, at + 7 * MS);
	rooms[0] = world.room;
	rooms[1] = usher__mroom_new();
	ck_assert_ptr_nonnull(rooms[1]);
	for (int i = SENDER; i <= NEW_EAR; i++) {
		world_party(&world, i, 0, 0);
		leg(i)->params.te_tx_pt = 101;
	}
}

static void teardown(void)
{
	world.room = rooms[0];
	world_close(&world);
	usher__mroom_unref(rooms[1]);
}

static void speak_codecs(int which)
{
	for (int i = SENDER; i <= NEW; i++) {
		enum usher__mcodec codec = codecs[which][i];

		if (codec == USHER__OPUS) {
			world_opus(&world, i);
			continue;
		}
		peer(i)->codec = codec;
		peer(i)->pt = codec == USHER__PCMA ? 8 : 0;
		leg(i)->params.codec = codec;
		leg(i)->params.tx_pt = peer(i)->pt;
	}
}

static void run(int ms)
{
	at += ms * MS;
	world_run(&world, at);
}

static void key_packet(char digit, int ms, bool first, bool end)
{
	uint8_t packet[USHER__RTP_HEADER + USHER__TELEV_BYTES];
	uint8_t payload[USHER__TELEV_BYTES];

	usher__telev_write(payload, (uint8_t)usher__telev_event(digit), end,
			   (uint16_t)(ms * 8 * (int)peer_clock(peer(0))));
	peer_packet(peer(SENDER), packet, 101, payload, sizeof(payload));
	packet[1] |= (uint8_t)(first << 7);
	world_take(&world, &world.parties[SENDER], packet, sizeof(packet));
	run(20);
}

/* Packets of a press, from so many ms of it on to as many. */
static void hold_key(char digit, int from, int to, bool end)
{
	for (int ms = from; ms <= to; ms += 20)
		key_packet(digit, ms, ms == 20, end && ms == to);
}

static void next_key(void)
{
	peer(SENDER)->ts += 3200 * peer_clock(peer(SENDER));
}

static int digits_told(void)
{
	struct usher__mevent ev;
	int count = 0;

	while (usher__mevents_pop(&world.m.events, &ev))
		count += ev.type == USHER__MEV_DIGIT;
	return count;
}

static void begin(int way, bool from_mix, bool to_mix)
{
	put(SENDER, 0, TALK);
	put(OLD, 0, TALK);
	if (from_mix)
		put(OLD_EAR, 0, LISTEN);
	if (way > LEAVES_AND_JOINS)
		return;
	put(NEW, 1, TALK);
	if (to_mix)
		put(NEW_EAR, 1, LISTEN);
}

static void move(int way, bool to_mix)
{
	switch (way) {
	case LEAVES_AND_JOINS:
		world_leave(&world, SENDER);
		/* fall through */
	case MOVES:
		put(SENDER, 1, TALK);
		return;
	case IS_LEFT:
		world_leave(&world, OLD);
		put(NEW, 0, TALK);
		break;
	default:
		put(NEW, 0, TALK);
		world_leave(&world, OLD);
		break;
	}
	if (to_mix)
		put(OLD_EAR, 0, LISTEN);
	else
		world_leave(&world, OLD_EAR);
}

START_TEST(moved__a_held_key_is_not_for_who_comes_then)
{
	int way = _i % WAYS, which = _i / WAYS / 8;
	bool from_mix = _i / WAYS & 1, to_mix = _i / WAYS & 2;
	bool ended = _i / WAYS & 4;

	speak_codecs(which);
	begin(way, from_mix, to_mix);
	run(100);
	hold_key('4', 20, 60, ended);
	ck_assert_uint_eq(peer(OLD)->key_count, 3);
	move(way, to_mix);
	/* Its rest, or its end that is said again. */
	if (ended)
		hold_key('4', 60, 60, true);
	else
		hold_key('4', 80, 120, true);
	hold_key('4', 120, 120, true);
	ck_assert_uint_eq(peer(OLD)->key_count, 3);
	ck_assert_uint_eq(peer(NEW)->key_count, 0);
	ck_assert_int_eq(digits_told(), 1);
	/* The next one is. */
	next_key();
	hold_key('5', 20, 60, true);
	ck_assert_uint_eq(peer(OLD)->key_count, 3);
	ck_assert_uint_eq(peer(NEW)->key_count, 3);
	ck_assert_uint_eq(peer(NEW)->keys[0].payload[0], 5);
	ck_assert_uint_eq(peer(NEW)->gaps, 0);
	ck_assert_int_eq(digits_told(), 1);
}
END_TEST

/* Both go to another room, one after the other: it stays one press. */
START_TEST(moved__a_held_key_goes_along_with_both)
{
	bool from_mix = _i & 1, to_mix = _i & 2, apart = _i & 4;
	int first = _i & 8 ? OLD : SENDER;

	speak_codecs(_i / 16);
	begin(IS_LEFT, from_mix, to_mix);
	if (to_mix)
		put(NEW_EAR, 1, LISTEN);
	run(100);
	hold_key('4', 20, 60, false);
	if (apart) {
		world_leave(&world, SENDER);
		world_leave(&world, OLD);
	}
	put(first, 1, TALK);
	put(first == OLD ? SENDER : OLD, 1, TALK);
	hold_key('4', 80, 120, true);
	ck_assert_uint_eq(peer(OLD)->key_count, 6);
	ck_assert_uint_eq(peer(OLD)->keys[5].rtp.ts,
			  peer(OLD)->keys[0].rtp.ts);
	ck_assert_uint_eq(peer(OLD)->keys[5].payload[1] >> 7, 1);
	for (int k = 1; k < 6; k++)
		ck_assert(!peer(OLD)->keys[k].rtp.marker);
	ck_assert_int_eq(digits_told(), 1);
}
END_TEST

/* What goes down while its sender is muted is not heard to its end, either. */
START_TEST(moved__a_key_of_who_was_muted_is_for_nobody)
{
	speak_codecs(_i / 2);
	begin(IS_LEFT, _i & 1, false);
	run(100);
	leg(SENDER)->muted = true;
	hold_key('4', 20, 60, false);
	leg(SENDER)->muted = false;
	hold_key('4', 80, 120, true);
	ck_assert_uint_eq(peer(OLD)->key_count, 0);
	next_key();
	hold_key('5', 20, 60, true);
	ck_assert_uint_eq(peer(OLD)->key_count, 3);
	ck_assert_int_eq(digits_told(), 2);
}
END_TEST

TCase *moved_case(void)
{
	TCase *tc = tcase_create("moved");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, moved__a_held_key_is_not_for_who_comes_then, 0,
			    WAYS * 8 * CODECS);
	tcase_add_loop_test(tc, moved__a_held_key_goes_along_with_both, 0,
			    16 * CODECS);
	tcase_add_loop_test(tc, moved__a_key_of_who_was_muted_is_for_nobody, 0,
			    2 * CODECS);
	return tc;
}
