/* The section "sip": where to listen, who has to prove what. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <usher/center.h>

#include "config/field.h"
#include "config/keep.h"

#define AT(f) offsetof(struct usher__conf, f)

#define TLS_PORT          5061
#define KEEP_ALIVE_MS     25000
#define KEEP_ALIVE_MAX_MS 3600000
#define FILE_MAX_LEN      1023
#define DNS_SERVERS_MAX   4 /* as the user agent takes */

static const struct usher__field sip_fields[] = {
	{"listen", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"public_address", USHER__FIELD_TEXT, AT(public_address), 1,
	 USHER__CONF_ADDRESS_MAX, 0},
	{"second_address", USHER__FIELD_TEXT, AT(second_address), 1,
	 USHER__CONF_ADDRESS_MAX, 0},
	{"keep_alive", USHER__FIELD_MS, AT(keep_alive_ms), 0,
	 KEEP_ALIVE_MAX_MS, 0},
	{"dns", USHER__FIELD_TEXT, AT(dns), 1, USHER__CONF_TEXT_MAX, 0},
	{"digest", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"tls", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"limits", USHER__FIELD_OTHER, 0, 0, 0, 0},
};

static const struct usher__field tls_fields[] = {
	{"listen", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"certificate", USHER__FIELD_TEXT, AT(tls.certificate), 1,
	 FILE_MAX_LEN, 0},
	{"key", USHER__FIELD_TEXT, AT(tls.key), 1, FILE_MAX_LEN, 0},
	{"ca", USHER__FIELD_TEXT, AT(tls.ca), 1, FILE_MAX_LEN, 0},
	{"verify", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"certificates", USHER__FIELD_OTHER, 0, 0, 0, 0},
};

struct pair {
	const char *certificate, *key;
};

static const struct usher__field pair_fields[] = {
	{"certificate", USHER__FIELD_TEXT, offsetof(struct pair, certificate),
	 1, FILE_MAX_LEN, 0},
	{"key", USHER__FIELD_TEXT, offsetof(struct pair, key), 1, FILE_MAX_LEN,
	 0},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int read_listen(const struct usher__section *s, const char *like,
		       struct usher__listen *ret)
{
	yaml_node_t *node = usher__yaml_get(s->y, s->map, "listen");
	const char *text;
	int e = usher__yaml_text(s->y, node, "'listen'",
				 USHER__CONF_ADDRESS_MAX, &text, s->err);

	if (!e && usher__listen_parse(ret, text))
		e = usher__yaml_fail(s->y, node, s->err, USHER_EINVAL,
				     "'listen' has to be like %s, not "
				     "'%.40s'",
				     like, text);
	return e;
}

int usher__word_read(const struct usher__section *s, const char *key,
		     const char *const *words, uint32_t *ret)
{
	yaml_node_t *node = usher__yaml_get(s->y, s->map, key);
	const char *text;
	char what[48];
	uint32_t i;
	int e;

	if (!node)
		return 0;
	snprintf(what, sizeof(what), "'%s'", key);
	e = usher__yaml_text(s->y, node, what, 16, &text, s->err);
	if (e)
		return e;
	for (i = 0; words[i]; i++) {
		if (!strcmp(text, words[i])) {
			*ret = i;
			return 0;
		}
	}
	return usher__yaml_fail(s->y, node, s->err, USHER_EINVAL,
				"'%s' has to be %s, %s or %s, not '%.16s'",
				key, words[0], words[1], words[2], text);
}

static int keep_path(const struct usher__section *s, const char **name)
{
	if (!*name)
		return 0;
	*name = usher__conf_path(s->conf, *name);
	return *name ? 0 : usher__conf_nomem(s);
}

/* Of more domains. */
static int read_certificates(const struct usher__section *tls)
{
	yaml_node_t *list = usher__yaml_get(tls->y, tls->map, "certificates");
	struct usher__conf_tls *to = &tls->conf->tls;
	struct usher__section s = *tls;
	size_t n = usher__yaml_len(list), i;
	struct pair pair;
	int e;

	if (!list)
		return 0;
	e = usher__yaml_expect_list(s.y, list, "'certificates'",
				    USHER_HOST_CERTIFICATES_MAX, s.err);
	if (e)
		return e;
	to->more = usher__conf_keep(s.conf, 2 * (n + 1) * sizeof(*to->more));
	if (!to->more)
		return usher__conf_nomem(&s);
	s.what = "one of 'certificates'";
	for (i = 0; !e && i < n; i++) {
		pair = (struct pair){0};
		s.map = usher__yaml_item(s.y, list, i);
		e = usher__fields_read(&s, pair_fields, COUNT(pair_fields),
				       &pair);
		if (!e)
			e = usher__section_need(&s, "certificate");
		if (!e)
			e = keep_path(&s, &pair.certificate);
		if (!e)
			e = keep_path(&s, &pair.key);
		to->more[2 * i] = pair.certificate;
		to->more[2 * i + 1] = pair.key;
	}
	to->more_count = (uint32_t)n;
	return e;
}

static int read_tls(const struct usher__section *sip)
{
	static const char *const words[] = {
		[USHER_TLS_SERVERS] = "servers",
		[USHER_TLS_BOTH] = "both",
		[USHER_TLS_NOBODY] = "nobody",
		NULL,
	};
	struct usher__section s = *sip;
	struct usher__conf_tls *tls = &s.conf->tls;
	int e;

	s.what = "'tls'";
	s.map = usher__yaml_get(s.y, sip->map, "tls");
	if (!s.map)
		return 0;
	e = usher__fields_read(&s, tls_fields, COUNT(tls_fields), s.conf);
	if (!e)
		e = usher__section_need(&s, "certificate");
	if (!e)
		e = usher__word_read(&s, "verify", words, &tls->verify);
	if (!e)
		e = keep_path(&s, &tls->certificate);
	if (!e)
		e = keep_path(&s, &tls->key);
	if (!e)
		e = keep_path(&s, &tls->ca);
	if (!e)
		e = read_certificates(&s);
	if (e)
		return e;
	tls->listen = s.conf->sip;
	tls->listen.port = TLS_PORT;
	if (!usher__yaml_get(s.y, s.map, "listen"))
		return 0;
	e = read_listen(&s, "127.0.0.1:5061 or [::1]:5061", &tls->listen);
	if (!e && strcmp(tls->listen.address, s.conf->sip.address) != 0)
		e = usher__yaml_fail(s.y,
				     usher__yaml_get(s.y, s.map, "listen"),
				     s.err, USHER_EINVAL,
				     "TLS has to be at the address of SIP, %s",
				     s.conf->sip.address);
	return e;
}

void usher__conf_tls_apply(const struct usher__conf_tls *tls,
			   struct usher_host_opts *opts, char *listen,
			   size_t size)
{
	usher__listen_text(&tls->listen, listen, size);
	opts->tls_listen = listen[0] ? listen : NULL;
	opts->tls_certificate = tls->certificate;
	opts->tls_key = tls->key;
	opts->tls_ca = tls->ca;
	opts->tls_verify = tls->verify;
	opts->tls_certificates = tls->more;
	opts->tls_certificate_count = tls->more_count;
}

static int check_second(const struct usher__section *s)
{
	struct usher__listen second;

	if (!s->conf->second_address ||
	    (!usher__listen_move(&second, s->conf->second_address) &&
	     second.ipv6 != s->conf->sip.ipv6))
		return 0;
	return usher__yaml_fail(
		s->y, usher__yaml_get(s->y, s->map, "second_address"), s->err,
		USHER_EINVAL,
		"'second_address' has to be an address of "
		"IPv%d, as 'listen' is not",
		s->conf->sip.ipv6 ? 4 : 6);
}

/* "192.0.2.53 127.0.0.1:5353" */
static bool dns_ok(const char *text)
{
	struct usher__listen server;
	char word[USHER__CONF_ADDRESS_MAX + 1];
	size_t len, count = 0;

	for (text += strspn(text, " ,"); *text; text += strspn(text, " ,")) {
		len = strcspn(text, " ,");
		if (len >= sizeof(word) || ++count > DNS_SERVERS_MAX)
			return false;
		memcpy(word, text, len);
		word[len] = 0;
		if (usher__listen_move(&server, word) &&
		    (usher__listen_parse(&server, word) || !server.port))
			return false;
		text += len;
	}
	return count > 0;
}

static int check_dns(const struct usher__section *s)
{
	if (!s->conf->dns || dns_ok(s->conf->dns))
		return 0;
	return usher__yaml_fail(
		s->y, usher__yaml_get(s->y, s->map, "dns"), s->err,
		USHER_EINVAL,
		"'dns' has to be 1 to %d addresses of servers, like "
		"\"192.0.2.53 127.0.0.1:5353\"",
		DNS_SERVERS_MAX);
}

int usher__conf_sip_read(struct usher__conf *conf, yaml_node_t *top,
			 struct usher_error *err)
{
	static const char *const words[] = {
		[USHER_DIGEST_BOTH] = "both",
		[USHER_DIGEST_MD5] = "md5",
		[USHER_DIGEST_SHA256] = "sha-256",
		NULL,
	};
	struct usher__section s = {conf, conf->yaml, NULL, "'sip'", err};
	struct usher__listen public_address;
	int e;

	conf->keep_alive_ms = KEEP_ALIVE_MS;
	s.map = usher__yaml_get(conf->yaml, top, "sip");
	if (!s.map)
		return 0;
	e = usher__fields_read(&s, sip_fields, COUNT(sip_fields), conf);
	if (!e)
		e = usher__section_need(&s, "listen");
	if (e)
		return e;
	if (conf->public_address &&
	    usher__listen_move(&public_address, conf->public_address))
		return usher__yaml_fail(
			conf->yaml,
			usher__yaml_get(conf->yaml, s.map, "public_address"),
			err, USHER_EINVAL,
			"'public_address' has to be an IP address");
	e = check_dns(&s);
	if (!e)
		e = read_listen(&s, "127.0.0.1:5060 or [::1]:5060",
				&conf->sip);
	if (!e)
		e = check_second(&s);
	if (!e)
		e = usher__word_read(&s, "digest", words, &conf->digest);
	if (!e)
		e = read_tls(&s);
	return e ? e : usher__conf_limits_read(conf, s.map, err);
}
