/* The section "limits" of "sip": what strangers, phones and trunks may send.
 */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/field.h"
#include "config/keep.h"

#define AT(f) offsetof(struct usher__conf_limits, f)

#define RATE_MAX   1000000
#define BAN_MAX_MS (INT64_C(30) * 86400000)
#define WAIT_MAX   10000
#define UNSET      UINT32_MAX

/* Each a uint32_t, UNSET where nothing is said. */
static const struct usher__field fields[] = {
	{"allow", USHER__FIELD_LIST, AT(allow_list), 0, USHER__CONF_LIST_MAX,
	 AT(allow_count)},
	{"stranger_requests", USHER__FIELD_U32, AT(stranger_requests), 0,
	 RATE_MAX, 0},
	{"stranger_calls", USHER__FIELD_U32, AT(stranger_calls), 0, RATE_MAX,
	 0},
	{"phone_requests", USHER__FIELD_U32, AT(phone_requests), 0, RATE_MAX,
	 0},
	{"phone_calls", USHER__FIELD_U32, AT(phone_calls), 0, RATE_MAX, 0},
	{"trunk_requests", USHER__FIELD_U32, AT(trunk_requests), 0, RATE_MAX,
	 0},
	{"trunk_calls", USHER__FIELD_U32, AT(trunk_calls), 0, RATE_MAX, 0},
	{"failures", USHER__FIELD_U32, AT(failures), 0, RATE_MAX, 0},
	{"ban", USHER__FIELD_MS, AT(ban), 0, BAN_MAX_MS, 0},
	{"ban_max", USHER__FIELD_MS, AT(ban_max), 1000, BAN_MAX_MS, 0},
	{"overload", USHER__FIELD_MS, AT(overload), 0, WAIT_MAX, 0},
	{"legs", USHER__FIELD_U32, AT(legs), 1, USHER_HOST_LEGS_MAX, 0},
};

/* "192.0.2.0/24", "2001:db8::/32", without a name. */
static bool is_prefix(const char *text)
{
	char address[USHER__CONF_ADDRESS_MAX];
	unsigned char bytes[16];
	size_t len = strcspn(text, "/");
	unsigned long bits, max = 0;
	char *end;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = 0;
	if (inet_pton(AF_INET, address, bytes) == 1)
		max = 32;
	else if (inet_pton(AF_INET6, address, bytes) == 1)
		max = 128;
	if (!max || !text[len])
		return max != 0;
	text += len + 1;
	bits = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && bits <= max;
}

static int read_allow(const struct usher__section *s,
		      struct usher__conf_limits *limits)
{
	yaml_node_t *node = usher__yaml_get(s->y, s->map, "allow");
	size_t size = 1;
	char *text;

	if (!node)
		return 0;
	for (uint32_t i = 0; i < limits->allow_count; ++i) {
		if (!is_prefix(limits->allow_list[i]))
			return usher__yaml_fail(
				s->y, usher__yaml_item(s->y, node, i), s->err,
				USHER_EINVAL,
				"'%.60s' is no address or prefix like "
				"192.0.2.0/24",
				limits->allow_list[i]);
		size += strlen(limits->allow_list[i]) + 1;
	}
	text = usher__conf_keep(s->conf, size);
	if (!text)
		return usher__conf_nomem(s);
	*text = 0;
	for (uint32_t i = 0; i < limits->allow_count; ++i)
		strcat(strcat(text, limits->allow_list[i]), " ");
	limits->allow = text;
	return 0;
}

/* As struct usher_host_opts has it: 0 is the default, negative is none. */
static int32_t number(uint32_t read, uint32_t divisor)
{
	if (read == UNSET)
		return 0;
	if (!read)
		return USHER_ZERO;
	return (int32_t)((read + divisor - 1) / divisor);
}

int usher__conf_limits_read(struct usher__conf *conf, yaml_node_t *sip,
			    struct usher_error *err)
{
	struct usher__section s = {conf, conf->yaml, NULL, "'limits'", err};
	struct usher__conf_limits *l = &conf->limits;
	int e;

	s.map = usher__yaml_get(conf->yaml, sip, "limits");
	if (!s.map)
		return 0;
	l->stranger_requests = l->stranger_calls = UNSET;
	l->phone_requests = l->phone_calls = UNSET;
	l->trunk_requests = l->trunk_calls = UNSET;
	l->failures = l->ban = l->ban_max = l->overload = UNSET;
	e = usher__fields_read(&s, fields, sizeof(fields) / sizeof(fields[0]),
			       l);
	if (!e)
		e = read_allow(&s, l);
	if (!e && l->ban != UNSET && l->ban && l->ban_max != UNSET &&
	    l->ban_max < l->ban)
		e = usher__yaml_fail(
			conf->yaml,
			usher__yaml_get(conf->yaml, s.map, "ban_max"), err,
			USHER_EINVAL, "'ban_max' is shorter than 'ban'");
	l->read = !e;
	return e;
}

void usher__conf_limits_apply(const struct usher__conf *conf,
			      struct usher_host_opts *opts)
{
	const struct usher__conf_limits *l = &conf->limits;

	if (!l->read)
		return;
	opts->allow = l->allow;
	opts->stranger_requests = number(l->stranger_requests, 1);
	opts->stranger_calls = number(l->stranger_calls, 1);
	opts->phone_requests = number(l->phone_requests, 1);
	opts->phone_calls = number(l->phone_calls, 1);
	opts->trunk_requests = number(l->trunk_requests, 1);
	opts->trunk_calls = number(l->trunk_calls, 1);
	opts->failures = number(l->failures, 1);
	opts->ban_s = number(l->ban, 1000);
	opts->ban_max_s = number(l->ban_max, 1000);
	opts->overload_ms = number(l->overload, 1);
	opts->legs_max = l->legs;
}

bool usher__conf_limits_same(const struct usher__conf *a,
			     const struct usher__conf *b)
{
	struct usher_host_opts one, other;
	const char *x, *y;

	usher_host_opts_init(&one, sizeof(one));
	usher_host_opts_init(&other, sizeof(other));
	usher__conf_limits_apply(a, &one);
	usher__conf_limits_apply(b, &other);
	x = one.allow ? one.allow : "-";
	y = other.allow ? other.allow : "-";
	one.allow = other.allow = NULL;
	return !strcmp(x, y) && !memcmp(&one, &other, sizeof(one));
}
