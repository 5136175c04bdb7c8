/* Random options of policies, and some that no policy takes. */
#include <string.h>

#include "day.h"

struct list {
	struct usher_attr *at;
	size_t count;
};

static void number(struct list *l, const char *name, double value)
{
	struct usher_attr *attr = &l->at[l->count++];

	memset(attr, 0, sizeof(*attr));
	attr->name = name;
	attr->type = USHER_ATTR_NUMBER;
	attr->number = value;
}

static void text(struct list *l, const char *name, const char *value)
{
	struct usher_attr *attr = &l->at[l->count++];

	memset(attr, 0, sizeof(*attr));
	attr->name = name;
	attr->type = USHER_ATTR_TEXT;
	attr->text = value;
}

static void teams(struct day *d, struct list *l, unsigned least)
{
	if (rng_percent(&d->rng, 25)) {
		text(l, "attribute", "language");
		number(l, "hu", least + rng_below(&d->rng, 3));
		number(l, "pl", 1 + rng_below(&d->rng, 5));
		return;
	}
	number(l, "north", least + rng_below(&d->rng, 4));
	number(l, "south", 1 + rng_below(&d->rng, 4));
}

static void skills(struct day *d, struct list *l)
{
	if (rng_percent(&d->rng, 50))
		text(l, "about", "topic");
	if (!l->count || rng_percent(&d->rng, 60))
		number(l, "billing", rng_below(&d->rng, 4));
	if (rng_percent(&d->rng, 40))
		number(l, "hungarian", 0.5);
}

static void batch(struct day *d, struct list *l)
{
	static const double windows[] = {0, 0.5, 2, 7};

	number(l, "window", windows[rng_below(&d->rng, 4)]);
	if (rng_percent(&d->rng, 40))
		number(l, "idle", rng_below(&d->rng, 3));
	if (rng_percent(&d->rng, 40))
		number(l, "wait", rng_below(&d->rng, 3));
	if (rng_percent(&d->rng, 40))
		number(l, "preferred", 100);
	if (rng_percent(&d->rng, 50))
		text(l, "about", "topic");
	if (rng_percent(&d->rng, 50))
		number(l, "billing", rng_below(&d->rng, 4));
}

static void timed(struct day *d, struct list *l, const char *policy)
{
	if (!strcmp(policy, "preferred_agent")) {
		number(l, "patience", 10 * rng_below(&d->rng, 8));
	} else if (!strcmp(policy, "ring_progressive")) {
		number(l, "first", 1 + rng_below(&d->rng, 2));
		number(l, "after", 1 + rng_below(&d->rng, 6));
		if (rng_percent(&d->rng, 50))
			number(l, "step", 1 + rng_below(&d->rng, 3));
	} else if (!strcmp(policy, "batch")) {
		batch(d, l);
	}
}

size_t options_random(struct day *d, const char *policy,
		      struct usher_attr list[OPTIONS_MAX])
{
	struct list l = {list, 0};

	if (!strcmp(policy, "fair_threshold"))
		teams(d, &l, 1);
	else if (measure_by_team(policy))
		teams(d, &l, 0);
	else if (strstr(policy, "skilled"))
		skills(d, &l);
	else if (!strcmp(policy, "weighted_random") &&
		 rng_percent(&d->rng, 50))
		text(&l, "attribute", "billing");
	else if (strstr(policy, "est_first") && rng_percent(&d->rng, 50))
		number(&l, "prior", rng_below(&d->rng, 60));
	else
		timed(d, &l, policy);
	if (rng_percent(&d->rng, 3))
		text(&l, "no such option", "");
	return l.count;
}

size_t options_order(struct day *d, struct usher_attr list[OPTIONS_MAX])
{
	struct list l = {list, 0};

	if (rng_percent(&d->rng, 40))
		number(&l, "cost", rng_below(&d->rng, 5));
	if (rng_percent(&d->rng, 40))
		number(&l, "growth", 1 + rng_below(&d->rng, 3));
	if (rng_percent(&d->rng, 30))
		number(&l, "handle", 30);
	if (rng_percent(&d->rng, 40)) {
		/* one draw for both, since no order reads both */
		const unsigned tenths = rng_below(&d->rng, 11);

		number(&l, "share", 10 * tenths);
		number(&l, "boost", 30 * tenths);
	}
	if (rng_percent(&d->rng, 2))
		number(&l, "cost of what", -1);
	return l.count;
}
