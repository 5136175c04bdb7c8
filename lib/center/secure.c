/* SIP over TLS as a host has it: whether its files can be used, and reading
 * them again. */
#include <string.h>

#include "center/center.h"
#include "center/hostcall.h"
#include "drivers/voice/voice.h"

int usher__host_certificates(const struct usher_host_opts *opts,
			     struct usher_error *err)
{
	if (opts->tls_certificate_count > USHER_HOST_CERTIFICATES_MAX ||
	    (opts->tls_certificate_count && !opts->tls_certificates))
		return usher_error_set(err, USHER_EINVAL,
				       "tls_certificates: %d at most",
				       USHER_HOST_CERTIFICATES_MAX);
	return 0;
}

int usher_host_tls_check(const struct usher_host_opts *given,
			 struct usher_error *err)
{
	struct usher_host_opts opts = {0};
	int code;

	if (!given || given->size < sizeof(given->size))
		return usher_error_set(err, USHER_EINVAL, "malformed options");
	memcpy(&opts, given,
	       given->size < sizeof(opts) ? given->size : sizeof(opts));
	code = usher__host_certificates(&opts, err);
	if (code || !opts.tls_listen)
		return code;
	return usher__voice_tls_check(
		&(struct usher__tls_opts){.certificate = opts.tls_certificate,
					  .key = opts.tls_key,
					  .ca = opts.tls_ca,
					  .more = opts.tls_certificates,
					  .more_count =
						  opts.tls_certificate_count},
		err);
}

struct reloading {
	struct usher_host *host;
	struct usher_error *err;
};

static int reload_here(void *arg)
{
	struct reloading *reloading = arg;

	return reloading->host->hub
		       ? usher__voice_hub_tls_reload(reloading->host->hub,
						     reloading->err)
		       : 0;
}

int usher_host_tls_reload(struct usher_host *host, struct usher_error *err)
{
	struct reloading reloading = {host, err};
	int code;

	if (!host)
		return usher_error_set(err, USHER_EINVAL, "no host given");
	usher_error_set(err, 0, "%s", "");
	code = usher__host_call(host, reload_here, &reloading);
	if (code && (!err || !err->code))
		usher_error_set(err, code, "%s", usher_strerror(code));
	return code;
}
