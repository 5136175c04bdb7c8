/* Where the accounts of this agent are: the contacts that phones registered.
 * Shared by registrar.c, which reads REGISTER, and bindings.c, which keeps
 * them. */
#ifndef USHER_LIB_SIP_BINDINGS_H
#define USHER_LIB_SIP_BINDINGS_H

#include <sip/impl.h>

/* An address of record that has contacts. */
struct usher__aor {
	struct le he;
	struct list contacts; /* newest first */
	char *domain, *user;
};

struct usher__contact {
	struct le le;
	struct usher__aor *aor;
	struct usher__ua *ua;
	struct tmr tmr;
	struct tmr alive_tmr; /* a sign of life keeps its NAT's door open */
	char *uri;            /* as the phone wrote it last: its identity */
	char *instance; /* "+sip.instance" and "reg-id" (RFC 5626), or NULL */
	char *target;   /* where to send: the source, behind NAT and on TCP */
	char *agent;
	char *call_id;
	struct sa src;
	uint32_t cseq;
	bool tcp;
	/* bound.c: is it there? */
	struct tmr ask_tmr;
	struct sip_request *ask;
};

/* Found or made, with a reference; NULL: no memory. */
struct usher__aor *usher__aor_get(struct usher__ua *ua, const char *domain,
				  const char *user);

/* One of that account, not in its list; NULL: no memory. Until it is taken
 * it is to be freed with mem_deref(). */
struct usher__contact *usher__contact_new(struct usher__ua *ua,
					  struct usher__aor *aor);
/* Where calls to it go, and whether NAT has to be kept open, of one on UDP
 * that we have again. 0 or ENOMEM. */
int usher__contact_aim(struct usher__contact *contact,
		       const struct sip_addr *addr);
/* Into the list of its account, as the oldest, and told. */
void usher__contact_take(struct usher__contact *contact, uint64_t left_ms);

struct usher__contact *usher__contact_find(struct usher__aor *aor,
					   const struct uri *uri);
/* The contact of this address: refreshed or new, newest from now on. A new
 * one takes the place of what the same phone registered before, and of the
 * least useful where the account has USHER__UA_MAX_ACCOUNT_BINDINGS. NULL: no
 * memory, or beyond max_bindings. */
struct usher__contact *usher__contact_put(struct usher__ua *ua,
					  struct usher__aor *aor,
					  const struct sip_msg *msg,
					  const struct sip_addr *addr,
					  uint32_t expires_s);
void usher__contact_drop(struct usher__contact *contact,
			 enum usher__binding_change change);
void usher__contacts_drop(struct usher__aor *aor);

#endif
