/* Digits by INFO. There is no standard; two ways are in use:
 *
 *   application/dtmf-relay   "Signal=5" and "Duration=160", on lines
 *   application/dtmf         the digit alone
 *
 * Either may number them as events (RFC 4733, 3.2): 10 and 11 are the star
 * and the pound sign, 12 to 15 are A to D, 16 is a flash, which is no digit.
 */
#include <stdio.h>
#include <string.h>

#include <sip/legimpl.h>

enum { DIGIT_MS_DEFAULT = 160, DIGIT_MS_MAX = 10000, FLASH = 16 };

static const char digits[] = "0123456789*#ABCD";

static struct pl trim(struct pl pl)
{
	while (pl.l && strchr(" \t\r\n", *pl.p)) {
		pl.p++;
		pl.l--;
	}
	while (pl.l && strchr(" \t\r\n", pl.p[pl.l - 1]))
		pl.l--;
	return pl;
}

/* "Name = value": false if the line has another name. */
static bool named(struct pl line, const char *name, struct pl *ret)
{
	const char *eq = pl_strchr(&line, '=');
	struct pl left = line;

	if (!eq)
		return false;
	left.l = (size_t)(eq - line.p);
	left = trim(left);
	if (pl_strcasecmp(&left, name))
		return false;
	ret->p = eq + 1;
	ret->l = line.l - (size_t)(eq + 1 - line.p);
	*ret = trim(*ret);
	return true;
}

/* The whole of it must be one event. */
static int read_event(const struct pl *pl, char *ret)
{
	const char *p;
	uint32_t n;
	char c;

	if (pl->l == 1) {
		c = *pl->p;
		if (c >= 'a' && c <= 'd')
			c = (char)(c - 'a' + 'A');
		p = c ? strchr(digits, c) : NULL;
		*ret = c;
		return p ? 0 : USHER_EPROTO;
	}
	if (pl->l != 2 || !usher__pl_decimal(pl, FLASH))
		return USHER_EPROTO;
	n = pl_u32(pl);
	if (n < 10)
		return USHER_EPROTO;
	*ret = n < FLASH ? digits[n] : '\0';
	return 0;
}

static bool next_line(struct pl *rest, struct pl *ret)
{
	const char *nl = pl_strchr(rest, '\n');

	if (!rest->l)
		return false;
	*ret = *rest;
	ret->l = nl ? (size_t)(nl - rest->p) : rest->l;
	pl_advance(rest, (ssize_t)(nl ? ret->l + 1 : ret->l));
	return true;
}

int usher__info_digit(const struct pl *body, bool relay, char *digit,
		      uint32_t *duration_ms)
{
	struct pl rest = *body, line, value, signal = {NULL, 0};

	*duration_ms = DIGIT_MS_DEFAULT;
	if (!relay) {
		signal = trim(*body);
		return read_event(&signal, digit);
	}
	while (next_line(&rest, &line)) {
		if (named(line, "Signal", &value)) {
			if (signal.p)
				return USHER_EPROTO;
			signal = value;
		} else if (named(line, "Duration", &value) &&
			   usher__pl_decimal(&value, DIGIT_MS_MAX)) {
			*duration_ms = pl_u32(&value);
		}
	}
	return signal.p ? read_event(&signal, digit) : USHER_EPROTO;
}

/* As many as in RTP (lib/media). */
static bool too_many(struct usher__leg *leg)
{
	uint64_t now = (uint64_t)usher__loop_mono_us() / 1000000;

	if (leg->digits_second != now) {
		leg->digits_second = now;
		leg->digits = 0;
	}
	return leg->digits++ >= USHER__MLEG_DIGITS_PER_S;
}

void usher__leg_informed(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__leg_event event = {.type = USHER__LEG_DIGIT};
	bool relay = msg_ctype_cmp(&msg->ctyp, "application", "dtmf-relay");
	struct pl body = usher__msg_body(msg);
	struct usher__ua *ua = leg->ua;

	/* Without a body it only asks whether we are here. */
	if (!body.l) {
		usher__ua_reply(ua, msg, 200, NULL);
		return;
	}
	if (!relay && !msg_ctype_cmp(&msg->ctyp, "application", "dtmf")) {
		usher__ua_deny(ua, msg, 415, USHER__NOTE_UNSUPPORTED,
			       "information of a kind that is not for here",
			       "Accept: application/dtmf-relay, "
			       "application/dtmf\r\n");
		return;
	}
	if (usher__info_digit(&body, relay, &event.digit,
			      &event.duration_ms)) {
		usher__ua_deny(ua, msg, 400, USHER__NOTE_MALFORMED, "no digit",
			       NULL);
		return;
	}
	if (too_many(leg)) {
		usher__ua_deny(ua, msg, 503, USHER__NOTE_LIMIT,
			       "too many digits in a second", NULL);
		return;
	}
	usher__ua_reply(ua, msg, 200, NULL);
	if (event.digit)
		usher__leg_tell(leg, &event);
}

int usher__leg_info(struct usher__ua *ua, uint64_t id, char digit,
		    uint32_t duration_ms)
{
	struct usher__leg *leg = usher__leg_find(ua, id);
	char body[64];

	if (!leg)
		return USHER_ENOENT;
	if (!digit || !strchr(digits, digit))
		return USHER_EINVAL;
	if (leg->state != USHER__LEG_UP)
		return USHER_ESTATE;
	(void)snprintf(body, sizeof(body), "Signal=%c\r\nDuration=%u\r\n",
		       digit, duration_ms ? duration_ms : DIGIT_MS_DEFAULT);
	return usher__leg_side(leg, "INFO", NULL,
			       "Content-Type: application/dtmf-relay\r\n"
			       "Content-Length: %zu\r\n\r\n%s",
			       strlen(body), body);
}
