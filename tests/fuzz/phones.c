/* The list of phones that a center finds at its start: what of it is believed
 * could have registered, stays within the limits, and is written as it was
 * read. */
#include <stdlib.h>
#include <string.h>

#include <center/phones.h>
#include <sip/bindings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_US INT64_C(1790000000000000)

static int account(void *arg, const char *domain, const char *user,
		   struct usher__account *ret)
{
	(void)arg;
	(void)domain;
	(void)ret;
	return strcmp(user, "nobody") ? 0 : USHER_ENOENT;
}

static struct usher__ua *agent(void)
{
	static const struct usher__ua_ops ops = {.account = account};
	static struct usher__ua ua;

	if (!ua.ops) {
		ua.ops = &ops;
		ua.max_bindings = 20;
		ua.max_expires_s = 300;
		if (hash_alloc(&ua.accounts, 16) ||
		    sa_set_str(&ua.local, "127.0.0.1", 5060) ||
		    sa_set_str(&ua.second, "::1", 5060))
			abort();
	}
	return &ua;
}

static void check(void *arg, const struct usher__binding *binding)
{
	(void)arg;
	if (!usher__text_ok(binding->contact) ||
	    strncasecmp(binding->contact, "sip:", 4) ||
	    binding->expires_s > agent()->max_expires_s)
		abort();
}

static void take(void *arg, const struct usher__bound *bound)
{
	int n;

	usher__phones_write_one(arg, bound);
	(void)usher__ua_bind(agent(), "x", bound);
	n = usher__ua_bindings(agent(), "x", bound->user, check, NULL);
	if (n > USHER__UA_MAX_ACCOUNT_BINDINGS ||
	    (n && !strcmp(bound->user, "nobody")))
		abort();
}

static void forget(void *arg, const struct usher__bound *bound)
{
	unsigned *count = arg;

	++*count;
	usher__ua_unbind(agent(), "x", bound->user);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct usher__phones_text text = {.wall_us = NOW_US};
	unsigned before = 0, after = 0;

	if (usher__phones_read(data, size, NOW_US, take, &text) >= 0) {
		if (agent()->n.bindings_now > agent()->max_bindings)
			abort();
		(void)usher__phones_read(data, size, NOW_US, forget, &before);
		if (usher__phones_read(text.bytes, text.len, NOW_US, forget,
				       &after) ||
		    before != after || text.missed || agent()->n.bindings_now)
			abort();
	}
	free(text.bytes);
	return 0;
}
