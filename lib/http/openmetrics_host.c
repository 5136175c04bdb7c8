/* The exposition's families of the host and of HTTP: a table of what their
 * structs of counters have. */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "http/openmetrics.h"

void usher__om_family(FILE *f, const char *name, const char *type,
		      const char *unit, const char *help)
{
	fprintf(f, "# TYPE %s %s\n", name, type);
	if (unit)
		fprintf(f, "# UNIT %s %s\n", name, unit);
	fprintf(f, "# HELP %s %s\n", name, help);
}

void usher__om_seconds(FILE *f, int64_t us)
{
	fprintf(f, "%" PRId64 ".%06" PRId64, us / 1000000,
		(us < 0 ? -us : us) % 1000000);
}

/* A figure that one of the structs of counters has at an offset. */
struct figure {
	const char *name;
	const char *type;
	const char *help;
	size_t at;
	bool narrow; /* 32 bits, not 64 */
};

#define MEMBER(type, member)                                                  \
	offsetof(struct type, member),                                        \
		sizeof(((struct type *)0)->member) == sizeof(uint32_t)
#define HOST(member) MEMBER(usher_host_stats, member)
#define HTTP(member) MEMBER(usher__http_stats, member)

static const struct figure host_figures[] = {
	{"usher_legs_in", "counter", "Calls taken.", HOST(legs_in)},
	{"usher_legs_out", "counter", "Calls placed.", HOST(legs_out)},
	{"usher_legs_refused", "counter",
	 "Calls refused: from strangers or over a limit.", HOST(legs_refused)},
	{"usher_sip_malformed", "counter",
	 "SIP messages dropped or answered by 400.", HOST(sip_malformed)},
	{"usher_sip_unsupported", "counter",
	 "SIP requests refused for what they ask.", HOST(sip_unsupported)},
	{"usher_sip_unexpected", "counter",
	 "SIP requests of no call, or out of order.", HOST(sip_unexpected)},
	{"usher_sip_connections_closed", "counter",
	 "SIP connections closed by us: too many, or silent.",
	 HOST(sip_connections_closed)},
	{"usher_sip_connections", "gauge", "SIP connections now.",
	 HOST(sip_connections_now)},
	{"usher_sip_limited", "counter",
	 "SIP requests beyond their source's rate.", HOST(sip_limited)},
	{"usher_sip_banned", "counter",
	 "SIP packets and connections of banned sources.", HOST(sip_banned)},
	{"usher_sip_bans", "counter", "Bans of SIP sources begun.",
	 HOST(sip_bans)},
	{"usher_sip_bans_active", "gauge", "SIP sources banned now.",
	 HOST(sip_bans_now)},
	{"usher_sip_guesses", "counter",
	 "Passwords not looked at: too many wrong ones.", HOST(sip_guesses)},
	{"usher_sip_overloaded", "counter", "Calls refused by overload.",
	 HOST(sip_overloaded)},
	{"usher_rtp_received", "counter", "RTP packets received.",
	 HOST(rtp_received)},
	{"usher_rtp_sent", "counter", "RTP packets sent.", HOST(rtp_sent)},
	{"usher_rtp_dropped", "counter",
	 "RTP packets from elsewhere, malformed or late.", HOST(rtp_dropped)},
	{"usher_contacts_refused", "counter",
	 "Contacts turned away: too much to do.", HOST(contacts_refused)},
	{"usher_requests_refused", "counter",
	 "Requests not taken: too much to do.", HOST(requests_refused)},
	{"usher_legs", "gauge", "Calls now.", HOST(legs_now)},
	{"usher_media_ports", "gauge", "Media ports in use.",
	 HOST(media_ports_now)},
};

static const struct figure http_figures[] = {
	{"usher_http_requests", "counter", "HTTP requests answered.",
	 HTTP(requests)},
	{"usher_http_refused", "counter", "HTTP requests answered by 4xx.",
	 HTTP(refused)},
	{"usher_http_limited", "counter",
	 "HTTP requests answered by 429 or 503.", HTTP(limited)},
	{"usher_http_errors", "counter", "HTTP requests answered by 5xx.",
	 HTTP(errors)},
	{"usher_http_connections", "gauge", "HTTP connections now.",
	 HTTP(connections)},
	{"usher_http_streams", "gauge", "WebSockets now.", HTTP(streams)},
	{"usher_http_streams_refused", "counter",
	 "WebSockets refused: too many, or too many of one peer.",
	 HTTP(streams_refused)},
	{"usher_http_streams_lagged", "counter",
	 "Times that a WebSocket was too slow and missed events.",
	 HTTP(streams_lagged)},
};

#undef HOST
#undef HTTP
#undef MEMBER

static void figures_write(FILE *f, const struct figure *figures, size_t count,
			  const void *from)
{
	for (size_t i = 0; i < count; ++i) {
		const struct figure *figure = &figures[i];
		const char *at = (const char *)from + figure->at;
		uint32_t narrow;
		uint64_t value;

		if (figure->narrow) {
			memcpy(&narrow, at, sizeof(narrow));
			value = narrow;
		} else {
			memcpy(&value, at, sizeof(value));
		}
		usher__om_family(f, figure->name, figure->type, NULL,
				 figure->help);
		fprintf(f, "%s%s %" PRIu64 "\n", figure->name,
			strcmp(figure->type, "counter") == 0 ? "_total" : "",
			value);
	}
}

void usher__om_host(struct usher__http *http, FILE *f)
{
	struct usher_host_stats s = {0};

	s.size = sizeof(s);
	if (usher_host_stats(http->host, &s) == 0) {
		figures_write(f, host_figures,
			      sizeof(host_figures) / sizeof(host_figures[0]),
			      &s);
		usher__om_family(f, "usher_sip_lag_seconds", "gauge",
				 "seconds",
				 "How long SIP messages wait for the loop.");
		fputs("usher_sip_lag_seconds ", f);
		usher__om_seconds(f, s.sip_lag_us);
		putc('\n', f);
	}
	figures_write(f, http_figures,
		      sizeof(http_figures) / sizeof(http_figures[0]),
		      &http->stats);
}
