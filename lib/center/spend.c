/* What calls outside cost, and how many there are.
 *
 * What a call costs is its price a minute times its time since the answer.
 * Calls in progress count with what they have cost so far; they are never cut
 * off. A day is one of UTC.
 *
 * Before another one is let out, each that rings or runs counts with a minute
 * more than that: many that begin together, none of which has cost anything
 * yet, would else be as many as there is room for, whatever they cost.
 *
 * The sums outlive the process: an event "outbound_spent" has the day's sum of
 * the center or of an agent, at the end of each call that cost something and
 * each minute of one. Of these the last is true, and snapshots have them too.
 * A killed process forgets a minute of its calls at most. */
#include <stdio.h>
#include <string.h>

#include "center/center.h"
#include "center/spend.h"

#define DAY_US    INT64_C(86400000000)
#define WRITE_US  INT64_C(60000000)
#define MINUTE_US 60000000.0
/* What is kept for each call, ringing or answered. */
#define RESERVE_MINUTES 1.0
/* What cannot be written waits so long, as the core has no room. */
#define RETRY_US INT64_C(1000000)
/* An account in a snapshot: its day, its agent, its sum. */
#define SAVED_BYTES 24u
/* What a sum may be, in millionths: half of what 64 bits hold. */
#define SUM_MAX 9.0e18

struct usher__outgoing {
	struct spend_account *accounts[SCOPES]; /* NULL: no such one */
	struct usher__outgoing *next, **at;
	double price;    /* millionths a minute */
	double answered; /* minutes; negative: not yet */
};

/* ---- accounts ---- */

static double minutes(const struct usher__outbound *o, int64_t at_us)
{
	return (double)(at_us - o->epoch_us) / MINUTE_US;
}

/* At the first look of a day all begins at midnight: then it has cost nothing.
 */
double usher__spend_cost(const struct usher__outbound *o,
			 struct spend_account *account, int64_t now_us)
{
	int64_t day = now_us / DAY_US;

	if (day != account->day) {
		account->day = day;
		account->settled = account->since -
				   minutes(o, day * DAY_US) * account->rates;
	}
	return account->settled + minutes(o, now_us) * account->rates -
	       account->since;
}

double usher__spend_committed(const struct usher__outbound *o,
			      struct spend_account *account, int64_t now_us)
{
	return usher__spend_cost(o, account, now_us) +
	       account->reserved * RESERVE_MINUTES;
}

static struct spend_account *account_get(struct usher__outbound *o,
					 const char *key)
{
	struct spend_account *account;
	unsigned before = HASH_COUNT(o->accounts);

	HASH_FIND_STR(o->accounts, key, account);
	if (account)
		return account;
	account = calloc(1, sizeof(*account));
	if (!account)
		return NULL;
	snprintf(account->key, sizeof(account->key), "%s", key);
	HASH_ADD_STR(o->accounts, key, account);
	if (HASH_COUNT(o->accounts) == before) {
		free(account);
		return NULL;
	}
	return account;
}

/* agent: 0 is the center. */
static struct spend_account *account_of(struct usher__outbound *o,
					uint64_t agent)
{
	struct spend_account *account;
	char key[32];

	if (!agent)
		return &o->center;
	snprintf(key, sizeof(key), "a:%llu", (unsigned long long)agent);
	account = account_get(o, key);
	if (account)
		account->agent = agent;
	return account;
}

static struct usher__outbound *outbound_of(struct usher_center *center)
{
	struct usher__outbound *o = center->outbound;

	if (o)
		return o;
	o = calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	o->epoch_us = center->now_us;
	o->write_us = INT64_MAX;
	o->tell_us = INT64_MAX;
	center->outbound = o;
	return o;
}

int usher__spend_accounts(struct usher_center *center, uint64_t agent,
			  const char *trunk, struct spend_account *ret[SCOPES])
{
	struct usher__outbound *o = outbound_of(center);
	char key[sizeof(ret[0]->key)];

	if (!o)
		return USHER_ENOMEM;
	ret[CENTER] = &o->center;
	ret[AGENT] = agent ? account_of(o, agent) : NULL;
	snprintf(key, sizeof(key), "t:%s", trunk);
	ret[TRUNK] = account_get(o, key);
	return ret[TRUNK] && (ret[AGENT] || !agent) ? 0 : USHER_ENOMEM;
}

/* ---- into the journal ---- */

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static uint64_t sum_of(const struct usher__outbound *o,
		       struct spend_account *account, int64_t now_us)
{
	double sum = usher__spend_cost(o, account, now_us);

	return sum <= 0 ? 0 : (uint64_t)(sum < SUM_MAX ? sum + 0.5 : SUM_MAX);
}

static bool grows(const struct spend_account *account)
{
	return account->unwritten || account->rates > 0;
}

static void write(struct usher_center *center, struct spend_account *account)
{
	struct usher__outbound *o = center->outbound;
	const struct usher_field_value values[] = {
		{.field = USHER_F_AGENT, .number = account->agent},
		{.field = USHER_F_SPENT,
		 .number = sum_of(o, account, center->now_us)},
	};

	account->unwritten =
		usher_acd_note(center->acd, center->now_us,
			       USHER_EV_OUTBOUND_SPENT, 0, 0, values, 2) != 0;
	if (account->unwritten)
		o->write_us = earlier(o->write_us, center->now_us + RETRY_US);
	else if (grows(account))
		o->write_us = earlier(o->write_us, center->now_us + WRITE_US);
}

void usher__spend_turn(struct usher_center *center)
{
	struct usher__outbound *o = center->outbound;
	struct spend_account *account, *tmp;

	if (!o || center->now_us < o->write_us)
		return;
	o->write_us = INT64_MAX;
	if (grows(&o->center))
		write(center, &o->center);
	HASH_ITER (hh, o->accounts, account, tmp)
		if (account->agent && grows(account))
			write(center, account);
}

int64_t usher__spend_deadline(const struct usher_center *center)
{
	return center->outbound ? center->outbound->write_us : INT64_MAX;
}

/* ---- and back ---- */

static int restore(struct usher_center *center, int64_t day, uint64_t agent,
		   uint64_t spent)
{
	struct usher__outbound *o = outbound_of(center);
	struct spend_account *account = o ? account_of(o, agent) : NULL;

	if (!account)
		return USHER_ENOMEM;
	account->day = day;
	account->settled = (double)spent;
	return 0;
}

int usher__spend_fold(struct usher_center *center,
		      const struct usher_event *ev)
{
	uint64_t agent = 0, spent = 0;

	usher_event_u64(ev, USHER_F_AGENT, &agent);
	usher_event_u64(ev, USHER_F_SPENT, &spent);
	return restore(center, ev->time_us / DAY_US, agent, spent);
}

static void put(unsigned char *p, uint64_t value)
{
	int i;

	for (i = 0; i < 8; i++)
		p[i] = (unsigned char)(value >> (8 * i));
}

static uint64_t get(const unsigned char *p)
{
	uint64_t value = 0;
	int i;

	for (i = 8; i--;)
		value = value << 8 | p[i];
	return value;
}

static size_t save(struct usher_center *center, struct spend_account *account,
		   unsigned char *bytes)
{
	uint64_t sum = sum_of(center->outbound, account, center->now_us);

	if (!sum)
		return 0;
	if (bytes) {
		put(bytes, (uint64_t)account->day);
		put(bytes + 8, account->agent);
		put(bytes + 16, sum);
	}
	return SAVED_BYTES;
}

size_t usher__spend_save(struct usher_center *center, unsigned char *bytes)
{
	struct usher__outbound *o = center->outbound;
	struct spend_account *account, *tmp;
	size_t len;

	if (!o)
		return 0;
	len = save(center, &o->center, bytes);
	HASH_ITER (hh, o->accounts, account, tmp)
		if (account->agent)
			len += save(center, account,
				    bytes ? bytes + len : NULL);
	return len;
}

int usher__spend_load(struct usher_center *center, const unsigned char *bytes,
		      size_t len)
{
	int err = 0;

	if (len % SAVED_BYTES)
		return USHER_ECORRUPT;
	for (; len && !err; len -= SAVED_BYTES, bytes += SAVED_BYTES)
		err = restore(center, (int64_t)get(bytes), get(bytes + 8),
			      get(bytes + 16));
	return err;
}

/* ---- calls ---- */

int usher__spend_begin(struct usher_center *center,
		       struct spend_account *const accounts[SCOPES],
		       double price, struct usher__outgoing **ret)
{
	struct usher__outbound *o = center->outbound;
	struct usher__outgoing *outgoing = calloc(1, sizeof(*outgoing));
	int i;

	if (!outgoing)
		return USHER_ENOMEM;
	outgoing->price = price;
	outgoing->answered = -1;
	outgoing->next = o->running;
	outgoing->at = &o->running;
	if (outgoing->next)
		outgoing->next->at = &outgoing->next;
	o->running = outgoing;
	for (i = 0; i < SCOPES; i++) {
		outgoing->accounts[i] = accounts[i];
		if (!accounts[i])
			continue;
		accounts[i]->calls++;
		accounts[i]->reserved += price;
	}
	*ret = outgoing;
	return 0;
}

void usher__outbound_answered(struct usher_center *center,
			      struct usher__outgoing *outgoing)
{
	struct usher__outbound *o = center->outbound;
	int i;

	if (!outgoing || outgoing->answered >= 0)
		return;
	outgoing->answered = minutes(o, center->now_us);
	if (outgoing->price > 0)
		o->write_us = earlier(o->write_us, center->now_us + WRITE_US);
	for (i = 0; i < SCOPES; i++) {
		struct spend_account *account = outgoing->accounts[i];

		if (!account)
			continue;
		/* Of this day. */
		(void)usher__spend_cost(o, account, center->now_us);
		account->rates += outgoing->price;
		account->since += outgoing->price * outgoing->answered;
	}
}

static void settle(struct usher_center *center, struct spend_account *account,
		   const struct usher__outgoing *outgoing)
{
	struct usher__outbound *o = center->outbound;
	double now = minutes(o, center->now_us);

	(void)usher__spend_cost(o, account, center->now_us);
	account->settled += outgoing->price * (now - outgoing->answered);
	account->rates -= outgoing->price;
	account->since -= outgoing->price * outgoing->answered;
	if (outgoing->price > 0 && (account->agent || account == &o->center))
		write(center, account);
}

void usher__outbound_over(struct usher_center *center,
			  struct usher__outgoing *outgoing)
{
	int i;

	if (!outgoing)
		return;
	for (i = 0; i < SCOPES; i++) {
		struct spend_account *account = outgoing->accounts[i];

		if (!account)
			continue;
		account->calls--;
		account->reserved -= outgoing->price;
		if (outgoing->answered >= 0)
			settle(center, account, outgoing);
	}
	*outgoing->at = outgoing->next;
	if (outgoing->next)
		outgoing->next->at = outgoing->at;
	free(outgoing);
}

void usher__outbound_free(struct usher_center *center)
{
	struct usher__outbound *o = center->outbound;
	struct spend_account *account, *tmp;

	if (!o)
		return;
	while (o->running)
		usher__outbound_over(center, o->running);
	HASH_ITER (hh, o->accounts, account, tmp) {
		HASH_DEL(o->accounts, account);
		free(account);
	}
	free(o);
	center->outbound = NULL;
}
