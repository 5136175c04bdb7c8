/* A configuration file, read: what a host, its centers and HTTP are started
 * with. Sections are documented for people in docs/config.md. */
#ifndef USHER_CONFIG_CONFIG_H
#define USHER_CONFIG_CONFIG_H

#include <stdbool.h>

#include <usher/center.h>

#include "config/yaml.h"

/* Limits of one file. */
#define USHER__CONF_CENTERS_MAX  64u
#define USHER__CONF_AGENTS_MAX   10000u
#define USHER__CONF_QUEUES_MAX   1000u
#define USHER__CONF_ENTRIES_MAX  10000u
#define USHER__CONF_TRUNKS_MAX   256u /* of all centers together */
#define USHER__CONF_TOKENS_MAX   256u
#define USHER__CONF_HOSTS_MAX    32u
#define USHER__CONF_LIST_MAX     64u
#define USHER__CONF_NAME_MAX     64u
#define USHER__CONF_TEXT_MAX     1024u
#define USHER__CONF_SECRET_MAX   256u
#define USHER__CONF_TOKEN_MIN    16u
#define USHER__CONF_ADDRESS_MAX  64u
#define USHER__CONF_DOMAIN_MAX   127u
#define USHER__CONF_DURATION_MAX (INT64_C(30) * 86400 * 1000000)

/* Where to listen: an address in numbers, so that nothing waits for DNS. */
struct usher__listen {
	char address[48]; /* "127.0.0.1", "::1"; "" for off */
	uint16_t port;
	bool loopback;
	bool ipv6;
};

/* Who may use HTTP. Neither center nor agent: everything. */
struct usher__token {
	const char *token;
	const char *center; /* this center only, or NULL */
	const char *agent;  /* act for this agent only, or NULL */
};

/* What an example tells a newcomer; NULL secrets are not to be told. */
struct usher__conf_agent {
	const char *name;
	const char *password;
	const char *pin;
};

struct usher__conf_entry {
	const char *address;
	const char *flow;
};

struct usher__conf_center {
	const char *name;
	const char *domain;
	const char *language;   /* NULL: English */
	const char *state_dir;  /* NULL: in memory */
	const char *record_dir; /* NULL: below state_dir */
	uint64_t seed;
	uint32_t resume_ms;
	const char *contact_order;
	uint32_t node;
	uint32_t explain;
	struct usher_config *config;  /* centers take references of it */
	struct usher_flow_set *flows; /* NULL: none */
	struct usher__conf_agent *agents;
	struct usher__conf_entry *entries;
	size_t agent_count;
	size_t entry_count;
	yaml_node_t *map; /* where it stands, for messages */
};

struct usher__conf_tls {
	struct usher__listen listen;        /* "": no TLS */
	const char *certificate, *key, *ca; /* files; ca may be NULL */
	uint32_t verify;                    /* enum usher_tls_verify */
	const char **more;   /* pairs, as struct usher_host_opts has them */
	uint32_t more_count; /* … so many */
};

/* Numbers as they were read; limits.c makes of them what a host takes.
 */
struct usher__conf_limits {
	bool read;
	const char *allow; /* NULL: nothing is said */
	const char *const *allow_list;
	uint32_t allow_count;
	uint32_t stranger_requests, stranger_calls;
	uint32_t phone_requests, phone_calls;
	uint32_t trunk_requests, trunk_calls;
	uint32_t failures;
	uint32_t ban, ban_max, overload; /* milliseconds */
	uint32_t legs;                   /* 0: the default */
};

struct usher__conf {
	struct usher__yaml *yaml;
	char *dir; /* of the file; relative names start here */
	struct usher__listen sip;
	struct usher__listen http;
	bool http_stayed; /* it has no token, so it did not follow SIP
			   */
	const char *public_address;
	const char *dns;            /* servers; NULL: the system's */
	const char *second_address; /* of the other family, or NULL */
	uint32_t keep_alive_ms;     /* 0: never */
	uint32_t digest;            /* enum usher_digest */
	struct usher__conf_tls tls;
	uint16_t rtp_port_min;
	uint16_t rtp_port_max;
	uint32_t media_threads;
	uint32_t silence_ms; /* 0: never */
	bool any_source;
	bool text, video;   /* taken and offered beside sound */
	uint32_t srtp;      /* enum usher_srtp */
	const char *codecs; /* NULL: the default */
	struct usher__conf_limits limits;
	bool mask_numbers;
	struct usher__token tokens[USHER__CONF_TOKENS_MAX];
	size_t token_count;
	const char *hosts[USHER__CONF_HOSTS_MAX];
	size_t host_count;
	const char *state_dir; /* of all centers, or NULL */
	struct usher__conf_center centers[USHER__CONF_CENTERS_MAX];
	size_t center_count;
	struct usher__conf_text *owned; /* what usher__conf_keep() gave */
};

/* What a command line may say instead of the file. */
struct usher__conf_over {
	const char *listen_address; /* NULL: the file's */
	const char *state_dir;      /* NULL: the file's */
};

/*
 * Read and check everything; nothing is opened but the file and those
 * that its secrets name.
 *
 * over  may be NULL
 */
int usher__conf_read(struct usher__conf **ret, const char *path,
		     const struct usher__conf_over *over,
		     struct usher_error *err);

/* As above, the text from memory: name stands for the file. */
int usher__conf_parse(struct usher__conf **ret, const char *name,
		      const char *text, size_t len,
		      const struct usher__conf_over *over,
		      struct usher_error *err);

void usher__conf_free(struct usher__conf *conf);

/*
 * Refuse what a server that runs with the old one cannot take from the
 * new one, at its place: USHER_ENOTSUP.
 */
int usher__conf_fixed(const struct usher__conf *old, struct usher__conf *new,
		      struct usher_error *err);

/* sip.c: into a host's options, where strings are borrowed; listen takes the
 * text of the address. */
void usher__conf_tls_apply(const struct usher__conf_tls *tls,
			   struct usher_host_opts *opts, char *listen,
			   size_t size);
/* limits.c: the same of limits. */
void usher__conf_limits_apply(const struct usher__conf *conf,
			      struct usher_host_opts *opts);
bool usher__conf_limits_same(const struct usher__conf *a,
			     const struct usher__conf *b);

/* "127.0.0.1:5060", "[::1]:5060". Returns 0 or -1. */
int usher__listen_parse(struct usher__listen *ret, const char *text);

/* Put another address in the place of the one there; -1: not an
 * address. */
int usher__listen_move(struct usher__listen *listen, const char *address);

/* An address, or a name that DNS may know. */
bool usher__host_ok(const char *text);

/* "127.0.0.1:5060" back into text; port 0 is left out. */
void usher__listen_text(const struct usher__listen *listen, char *buf,
			size_t size);

#endif
