/* Passwords that are tried: slowed down for each account.
 *
 * After FREE wrong ones from strangers the password of that account is not
 * looked at for a second, then two, … to DELAY_MAX_S: whoever tries meanwhile
 * hears what a wrong password hears, be it right or wrong, and be there such
 * an account or not, so the answer tells nothing. Sources that have proven
 * themselves and those in limits->allow are not slowed, lest somebody who
 * guesses lock out a phone that is registered.
 *
 * An account is a hash here, whether it exists or not: names that are none
 * take the same way. The table is small sets; in a full one the account goes
 * whose last failure is the oldest. */
#include <stdlib.h>
#include <string.h>

#include <sip/limit.h>

enum {
	SETS = 1024, /* a power of two */
	WAYS = 4,
	FREE = 3,
	DELAY_MAX_S = 32,
	FORGET_S = 600, /* without a failure */
};

#define SECOND_US INT64_C(1000000)

struct guess {
	uint64_t account;
	int64_t last_us, until_us;
	uint32_t failures;
};

struct usher__guesses {
	uint64_t seed;
	struct guess sets[SETS][WAYS];
};

int usher__guesses_new(struct usher__guesses **ret)
{
	struct usher__guesses *guesses = calloc(1, sizeof(*guesses));

	if (!guesses)
		return USHER_ENOMEM;
	guesses->seed = rand_u64();
	*ret = guesses;
	return 0;
}

void usher__guesses_free(struct usher__guesses *guesses)
{
	free(guesses);
}

static uint64_t mix(uint64_t h, const char *text)
{
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return (h ^ h >> 31) * UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t account_of(const struct usher__guesses *guesses,
			   const char *domain, const char *user)
{
	uint64_t h = mix(mix(guesses->seed, domain), user);

	return h ? h : 1;
}

static struct guess *find(struct usher__guesses *guesses, uint64_t account,
			  int64_t now_us)
{
	struct guess *set = guesses->sets[(account >> 32) & (SETS - 1)];
	unsigned i;

	for (i = 0; i < WAYS; i++) {
		if (set[i].account != account)
			continue;
		if (now_us - set[i].last_us > FORGET_S * SECOND_US)
			memset(&set[i], 0, sizeof(set[i]));
		return set[i].account ? &set[i] : NULL;
	}
	return NULL;
}

static struct guess *get(struct usher__guesses *guesses, uint64_t account,
			 int64_t now_us)
{
	struct guess *set = guesses->sets[(account >> 32) & (SETS - 1)];
	struct guess *guess = find(guesses, account, now_us), *oldest = set;
	unsigned i;

	if (guess)
		return guess;
	for (i = 1; i < WAYS; i++)
		if (set[i].last_us < oldest->last_us)
			oldest = &set[i];
	memset(oldest, 0, sizeof(*oldest));
	oldest->account = account;
	return oldest;
}

static bool has_credentials(const struct sip_msg *msg)
{
	return sip_msg_hdr(msg, SIP_HDR_AUTHORIZATION) != NULL;
}

bool usher__guess_slowed(struct usher__ua *ua, const struct sip_msg *msg,
			 const char *domain, const char *user)
{
	struct usher__guesses *guesses;
	int64_t now_us = usher__loop_mono_us();
	struct guess *guess;

	if (usher__limit_exempt(ua, &msg->src) || !has_credentials(msg))
		return false;
	guesses = ua->limit->guesses;
	guess = find(guesses, account_of(guesses, domain, user), now_us);
	if (!guess || guess->until_us <= now_us)
		return false;
	ua->n.slowed++;
	return true;
}

static void failed(struct usher__ua *ua, const struct sip_msg *msg,
		   const char *domain, struct guess *guess, int64_t now_us)
{
	char source[64];
	struct usher__security what = {
		.kind = USHER__SECURITY_GUESS,
		.source = source,
		.reason = "",
		.domain = domain,
	};
	int64_t delay_s = 1;
	uint32_t i;

	guess->failures++;
	guess->last_us = now_us;
	if (guess->failures <= FREE)
		return;
	for (i = FREE + 1; i < guess->failures && delay_s < DELAY_MAX_S; i++)
		delay_s *= 2;
	guess->until_us = now_us + delay_s * SECOND_US;
	/* Told the first time, and each time that there are twice as many. */
	if (guess->failures & (guess->failures - 1))
		return;
	what.count = guess->failures;
	(void)re_snprintf(source, sizeof(source), "%j", &msg->src);
	usher__ua_note(ua, USHER__NOTE_SECURITY, USHER__LOG_WARNING,
		       "%u wrong passwords for one account, the last from %s",
		       guess->failures, source);
	usher__security_tell(ua, &what);
}

void usher__guess_tell(struct usher__ua *ua, const struct sip_msg *msg,
		       const char *domain, const char *user,
		       enum usher__auth auth)
{
	struct usher__guesses *guesses;
	int64_t now_us = usher__loop_mono_us();
	struct guess *guess;
	uint64_t account;
	bool exempt = usher__limit_exempt(ua, &msg->src);

	if (auth == USHER__AUTH_OK)
		usher__limit_prove(ua, &msg->src);
	else if (auth == USHER__AUTH_NONE)
		usher__limit_offend(ua, &msg->src, USHER__OFFENCE_SCANNER, 1);
	/* Nor does a phone that was known before make it forgotten that
	 * somebody else tries. */
	if (exempt || (auth != USHER__AUTH_OK && auth != USHER__AUTH_WRONG))
		return;
	guesses = ua->limit->guesses;
	account = account_of(guesses, domain, user);
	if (auth == USHER__AUTH_WRONG) {
		failed(ua, msg, domain, get(guesses, account, now_us), now_us);
		return;
	}
	guess = find(guesses, account, now_us);
	if (guess)
		memset(guess, 0, sizeof(*guess));
}
