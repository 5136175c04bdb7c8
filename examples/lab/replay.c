/*
 * Replaying a journal: a journal is libusher's, and the lab stands on the core
 * library alone, so another program does it: lab-replay, which lies beside
 * this one, or where it is built, or where the shell finds programs.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "lab.h"

static const char program[] = "lab-replay";

int lab_replay(int argc, char **argv)
{
	static const char *const places[] = {"", "../replay/"};
	char self[PATH_MAX], path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)argc;
	argv[0] = (char *)program;
	if (len > 0) {
		const char *folder;

		self[len] = '\0';
		folder = dirname(self);
		for (size_t i = 0; i < LAB_COUNT(places); i++) {
			int n = snprintf(path, sizeof(path), "%s/%s%s", folder,
					 places[i], program);

			if (n > 0 && (size_t)n < sizeof(path))
				execv(path, argv);
		}
	}
	execvp(program, argv);
	fprintf(stderr,
		"lab replay: cannot run %s, which is built with the voice "
		"part: %s\n",
		program, strerror(errno));
	return 1;
}
