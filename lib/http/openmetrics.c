/*
 * The exposition for monitoring, as OpenMetrics 1.0 has it: families in one
 * piece, each with its type and help, counters end in _total, units in names,
 * label values escaped, "# EOF" at the end.
 *
 * Counters of queues and agents are those of the day and go back to zero with
 * it, which rate() and increase() understand.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/openmetrics.h"

/* Longest exposition; families beyond it would be lost, so it is an error. */
#define EXPOSITION_MAX (8u << 20)

static void label_value(FILE *f, const char *text)
{
	for (; *text; ++text) {
		if (*text == '\\' || *text == '"')
			putc('\\', f);
		if (*text == '\n')
			fputs("\\n", f);
		else
			putc(*text, f);
	}
}

/* A number from 0 to 1 without the locale's comma. */
static void ratio(FILE *f, double v)
{
	uint64_t millionths = (uint64_t)(v * 1000000.0 + 0.5);

	fprintf(f, "%" PRIu64 ".%06" PRIu64, millionths / 1000000,
		millionths % 1000000);
}

/* A center that the token is not for has no snapshot. */
static size_t queues_of(const struct usher_snapshot *s,
			const struct usher_snapshot_queue **ret)
{
	return s ? usher_snapshot_queues(s, ret) : 0;
}

static size_t agents_of(const struct usher_snapshot *s,
			const struct usher_snapshot_agent **ret)
{
	return s ? usher_snapshot_agents(s, ret) : 0;
}

/* ---- queues ------------------------------------------------------------- */

enum queue_value {
	Q_WAITING,
	Q_LONGEST,
	Q_SERVING,
	Q_AVAILABLE,
	Q_TALKING,
	Q_CLOSED,
	Q_ENTERED,
	Q_ANSWERED,
	Q_ABANDONED,
	Q_SHORT,
	Q_FLOWED,
	Q_HANDLED,
	Q_WAIT,
	Q_TALK,
	Q_HOLD,
	Q_WRAP_UP,
	Q_COUNT
};

struct spec {
	const char *name;
	const char *type;
	const char *unit;
	const char *help;
};

static const struct spec queue_specs[Q_COUNT] = {
	[Q_WAITING] = {"usher_queue_waiting", "gauge", NULL,
		       "Contacts waiting now."},
	[Q_LONGEST] = {"usher_queue_longest_wait_seconds", "gauge", "seconds",
		       "Wait of who has waited longest."},
	[Q_SERVING] = {"usher_queue_agents_serving", "gauge", NULL,
		       "Agents signed in for the queue."},
	[Q_AVAILABLE] = {"usher_queue_agents_available", "gauge", NULL,
			 "Agents free for the queue."},
	[Q_TALKING] = {"usher_queue_talking", "gauge", NULL,
		       "Contacts with agents now."},
	[Q_CLOSED] = {"usher_queue_closed", "gauge", NULL,
		      "1 while the queue takes no newcomers."},
	[Q_ENTERED] = {"usher_queue_entered", "counter", NULL,
		       "Contacts that entered today."},
	[Q_ANSWERED] = {"usher_queue_answered", "counter", NULL,
			"Contacts answered today."},
	[Q_ABANDONED] = {"usher_queue_abandoned", "counter", NULL,
			 "Contacts that gave up today."},
	[Q_SHORT] = {"usher_queue_short_abandons", "counter", NULL,
		     "Contacts that gave up at once today."},
	[Q_FLOWED] = {"usher_queue_flowed_out", "counter", NULL,
		      "Contacts led elsewhere today."},
	[Q_HANDLED] = {"usher_queue_handled", "counter", NULL,
		       "Conversations of agents that closed today."},
	[Q_WAIT] = {"usher_queue_answered_wait_seconds", "counter", "seconds",
		    "Wait of the answered today, in total."},
	[Q_TALK] = {"usher_queue_talk_seconds", "counter", "seconds",
		    "Talk today, in total."},
	[Q_HOLD] = {"usher_queue_hold_seconds", "counter", "seconds",
		    "Hold today, in total."},
	[Q_WRAP_UP] = {"usher_queue_wrap_up_seconds", "counter", "seconds",
		       "Wrap-up today, in total."},
};

/* A count, or microseconds where the family has a unit. */
static int64_t queue_value(enum queue_value which,
			   const struct usher_snapshot_queue *q,
			   const struct usher_queue_figures *f)
{
	const int64_t values[Q_COUNT] = {
		[Q_WAITING] = q->waiting,
		[Q_LONGEST] = q->longest_wait_us,
		[Q_SERVING] = q->agents_serving,
		[Q_AVAILABLE] = q->agents_available,
		[Q_TALKING] = q->talking,
		[Q_CLOSED] = q->closed != 0,
		[Q_ENTERED] = (int64_t)f->entered,
		[Q_ANSWERED] = (int64_t)f->answered,
		[Q_ABANDONED] = (int64_t)f->abandoned,
		[Q_SHORT] = (int64_t)f->short_abandons,
		[Q_FLOWED] = (int64_t)f->flowed_out,
		[Q_HANDLED] = (int64_t)f->handled,
		[Q_WAIT] = f->answered_wait_us,
		[Q_TALK] = f->talk_us,
		[Q_HOLD] = f->hold_us,
		[Q_WRAP_UP] = f->wrapup_us,
	};

	return values[which];
}

static void sample(FILE *f, const struct spec *spec, const char *center,
		   const char *label, const char *name, int64_t value)
{
	fprintf(f, "%s%s{center=\"", spec->name,
		strcmp(spec->type, "counter") == 0 ? "_total" : "");
	label_value(f, center);
	fprintf(f, "\",%s=\"", label);
	label_value(f, name);
	fputs("\"} ", f);
	if (spec->unit)
		usher__om_seconds(f, value);
	else
		fprintf(f, "%" PRId64, value);
	putc('\n', f);
}

static struct usher_queue_figures queue_figures(struct usher_snapshot *s,
						uint64_t queue)
{
	const struct usher_metrics *m = usher_snapshot_metrics(s);
	struct usher_queue_figures f = {0};

	f.size = sizeof(f);
	if (m)
		usher_metrics_queue(m, queue, USHER_SPAN_DAY,
				    usher_snapshot_time_us(s), &f);
	return f;
}

static void queue_families(struct usher__http *http,
			   struct usher_snapshot **snapshots, FILE *f)
{
	for (int v = 0; v < Q_COUNT; ++v) {
		const struct spec *spec = &queue_specs[v];

		usher__om_family(f, spec->name, spec->type, spec->unit,
				 spec->help);
		for (size_t c = 0; c < http->tenant_count; ++c) {
			const struct usher_snapshot_queue *q;
			size_t n = queues_of(snapshots[c], &q);

			for (size_t i = 0; i < n; ++i) {
				struct usher_queue_figures figures =
					queue_figures(snapshots[c], q[i].id);

				sample(f, spec, http->tenants[c].name, "queue",
				       q[i].name,
				       queue_value(v, &q[i], &figures));
			}
		}
	}
}

static void service_levels(struct usher__http *http,
			   struct usher_snapshot **snapshots, FILE *f)
{
	static const char name[] = "usher_queue_service_level_ratio";

	usher__om_family(
		f, name, "gauge", "ratio",
		"Service level today by definition; absent while undefined.");
	for (size_t c = 0; c < http->tenant_count; ++c) {
		const struct usher_snapshot_queue *q;
		size_t n = queues_of(snapshots[c], &q);

		for (size_t i = 0; i < n; ++i) {
			struct usher_queue_figures figures =
				queue_figures(snapshots[c], q[i].id);

			for (int32_t v = USHER_LEVEL_ANSWERED;
			     v <= USHER_LEVEL_SHORT_CREDIT; ++v) {
				double level;

				if (usher_figures_service_level(&figures, v,
								&level))
					continue;
				fprintf(f, "%s{center=\"", name);
				label_value(f, http->tenants[c].name);
				fputs("\",queue=\"", f);
				label_value(f, q[i].name);
				fprintf(f, "\",definition=\"%s\"} ",
					usher_service_level_name(v));
				ratio(f, level);
				putc('\n', f);
			}
		}
	}
}

/* ---- agents ------------------------------------------------------------- */

enum agent_value {
	A_SIGNED_IN,
	A_PAUSED,
	A_REGISTERED,
	A_LOAD,
	A_OFFERS,
	A_MISSED,
	A_REJECTED,
	A_HANDLED,
	A_OCCUPIED,
	A_AVAILABLE,
	A_COUNT
};

static const struct spec agent_specs[A_COUNT] = {
	[A_SIGNED_IN] = {"usher_agent_signed_in", "gauge", NULL,
			 "1 while the agent is signed in."},
	[A_PAUSED] = {"usher_agent_paused", "gauge", NULL,
		      "1 while the agent is paused."},
	[A_REGISTERED] = {"usher_agent_registered", "gauge", NULL,
			  "1 while an endpoint is known."},
	[A_LOAD] = {"usher_agent_load", "gauge", NULL, "Slots in use."},
	[A_OFFERS] = {"usher_agent_offers", "counter", NULL,
		      "Offers made today."},
	[A_MISSED] = {"usher_agent_missed", "counter", NULL,
		      "Offers missed today."},
	[A_REJECTED] = {"usher_agent_rejected", "counter", NULL,
			"Offers rejected today."},
	[A_HANDLED] = {"usher_agent_handled", "counter", NULL,
		       "Conversations that closed today."},
	[A_OCCUPIED] = {"usher_agent_occupied_seconds", "counter", "seconds",
			"Time on contacts today."},
	[A_AVAILABLE] = {"usher_agent_available_seconds", "counter", "seconds",
			 "Time ready and free today."},
};

static int64_t agent_value(enum agent_value which, struct usher_snapshot *s,
			   const struct usher_snapshot_agent *a)
{
	const struct usher_metrics *m = usher_snapshot_metrics(s);
	struct usher_agent_figures f = {0};

	f.size = sizeof(f);
	if (m)
		usher_metrics_agent(m, a->id, USHER_SPAN_DAY,
				    usher_snapshot_time_us(s), &f);
	const int64_t values[A_COUNT] = {
		[A_SIGNED_IN] = strcmp(a->presence, "signed_out") != 0,
		[A_PAUSED] = strcmp(a->presence, "paused") == 0,
		[A_REGISTERED] = a->registered != 0,
		[A_LOAD] = a->load,
		[A_OFFERS] = (int64_t)f.offers,
		[A_MISSED] = (int64_t)f.missed,
		[A_REJECTED] = (int64_t)f.rejected,
		[A_HANDLED] = (int64_t)f.handled,
		[A_OCCUPIED] = f.occupied_us,
		[A_AVAILABLE] = f.available_us,
	};

	return values[which];
}

static void agent_families(struct usher__http *http,
			   struct usher_snapshot **snapshots, FILE *f)
{
	for (int v = 0; v < A_COUNT; ++v) {
		const struct spec *spec = &agent_specs[v];

		usher__om_family(f, spec->name, spec->type, spec->unit,
				 spec->help);
		for (size_t c = 0; c < http->tenant_count; ++c) {
			const struct usher_snapshot_agent *a;
			size_t n = agents_of(snapshots[c], &a);

			for (size_t i = 0; i < n; ++i)
				sample(f, spec, http->tenants[c].name, "agent",
				       a[i].name,
				       agent_value(v, snapshots[c], &a[i]));
		}
	}
}

/* ---- trunks ------------------------------------------------------------- */

enum trunk_value {
	T_UP,
	T_REGISTERED,
	T_RESTING,
	T_CALLS_IN,
	T_CALLS_OUT,
	T_PLACED,
	T_FAILED,
	T_COUNT
};

static const struct spec trunk_specs[T_COUNT] = {
	[T_UP] = {"usher_trunk_up", "gauge", NULL,
		  "1 while calls are tried over the trunk."},
	[T_REGISTERED] = {"usher_trunk_registered", "gauge", NULL,
			  "1 while we are registered there."},
	[T_RESTING] = {"usher_trunk_resting", "gauge", NULL,
		       "Addresses that rest after a failed call."},
	[T_CALLS_IN] = {"usher_trunk_calls_in", "gauge", NULL,
			"Calls from the trunk now."},
	[T_CALLS_OUT] = {"usher_trunk_calls_out", "gauge", NULL,
			 "Calls over the trunk now."},
	[T_PLACED] = {"usher_trunk_attempts", "counter", NULL,
		      "Attempts to call over the trunk."},
	[T_FAILED] = {"usher_trunk_failures", "counter", NULL,
		      "Attempts that reached nobody for the trunk's sake."},
};

struct trunk_sample {
	FILE *f;
	const char *center;
	enum trunk_value which;
};

static void sample_trunk(void *arg, const struct usher_trunk_state *trunk)
{
	const struct trunk_sample *to = arg;
	const int64_t values[T_COUNT] = {
		[T_UP] = trunk->up != 0,
		[T_REGISTERED] = trunk->registered != 0,
		[T_RESTING] = trunk->resting,
		[T_CALLS_IN] = trunk->calls_in,
		[T_CALLS_OUT] = trunk->calls_out,
		[T_PLACED] = (int64_t)trunk->placed,
		[T_FAILED] = (int64_t)trunk->failed,
	};

	sample(to->f, &trunk_specs[to->which], to->center, "trunk",
	       trunk->name, values[to->which]);
}

static void trunk_families(struct usher__http *http,
			   struct usher_snapshot **snapshots, FILE *f)
{
	for (int v = 0; v < T_COUNT; ++v) {
		const struct spec *spec = &trunk_specs[v];

		usher__om_family(f, spec->name, spec->type, spec->unit,
				 spec->help);
		for (size_t c = 0; c < http->tenant_count; ++c) {
			struct trunk_sample to = {f, http->tenants[c].name, v};

			if (snapshots[c])
				usher_center_trunks(http->tenants[c].center,
						    sample_trunk, &to);
		}
	}
}

static char *expose(struct usher__http *http,
		    struct usher_snapshot **snapshots, size_t *ret_len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, ret_len);

	if (!f)
		return NULL;
	usher__om_host(http, f);
	queue_families(http, snapshots, f);
	service_levels(http, snapshots, f);
	agent_families(http, snapshots, f);
	trunk_families(http, snapshots, f);
	fputs("# EOF\n", f);
	if (ferror(f) | fclose(f) || *ret_len > EXPOSITION_MAX) {
		free(text);
		return NULL;
	}
	return text;
}

void usher__openmetrics(struct usher__http *http, const char *center,
			struct usher__reply *reply)
{
	struct usher_snapshot **snapshots;
	size_t len = 0;
	int e = 0;

	snapshots = calloc(http->tenant_count + 1,
			   sizeof(struct usher_snapshot *));
	if (!snapshots) {
		usher__reply_code(reply, USHER_ENOMEM, NULL);
		return;
	}
	for (size_t c = 0; !e && c < http->tenant_count; ++c)
		if (!center || strcmp(center, http->tenants[c].name) == 0)
			e = usher_center_snapshot(http->tenants[c].center,
						  &snapshots[c]);
	if (!e) {
		reply->body = expose(http, snapshots, &len);
		e = reply->body ? 0 : USHER_ENOMEM;
	}
	for (size_t c = 0; c < http->tenant_count; ++c)
		if (snapshots[c])
			usher_snapshot_unref(snapshots[c]);
	free(snapshots);
	if (e) {
		usher__reply_code(reply, e, NULL);
		return;
	}
	reply->status = 200;
	reply->len = len;
	reply->type = "application/openmetrics-text; version=1.0.0; "
		      "charset=utf-8";
}
