#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openmetrics.h"

#define FAMILIES_MAX 256
#define SAMPLES_MAX  4096

static char complaint[256];

struct reader {
	char names[FAMILIES_MAX][128]; /* families seen */
	size_t family_count;
	char type[32];
	char unit[64];
	bool in_family;
	bool has_samples;
	const char *samples[SAMPLES_MAX]; /* "name{labels}" starts */
	size_t sample_lens[SAMPLES_MAX];
	size_t sample_count;
};

static const char *complain(const char *why, const char *line)
{
	snprintf(complaint, sizeof(complaint), "%s: %.120s", why, line);
	return complaint;
}

static bool name_char(char c, bool first)
{
	return isalpha((unsigned char)c) || c == '_' || c == ':' ||
	       (!first && isdigit((unsigned char)c));
}

static size_t name_length(const char *text)
{
	size_t n = 0;

	while (name_char(text[n], n == 0))
		++n;
	return n;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text);
	size_t m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static const char *read_meta(struct reader *r, const char *line)
{
	char keyword[8];
	char name[128];
	char rest[256];
	const char *current;

	if (sscanf(line, "# %7[A-Z] %127[^ ] %255[^\n]", keyword, name,
		   rest) != 3)
		return complain("malformed comment", line);
	if (name_length(name) != strlen(name))
		return complain("bad name", line);
	if (strcmp(keyword, "TYPE") == 0) {
		for (size_t i = 0; i < r->family_count; ++i)
			if (strcmp(r->names[i], name) == 0)
				return complain("family twice", line);
		if (r->family_count == FAMILIES_MAX)
			return complain("too many families", line);
		snprintf(r->names[r->family_count++], sizeof(r->names[0]),
			 "%s", name);
		if (strcmp(rest, "counter") != 0 && strcmp(rest, "gauge") != 0)
			return complain("unknown type", line);
		snprintf(r->type, sizeof(r->type), "%.31s", rest);
		r->unit[0] = 0;
		r->in_family = true;
		r->has_samples = false;
		return NULL;
	}
	if (!r->in_family)
		return complain("metadata before TYPE", line);
	current = r->names[r->family_count - 1];
	if (strcmp(current, name) != 0)
		return complain("metadata of another family", line);
	if (r->has_samples)
		return complain("metadata after samples", line);
	if (strcmp(keyword, "HELP") == 0)
		return NULL;
	if (strcmp(keyword, "UNIT") != 0)
		return complain("unknown keyword", line);
	snprintf(r->unit, sizeof(r->unit), "_%.60s", rest);
	return ends_with(name, r->unit)
		       ? NULL
		       : complain("unit is not the name's suffix", line);
}

/* After the brace; returns where the labels end, or NULL. */
static const char *read_labels(const char *p)
{
	while (*p != '}') {
		size_t n = name_length(p);

		if (!n || p[n] != '=' || p[n + 1] != '"')
			return NULL;
		for (p += n + 2; *p != '"'; ++p) {
			if (!*p || *p == '\n')
				return NULL;
			if (*p == '\\' && !strchr("\\\"n", *++p))
				return NULL;
		}
		++p;
		if (*p == ',' && p[1] != '}')
			++p;
		else if (*p != '}')
			return NULL;
	}
	return p + 1;
}

static const char *read_sample(struct reader *r, const char *line)
{
	const char *family;
	char want[160];
	const char *p;
	char *end;
	size_t n = name_length(line);
	double value;

	if (!r->in_family)
		return complain("sample without family", line);
	family = r->names[r->family_count - 1];
	snprintf(want, sizeof(want), "%s%s", family,
		 strcmp(r->type, "counter") == 0 ? "_total" : "");
	if (n != strlen(want) || memcmp(line, want, n) != 0)
		return complain("name does not fit the family", line);
	p = line + n;
	if (*p == '{')
		p = read_labels(p + 1);
	if (!p || *p != ' ')
		return complain("malformed labels", line);
	for (size_t i = 0; i < r->sample_count; ++i)
		if (r->sample_lens[i] == (size_t)(p - line) &&
		    memcmp(r->samples[i], line, (size_t)(p - line)) == 0)
			return complain("sample twice", line);
	if (r->sample_count == SAMPLES_MAX)
		return complain("too many samples", line);
	r->samples[r->sample_count] = line;
	r->sample_lens[r->sample_count++] = (size_t)(p - line);
	r->has_samples = true;
	value = strtod(p + 1, &end);
	if (end == p + 1 || *end != '\n' || !isdigit((unsigned char)end[-1]))
		return complain("malformed value", line);
	if (strcmp(r->type, "counter") == 0 && value < 0)
		return complain("negative counter", line);
	return NULL;
}

const char *openmetrics_complaint(const char *text, size_t len)
{
	struct reader *r = calloc(1, sizeof(*r));
	const char *end = text + len;
	const char *bad = NULL;

	if (strlen(text) != len)
		bad = complain("NUL inside", text);
	if (!bad && (len < 6 || strcmp(end - 6, "# EOF\n") != 0))
		bad = complain("no # EOF at the end", "");
	for (const char *line = text; !bad && line < end - 6;
	     line = strchr(line, '\n') + 1) {
		if (strncmp(line, "# EOF", 5) == 0)
			bad = complain("# EOF before the end", line);
		else if (*line == '#')
			bad = read_meta(r, line);
		else
			bad = read_sample(r, line);
	}
	free(r);
	return bad;
}

double openmetrics_value(const char *text, const char *sample)
{
	size_t n = strlen(sample);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, sample, n) == 0 && line[n] == ' ')
			return strtod(line + n + 1, NULL);
	}
	return -1;
}
