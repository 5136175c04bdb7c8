/*
 * A center's journal, used again: shown, restored at any event, verified, or
 * replayed with another policy, other staff or skills. `lab replay` runs it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "replay.h"

static const char usage[] =
	"usage: lab-replay JOURNAL [OPTION ...]\n"
	"\n"
	"JOURNAL is the state folder of a center, running or not; nothing in\n"
	"it is changed. Without an option: what the record shows.\n"
	"\n"
	"  --at SEQ              the state after event SEQ\n"
	"  --why                 and who could be offered whom then\n"
	"  --verify              feed the inputs again (from SEQ on), "
	"compare\n"
	"  --torn                status 0 also when the journal's end is "
	"damaged\n"
	"  --policy NAME         what if all queues had this policy\n"
	"  --option NAME=V       ... with this option; may be repeated\n"
	"  --order NAME          ... the center had this contact_order\n"
	"  --staff GROUP=N       ... the group had N agents; may be repeated\n"
	"  --skill GROUP:NAME=V  ... its agents had this attribute\n"
	"  --replications N      of each simulation; 20\n"
	"  --seed N              of their random numbers; 1\n"
	"  --make                write an example into JOURNAL, a new "
	"folder\n";

int failed(const char *what, int code, const struct usher_error *err)
{
	fprintf(stderr, "lab-replay: %s: %s\n", what,
		err && *err->message ? err->message : usher_strerror(code));
	return 1;
}

/* What was asked wrongly. Gives the status 2. */
USHER_PRINTF(1, 2)
static int wrong(const char *fmt, ...)
{
	va_list ap;

	fputs("lab-replay: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\ntry 'lab replay --help'\n", stderr);
	return 2;
}

/* The change of this group, made when new; NULL: too many. */
static struct usher_record_change *change_of(struct options *o,
					     const char *group, size_t len)
{
	uint32_t i;

	if (!len || len > USHER_NAME_MAX)
		return NULL;
	for (i = 0; i < o->what_if.change_count; i++)
		if (strlen(o->groups[i]) == len &&
		    !memcmp(o->groups[i], group, len))
			return &o->changes[i];
	if (i == CHANGES_MAX)
		return NULL;
	memcpy(o->groups[i], group, len);
	o->groups[i][len] = '\0';
	o->changes[i].group = o->groups[i];
	o->changes[i].agents = -1;
	o->what_if.change_count++;
	return &o->changes[i];
}

static int number(const char *text, uint64_t max, uint64_t *ret)
{
	unsigned long long value;
	char *end;

	value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || value > max)
		return -1;
	*ret = value;
	return 0;
}

static int staff(struct options *o, const char *text)
{
	const char *equals = strrchr(text, '=');
	struct usher_record_change *change;
	uint64_t n;

	if (!equals || number(equals + 1, USHER_SIM_AGENTS_MAX, &n))
		return -1;
	change = change_of(o, text, (size_t)(equals - text));
	if (!change)
		return -1;
	change->agents = (int32_t)n;
	return 0;
}

/* "name=value"; a number where it is one. The texts go into room. */
static int attribute(const char *text, char room[2][USHER_NAME_MAX + 1],
		     struct usher_attr *attr)
{
	const char *equals = strchr(text, '=');
	char *end;

	if (!equals || equals == text || equals - text > USHER_NAME_MAX ||
	    strlen(equals + 1) > USHER_NAME_MAX)
		return -1;
	snprintf(room[0], sizeof(room[0]), "%.*s", (int)(equals - text), text);
	snprintf(room[1], sizeof(room[1]), "%s", equals + 1);
	attr->name = room[0];
	attr->number = strtod(equals + 1, &end);
	if (!equals[1] || *end) {
		attr->type = USHER_ATTR_TEXT;
		attr->text = room[1];
	}
	return 0;
}

/* "group:name=value" */
static int skill(struct options *o, const char *text)
{
	const char *colon = strchr(text, ':');
	uint32_t i = o->skill_count;
	struct usher_record_change *change;

	if (!colon || i == SKILLS_MAX ||
	    attribute(colon + 1, o->skill_texts[i], &o->skills[i]))
		return -1;
	change = change_of(o, text, (size_t)(colon - text));
	if (!change)
		return -1;
	o->skill_groups[i] = (uint32_t)(change - o->changes);
	o->skill_count++;
	return 0;
}

static int policy_option(struct options *o, const char *text)
{
	uint32_t i = o->what_if.policy_option_count;

	if (i == SKILLS_MAX ||
	    attribute(text, o->option_texts[i], &o->policy_options[i]))
		return -1;
	o->what_if.policy_option_count++;
	return 0;
}

/* An option that takes a value. 0, or it is none, or not of its kind. */
static int with_value(struct options *o, const char *name, const char *value)
{
	uint64_t n;

	if (!strcmp(name, "--at")) {
		o->has_at = 1;
		return number(value, UINT64_MAX - 1, &o->at);
	}
	if (!strcmp(name, "--policy")) {
		o->what_if.policy = value;
		return 0;
	}
	if (!strcmp(name, "--option"))
		return policy_option(o, value);
	if (!strcmp(name, "--order")) {
		o->what_if.contact_order = value;
		return 0;
	}
	if (!strcmp(name, "--staff"))
		return staff(o, value);
	if (!strcmp(name, "--skill"))
		return skill(o, value);
	if (!strcmp(name, "--seed"))
		return number(value, UINT64_MAX, &o->seed);
	if (strcmp(name, "--replications") ||
	    number(value, REPLICATIONS_MAX, &n) || n < 2)
		return -1;
	o->replications = (int)n;
	return 0;
}

static int takes_value(const char *name)
{
	static const char *const names[] = {
		"--at",    "--policy", "--option", "--order",
		"--staff", "--skill",  "--seed",   "--replications"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return 1;
	return 0;
}

static int parse(struct options *o, int argc, char **argv)
{
	usher_record_opts_init(&o->what_if, sizeof(o->what_if));
	o->what_if.changes = o->changes;
	o->what_if.policy_options = o->policy_options;
	o->replications = 20;
	o->seed = 1;
	o->at = USHER_JOURNAL_END;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--verify"))
			o->verify = 1;
		else if (!strcmp(argv[i], "--why"))
			o->why = 1;
		else if (!strcmp(argv[i], "--torn"))
			o->torn = 1;
		else if (!strcmp(argv[i], "--make"))
			o->make = 1;
		else if (argv[i][0] != '-' && !o->dir)
			o->dir = argv[i];
		else if (!takes_value(argv[i]))
			return wrong("what is '%s'?", argv[i]);
		else if (++i == argc)
			return wrong("%s without its value", argv[i - 1]);
		else if (with_value(o, argv[i - 1], argv[i]))
			return wrong("%s cannot be '%s'", argv[i - 1],
				     argv[i]);
	}
	if (o->what_if.policy_option_count && !o->what_if.policy)
		return wrong("--option of which --policy?");
	return o->dir ? 0 : wrong("which JOURNAL?");
}

int main(int argc, char **argv)
{
	static struct options o;
	struct usher_journal *journal;
	struct usher_error err = {0};
	struct stat about;
	int code;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	if (parse(&o, argc, argv))
		return 2;
	if (o.make)
		return make(&o);
	if (!stat(o.dir, &about) && !S_ISDIR(about.st_mode))
		return wrong("%s is a file; JOURNAL is the state folder of "
			     "a center",
			     o.dir);
	code = usher_journal_open(&journal, o.dir, &err);
	if (code)
		return failed(o.dir, code, &err);
	if (o.verify)
		code = verify(&o, journal);
	else if (o.has_at || o.why)
		code = state_at(&o, journal);
	else if (o.what_if.policy || o.what_if.contact_order ||
		 o.what_if.change_count)
		code = what_if(&o, journal);
	else
		code = show(&o, journal);
	fflush(stdout);
	if (damaged(&o, journal) && !code)
		code = 1;
	usher_journal_free(journal);
	return code;
}
