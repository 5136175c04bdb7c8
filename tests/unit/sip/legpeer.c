#include "legpeer.h"

struct subject subject;
struct peer peer;
char to_tag[64], from_tag[64], call_id[128], our_via[128];
unsigned invite_cseq;

const char *body_type = "application/sdp";

const char sdp[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
		   "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		   "m=audio 4000 RTP/AVP 0\r\n";

static const char *body_line(const char *body)
{
	static char line[256];

	if (!*body)
		return "";
	snprintf(line, sizeof(line), "Content-Type: %s\r\n", body_type);
	return line;
}

void leg_setup(void)
{
	subject_start(&subject, true);
	peer_open(&peer);
}

void leg_teardown(void)
{
	peer_close(&peer);
	subject_stop(&subject);
}

bool has(const char *text)
{
	return strstr(peer.last, text) != NULL;
}

/* In our request to it, a peer that called uses its own tag as From. */
void peer_request(const char *method, unsigned cseq, const char *branch,
		  const char *body)
{
	peer_send(&peer, subject.port,
		  "%s sip:x@127.0.0.1 SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%s;rport\r\n"
		  "From: <sip:peer@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:x@127.0.0.1>%s%s\r\nCall-ID: %s\r\n"
		  "CSeq: %u %s\r\nContact: <sip:p@127.0.0.1:%u>\r\n"
		  "%sContent-Length: %zu\r\n\r\n%s",
		  method, peer.port, branch, from_tag, *to_tag ? ";tag=" : "",
		  to_tag, call_id, cseq, method, peer.port, body_line(body),
		  strlen(body), body);
}

void peer_response(const char *status, const char *method, unsigned cseq,
		   const char *body)
{
	peer_send(&peer, subject.port,
		  "SIP/2.0 %s\r\nVia: %s\r\n"
		  "From: <sip:usher@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:p@127.0.0.1>;tag=%s\r\nCall-ID: %s\r\n"
		  "CSeq: %u %s\r\nContact: <sip:p@127.0.0.1:%u>\r\n"
		  "%sContent-Length: %zu\r\n\r\n%s",
		  status, our_via, to_tag, from_tag, call_id, cseq, method,
		  peer.port, body_line(body), strlen(body), body);
}

void peer_ask(const char *method, unsigned cseq, const char *more,
	      const char *body)
{
	static unsigned n;

	peer_send(&peer, subject.port,
		  "%s sip:x@127.0.0.1 SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKa%u;rport\r\n"
		  "From: <sip:peer@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:x@127.0.0.1>%s%s\r\nCall-ID: %s\r\n"
		  "CSeq: %u %s\r\nContact: <sip:p@127.0.0.1:%u>\r\n"
		  "%s%sContent-Length: %zu\r\n\r\n%s",
		  method, peer.port, n++, from_tag, *to_tag ? ";tag=" : "",
		  to_tag, call_id, cseq, method, peer.port, more,
		  body_line(body), strlen(body), body);
}

void peer_answer(const char *status, const char *method, unsigned cseq,
		 const char *more, const char *body)
{
	peer_send(&peer, subject.port,
		  "SIP/2.0 %s\r\nVia: %s\r\n"
		  "From: <sip:usher@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:p@127.0.0.1>;tag=%s\r\nCall-ID: %s\r\n"
		  "CSeq: %u %s\r\nContact: <sip:p@127.0.0.1:%u>\r\n"
		  "%s%sContent-Length: %zu\r\n\r\n%s",
		  status, our_via, to_tag, from_tag, call_id, cseq, method,
		  peer.port, more, body_line(body), strlen(body), body);
}

unsigned peer_expect_ours(const char *method)
{
	char begin[16], cseq[16];

	snprintf(begin, sizeof(begin), "%s ", method);
	ck_assert_msg(peer_expect(&peer, begin, WAIT_MS), "no %s", method);
	peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
	peer_cut(&peer, "CSeq: ", " ", cseq, sizeof(cseq));
	return (unsigned)atoi(cseq);
}

void invite_with(const char *more, const char *body)
{
	strcpy(from_tag, "peer");
	strcpy(call_id, "inbound@peer");
	to_tag[0] = '\0';
	invite_cseq = 1;
	peer_ask("INVITE", 1, more, body);
	ck_assert(peer_expect(&peer, "SIP/2.0 ", WAIT_MS));
	subject_sync(&subject);
}

void call_with(const char *more)
{
	reach(USHER__LEG_PROCEEDING, true);
	peer_answer("200 OK", "INVITE", invite_cseq, more, sdp);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_UP);
}

int do_early(void *arg)
{
	(void)arg;
	return usher__leg_early(subject.ua, subject.leg);
}

int do_last_cause(void *arg)
{
	(void)arg;
	return (int)subject.events[subject.event_count - 1].cause;
}

int do_last_status(void *arg)
{
	(void)arg;
	return subject.events[subject.event_count - 1].status;
}

int do_ring(void *arg)
{
	(void)arg;
	return usher__leg_ring(subject.ua, subject.leg);
}

int do_answer(void *arg)
{
	(void)arg;
	return usher__leg_answer(subject.ua, subject.leg);
}

int do_reject(void *arg)
{
	(void)arg;
	return usher__leg_reject(subject.ua, subject.leg, 486, NULL);
}

int do_hangup(void *arg)
{
	(void)arg;
	return usher__leg_hangup(subject.ua, subject.leg);
}

int do_hold(void *arg)
{
	(void)arg;
	return usher__leg_hold(subject.ua, subject.leg, true);
}

int do_info(void *arg)
{
	(void)arg;
	return usher__leg_info(subject.ua, subject.leg, '1', 0);
}

int do_call(void *arg)
{
	struct usher__call_opts opts;
	char uri[64];

	(void)arg;
	memset(&opts, 0, sizeof(opts));
	snprintf(uri, sizeof(uri), "sip:p@127.0.0.1:%u", peer.port);
	opts.uri = uri;
	return usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

static bool any_leg(struct le *le, void *arg)
{
	*(struct usher__leg **)arg = le->data;
	return true;
}

/* What an application does; that the peer asked for it is made up. */
int do_part(void *arg)
{
	struct usher__leg *leg = usher__leg_find(subject.ua, subject.leg);
	int err;

	(void)arg;
	leg->refer_sub = true;
	err = usher__leg_refer_notify(subject.ua, subject.leg, 200);
	return err ? err : usher__leg_hangup(subject.ua, subject.leg);
}

/* The state of the only leg, also when the application has let go of it. */
static int do_state(void *arg)
{
	struct usher__leg *leg = NULL;

	(void)arg;
	(void)hash_apply(subject.ua->legs, any_leg, &leg);
	return leg ? leg->state : USHER__LEG_ENDED_STATE;
}

/* Afterwards: a request from another socket is answered only when all that
 * was sent before has been handled. */
int state(void)
{
	static unsigned n;
	struct peer sync;

	n++;
	peer_open(&sync);
	peer_send(
		&sync, subject.port,
		"OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKsync%u;rport\r\n"
		"From: <sip:s@127.0.0.1>;tag=s\r\nTo: <sip:x@127.0.0.1>\r\n"
		"Call-ID: sync%u\r\nCSeq: 1 OPTIONS\r\n"
		"Content-Length: 0\r\n\r\n",
		sync.port, n, n);
	ck_assert(peer_expect(&sync, "SIP/2.0 200", WAIT_MS));
	peer_close(&sync);
	usleep(SETTLE_US);
	return subject_call(&subject, do_state, NULL);
}

static void inbound(void)
{
	strcpy(from_tag, "peer");
	strcpy(call_id, "inbound@peer");
	to_tag[0] = '\0';
	invite_cseq = 1;
	peer_request("INVITE", 1, "invite", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 100", WAIT_MS));
	subject_sync(&subject);
}

void inbound_answer(void)
{
	ck_assert_int_eq(subject_call(&subject, do_answer, NULL), 0);
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	peer_cut(&peer, "To: <sip:x@127.0.0.1>;tag=", "\r", to_tag,
		 sizeof(to_tag));
	ck_assert(*to_tag);
}

void outbound(int (*call)(void *arg), void *arg)
{
	char cseq[16];

	strcpy(from_tag, "peer");
	ck_assert_int_eq(subject_call(&subject, call, arg), 0);
	ck_assert(peer_expect(&peer, "INVITE ", WAIT_MS));
	peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
	peer_cut(&peer, ";tag=", "\r", to_tag, sizeof(to_tag));
	peer_cut(&peer, "Call-ID: ", "\r", call_id, sizeof(call_id));
	peer_cut(&peer, "CSeq: ", " ", cseq, sizeof(cseq));
	invite_cseq = (unsigned)atoi(cseq);
}

/* Bring a leg into a state. */
void reach(int wanted, bool out)
{
	if (!out) {
		inbound();
		if (wanted == USHER__LEG_INCOMING)
			return;
		if (wanted == USHER__LEG_ALERTING) {
			ck_assert_int_eq(subject_call(&subject, do_ring, NULL),
					 0);
			return;
		}
		inbound_answer();
		if (wanted == USHER__LEG_ACCEPTED)
			return;
		if (wanted == USHER__LEG_LEAVING) {
			subject_call(&subject, do_hangup, NULL);
			return;
		}
		peer_request("ACK", 1, "ack", "");
	} else {
		outbound(do_call, NULL);
		if (wanted == USHER__LEG_CALLING)
			return;
		peer_response("180 Ringing", "INVITE", invite_cseq, "");
		(void)state();
		if (wanted == USHER__LEG_PROCEEDING)
			return;
		if (wanted == USHER__LEG_CANCELING) {
			subject_call(&subject, do_hangup, NULL);
			return;
		}
		peer_response("200 OK", "INVITE", invite_cseq, sdp);
	}
	(void)state();
	if (wanted == USHER__LEG_UP)
		return;
	if (wanted == USHER__LEG_PARTING) {
		ck_assert_int_eq(subject_call(&subject, do_part, NULL), 0);
		ck_assert(peer_expect(&peer, "NOTIFY ", WAIT_MS));
		peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
		return;
	}
	subject_call(&subject, do_hangup, NULL);
	if (wanted == USHER__LEG_CLOSING)
		return;
	ck_assert_int_eq(wanted, USHER__LEG_ENDED_STATE);
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
	peer_send(&peer, subject.port,
		  "SIP/2.0 200 OK\r\nVia: %s\r\nFrom: <sip:a>;tag=a\r\n"
		  "To: <sip:b>;tag=b\r\nCall-ID: %s\r\nCSeq: 9 BYE\r\n"
		  "Content-Length: 0\r\n\r\n",
		  our_via, call_id);
}
