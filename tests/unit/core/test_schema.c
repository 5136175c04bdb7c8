#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <core/random.h>
#include <core/payload.h>

#define BUF_SIZE 8192

struct entry {
	struct usher_event ev;
	union usher__payload payload;
};

static const uint64_t some_ids[] = {1, 0x0007000000000001, UINT64_MAX};
static const char some_strs[] = "sip:anna\0sip:bela";
/* b: 2.5, language: "hu" */
static char some_kv[] =
	"b\0n\0\0\0\0\0\0\4@language\0thu\0none\0l\0spoken\0l\2hu\0pl";

/* Every field of every type gets a value that depends on the two. */
static void fill(const struct usher__tdesc *desc, struct entry *entry)
{
	memset(entry, 0, sizeof(*entry));
	entry->ev.type = desc->id;
	entry->ev.kind = desc->kind;
	entry->ev.seq = 77;
	entry->ev.time_us = -5;
	entry->ev.node = 3;
	entry->ev.contact = UINT64_C(3) << 48 | 9;
	entry->ev.actor = USHER_BY_AGENT;
	entry->ev.actor_id = 4;
	entry->ev.cause_kind = USHER_CAUSE_EVENT;
	entry->ev.cause = 70;
	for (uint32_t i = 0; i < desc->field_count; i++) {
		const struct usher__fdesc *field = &desc->fields[i];
		void *at = entry->payload.room + field->offset;
		struct usher__bytes *var = at;

		switch (field->type) {
		case USHER_TYPE_U32:
		case USHER_TYPE_ENUM:
			*(uint32_t *)at = 1;
			break;
		case USHER_TYPE_I64:
		case USHER_TYPE_TIME:
		case USHER_TYPE_SPAN:
			*(int64_t *)at = INT64_MIN + i;
			break;
		case USHER_TYPE_REAL:
			*(double *)at = 0.1;
			break;
		case USHER_TYPE_STR:
			*var = usher__text("zażółć");
			break;
		case USHER_TYPE_BYTES:
			var->ptr = "\0\1\xff";
			var->len = 3;
			break;
		case USHER_TYPE_IDS:
			var->ptr = some_ids;
			var->len = sizeof(some_ids);
			var->count = 3;
			break;
		case USHER_TYPE_STRS:
			var->ptr = some_strs;
			var->len = sizeof(some_strs);
			var->count = 2;
			break;
		case USHER_TYPE_KV:
			var->ptr = some_kv;
			var->len = sizeof(some_kv);
			var->count = 4;
			break;
		default:
			*(uint64_t *)at = UINT64_MAX - i;
		}
	}
}

START_TEST(codec__gives_back_every_field_of_every_type)
{
	unsigned char buf[BUF_SIZE], again[BUF_SIZE];
	struct usher_decoder *dec;
	uint32_t type = 0;
	int types = 0;

	ck_assert_int_eq(usher_decoder_new(&dec, NULL), 0);
	while ((type = usher_event_type_next(type))) {
		const struct usher__tdesc *desc = usher__type(type);
		const struct usher_event *ev;
		struct entry entry;
		size_t len, used, again_len;

		fill(desc, &entry);
		ck_assert_int_eq(
			usher_event_encode(&entry.ev, buf, sizeof(buf), &len),
			0);
		ck_assert_int_eq(usher_event_decode(dec, buf, len, &used, &ev),
				 0);
		ck_assert_uint_eq(used, len);
		ck_assert_mem_eq(ev, &entry.ev, sizeof(*ev));
		ck_assert_msg(usher__payload_equal(desc, usher__payload(ev),
						   &entry.payload),
			      "%s", desc->name);
		ck_assert_int_eq(usher_event_encode(ev, again, sizeof(again),
						    &again_len),
				 0);
		ck_assert_uint_eq(again_len, len);
		ck_assert_mem_eq(again, buf, len);
		types++;
	}
	ck_assert_int_gt(types, 80);
	usher_decoder_free(dec);
}
END_TEST

START_TEST(codec__says_how_much_room_it_needs)
{
	unsigned char buf[BUF_SIZE];
	struct entry entry;
	size_t need, len;

	fill(usher__type(USHER_EV_OFFER_MADE), &entry);
	ck_assert_int_eq(usher_event_encode(&entry.ev, NULL, 0, &need),
			 USHER_EFULL);
	ck_assert_int_eq(usher_event_encode(&entry.ev, buf, need - 1, &len),
			 USHER_EFULL);
	ck_assert_uint_eq(len, need);
	ck_assert_int_eq(usher_event_encode(&entry.ev, buf, need, &len), 0);
}
END_TEST

START_TEST(codec__waits_for_the_rest_of_an_entry)
{
	unsigned char buf[BUF_SIZE];
	struct usher_decoder *dec;
	const struct usher_event *ev;
	struct entry entry;
	size_t len, used;

	ck_assert_int_eq(usher_decoder_new(&dec, NULL), 0);
	fill(usher__type(USHER_EV_AGENT_SET), &entry);
	usher_event_encode(&entry.ev, buf, sizeof(buf), &len);
	for (size_t cut = 0; cut < len; cut++)
		ck_assert_int_eq(usher_event_decode(dec, buf, cut, &used, &ev),
				 USHER_EAGAIN);
	usher_decoder_free(dec);
}
END_TEST

/* An entry of a header, then these bytes as fields. */
static int decode_fields(uint32_t type, const char *fields, size_t len,
			 const struct usher_event **ev,
			 struct usher_decoder *dec)
{
	unsigned char buf[400] = {0}, *at = buf;
	size_t used;

	*at++ = (unsigned char)(len + 12);
	*at++ = (unsigned char)(type | 0x80);
	*at++ = (unsigned char)(type >> 7);
	*at++ = USHER_KIND_EVENT;
	at += 9;
	memcpy(at, fields, len);
	return usher_event_decode(dec, buf, len + 13, &used, ev);
}

START_TEST(codec__skips_what_it_does_not_know)
{
	/* tags 999 << 2 of every wire, then queue = 5 */
	static const char fields[] =
		"\x9c\x1f\x07\x9d\x1f"
		"12345678\x9e\x1f\x02xy\x9f\x1f\x01\x01z\x0c\x05";
	struct usher_decoder *dec;
	const struct usher_event *ev;
	uint64_t queue;

	ck_assert_int_eq(usher_decoder_new(&dec, NULL), 0);
	ck_assert_int_eq(decode_fields(USHER_EV_QUEUE_LEFT, fields,
				       sizeof(fields) - 1, &ev, dec),
			 0);
	ck_assert_int_eq(usher_event_u64(ev, USHER_F_QUEUE, &queue), 0);
	ck_assert_uint_eq(queue, 5);
	/* a type that does not exist yet */
	ck_assert_int_eq(
		decode_fields(199, fields, sizeof(fields) - 1, &ev, dec), 0);
	ck_assert_uint_eq(ev->type, 199);
	ck_assert_int_eq(usher_event_u64(ev, USHER_F_QUEUE, &queue),
			 USHER_ENOENT);
	usher_decoder_free(dec);
}
END_TEST

START_TEST(codec__refuses_damage)
{
	static const struct {
		uint32_t type;
		const char *fields;
		size_t len;
	} bad[] = {
		{USHER_EV_QUEUE_LEFT, "\x0c\x05\x0c\x05", 4}, /* twice */
		{USHER_EV_QUEUE_LEFT, "\x0e\x01x", 3},        /* wrong wire */
		{USHER_EV_QUEUE_LEFT, "\x0c", 1},             /* no value */
		{USHER_EV_QUEUE_LEFT, "\x0e\x7fx", 3},        /* too long */
		/* a u32 of 2^35 */
		{USHER_EV_QUEUE_LEFT, "\x98\x02\x80\x80\x80\x80\x80\x01", 8},
		{USHER_EV_CONTACT_ENDED, "\x2e\x02x\0", 4}, /* NUL in a text */
		{USHER_EV_CONTACT_ENDED, "\x2e\x00", 2}, /* empty, written */
		/* ids: three said, one there */
		{USHER_EV_DECIDE,
		 "\x23\x03\x08"
		 "12345678",
		 11},
		/* attributes out of order, twice the same, without value */
		{USHER_EV_CUSTOM,
		 "\x5b\x02\x08"
		 "b\0t\0a\0t\0",
		 11},
		{USHER_EV_CUSTOM,
		 "\x5b\x02\x08"
		 "a\0t\0a\0t\0",
		 11},
		{USHER_EV_CUSTOM,
		 "\x5b\x01\x02"
		 "a\0",
		 5},
		/* lists: fewer items than said, no number of items, more
		 * than an agent may have */
		{USHER_EV_CUSTOM,
		 "\x5b\x01\x06"
		 "a\0l\2x\0",
		 9},
		{USHER_EV_CUSTOM,
		 "\x5b\x01\x03"
		 "a\0l",
		 6},
		{USHER_EV_CUSTOM,
		 "\x5b\x01\x06"
		 "a\0l\xff\0\0",
		 9},
		/* a number that is not one */
		{USHER_EV_CUSTOM,
		 "\x5b\x01\x0b"
		 "a\0n\0\0\0\0\0\0\xf0\x7f",
		 14},
	};
	struct usher_decoder *dec;
	const struct usher_event *ev;

	ck_assert_int_eq(usher_decoder_new(&dec, NULL), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct usher_event head = {.type = bad[i].type};
		char fields[64];

		memcpy(fields, bad[i].fields, bad[i].len);
		/* notes have another kind in the header */
		if (usher_event_type_kind(head.type) == USHER_KIND_NOTE) {
			const struct usher__tdesc *desc =
				usher__type(head.type);
			char *space = malloc(usher__fields_room(bad[i].len));
			union usher__payload payload;

			ck_assert_ptr_nonnull(space);
			ck_assert_msg(usher__fields_get(desc, fields,
							bad[i].len, &payload,
							space) ==
					      USHER_ECORRUPT,
				      "%zu", i);
			free(space);
			continue;
		}
		ck_assert_msg(decode_fields(bad[i].type, fields, bad[i].len,
					    &ev, dec) == USHER_ECORRUPT,
			      "%zu", i);
	}
	usher_decoder_free(dec);
}
END_TEST

START_TEST(codec__survives_any_bytes)
{
	unsigned char buf[BUF_SIZE], *exact;
	char json[BUF_SIZE * 8];
	struct usher_decoder *dec;
	const struct usher_event *ev;
	int read = 0;

	ck_assert_int_eq(usher_decoder_new(&dec, NULL), 0);
	for (uint64_t n = 0; n < 60000; n++) {
		uint32_t type = (uint32_t)(usher__random(1, 0, 0, n) % 256);
		const struct usher__tdesc *desc = usher__type(type);
		struct entry entry;
		size_t len, used, json_len;
		int err;

		if (!desc)
			continue;
		fill(desc, &entry);
		usher_event_encode(&entry.ev, buf, sizeof(buf), &len);
		for (uint64_t i = 0; i < 1 + n % 3; i++) {
			uint64_t r = usher__random(1, 1, (uint32_t)i, n);

			buf[r % len] = (unsigned char)(r >> 40);
		}
		/* its own block, so that reading beyond is seen */
		exact = malloc(len);
		ck_assert_ptr_nonnull(exact);
		memcpy(exact, buf, len);
		err = usher_event_decode(dec, exact, len, &used, &ev);
		ck_assert(!err || err == USHER_ECORRUPT ||
			  err == USHER_EAGAIN);
		if (!err) {
			read++;
			ck_assert_int_eq(usher_event_json(ev, json,
							  sizeof(json),
							  &json_len),
					 0);
		}
		free(exact);
	}
	ck_assert_int_gt(read, 1000);
	usher_decoder_free(dec);
}
END_TEST

static void *no_memory(void *arg, void *ptr, size_t size)
{
	int *left = arg;

	if (!size) {
		free(ptr);
		return NULL;
	}
	return (*left)-- > 0 ? realloc(ptr, size) : NULL;
}

START_TEST(decoder__fails_cleanly_without_memory)
{
	int left = 0;
	struct usher_alloc alloc = {no_memory, &left};
	struct usher_decoder *dec = NULL;
	const struct usher_event *ev;
	unsigned char buf[BUF_SIZE];
	struct entry entry;
	size_t len, used;

	fill(usher__type(USHER_EV_AGENT_SET), &entry);
	usher_event_encode(&entry.ev, buf, sizeof(buf), &len);
	ck_assert_int_eq(usher_decoder_new(&dec, &alloc), USHER_ENOMEM);
	ck_assert_ptr_null(dec);
	left = 1;
	ck_assert_int_eq(usher_decoder_new(&dec, &alloc), 0);
	ck_assert_int_eq(usher_event_decode(dec, buf, len, &used, &ev),
			 USHER_ENOMEM);
	left = 1;
	ck_assert_int_eq(usher_event_decode(dec, buf, len, &used, &ev), 0);
	usher_decoder_free(dec);
	usher_decoder_free(NULL);
}
END_TEST

START_TEST(json__writes_ids_as_text_and_escapes)
{
	struct usher__ev_custom custom = {0};
	struct entry entry;
	char json[BUF_SIZE];
	size_t len, need;

	fill(usher__type(USHER_EV_CUSTOM), &entry);
	entry.ev.kind = USHER_KIND_NOTE;
	custom.name = usher__text("a\"b\\\n\xff"
				  "é");
	custom.attrs.ptr = some_kv;
	custom.attrs.len = sizeof(some_kv);
	custom.attrs.count = 4;
	memcpy(&entry.payload, &custom, sizeof(custom));
	ck_assert_int_eq(usher_event_json(&entry.ev, json, sizeof(json), &len),
			 0);
	ck_assert_str_eq(
		json,
		"{\"node\":3,\"seq\":\"77\",\"time\":-5,\"type\":\"custom\","
		"\"contact\":\"844424930131977\",\"actor\":\"agent\","
		"\"actor_id\":\"4\",\"cause_seq\":\"70\","
		"\"name\":\"a\\\"b\\\\\\u000a\\ufffdé\",\"text\":\"\","
		"\"attrs\":{\"b\":2.5,\"language\":\"hu\",\"none\":[],"
		"\"spoken\":[\"hu\",\"pl\"]}}");
	ck_assert_uint_eq(len, strlen(json));
	ck_assert_int_eq(usher_event_json(&entry.ev, json, len, &need),
			 USHER_EFULL);
	ck_assert_uint_eq(need, len + 1);
	ck_assert_int_eq(usher_event_json(&entry.ev, json, need, &len), 0);
}
END_TEST

START_TEST(accessors__refuse_the_wrong_type_and_field)
{
	struct entry entry;
	const uint64_t *ids;
	const char *text;
	struct usher_attr attr;
	uint64_t u64 = 42;
	int64_t i64;
	double real;
	size_t n;

	fill(usher__type(USHER_EV_DECIDE), &entry);
	ck_assert_int_eq(usher_event_u64(&entry.ev, USHER_F_AGENT, &u64),
			 USHER_ENOENT);
	ck_assert_int_eq(usher_event_u64(&entry.ev, USHER_F_AGENTS, &u64),
			 USHER_EINVAL);
	/* a negative time */
	ck_assert_int_eq(usher_event_u64(&entry.ev, USHER_F_DEADLINE, &u64),
			 USHER_EINVAL);
	ck_assert_uint_eq(u64, 42);
	/* an id above 2^63 */
	ck_assert_int_eq(usher_event_i64(&entry.ev, USHER_F_QUEUE, &i64),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_event_real(&entry.ev, USHER_F_QUEUE, &real),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_event_str(&entry.ev, USHER_F_QUEUE, &text, &n),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_event_ids(&entry.ev, USHER_F_AGENTS, &ids, &n),
			 0);
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(ids[2], UINT64_MAX);
	ck_assert_int_eq(usher_event_count(&entry.ev, USHER_F_QUEUE, &n),
			 USHER_EINVAL);
	fill(usher__type(USHER_EV_AGENT_SET), &entry);
	ck_assert_int_eq(
		usher_event_str_at(&entry.ev, USHER_F_ENDPOINTS, 1, &text), 0);
	ck_assert_str_eq(text, "sip:bela");
	ck_assert_int_eq(
		usher_event_str_at(&entry.ev, USHER_F_ENDPOINTS, 2, &text),
		USHER_ENOENT);
	ck_assert_int_eq(
		usher_event_attr_at(&entry.ev, USHER_F_ATTRS, 0, &attr), 0);
	ck_assert_str_eq(attr.name, "b");
	ck_assert_double_eq(attr.number, 2.5);
	ck_assert_int_eq(
		usher_event_attr_at(&entry.ev, USHER_F_ATTRS, 3, &attr), 0);
	ck_assert_uint_eq(attr.type, USHER_ATTR_LIST);
	ck_assert_uint_eq(attr.count, 2);
	ck_assert_mem_eq(attr.text, "hu\0pl", 6);
	ck_assert_int_eq(
		usher_event_attr_at(&entry.ev, USHER_F_ATTRS, 4, &attr),
		USHER_ENOENT);
}
END_TEST

START_TEST(schema__finds_types_and_fields_by_name)
{
	uint32_t value;

	ck_assert_uint_eq(usher_event_type_by_name("offer_made"),
			  USHER_EV_OFFER_MADE);
	ck_assert_uint_eq(usher_event_type_by_name("st_center"), 0);
	ck_assert_uint_eq(usher_event_type_by_name(NULL), 0);
	ck_assert_ptr_null(usher_event_type_name(99999));
	ck_assert_uint_eq(usher_field_by_name("queue"), USHER_F_QUEUE);
	ck_assert_uint_eq(usher_field_type(USHER_F_QUEUES), USHER_TYPE_IDS);
	ck_assert_uint_eq(usher_field_type(99999), 0);
	ck_assert_str_eq(usher_enum_name(USHER_F_LEAVE, USHER_LEAVE_FAILED),
			 "failed");
	ck_assert_ptr_null(usher_enum_name(USHER_F_LEAVE, 15));
	ck_assert_int_eq(usher_enum_by_name(USHER_F_WITHDRAW, "gone", &value),
			 0);
	ck_assert_uint_eq(value, USHER_WITHDRAW_GONE);
	ck_assert_int_eq(usher_enum_by_name(USHER_F_QUEUE, "x", &value),
			 USHER_ENOENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("schema");
	TCase *tcase = tcase_create("schema");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, codec__gives_back_every_field_of_every_type);
	tcase_add_test(tcase, codec__says_how_much_room_it_needs);
	tcase_add_test(tcase, codec__waits_for_the_rest_of_an_entry);
	tcase_add_test(tcase, codec__skips_what_it_does_not_know);
	tcase_add_test(tcase, codec__refuses_damage);
	tcase_add_test(tcase, codec__survives_any_bytes);
	tcase_add_test(tcase, decoder__fails_cleanly_without_memory);
	tcase_add_test(tcase, json__writes_ids_as_text_and_escapes);
	tcase_add_test(tcase, accessors__refuse_the_wrong_type_and_field);
	tcase_add_test(tcase, schema__finds_types_and_fields_by_name);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
