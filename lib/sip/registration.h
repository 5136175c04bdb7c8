/* One of our registrations at other registrars: registrations.c makes, finds
 * and takes away, register.c asks and keeps. */
#ifndef USHER_LIB_SIP_REGISTRATION_H
#define USHER_LIB_SIP_REGISTRATION_H

#include <sip/limit.h>

/* As register.c's diagram has it. */
enum usher__registration_state {
	USHER__REG_WAITING,
	USHER__REG_ASKING,
	USHER__REG_REGISTERED,
	USHER__REG_LEAVING,
};

struct usher__registration {
	struct le le;
	struct usher__ua *ua;
	uint32_t id;
	uint32_t trunk;                                      /* 0: none */
	char line[sizeof(((struct usher__trunk *)0)->line)]; /* of that, or
							      * "" */
	enum usher__registration_state state;
	struct sip_dialog *dlg;
	struct sip_request *req;
	struct sip_auth *auth;
	struct tmr tmr;
	struct sip_keepalive *alive; /* of the connection it was made by */
	struct tmr alive_tmr;        /* of UDP */
	struct sa peer;
	int64_t since_us; /* monotonic: registered */
	char *registrar, *aor, *user, *password;
	char hop[100]; /* that is asked; the dialog points into it */
	unsigned hop_tries;
	uint32_t expires_s;
	uint32_t retry_s;
	unsigned tries;
	bool lengthened; /* 423 was answered */
	bool sips;       /* the registrar's is such a URI, and our Contact */
	uint16_t told;   /* in the log */
};

/* Its trunk, or NULL. */
struct usher__trunk *
usher__registration_trunk(const struct usher__registration *reg);

/* In the loop's next turn. */
void usher__registration_begin(struct usher__registration *reg);

/* What it waits for may be there again. */
void usher__registration_again(struct usher__registration *reg);

/* Frees it, at once or when the registrar has heard of it. */
void usher__registration_leave(struct usher__registration *reg);

#endif
