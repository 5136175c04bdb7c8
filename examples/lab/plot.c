/* gnuplot as a program: it reads one script and writes two files. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plot.h"

extern char **environ;

struct plot {
	FILE *script;
	char *text;
	size_t size;
	char *prefix;
	const char *name;
};

static void quote(FILE *to, const char *text)
{
	fputc('\'', to);
	for (; *text; text++) {
		if (*text == '\'')
			fputc('\'', to);
		fputc(*text == '\n' ? ' ' : *text, to);
	}
	fputc('\'', to);
}

struct plot *plot_new(const char *prefix, const char *name)
{
	struct plot *plot = calloc(1, sizeof(*plot));

	if (!plot)
		return NULL;
	plot->name = name;
	plot->prefix = strdup(prefix);
	plot->script = open_memstream(&plot->text, &plot->size);
	if (plot->prefix && plot->script)
		return plot;
	if (plot->script)
		fclose(plot->script);
	free(plot->text);
	free(plot->prefix);
	free(plot);
	return NULL;
}

FILE *plot_script(struct plot *plot)
{
	return plot->script;
}

void plot_text(struct plot *plot, const char *text)
{
	quote(plot->script, text);
}

void plot_axes(struct plot *plot, const char *title, const char *x,
	       const char *y, bool percent)
{
	/* Okabe and Ito's colors, which nearly everybody tells apart. */
	static const char *const colors[PLOT_CURVES_MAX] = {
		"#0072B2", "#D55E00", "#009E73", "#CC79A7",
		"#E69F00", "#56B4E9", "#000000", "#999999"};
	FILE *out = plot->script;

	for (int i = 0; i < PLOT_CURVES_MAX; i++)
		fprintf(out, "set linetype %d lc rgb '%s' lw 2\n", i + 1,
			colors[i]);
	fputs("set title ", out);
	quote(out, title);
	fputs("\nset xlabel ", out);
	quote(out, x);
	fputs("\nset ylabel ", out);
	quote(out, y);
	fputs("\nset grid xtics ytics lc rgb '#bbbbbb' lw 0.7 dt 1\nset "
	      "border 3\n"
	      "set tics nomirror out\nset key outside right top reverse Left\n"
	      "set style fill transparent solid 0.25 noborder\n",
	      out);
	if (percent)
		fputs("set yrange [0:1.001]\n"
		      "set ytics ('0 %%' 0, '20 %%' 0.2, '40 %%' 0.4, "
		      "'60 %%' 0.6, '80 %%' 0.8, '100 %%' 1)\n",
		      out);
}

static void output(FILE *to, const struct plot *plot, const char *terminal,
		   const char *kind)
{
	fprintf(to, "reset\nset terminal %s\nset termoption noenhanced\n",
		terminal);
	fputs("set output ", to);
	fputc('\'', to);
	for (const char *c = plot->prefix; *c; c++)
		fprintf(to, *c == '\'' ? "''" : "%c", *c);
	fprintf(to, "-%s.%s'\n", plot->name, kind);
	fwrite(plot->text, 1, plot->size, to);
	fputs("set output\n", to);
}

/* A child that reads from a pipe; *ret is its other end. */
static int spawn(pid_t *pid, FILE **ret)
{
	char program[] = "gnuplot";
	char *argv[] = {program, NULL};
	posix_spawn_file_actions_t actions;
	int ends[2], rc;

	if (pipe(ends))
		return errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
	posix_spawn_file_actions_addclose(&actions, ends[1]);
	/* a picture that has no file would go to the terminal */
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
					 O_WRONLY, 0);
	rc = posix_spawnp(pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[0]);
	*ret = rc ? NULL : fdopen(ends[1], "w");
	if (!*ret)
		close(ends[1]);
	return rc;
}

/* As posix_spawnp() looks for it. */
bool plot_missing(void)
{
	const char *path = getenv("PATH");

	while (path && *path) {
		const int len = (int)strcspn(path, ":");
		char *name = NULL;
		bool found = asprintf(&name, "%.*s/gnuplot", len ? len : 1,
				      len ? path : ".") >= 0 &&
			     !access(name, X_OK);

		free(name);
		if (found)
			return false;
		path += len + (path[len] == ':');
	}
	fputs("pictures need gnuplot, which is not there (Debian: "
	      "gnuplot-nox)\n",
	      stderr);
	return true;
}

static int run(const struct plot *plot)
{
	FILE *to = NULL;
	pid_t pid;
	int state = 0;
	int rc;

	/* a child that ends early is told by its state */
	signal(SIGPIPE, SIG_IGN);
	rc = spawn(&pid, &to);
	if (rc) {
		fprintf(stderr, "gnuplot: %s\n", strerror(rc));
		return 1;
	}
	if (to) {
		output(to, plot,
		       "svg size 880,480 font 'sans,13' background rgb "
		       "'white'",
		       "svg");
		output(to, plot, "pngcairo size 1320,720 font 'sans,16'",
		       "png");
		fclose(to);
	}
	while (waitpid(pid, &state, 0) < 0 && errno == EINTR)
		;
	if (!to || !WIFEXITED(state) || WEXITSTATUS(state)) {
		fprintf(stderr, "gnuplot could not draw %s-%s\n", plot->prefix,
			plot->name);
		return 1;
	}
	return 0;
}

int plot_draw(struct plot *plot)
{
	int status = 1;

	if (!plot || fclose(plot->script))
		fputs("no memory for a picture\n", stderr);
	else
		status = run(plot);
	if (plot) {
		free(plot->text);
		free(plot->prefix);
		free(plot);
	}
	return status;
}
