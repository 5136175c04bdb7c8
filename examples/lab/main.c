/*
 * The lab: simulate a day, compare policies on the same days, ask the
 * formulas, find the staff that a target takes. It stands on libusher-core
 * alone; libyaml reads its files and gnuplot draws its pictures.
 */
#include <string.h>

#include "lab.h"

static const struct command {
	const char *name;
	lab_main *main;
	const char *does;
} commands[] = {
	{"run", lab_run, "simulate a day"},
	{"compare", lab_compare, "several policies on the same days"},
	{"erlang", lab_erlang, "what the formulas say"},
	{"staff", lab_staff, "the fewest agents for a target"},
};

static void help(FILE *out)
{
	fputs("usage: lab COMMAND [OPTION ...]\n\n", out);
	for (size_t i = 0; i < LAB_COUNT(commands); i++)
		fprintf(out, "  %-9s %s\n", commands[i].name,
			commands[i].does);
	fputs("\nlab COMMAND --help says more\n", out);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		help(stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		help(stdout);
		return 0;
	}
	for (size_t i = 0; i < LAB_COUNT(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].main(argc - 1, argv + 1);
	fprintf(stderr, "lab: no command '%s'\n\n", argv[1]);
	help(stderr);
	return 2;
}
