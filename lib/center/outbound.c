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
 * The day's money is what has been spent and a minute of each call there is.
 *
 * A number that begins with * or # is a code to who carries the call, with
 * any other number behind it (hide mine, send my calls there): it goes where
 * a prefix to allow says so with that * or #.
 *
 * Without a list to allow every other number is, but those that begin like one
 * of the default list to deny: international and premium rate, as far as they
 * can be told apart in any country. The number of an endpoint that the
 * configuration itself gives an agent may be anywhere; calls to it count as
 * others of that agent.
 *
 * What is counted and spent is in spend.c. */
#include <stdio.h>
#include <string.h>

#include "center/center.h"
#include "center/hostcall.h"
#include "center/outbound.h"
#include "center/spend.h"

/* Events of one kind and agent: one in so long, with how many there were. */
#define TELL_US INT64_C(1000000)

static const char *const default_deny[] = {
	"+",    "00",   "011",  "0900", "0901", "0902", "0903", "0904",
	"0905", "0906", "0907", "0908", "0909", "1900", "900",
};

/* ---- prefixes ---- */

/* What else a provider may leave out when it reads the number (blanks,
 * brackets) would hide how it begins. */
static bool is_plain(const char *number)
{
	number += *number == '+';
	return *number && !number[strspn(number, "0123456789*#")];
}

static bool is_code(const char *number)
{
	return *number == '*' || *number == '#';
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
	if (is_code(number) &&
	    (allowed == SIZE_MAX || !is_code(conf->allow[allowed])))
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

/* ---- the check ---- */

static bool spent(double cap, double sum)
{
	return cap > 0 && sum >= cap;
}

static const char *over_caps(struct usher_center *center,
			     struct spend_account *accounts[SCOPES])
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
	    spent((double)conf->agent_spend,
		  usher__spend_committed(o, accounts[AGENT], now_us)))
		return "agent_spend";
	if (spent((double)conf->spend,
		  usher__spend_committed(o, accounts[CENTER], now_us)))
		return "center_spend";
	return NULL;
}

/* Those that were refused since the last event, if that is long enough ago. */
static void tell(struct usher_center *center, struct spend_account *account)
{
	struct usher__outbound *o = center->outbound;
	int64_t due_us = account->told_us + TELL_US;

	if (account->told_us && center->now_us < due_us) {
		if (due_us < o->tell_us)
			o->tell_us = due_us;
		return;
	}
	usher__security_note(center, "outbound_refused", account->why, "",
			     account->agent, account->untold, 0);
	usher__host_log(center->host, USHER_LOG_WARN,
			"center '%s': %llu calls outside are refused: %s",
			center->name, (unsigned long long)account->untold,
			account->why);
	account->told_us = center->now_us;
	account->untold = 0;
}

void usher__outbound_turn(struct usher_center *center)
{
	struct usher__outbound *o = center->outbound;
	struct spend_account *account, *next;

	if (!o || center->now_us < o->tell_us)
		return;
	o->tell_us = INT64_MAX;
	if (o->center.untold)
		tell(center, &o->center);
	HASH_ITER (hh, o->accounts, account, next)
		if (account->untold)
			tell(center, account);
}

int64_t usher__outbound_deadline(const struct usher_center *center)
{
	return center->outbound ? center->outbound->tell_us : INT64_MAX;
}

static int refuse(struct usher_center *center, struct spend_account *account,
		  const char *reason)
{
	center->outbound->why = reason;
	account->untold++;
	account->why = reason;
	tell(center, account);
	return USHER_EPERM;
}

const char *usher__outbound_why(struct usher_center *center)
{
	struct usher__outbound *o = center->outbound;
	const char *why = o ? o->why : NULL;

	if (o)
		o->why = NULL;
	return why;
}

/* Of a number that the configuration gave: known. */
static int let_out(struct usher_center *center, uint64_t agent,
		   const char *number, bool known,
		   struct usher__outgoing **ret)
{
	struct spend_account *accounts[SCOPES];
	const char *reason;
	int err;

	err = usher__spend_accounts(
		center, agent, usher__outbound_trunk(center->config, number),
		accounts);
	if (err)
		return err;
	reason = known ? NULL
		       : usher__outbound_destination(center->config, number);
	if (!reason)
		reason = over_caps(center, accounts);
	if (reason)
		return refuse(center,
			      accounts[accounts[AGENT] ? AGENT : CENTER],
			      reason);
	return usher__spend_begin(center, accounts,
				  price_of(center->config, number), ret);
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
