#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <compat.h>

#include "peer.h"

/* A packet orders what its sender did before and its receiver does after, but
 * no analyzer of races knows: each end says so here. */
static void over_the_wire(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
}

static void loopback(struct sockaddr_in *sin, uint16_t port)
{
	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_port = htons(port);
	sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

void peer_open_at(struct peer *peer, const char *ip)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	memset(peer, 0, sizeof(*peer));
	loopback(&sin, 0);
	sin.sin_addr.s_addr = inet_addr(ip);
	peer->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(peer->fd, 0);
	ck_assert_int_eq(bind(peer->fd, (struct sockaddr *)&sin, sizeof(sin)),
			 0);
	getsockname(peer->fd, (struct sockaddr *)&sin, &len);
	peer->port = ntohs(sin.sin_port);
}

void peer_open(struct peer *peer)
{
	peer_open_at(peer, "127.0.0.1");
}

void peer_close(struct peer *peer)
{
	close(peer->fd);
}

void peer_send(struct peer *peer, uint16_t to, const char *fmt, ...)
{
	char text[PEER_TEXT];
	struct sockaddr_in sin;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	loopback(&sin, to);
	over_the_wire();
	ck_assert_int_eq(sendto(peer->fd, text, (size_t)n, 0,
				(struct sockaddr *)&sin, sizeof(sin)),
			 n);
}

void (*peer_skip)(int64_t left_ms);

/* Is there a message? */
static bool readable(const struct peer *peer, int64_t until_us)
{
	struct pollfd fd = {.fd = peer->fd, .events = POLLIN};
	int64_t left_us = until_us - usher__loop_mono_us();

	if (left_us < 0)
		left_us = 0;
	if (!peer_skip)
		return poll(&fd, 1, (int)(left_us / 1000)) > 0;
	while (poll(&fd, 1, 0) <= 0) {
		left_us = until_us - usher__loop_mono_us();
		if (left_us <= 0)
			return false;
		peer_skip((left_us + 999) / 1000);
	}
	return true;
}

bool peer_expect(struct peer *peer, const char *begin, int wait_ms)
{
	int64_t until = usher__loop_mono_us() + (int64_t)wait_ms * 1000;

	for (;;) {
		ssize_t n;

		if (!readable(peer, until))
			return false;
		n = recv(peer->fd, peer->last, sizeof(peer->last) - 1, 0);
		if (n < 0)
			return false;
		peer->last[n] = '\0';
		over_the_wire();
		if (!strncmp(peer->last, begin, strlen(begin)))
			return true;
	}
}

void peer_cut(struct peer *peer, const char *name, const char *end, char *ret,
	      size_t size)
{
	const char *p = strstr(peer->last, name);
	size_t n;

	*ret = '\0';
	if (!p)
		return;
	p += strlen(name);
	n = strcspn(p, end);
	if (n >= size)
		n = size - 1;
	memcpy(ret, p, n);
	ret[n] = '\0';
}

void peer_digest(struct peer *peer, const char *method, const char *uri,
		 const char *user, const char *password, char *ret,
		 size_t size)
{
	uint8_t ha1[MD5_SIZE], ha2[MD5_SIZE], digest[MD5_SIZE];
	char realm[128], nonce[128];

	peer_cut(peer, "realm=\"", "\"", realm, sizeof(realm));
	peer_cut(peer, "nonce=\"", "\"", nonce, sizeof(nonce));
	md5_printf(ha1, "%s:%s:%s", user, realm, password);
	md5_printf(ha2, "%s:%s", method, uri);
	md5_printf(digest, "%w:%s:00000001:abc:auth:%w", ha1, sizeof(ha1),
		   nonce, ha2, sizeof(ha2));
	(void)re_snprintf(ret, size,
			  "Authorization: Digest username=\"%s\", "
			  "realm=\"%s\", nonce=\"%s\", uri=\"%s\", "
			  "response=\"%w\", cnonce=\"abc\", qop=auth, "
			  "nc=00000001\r\n",
			  user, realm, nonce, uri, digest, sizeof(digest));
}

static int domain_handler(void *arg, const char *host, char *ret, size_t size)
{
	(void)arg;
	if (strcmp(host, "center.test") && strcmp(host, "127.0.0.1"))
		return USHER_ENOENT;
	snprintf(ret, size, "center.test");
	return 0;
}

static int account_handler(void *arg, const char *domain, const char *user,
			   struct usher__account *ret)
{
	(void)arg;
	if (strcmp(domain, "center.test") || strcmp(user, "alice"))
		return USHER_ENOENT;
	snprintf(ret->password, sizeof(ret->password), "secret");
	return 0;
}

static int invite_handler(void *arg, const struct usher__invite *inv)
{
	struct subject *subject = arg;

	over_the_wire();
	subject->invites++;
	subject->invite = *inv;
	subject->leg = inv->leg;
	snprintf(subject->user, sizeof(subject->user), "%s", inv->user);
	snprintf(subject->from_user, sizeof(subject->from_user), "%s",
		 inv->from_user);
	snprintf(subject->domain, sizeof(subject->domain), "%s", inv->domain);
	snprintf(subject->account, sizeof(subject->account), "%s",
		 inv->account);
	snprintf(subject->called, sizeof(subject->called), "%s", inv->called);
	snprintf(subject->diverted, sizeof(subject->diverted), "%s",
		 inv->diverted);
	snprintf(subject->diversion, sizeof(subject->diversion), "%s",
		 inv->diverted_reason);
	snprintf(subject->uui, sizeof(subject->uui), "%s", inv->user_to_user);
	snprintf(subject->privacy, sizeof(subject->privacy), "%s",
		 inv->privacy);
	over_the_wire();
	return subject->invite_status;
}

static void leg_handler(void *arg, uint64_t leg, void *leg_arg,
			const struct usher__leg_event *event)
{
	struct subject *subject = arg;

	subject->owner = leg_arg;
	over_the_wire();
	ck_assert_uint_lt(subject->event_count, PEER_EVENTS);
	subject->events[subject->event_count] = *event;
	subject->event_count++;
	if (event->type == USHER__LEG_ENDED)
		snprintf(subject->ended, sizeof(subject->ended), "%s",
			 event->reason ? event->reason : "");
	if (event->type == USHER__LEG_REFER) {
		snprintf(subject->target, sizeof(subject->target), "%s",
			 event->target);
		snprintf(subject->replaces, sizeof(subject->replaces), "%s",
			 event->replaces ? event->replaces : "");
	}
	over_the_wire();
	if (event->type == USHER__LEG_REFER && subject->refer_answer)
		ck_assert_int_eq(
			usher__leg_refer_accept(subject->ua, leg,
						subject->refer_answer),
			0);
}

static void binding_handler(void *arg, enum usher__binding_change change,
			    const struct usher__binding *binding)
{
	struct subject *subject = arg;

	over_the_wire();
	subject->binding_count++;
	subject->change = change;
	snprintf(subject->contact, sizeof(subject->contact), "%s",
		 binding->contact);
	over_the_wire();
}

static void registration_handler(void *arg, uint32_t id, uint16_t status,
				 uint32_t expires_s)
{
	struct subject *subject = arg;

	(void)id;
	over_the_wire();
	subject->registration_status = status;
	subject->registration_expires_s = expires_s;
	over_the_wire();
}

static void log_handler(void *arg, enum usher__log_level level,
			const char *text)
{
	struct subject *subject = arg;

	(void)level;
	over_the_wire();
	subject->log_count++;
	snprintf(subject->log, sizeof(subject->log), "%s", text);
	over_the_wire();
}

static void stopped_handler(void *arg)
{
	struct subject *subject = arg;

	over_the_wire();
	subject->stopped++;
	over_the_wire();
}

static void security_handler(void *arg, const struct usher__security *what)
{
	struct subject *subject = arg;

	over_the_wire();
	subject->security[what->kind]++;
	subject->count = what->count;
	snprintf(subject->source, sizeof(subject->source), "%s", what->source);
	snprintf(subject->reason, sizeof(subject->reason), "%s", what->reason);
	over_the_wire();
}

static const struct usher__ua_ops ops = {
	.domain = domain_handler,
	.account = account_handler,
	.invite = invite_handler,
	.leg = leg_handler,
	.binding = binding_handler,
	.registration = registration_handler,
	.log = log_handler,
	.stopped = stopped_handler,
	.security = security_handler,
};

static int start_handler(void *arg)
{
	struct subject *subject = arg;
	int err;

	err = usher__ua_new(&subject->ua, &subject->opts, &subject->err);
	if (!err)
		subject->port = usher__ua_port(subject->ua);
	return err;
}

static void start(struct subject *subject, bool open)
{
	ck_assert_int_eq(usher__loop_new(&subject->loop, NULL, NULL), 0);
	subject->opts.loop = subject->loop;
	subject->opts.address = "127.0.0.1";
	subject->opts.open = open;
	subject->opts.ops = &ops;
	subject->opts.arg = subject;
	subject->opts.max_legs = 4;
	subject->opts.tcp_silent_ms = 500;
	ck_assert_int_eq(
		usher__loop_call(subject->loop, start_handler, subject), 0);
	/* The guard has found its socket one round trip later. */
	usleep(20000);
}

void subject_start(struct subject *subject, bool open)
{
	memset(subject, 0, sizeof(*subject));
	start(subject, open);
}

void subject_start_timing(struct subject *subject, uint32_t session_s,
			  uint32_t session_min_s)
{
	memset(subject, 0, sizeof(*subject));
	subject->opts.session_s = session_s;
	subject->opts.session_min_s = session_min_s;
	start(subject, true);
}

void subject_start_asking(struct subject *subject, uint32_t silence_ms)
{
	memset(subject, 0, sizeof(*subject));
	subject->opts.silence_ms = silence_ms;
	start(subject, true);
}

void subject_start_granting(struct subject *subject, uint32_t max_expires_s)
{
	memset(subject, 0, sizeof(*subject));
	subject->opts.max_expires_s = max_expires_s;
	start(subject, false);
}

void subject_start_limited(struct subject *subject,
			   const struct usher__limits *limits)
{
	memset(subject, 0, sizeof(*subject));
	subject->opts.limits = limits;
	start(subject, false);
}

static int free_handler(void *arg)
{
	struct subject *subject = arg;

	usher__ua_free(subject->ua);
	return 0;
}

void subject_start_both(struct subject *subject,
			const struct usher__limits *limits)
{
	memset(subject, 0, sizeof(*subject));
	subject->opts.limits = limits;
	subject->opts.second_address = "::1";
	start(subject, false);
}

void subject_stop(struct subject *subject)
{
	subject_call(subject, free_handler, subject);
	usher__loop_free(subject->loop);
}

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

void subject_sync(struct subject *subject)
{
	subject_call(subject, nothing, NULL);
}

struct counting {
	struct subject *subject;
	struct usher__ua_counters counters;
};

static int count_handler(void *arg)
{
	struct counting *counting = arg;

	usher__ua_count(counting->subject->ua, &counting->counters);
	return 0;
}

struct usher__ua_counters subject_counters(struct subject *subject)
{
	struct counting counting = {.subject = subject};

	subject_call(subject, count_handler, &counting);
	return counting.counters;
}

struct answer {
	struct subject *subject;
	int status;
};

static int answer_handler(void *arg)
{
	struct answer *answer = arg;

	answer->subject->invite_status = answer->status;
	return 0;
}

void subject_answers(struct subject *subject, int status)
{
	struct answer answer = {subject, status};

	subject_call(subject, answer_handler, &answer);
}

int subject_call(struct subject *subject, int (*fn)(void *arg), void *arg)
{
	return usher__loop_call(subject->loop, fn, arg);
}

struct told {
	struct subject *subject;
	uint32_t type;
};

static int told_handler(void *arg)
{
	struct told *told = arg;
	unsigned i, n = 0;

	for (i = 0; i < told->subject->event_count; i++)
		n += told->subject->events[i].type == told->type;
	return (int)n;
}

unsigned subject_told(struct subject *subject, uint32_t type)
{
	struct told told = {subject, type};

	return (unsigned)subject_call(subject, told_handler, &told);
}
