/* Who arrives, and where they go. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <usher/store.h>

#include "center/callback.h"
#include "center/center.h"
#include "center/crowded.h"
#include "center/flow.h"
#include "center/hostcall.h"
#include "center/journal.h"
#include "center/output.h"
#include "center/party.h"
#include "center/session.h"

/* One line in so long, with the longest of numbers. */
#define UNKNOWN_US  INT64_C(2000000)
#define NUMBER_TOLD 32

static void refuse(struct usher_center *center, struct party *party,
		   int reason)
{
	struct output *output = usher__output(center, VERB_REFUSE, party);

	if (output)
		output->code = reason;
	party->ending = true;
}

static void accept_leg(struct usher_center *center, struct party *party)
{
	party->up = true;
	if (!usher__output_job(center, VERB_ACCEPT, party, JOB_ACCEPT, 0))
		usher__party_end(center, party, USHER_LEG_FAILED);
}

/* What is beside the sound of who comes in there. */
static void beside(struct usher_center *center, struct party *party,
		   const struct usher_entry_conf *entry)
{
	const struct usher_channel_driver *driver = party->channel->driver;
	struct output *output;

	if (!usher__entry_without(entry) || !driver->without)
		return;
	output = usher__output(center, VERB_WITHOUT, party);
	if (output)
		output->code = (int32_t)usher__entry_without(entry);
}

/* Does an address tell one caller from another? These are what phones and
 * networks write for one who is not to be known; RFC 3323 has the first. */
static bool tells_who(const char *from)
{
	static const char *const nobody[] = {
		"",        "anonymous", "unavailable", "restricted",
		"unknown", "private",   "withheld",
	};
	size_t len, i;

	if (!strncasecmp(from, "sip:", 4) || !strncasecmp(from, "tel:", 4))
		from += 4;
	len = strcspn(from, "@;");
	for (i = 0; i < sizeof(nobody) / sizeof(*nobody); i++)
		if (len == strlen(nobody[i]) &&
		    !strncasecmp(from, nobody[i], len))
			return false;
	return true;
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

/* What is kept beside the leg, since a callback has another. */
static void sayings_keep(struct session *session,
			 const struct usher__report *report)
{
	const struct usher__report_more *more = report->more;

	if (more->privacy)
		snprintf(session->privacy, sizeof(session->privacy), "%s",
			 more->privacy);
	if (more->user_to_user) {
		free(session->user_to_user);
		session->user_to_user = copy(more->user_to_user);
	}
}

/* A customer of before the restart, who calls again, has kept the place. */
static struct session *find_lost(struct usher_center *center,
				 const struct usher__report *report)
{
	struct session *session, *tmp;

	if (!center->lost_count || !report->from || !tells_who(report->from))
		return NULL;
	HASH_ITER (hh, center->sessions, session, tmp)
		if (session->state == SESSION_LOST &&
		    !strcmp(session->origin, report->from) &&
		    !strcmp(session->entry, report->text))
			return session;
	return NULL;
}

static void language_keep(struct session *session,
			  const struct usher__report *report,
			  const struct usher_entry_conf *entry)
{
	const char *language = report->more->language;

	if (!language)
		language = entry ? entry->language : "en";
	snprintf(session->language, sizeof(session->language), "%s", language);
}

static bool come_back(struct usher_center *center, struct party *party,
		      const struct usher__report *report,
		      const struct usher_entry_conf *entry)
{
	struct session *session = find_lost(center, report);

	if (!session ||
	    usher_acd_attach(center->acd, center->now_us, session->contact))
		return false;
	party->session = session;
	party->next = session->parties;
	session->parties = party;
	session->customer = party;
	session->entry_conf = entry;
	language_keep(session, report, entry);
	sayings_keep(session, report);
	usher__session_move(session, SESSION_FLOW);
	accept_leg(center, party);
	usher__session_music(center, session);
	return true;
}

/* Who is to be called back has their turn on the line. */
static bool called_in(struct usher_center *center, struct party *party,
		      const struct usher__report *report,
		      const struct usher_entry_conf *entry)
{
	struct session *session = NULL;

	if (report->from && tells_who(report->from))
		session = usher__back_came(center, report->from, report->text);
	if (!session)
		return false;
	session->entry_conf = entry;
	sayings_keep(session, report);
	accept_leg(center, party);
	usher__back_take(center, session, party);
	return true;
}

static struct session *contact_begin(struct usher_center *center,
				     struct party *party,
				     const struct usher__report *report,
				     const struct usher_entry_conf *entry)
{
	const struct usher__report_more *more = report->more;
	const char *from = report->from ? report->from : "";
	struct usher_contact_opts opts;
	struct session *session;
	char origin[32];
	uint64_t contact;

	usher__origin_reference(center, from, origin, sizeof(origin));
	usher_contact_opts_init(&opts, sizeof(opts));
	opts.channel = party->channel->driver->kind;
	opts.origin = origin;
	opts.entry = report->text;
	opts.priority = entry ? entry->priority : 0;
	opts.direction = USHER_IN;
	if (usher_acd_contact_new(center->acd, center->now_us, &opts,
				  &contact))
		return NULL;
	session = usher__session_new(center, contact, report->text, from);
	if (!session) {
		usher__took(center,
			    usher_acd_contact_end(center->acd, center->now_us,
						  contact, "memory"));
		return NULL;
	}
	usher__session_text(&session->origin_name,
			    more->from_name ? more->from_name : "");
	sayings_keep(session, report);
	/* Few calls have these; without memory one more has not. */
	session->diverted_first = copy(more->diverted_first);
	session->diverted_by = copy(more->diverted_by);
	session->diverted_reason = copy(more->diverted_reason);
	language_keep(session, report, entry);
	session->entry_conf = entry;
	session->customer = party;
	session->parties = party;
	party->session = session;
	usher__party_note(center, USHER_EV_LEG_STARTED, party, 0);
	return session;
}

/* Numbers that a provider sends are rarely written as one thinks, and nothing
 * but this says how. What an agent dials is nobody's business. */
static void tell_unknown(struct usher_center *center,
			 const struct usher__report *report)
{
	static const char plain[] = "+0123456789*#ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz-_.";
	const char *text = report->text;

	center->unknown++;
	if (center->now_us < center->unknown_us)
		return;
	usher__host_log(center->host, USHER_LOG_WARN,
			"center '%s': nothing takes '%s', called over trunk "
			"'%s' (%llu such calls)",
			center->name,
			text[strspn(text, plain)] || strlen(text) > NUMBER_TOLD
				? "?"
				: text,
			report->more->trunk, center->unknown);
	center->unknown_us = center->now_us + UNKNOWN_US;
	center->unknown = 0;
}

static const char *why_not(struct usher_center *center,
			   const struct usher_agent_conf *callee, int err)
{
	return callee && usher__dial_refusal(center, callee, err) ==
				       USHER_LEG_BUSY
		       ? "busy"
		       : usher_strerror(err);
}

static void customer_arrived(struct usher_center *center, struct party *party,
			     const struct usher__report *report)
{
	const char *kind = party->channel->driver->name;
	const struct usher_queue_conf *queue = NULL;
	const struct usher_agent_conf *agent = NULL;
	const struct usher_entry_conf *entry;
	struct session *session;
	int err;

	entry = usher__config_find_entry(center->config, kind, report->text);
	if (!entry || !strcmp(entry->address, "*")) {
		queue = usher__config_find_number(center->config,
						  report->text);
		agent = queue ? NULL
			      : usher__config_find_extension(center->config,
							     report->text);
		if (queue || agent)
			entry = NULL;
	}
	if (!entry && !queue && !agent) {
		if (report->more->trunk)
			tell_unknown(center, report);
		refuse(center, party, USHER_LEG_UNREACHABLE);
		return;
	}
	beside(center, party, entry);
	if (come_back(center, party, report, entry) ||
	    called_in(center, party, report, entry))
		return;
	/* Ports and legs are for those who are here already. */
	session = usher__party_audio(party) && usher__crowded(center)
			  ? NULL
			  : contact_begin(center, party, report, entry);
	if (!session) {
		refuse(center, party, USHER_LEG_OVERLOAD);
		return;
	}
	if (agent) {
		session->direct = true;
		err = usher__transfer(center, session, "agent", agent->name,
				      0);
	} else {
		accept_leg(center, party);
		if (entry && entry->flow)
			err = usher__flow_start(center, session, entry->flow);
		else
			err = usher__flow_enqueue(center, session,
						  queue ? queue->name
							: entry->queue);
	}
	if (err)
		usher__session_end(center, session,
				   why_not(center, agent, err));
}

/* Without memory for a leg nothing of it is recorded, so nothing has to be
 * written before the driver hears it. */
static void turn_away(struct usher_center *center,
		      const struct usher__report *report)
{
	const struct usher_channel *channel = report->channel;

	usher__host_log(center->host, USHER_LOG_ERROR,
			"%s: somebody is turned away: no memory",
			center->name);
	if (channel->driver->refuse)
		channel->driver->refuse(channel->arg, ++center->last_job,
					report->leg, USHER_LEG_OVERLOAD);
}

void usher__center_arrived(struct usher_center *center,
			   const struct usher__report *report)
{
	const struct usher_agent_conf *agent = NULL;
	struct party *party;

	party = usher__party_new(center, report->leg, report->channel,
				 PARTY_CUSTOMER, NULL);
	if (!party) {
		turn_away(center, report);
		return;
	}
	party->came = true;
	if (usher__journal_full(center)) {
		refuse(center, party, USHER_LEG_OVERLOAD);
		return;
	}
	if (report->more->account)
		agent = usher__config_find_account(center->config,
						   report->more->account);
	if (!agent) {
		customer_arrived(center, party, report);
		return;
	}
	party->agent = usher_acd_agent_find(center->acd, agent->name);
	party->role = PARTY_FEATURE;
	if (usher__feature_dialed(center, party, report->text))
		return;
	if (usher__config_find_entry(center->config,
				     party->channel->driver->name,
				     report->text) &&
	    !usher__config_find_extension(center->config, report->text)) {
		/* An agent may call in like everybody, to try it. */
		party->role = PARTY_CUSTOMER;
		party->caller = party->agent;
		party->agent = 0;
		customer_arrived(center, party, report);
		return;
	}
	party->role = PARTY_AGENT;
	if (usher__park_dialed(center, party, report->text))
		return;
	usher__agent_dials(center, party, report->text);
}
