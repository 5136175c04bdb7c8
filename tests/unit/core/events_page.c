/*
 * Prints docs/events.md from the schema; with a file's name compares it.
 *
 *   usage: events-page [docs/events.md]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <core/schema.h>

#define WIDTH 79

static const char head[] =
	"# Events and inputs\n\n"
	"This page is printed by `tests/unit/core/events_page.c` from "
	"`lib/core/schema.def`;\na test compares it. Change the schema, then "
	"run\n`build/tests/unit/core/events-page > docs/events.md`.\n\n"
	"Everything that happens is an event with a header: node, sequence "
	"number (gapless),\ntime in Unix microseconds, type, contact, "
	"segment, "
	"actor (host, agent, supervisor,\ntoken, timer, policy, customer, "
	"config) with its id, and cause: a request of the\nhost, an earlier "
	"sequence number, or what a deadline was for. What else it has is in\n"
	"its fields. In JSON ids are strings, times and spans are numbers of "
	"microseconds, fields\nkeep their names; the header is `node` (a "
	"number), `seq`, `time`, `type` (its name),\n`contact` and `segment` "
	"where there is one, `actor`, `actor_id` where there is one, and\n"
	"`cause_request`, `cause_seq` or one of those below.\n\n"
	"A cause is a request for what an input decides that was given with "
	"one, and the first\nevent of the same input or deadline for all that "
	"follows from it. That first event has\nno cause when its input was "
	"given without a request (the input stands before it in the\njournal, "
	"with the same sequence number), and when a deadline brought it that "
	"it tells of\nitself: actor timer. Where time only let somebody be "
	"offered, actor policy, its cause is\nwhat the time had come for: "
	"`cause_retry` (a contact that an agent may be offered\nagain), "
	"`cause_deferral` (a segment that its policy had put off), "
	"`cause_widening` (a\nsegment for which more are to ring), "
	"`cause_collected` (a queue). The first offer of what\na restart left "
	"to be matched has none.\n\n"
	"Types and fields are only added. A reader skips what it does not "
	"know. A field that\nwas not written reads as 0 or as an empty "
	"text.\n\n"
	"The journal keeps an event in binary, in `usher_event_encode()`'s "
	"form: a length, the\nheader, then for each field that is not empty "
	"its number and value.\n";

static const char *type_name(uint32_t type)
{
	static const char *const names[] = {"",
					    "id",
					    "number",
					    "signed number",
					    "time",
					    "span",
					    "number",
					    "word",
					    "real",
					    "text",
					    "bytes",
					    "list of ids",
					    "list of texts",
					    "attributes"};

	return names[type];
}

static void print_words(FILE *out, uint32_t field)
{
	const char *name;

	for (uint32_t i = 0; (name = usher_enum_name(field, i)); i++)
		fprintf(out, "%s`%s`", i ? ", " : ": ", name);
}

static void print_type(FILE *out, uint32_t type)
{
	const struct usher__tdesc *desc = usher__type(type);
	uint32_t field;
	size_t column;

	fprintf(out, "\n### %s\n\n%u, since %s. %s.\n", desc->name, type,
		desc->since, desc->doc);
	if (!desc->field_count)
		return;
	column = (size_t)fprintf(out, "\nFields:") - 1;
	for (uint32_t i = 0; (field = usher_event_type_field(type, i)); i++) {
		const char *name = usher_field_name(field);
		bool last = i + 1 == desc->field_count;

		if (column + strlen(name) + 4 > WIDTH) {
			fprintf(out, "\n");
			column = 0;
		}
		column += (size_t)fprintf(out, "%s`%s`%s", column ? " " : "",
					  name, last ? ".\n" : ",");
	}
}

static void print_kind(FILE *out, const char *title, uint32_t kind)
{
	uint32_t type = 0;

	fprintf(out, "\n## %s\n", title);
	while ((type = usher_event_type_next(type))) {
		if (usher_event_type_kind(type) == kind)
			print_type(out, type);
	}
}

static bool is_public(uint32_t field)
{
	uint32_t type = 0, at;

	while ((type = usher_event_type_next(type))) {
		for (uint32_t i = 0; (at = usher_event_type_field(type, i));
		     i++) {
			if (at == field)
				return true;
		}
	}
	return false;
}

static void print_page(FILE *out)
{
	fprintf(out, "%s", head);
	print_kind(out, "Events of the core", USHER_KIND_EVENT);
	print_kind(out, "Notes: events of the host", USHER_KIND_NOTE);
	print_kind(out, "Inputs, which the journal keeps beside the events",
		   USHER_KIND_INPUT);
	fprintf(out,
		"\n## Fields\n\n"
		"| number | name | type | meaning |\n|---|---|---|---|\n");
	for (uint32_t field = 1; field < 256; field++) {
		if (!is_public(field))
			continue;
		fprintf(out, "| %u | `%s` | %s | %s", field,
			usher_field_name(field),
			type_name(usher_field_type(field)),
			usher_field_doc(field));
		print_words(out, field);
		fprintf(out, " |\n");
	}
}

static int compare(const char *path)
{
	FILE *page = fopen(path, "r"), *now = tmpfile();
	int a, b, err = 1;

	if (page && now) {
		print_page(now);
		rewind(now);
		do {
			a = getc(page);
			b = getc(now);
		} while (a == b && a != EOF);
		err = a != b;
	}
	if (err)
		fprintf(stderr, "%s is not current: print it again\n", path);
	if (page)
		fclose(page);
	if (now)
		fclose(now);
	return err;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return compare(argv[1]);
	print_page(stdout);
	return 0;
}
