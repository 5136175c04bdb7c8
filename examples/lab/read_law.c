/* Laws of times: a mean alone, or a mapping. */
#include <string.h>

#include "read.h"

static const char *const names[] = {
	"none",    "fixed", "exponential", "lognormal", "gamma",
	"weibull", "hyper", "values",      "quantiles", NULL};

struct law {
	double mean, cv;
	double part, first, second;
	const char *file;
};

static const struct read_field fields[] = {
	{"law", READ_OTHER, 0, 0, 0},
	{"mean", READ_SECONDS, offsetof(struct law, mean), 0, 0},
	{"cv", READ_NUMBER, offsetof(struct law, cv), 0, USHER_SIM_CV_MAX},
	{"part", READ_PART, offsetof(struct law, part), 0, 0},
	{"first", READ_SECONDS, offsetof(struct law, first), 0, 0},
	{"second", READ_SECONDS, offsetof(struct law, second), 0, 0},
	{"times", READ_OTHER, 0, 0, 0},
	{"file", READ_TEXT, offsetof(struct law, file), 0, 0},
};

static int read_times(const struct reader *r, yaml_node_t *list,
		      const struct read_law *law)
{
	static const struct read_field one = {"a time", READ_SECONDS, 0, 0, 0};
	double *times;
	int rc = read_list(r, list, "times", USHER_SIM_VALUES_MAX);

	if (rc)
		return rc;
	*law->count = (uint32_t)usher__yaml_len(list);
	times = read_alloc(r, *law->count, sizeof(*times));
	if (!times)
		return USHER_ENOMEM;
	*law->values = times;
	for (uint32_t i = 0; !rc && i < *law->count; i++)
		rc = read_one(r, usher__yaml_item(r->yaml, list, i), one.key,
			      &one, &times[i]);
	return rc;
}

/* Two branches written out are three values. */
static int branches(const struct reader *r, const struct law *read,
		    const struct read_law *law)
{
	double *values = read_alloc(r, 3, sizeof(*values));

	if (!values)
		return USHER_ENOMEM;
	values[0] = read->part;
	values[1] = read->first;
	values[2] = read->second;
	*law->values = values;
	*law->count = 3;
	return 0;
}

static int need(const struct reader *r, yaml_node_t *map, const char *what,
		const char *key, const char *law)
{
	if (usher__yaml_get(r->yaml, map, key))
		return 0;
	return read_fail(r, map, "%s of the law %s needs '%s'", what, law,
			 key);
}

/* A key that a law does not read would be passed over in silence. */
static int only(const struct reader *r, yaml_node_t *map, const char *what,
		size_t which)
{
	static const char *const of_one[] = {"mean", NULL},
				 *const of_two[] = {"mean", "cv", NULL},
				 *const of_hyper[] = {"part", "first",
						      "second", NULL},
				 *const of_list[] = {"times", "file", NULL};
	const char *const *keys = of_two;
	yaml_node_t *key, *value;
	const char *name;

	if (which <= USHER_LAW_EXPONENTIAL)
		keys = of_one;
	else if (which >= USHER_LAW_VALUES)
		keys = of_list;
	else if (which == USHER_LAW_HYPER &&
		 usher__yaml_get(r->yaml, map, "part"))
		keys = of_hyper;
	for (size_t i = 0;
	     usher__yaml_entry(r->yaml, map, i, &name, &key, &value); i++) {
		size_t k = 0;

		while (keys[k] && strcmp(keys[k], name) != 0)
			k++;
		if (!keys[k] && strcmp(name, "law") != 0)
			return read_fail(r, key, "%s of the law %s has no %s",
					 what, names[which], name);
	}
	return 0;
}

static int some_time(const struct reader *r, const yaml_node_t *node,
		     const struct read_law *law)
{
	return *law->mean > 0
		       ? 0
		       : read_fail(r, node, "%s has to be longer than 0",
				   law->what);
}

static int read_map(const struct reader *r, yaml_node_t *map,
		    const struct read_law *law)
{
	yaml_node_t *name = usher__yaml_get(r->yaml, map, "law");
	struct law read = {0};
	size_t which = USHER_LAW_EXPONENTIAL;
	int rc;

	rc = read_fields(r, map, law->what, fields, LAB_COUNT(fields), &read);
	if (!rc && name)
		rc = usher__yaml_word(r->yaml, name, "law", names, &which,
				      r->err);
	if (!rc)
		rc = only(r, map, law->what, which);
	if (rc)
		return rc;
	*law->law = (int32_t)which;
	*law->mean = read.mean;
	*law->cv = read.cv;
	if (which == USHER_LAW_NONE)
		return 0;
	if (which >= USHER_LAW_VALUES && read.file)
		return read_values(r, usher__yaml_get(r->yaml, map, "file"),
				   read.file, law->values, law->count);
	if (which >= USHER_LAW_VALUES) {
		rc = need(r, map, law->what, "times", names[which]);
		return rc ? rc
			  : read_times(r,
				       usher__yaml_get(r->yaml, map, "times"),
				       law);
	}
	if (which == USHER_LAW_HYPER && usher__yaml_get(r->yaml, map, "part"))
		return branches(r, &read, law);
	rc = need(r, map, law->what, "mean", names[which]);
	if (!rc)
		rc = some_time(r, usher__yaml_get(r->yaml, map, "mean"), law);
	if (!rc && which > USHER_LAW_EXPONENTIAL)
		rc = need(r, map, law->what, "cv", names[which]);
	if (!rc && which == USHER_LAW_HYPER && read.cv < 1)
		rc = read_fail(r, usher__yaml_get(r->yaml, map, "cv"),
			       "cv of the law hyper is 1 at least");
	return rc;
}

int read_law(const struct reader *r, const yaml_node_t *node,
	     const struct read_law *law)
{
	const struct read_field one = {law->what, READ_SECONDS, 0, 0, 0};
	int rc;

	if (!node)
		return 0;
	if (usher__yaml_is_map(node))
		return read_map(r, (yaml_node_t *)node, law);
	*law->law = USHER_LAW_EXPONENTIAL;
	rc = read_one(r, node, law->what, &one, law->mean);
	return rc ? rc : some_time(r, node, law);
}
