/* A center's life, from its options to its end. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <usher/store.h>
#include <usher/version.h>

#include <sized.h>

#include "center/answer.h"
#include "center/center.h"
#include "center/crowded.h"
#include "center/flow.h"
#include "center/hostcall.h"
#include "center/journal.h"
#include "center/outbound.h"
#include "center/party.h"
#include "center/phones.h"
#include "center/reader.h"
#include "center/session.h"
#include "drivers/voice/voice.h"
#include "sip/loop.h"

#define DEFAULT_RESUME_MS 120000u

void usher_center_opts_init(struct usher_center_opts *opts, size_t size)
{
	if (!opts || size < sizeof(opts->size))
		return;
	memset(opts, 0, size);
	opts->size = size;
}

static int copy(char **ret, const char *s, const char *fallback)
{
	s = s ? s : fallback;
	*ret = s ? strdup(s) : NULL;
	return s && !*ret ? USHER_ENOMEM : 0;
}

static int settings_copy(struct usher_center *center,
			 const struct usher_center_opts *opts)
{
	char records[1024];
	int err;

	if (opts)
		memcpy(&center->opts, opts,
		       opts->size < sizeof(*opts) ? opts->size
						  : sizeof(*opts));
	if (!center->opts.resume_ms)
		center->opts.resume_ms = DEFAULT_RESUME_MS;
	err = copy(&center->name, center->opts.name, "center");
	if (!err)
		err = copy(&center->domain, center->opts.domain, NULL);
	if (!err)
		err = copy(&center->state_dir, center->opts.state_dir, NULL);
	if (!err && center->state_dir && !center->opts.record_dir) {
		snprintf(records, sizeof(records), "%.900s/recordings",
			 center->state_dir);
		center->opts.record_dir = records;
	}
	if (!err)
		err = copy(&center->record_dir, center->opts.record_dir, NULL);
	center->opts.record_dir = center->record_dir;
	if (!err)
		err = copy(&center->contact_order, center->opts.contact_order,
			   "priority_age");
	return err;
}

static const char *same(const char *a)
{
	return a ? a : "";
}

int usher_center_new(struct usher_center **ret, struct usher_host *host,
		     const struct usher_center_opts *opts,
		     struct usher_config *config, struct usher_error *err)
{
	struct usher_center *center, *other;
	int code;

	if (!ret || !host || !config)
		return usher_error_set(err, USHER_EINVAL,
				       "a center needs a host and a "
				       "configuration");
	code = usher__config_refs(config, NULL, err);
	if (code)
		return code;
	if (host->started)
		return usher_error_set(err, USHER_ESTATE,
				       "the host has been started");
	center = calloc(1, sizeof(*center));
	if (!center)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	center->host = host;
	center->turn = usher__center_turn;
	center->act = usher__flow_act;
	center->reports_tail = &center->reports;
	center->mails_tail = &center->mails;
	center->outputs_tail = &center->outputs;
	center->backlog_tail = &center->backlog;
	center->unanswered_tail = &center->unanswered;
	center->reaction_cap = USHER__REACTIONS_MAX;
	pthread_mutex_init(&center->lock, NULL);
	code = settings_copy(center, opts);
	for (other = host->centers; !code && other; other = other->next)
		if (!strcmp(other->name, center->name) ||
		    !strcmp(same(other->domain), same(center->domain)))
			code = usher_error_set(err, USHER_EEXIST,
					       "center \"%s\": its name or "
					       "domain is taken",
					       center->name);
	if (!code)
		code = usher__evlog_new(&center->log);
	if (code) {
		usher__center_free(center);
		return code;
	}
	center->config = config;
	center->next = host->centers;
	host->centers = center;
	*ret = center;
	return 0;
}

const char *usher_center_name(const struct usher_center *center)
{
	return center->name;
}

int usher_center_driver_add(struct usher_center *center,
			    const struct usher_channel_driver *driver,
			    void *arg, struct usher_error *err)
{
	struct usher_channel_driver known;
	struct usher_channel *channel;
	size_t i;

	/* what an older driver has no function for, it cannot do */
	if (!center ||
	    !usher__take(&known, sizeof(known), driver,
			 UP_TO(struct usher_channel_driver, stop)) ||
	    !known.name || !known.kind || !known.start || !known.stop)
		return usher_error_set(err, USHER_EINVAL,
				       "a driver needs a name, a kind, start "
				       "and stop");
	if (center->open)
		return usher_error_set(err, USHER_ESTATE,
				       "the center has been started");
	if (center->channel_count == USHER__DRIVERS_MAX)
		return usher_error_set(err, USHER_EFULL,
				       "more than %u drivers",
				       USHER__DRIVERS_MAX);
	for (i = 0; i < center->channel_count; i++)
		if (!strcmp(center->channels[i].driver->name, known.name))
			return usher_error_set(err, USHER_EEXIST,
					       "driver \"%s\" is there",
					       known.name);
	channel = &center->channels[center->channel_count++];
	channel->known = known;
	channel->driver = &channel->known;
	channel->arg = arg;
	channel->sink.post = usher__center_report;
	channel->sink.leg = usher__center_leg;
	channel->sink.open = usher__center_open;
	channel->sink.owner = center;
	return 0;
}

const char *usher__center_password(void *arg, const char *account)
{
	struct usher_center *center = arg;
	const struct usher_agent_conf *agent =
		usher__config_find_account(center->config, account);

	return agent ? agent->password : NULL;
}

static void on_wake(void *arg)
{
	usher__center_turn(arg);
}

/* What wakes the center: time, and news from any thread. */
static int wakers_new(struct usher_center *center, struct usher_error *err)
{
	struct usher__bell *bell = NULL;
	int code;

	code = usher__timer_new(&center->timer, center->host->loop, on_wake,
				center);
	if (!code)
		code = usher__bell_new(&bell, center->host->loop, on_wake,
				       center);
	if (code)
		return usher_error_set(err, code, "out of memory");
	pthread_mutex_lock(&center->lock);
	center->bell = bell;
	pthread_mutex_unlock(&center->lock);
	return 0;
}

/* All who ring it do so under the lock. */
static void wakers_free(struct usher_center *center)
{
	struct usher__bell *bell;

	pthread_mutex_lock(&center->lock);
	bell = center->bell;
	center->bell = NULL;
	pthread_mutex_unlock(&center->lock);
	usher__bell_free(bell);
	usher__timer_free(center->timer);
	center->timer = NULL;
}

static int voice_add(struct usher_center *center, struct usher_error *err)
{
	struct usher__voice_opts opts = {
		.domain = center->domain,
		.password = usher__center_password,
		.phones = usher__phones_changed,
		.arg = center,
	};
	int code;

	if (!center->host->hub)
		return 0;
	code = usher__voice_new(&center->voice, center->host->hub, &opts);
	if (!code)
		code = usher_center_driver_add(center, usher__voice_driver(),
					       center->voice, err);
	return code;
}

static int drivers_start(struct usher_center *center, struct usher_error *err)
{
	struct usher_channel *channel;
	size_t i;
	int code;

	for (i = 0; i < center->channel_count; i++) {
		channel = &center->channels[i];
		code = channel->driver->start(channel->arg, channel);
		if (!code)
			continue;
		while (i--) {
			channel = &center->channels[i];
			channel->driver->stop(channel->arg);
		}
		return usher_error_set(err, code, "driver \"%s\": %s",
				       channel->driver->name,
				       usher_strerror(code));
	}
	return 0;
}

int usher__center_start(struct usher_center *center, struct usher_error *err)
{
	const struct usher_field_value values[] = {
		{.field = USHER_F_NAME, .data = center->name},
		{.field = USHER_F_TEXT, .data = usher_version()},
	};
	int code;

	if (center->state_dir && usher__folder_make(center->state_dir))
		return usher_error_set(err, USHER_EIO, "%s: %m",
				       center->state_dir);
	/* Large enough that the kernel gives only what is touched. */
	center->reactions =
		calloc(center->reaction_cap, sizeof(*center->reactions));
	if (!center->reactions)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	code = voice_add(center, err);
	if (!code)
		code = wakers_new(center, err);
	if (code)
		return code;
	usher__center_clock_start(center);
	code = usher__center_recover(center, err);
	if (code)
		return code;
	code = usher_acd_configure(center->acd, center->now_us,
				   center->contact_order);
	if (code == USHER_ENOMEM)
		usher_error_set(err, code, "out of memory");
	else if (code)
		code = usher_error_set(err, USHER_ENOENT,
				       "there is no contact order \"%s\"",
				       center->contact_order);
	if (!code)
		code = usher_acd_explain_offers(center->acd, center->now_us,
						center->opts.explain);
	if (!code)
		code = usher__center_configure(center, center->config, err);
	if (code)
		return code;
	usher_acd_note(center->acd, center->now_us, USHER_EV_STARTED, 0, 0,
		       values, sizeof(values) / sizeof(values[0]));
	usher__center_settle(center);
	if (usher__phones_start(center))
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	pthread_mutex_lock(&center->lock);
	center->open = true;
	pthread_mutex_unlock(&center->lock);
	code = drivers_start(center, err);
	if (code) {
		pthread_mutex_lock(&center->lock);
		center->open = false;
		pthread_mutex_unlock(&center->lock);
		return code;
	}
	usher__phones_restore(center);
	usher__center_keep(center);
	usher__center_turn(center);
	return 0;
}

/* Everybody is sent home; what they report is still heard. */
void usher__center_stop(struct usher_center *center)
{
	struct session *session, *tmp;
	struct party *party, *next;

	if (!center->open)
		return;
	pthread_mutex_lock(&center->lock);
	center->stopping = true;
	pthread_mutex_unlock(&center->lock);
	center->now_us = usher__center_clock(center);
	/* With a journal, those who wait keep their place for a restart. */
	HASH_ITER (hh, center->sessions, session, tmp)
		if (session->state != SESSION_OVER &&
		    !(center->state_dir &&
		      (session->state == SESSION_CALLBACK ||
		       usher__session_waits(center, session))))
			usher__session_end(center, session, "stopped");
	HASH_ITER (hh, center->parties, party, next)
		usher__party_end(center, party, USHER_LEG_NORMAL);
	usher__center_turn(center);
}

static void inbox_drop(struct usher_center *center)
{
	struct usher__report *report;
	struct mail *mail;

	pthread_mutex_lock(&center->lock);
	center->open = false;
	while ((report = center->again)) {
		center->again = report->next;
		free(report);
	}
	while ((report = center->reports)) {
		center->reports = report->next;
		free(report);
	}
	center->reports_tail = &center->reports;
	pthread_mutex_unlock(&center->lock);
	while ((mail = center->mails)) {
		center->mails = mail->next;
		mail->drop(center, mail);
	}
	center->mails_tail = &center->mails;
}

static void store_close(struct usher_center *center)
{
	struct usher_store *store = center->store;
	uint64_t appended, committed;

	if (!store)
		return;
	appended = usher_store_appended(store);
	committed = usher_store_committed(store);
	pthread_mutex_lock(&center->lock);
	center->store = NULL;
	center->committed = committed;
	pthread_mutex_unlock(&center->lock);
	if (usher_store_close(store))
		return;
	pthread_mutex_lock(&center->lock);
	center->committed = appended;
	pthread_mutex_unlock(&center->lock);
}

void usher__center_close(struct usher_center *center)
{
	struct session *session, *tmp;
	struct contact_at *at, *at_next;
	struct party *party, *next;
	size_t i;

	if (center->open) {
		center->now_us = usher__center_clock(center);
		inbox_drop(center);
		usher__sends_cancel(center, 0);
		usher_acd_note(center->acd, center->now_us, USHER_EV_STOPPED,
			       0, 0, NULL, 0);
		usher__center_settle(center);
		usher__answers_retry(center);
		usher__center_settle(center);
		usher__evlog_publish(center->log);
		atomic_store(&center->seq, usher_acd_seq(center->acd));
		for (i = center->channel_count; i--;)
			center->channels[i].driver->stop(
				center->channels[i].arg);
		if (center->store) {
			usher__journal_flush(center);
			usher_store_commit_turn(center->store);
		}
		if (!usher__journal_full(center))
			usher__center_keep(center);
	}
	usher__phones_stop(center);
	HASH_ITER (hh, center->sessions, session, tmp)
		usher__session_free(center, session);
	HASH_ITER (hh, center->parties, party, next)
		usher__party_free(center, party);
	usher__outbound_free(center);
	HASH_ITER (hh, center->registered, at, at_next) {
		HASH_DEL(center->registered, at);
		free(at);
	}
	usher__outputs_free(center);
	usher__answers_drop(center);
	usher__crowded_free(center);
	wakers_free(center);
	usher__journal_free(center);
	store_close(center);
	usher_acd_free(center->acd);
	center->acd = NULL;
	usher_metrics_free(center->metrics);
	center->metrics = NULL;
}

void usher__center_free(struct usher_center *center)
{
	if (!center)
		return;
	usher_config_free(center->config);
	usher__evlog_unref(center->log);
	free(center->reactions);
	free(center->name);
	free(center->domain);
	free(center->state_dir);
	free(center->record_dir);
	free(center->contact_order);
	pthread_mutex_destroy(&center->lock);
	free(center);
}

uint64_t usher_center_committed(const struct usher_center *center)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)&center->lock;
	uint64_t seq;

	if (!center->state_dir)
		return atomic_load(&center->seq);
	pthread_mutex_lock(lock);
	seq = center->store ? usher_store_committed(center->store)
			    : center->committed;
	pthread_mutex_unlock(lock);
	return seq;
}

struct usher_store *usher_center_store(struct usher_center *center)
{
	struct usher_store *store;

	pthread_mutex_lock(&center->lock);
	store = center->store;
	pthread_mutex_unlock(&center->lock);
	return store;
}

int usher_reader_new(struct usher_reader **ret, struct usher_center *center,
		     const struct usher_reader_opts *opts,
		     struct usher_error *err)
{
	if (!ret || !center)
		return usher_error_set(err, USHER_EINVAL, "no center");
	if (usher__host_alive(center->host))
		return usher_error_set(err, USHER_EFORK, "called after fork");
	return usher__evlog_reader(ret, center->log, opts, err);
}
