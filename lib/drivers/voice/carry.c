/* What goes between a caller and whom the call reaches.
 *
 * User-to-User (RFC 7433) and Privacy (RFC 3323): they are for whom the caller
 * reaches, so they go from its leg to those that ring for it. Where it is
 * called back they outlive the leg: the center keeps them.
 *
 * Who calls is asserted to others (RFC 3325, 5) where a trusted trunk has
 * asserted it to us, or a password has proven it.
 *
 * A phone whose call is not answered yet hears of the refusal of who it called
 * what that is about: the number, or the person. What is about our own request
 * (who we are to a trunk, what we offered) or about a server is 403 or 500
 * here: nobody has to prove itself to us for a trunk (401), and a phone would
 * take 503 for ours, and us for dead (RFC 3261, 16.7). */
#include <stdio.h>
#include <string.h>

#include "drivers/voice/hub.h"

static char *copy(const char *text)
{
	return *text ? strdup(text) : NULL;
}

/* Without memory the call goes on without them. */
void usher__voice_carry_keep(struct voice_leg *leg,
			     const struct usher__invite *inv)
{
	leg->user_to_user = copy(inv->user_to_user);
	leg->privacy = copy(inv->privacy);
	leg->claimed =
		!*inv->asserted &&
		(!*inv->account || strcmp(inv->account, inv->from_user) != 0);
}

char *usher__voice_carry_headers(const struct voice_leg *caller,
				 const char *privacy, const char *uui)
{
	size_t size;
	char *text;

	if (caller && caller->user_to_user)
		uui = caller->user_to_user;
	if (caller && caller->privacy)
		privacy = caller->privacy;
	if (!privacy)
		privacy = "";
	if (!uui)
		uui = "";
	if (!*uui && !*privacy)
		return NULL;
	size = strlen(uui) + strlen(privacy) +
	       sizeof("User-to-User: \r\nPrivacy: \r\n");
	text = malloc(size);
	if (!text)
		return NULL;
	snprintf(text, size, "%s%s%s%s%s%s", *uui ? "User-to-User: " : "", uui,
		 *uui ? "\r\n" : "", *privacy ? "Privacy: " : "", privacy,
		 *privacy ? "\r\n" : "");
	return text;
}

static uint16_t passed_on(uint16_t status)
{
	switch (status) {
	case 404:
	case 410:
	case 480:
	case 484:
	case 486:
	case 600:
	case 603:
	case 604:
		return status;
	case 408: /* nobody was found in time */
		return 480;
	case 401:
	case 403:
	case 407:
		return 403;
	default:
		return status < 400 ? 480 : status < 600 ? 500 : 603;
	}
}

void usher__voice_carry_begin(struct voice_leg *leg, struct voice_leg *caller,
			      const char *number, int err)
{
	if (!caller)
		return;
	if (leg)
		leg->caller = caller->id;
	/* None of the trunks is for it. */
	caller->said = number && err == USHER_ENOENT ? 404 : 480;
}

void usher__voice_carry_end(const struct voice_leg *leg,
			    const struct usher__leg_event *event)
{
	struct voice_leg *caller =
		leg->caller
			? usher__voice_leg_find(leg->voice->hub, leg->caller)
			: NULL;

	if (!caller)
		return;
	if (event->cause == USHER__CAUSE_REFUSED)
		caller->said = passed_on(event->status);
	else
		caller->said = event->cause == USHER__CAUSE_MEDIA ? 500 : 480;
}

uint16_t usher__voice_carry_status(const struct voice_leg *leg, int reason)
{
	uint16_t said = leg->said;

	switch (reason) {
	case USHER_LEG_BUSY:
		return said == 600 || said == 603 ? said : 486;
	case USHER_LEG_NO_ANSWER:
		return 480;
	case USHER_LEG_UNREACHABLE:
		return said ? said : 404;
	case USHER_LEG_REFUSED:
		return said ? said : 403;
	case USHER_LEG_FAILED:
		return said ? said : 480;
	case USHER_LEG_OVERLOAD:
		return said ? said : 503;
	default:
		return 480;
	}
}
