/*
 * Runs scenario files: inputs, one a line, each followed by the events that it
 * causes, every one of them. The format is described in README.md beside this.
 *
 * After each input the events are also folded into a second core, whose
 * snapshot must be the same bytes, and a third core is restored from it and
 * must write the same bytes again.
 */
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

void scenario_fail(struct run *run, const char *what, const char *detail)
{
	fprintf(stderr, "%s:%u: %s: %s\n", run->path, run->line, what, detail);
	run->failures++;
}

static bool read_line(struct run *run, char line[LINE_SIZE])
{
	size_t len;

	if (run->has_pushed) {
		strcpy(line, run->pushed);
		run->has_pushed = false;
		run->line++;
		return true;
	}
	if (!fgets(line, LINE_SIZE, run->in))
		return false;
	run->line++;
	len = strlen(line);
	while (len && (line[len - 1] == '\n' || line[len - 1] == ' '))
		line[--len] = '\0';
	return true;
}

static void push_back(struct run *run, const char *line)
{
	strcpy(run->pushed, line);
	run->has_pushed = true;
	run->line--;
}

static void expect(struct run *run, const char *actual)
{
	char line[LINE_SIZE];

	if (run->out) {
		fprintf(run->out, "%s\n", actual);
		return;
	}
	if (!read_line(run, line)) {
		scenario_fail(run, "not expected", actual);
	} else if (line[0] != '>') {
		scenario_fail(run, "not expected", actual);
		push_back(run, line);
	} else if (strcmp(line, actual)) {
		scenario_fail(run, "expected", line);
		scenario_fail(run, "  but was", actual);
	}
}

static void no_more(struct run *run)
{
	char line[LINE_SIZE];

	while (read_line(run, line)) {
		if (line[0] != '>') {
			push_back(run, line);
			return;
		}
		if (!run->out)
			scenario_fail(run, "did not happen", line);
	}
}

static void same_bytes(struct run *run)
{
	struct usher_acd *restored = NULL;
	void *a = NULL, *b = NULL, *c = NULL;
	size_t a_len = 0, b_len = 0, c_len = 0;

	if (usher_acd_snapshot(run->acd, &a, &a_len) ||
	    usher_acd_snapshot(run->folded, &b, &b_len) ||
	    usher_acd_restore(&restored, NULL, NULL, 0, NULL, 0, a, a_len,
			      NULL) ||
	    usher_acd_snapshot(restored, &c, &c_len))
		scenario_fail(run, "snapshot", "failed");
	else if (a_len != b_len || memcmp(a, b, a_len))
		scenario_fail(run, "snapshot", "of the folded events differs");
	else if (a_len != c_len || memcmp(a, c, a_len))
		scenario_fail(run, "snapshot", "of the restored core differs");
	usher_acd_snapshot_free(run->acd, a);
	usher_acd_snapshot_free(run->folded, b);
	if (restored)
		usher_acd_snapshot_free(restored, c);
	usher_acd_free(restored);
}

static void drain(struct run *run)
{
	const struct usher_event *ev;
	struct text text;

	while ((ev = usher_acd_next(run->acd))) {
		text.len = 0;
		scenario_write(run, &text, ev);
		expect(run, text.buf);
		if (usher_acd_fold(run->folded, ev))
			scenario_fail(run, "fold", text.buf);
	}
	same_bytes(run);
}

static void give(struct run *run, int64_t now, char *line)
{
	struct usher_error err = {0};
	struct usher_by by;
	uint32_t type;
	char text[400];
	int code;

	if (!strcmp(line, "advance")) {
		code = usher_acd_advance(run->acd, now);
	} else {
		if (!scenario_read(run, line, &type, &by))
			return;
		usher_acd_by(run->acd, &by);
		code = usher_acd_input(run->acd, now, type, run->values,
				       run->count, NULL, &err);
	}
	if (code) {
		snprintf(text, sizeof(text), "> error %s",
			 usher_strerror(code));
		expect(run, text);
	}
	drain(run);
	no_more(run);
}

static void run_lines(struct run *run)
{
	char line[LINE_SIZE];
	const char *end;
	int64_t now;

	while (read_line(run, line)) {
		if (run->out && line[0] != '>')
			fprintf(run->out, "%s\n", line);
		if (!line[0] || line[0] == '#')
			continue;
		if (!scenario_seconds(line, &now, &end) || *end != ' ') {
			scenario_fail(run, "not a time", line);
			continue;
		}
		memmove(line, end + 1, strlen(end));
		give(run, BASE_US + now, line);
	}
}

static int run_file(const char *path, bool update)
{
	struct run *run = calloc(1, sizeof(*run));
	char new_path[4096];
	int failures = 1;

	if (!run)
		return 1;
	run->path = path;
	run->in = fopen(path, "r");
	snprintf(new_path, sizeof(new_path), "%s.new", path);
	if (update)
		run->out = fopen(new_path, "w");
	if (!run->in || (update && !run->out) ||
	    usher_acd_new(&run->acd, NULL, NULL) ||
	    usher_acd_new(&run->folded, NULL, NULL)) {
		fprintf(stderr, "%s: cannot be run\n", path);
		goto out;
	}
	run_lines(run);
	failures = (int)run->failures;
out:
	if (run->in)
		fclose(run->in);
	if (run->out) {
		fclose(run->out);
		rename(new_path, path);
	}
	usher_acd_free(run->acd);
	usher_acd_free(run->folded);
	free(run);
	return failures;
}

int main(int argc, char **argv)
{
	bool update = argc > 1 && !strcmp(argv[1], "--update");
	int first = update ? 2 : 1, failed = 0;

	if (argc <= first) {
		fprintf(stderr, "usage: scenario [--update] FILE.scn …\n");
		return 2;
	}
	for (int i = first; i < argc; i++)
		failed += run_file(argv[i], update) != 0;
	printf("%d passed, %d failed\n", argc - first - failed, failed);
	return failed ? 1 : 0;
}
