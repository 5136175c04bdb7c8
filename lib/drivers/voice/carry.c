/* User-to-User (RFC 7433) and Privacy (RFC 3323): they are for whom the caller
 * reaches, so they go from its leg to those that ring for it. Where it is
 * called back they outlive the leg: the center keeps them.
 *
 * Who calls is asserted to others (RFC 3325, 5) where a trusted trunk has
 * asserted it to us, or a password has proven it. */
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
