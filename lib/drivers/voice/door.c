/* Who comes, and to which tenant: callers, phones and trunks that prove who
 * they are, phones that register.
 */
#include <string.h>

#include "drivers/voice/hub.h"

static struct usher__voice *tenant(struct usher__voice_hub *hub,
				   const char *domain)
{
	struct usher__voice *voice, *fallback = NULL;

	for (voice = hub->voices; voice; voice = voice->next) {
		if (!voice->domain[0])
			fallback = voice;
		else if (!strcasecmp(voice->domain, domain))
			return voice;
	}
	return fallback;
}

int usher__voice_door_domain(void *arg, const char *host, char *ret,
			     size_t size)
{
	struct usher__voice *voice = tenant(arg, host);
	const char *name;

	if (!voice)
		return USHER_ENOENT;
	name = voice->domain[0] ? voice->domain : "usher";
	if (strlen(name) >= size)
		return USHER_ENOENT;
	strcpy(ret, name);
	return 0;
}

/* A phone of an agent, or a trunk that proves itself by its account. */
int usher__voice_door_account(void *arg, const char *domain, const char *user,
			      struct usher__account *ret)
{
	struct usher__voice *voice = tenant(arg, domain);
	const char *password;
	size_t i;

	if (!voice)
		return USHER_ENOENT;
	password = voice->password(voice->arg, user);
	for (i = 0; !password && i < voice->trunk_count; i++) {
		const struct voice_trunk *trunk = &voice->trunks[i];

		if (!trunk->user || strcmp(trunk->user, user))
			continue;
		password = trunk->password;
		ret->trunk = trunk->id;
	}
	if (!password || strlen(password) >= sizeof(ret->password))
		return USHER_ENOENT;
	strcpy(ret->password, password);
	return 0;
}

static const char *trunk_name(struct usher__voice *voice, uint32_t id)
{
	const struct voice_trunk *trunk = usher__voice_trunk_by_id(voice, id);

	return trunk ? trunk->name : NULL;
}

/* A call of this tenant, by a phone of this tenant: picked up, or transferred
 * to it by somebody who knows the dialog. */
static int may_replace(struct usher__voice_hub *hub,
		       const struct usher__voice *voice,
		       const struct usher__invite *inv)
{
	const struct voice_leg *leg = usher__leg_arg(hub->ua, inv->replaces);

	if (!leg || leg->voice != voice)
		return 481;
	return *inv->account && !inv->trunk ? 0 : 403;
}

static const char *said(const char *text)
{
	return *text ? text : NULL;
}

int usher__voice_door_invite(void *arg, const struct usher__invite *inv)
{
	struct usher__voice_hub *hub = arg;
	struct usher__voice *voice = tenant(hub, inv->domain);
	struct usher_channel_arrival arrival = {.size = sizeof(arrival)};
	struct voice_leg *leg;
	uint64_t id;
	int err;

	if (!voice || !voice->channel)
		return 503;
	if (inv->replaces)
		return may_replace(hub, voice, inv);
	/* A provider calls the account: whom it is for is in To. */
	arrival.entry = inv->by_account ? inv->to_user : inv->user;
	arrival.from = *inv->asserted ? inv->asserted : inv->from_user;
	arrival.from_name = said(inv->from_name);
	arrival.account = said(inv->account);
	arrival.trunk = trunk_name(voice, inv->trunk);
	arrival.diverted_first = said(inv->called);
	arrival.diverted_by = said(inv->diverted);
	arrival.diverted_reason = said(inv->diverted_reason);
	arrival.privacy = said(inv->privacy);
	arrival.user_to_user = said(inv->user_to_user);
	/* First, since who has arrived must be able to leave. */
	leg = usher__voice_leg_new(voice, inv->leg);
	if (!leg)
		return 503;
	err = usher_channel_arrived(voice->channel, &arrival, &id);
	if (err) {
		usher__voice_leg_free(leg);
		return err == USHER_EINVAL ? 400 : 503;
	}
	if (usher__voice_leg_add(leg, id)) {
		usher__voice_say(leg, VOICE_KEEP_ENDED, USHER__ENDED,
				 USHER_LEG_OVERLOAD);
		usher__voice_leg_free(leg);
		return 503;
	}
	usher__voice_carry_keep(leg, inv);
	usher__leg_set_arg(hub->ua, inv->leg, leg);
	return 0;
}

void usher__voice_door_binding(void *arg, enum usher__binding_change change,
			       const struct usher__binding *binding)
{
	struct usher__voice_hub *hub = arg;
	struct usher__voice *voice = tenant(hub, binding->domain);
	struct usher__saying what = {.type = USHER__REGISTERED};
	bool here = change == USHER__BINDING_NEW ||
		    change == USHER__BINDING_REFRESHED;

	if (voice && voice->phones)
		voice->phones(voice->arg, change != USHER__BINDING_REFRESHED ||
						  binding->moved);
	if (!voice || !voice->channel || change == USHER__BINDING_REFRESHED)
		return;
	if (!here && usher__ua_bindings(hub->ua, binding->domain,
					binding->user, NULL, NULL) > 0)
		return;
	what.text = binding->user;
	what.from = binding->contact;
	what.value = here ? (int64_t)binding->expires_s * 1000 : 0;
	usher__reserve_fill(&voice->bindings, VOICE_BINDING_RESERVE);
	if (usher__reserve_say(&voice->bindings, voice->channel, 0, &what) &&
	    hub->log)
		hub->log(hub->log_arg, 1,
			 "voice: a registration is not heard of");
}
