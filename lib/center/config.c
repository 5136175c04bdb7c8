#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sized.h>

#include "center/config.h"
#include "center/config_names.h"

static int name_add(struct usher_config *config, enum name_kind kind,
		    const char *name, size_t index, struct usher_error *err)
{
	struct usher__name *entry;
	size_t len, before;
	char *key;

	if (!name)
		return 0;
	if (usher__name_find(config, kind, name))
		return usher_error_set(err, USHER_EEXIST,
				       "\"%s\" is named twice", name);
	len = strlen(name) + 3;
	entry = usher__config_take(config, sizeof(*entry));
	key = usher__config_take(config, len);
	if (!entry || !key)
		return USHER_ENOMEM;
	snprintf(key, len, "%c:%s", (char)kind, name);
	memset(entry, 0, sizeof(*entry));
	entry->key = key;
	entry->index = index;
	before = HASH_COUNT(config->names);
	HASH_ADD_KEYPTR(hh, config->names, entry->key,
			(unsigned)strlen(entry->key), entry);
	if (HASH_COUNT(config->names) == before)
		return USHER_ENOMEM;
	return 0;
}

static int named(const char *name, const char *what, struct usher_error *err)
{
	const unsigned char *p = (const unsigned char *)name;

	if (!name || !*name)
		return usher_error_set(err, USHER_EINVAL, "%s needs a name",
				       what);
	for (; *p; p++)
		if (*p < 0x21 || *p == 0x7f)
			return usher_error_set(err, USHER_EINVAL,
					       "%s name \"%s\" has a blank or "
					       "control character",
					       what, name);
	return 0;
}

static int fail(int code, const char *what, const char *name,
		struct usher_error *err)
{
	if (code == USHER_EFULL)
		return usher_error_set(err, code,
				       "%s \"%s\": a text, a list or their "
				       "number is over its limit",
				       what, name);
	if (code == USHER_EINVAL)
		return usher_error_set(err, code, "%s \"%s\": malformed list",
				       what, name);
	if (code == USHER_ENOMEM)
		return usher_error_set(err, code, "out of memory");
	return code;
}

int usher_config_new(struct usher_config **ret)
{
	struct usher_config *config;

	if (!ret)
		return USHER_EINVAL;
	config = calloc(1, sizeof(*config));
	if (!config)
		return USHER_ENOMEM;
	atomic_init(&config->refs, 1);
	config->park = (struct usher_park_conf){
		.size = sizeof(config->park),
		.first = 701,
		.count = 10,
		.timeout_ms = 60000,
	};
	config->features.size = sizeof(config->features);
	config->features.sign_in = "*11";
	config->features.sign_out = "*12";
	config->features.pause = "*13";
	config->features.ready = "*14";
	config->features.wrap_up_end = "*15";
	config->outbound.size = sizeof(config->outbound);
	config->outbound.calls = USHER__OUTBOUND_CALLS;
	config->outbound.agent_calls = USHER__OUTBOUND_AGENT;
	*ret = config;
	return 0;
}

static int all_digits(const char *s)
{
	if (!*s)
		return 0;
	while (*s)
		if (!isdigit((unsigned char)*s++))
			return 0;
	return 1;
}

/* "voice=chat": of a kind that has a capacity. */
static bool interrupts_ok(const struct usher_agent_conf *agent,
			  const char *text)
{
	size_t len = strcspn(text, "=") + 1;

	for (uint32_t i = 0; i < agent->capacity_count; i++)
		if (text[len - 1] && strncmp(text, "total=", 6) != 0 &&
		    !strncmp(agent->capacity[i], text, len))
			return true;
	return false;
}

static int agent_validate(const struct usher_agent_conf *agent,
			  struct usher_error *err)
{
	struct usher__endpoint endpoint;
	uint32_t i;

	if (named(agent->name, "agent", err))
		return USHER_EINVAL;
	if (agent->pin && (!all_digits(agent->pin) ||
			   strlen(agent->pin) > 12 || strlen(agent->pin) < 3))
		return usher_error_set(err, USHER_EINVAL,
				       "agent \"%s\": a PIN is 3 to 12 digits",
				       agent->name);
	for (i = 0; i < agent->endpoint_count; i++)
		if (usher__endpoint_read(agent->endpoints[i], &endpoint))
			return usher_error_set(
				err, USHER_EINVAL,
				"agent \"%s\": endpoint \"%s\" is not an "
				"address with \"ring=SECONDS\" or \"accept\" "
				"behind it",
				agent->name, agent->endpoints[i]);
	for (i = 0; i < agent->attribute_count; i++)
		if (!strchr(agent->attributes[i], '='))
			return usher_error_set(
				err, USHER_EINVAL,
				"agent \"%s\": attribute \"%s\" has no value",
				agent->name, agent->attributes[i]);
	for (i = 0; i < agent->interrupt_count; i++)
		if (!interrupts_ok(agent, agent->interrupts[i]))
			return usher_error_set(
				err, USHER_EINVAL,
				"agent \"%s\": \"%s\" interrupts, but has no "
				"capacity of its own",
				agent->name, agent->interrupts[i]);
	for (i = 0; i < agent->capacity_count; i++)
		if (!strchr(agent->capacity[i], '=') ||
		    !all_digits(strchr(agent->capacity[i], '=') + 1))
			return usher_error_set(
				err, USHER_EINVAL,
				"agent \"%s\": capacity \"%s\" is not "
				"channel=number",
				agent->name, agent->capacity[i]);
	return 0;
}

int usher_config_agent(struct usher_config *config,
		       const struct usher_agent_conf *agent,
		       struct usher_error *err)
{
	static const char *const phone[] = {"phone"};
	static const char *const app[] = {"app"};
	struct usher_agent_conf c;
	size_t n;
	int code;

	if (!config || !usher__take(&c, sizeof(c), agent,
				    UP_TO(struct usher_agent_conf, name)))
		return usher_error_set(err, USHER_EINVAL, "no agent given");
	n = config->agent_count;
	code = usher__config_grow(&config->agents, n, USHER__AGENTS_MAX,
				  sizeof(c));
	if (!code && !c.name)
		return named(NULL, "agent", err);
	if (!code && !c.account && c.password)
		c.account = c.name;
	if (!code && !c.endpoint_count) {
		c.endpoints = c.password ? phone : app;
		c.endpoint_count = 1;
	}
	if (code || (code = usher__config_own(config, &c.name)) ||
	    (code = usher__config_own(config, &c.display)) ||
	    (code = usher__config_own(config, &c.account)) ||
	    (code = usher__config_own(config, &c.password)) ||
	    (code = usher__config_own(config, &c.pin)) ||
	    (code = usher__config_own(config, &c.extension)) ||
	    (code = usher__config_own_list(config, &c.endpoints,
					   c.endpoint_count,
					   USHER__LIST_MAX)) ||
	    (code = usher__config_own_list(config, &c.attributes,
					   c.attribute_count,
					   USHER__LIST_MAX)) ||
	    (code = usher__config_own_list(config, &c.queues, c.queue_count,
					   USHER__LIST_MAX)) ||
	    (code = usher__config_own_list(config, &c.capacity,
					   c.capacity_count,
					   USHER__LIST_MAX)) ||
	    (code = usher__config_own_list(config, &c.interrupts,
					   c.interrupt_count,
					   USHER__LIST_MAX)))
		return fail(code, "agent", agent->name ? agent->name : "",
			    err);
	if (!c.display)
		c.display = c.name;
	code = agent_validate(&c, err);
	if (code)
		return code;
	if ((code = name_add(config, AGENT, c.name, n, err)) ||
	    (code = name_add(config, ACCOUNT, c.account, n, err)) ||
	    (code = name_add(config, EXTENSION, c.extension, n, err)))
		return code;
	config->agents[config->agent_count++] = c;
	return 0;
}

/* Each is "name=value". */
static int own_options(struct usher_config *config, const char *const **list,
		       uint32_t count)
{
	int code =
		usher__config_own_list(config, list, count, USHER__LIST_MAX);

	for (uint32_t i = 0; !code && i < count; i++) {
		const char *value = strchr((*list)[i], '=');

		if (!value || value == (*list)[i])
			code = USHER_EINVAL;
	}
	return code;
}

int usher_config_queue(struct usher_config *config,
		       const struct usher_queue_conf *queue,
		       struct usher_error *err)
{
	struct usher_queue_conf c;
	size_t n;
	int code;

	if (!config || !usher__take(&c, sizeof(c), queue,
				    UP_TO(struct usher_queue_conf, name)))
		return usher_error_set(err, USHER_EINVAL, "no queue given");
	n = config->queue_count;
	code = named(c.name, "queue", err);
	if (code)
		return code;
	if (!c.policy)
		c.policy = "longest_idle";
	if (c.fallback && !strcmp(c.fallback, "external"))
		return usher_error_set(
			err, USHER_EINVAL,
			"queue \"%s\": the fallback decides when "
			"\"external\" is late, and cannot be it",
			c.name);
	code = usher__config_callback(&c, err);
	if (code)
		return code;
	if (!c.recording)
		c.recording = "never";
	if (usher__config_share(c.recording) > 100)
		return usher_error_set(
			err, USHER_EINVAL,
			"queue \"%s\": recording is \"never\", \"always\", "
			"\"demand\" or a share like \"20%%\"",
			c.name);
	if ((code = usher__config_grow(&config->queues, n, USHER__QUEUES_MAX,
				       sizeof(c))) ||
	    (code = usher__config_own(config, &c.name)) ||
	    (code = usher__config_own(config, &c.display)) ||
	    (code = usher__config_own(config, &c.policy)) ||
	    (code = usher__config_own(config, &c.fallback)) ||
	    (code = usher__config_own(config, &c.requirement)) ||
	    (code = usher__config_own(config, &c.music)) ||
	    (code = usher__config_own(config, &c.recording)) ||
	    (code = usher__config_own(config, &c.announcement)) ||
	    (code = usher__config_own(config, &c.number)) ||
	    (code = usher__config_own(config, &c.callback_prompt)) ||
	    (code = usher__config_own(config, &c.callback_greeting)) ||
	    (code = usher__config_own(config, &c.callback_key)) ||
	    (code = own_options(config, &c.policy_options,
				c.policy_option_count)) ||
	    (code = own_options(config, &c.order_options,
				c.order_option_count)))
		return fail(code, "queue", queue->name, err);
	if (!c.display)
		c.display = c.name;
	if (!c.service_level_ms)
		c.service_level_ms = 20000;
	if (!c.short_abandon_ms)
		c.short_abandon_ms = 5000;
	if (!c.offer_timeout_ms)
		c.offer_timeout_ms = 20000;
	if (!c.retry_ms)
		c.retry_ms = 5000;
	if (!c.decide_ms)
		c.decide_ms = 1000;
	if ((code = name_add(config, QUEUE, c.name, n, err)) ||
	    (code = name_add(config, NUMBER, c.number, n, err)))
		return code;
	config->queues[config->queue_count++] = c;
	return 0;
}

int usher_config_entry(struct usher_config *config,
		       const struct usher_entry_conf *entry,
		       struct usher_error *err)
{
	struct usher_entry_conf c;
	char key[USHER__TEXT_MAX];
	size_t n;
	int code;

	if (!config || !usher__take(&c, sizeof(c), entry,
				    UP_TO(struct usher_entry_conf, address)))
		return usher_error_set(err, USHER_EINVAL, "no entry given");
	n = config->entry_count;
	code = named(c.address, "entry", err);
	if (code)
		return code;
	if (!c.flow == !c.queue)
		return usher_error_set(err, USHER_EINVAL,
				       "entry \"%s\" needs a flow or a queue",
				       c.address);
	if (!c.language)
		c.language = "en";
	if ((code = usher__config_grow(&config->entries, n, USHER__ENTRIES_MAX,
				       sizeof(c))) ||
	    (code = usher__config_own(config, &c.address)) ||
	    (code = usher__config_own(config, &c.channel)) ||
	    (code = usher__config_own(config, &c.flow)) ||
	    (code = usher__config_own(config, &c.queue)) ||
	    (code = usher__config_own(config, &c.after)) ||
	    (code = usher__config_own(config, &c.language)))
		return fail(code, "entry", entry->address, err);
	snprintf(key, sizeof(key), "%.250s/%.600s", c.channel ? c.channel : "",
		 c.address);
	code = name_add(config, ENTRY, key, n, err);
	if (code)
		return code;
	config->entries[config->entry_count++] = c;
	return 0;
}

int usher_config_trunk(struct usher_config *config,
		       const struct usher_trunk_conf *trunk,
		       struct usher_error *err)
{
	struct usher_trunk_conf c;
	size_t n;
	int code;

	if (!config || !usher__take(&c, sizeof(c), trunk,
				    UP_TO(struct usher_trunk_conf, name)))
		return usher_error_set(err, USHER_EINVAL, "no trunk given");
	n = config->trunk_count;
	code = named(c.name, "trunk", err);
	if (code)
		return code;
	if (c.transport > USHER_TRANSPORT_TLS)
		return usher_error_set(err, USHER_EINVAL,
				       "trunk \"%s\" has no such transport",
				       c.name);
	if (c.srtp > USHER_SRTP_REQUIRE)
		return usher_error_set(err, USHER_EINVAL,
				       "trunk \"%s\" has no such srtp",
				       c.name);
	if ((!c.address || !*c.address) && (!c.sources || !*c.sources))
		return usher_error_set(err, USHER_EINVAL,
				       "trunk \"%s\" needs an address or "
				       "sources",
				       c.name);
	if ((code = usher__config_grow(&config->trunks, n, USHER__TRUNKS_MAX,
				       sizeof(c))) ||
	    (code = usher__config_own(config, &c.name)) ||
	    (code = usher__config_own(config, &c.address)) ||
	    (code = usher__config_own(config, &c.user)) ||
	    (code = usher__config_own(config, &c.password)) ||
	    (code = usher__config_own(config, &c.caller_id)) ||
	    (code = usher__config_own(config, &c.prefix)) ||
	    (code = usher__config_own(config, &c.sources)) ||
	    (code = usher__config_own(config, &c.tls_name)) ||
	    (code = usher__config_own(config, &c.codecs)) ||
	    (code = usher__config_own(config, &c.from_domain)))
		return fail(code, "trunk", trunk->name, err);
	if (!c.prefix)
		c.prefix = "";
	code = name_add(config, TRUNK, c.name, n, err);
	if (code)
		return code;
	config->trunks[config->trunk_count++] = c;
	return 0;
}

/* No code begins with another: the first that fits is taken. */
static bool apart(const char *const *codes, size_t count)
{
	size_t i, k;

	for (i = 0; i < count; i++)
		for (k = 0; codes[i] && k < count; k++)
			if (i != k && codes[k] &&
			    !strncmp(codes[i], codes[k], strlen(codes[k])))
				return false;
	return true;
}

/* Keys pressed in a call: few. */
static bool keys_ok(const struct usher_feature_conf *c)
{
	const char *const all[] = {c->record, c->record_pause};
	size_t i;

	for (i = 0; i < 2; i++)
		if (all[i] && (!*all[i] || strlen(all[i]) > USHER__KEYS_MAX ||
			       all[i][strspn(all[i], "0123456789*#ABCD")]))
			return false;
	return apart(all, 2);
}

int usher_config_features(struct usher_config *config,
			  const struct usher_feature_conf *features,
			  struct usher_error *err)
{
	struct usher_feature_conf c;
	uint32_t i;
	int code;

	if (!config || !usher__take(&c, sizeof(c), features,
				    UP_TO(struct usher_feature_conf, size)))
		return usher_error_set(err, USHER_EINVAL, "no codes given");
	if (c.reason_count > USHER__REASONS_MAX)
		return usher_error_set(err, USHER_EFULL,
				       "more than %u reasons",
				       USHER__REASONS_MAX);
	for (i = 0; i < c.reason_count; i++)
		if (!c.reasons || !c.reasons[i] ||
		    !isdigit((unsigned char)c.reasons[i][0]) ||
		    c.reasons[i][1] != '=' || !c.reasons[i][2])
			return usher_error_set(
				err, USHER_EINVAL,
				"a reason is written 1=lunch, with one digit");
	if (!keys_ok(&c))
		return usher_error_set(err, USHER_EINVAL,
				       "keys in a call: 1 to %u of 0-9*#ABCD, "
				       "and none begins with another's",
				       USHER__KEYS_MAX);
	if (!c.sign_in)
		c.sign_in = config->features.sign_in;
	if (!c.sign_out)
		c.sign_out = config->features.sign_out;
	if (!c.pause)
		c.pause = config->features.pause;
	if (!c.ready)
		c.ready = config->features.ready;
	if (!c.wrap_up_end)
		c.wrap_up_end = config->features.wrap_up_end;
	if (!apart((const char *const[]){c.sign_in, c.sign_out, c.pause,
					 c.ready, c.wrap_up_end},
		   5))
		return usher_error_set(err, USHER_EINVAL,
				       "codes to dial: none begins with "
				       "another's");
	if ((code = usher__config_own(config, &c.sign_in)) ||
	    (code = usher__config_own(config, &c.sign_out)) ||
	    (code = usher__config_own(config, &c.pause)) ||
	    (code = usher__config_own(config, &c.ready)) ||
	    (code = usher__config_own(config, &c.wrap_up_end)) ||
	    (code = usher__config_own(config, &c.record)) ||
	    (code = usher__config_own(config, &c.record_pause)) ||
	    (code = usher__config_own_list(config, &c.reasons, c.reason_count,
					   USHER__LIST_MAX)))
		return fail(code, "feature codes", "", err);
	config->features = c;
	return 0;
}

int usher_config_flows(struct usher_config *config,
		       struct usher_flow_set *flows)
{
	if (!config)
		return USHER_EINVAL;
	if (flows)
		usher_flow_set_ref(flows);
	usher_flow_set_unref(config->flows);
	config->flows = flows;
	return 0;
}
