/* Tenants of a hub, and their trunks. */
#include <arpa/inet.h>
#include <string.h>

#include "drivers/voice/hub.h"

#define CHECK_MS 30000u /* between OPTIONS, by default */

int usher__voice_new(struct usher__voice **ret, struct usher__voice_hub *hub,
		     const struct usher__voice_opts *opts)
{
	const char *domain = opts->domain ? opts->domain : "";
	struct usher__voice *voice;

	if (strlen(domain) >= VOICE_DOMAIN_MAX)
		return USHER_EINVAL;
	for (voice = hub->voices; voice; voice = voice->next)
		if (!strcasecmp(voice->domain, domain))
			return USHER_EEXIST;
	voice = calloc(1, sizeof(*voice));
	if (!voice)
		return USHER_ENOMEM;
	voice->bindings.texts = true;
	if (usher__reserve_fill(&voice->bindings, VOICE_BINDING_RESERVE) ||
	    usher__reserve_fill(&voice->others, VOICE_OTHER_RESERVE)) {
		usher__reserve_free(&voice->bindings);
		usher__reserve_free(&voice->others);
		free(voice);
		return USHER_ENOMEM;
	}
	voice->hub = hub;
	strcpy(voice->domain, domain);
	voice->password = opts->password;
	voice->phones = opts->phones;
	voice->arg = opts->arg;
	voice->next = hub->voices;
	hub->voices = voice;
	*ret = voice;
	return 0;
}

static void trunk_free(struct usher__voice_hub *hub, struct voice_trunk *trunk)
{
	if (hub->ua && trunk->id)
		usher__ua_trunk_remove(hub->ua, trunk->id);
	free(trunk->name);
	free(trunk->caller_id);
	free(trunk->user);
	if (trunk->password)
		explicit_bzero(trunk->password, strlen(trunk->password));
	free(trunk->password);
	free(trunk->prefix);
	memset(trunk, 0, sizeof(*trunk));
}

static void trunks_free(struct usher__voice_hub *hub,
			struct voice_trunk *trunks, size_t count)
{
	while (count--)
		trunk_free(hub, &trunks[count]);
}

void usher__voice_free(struct usher__voice *voice)
{
	struct usher__voice **p;

	if (!voice)
		return;
	for (p = &voice->hub->voices; *p; p = &(*p)->next) {
		if (*p == voice) {
			*p = voice->next;
			break;
		}
	}
	trunks_free(voice->hub, voice->trunks, voice->trunk_count);
	usher__reserve_free(&voice->bindings);
	usher__reserve_free(&voice->others);
	free(voice);
}

int usher__voice_address(const char *address, char *host, size_t cap,
			 uint16_t *port)
{
	const char *end, *colon;
	unsigned long n = 0;
	char *rest;

	if (*address == '[') {
		end = strchr(++address, ']');
		colon = end && end[1] == ':' ? end + 1 : NULL;
		if (!end || (end[1] && !colon))
			return USHER_EINVAL;
	} else {
		colon = strrchr(address, ':');
		if (colon && strchr(address, ':') != colon)
			colon = NULL;
		end = colon ? colon : address + strlen(address);
	}
	if (end == address || (size_t)(end - address) >= cap)
		return USHER_EINVAL;
	if (colon) {
		n = strtoul(colon + 1, &rest, 10);
		if (*rest || !n || n > 65535)
			return USHER_EINVAL;
	}
	memcpy(host, address, (size_t)(end - address));
	host[end - address] = 0;
	*port = (uint16_t)n;
	return 0;
}

static bool is_numeric(const char *host)
{
	uint8_t addr[16];

	return inet_pton(AF_INET, host, addr) == 1 ||
	       inet_pton(AF_INET6, host, addr) == 1;
}

/* host takes the address without its port. */
static int trunk_opts(const struct usher__voice_trunk *conf,
		      char host[USHER__UA_MAX_NAME],
		      struct usher__trunk_opts *opts, struct usher_error *err)
{
	memset(opts, 0, sizeof(*opts));
	opts->name = conf->name;
	opts->user = conf->user;
	opts->password = conf->password;
	opts->udp = conf->udp;
	opts->tcp = conf->tcp;
	opts->tls = conf->tls;
	opts->tls_name = conf->tls_name;
	opts->from_domain = conf->from_domain;
	opts->reg_domain = conf->from_domain;
	opts->host = conf->address ? host : NULL;
	opts->reg = conf->registers;
	opts->expires_s = conf->expires_ms / 1000;
	opts->trusted = conf->trusted;
	opts->srtp = conf->srtp;
	opts->codecs = conf->codecs;
	opts->priority = conf->priority;
	opts->weight = conf->weight;
	opts->max_in = conf->max_in;
	opts->max_out = conf->max_out;
	opts->max_calls = conf->max_calls;
	opts->check_ms = conf->check_ms < 0   ? 0
			 : conf->check_ms > 0 ? (uint32_t)conf->check_ms
					      : CHECK_MS;
	if (conf->address &&
	    usher__voice_address(conf->address, host, USHER__UA_MAX_NAME,
				 &opts->port))
		return usher_error_set(err, USHER_EINVAL,
				       "\"%s\" is no address", conf->address);
	/* A name's addresses are sources as DNS gives them. */
	opts->sources = conf->sources;
	if (!conf->sources && conf->address && is_numeric(host))
		opts->sources = host;
	return 0;
}

int usher__voice_trunk_check(const struct usher__voice_trunk *conf,
			     struct usher_error *err)
{
	char host[USHER__UA_MAX_NAME];
	struct usher__trunk_opts opts;
	int code = trunk_opts(conf, host, &opts, err);

	return code ? code : usher__trunk_check(&opts, err);
}

static int trunk_new(struct usher__voice *voice, struct voice_trunk *ret,
		     const struct usher__voice_trunk *conf,
		     struct usher_error *err)
{
	char host[USHER__UA_MAX_NAME];
	struct usher__trunk_opts opts;
	int code = trunk_opts(conf, host, &opts, err);

	if (code)
		return code;
	opts.domain = voice->domain[0] ? voice->domain : "usher";
	if (!opts.from_domain && voice->domain[0])
		opts.from_domain = voice->domain;
	ret->inbound = !conf->address;
	ret->trusted = conf->trusted;
	ret->name = strdup(conf->name);
	ret->prefix = strdup(conf->prefix ? conf->prefix : "");
	ret->caller_id = conf->caller_id ? strdup(conf->caller_id) : NULL;
	ret->user = conf->user ? strdup(conf->user) : NULL;
	ret->password = conf->password ? strdup(conf->password) : NULL;
	if (!ret->name || !ret->prefix ||
	    (conf->caller_id && !ret->caller_id) ||
	    (conf->user && !ret->user) || (conf->password && !ret->password))
		code = USHER_ENOMEM;
	else
		code = usher__ua_trunk_add(voice->hub->ua, &opts, &ret->id,
					   err);
	if (code)
		trunk_free(voice->hub, ret);
	return code;
}

static int trunks_replace(struct usher__voice *voice,
			  const struct usher__voice_trunk *trunks,
			  size_t count, bool keep, struct usher_error *err)
{
	struct voice_trunk *made;
	size_t i;
	int code = 0;

	if (count > VOICE_TRUNKS_MAX)
		return usher_error_set(err, USHER_EFULL, "more than %d trunks",
				       VOICE_TRUNKS_MAX);
	made = calloc(VOICE_TRUNKS_MAX, sizeof(*made));
	if (!made)
		return USHER_ENOMEM;
	for (i = 0; i < count && !code; i++)
		code = trunk_new(voice, &made[i], &trunks[i], err);
	if (code || !keep) {
		trunks_free(voice->hub, made, i);
	} else {
		/* Before the old ones go, of which they take things over. */
		for (i = 0; i < count; i++)
			usher__ua_trunk_start(voice->hub->ua, made[i].id);
		trunks_free(voice->hub, voice->trunks, voice->trunk_count);
		memcpy(voice->trunks, made, count * sizeof(*made));
		voice->trunk_count = count;
	}
	free(made);
	return code;
}

const struct voice_trunk *usher__voice_trunk_by_id(struct usher__voice *voice,
						   uint32_t id)
{
	size_t i;

	for (i = 0; id && i < voice->trunk_count; i++)
		if (voice->trunks[i].id == id)
			return &voice->trunks[i];
	return NULL;
}

void usher__voice_trunk_states(struct usher__voice *voice,
			       usher__voice_trunk_fn *fn, void *arg)
{
	struct usher__trunk_state state;
	size_t i;

	for (i = 0; i < voice->trunk_count; i++)
		if (!usher__ua_trunk_state(voice->hub->ua, voice->trunks[i].id,
					   &state))
			fn(arg, &state);
}

int usher__voice_trunks(struct usher__voice *voice,
			const struct usher__voice_trunk *trunks, size_t count,
			struct usher_error *err)
{
	return trunks_replace(voice, trunks, count, true, err);
}

int usher__voice_trunks_try(struct usher__voice *voice,
			    const struct usher__voice_trunk *trunks,
			    size_t count, struct usher_error *err)
{
	return trunks_replace(voice, trunks, count, false, err);
}

static const char *domain_of(const struct usher__voice *voice)
{
	return voice->domain[0] ? voice->domain : "usher";
}

void usher__voice_bound(struct usher__voice *voice,
			void (*fn)(void *arg,
				   const struct usher__bound *bound),
			void *arg)
{
	usher__ua_bound(voice->hub->ua, domain_of(voice), fn, arg);
}

int usher__voice_bind(struct usher__voice *voice,
		      const struct usher__bound *bound)
{
	return usher__ua_bind(voice->hub->ua, domain_of(voice), bound);
}

void usher__voice_unbind(struct usher__voice *voice, const char *account)
{
	usher__ua_unbind(voice->hub->ua, domain_of(voice), account);
}
