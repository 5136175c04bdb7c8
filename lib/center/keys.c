/* Keys that an agent presses while talking: recording by hand.
 *
 *   nothing ──begins a code──▶ so far ──the whole of it──▶ done, one beep
 *      ▲                         │ ▲
 *      │ 3 s, or no code         │ │ goes on
 *      └─────────────────────────┘ └──────
 *
 * Whoever hears the agent hears the keys, too.
 */
#include <string.h>

#include "center/center.h"
#include "center/output.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"

/* Longest time between two keys of one code. */
#define KEYS_GAP_US 3000000

/* Record, or no longer. */
static int record(struct usher_center *center, struct session *session,
		  const struct usher_by *by)
{
	const struct talk *talk = &session->talk;
	const bool on = !session->recording && !talk->announcing;
	int err = usher__record_ask(center, session, on, by);

	/* Who asks in a consult is recorded after it. Else it has begun, or it
	 * is paused, or there is no place for it. */
	if (!err && on && !session->recording && !talk->announcing &&
	    talk->consult == CONSULT_NONE)
		return USHER_ESTATE;
	return err;
}

/* Leave out what is said, or go on. */
static int pause(struct usher_center *center, struct session *session,
		 const struct usher_by *by)
{
	const bool paused = session->talk.record_paused;

	(void)by;
	/* What is not recorded cannot be paused, but stays so in a consult. */
	if (!paused && !session->recording &&
	    session->talk.consult == CONSULT_NONE)
		return USHER_ESTATE;
	return usher__record_pause(center, session, !paused);
}

static const struct key_code {
	size_t at; /* in struct usher_feature_conf */
	int (*run)(struct usher_center *center, struct session *session,
		   const struct usher_by *by);
} codes[] = {
	{offsetof(struct usher_feature_conf, record), record},
	{offsetof(struct usher_feature_conf, record_pause), pause},
};

static const char *keys_of(const struct usher_center *center,
			   const struct key_code *code)
{
	return *(
		const char *const *)(const void *)((const char *)&center
							   ->config->features +
						   code->at);
}

/* The code that this is, or begins; *whole: it is. */
static const struct key_code *match(const struct usher_center *center,
				    const char *keys, bool *whole)
{
	const struct key_code *end = codes + sizeof(codes) / sizeof(codes[0]);
	const struct key_code *code;
	const char *all;

	for (code = codes; code < end; code++) {
		all = keys_of(center, code);
		if (!all || strncmp(all, keys, strlen(keys)))
			continue;
		*whole = !all[strlen(keys)];
		return code;
	}
	return NULL;
}

static void beep(struct usher_center *center, struct party *party)
{
	struct output *output = usher__output(center, VERB_PROMPT, party);

	if (output)
		usher__output_prompt(output, "beep", NULL, NULL, 0, false);
}

static void run(struct usher_center *center, struct party *party,
		const struct key_code *code)
{
	const struct usher_by by = {.actor = USHER_BY_AGENT,
				    .actor_id = party->agent};

	usher_acd_by_all(center->acd, &by);
	if (!code->run(center, party->session, &by))
		beep(center, party);
	usher_acd_by_all(center->acd, NULL);
}

/* Who talks with the customer; not who is asked, or listens. */
static bool may(const struct party *party)
{
	struct session *session = party->session;

	return session && party->agent && party->up && !party->ending &&
	       session->state == SESSION_TALKING && session->customer &&
	       (session->agent == party || party->part == PART_MEMBER ||
		(session->customer == party &&
		 usher__talk_turn(session, party->agent)));
}

void usher__keys_pressed(struct usher_center *center, struct party *party,
			 char digit)
{
	size_t len = strlen(party->digits);
	const struct key_code *code;
	bool whole = false;

	if (!may(party))
		return;
	if (len + 1 >= sizeof(party->digits) ||
	    center->now_us - party->pressed_us > KEYS_GAP_US)
		len = 0;
	party->pressed_us = center->now_us;
	party->digits[len++] = digit;
	party->digits[len] = 0;
	/* What is no code may end with what begins one. */
	while (len && !(code = match(center, party->digits, &whole)))
		memmove(party->digits, party->digits + 1, len--);
	if (!whole)
		return;
	party->digits[0] = 0;
	run(center, party, code);
}
