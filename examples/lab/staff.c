/* lab staff: the fewest agents for a target, by formula or by simulation. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "staff.h"

static const char help_text[] =
	"usage: lab staff [OPTION ...]              by formula\n"
	"       lab staff [OPTION ...] DAY.yaml     by simulation\n"
	"\n"
	"The fewest agents with which all that is wanted holds. By "
	"simulation\n"
	"the file's targets, and what a group may cost and have, are asked;\n"
	"each staffing meets the same days, and what is found is tried on\n"
	"others.\n"
	"\n"
	"  --want FIGURE=LIMIT  level_strict=80%, asa_s=20s, abandoned=3%,\n"
	"                       wait_95=30s, ...; may be given again\n"
	"\nby formula:\n" LAB_LOAD_HELP "\nby simulation:\n" LAB_OPTIONS_HELP
	"  --restarts N         search again from nearby, so often: 0\n"
	"  --plot PREFIX        a picture, too: PREFIX-cost.svg\n";

/* Options of the formula; those of simulations go on to lab_options(). */
static const struct {
	const char *name;
	size_t offset;
} own[] = {{"--arrivals", offsetof(struct staff_asked, text.arrivals)},
	   {"--handle", offsetof(struct staff_asked, text.handle)},
	   {"--patience", offsetof(struct staff_asked, text.patience)},
	   {"--room", offsetof(struct staff_asked, text.room)},
	   {"--target", offsetof(struct staff_asked, text.target)},
	   {"--short", offsetof(struct staff_asked, text.brief)}};

static int add_want(struct staff_asked *a, const char *text)
{
	if (a->want_count == STAFF_WANTS_MAX)
		return lab_wrong("staff", "too many --want");
	if (!strchr(text, '='))
		return lab_wrong("staff",
				 "--want takes FIGURE=LIMIT, not '%s'", text);
	a->wants[a->want_count++] = text;
	return 0;
}

/* Takes its own options out of argv; -1: go on, else the status. */
static int take_own(struct staff_asked *a, int *argc, char **argv)
{
	int kept = 1, status = 0;

	for (int i = 1; !status && i < *argc; i++) {
		size_t k = 0;

		while (k < LAB_COUNT(own) && strcmp(argv[i], own[k].name) != 0)
			k++;
		if (!strcmp(argv[i], "--loss")) {
			a->text.loss = a->formula = true;
		} else if (k == LAB_COUNT(own) &&
			   strcmp(argv[i], "--want") != 0) {
			argv[kept++] = argv[i];
		} else if (i + 1 == *argc) {
			status = lab_wrong("staff", "%s without its value",
					   argv[i]);
		} else if (k == LAB_COUNT(own)) {
			status = add_want(a, argv[++i]);
		} else {
			*(const char **)((char *)a + own[k].offset) =
				argv[++i];
			a->formula = true;
		}
	}
	argv[kept] = NULL;
	*argc = kept;
	return status ? status : -1;
}

/* ---- By formula ---- */

/* level_strict, asa_s and so on, as in usher/erlang.h; wait_95 is a
 * percentile. */
static int formula_target(const char *name, struct usher_erlang_target *target,
			  enum lab_unit *unit)
{
	static const struct {
		const char *name;
		int32_t figure;
		enum lab_unit unit;
	} names[] = {{"level_answered", USHER_ERLANG_LEVEL_ANSWERED, LAB_PART},
		     {"level_credit", USHER_ERLANG_LEVEL_CREDIT, LAB_PART},
		     {"level_strict", USHER_ERLANG_LEVEL_STRICT, LAB_PART},
		     {"level_exclude", USHER_ERLANG_LEVEL_EXCLUDE, LAB_PART},
		     {"level_short_credit", USHER_ERLANG_LEVEL_SHORT_CREDIT,
		      LAB_PART},
		     {"answered", USHER_ERLANG_ANSWERED, LAB_PART},
		     {"abandoned", USHER_ERLANG_ABANDONED, LAB_PART},
		     {"blocked", USHER_ERLANG_BLOCKED, LAB_PART},
		     {"waited", USHER_ERLANG_WAITS, LAB_PART},
		     {"occupancy", USHER_ERLANG_OCCUPANCY, LAB_PART},
		     {"asa_s", USHER_ERLANG_ASA, LAB_TIME},
		     {"wait_s", USHER_ERLANG_WAIT, LAB_TIME}};
	uint64_t percent;

	usher_erlang_target_init(target, sizeof(*target));
	for (size_t i = 0; i < LAB_COUNT(names); i++)
		if (!strcmp(name, names[i].name)) {
			target->figure = names[i].figure;
			*unit = names[i].unit;
			return 0;
		}
	if (!strncmp(name, "wait_", 5) &&
	    !lab_count(name + 5, 1, 99, &percent)) {
		target->percentile = (double)percent / 100;
		*unit = LAB_TIME;
		return 0;
	}
	return lab_wrong("staff", "formulas know no '%s'", name);
}

static int formula_want(const struct usher_erlang_opts *load, const char *text,
			uint32_t *ret)
{
	const char *equals = strrchr(text, '=');
	char *name = strndup(text, (size_t)(equals - text));
	struct usher_erlang_target target;
	struct usher_error err = {0};
	enum lab_unit unit = LAB_PART;
	double limit = 0;
	int status = name ? formula_target(name, &target, &unit) : 1;

	if (!status &&
	    (unit == LAB_PART ? lab_part : lab_seconds)(equals + 1, &limit))
		status = lab_wrong("staff", "'%s' is no %s", equals + 1,
				   unit == LAB_PART ? "part such as 80%"
						    : "time such as 20s");
	/* by the library's conventions that would be no limit */
	if (!status && !(target.percentile > 0) && !(limit > 0))
		status = lab_wrong("staff",
				   "%s: no staff is that good, or all are: a "
				   "limit is above 0",
				   text);
	if (!status && target.percentile > 0)
		target.percentile_s = limit;
	else if (!status)
		target.limit = limit;
	if (!status && usher_erlang_staff(load, &target, ret, &err))
		status = lab_wrong("staff", "%s: %s", text, err.message);
	free(name);
	return status;
}

/* Each limit alone; the largest number has them all, since every figure is
 * monotone in the agents. */
static int by_formula(const struct staff_asked *a, enum lab_format format)
{
	struct usher_erlang_opts load;
	double *values = calloc(2 * lab_erlang_rows(), sizeof(*values));
	uint32_t agents = 0, from, one;
	int status = values ? lab_load_read("staff", &a->text, &load) : 1;

	if (!status && !a->text.arrivals)
		status = lab_wrong("staff", "how many --arrivals?");
	if (!status && !a->want_count)
		status = lab_wrong("staff", "what do you --want?");
	for (uint32_t i = 0; !status && i < a->want_count; i++) {
		status = formula_want(&load, a->wants[i], &one);
		if (!status && one > agents)
			agents = one;
	}
	/* beside it what one agent fewer would give */
	from = agents - (format == LAB_TABLE && agents > 0);
	for (uint32_t n = from; !status && n <= agents; n++)
		status = lab_erlang_ask("staff", &load, n,
					values + (n - from) *
							 lab_erlang_rows());
	if (!status && format == LAB_JSON)
		lab_erlang_json(from, 1, values);
	else if (!status && format == LAB_CSV)
		lab_erlang_csv(from, 1, values);
	else if (!status) {
		printf("%u agents\n", agents);
		status = lab_erlang_table(&load, from, agents - from + 1,
					  values) != 0;
	}
	free(values);
	return status;
}

int lab_staff(int argc, char **argv)
{
	struct staff_asked a = {.want_count = 0};
	struct lab_options o;
	int status = take_own(&a, &argc, argv);

	if (status >= 0)
		return status;
	/* a formula needs no file, but may be told --json */
	if (a.formula) {
		enum lab_format format = LAB_TABLE;

		for (int i = 1; i < argc; i++) {
			if (!strcmp(argv[i], "--json"))
				format = LAB_JSON;
			else if (!strcmp(argv[i], "--csv"))
				format = LAB_CSV;
			else if (!strcmp(argv[i], "--help"))
				return lab_options(&o, argc, argv, help_text);
			else
				return lab_wrong("staff",
						 "a formula knows no '%s'",
						 argv[i]);
		}
		return by_formula(&a, format);
	}
	if (argc == 1)
		return lab_wrong("staff", "which load, or which file?");
	status = lab_options(&o, argc, argv, help_text);
	return status >= 0 ? status : staff_by_simulation(&a, &o);
}
