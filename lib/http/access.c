/*
 * Who may do what.
 *
 * Without tokens only this machine can reach us, and the danger is a browser
 * on it that a foreign page makes our messenger: a name of the page's own
 * that resolves to 127.0.0.1 (caught by the Host header, which then is not an
 * address), or a request across sites (caught by the Origin header). With
 * tokens such a page has none, since we set no cookies.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/priv.h"

static char *copy(const char *text, bool *failed)
{
	char *c = text ? strdup(text) : NULL;

	if (text && !c)
		*failed = true;
	return c;
}

static void copy_center(struct usher__facts_center *to,
			const struct usher__conf_center *from, bool *failed)
{
	to->entries = calloc(from->entry_count + 1, sizeof(*to->entries));
	if (!to->entries) {
		*failed = true;
		return;
	}
	to->entry_count = from->entry_count;
	for (size_t i = 0; i < from->entry_count; ++i) {
		to->entries[i].address =
			copy(from->entries[i].address, failed);
		to->entries[i].flow = copy(from->entries[i].flow, failed);
	}
}

int usher__facts_new(struct usher__facts **ret, const struct usher__conf *conf)
{
	struct usher__facts *f = calloc(1, sizeof(*f));
	bool failed = false;

	if (!f)
		return USHER_ENOMEM;
	f->tokens = calloc(conf->token_count + 1, sizeof(*f->tokens));
	f->hosts = calloc(conf->host_count + 1, sizeof(*f->hosts));
	f->centers = calloc(conf->center_count + 1, sizeof(*f->centers));
	if (!f->tokens || !f->hosts || !f->centers) {
		usher__facts_free(f);
		return USHER_ENOMEM;
	}
	f->mask_numbers = conf->mask_numbers;
	f->token_count = conf->token_count;
	for (size_t i = 0; i < conf->token_count; ++i) {
		f->tokens[i].token = copy(conf->tokens[i].token, &failed);
		f->tokens[i].center = copy(conf->tokens[i].center, &failed);
		f->tokens[i].agent = copy(conf->tokens[i].agent, &failed);
	}
	f->host_count = conf->host_count;
	for (size_t i = 0; i < conf->host_count; ++i)
		f->hosts[i] = copy(conf->hosts[i], &failed);
	f->center_count = conf->center_count;
	for (size_t i = 0; i < conf->center_count; ++i)
		copy_center(&f->centers[i], &conf->centers[i], &failed);
	if (failed) {
		usher__facts_free(f);
		return USHER_ENOMEM;
	}
	*ret = f;
	return 0;
}

static void free_token(struct usher__facts_token *token)
{
	if (token->token)
		explicit_bzero(token->token, strlen(token->token));
	free(token->token);
	free(token->center);
	free(token->agent);
}

void usher__facts_free(struct usher__facts *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->token_count; ++i)
		free_token(&f->tokens[i]);
	for (size_t i = 0; i < f->host_count; ++i)
		free(f->hosts[i]);
	for (size_t i = 0; i < f->center_count; ++i) {
		for (size_t j = 0; j < f->centers[i].entry_count; ++j) {
			free(f->centers[i].entries[j].address);
			free(f->centers[i].entries[j].flow);
		}
		free(f->centers[i].entries);
	}
	free(f->tokens);
	free(f->hosts);
	free(f->centers);
	free(f);
}

/* The name or address of "name:port" or "[address]:port". */
static bool host_name(const char *host, char *name, size_t size)
{
	const char *end;
	size_t len;

	if (*host == '[') {
		++host;
		end = strchr(host, ']');
		if (!end || (end[1] && end[1] != ':'))
			return false;
	} else {
		end = host + strcspn(host, ":");
	}
	len = (size_t)(end - host);
	if (!len || len >= size)
		return false;
	memcpy(name, host, len);
	name[len] = 0;
	return true;
}

static bool host_listed(const struct usher__facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->host_count; ++i)
		if (strcasecmp(facts->hosts[i], name) == 0)
			return true;
	return false;
}

bool usher__host_ours(const struct usher__facts *facts, const char *host)
{
	char name[256];
	unsigned char raw[16];

	if (!host_name(host, name, sizeof(name)))
		return false;
	return inet_pton(AF_INET, name, raw) == 1 ||
	       inet_pton(AF_INET6, name, raw) == 1 ||
	       strcasecmp(name, "localhost") == 0 || host_listed(facts, name);
}

bool usher__origin_ours(const struct usher__facts *facts, const char *origin,
			const char *host)
{
	char name[256];

	if (!*origin)
		return true;
	if (strncmp(origin, "http://", 7) == 0)
		origin += 7;
	else if (strncmp(origin, "https://", 8) == 0)
		origin += 8;
	else
		return false;
	if (strcasecmp(origin, host) == 0)
		return true;
	return host_name(origin, name, sizeof(name)) &&
	       host_listed(facts, name);
}

/* Takes as long for a token that differs in its first byte as in its last. */
static bool same_secret(const char *a, const char *b)
{
	size_t la = strlen(a);
	size_t lb = strlen(b);
	unsigned char differ = la != lb;

	for (size_t i = 0; i < lb; ++i)
		differ |= (unsigned char)(a[la ? i % la : 0] ^ b[i]);
	return !differ;
}

int usher__token_check(const struct usher__facts *facts, const char *token,
		       struct usher__who *ret)
{
	const struct usher__facts_token *found = NULL;

	memset(ret, 0, sizeof(*ret));
	if (!facts->token_count) {
		ret->all = true;
		return 0;
	}
	if (strncasecmp(token, "Bearer ", 7) == 0)
		token += 7;
	for (size_t i = 0; i < facts->token_count; ++i) {
		if (!same_secret(facts->tokens[i].token, token))
			continue;
		found = &facts->tokens[i];
		ret->number = i + 1;
	}
	if (!found)
		return USHER_EPERM;
	ret->center = found->center;
	ret->agent = found->agent;
	ret->all = !found->center && !found->agent;
	return 0;
}
