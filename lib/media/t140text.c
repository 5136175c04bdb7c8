/* T.140 to plain text.
 *
 *   PLAIN --ESC--> ESCAPE --"["--> CSI --final character--> PLAIN
 *                         --"X"--> SOS --ST, or ESC "\"--> PLAIN
 *                         --any other--> PLAIN
 *   PLAIN --U+009B--> CSI, --U+0098--> SOS
 *
 * T.140 sets colors by CSI … m, hands data to applications between SOS and ST,
 * and interrupts by ESC "a": none of these is text. What never ends is cut at
 * a limit. A byte that begins no character, and a character without its end,
 * is U+FFFD; the former is said once for each maximal part, as Unicode
 * recommends (The Unicode Standard, 3.9). */
#include <string.h>
#include "media/t140.h"

enum { PLAIN = 0, ESCAPE, CSI, SOS, SOS_ESCAPE };

static void put(struct usher__t140_out *out, const char *text, size_t n)
{
	if (out->len + n > out->room)
		return;
	memcpy(out->text + out->len, text, n);
	out->len += n;
}

static void put_missing(struct usher__t140_out *out)
{
	put(out, "\xef\xbf\xbd", 3);
}

static void put_code(struct usher__t140_out *out, uint32_t code)
{
	char c[4];
	size_t n = 0;

	if (code < 0x80) {
		c[n++] = (char)code;
	} else if (code < 0x800) {
		c[n++] = (char)(0xc0 | code >> 6);
	} else if (code < 0x10000) {
		c[n++] = (char)(0xe0 | code >> 12);
		c[n++] = (char)(0x80 | (code >> 6 & 0x3f));
	} else {
		c[n++] = (char)(0xf0 | code >> 18);
		c[n++] = (char)(0x80 | (code >> 12 & 0x3f));
		c[n++] = (char)(0x80 | (code >> 6 & 0x3f));
	}
	if (code >= 0x80)
		c[n++] = (char)(0x80 | (code & 0x3f));
	put(out, c, n);
}

static void plain(struct usher__t140_text *t, struct usher__t140_out *out,
		  uint32_t code)
{
	bool cr = t->cr;

	t->cr = code == '\r';
	switch (code) {
	case '\n':
		if (cr)
			return;
		break;
	case '\r':
	case 0x85: /* next line */
	case 0x2028:
	case 0x2029:
		code = '\n';
		break;
	case '\b':
	case '\a':
		break;
	case '\t':
		code = ' ';
		break;
	case 0x1b:
		t->within = ESCAPE;
		return;
	case 0x98:
	case 0x9b:
		t->within = code == 0x98 ? SOS : CSI;
		t->count = 0;
		return;
	case 0xfeff: /* byte order mark: a sign of life */
		t->cr = cr;
		return;
	default:
		if (code < 0x20 || (code >= 0x7f && code < 0xa0))
			return;
		break;
	}
	put_code(out, code);
}

static void escape(struct usher__t140_text *t, uint32_t code)
{
	t->count = 0;
	t->within = code == '[' ? CSI : code == 'X' ? SOS : PLAIN;
}

static void sequence(struct usher__t140_text *t, struct usher__t140_out *out,
		     uint32_t code)
{
	/* Parameters and intermediate characters: ECMA-48, 5.4. */
	if (code >= 0x20 && code < 0x40 && ++t->count < USHER__T140_CSI_MAX)
		return;
	t->within = PLAIN;
	if (code < 0x20 || code > 0x7e)
		plain(t, out, code);
}

static void string(struct usher__t140_text *t, uint32_t code)
{
	if (code == 0x9c || (t->within == SOS_ESCAPE && code == '\\') ||
	    ++t->count >= USHER__T140_SOS_MAX)
		t->within = PLAIN;
	else
		t->within = code == 0x1b ? SOS_ESCAPE : SOS;
}

static void take(struct usher__t140_text *t, struct usher__t140_out *out,
		 uint32_t code)
{
	switch (t->within) {
	case PLAIN:
		plain(t, out, code);
		break;
	case ESCAPE:
		escape(t, code);
		break;
	case CSI:
		sequence(t, out, code);
		break;
	default:
		string(t, code);
		break;
	}
}

/* The first byte of a character: The Unicode Standard, table 3-7. */
static void begin(struct usher__t140_text *t, struct usher__t140_out *out,
		  uint8_t byte)
{
	t->low = 0x80;
	t->high = 0xbf;
	if (byte < 0x80) {
		take(t, out, byte);
	} else if (byte >= 0xc2 && byte < 0xe0) {
		t->need = 1;
		t->code = byte & 0x1f;
	} else if (byte >= 0xe0 && byte < 0xf0) {
		t->need = 2;
		t->code = byte & 0x0f;
		t->low = byte == 0xe0 ? 0xa0 : 0x80;
		t->high = byte == 0xed ? 0x9f : 0xbf;
	} else if (byte >= 0xf0 && byte < 0xf5) {
		t->need = 3;
		t->code = byte & 0x07;
		t->low = byte == 0xf0 ? 0x90 : 0x80;
		t->high = byte == 0xf4 ? 0x8f : 0xbf;
	} else {
		put_missing(out);
	}
}

void usher__t140_text(struct usher__t140_text *t, struct usher__t140_out *out,
		      const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (t->need && (bytes[i] < t->low || bytes[i] > t->high)) {
			t->need = 0;
			put_missing(out);
		}
		if (!t->need) {
			begin(t, out, bytes[i]);
			continue;
		}
		t->code = t->code << 6 | (bytes[i] & 0x3f);
		t->low = 0x80;
		t->high = 0xbf;
		if (!--t->need)
			take(t, out, t->code);
	}
}

void usher__t140_lost(struct usher__t140_text *t, struct usher__t140_out *out)
{
	*t = (struct usher__t140_text){.need = 0};
	put_missing(out);
}
