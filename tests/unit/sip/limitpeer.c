#include "limitpeer.h"

struct subject subject;
struct peer peer, other;
static unsigned serial;

static int told_here(void *arg)
{
	return (int)subject.security[*(enum usher__security_kind *)arg];
}

unsigned told(enum usher__security_kind kind)
{
	return (unsigned)subject_call(&subject, told_here, &kind);
}

static void open_peers(void)
{
	peer_open_at(&peer, FROM);
	peer_open_at(&other, "127.0.0.3");
}

void begin(const struct usher__limits *limits)
{
	subject_start_limited(&subject, limits);
	open_peers();
}

void begin_both(const struct usher__limits *limits)
{
	subject_start_both(&subject, limits);
	open_peers();
}

void teardown(void)
{
	peer_close(&peer);
	peer_close(&other);
	subject_stop(&subject);
}

void send_as(struct peer *from, const char *method, const char *user,
	     const char *more)
{
	unsigned n = ++serial;

	peer_send(from, subject.port,
		  "%s sip:%s@center.test SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKx%u;rport\r\n"
		  "From: <sip:%s@center.test>;tag=p\r\n"
		  "To: <sip:%s@center.test>\r\nCall-ID: c%u\r\n"
		  "CSeq: 1 %s\r\nMax-Forwards: 70\r\n%s"
		  "Content-Length: 0\r\n\r\n",
		  method, user, from->port, n, user, user, n, method, more);
}

void ask(struct peer *from, const char *answer)
{
	send_as(from, "OPTIONS", "x", "");
	ck_assert(peer_expect(from, answer, WAIT_MS));
}

bool silent(struct peer *from)
{
	send_as(from, "OPTIONS", "x", "");
	return !peer_expect(from, "SIP/2.0 200", SHORT_MS);
}

void send_malformed(struct peer *from)
{
	peer_send(from, subject.port,
		  "OPTIONS sip:x@center.test SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKm;rport\r\n"
		  "From: <sip:x@center.test>;tag=p\r\nTo: <sip:x@y>\r\n"
		  "Call-ID: m\r\nCSeq: x OPTIONS\r\n\r\n",
		  from->port);
}

const char *try_register(struct peer *from, const char *user,
			 const char *password)
{
	char more[1024];

	send_as(from, "REGISTER", user, "");
	ck_assert(peer_expect(from, "SIP/2.0 401", WAIT_MS));
	peer_digest(from, "REGISTER", "sip:alice@center.test", user, password,
		    more, sizeof(more));
	strcat(more, "Contact: <sip:alice@127.0.0.1:9>\r\n");
	send_as(from, "REGISTER", user, more);
	ck_assert(peer_expect(from, "SIP/2.0", WAIT_MS));
	return from->last + sizeof("SIP/2.0 ") - 1;
}
