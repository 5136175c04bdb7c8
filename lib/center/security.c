/* What the host's user agent noticed of those who try to break in: told to the
 * centers as events; and who is banned, for any thread. */
#include <stdio.h>
#include <string.h>

#include "center/center.h"
#include "center/hostcall.h"
#include "center/inbox.h"
#include "center/security.h"
#include "drivers/voice/voice.h"
#include "sip/ua.h"

/* Events of those turned away: one of a kind in so long, with how many there
 * were. */
#define BUSY_US INT64_C(1000000)

struct notice {
	struct mail mail;
	const char *what;
	char source[64], reason[32];
	uint64_t count;
	int64_t duration_us;
};

static const char *name_of(enum usher__security_kind kind)
{
	static const char *const names[] = {
		"",         "ban",          "ban_end", "guessing",
		"overload", "overload_end", "more",
	};

	return names[kind];
}

void usher__security_note(struct usher_center *center, const char *what,
			  const char *reason, const char *source,
			  uint64_t agent, uint64_t count, int64_t duration_us)
{
	const struct usher_field_value values[] = {
		{.field = USHER_F_TEXT, .data = what},
		{.field = USHER_F_REASON, .data = reason},
		{.field = USHER_F_ORIGIN, .data = source},
		{.field = USHER_F_AGENT, .number = agent},
		{.field = USHER_F_COUNT, .number = count},
		{.field = USHER_F_DURATION, .number = (uint64_t)duration_us},
	};

	usher_acd_note(center->acd, center->now_us, USHER_EV_SECURITY, 0, 0,
		       values, sizeof(values) / sizeof(values[0]));
}

void usher__security_busy(struct usher_center *center)
{
	static const char *const whom[BUSY_KINDS] = {"newcomers", "requests"};
	uint64_t refused[BUSY_KINDS];
	int i;

	pthread_mutex_lock(&center->lock);
	memcpy(refused, center->refused, sizeof(refused));
	pthread_mutex_unlock(&center->lock);
	if (!memcmp(refused, center->refused_told, sizeof(refused)))
		return;
	if (center->now_us < center->refused_us) {
		center->refused_more = true;
		return;
	}
	center->refused_us = center->now_us + BUSY_US;
	center->refused_more = false;
	for (i = 0; i < BUSY_KINDS; i++) {
		uint64_t count = refused[i] - center->refused_told[i];

		if (!count)
			continue;
		usher__security_note(center, "busy", whom[i], "", 0, count, 0);
		usher__host_log(center->host, USHER_LOG_WARN,
				"center '%s' has too much to do: %llu %s "
				"turned away",
				center->name, (unsigned long long)count,
				whom[i]);
	}
	memcpy(center->refused_told, refused, sizeof(refused));
}

int64_t usher__security_deadline(const struct usher_center *center)
{
	return center->refused_more ? center->refused_us : INT64_MAX;
}

static void notice_drop(struct usher_center *center, struct mail *mail)
{
	(void)center;
	free(mail);
}

static void notice_run(struct usher_center *center, struct mail *mail)
{
	const struct notice *notice = (const struct notice *)mail;

	usher__security_note(center, notice->what, notice->reason,
			     notice->source, 0, notice->count,
			     notice->duration_us);
	free(mail);
}

/* As the voice driver calls a center without a domain. */
static bool concerns(const struct usher_center *center, const char *domain)
{
	return !domain ||
	       !strcasecmp(domain, center->domain ? center->domain : "usher");
}

void usher__host_security(void *arg, const struct usher__security *what)
{
	struct usher_host *host = arg;
	struct usher_center *center;
	struct notice *notice;

	for (center = host->centers; center; center = center->next) {
		if (!concerns(center, what->domain))
			continue;
		/* Without memory it stands in the log alone. */
		notice = calloc(1, sizeof(*notice));
		if (!notice)
			return;
		notice->mail.run = notice_run;
		notice->mail.drop = notice_drop;
		notice->what = name_of(what->kind);
		snprintf(notice->source, sizeof(notice->source), "%s",
			 what->source);
		snprintf(notice->reason, sizeof(notice->reason), "%s",
			 what->reason);
		notice->count = what->count;
		notice->duration_us = (int64_t)what->seconds * 1000000;
		if (usher__center_post(center, &notice->mail))
			free(notice);
	}
}

/* ---- who is banned ---- */

struct listing {
	struct usher_host *host;
	char *ret;
	size_t size, cap, count;
};

static void list_one(void *arg, const struct usher__ua_ban *ban)
{
	struct listing *listing = arg;
	struct usher_ban full = {.left_s = ban->left_s,
				 .count = ban->count,
				 .dropped = ban->dropped};

	if (listing->count >= listing->cap)
		return;
	snprintf(full.source, sizeof(full.source), "%s", ban->source);
	snprintf(full.reason, sizeof(full.reason), "%s", ban->reason);
	memcpy(listing->ret + listing->count * listing->size, &full,
	       listing->size < sizeof(full) ? listing->size : sizeof(full));
	listing->count++;
}

static int list_here(void *arg)
{
	struct listing *listing = arg;

	if (listing->host->hub)
		listing->count = usher__voice_hub_bans(listing->host->hub,
						       list_one, listing);
	return 0;
}

int usher_host_bans(struct usher_host *host, struct usher_ban *ret,
		    size_t size, size_t cap, size_t *ret_count)
{
	struct listing listing = {
		.host = host, .ret = (char *)ret, .size = size, .cap = cap};
	int code;

	if (!host || !ret_count || (cap && !ret) ||
	    size < offsetof(struct usher_ban, left_s))
		return USHER_EINVAL;
	code = usher__host_call(host, list_here, &listing);
	if (!code)
		*ret_count = listing.count;
	return code;
}

struct lifting {
	struct usher_host *host;
	const char *source;
};

static int lift_here(void *arg)
{
	const struct lifting *lifting = arg;

	return lifting->host->hub ? usher__voice_hub_unban(lifting->host->hub,
							   lifting->source)
				  : USHER_ENOENT;
}

int usher_host_unban(struct usher_host *host, const char *source)
{
	struct lifting lifting = {host, source};

	if (!host || !source)
		return USHER_EINVAL;
	return usher__host_call(host, lift_here, &lifting);
}
