/* The user agent: made, stopped, freed. */
#include <string.h>

#include <sip/legimpl.h>
#include <sip/limit.h>

enum { PORT_TRIES = 16 };

void usher__ua_count(const struct usher__ua *ua,
		     struct usher__ua_counters *ret)
{
	*ret = ua->n;
	if (ua->limit)
		ret->bans_now = usher__sources_bans(
			ua->limit->sources, usher__loop_mono_us(), NULL, NULL);
}

/* On the port that addr names, or any; then addr has it. */
static int listen_at(struct usher__ua *ua, const struct usher__ua_opts *opts,
		     struct sa *addr)
{
	struct sa bound = *addr;
	int err = 0;

	if (!opts->no_udp) {
		err = sip_transp_add(ua->sip, SIP_TRANSP_UDP, &bound);
		if (!err)
			err = sip_transp_laddr(ua->sip, &bound, SIP_TRANSP_UDP,
					       addr);
	}
	if (!err && !opts->no_tcp) {
		err = sip_transp_add(ua->sip, SIP_TRANSP_TCP, &bound);
		if (!err && opts->no_udp)
			err = sip_transp_laddr(ua->sip, &bound, SIP_TRANSP_TCP,
					       addr);
	}
	if (!err)
		*addr = bound;
	return err;
}

static int listen_both(struct usher__ua *ua, const struct usher__ua_opts *opts)
{
	struct sa first = ua->local, second = ua->second;
	int err;

	err = listen_at(ua, opts, &first);
	if (!err && sa_isset(&second, SA_ADDR)) {
		sa_set_port(&second, sa_port(&first));
		err = listen_at(ua, opts, &second);
	}
	if (err) {
		sip_transp_flush(ua->sip);
		return err;
	}
	ua->local = first;
	ua->second = second;
	return 0;
}

static int open_transports(struct usher__ua *ua,
			   const struct usher__ua_opts *opts,
			   struct usher_error *err)
{
	int code, tries = opts->port ? 1 : PORT_TRIES;

	/* A port that UDP found free may be taken on TCP. */
	do {
		code = listen_both(ua, opts);
	} while (code && --tries > 0);
	if (opts->ret_taken)
		*opts->ret_taken = code == EADDRINUSE;
	if (code)
		return usher_error_set(
			err, USHER_EIO, "cannot listen on %s port %u: %s",
			opts->address, opts->port, strerrordesc_np(code));
	ua->udp = !opts->no_udp;
	ua->tcp = !opts->no_tcp;
	return 0;
}

static int listen_tls(struct usher__ua *ua, const struct sa *at, uint16_t port,
		      struct sa *ret)
{
	struct sa addr = *at;
	int err;

	sa_set_port(&addr, port);
	err = sip_transp_add(ua->sip, SIP_TRANSP_TLS, &addr,
			     usher__tls_context(ua->tls));
	return err ? err
		   : sip_transp_laddr(ua->sip, ret, SIP_TRANSP_TLS, &addr);
}

/* On a port of its own at the same addresses. */
static int open_tls(struct usher__ua *ua, const struct usher__ua_opts *opts,
		    struct usher_error *err)
{
	int code;

	if (!opts->tls.on)
		return 0;
	code = usher__tls_new(&ua->tls, ua, &opts->tls, err);
	if (code)
		return code;
	code = listen_tls(ua, &ua->local, opts->tls.port, &ua->tls_local);
	if (!code && sa_isset(&ua->second, SA_ADDR))
		code = listen_tls(ua, &ua->second, sa_port(&ua->tls_local),
				  &ua->tls_second);
	if (code)
		return usher_error_set(
			err, USHER_EIO,
			"cannot listen for TLS on %s port %u: %s",
			opts->address, opts->tls.port, strerrordesc_np(code));
	return 0;
}

static int open_dns(struct usher__ua *ua, const struct usher__ua_opts *opts,
		    struct usher_error *err)
{
	char domain[64];

	ua->dns_count = USHER__DNS_SERVERS;
	if (opts->dns) {
		if (usher__dns_servers(ua->dns, &ua->dns_count, opts->dns))
			return usher_error_set(err, USHER_EINVAL,
					       "no DNS servers: '%s'",
					       opts->dns);
	} else if (dns_srv_get(domain, sizeof(domain), ua->dns,
			       &ua->dns_count)) {
		ua->dns_count = 0;
	}
	if (dnsc_alloc(&ua->dnsc, NULL, ua->dns, ua->dns_count))
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	return 0;
}

static int check_opts(struct usher__ua *ua, const struct usher__ua_opts *opts,
		      struct usher_error *err)
{
	if (!opts->loop || !opts->ops || !opts->address)
		return usher_error_set(err, USHER_EINVAL,
				       "loop, ops and address are needed");
	if (opts->no_udp && opts->no_tcp)
		return usher_error_set(err, USHER_EINVAL,
				       "neither UDP nor TCP");
	if (sa_set_str(&ua->local, opts->address, opts->port))
		return usher_error_set(err, USHER_EINVAL,
				       "no numeric address: '%s'",
				       opts->address);
	if (opts->second_address &&
	    (sa_set_str(&ua->second, opts->second_address, 0) ||
	     sa_af(&ua->second) == sa_af(&ua->local)))
		return usher_error_set(err, USHER_EINVAL,
				       "no address of the other family: '%s'",
				       opts->second_address);
	if (opts->public_address &&
	    sa_set_str(&ua->advertised, opts->public_address, 0))
		return usher_error_set(err, USHER_EINVAL,
				       "no numeric address: '%s'",
				       opts->public_address);
	return 0;
}

static int make_tables(struct usher__ua *ua)
{
	return hash_alloc(&ua->legs, USHER__SIP_HASH) ||
	       hash_alloc(&ua->dialogs, USHER__SIP_HASH) ||
	       hash_alloc(&ua->ports, USHER__SIP_HASH) ||
	       hash_alloc(&ua->accounts, USHER__SIP_HASH) ||
	       hash_alloc(&ua->nonces, USHER__SIP_HASH);
}

static void ua_destructor(void *arg)
{
	struct usher__ua *ua = arg;

	tmr_cancel(&ua->stop_tmr);
	tmr_cancel(&ua->ending_tmr);
	usher__registrations_free(ua);
	if (ua->legs)
		hash_flush(ua->legs);
	mem_deref(ua->legs);
	mem_deref(ua->dialogs);
	mem_deref(ua->ports);
	usher__bindings_free(ua);
	usher__auth_free(ua);
	usher__trunks_free(ua);
	usher__guard_free(ua);
	mem_deref(ua->requests);
	mem_deref(ua->responses);
	if (ua->sip)
		sip_close(ua->sip, true);
	mem_deref(ua->sip);
	mem_deref(ua->software);
	mem_deref(ua->streams);
	mem_deref(ua->tls);
	usher__limit_free(ua);
	usher__notes_free(ua);
	mem_deref(ua->dnsc);
}

int usher__ua_new(struct usher__ua **ret, const struct usher__ua_opts *opts,
		  struct usher_error *err)
{
	struct usher__ua *ua;
	int code;

	ua = mem_zalloc(sizeof(*ua), ua_destructor);
	if (!ua)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	tmr_init(&ua->stop_tmr);
	tmr_init(&ua->ending_tmr);
	ua->loop = opts->loop;
	ua->media = opts->media;
	ua->ops = opts->ops;
	ua->arg = opts->arg;
	ua->open = opts->open;
	ua->any_source = opts->any_source;
	ua->text = opts->text;
	ua->video = opts->video;
	ua->srtp = opts->srtp;
	if (usher__codecs_read(&ua->codecs, opts->codecs)) {
		mem_deref(ua);
		return usher_error_set(err, USHER_EINVAL, "no such codecs");
	}
	ua->digests = opts->digests;
	ua->keep_alive_ms = opts->keep_alive_ms;
	ua->silence_ms = opts->silence_ms;
	if (ua->silence_ms && ua->silence_ms < USHER__UA_MIN_SILENCE_MS)
		ua->silence_ms = USHER__UA_MIN_SILENCE_MS;
	ua->max_legs = opts->max_legs ? opts->max_legs : USHER__UA_MAX_LEGS;
	ua->max_bindings = opts->max_bindings ? opts->max_bindings
					      : USHER__UA_MAX_BINDINGS;
	ua->max_expires_s = opts->max_expires_s ? opts->max_expires_s
						: USHER__UA_GRANT_EXPIRES_S;
	ua->session_due = usher__session_due;
	ua->session_s = opts->session_s ? opts->session_s : USHER__SESSION_S;
	ua->session_min_s = opts->session_min_s ? opts->session_min_s
						: USHER__SESSION_MIN_S;
	rand_bytes(ua->secret, sizeof(ua->secret));
	usher__notes_init(ua);
	ua->tcp_silent_ms = opts->tcp_silent_ms ? opts->tcp_silent_ms
						: USHER__UA_TCP_SILENT_MS;
	code = check_opts(ua, opts, err);
	/* A phone hears everybody who calls it. */
	if (!code && !ua->open)
		code = usher__limit_new(ua, opts->limits, err);
	if (!code)
		code = open_dns(ua, opts, err);
	if (code)
		goto out;
	if (make_tables(ua) ||
	    usher__str_set(&ua->software,
			   opts->software ? opts->software : "Usher") ||
	    sip_alloc(&ua->sip, ua->dnsc, USHER__SIP_HASH, USHER__SIP_HASH,
		      USHER__SIP_HASH, ua->software, NULL, NULL) ||
	    usher__ua_listen(ua)) {
		code = usher_error_set(err, USHER_ENOMEM, "no memory");
		goto out;
	}
	code = open_transports(ua, opts, err);
	if (!code)
		code = open_tls(ua, opts, err);
	if (code)
		goto out;
	if ((ua->tcp || ua->tls) && usher__tcp_new(&ua->streams, ua)) {
		code = usher_error_set(err, USHER_ENOMEM, "no memory");
		goto out;
	}
	if (sa_ntop(&ua->local, ua->local_ip, sizeof(ua->local_ip)))
		code = USHER_EIO;
	if (!code)
		code = usher__guard_probe(ua);

out:
	if (code)
		mem_deref(ua);
	else
		*ret = ua;
	return code;
}

void usher__ua_stop(struct usher__ua *ua, uint32_t wait_ms)
{
	if (ua->stopping)
		return;
	ua->stopping = true;
	tmr_start(&ua->stop_tmr, wait_ms, usher__ua_stopped, ua);
	usher__legs_stop(ua);
	usher__registrations_stop(ua);
	usher__ua_check_stopped(ua);
}

void usher__ua_free(struct usher__ua *ua)
{
	mem_deref(ua);
}
