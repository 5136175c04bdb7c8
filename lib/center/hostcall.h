/* The host as its centers know it, and how any thread runs something on its
 * loop. */
#ifndef USHER_LIB_CENTER_HOSTCALL_H
#define USHER_LIB_CENTER_HOSTCALL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include <usher/host.h>

struct usher__fetcher;
struct usher__loop;
struct usher__voice_hub;
struct usher_center;

struct usher_host {
	pthread_mutex_t lock; /* over started, stopped */
	bool started, stopped;
	_Atomic(pid_t) pid;
	struct usher_host_opts opts;
	char *sip_listen, *public_address, *allow, *dns_servers;
	char *codecs;
	char *tls_listen, *tls_certificate, *tls_key, *tls_ca;
	char **tls_certificates; /* pairs */
	char *second_address;
	char sip_address[96];
	struct usher__loop *loop; /* stopped by stop, freed by free */
	/* The same while it runs, for calls from any thread; else NULL. */
	_Atomic(struct usher__loop *) running;
	struct usher__voice_hub *hub;
	struct usher__fetcher *fetcher;
	struct usher_center *centers;
	pthread_cond_t gone; /* the hub has hung up everything */
	bool hub_stopped;
};

void usher__host_log(struct usher_host *host, int level, const char *fmt, ...)
	USHER_PRINTF(3, 4);
int usher__host_alive(const struct usher_host *host); /* 0 or USHER_EFORK */
/* Run fn on the loop's thread and give what it returns; USHER_ECLOSED before
 * start and after stop, USHER_EFORK. Any thread. */
int usher__host_call(struct usher_host *host, int (*fn)(void *arg), void *arg);

/* USHER_EINVAL: too many, or none where some are counted. */
int usher__host_certificates(const struct usher_host_opts *opts,
			     struct usher_error *err);

#endif
