/* A server's life (usher/server.h): a configuration file, a host with its
 * centers, and HTTP. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <unistd.h>

#include <usher/server.h>

#include <sized.h>

#include "http/http.h"
#include "http/reload.h"

/* Longest line for the log. */
#define LINE_MAX_BYTES 512

/* Missing sound files that are named in the log. */
#define MISSING_TOLD 5

struct usher_server {
	struct usher__conf *conf;
	struct usher_host *host;
	struct usher__http *http;
	struct usher_center *centers[USHER__CONF_CENTERS_MAX];
	size_t center_count;
	char *config_file;
	char *listen_address;
	char *state_dir;
	usher_log_fn *log;
	void *log_arg;
	pid_t pid;
	pthread_mutex_t lock; /* of conf, against a reload */
};

static void say(const struct usher_server *server, int level, const char *fmt,
		...) USHER_PRINTF(3, 4);
static void say(const struct usher_server *server, int level, const char *fmt,
		...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	if (!server->log)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	server->log(server->log_arg, level, line);
}

void usher_server_opts_init(struct usher_server_opts *opts, size_t size)
{
	memset(opts, 0, size);
	opts->size = size;
}

static int make_host(struct usher_server *server,
		     const struct usher_server_opts *opts,
		     struct usher_error *err)
{
	const struct usher__conf *conf = server->conf;
	struct usher_host_opts host;
	char sip[80], tls[80];

	usher_host_opts_init(&host, sizeof(host));
	usher__listen_text(&conf->sip, sip, sizeof(sip));
	host.sip_listen = sip[0] ? sip : NULL;
	host.public_address = conf->public_address;
	host.dns_servers = conf->dns;
	host.rtp_port_min = conf->rtp_port_min;
	host.rtp_port_max = conf->rtp_port_max;
	host.media_threads = conf->media_threads;
	host.silence_ms =
		conf->silence_ms ? (int32_t)conf->silence_ms : USHER_ZERO;
	host.any_source = conf->any_source;
	host.no_text = !conf->text;
	host.no_video = !conf->video;
	host.srtp = conf->srtp;
	host.codecs = conf->codecs;
	host.digest = conf->digest;
	host.second_address = conf->second_address;
	host.keep_alive_ms = conf->keep_alive_ms ? (int32_t)conf->keep_alive_ms
						 : USHER_ZERO;
	usher__conf_tls_apply(&conf->tls, &host, tls, sizeof(tls));
	usher__conf_limits_apply(conf, &host);
	host.port_tries = opts->port_tries;
	host.log = opts->log;
	host.log_arg = opts->log_arg;
	return usher_host_new(&server->host, &host, err);
}

static int make_centers(struct usher_server *server, struct usher_error *err)
{
	for (size_t i = 0; i < server->conf->center_count; ++i) {
		struct usher__conf_center *from = &server->conf->centers[i];
		struct usher_center_opts center;
		int e;

		usher_center_opts_init(&center, sizeof(center));
		center.name = from->name;
		center.domain = from->domain;
		center.state_dir = from->state_dir;
		center.record_dir = from->record_dir;
		center.seed = from->seed;
		center.explain = from->explain;
		center.resume_ms = from->resume_ms;
		center.contact_order = from->contact_order;
		center.node = from->node;
		e = usher_center_new(&server->centers[i], server->host,
				     &center, usher_config_ref(from->config),
				     err);
		if (e) {
			usher_config_free(from->config);
			return e;
		}
		server->center_count = i + 1;
	}
	return 0;
}

static int make_http(struct usher_server *server,
		     const struct usher_server_opts *opts,
		     struct usher_error *err)
{
	struct usher__http_center centers[USHER__CONF_CENTERS_MAX];
	struct usher__http_opts http = {0};
	int e;

	if (!server->conf->http.address[0])
		return 0;
	for (size_t i = 0; i < server->center_count; ++i) {
		centers[i].center = server->centers[i];
		centers[i].state_dir = server->conf->centers[i].state_dir;
	}
	http.conf = server->conf;
	http.centers = centers;
	http.center_count = server->center_count;
	http.host = server->host;
	http.port_tries = opts->port_tries;
	http.log = opts->log;
	http.log_arg = opts->log_arg;
	e = usher__http_new(&server->http, &http, err);
	if (!e && server->conf->http_stayed)
		say(server, USHER_LOG_WARN,
		    "HTTP stays on %s: without a 'token' only this machine "
		    "may reach it",
		    server->conf->http.address);
	return e;
}

static void say_port(const struct usher_server *server, const char *what,
		     uint16_t wanted, uint16_t found)
{
	if (wanted && found && wanted != found)
		say(server, USHER_LOG_WARN, "port %u of %s is taken: %u",
		    wanted, what, found);
}

/* Who looks where the file says would not find us. */
static void say_ports(const struct usher_server *server)
{
	struct usher__listen at = {0};
	char sip[80];

	usher_host_sip_address(server->host, sip, sizeof(sip));
	if (!usher__listen_parse(&at, sip))
		say_port(server, "SIP", server->conf->sip.port, at.port);
	if (!server->http)
		return;
	usher__http_listen(server->http, &at);
	say_port(server, "HTTP", server->conf->http.port, at.port);
}

static void say_sound(const struct usher_server *server, const char *prompt,
		      const char *path, unsigned *count)
{
	/* What is in braces is known when somebody calls. */
	if (strchr(path, '{') || !access(path, R_OK) ||
	    ++*count > MISSING_TOLD)
		return;
	say(server, USHER_LOG_WARN, "prompt '%s': cannot read '%s': %s",
	    prompt, path, strerror(errno));
}

/* Callers would hear nothing instead. They may be put there later, so it is
 * no error. */
static void say_sounds(const struct usher_server *server)
{
	struct usher_flow_prompt p = {.size = sizeof(p)};
	const struct usher_flow_set *flows;
	unsigned count = 0;

	for (size_t i = 0; i < server->conf->center_count; ++i) {
		flows = server->conf->centers[i].flows;
		for (uint32_t n = 0;
		     flows && !usher_flow_set_prompt_at(flows, n, &p); ++n)
			for (uint32_t k = 0; k < p.sound_count; ++k)
				say_sound(server, p.name, p.sounds[k], &count);
	}
	if (count > MISSING_TOLD)
		say(server, USHER_LOG_WARN, "%u more sounds are missing",
		    count - MISSING_TOLD);
}

static int copy_text(char **ret, const char *text)
{
	if (text)
		*ret = strdup(text);
	return text && !*ret ? USHER_ENOMEM : 0;
}

static int copy_opts(struct usher_server *server,
		     const struct usher_server_opts *opts)
{
	int e = copy_text(&server->config_file, opts->config_file);

	if (!e)
		e = copy_text(&server->listen_address, opts->listen_address);
	if (!e)
		e = copy_text(&server->state_dir, opts->state_dir);
	server->log = opts->log;
	server->log_arg = opts->log_arg;
	return e;
}

static int read_conf(const struct usher_server *server,
		     struct usher__conf **ret, struct usher_error *err)
{
	const struct usher__conf_over over = {server->listen_address,
					      server->state_dir};

	return usher__conf_read(ret, server->config_file, &over, err);
}

int usher_server_new(struct usher_server **ret,
		     const struct usher_server_opts *given,
		     struct usher_error *err)
{
	struct usher_server_opts opts;
	struct usher_server *server;
	int e;

	usher_server_opts_init(&opts, sizeof(opts));
	if (!given || given->size < sizeof(given->size))
		return usher_error_set(err, USHER_EINVAL, "no options");
	memcpy(&opts, given,
	       given->size < sizeof(opts) ? given->size : sizeof(opts));
	if (!opts.config_file)
		return usher_error_set(err, USHER_EINVAL, "no config_file");
	server = calloc(1, sizeof(*server));
	if (!server)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	server->pid = getpid();
	pthread_mutex_init(&server->lock, NULL);
	e = copy_opts(server, &opts);
	if (e)
		usher_error_set(err, e, "out of memory");
	if (!e)
		e = read_conf(server, &server->conf, err);
	if (!e)
		e = make_host(server, &opts, err);
	if (!e)
		e = make_centers(server, err);
	if (!e)
		e = usher_host_start(server->host, err);
	if (!e)
		e = make_http(server, &opts, err);
	if (e) {
		usher_server_free(server);
	} else {
		say_ports(server);
		say_sounds(server);
		*ret = server;
	}
	return e;
}

static void tell_lost(void *arg, const char *why)
{
	say(arg, USHER_LOG_ERROR,
	    "the old configuration cannot be put back: %s", why);
}

int usher_server_reload(struct usher_server *server, struct usher_error *err)
{
	struct usher__facts *facts = NULL;
	struct usher__conf *conf;
	int e;

	if (server->pid != getpid())
		return usher_error_set(err, USHER_EFORK, "called after fork");
	e = read_conf(server, &conf, err);
	if (e)
		return e;
	pthread_mutex_lock(&server->lock);
	e = usher__conf_fixed(server->conf, conf, err);
	if (!e && server->http) {
		e = usher__facts_new(&facts, conf);
		if (e)
			usher_error_set(err, e, "out of memory");
	}
	if (!e)
		e = usher_host_tls_reload(server->host, err);
	if (!e)
		e = usher__centers_configure(
			server->centers, server->center_count, server->conf,
			conf, tell_lost, server, err);
	if (!e) {
		struct usher__conf *old = server->conf;

		server->conf = conf;
		conf = old;
		if (server->http)
			usher__http_configure(server->http, facts);
		facts = NULL;
		say_sounds(server);
	}
	pthread_mutex_unlock(&server->lock);
	usher__facts_free(facts);
	usher__conf_free(conf);
	return e;
}

int usher_server_info(const struct usher_server *server,
		      struct usher_server_info *ret)
{
	struct usher_server_info info = {0};
	struct usher__listen at;

	if (!ret || ret->size < sizeof(ret->size))
		return USHER_EINVAL;
	info.size = ret->size;
	usher_host_sip_address(server->host, info.sip_address,
			       sizeof(info.sip_address));
	if (server->http) {
		usher__http_listen(server->http, &at);
		usher__listen_text(&at, info.http_address,
				   sizeof(info.http_address));
	}
	info.center_count = (uint32_t)server->center_count;
	info.http_token = server->conf->token_count > 0;
	memcpy(ret, &info,
	       ret->size < sizeof(info) ? ret->size : sizeof(info));
	return 0;
}

/* Where callers reach a center: its domain, or where SIP listens. */
static const char *domain_of(const struct usher__conf_center *center)
{
	return center->domain ? center->domain : "";
}

int usher_server_agent(const struct usher_server *server, uint32_t i,
		       struct usher_server_agent *ret)
{
	const struct usher__conf *conf = server->conf;
	struct usher_server_agent agent = {0};
	size_t c = 0;

	while (c < conf->center_count && i >= conf->centers[c].agent_count)
		i -= (uint32_t)conf->centers[c++].agent_count;
	if (c == conf->center_count)
		return USHER_ENOENT;
	agent.center = conf->centers[c].name;
	agent.name = conf->centers[c].agents[i].name;
	agent.domain = domain_of(&conf->centers[c]);
	agent.password = conf->centers[c].agents[i].password;
	agent.pin = conf->centers[c].agents[i].pin;
	return usher__give_sized(ret, &agent, sizeof(agent),
				 UP_TO(struct usher_server_agent, name))
		       ? 0
		       : USHER_EINVAL;
}

int usher_server_entry(const struct usher_server *server, uint32_t i,
		       struct usher_server_entry *ret)
{
	const struct usher__conf *conf = server->conf;
	struct usher_server_entry entry = {0};
	size_t c = 0;

	while (c < conf->center_count && i >= conf->centers[c].entry_count)
		i -= (uint32_t)conf->centers[c++].entry_count;
	if (c == conf->center_count)
		return USHER_ENOENT;
	entry.center = conf->centers[c].name;
	entry.number = conf->centers[c].entries[i].address;
	entry.domain = domain_of(&conf->centers[c]);
	entry.flow = conf->centers[c].entries[i].flow;
	return usher__give_sized(ret, &entry, sizeof(entry),
				 UP_TO(struct usher_server_entry, number))
		       ? 0
		       : USHER_EINVAL;
}

struct usher_host *usher_server_host(struct usher_server *server)
{
	return server->host;
}

struct usher_center *usher_server_center(struct usher_server *server,
					 uint32_t i)
{
	return i < server->center_count ? server->centers[i] : NULL;
}

void usher_server_free(struct usher_server *server)
{
	/* In a child everything belongs to the parent, which goes on. */
	if (!server || server->pid != getpid())
		return;
	usher__http_free(server->http);
	usher_host_free(server->host);
	usher__conf_free(server->conf);
	pthread_mutex_destroy(&server->lock);
	free(server->config_file);
	free(server->listen_address);
	free(server->state_dir);
	free(server);
}
