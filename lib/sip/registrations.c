/* Who is registered elsewhere: made, found, moved and taken away. What becomes
 * of each is register.c's. */
#include <string.h>

#include <sip/registration.h>

enum { DEFAULT_EXPIRES_S = 600 };

static void registration_destructor(void *arg)
{
	struct usher__registration *reg = arg;

	tmr_cancel(&reg->tmr);
	tmr_cancel(&reg->alive_tmr);
	list_unlink(&reg->le);
	mem_deref(reg->alive);
	mem_deref(reg->req);
	mem_deref(reg->dlg);
	mem_deref(reg->auth);
	mem_deref(reg->registrar);
	mem_deref(reg->aor);
	mem_deref(reg->user);
	usher__secret_free(reg->password);
}

static int fill(struct usher__registration *reg,
		const struct usher__register_opts *opts,
		struct usher_error *err)
{
	struct pl pl, user, host;
	struct uri uri;

	if (!opts->registrar || !opts->user || !*opts->user ||
	    !usher__text_ok(opts->registrar) || !usher__text_ok(opts->user) ||
	    !usher__text_ok(opts->domain))
		return usher_error_set(err, USHER_EINVAL,
				       "registrar and user are needed");
	pl_set_str(&pl, opts->registrar);
	reg->sips = usher__uri_sips(&pl);
	if (uri_decode(&uri, &pl) || pl.l >= USHER__UA_MAX_URI ||
	    (!reg->sips && pl_strcasecmp(&uri.scheme, "sip")))
		return usher_error_set(err, USHER_EINVAL,
				       "the registrar is no SIP URI");
	host = uri.host;
	if (opts->domain)
		pl_set_str(&host, opts->domain);
	pl_set_str(&user, opts->user);
	if (re_sdprintf(&reg->aor, "sip:%H@%H", uri_user_escape, &user,
			usher__host_print, &host) ||
	    usher__str_set(&reg->registrar, opts->registrar) ||
	    usher__str_set(&reg->user, opts->user) ||
	    usher__str_set(&reg->password, opts->password) ||
	    usher__auth_client(&reg->auth, &reg->user, &reg->password) ||
	    sip_dialog_alloc(&reg->dlg, reg->registrar, reg->aor, NULL,
			     reg->aor, NULL, 0))
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	return 0;
}

int usher__ua_register(struct usher__ua *ua,
		       const struct usher__register_opts *opts,
		       uint32_t *ret_id, struct usher_error *err)
{
	struct usher__registration *reg;
	int code;

	if (ua->stopping)
		return usher_error_set(err, USHER_ECLOSED, "stopping");
	if (list_count(&ua->registrations) >= USHER__UA_MAX_REGISTRATIONS)
		return usher_error_set(err, USHER_EFULL,
				       "more than %d registrations",
				       USHER__UA_MAX_REGISTRATIONS);
	reg = mem_zalloc(sizeof(*reg), registration_destructor);
	if (!reg)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	tmr_init(&reg->tmr);
	tmr_init(&reg->alive_tmr);
	reg->ua = ua;
	reg->expires_s = opts->expires_s ? opts->expires_s : DEFAULT_EXPIRES_S;
	if (reg->expires_s > USHER__UA_MAX_EXPIRES_S)
		reg->expires_s = USHER__UA_MAX_EXPIRES_S;
	code = fill(reg, opts, err);
	if (code) {
		mem_deref(reg);
		return code;
	}
	reg->id = ++ua->last_registration;
	reg->trunk = opts->trunk;
	if (usher__registration_trunk(reg))
		strcpy(reg->line, usher__registration_trunk(reg)->line);
	list_append(&ua->registrations, &reg->le, reg);
	usher__registration_begin(reg);
	*ret_id = reg->id;
	return 0;
}

static struct usher__registration *registration_find(struct usher__ua *ua,
						     uint32_t id)
{
	struct le *le;

	for (le = ua->registrations.head; le; le = le->next) {
		struct usher__registration *reg = le->data;

		if (reg->id == id)
			return reg;
	}
	return NULL;
}

void usher__ua_registration_move(struct usher__ua *ua, uint32_t id,
				 uint32_t trunk)
{
	struct usher__registration *reg = registration_find(ua, id);

	if (reg)
		reg->trunk = trunk;
}

bool usher__ua_registered(struct usher__ua *ua, uint32_t id)
{
	const struct usher__registration *reg = registration_find(ua, id);

	return reg && reg->state == USHER__REG_REGISTERED;
}

void usher__registration_kick(struct usher__trunk *trunk)
{
	struct usher__registration *reg =
		registration_find(trunk->ua, trunk->registration);

	if (reg)
		usher__registration_again(reg);
}

int usher__ua_unregister(struct usher__ua *ua, uint32_t id)
{
	struct usher__registration *reg = registration_find(ua, id);

	if (!reg || reg->state == USHER__REG_LEAVING)
		return USHER_ENOENT;
	usher__registration_leave(reg);
	return 0;
}

void usher__registrations_stop(struct usher__ua *ua)
{
	struct le *le = ua->registrations.head;

	while (le) {
		struct usher__registration *reg = le->data;

		le = le->next;
		usher__registration_leave(reg);
	}
}

void usher__registrations_free(struct usher__ua *ua)
{
	list_flush(&ua->registrations);
}
