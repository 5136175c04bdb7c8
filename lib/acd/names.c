/*
 * Names of agents' attributes that compiled requirements read: profiles hold
 * these and no others. A name is kept as long as a requirement that reads it.
 */
#include <acd/tables.h>

static uint32_t place_of(const struct classes *all, const char *name,
			 bool *found)
{
	uint32_t at = 0;
	int cmp = 1;

	while (at < all->name_count &&
	       (cmp = strcmp(all->names[at]->text, name)) < 0)
		at++;
	*found = at < all->name_count && !cmp;
	return at;
}

/* An attribute of a longer name does not exist. */
static bool is_kept(const char *name)
{
	return usher__is_agent_name(name) && strlen(name) <= USHER_NAME_MAX;
}

static void remove_at(struct usher_acd *acd, uint32_t at)
{
	struct classes *all = acd->classes;

	acd->alloc.realloc(acd->alloc.arg, all->names[at], 0);
	all->name_count--;
	memmove(&all->names[at], &all->names[at + 1],
		(all->name_count - at) * sizeof(*all->names));
}

static int add(struct usher_acd *acd, const char *name)
{
	struct classes *all = acd->classes;
	size_t size = strlen(name) + 1;
	struct name *made;
	bool found;
	uint32_t at = place_of(all, name, &found);

	if (found)
		return 0;
	if (all->name_count == NAMES_MAX)
		return USHER_EFULL;
	made = acd->alloc.realloc(acd->alloc.arg, NULL, sizeof(*made) + size);
	if (!made)
		return USHER_ENOMEM;
	made->refs = 0;
	memcpy(made->text, name, size);
	memmove(&all->names[at + 1], &all->names[at],
		(all->name_count - at) * sizeof(*all->names));
	all->names[at] = made;
	all->name_count++;
	return 0;
}

static void drop_unread(struct usher_acd *acd)
{
	for (uint32_t at = acd->classes->name_count; at-- > 0;) {
		if (!acd->classes->names[at]->refs)
			remove_at(acd, at);
	}
}

static void count(struct classes *all, const struct usher_expr *expr,
		  uint32_t change)
{
	for (uint32_t i = 0; i < usher_expr_names(expr); i++) {
		const char *name = usher_expr_name(expr, i);
		bool found;
		uint32_t at;

		if (!is_kept(name))
			continue;
		at = place_of(all, name, &found);
		all->names[at]->refs += change;
	}
}

int usher__names_hold(struct usher_acd *acd, const struct usher_expr *expr)
{
	struct classes *all = acd->classes;
	uint32_t before = all->name_count;
	int err = 0;

	for (uint32_t i = 0; !err && i < usher_expr_names(expr); i++) {
		const char *name = usher_expr_name(expr, i);

		if (is_kept(name))
			err = add(acd, name);
	}
	if (err) {
		drop_unread(acd);
		return err;
	}
	count(all, expr, 1);
	all->names_changed |= all->name_count != before;
	return 0;
}

void usher__names_release(struct usher_acd *acd, const struct usher_expr *expr)
{
	uint32_t before = acd->classes->name_count;

	count(acd->classes, expr, UINT32_MAX);
	drop_unread(acd);
	acd->classes->names_changed |= acd->classes->name_count != before;
}

/* Put every agent into the profile it now belongs to. */
static void profiles_renew(struct usher_acd *acd)
{
	for (uint32_t i = 0; i < acd->agents.count; i++) {
		struct agent *agent = acd->agents.items[i];

		usher__agent_unindex(acd, agent);
		usher__profile_leave(acd, agent);
		usher__profile_join(acd, agent);
		usher__agent_index(acd, agent);
	}
}

void usher__names_settle(struct usher_acd *acd)
{
	if (!acd->classes->names_changed)
		return;
	acd->classes->names_changed = false;
	profiles_renew(acd);
}
