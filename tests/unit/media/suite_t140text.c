/* Real-time text: what a stream of T.140's bytes makes of lines. */
#include <media/t140.h>
#include <string.h>
#include "suites.h"

#define LOST "\xef\xbf\xbd"
#define EURO "\xe2\x82\xac"

START_TEST(text__makes_plain_of_what_t140_says)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"abc", "abc"},
		{"\xef\xbb\xbf"
		 "a",
		 "a"},
		{"a\r\nb\nc\rd", "a\nb\nc\nd"},
		{"a\r\xef\xbb\xbf\nb", "a\nb"},
		{"a\xe2\x80\xa8"
		 "b\xe2\x80\xa9"
		 "c\xc2\x85"
		 "d",
		 "a\nb\nc\nd"},
		{"ab\b", "ab\b"},
		{"\a!", "\a!"},
		{"a\tb", "a b"},
		{"\x1b[1;31mred\x1b[0m", "red"},
		{"\xc2\x9b"
		 "1mbold\xc2\x9b"
		 "0m",
		 "bold"},
		{"\x1b"
		 "astop",
		 "stop"},
		{"\xc2\x98secret\xc2\x9cshown", "shown"},
		{"\x1bXsecret\x1b\\shown", "shown"},
		{"\x1b[1\nx", "\nx"},
		{"a\x01\x7f\xc2\x90z", "az"},
		{EURO "\xf0\x9f\x98\x80", EURO "\xf0\x9f\x98\x80"},
		/* Overlong, surrogates, too large, alone, cut. */
		{"\xc0\x80", LOST LOST},
		{"\xed\xa0\x80", LOST LOST LOST},
		{"\xf4\x90\x80\x80", LOST LOST LOST LOST},
		{"\x80z", LOST "z"},
		{"\xe2\x82z", LOST "z"},
		{"\xe2\xe2\x82\xac", LOST EURO},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t step = 1; step < 8; step++) {
			struct usher__t140_text t = {.need = 0};
			char text[256];
			struct usher__t140_out out = {text, sizeof(text), 0};
			size_t n = strlen(cases[i].in), at, part;

			for (at = 0; at < n; at += part) {
				part = n - at < step ? n - at : step;
				usher__t140_text(&t, &out,
						 (const uint8_t *)cases[i].in +
							 at,
						 part);
			}
			text[out.len] = '\0';
			ck_assert_str_eq(text, cases[i].out);
		}
	}
}
END_TEST

START_TEST(text__ends_what_never_ends)
{
	struct usher__t140_text t = {.need = 0};
	char text[4096];
	struct usher__t140_out out = {text, sizeof(text), 0};

	usher__t140_text(&t, &out, (const uint8_t *)"\xc2\x98", 2);
	for (int i = 0; i < USHER__T140_SOS_MAX; i++)
		usher__t140_text(&t, &out, (const uint8_t *)"x", 1);
	usher__t140_text(&t, &out, (const uint8_t *)"a\x1b[", 3);
	for (int i = 0; i < USHER__T140_CSI_MAX; i++)
		usher__t140_text(&t, &out, (const uint8_t *)"1", 1);
	usher__t140_text(&t, &out, (const uint8_t *)"b", 1);
	text[out.len] = '\0';
	ck_assert_str_eq(text, "ab");
	/* Without room nothing is written behind it. */
	out = (struct usher__t140_out){text, 4, 0};
	usher__t140_text(&t, &out, (const uint8_t *)"x" EURO EURO, 7);
	ck_assert_uint_eq(out.len, 4);
}
END_TEST

TCase *t140text_case(void)
{
	TCase *c = tcase_create("t140 text");

	tcase_add_test(c, text__makes_plain_of_what_t140_says);
	tcase_add_test(c, text__ends_what_never_ends);
	return c;
}
