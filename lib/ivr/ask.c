/*
 * Menus and collecting: a question, an answer of digits or text, some tries.
 *
 * A try begins with its prompt (ASKING); once that is over or interrupted the
 * answer has a deadline (INPUT); a wrong answer is told so (INVALID). Silence
 * goes straight to the next try. After the last one the exits `invalid` or
 * `timeout` are taken.
 */
#include <string.h>

#include "expr/expr.h"
#include "ivr/instance.h"

static void forget_input(struct usher_ivr *ivr)
{
	usher__wipe(ivr->d.input, sizeof(ivr->d.input));
	ivr->d.n_input = 0;
}

void usher__ask_begin(struct usher_ivr *ivr, uint32_t which)
{
	const struct step *step = usher__ivr_step(ivr);
	int32_t prompt = step->prompts[which];
	uint32_t flags = 0;

	if (prompt < 0)
		prompt = step->prompts[PROMPT_FIRST];
	if (!(step->flags & USHER_STEP_NO_BARGE))
		flags |= USHER_IVR_BARGE;
	if (step->kind == USHER_STEP_MENU)
		flags |= USHER_IVR_IS_MENU;
	if (step->kind == USHER_STEP_COLLECT &&
	    (step->flags & USHER_STEP_TEXT))
		flags |= USHER_IVR_WANTS_TEXT;
	if (step->var >= 0 && ivr->set->vars[step->var].secret)
		flags |= USHER_IVR_IS_SECRET;
	forget_input(ivr);
	usher__ivr_play(ivr, USHER_IVR_ASK, prompt, flags);
	ivr->d.deadline = usher__ivr_after(ivr, USHER_IVR_PLAY_MAX_MS);
	usher__ivr_move(ivr, IVR_ASKING);
}

/* The prompt is over: from now on silence counts. */
void usher__ask_ready(struct usher_ivr *ivr)
{
	ivr->d.awaited = 0;
	ivr->d.deadline =
		usher__ivr_after(ivr, usher__ivr_step(ivr)->timeout_ms);
	usher__ivr_move(ivr, IVR_INPUT);
}

/* Out of tries: go on without an answer. */
static void give_up(struct usher_ivr *ivr, const char *on)
{
	const struct step *step = usher__ivr_step(ivr);

	if (step->var >= 0)
		usher__ivr_set(ivr, step->var, usher_value_undefined());
	usher__ivr_go(ivr, usher__step_way(step, on));
}

static void wrong(struct usher_ivr *ivr)
{
	const struct step *step = usher__ivr_step(ivr);

	forget_input(ivr);
	usher__wipe(ivr->d.ahead, sizeof(ivr->d.ahead));
	ivr->d.n_ahead = 0;
	if (ivr->d.tries++ >= step->retries) {
		give_up(ivr, "invalid");
		return;
	}
	if (step->prompts[PROMPT_INVALID] < 0) {
		usher__ask_begin(ivr, PROMPT_AGAIN);
		return;
	}
	usher__ivr_play(ivr, USHER_IVR_PLAY, step->prompts[PROMPT_INVALID],
			USHER_IVR_BARGE);
	ivr->d.deadline = usher__ivr_after(ivr, USHER_IVR_PLAY_MAX_MS);
	usher__ivr_move(ivr, IVR_INVALID);
}

static void choose(struct usher_ivr *ivr, const struct flow_exit *way)
{
	const struct step *step = usher__ivr_step(ivr);

	if (step->var >= 0)
		usher__ivr_set(ivr, step->var, usher_value_string(way->on));
	usher__ivr_go(ivr, way->target);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_word(const char *word, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!word[i] || lower(word[i]) != lower(s[i]))
			return false;
	return !word[len];
}

static void answer_menu(struct usher_ivr *ivr, const char *s, size_t len)
{
	const struct step *step = usher__ivr_step(ivr);

	for (uint32_t i = 0; i < step->n_exits; i++) {
		const char *on = step->exits[i].on;

		if (strcmp(on, "timeout") != 0 && strcmp(on, "invalid") != 0 &&
		    strcmp(on, "else") != 0 && same_word(on, s, len)) {
			choose(ivr, &step->exits[i]);
			return;
		}
	}
	wrong(ivr);
}

/* As in expressions: at most 15 digits, exact on every machine. */
static bool to_number(const char *s, size_t len, struct usher_value *ret)
{
	double number = 0;

	if (!len || len > 15)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		number = number * 10 + (s[i] - '0');
	}
	*ret = usher_value_number(number);
	return true;
}

static size_t characters(const char *s, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

/* A whole answer to collect: keep it, if it is one. */
static void answer_collect(struct usher_ivr *ivr, const char *s, size_t len)
{
	const struct step *step = usher__ivr_step(ivr);
	struct usher_value value = usher_value_bytes(s, len);
	size_t count = characters(s, len);
	bool good = count >= step->min && count <= step->max &&
		    len <= USHER_IVR_VALUE_MAX;

	if (good && (step->flags & USHER_STEP_AS_NUMBER))
		good = to_number(s, len, &value);
	if (good) {
		usher__ivr_set(ivr, step->var, value);
		if (step->require)
			good = usher__ivr_test(ivr, step->require);
		if (!good)
			usher__ivr_set(ivr, step->var,
				       usher_value_undefined());
	}
	if (good)
		usher__ivr_go(ivr, step->next);
	else
		wrong(ivr);
}

void usher__ask_digit(struct usher_ivr *ivr, char digit)
{
	const struct step *step = usher__ivr_step(ivr);

	if (ivr->d.state != IVR_INPUT) {
		if (step->flags & USHER_STEP_NO_BARGE)
			return;
		usher__ivr_stop_current(ivr);
		usher__ask_ready(ivr);
	}
	if (step->kind == USHER_STEP_MENU) {
		answer_menu(ivr, &digit, 1);
		return;
	}
	if (digit == step->terminator) {
		answer_collect(ivr, ivr->d.input, ivr->d.n_input);
		return;
	}
	ivr->d.input[ivr->d.n_input++] = digit;
	if (ivr->d.n_input >= step->max ||
	    ivr->d.n_input == USHER_IVR_DIGITS_MAX)
		answer_collect(ivr, ivr->d.input, ivr->d.n_input);
	else
		ivr->d.deadline =
			usher__ivr_after(ivr, step->digit_timeout_ms);
}

/* Digits out of a text: people write 12-34 56. */
static size_t only_digits(char *ret, size_t cap, const char *s, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == ' ' || s[i] == '-')
			continue;
		if (s[i] < '0' || s[i] > '9' || count == cap)
			return 0;
		ret[count++] = s[i];
	}
	return count;
}

void usher__ask_text(struct usher_ivr *ivr, const char *s, size_t len)
{
	const struct step *step = usher__ivr_step(ivr);
	char digits[USHER_IVR_DIGITS_MAX];

	if (ivr->d.state != IVR_INPUT) {
		usher__ivr_stop_current(ivr);
		usher__ask_ready(ivr);
	}
	while (len && (unsigned char)s[len - 1] <= ' ')
		len--;
	while (len && (unsigned char)*s <= ' ') {
		s++;
		len--;
	}
	if (step->kind == USHER_STEP_MENU) {
		answer_menu(ivr, s, len);
	} else if (step->flags & USHER_STEP_TEXT) {
		answer_collect(ivr, s, len);
	} else {
		len = only_digits(digits, sizeof(digits), s, len);
		answer_collect(ivr, digits, len);
		usher__wipe(digits, sizeof(digits));
	}
}

void usher__ask_timeout(struct usher_ivr *ivr)
{
	const struct step *step = usher__ivr_step(ivr);

	if (ivr->d.n_input)
		answer_collect(ivr, ivr->d.input, ivr->d.n_input);
	else if (ivr->d.tries++ >= step->retries)
		give_up(ivr, "timeout");
	else
		usher__ask_begin(ivr, PROMPT_AGAIN);
}
