/* What a running server cannot take from a file that is read again. Nothing of
 * it may pass in silence: people would believe it done. */
#include <string.h>

#include "config/field.h"

/* Of a center, or of the section of the host in which the key stands. */
static int refuse(const struct usher__section *s, const char *key)
{
	yaml_node_t *node = usher__yaml_key(s->y, s->map, key);

	return usher__yaml_fail(s->y, node ? node : s->map, s->err,
				USHER_ENOTSUP, "'%s' needs a restart", key);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_listen(const struct usher__listen *a,
			const struct usher__listen *b)
{
	return strcmp(a->address, b->address) == 0 && a->port == b->port;
}

/* The section, or the whole file when it is gone. */
static struct usher__section section(struct usher__conf *conf,
				     const char *name, struct usher_error *err)
{
	yaml_node_t *top = usher__yaml_root(conf->yaml);
	yaml_node_t *map = usher__yaml_get(conf->yaml, top, name);
	struct usher__section s = {conf, conf->yaml, map ? map : top, name,
				   err};

	return s;
}

/* The files of certificates for names. */
static bool same_more(const struct usher__conf *old,
		      const struct usher__conf *new)
{
	uint32_t i;

	if (old->tls.more_count != new->tls.more_count)
		return false;
	for (i = 0; i < 2 * old->tls.more_count; i++)
		if (!same_text(old->tls.more[i], new->tls.more[i]))
			return false;
	return true;
}

static int host_fixed(const struct usher__conf *old, struct usher__conf *new,
		      struct usher_error *err)
{
	struct usher__section sip = section(new, "sip", err);
	struct usher__section media = section(new, "media", err);
	struct usher__section http = section(new, "http", err);

	if (!same_listen(&old->sip, &new->sip))
		return refuse(&sip, "listen");
	if (!same_text(old->public_address, new->public_address))
		return refuse(&sip, "public_address");
	if (!same_text(old->dns, new->dns))
		return refuse(&sip, "dns");
	if (!same_text(old->second_address, new->second_address))
		return refuse(&sip, "second_address");
	if (old->keep_alive_ms != new->keep_alive_ms)
		return refuse(&sip, "keep_alive");
	if (old->digest != new->digest)
		return refuse(&sip, "digest");
	if (!same_listen(&old->tls.listen, &new->tls.listen) ||
	    !same_text(old->tls.certificate, new->tls.certificate) ||
	    !same_text(old->tls.key, new->tls.key) ||
	    !same_text(old->tls.ca, new->tls.ca) ||
	    old->tls.verify != new->tls.verify || !same_more(old, new))
		return refuse(&sip, "tls");
	if (!usher__conf_limits_same(old, new))
		return refuse(&sip, "limits");
	if (old->rtp_port_min != new->rtp_port_min ||
	    old->rtp_port_max != new->rtp_port_max)
		return refuse(&media, "ports");
	if (old->media_threads != new->media_threads)
		return refuse(&media, "threads");
	if (old->silence_ms != new->silence_ms)
		return refuse(&media, "silence");
	if (old->any_source != new->any_source)
		return refuse(&media, "any_source");
	if (old->text != new->text)
		return refuse(&media, "text");
	if (old->video != new->video)
		return refuse(&media, "video");
	if (old->srtp != new->srtp)
		return refuse(&media, "srtp");
	if (!same_text(old->codecs, new->codecs))
		return refuse(&media, "codecs");
	if (!same_listen(&old->http, &new->http))
		return refuse(&http, "listen");
	return 0;
}

static int center_fixed(const struct usher__conf_center *old,
			const struct usher__section *s,
			const struct usher__conf_center *new)
{
	bool top = s->map == usher__yaml_root(s->y);

	if (strcmp(old->name, new->name) != 0)
		return refuse(s, top ? "center" : "name");
	if (!same_text(old->domain, new->domain))
		return refuse(s, "domain");
	if (!same_text(old->record_dir, new->record_dir))
		return refuse(s, "recordings");
	if (old->seed != new->seed)
		return refuse(s, "seed");
	if (old->explain != new->explain)
		return refuse(s, "explain");
	if (old->resume_ms != new->resume_ms)
		return refuse(s, "resume");
	if (!same_text(old->contact_order, new->contact_order))
		return refuse(s, "contact_order");
	if (old->node != new->node)
		return refuse(s, "node");
	return 0;
}

int usher__conf_fixed(const struct usher__conf *old, struct usher__conf *new,
		      struct usher_error *err)
{
	struct usher__section top = section(new, "the file", err);
	int e = host_fixed(old, new, err);

	if (!e && old->center_count != new->center_count)
		e = refuse(&top, "centers");
	for (size_t i = 0; !e && i < old->center_count; ++i) {
		struct usher__section s = top;

		s.map = new->centers[i].map;
		e = center_fixed(&old->centers[i], &s, &new->centers[i]);
		if (!e && !same_text(old->centers[i].state_dir,
				     new->centers[i].state_dir))
			e = refuse(&top, "state");
	}
	return e;
}
