/* What a user agent says of itself: to its owner, what it logs and that it has
 * stopped; to its peers, where it is and by which names it goes. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sip/impl.h>

enum { LOG_MAX = 512 };

void usher__ua_log(struct usher__ua *ua, enum usher__log_level level,
		   const char *fmt, ...)
{
	char text[LOG_MAX];
	va_list ap;

	if (!ua->ops->log)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ua->ops->log(ua->arg, level, text);
}

/* Is the peer on a network that our own address is good for? */
static bool is_near(const struct sa *peer)
{
	uint32_t in;
	uint8_t in6[16];

	switch (sa_af(peer)) {
	case AF_INET:
		in = sa_in(peer);
		return in >> 24 == 10 || in >> 24 == 127 ||
		       in >> 20 == 0xac1 || in >> 16 == 0xc0a8 ||
		       in >> 16 == 0xa9fe || in >> 22 == 0x191;
	case AF_INET6:
		sa_in6(peer, in6);
		return (in6[0] & 0xfe) == 0xfc || sa_is_linklocal(peer) ||
		       sa_is_loopback(peer);
	default:
		return true;
	}
}

/* The address that the system would send from; nothing is sent. */
static void source_towards(const struct sa *peer, struct sa *ret)
{
	struct sa to = *peer, from;
	int fd;

	fd = socket(sa_af(peer), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sa_set_port(&to, SIP_PORT);
	from.len = sizeof(from.u);
	if (!connect(fd, &to.u.sa, to.len) &&
	    !getsockname(fd, &from.u.sa, &from.len))
		*ret = from;
	close(fd);
}

const struct sa *usher__ua_local(const struct usher__ua *ua, int af)
{
	return af != sa_af(&ua->local) && af == sa_af(&ua->second)
		       ? &ua->second
		       : &ua->local;
}

bool usher__ua_listens(const struct usher__ua *ua, const struct sa *local)
{
	return sa_cmp(&ua->local, local, SA_ALL) ||
	       sa_cmp(&ua->tls_local, local, SA_ALL) ||
	       sa_cmp(&ua->second, local, SA_ALL) ||
	       sa_cmp(&ua->tls_second, local, SA_ALL);
}

void usher__ua_local_ip(struct usher__ua *ua, const struct sa *peer, char *ret,
			size_t size)
{
	struct sa addr = *usher__ua_local(ua, sa_af(peer));

	if (sa_isset(&ua->advertised, SA_ADDR) && !is_near(peer) &&
	    (sa_af(peer) == sa_af(&ua->advertised) ||
	     !sa_isset(&ua->second, SA_ADDR)))
		addr = ua->advertised;
	else if (sa_is_any(&addr) && sa_af(peer) != AF_UNSPEC)
		source_towards(peer, &addr);
	if (sa_ntop(&addr, ret, (int)size))
		str_ncpy(ret, ua->local_ip, size);
}

int usher__ua_contact(struct mbuf *mb, struct usher__ua *ua, const char *user,
		      enum sip_transp tp, const struct sa *peer)
{
	char ip[USHER__SDP_IP_MAX];
	struct pl pl, host;

	pl_set_str(&pl, user ? user : "");
	usher__ua_local_ip(ua, peer, ip, sizeof(ip));
	pl_set_str(&host, ip);
	return mbuf_printf(mb, "Contact: <%s:%H%s%H:%u%s>\r\n",
			   tp == USHER__TP_SIPS ? "sips" : "sip",
			   uri_user_escape, &pl, pl.l ? "@" : "",
			   usher__host_print, &host, usher__ua_tp_port(ua, tp),
			   tp == USHER__TP_SIPS ? "" : sip_transp_param(tp));
}

uint16_t usher__ua_port(const struct usher__ua *ua)
{
	return sa_port(&ua->local);
}

uint16_t usher__ua_tls_port(const struct usher__ua *ua)
{
	return ua->tls ? sa_port(&ua->tls_local) : 0;
}

uint16_t usher__ua_tp_port(const struct usher__ua *ua, enum sip_transp tp)
{
	return tp == SIP_TRANSP_TLS || tp == USHER__TP_SIPS
		       ? usher__ua_tls_port(ua)
		       : usher__ua_port(ua);
}

void usher__ua_ping(struct usher__ua *ua, const struct sa *peer)
{
	uint8_t ping[] = {'\r', '\n', '\r', '\n'};
	struct mbuf mb = {
		.buf = ping, .size = sizeof(ping), .end = sizeof(ping)};

	(void)sip_send(ua->sip, NULL, SIP_TRANSP_UDP, peer, &mb);
}

void usher__ua_stopped(void *arg)
{
	struct usher__ua *ua = arg;

	if (ua->stopped)
		return;
	ua->stopped = true;
	tmr_cancel(&ua->stop_tmr);
	if (ua->ops->stopped)
		ua->ops->stopped(ua->arg);
}

void usher__ua_check_stopped(struct usher__ua *ua)
{
	if (!ua->stopping || ua->stopped || ua->n.legs_now ||
	    ua->registrations.head)
		return;
	/* Not from inside whatever ended last. */
	tmr_start(&ua->stop_tmr, 0, usher__ua_stopped, ua);
}

/* Does the host of a URI name this very machine? */
static bool is_us(const struct usher__ua *ua, const char *host)
{
	char text[USHER__SDP_IP_MAX];

	if (!str_casecmp(host, ua->local_ip))
		return true;
	if (sa_isset(&ua->second, SA_ADDR) &&
	    !sa_ntop(&ua->second, text, sizeof(text)) &&
	    !str_casecmp(host, text))
		return true;
	if (!sa_isset(&ua->advertised, SA_ADDR) ||
	    sa_ntop(&ua->advertised, text, sizeof(text)))
		return false;
	return !str_casecmp(host, text);
}

int usher__ua_domain(struct usher__ua *ua, const struct pl *host, char *ret,
		     size_t size)
{
	char name[USHER__UA_MAX_NAME];

	if (!usher__pl_copy(name, sizeof(name), host))
		return USHER_ENOENT;
	if (ua->ops->domain)
		return ua->ops->domain(ua->arg, name, ret, size);
	if (strlen(name) >= size)
		return USHER_ENOENT;
	strcpy(ret, is_us(ua, name) ? ua->local_ip : name);
	return 0;
}
