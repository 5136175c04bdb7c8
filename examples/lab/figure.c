/* What is measured, and how numbers are said. */
#include <math.h>
#include <string.h>

#include "lab.h"

#define UNDEFINED "-"
#define TARGET_S  20 /* where a queue has none of its own */

const struct lab_figure_name lab_figures[LAB_FIGURES] = {
	[LAB_ARRIVED] = {"arrived", "customers", LAB_CONTACTS, false},
	[LAB_ENTERED] = {"entered", "entered", LAB_CONTACTS, true},
	[LAB_ANSWERED] = {"answered", "answered", LAB_CONTACTS, false},
	[LAB_ABANDONED] = {"abandoned", "abandoned", LAB_PART, false},
	[LAB_BLOCKED] = {"blocked", "blocked", LAB_PART, true},
	[LAB_WAITED] = {"waited", "had to wait", LAB_PART, false},
	[LAB_LEVEL] = {"level_answered", "level answered", LAB_PART, false},
	[LAB_LEVEL + 1] = {"level_credit", "level credit", LAB_PART, false},
	[LAB_LEVEL + 2] = {"level_strict", "level strict", LAB_PART, false},
	[LAB_LEVEL + 3] = {"level_exclude", "level exclude", LAB_PART, false},
	[LAB_LEVEL + 4] = {"level_short_credit", "level short_credit",
			   LAB_PART, false},
	[LAB_ASA] = {"asa_s", "ASA", LAB_TIME, false},
	[LAB_WAIT] = {"wait_s", "mean wait of all", LAB_TIME, false},
	[LAB_P50] = {"wait_50_s", "half wait up to", LAB_TIME, false},
	[LAB_P80] = {"wait_80_s", "80 % wait up to", LAB_TIME, false},
	[LAB_P90] = {"wait_90_s", "90 % wait up to", LAB_TIME, false},
	[LAB_P95] = {"wait_95_s", "95 % wait up to", LAB_TIME, false},
	[LAB_P99] = {"wait_99_s", "99 % wait up to", LAB_TIME, false},
	[LAB_LONGEST] = {"wait_longest_s", "longest wait", LAB_TIME, false},
	[LAB_AHT] = {"aht_s", "AHT", LAB_TIME, false},
	[LAB_RETRIED] = {"retried", "came again", LAB_CONTACTS, true},
	[LAB_CALLBACKS] = {"callbacks", "agreed to callback", LAB_CONTACTS,
			   true},
	[LAB_DIALED] = {"dialed", "dialed", LAB_CONTACTS, true},
	[LAB_REACHED] = {"reached", "reached of these", LAB_CONTACTS, true},
	[LAB_CLOSED] = {"closed", "found it closed", LAB_CONTACTS, true},
	[LAB_MISMATCHED] = {"mismatched", "answered in vain", LAB_CONTACTS,
			    true},
	[LAB_WAITING] = {"waiting", "still waiting", LAB_CONTACTS, true},
	[LAB_LED] = {"led", "led elsewhere", LAB_CONTACTS, true},
};

const struct lab_figure_name lab_group_figures[LAB_GROUP_FIGURES] = {
	[LAB_OCCUPANCY] = {"occupancy", "occupancy", LAB_PART, false},
	[LAB_HANDLED] = {"handled", "contacts an agent", LAB_CONTACTS, false},
	[LAB_STAFFED] = {"staffed_h", "hours", LAB_CONTACTS, false},
	[LAB_COST] = {"cost", "cost", LAB_MONEY, true},
};

const struct lab_figure_name lab_kind_figures[LAB_KIND_FIGURES] = {
	[LAB_KIND_HANDLED] = {"handled", "contacts an agent", LAB_CONTACTS,
			      false},
	[LAB_KIND_OCCUPANCY] = {"occupancy", "occupancy", LAB_PART, false},
	[LAB_KIND_AT_ONCE] = {"at_once", "at once", LAB_CONTACTS, false},
	[LAB_KIND_STILL] = {"still", "interrupted", LAB_PART, false},
};

int32_t lab_sim_figure(enum lab_figure figure)
{
	if (figure >= LAB_LEVEL && figure < LAB_LEVEL + 5)
		return USHER_SIM_LEVEL_ANSWERED + (int32_t)figure - LAB_LEVEL;
	return figure == LAB_ASA         ? USHER_SIM_ASA
	       : figure == LAB_WAIT      ? USHER_SIM_WAIT
	       : figure == LAB_ABANDONED ? USHER_SIM_ABANDONED
	       : figure == LAB_BLOCKED   ? USHER_SIM_BLOCKED
					 : 0;
}

struct lab_estimate lab_estimate(const double *values, size_t count,
				 double confidence)
{
	struct usher_sim_interval i = {.size = sizeof(i)};
	struct lab_estimate e = {NAN, NAN, count};

	if (count == 1)
		e.mean = values[0];
	if (count < 2 || usher_sim_interval(values, count, confidence, &i))
		return e;
	e.mean = i.mean;
	e.half = i.half;
	return e;
}

double lab_target_s(const struct usher_sim_queue *queue)
{
	if (queue->target_s <= 0)
		return TARGET_S;
	return queue->target_s > LAB_INSTANT_S ? queue->target_s : 0;
}

/* What is dialed finds an agent who is free already. */
static void say_dialed(const struct lab_day *day, FILE *out)
{
	const char *before = "what is dialed never waits, and counts in all: ";

	for (uint32_t i = 0; i < day->sim.queue_count; i++) {
		if (day->queues[i].outbound_every_s <= 0 ||
		    day->queues[i].outbound_ratio > 0)
			continue;
		fprintf(out, "%s%s", before, day->queues[i].name);
		before = ", ";
	}
	if (*before == ',')
		fputc('\n', out);
}

void lab_say_targets(const struct lab_day *day, FILE *out)
{
	bool alike = true;

	for (uint32_t i = 1; i < day->sim.queue_count; i++)
		if (lab_target_s(&day->queues[i]) !=
		    lab_target_s(&day->queues[0]))
			alike = false;
	fprintf(out, "service levels within");
	for (uint32_t i = 0; i < (alike ? 1 : day->sim.queue_count); i++) {
		fprintf(out, "%s %g s", i ? "," : "",
			lab_target_s(&day->queues[i]));
		if (!alike)
			fprintf(out, " (%s)", day->queues[i].name);
	}
	fputc('\n', out);
	if (day->sim.queue_count > 1)
		say_dialed(day, out);
	fputc('\n', out);
}

/* As many digits as say something, of what is at least so large. */
static int places(double value)
{
	value = fabs(value);
	return value >= 1000 ? 0 : value >= 100 ? 1 : 2;
}

static double scale(enum lab_unit unit)
{
	return unit == LAB_PART ? 100 : 1;
}

static const char *suffix(enum lab_unit unit)
{
	return unit == LAB_PART ? " %" : unit == LAB_TIME ? " s" : "";
}

void lab_say(char *text, size_t size, enum lab_unit unit, double value)
{
	if (isnan(value)) {
		snprintf(text, size, UNDEFINED);
		return;
	}
	if (isinf(value)) {
		snprintf(text, size, "no end");
		return;
	}
	value *= scale(unit);
	snprintf(text, size, "%.*f%s", places(value), value, suffix(unit));
}

void lab_say_estimate(char *text, size_t size, enum lab_unit unit,
		      const struct lab_estimate *e)
{
	const double value = e->mean * scale(unit);

	if (isnan(e->half))
		lab_say(text, size, unit, e->mean);
	else
		snprintf(text, size, "%.*f ±%.*f%s", places(value), value,
			 places(value), e->half * scale(unit), suffix(unit));
}
