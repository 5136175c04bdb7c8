/* Against toll fraud: a stolen password, or a flow that takes a number from a
 * caller, must not call whom it likes, as often as it likes.
 *
 * A number goes through these, in this order, and the first that fails names
 * the reason:
 *
 *   destination    the longest prefix of the number in allow and deny; of the
 *                  same length deny wins
 *   agent_calls trunk_calls center_calls     so many at once
 *   agent_spend center_spend                 so much a day (UTC)
 *
 * Without a list to allow every number is, but those that begin like one of
 * the default list to deny: international and premium rate, as far as they can
 * be told apart in any country. The number of an endpoint that the
 * configuration itself gives an agent may be anywhere; calls to it count as
 * others of that agent.
 *
 * What a call costs is its price a minute times its time since the answer.
 * Calls in progress count with what they have cost so far; they are never cut
 * off. The sums live in memory. */
#include <stdio.h>
#include <string.h>

#include "center/center.h"

/* Events of one kind and agent: one in so long, with how many there were. */
#define TELL_US   INT64_C(1000000)
#define DAY_US    INT64_C(86400000000)
#define MINUTE_US 60000000.0
#define NAME_MAX_ 128

static const char *const default_deny[] = {
	"+",    "00",   "011",  "0900", "0901", "0902", "0903", "0904",
	"0905", "0906", "0907", "0908", "0909", "1900", "900",
};

enum scope { CENTER = 0, TRUNK, AGENT, SCOPES };

/* What is counted of the center, a trunk or an agent. What running calls cost
 * grows: it is now times the sum of their prices, less what each had at its
 * answer. Minutes since the first call, in millionths of a unit. */
struct account {
	UT_hash_handle hh;
	char key[NAME_MAX_]; /* "t:NAME", "a:ID"; of the center "" */
	uint32_t calls;
	double settled, rates, since;
	int64_t day;
	int64_t told_us; /* last event of a refusal … */
	uint64_t untold; /* … and how many since */
};

struct usher__outbound {
	int64_t epoch_us;
	struct account center;
	struct account *accounts; /* of trunks and agents */
	struct usher__outgoing *running;
};

struct usher__outgoing {
	struct account *accounts[SCOPES]; /* NULL: no such one */
	struct usher__outgoing *next, **at;
	double price;    /* millionths a minute */
	double answered; /* minutes; negative: not yet */
};

/* ---- prefixes ---- */

/* What else a provider may leave out when it reads the number (blanks,
 * brackets) would hide how it begins. */
static bool is_plain(const char *number)
{
	number += *number == '+';
	return *number && !number[strspn(number, "0123456789*#")];
}

static size_t match(const char *const *prefixes, size_t count,
		    const char *number, size_t *index)
{
	size_t i, len, best = 0;

	*index = SIZE_MAX;
	for (i = 0; i < count; i++) {
		/* A price stands behind an equals sign. */
		len = strcspn(prefixes[i], "=");
		if (strncmp(prefixes[i], number, len) ||
		    (*index != SIZE_MAX && len <= best))
			continue;
		best = len;
		*index = i;
	}
	return best;
}

const char *usher__outbound_destination(const struct usher_config *config,
					const char *number)
{
	const struct usher_outbound_conf *conf = &config->outbound;
	const char *const *deny = conf->deny;
	size_t deny_count = conf->deny_count, allowed, denied, len, i;

	if (!conf->allow_count && !conf->deny_count) {
		deny = default_deny;
		deny_count = sizeof(default_deny) / sizeof(default_deny[0]);
	}
	if (!is_plain(number))
		return "destination";
	len = match(conf->allow, conf->allow_count, number, &allowed);
	i = match(deny, deny_count, number, &denied);
	if (conf->allow_count && allowed == SIZE_MAX)
		return "destination";
	return denied != SIZE_MAX && (!conf->allow_count || i >= len)
		       ? "destination"
		       : NULL;
}

static double price_of(const struct usher_config *config, const char *number)
{
	const struct usher_outbound_conf *conf = &config->outbound;
	size_t index;

	(void)match(conf->prices, conf->price_count, number, &index);
	return index == SIZE_MAX
		       ? 0
		       : strtod(strchr(conf->prices[index], '=') + 1, NULL);
}

/* As the voice driver does: of the trunks with the longest prefix the one that
 * is tried first. */
const char *usher__outbound_trunk(const struct usher_config *config,
				  const char *number)
{
	const struct usher_trunk_conf *best = NULL;
	size_t i, len;

	for (i = 0; i < config->trunk_count; i++) {
		const struct usher_trunk_conf *trunk = &config->trunks[i];

		len = strlen(trunk->prefix);
		if (trunk->address && *trunk->address &&
		    !strncmp(number, trunk->prefix, len) &&
		    (!best || len > strlen(best->prefix) ||
		     (len == strlen(best->prefix) &&
		      trunk->priority < best->priority)))
			best = trunk;
	}
	return best ? best->name : "";
}

/* ---- accounts ---- */

static double minutes(const struct usher__outbound *o, int64_t at_us)
{
	return (double)(at_us - o->epoch_us) / MINUTE_US;
}

/* What it has cost today. At the first look of a day all begins at midnight:
 * then it has cost nothing. */
static double cost(const struct usher__outbound *o, struct account *account,
		   int64_t now_us)
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

static struct account *account_get(struct usher__outbound *o, const char *key)
{
	struct account *account;
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

static struct usher__outbound *outbound_of(struct usher_center *center)
{
	struct usher__outbound *o = center->outbound;

	if (o)
		return o;
	o = calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	o->epoch_us = center->now_us;
	center->outbound = o;
	return o;
}

/* ---- the check ---- */

static bool spent(double cap, double sum)
{
	return cap > 0 && sum >= cap;
}

static const char *over_caps(struct usher_center *center,
			     struct account *accounts[SCOPES])
{
	const struct usher_outbound_conf *conf = &center->config->outbound;
	struct usher__outbound *o = center->outbound;
	int64_t now_us = center->now_us;

	if (accounts[AGENT] && conf->agent_calls &&
	    accounts[AGENT]->calls >= conf->agent_calls)
		return "agent_calls";
	if (conf->trunk_calls && accounts[TRUNK]->calls >= conf->trunk_calls)
		return "trunk_calls";
	if (conf->calls && accounts[CENTER]->calls >= conf->calls)
		return "center_calls";
	if (accounts[AGENT] &&
	    spent((double)conf->agent_spend, cost(o, accounts[AGENT], now_us)))
		return "agent_spend";
	if (spent((double)conf->spend, cost(o, accounts[CENTER], now_us)))
		return "center_spend";
	return NULL;
}

static int refuse(struct usher_center *center, struct account *account,
		  uint64_t agent, const char *reason)
{
	account->untold++;
	if (account->told_us && center->now_us - account->told_us < TELL_US)
		return USHER_EPERM;
	usher__security_note(center, "outbound_refused", reason, "", agent,
			     account->untold, 0);
	usher__host_log(center->host, USHER_LOG_WARN,
			"center '%s': a call outside is refused: %s",
			center->name, reason);
	account->told_us = center->now_us;
	account->untold = 0;
	return USHER_EPERM;
}

static int accounts_of(struct usher__outbound *o,
		       const struct usher_config *config, uint64_t agent,
		       const char *number, struct account *ret[SCOPES])
{
	char key[NAME_MAX_];

	ret[CENTER] = &o->center;
	ret[AGENT] = NULL;
	snprintf(key, sizeof(key), "t:%s",
		 usher__outbound_trunk(config, number));
	ret[TRUNK] = account_get(o, key);
	if (!ret[TRUNK])
		return USHER_ENOMEM;
	if (!agent)
		return 0;
	snprintf(key, sizeof(key), "a:%llu", (unsigned long long)agent);
	ret[AGENT] = account_get(o, key);
	return ret[AGENT] ? 0 : USHER_ENOMEM;
}

/* Of a number that the configuration gave: known. */
static int let_out(struct usher_center *center, uint64_t agent,
		   const char *number, bool known,
		   struct usher__outgoing **ret)
{
	struct usher__outbound *o = outbound_of(center);
	struct account *accounts[SCOPES];
	struct usher__outgoing *outgoing;
	const char *reason;
	int err, i;

	err = o ? accounts_of(o, center->config, agent, number, accounts)
		: USHER_ENOMEM;
	if (err)
		return err;
	reason = known ? NULL
		       : usher__outbound_destination(center->config, number);
	if (!reason)
		reason = over_caps(center, accounts);
	if (reason)
		return refuse(center,
			      accounts[accounts[AGENT] ? AGENT : CENTER],
			      agent, reason);
	outgoing = calloc(1, sizeof(*outgoing));
	if (!outgoing)
		return USHER_ENOMEM;
	memcpy(outgoing->accounts, accounts, sizeof(accounts));
	outgoing->price = price_of(center->config, number);
	outgoing->answered = -1;
	outgoing->next = o->running;
	outgoing->at = &o->running;
	if (outgoing->next)
		outgoing->next->at = &outgoing->next;
	o->running = outgoing;
	for (i = 0; i < SCOPES; i++)
		if (accounts[i])
			accounts[i]->calls++;
	*ret = outgoing;
	return 0;
}

int usher__outbound_check(struct usher_center *center, uint64_t agent,
			  const char *number, struct usher__outgoing **ret)
{
	return let_out(center, agent, number, false, ret);
}

int usher__outbound_endpoint(struct usher_center *center, uint64_t agent,
			     const char *address, struct usher__outgoing **ret)
{
	*ret = NULL;
	return strncmp(address, "tel:", 4)
		       ? 0
		       : let_out(center, agent, address + 4, true, ret);
}

void usher__outbound_answered(struct usher_center *center,
			      struct usher__outgoing *outgoing)
{
	struct usher__outbound *o = center->outbound;
	int i;

	if (!outgoing || outgoing->answered >= 0)
		return;
	outgoing->answered = minutes(o, center->now_us);
	for (i = 0; i < SCOPES; i++) {
		struct account *account = outgoing->accounts[i];

		if (!account)
			continue;
		(void)cost(o, account, center->now_us); /* of this day */
		account->rates += outgoing->price;
		account->since += outgoing->price * outgoing->answered;
	}
}

void usher__outbound_over(struct usher_center *center,
			  struct usher__outgoing *outgoing)
{
	struct usher__outbound *o = center->outbound;
	double now;
	int i;

	if (!outgoing)
		return;
	now = minutes(o, center->now_us);
	for (i = 0; i < SCOPES; i++) {
		struct account *account = outgoing->accounts[i];

		if (!account)
			continue;
		account->calls--;
		if (outgoing->answered < 0)
			continue;
		(void)cost(o, account, center->now_us);
		account->settled +=
			outgoing->price * (now - outgoing->answered);
		account->rates -= outgoing->price;
		account->since -= outgoing->price * outgoing->answered;
	}
	*outgoing->at = outgoing->next;
	if (outgoing->next)
		outgoing->next->at = outgoing->at;
	free(outgoing);
}

void usher__outbound_free(struct usher_center *center)
{
	struct usher__outbound *o = center->outbound;
	struct account *account, *tmp;

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
