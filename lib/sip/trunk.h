/* What trunk.c (who they are), hop.c (where they are), dns.c (how that is
 * found), health.c (whether they are there) and route.c (which is taken)
 * share. Everything on the loop's thread. */
#ifndef USHER_LIB_SIP_TRUNK_H
#define USHER_LIB_SIP_TRUNK_H

#include <compat.h>

#include <sip/codecs.h>
#include <sip/ua.h>

struct usher__ua;
struct usher__leg;
struct usher__resolver;

struct usher__prefix {
	uint8_t addr[16];
	uint8_t af; /* 4 or 6 */
	uint8_t bits;
};

/* One address of a trunk: numeric, or as DNS gave it. Lower ranks first;
 * among equals by weight. */
struct usher__hop {
	struct usher__trunk *trunk;
	struct sa addr;
	enum sip_transp tp;
	uint64_t rank;
	uint16_t weight;
	int32_t credit; /* smooth weighted round robin */

	/* health.c */
	struct sip_request *req; /* OPTIONS */
	struct tmr tmr;
	uint8_t misses;
	bool down;   /* does not answer OPTIONS */
	bool silent; /* it rests because nothing was heard of it */
	uint32_t rest_ms;
	int64_t rest_until_us; /* monotonic */
};

/* Calls over a trunk: lives as long as one of them, or the trunk. */
struct usher__use {
	uint32_t in, out;
	uint64_t placed, failed;
};

struct usher__trunk {
	uint32_t id;
	uint32_t kin; /* of it and of those whose place it has taken */
	struct usher__ua *ua;
	uint32_t registration; /* ours at the provider, or 0 */
	char *name, *domain, *host, *user, *password, *tls_name, *from_domain,
		*reg_domain;
	char line[20]; /* in our Contact there: who uses it knows it from us */
	struct usher__prefix *prefixes;
	unsigned prefix_count;
	uint16_t port; /* 0: by DNS, or the default */
	enum sip_transp tp;
	uint8_t srtp; /* enum usher__srtp_policy; 0: as the agent's */
	bool tp_given, numeric, by_hops, trusted, reg, started;
	uint32_t priority, weight, max_in, max_out, max_calls, check_ms;
	uint32_t expires_s;
	int32_t credit;
	struct usher__use *use;
	struct usher__codecs codecs; /* count 0: the user agent's */

	struct usher__hop *hops[USHER__TRUNK_HOPS];
	unsigned hop_count;
	struct usher__resolver *resolver;
	struct tmr dns_tmr;
	uint32_t dns_retry_s;
	int64_t dns_good_until_us; /* then its addresses are forgotten */
};

/* ---- trunk.c ---- */

void usher__trunks_free(struct usher__ua *ua);
/* Do these lines ask that nobody is told who calls (RFC 3323, RFC 3325)? */
bool usher__asks_privacy(const char *headers);
/* One more or one less call. USHER_EBUSY: it has as many as it may. */
bool usher__trunk_full(const struct usher__trunk *trunk, bool outbound);
int usher__trunk_take(struct usher__leg *leg, uint32_t id);

/* ---- origin.c ---- */

/* Add those in text; room for max. */
int usher__prefixes_parse(struct usher__prefix *prefixes, unsigned max,
			  unsigned *count, const char *text,
			  struct usher_error *err);
/* Is src in one of these? */
bool usher__prefixes_cover(const struct usher__prefix *prefixes,
			   unsigned count, const struct sa *src);
/* domain: of the tenant that the request names, or NULL. */
struct usher__trunk *usher__trunk_by_source(struct usher__ua *ua,
					    const struct sa *src,
					    const char *domain);
/* Whose registration brought the request here. */
struct usher__trunk *usher__trunk_by_line(struct usher__ua *ua,
					  const struct sip_msg *msg);

/* ---- hopfind.c ---- */
/* Resolve, and again whenever the answer is too old. */
void usher__hops_start(struct usher__trunk *trunk);
/* What is known of the same addresses there. */
void usher__hops_learn(struct usher__trunk *trunk,
		       const struct usher__trunk *from);

/* ---- hop.c ---- */

struct usher__trunk *usher__trunk_find(struct usher__ua *ua, uint32_t id);
/* Who is at that address has to have the name that its certificate is to say:
 * before something is sent there. 0, or USHER_EPERM. */
int usher__trunk_expect(const struct usher__trunk *trunk, enum sip_transp tp,
			const struct sa *dst);
/* "sip:host:port;transport=tcp" without a user. */
int usher__trunk_print(const struct usher__trunk *trunk, const char *user,
		       char *ret, size_t size);
void usher__hops_drop(struct usher__trunk *trunk);
/* The same, and nothing is looked up any more. */
void usher__hops_flush(struct usher__trunk *trunk);
int usher__hop_add(struct usher__trunk *trunk, const struct sa *addr,
		   enum sip_transp tp, uint64_t rank, uint16_t weight);
/* "192.0.2.1:5060;transport=tcp", always with a transport. */
void usher__hop_print(const struct usher__hop *hop, char *ret, size_t size);
struct usher__hop *usher__hop_find(struct usher__trunk *trunk,
				   const char *text);
bool usher__hop_resting(const struct usher__hop *hop);
/* By rank. */
struct usher__hop *usher__hop_nth(struct usher__trunk *trunk, unsigned n);
/* Send a dialog's next request there, whatever its URI says. text, "sip:" and
 * a hop's, must outlive the dialog. */
int usher__dialog_hop(struct sip_dialog *dlg, const char *text);

/* ---- dns.c ---- */

struct usher__found {
	struct sa addr;
	enum sip_transp tp;
	uint64_t rank;
	uint16_t weight;
};
/* ttl_s: for how long it is good; count 0: nothing is there, or err. */
typedef void(usher__found_fn)(void *arg, int err,
			      const struct usher__found *found, unsigned count,
			      uint32_t ttl_s);
/* Find a SIP domain by RFC 3263. Never calls fn from inside; freeing the
 * resolver (mem_deref) forgets it. port 0 and tp SIP_TRANSP_NONE: as DNS says.
 */
int usher__resolve(struct usher__resolver **ret, struct usher__ua *ua,
		   const char *host, uint16_t port, enum sip_transp tp,
		   usher__found_fn *fn, void *arg);
/* Addresses and ports of servers, separated by blanks. */
int usher__dns_servers(struct sa *ret, uint32_t *count, const char *text);

/* ---- query.c ---- */

struct usher__query;
/* records: of the answer's section, only those that were asked for, and names
 * that stand for others. */
typedef void(usher__answer_fn)(void *arg, int err, struct list *records);
int usher__query(struct usher__query **ret, struct usher__ua *ua,
		 const char *name, uint16_t type, usher__answer_fn *fn,
		 void *arg);

/* ---- health.c ---- */

void usher__hop_watch(struct usher__hop *hop);
/* From where the same address of before is. */
void usher__hop_watch_on(struct usher__hop *hop,
			 const struct usher__hop *from);
void usher__hop_failed(struct usher__hop *hop, uint16_t status);
void usher__hop_worked(struct usher__hop *hop);
/* The final answer to its INVITE. */
void usher__trunk_refused(struct usher__leg *leg, const struct sip_msg *msg);

#endif
