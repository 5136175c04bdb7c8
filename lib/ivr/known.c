/*
 * The names with a dot that the center answers, see docs/flows.md and
 * lib/center/names.c: one that is misspelled would be undefined for ever, so
 * it is refused when the set is finished.
 */
#include <string.h>

#include "ivr/model.h"

/* What stands behind a prefix; NULL where any name may. */
static const struct family {
	const char *prefix;
	const char *const *fields;
	const char *text;
} families[] = {
	{"caller", (const char *const[]){"number", "name", NULL},
	 "number or name"},
	{"contact", NULL, NULL},
	{"diverted", (const char *const[]){"first", "by", "reason", NULL},
	 "first, by or reason"},
	{"queue",
	 (const char *const[]){"waiting", "agents", "free", "open", "expected",
			       "longest", NULL},
	 "NAME.waiting, agents, free, open, expected or longest"},
	{"time",
	 (const char *const[]){"hour", "minute", "weekday", "day", "month",
			       "year", NULL},
	 "hour, minute, weekday, day, month or year"},
	{"wait",
	 (const char *const[]){"position", "seconds", "expected", NULL},
	 "position, seconds or expected"},
	{"agent", (const char *const[]){"name", NULL}, "name"},
	{"center", (const char *const[]){"name", NULL}, "name"},
};

static const struct family *family_of(const char *name)
{
	size_t len = strcspn(name, ".");

	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		if (strlen(families[i].prefix) == len &&
		    !memcmp(families[i].prefix, name, len))
			return &families[i];
	return NULL;
}

static bool field_known(const struct family *family, const char *name)
{
	const char *first = strchr(name, '.') + 1;
	const char *last = strrchr(name, '.') + 1;

	if (!family->fields)
		return true;
	/* Between prefix and field stands a queue's name, and must. */
	if (!strcmp(family->prefix, "queue")) {
		if (last - first < 2)
			return false;
		first = last;
	}
	for (size_t i = 0; family->fields[i]; i++)
		if (!strcmp(family->fields[i], first))
			return true;
	return false;
}

int usher__flow_known(const struct place *place, const char *name,
		      struct usher_error *err)
{
	const struct family *family = family_of(name);

	if (!family)
		return usher__flow_problem(
			err, USHER_EINVAL, place,
			"unknown-name: %s: names with a dot start with "
			"contact, caller, diverted, queue, wait, time, agent "
			"or center",
			name);
	if (!field_known(family, name))
		return usher__flow_problem(
			err, USHER_EINVAL, place,
			"unknown-name: %s: behind %s stands %s", name,
			family->prefix, family->text);
	return 0;
}
