/*
 * The thread, its libwebsockets context, and the descriptors of all readers.
 *
 * Readers are watched through one epoll descriptor of ours, which lws sees as
 * a single raw file: a stream whose socket is full is taken out of it, and
 * lws never owns a descriptor that belongs to a reader.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <libwebsockets.h>

#include "http/callback.h"

void usher__http_log(struct usher__http *http, int level, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	if (!http->log)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	http->log(http->log_arg, level, line);
}

void usher__http_listen(const struct usher__http *http,
			struct usher__listen *ret)
{
	*ret = http->listen;
}

static void take_facts(struct usher__http *http)
{
	struct usher__facts *old = NULL;

	pthread_mutex_lock(&http->lock);
	if (http->next_facts) {
		old = http->facts;
		http->facts = http->next_facts;
		http->next_facts = NULL;
	}
	pthread_mutex_unlock(&http->lock);
	if (!old)
		return;
	usher__facts_free(old);
	/* Whoever may still listen comes back and shows a token again. */
	for (struct usher__conn *s = http->streams; s; s = s->next)
		lws_set_timeout(s->wsi, PENDING_TIMEOUT_USER_OK,
				LWS_TO_KILL_ASYNC);
}

void usher__http_configure(struct usher__http *http,
			   struct usher__facts *facts)
{
	pthread_mutex_lock(&http->lock);
	usher__facts_free(http->next_facts);
	http->next_facts = facts;
	pthread_mutex_unlock(&http->lock);
	lws_cancel_service(http->context);
}

static void *run(void *arg)
{
	struct usher__http *http = arg;

	pthread_setname_np(pthread_self(), "usher-http");
	while (!atomic_load(&http->stop)) {
		take_facts(http);
		if (lws_service(http->context, 0) < 0)
			break;
	}
	return NULL;
}

static const struct lws_protocols protocols[] = {
	/* First, so that requests without a subprotocol come here too. */
	{.name = "usher.v1",
	 .callback = usher__http_callback,
	 .per_session_data_size = sizeof(struct usher__conn),
	 .rx_buffer_size = 1024},
	{.name = "usher-readers", .callback = usher__readers_callback},
	{.name = NULL},
};

/* Peers that vanish without a word are found by ping. */
static const lws_retry_bo_t idle_policy = {
	.secs_since_valid_ping = 30,
	.secs_since_valid_hangup = 45,
};

static struct lws_context *make_context(struct usher__http *http)
{
	struct lws_context_creation_info info;

	memset(&info, 0, sizeof(info));
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
		       LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME;
	info.fd_limit_per_thread = USHER__HTTP_CONNECTIONS_MAX + 8;
	info.max_http_header_data2 = USHER__HTTP_HEADERS_MAX;
	info.max_http_header_pool2 = USHER__HTTP_CONNECTIONS_MAX;
	info.pt_serv_buf_size = 16384;
	info.uid = (uid_t)-1;
	info.gid = (gid_t)-1;
	info.user = http;
	return usher__http_context(&info);
}

static int make_vhost(struct usher__http *http, uint32_t tries,
		      struct usher_error *err)
{
	struct lws_context_creation_info info;
	uint16_t first = http->listen.port;
	int e = 0, why = 0;

	memset(&info, 0, sizeof(info));
	info.iface = http->listen.address;
	info.protocols = protocols;
	info.vhost_name = "usher";
	info.alpn = "http/1.1";
	info.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
	if (!http->listen.ipv6)
		info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
	info.keepalive_timeout = 15;
	info.timeout_secs = 10;
	info.timeout_secs_ah_idle = 10;
	info.retry_and_idle_policy = &idle_policy;
	for (uint32_t i = 0; i <= tries && !http->vhost; ++i) {
		if (first + i > 65535)
			break;
		http->listen.port = (uint16_t)(first + i);
		e = usher__port_taken(&http->listen);
		why = i ? why : e;
		if (e == EADDRINUSE)
			continue;
		if (e)
			break;
		info.port = http->listen.port;
		http->vhost = lws_create_vhost(http->context, &info);
	}
	if (!http->vhost)
		return usher_error_set(
			err,
			why && why != EADDRINUSE ? USHER_EIO : USHER_EEXIST,
			"cannot listen for HTTP on %s port %u: %s",
			http->listen.address, first,
			strerrordesc_np(why ? why : EADDRINUSE));
	http->listen.port = (uint16_t)lws_get_vhost_listen_port(http->vhost);
	return 0;
}

static int watch_readers(struct usher__http *http)
{
	lws_sock_file_fd_type fd;

	http->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (http->epoll_fd < 0)
		return USHER_EIO;
	fd.filefd = http->epoll_fd;
	http->epoll_wsi = lws_adopt_descriptor_vhost(
		http->vhost, LWS_ADOPT_RAW_FILE_DESC, fd, "usher-readers",
		NULL);
	if (!http->epoll_wsi) {
		close(http->epoll_fd);
		http->epoll_fd = -1;
		return USHER_EIO;
	}
	for (size_t i = 0; i < http->tenant_count; ++i) {
		struct epoll_event ev = {.events = EPOLLIN};
		int reader = usher_reader_fd(http->tenants[i].reader);

		if (epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, reader, &ev))
			return USHER_EIO;
	}
	return 0;
}

static int add_tenants(struct usher__http *http,
		       const struct usher__http_opts *opts,
		       struct usher_error *err)
{
	struct usher_reader_opts reader = {0};

	reader.size = sizeof(reader);
	http->tenants = calloc(opts->center_count, sizeof(*http->tenants));
	if (!http->tenants)
		return USHER_ENOMEM;
	for (size_t i = 0; i < opts->center_count; ++i) {
		const struct usher__http_center *from = &opts->centers[i];
		struct usher__tenant *t = &http->tenants[i];
		int e;

		t->center = from->center;
		t->name = usher_center_name(from->center);
		if (from->state_dir) {
			t->state_dir = strdup(from->state_dir);
			if (!t->state_dir)
				return USHER_ENOMEM;
		}
		e = usher_reader_new(&t->reader, t->center, &reader, err);
		if (e)
			return e;
		http->tenant_count = i + 1;
	}
	return 0;
}

/* Signals belong to the host's threads. */
static int start_thread(struct usher__http *http)
{
	sigset_t all;
	sigset_t before;
	int e;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	e = pthread_create(&http->thread, NULL, run, http);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (e)
		return USHER_EIO;
	http->thread_started = true;
	return 0;
}

int usher__http_new(struct usher__http **ret,
		    const struct usher__http_opts *opts,
		    struct usher_error *err)
{
	struct usher__http *http = calloc(1, sizeof(*http));
	int e;

	if (!http)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	pthread_mutex_init(&http->lock, NULL);
	http->pid = getpid();
	http->epoll_fd = -1;
	http->host = opts->host;
	http->log = opts->log;
	http->log_arg = opts->log_arg;
	http->listen = opts->conf->http;
	usher_error_set(err, USHER_EIO, "cannot start HTTP");
	e = usher__facts_new(&http->facts, opts->conf);
	if (!e)
		e = add_tenants(http, opts, err);
	if (!e) {
		http->context = make_context(http);
		e = http->context ? 0 : USHER_EIO;
	}
	if (!e)
		e = make_vhost(http, opts->port_tries, err);
	if (!e)
		e = watch_readers(http);
	if (!e)
		e = start_thread(http);
	if (e)
		usher__http_free(http);
	else
		*ret = http;
	return e;
}

void usher__http_free(struct usher__http *http)
{
	/* A child shares epoll with its parent: to take a descriptor out of it
	 * would deafen the parent. */
	if (!http || http->pid != getpid())
		return;
	atomic_store(&http->stop, true);
	if (http->thread_started) {
		lws_cancel_service(http->context);
		pthread_join(http->thread, NULL);
	}
	/* Closes every connection, which lets go of its reader. */
	if (http->context)
		lws_context_destroy(http->context);
	for (size_t i = 0; i < http->tenant_count; ++i) {
		usher_reader_free(http->tenants[i].reader);
		usher_history_free(http->tenants[i].history);
		free(http->tenants[i].live);
		usher_snapshot_unref(http->tenants[i].live_of);
	}
	for (size_t i = 0; http->tenants && i < http->tenant_count; ++i)
		free(http->tenants[i].state_dir);
	free(http->tenants);
	free(http->event);
	usher__facts_free(http->facts);
	usher__facts_free(http->next_facts);
	pthread_mutex_destroy(&http->lock);
	free(http);
}
