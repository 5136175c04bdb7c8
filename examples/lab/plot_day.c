/* The pictures of a day, of several policies, and of a search for staff. */
#include <math.h>
#include <string.h>
#include <stdlib.h>

#include "plot.h"

#define QUANTILE_MAX 0.995
#define POINTS       400
#define HOUR_S       3600.0
/* So much of a group's time has to be there for a mean of it. */
#define PRESENT_PART 0.3
/* Costs that a search's picture shows, times that of what was found. */
#define COST_LEAST 0.75
#define COST_MOST  1.35
/* Waits of queues that differ by so much are not seen on one straight axis. */
#define FAR_APART 30
/* Waits of less than a second all stand at its end. */
#define WAIT_LEAST_S 1.0
/* So far apart, as a part of the margin, stand those of one cost. */
#define BESIDE  0.1
#define NEXT(i) ((i) ? ", \\\n  " : "plot ")

/* ---- Waiting times ---- */

struct curve {
	const struct lab_histogram *waits;
	const char *name;
};

/* How far the axis goes, and whether each step of it is ten times the last. */
struct reach {
	double most_s;
	bool tens;
};

static struct reach reach_of(const struct curve *curves, uint32_t count)
{
	struct reach reach = {WAIT_LEAST_S, false};
	double least_s = INFINITY;

	for (uint32_t i = 0; i < count; i++) {
		const double q =
			lab_histogram_quantile(curves[i].waits, QUANTILE_MAX);

		if (isnan(q))
			continue;
		reach.most_s = fmax(reach.most_s, q);
		least_s = fmin(least_s, fmax(q, WAIT_LEAST_S));
	}
	reach.tens = reach.most_s > FAR_APART * least_s;
	return reach;
}

static void wait_data(FILE *out, const struct lab_histogram *h, uint32_t which,
		      const struct reach *reach)
{
	const double total = (double)lab_histogram_total(h);
	uint64_t sum = h->none;
	uint32_t step = 0;

	fprintf(out, "$wait%u << EOD\n", which);
	for (int i = 0; i <= POINTS; i++) {
		const double part = (double)i / POINTS;
		const double t =
			reach->tens ? WAIT_LEAST_S *
					      pow(reach->most_s / WAIT_LEAST_S,
						  part)
				    : reach->most_s * part;

		while (step < LAB_STEPS && lab_histogram_edge(step + 1) <= t)
			sum += h->counts[step++];
		fprintf(out, "%g %g\n", t, (double)sum / total);
	}
	fputs("EOD\n", out);
}

static int waits(const char *prefix, const char *title,
		 const struct curve *curves, uint32_t count)
{
	struct plot *plot = plot_new(prefix, "wait");
	const struct reach reach = reach_of(curves, count);
	uint32_t drawn = 0;
	FILE *out;

	if (!plot)
		return plot_draw(NULL);
	out = plot_script(plot);
	plot_axes(plot, title,
		  reach.tens ? "seconds, each step ten times the last"
			     : "seconds",
		  "wait at most so long", true);
	for (uint32_t i = 0; i < count; i++)
		if (lab_histogram_total(curves[i].waits))
			wait_data(out, curves[i].waits, i, &reach);
	if (reach.tens)
		fprintf(out, "set logscale x\nset xrange [%g:%g]\n",
			WAIT_LEAST_S, reach.most_s);
	else
		fprintf(out, "set xrange [0:%g]\n", reach.most_s);
	for (uint32_t i = 0; i < count; i++) {
		if (!lab_histogram_total(curves[i].waits))
			continue;
		fprintf(out, "%s$wait%u with lines lt %u title ", NEXT(drawn),
			i, i + 1);
		plot_text(plot, curves[i].name);
		drawn++;
	}
	fputs(drawn ? "\n" : "plot NaN notitle\n", out);
	return plot_draw(plot);
}

/* ---- Over the day ---- */

/* From the first slot in which somebody came or worked to the last one. */
static void hours(FILE *out, const struct lab_results *r)
{
	const struct lab_day *day = r->day;
	const uint32_t slots = lab_slots(day);
	const double hour = day->interval_s / HOUR_S;
	uint32_t first = slots, last = 0;

	for (uint32_t i = 0; i < slots; i++) {
		uint64_t some = 0;

		for (uint32_t q = 0; q < day->sim.queue_count; q++)
			some += r->sums.slots[q * slots + i].came;
		if (!some)
			continue;
		first = first < i ? first : i;
		last = i;
	}
	if (first == slots)
		first = 0;
	fprintf(out, "set xrange [%g:%g]\n", floor(first * hour),
		ceil((last + 1) * hour));
	if ((last - first) * hour > 6 && (last - first) * hour < 24)
		fputs("set xtics 2\n", out);
}

static int levels(const char *prefix, const struct lab_results *r,
		  uint32_t count)
{
	const struct lab_day *day = r->day;
	const uint32_t slots = lab_slots(day);
	const double hour = day->interval_s / HOUR_S;
	struct plot *plot = plot_new(prefix, "level");
	bool drawn[PLOT_CURVES_MAX];
	FILE *out;

	if (!plot)
		return plot_draw(NULL);
	out = plot_script(plot);
	plot_axes(plot, "Service level (strict) and contacts over the day",
		  "hour", "answered within the target", true);
	hours(out, r);
	fputs("set y2label 'contacts an hour'\nset y2tics\n"
	      "set y2range [0:*]\nset border 11\n$came << EOD\n",
	      out);
	for (uint32_t i = 0; i < slots; i++) {
		const double hours = (double)r->count * lab_slot_hours(day, i);
		double came = 0;

		for (uint32_t q = 0; q < day->sim.queue_count; q++)
			came += (double)r->sums.slots[q * slots + i].came;
		came = hours > 0 ? came / hours : 0;
		fprintf(out, "%g %g\n%g %g\n", i * hour, came, (i + 1) * hour,
			came);
	}
	fputs("EOD\n", out);
	for (uint32_t q = 0; q < count; q++) {
		drawn[q] = false;
		fprintf(out, "$level%u << EOD\n", q);
		for (uint32_t i = 0; i < slots; i++) {
			const struct lab_slot *s =
				&r->sums.slots[q * slots + i];

			drawn[q] |= s->came > 0;
			if (s->came)
				fprintf(out, "%g %g\n", (i + 0.5) * hour,
					(double)s->within / (double)s->came);
			else
				fputc('\n', out);
		}
		fputs("EOD\n", out);
	}
	fputs("plot $came axes x1y2 with filledcurves y2=0 lc rgb '#888888' "
	      "title 'contacts'",
	      out);
	for (uint32_t q = 0; q < count; q++) {
		if (!drawn[q])
			continue;
		fprintf(out,
			", \\\n  $level%u with linespoints pt 7 ps 0.5 "
			"lt %u title ",
			q, q + 1);
		plot_text(plot, day->queues[q].name);
	}
	fputc('\n', out);
	return plot_draw(plot);
}

static int occupancy(const char *prefix, const struct lab_results *r,
		     uint32_t count)
{
	const struct lab_day *day = r->day;
	const uint32_t slots = lab_slots(day);
	const double hour = day->interval_s / HOUR_S;
	struct plot *plot = plot_new(prefix, "occupancy");
	double most[PLOT_CURVES_MAX];
	uint32_t drawn = 0;
	FILE *out;

	if (!plot)
		return plot_draw(NULL);
	out = plot_script(plot);
	plot_axes(plot, "Occupancy by group over the day", "hour",
		  "of the time on contacts or ready", true);
	hours(out, r);
	for (uint32_t g = 0; g < count; g++) {
		most[g] = 0;
		for (uint32_t i = 0; i < slots; i++) {
			const struct lab_group_slot *s =
				&r->sums.group_slots[g * slots + i];

			most[g] = fmax(most[g], (double)(s->occupied_us +
							 s->available_us));
		}
		fprintf(out, "$busy%u << EOD\n", g);
		for (uint32_t i = 0; i < slots; i++) {
			const struct lab_group_slot *s =
				&r->sums.group_slots[g * slots + i];
			const double busy = (double)s->occupied_us;
			const double all = busy + (double)s->available_us;

			/* who finishes a last contact is busy by
			 * definition, and says nothing */
			if (all > PRESENT_PART * most[g])
				fprintf(out, "%g %g\n", (i + 0.5) * hour,
					busy / all);
			else
				fputc('\n', out);
		}
		fputs("EOD\n", out);
	}
	/* who was never there has no curve */
	for (uint32_t g = 0; g < count; g++) {
		if (most[g] <= 0)
			continue;
		fprintf(out,
			"%s$busy%u with linespoints pt 7 ps 0.5 lt %u "
			"title ",
			NEXT(drawn), g, g + 1);
		plot_text(plot, day->groups[g].name);
		drawn++;
	}
	fputs(drawn ? "\n" : "plot NaN notitle\n", out);
	return plot_draw(plot);
}

static uint32_t at_most(uint32_t count)
{
	return count < PLOT_CURVES_MAX ? count : PLOT_CURVES_MAX;
}

int plot_run(const char *prefix, const struct lab_results *r)
{
	const struct lab_day *day = r->day;
	const uint32_t queues = at_most(day->sim.queue_count);
	struct curve curves[PLOT_CURVES_MAX];
	int status;

	for (uint32_t q = 0; q < queues; q++)
		curves[q] =
			(struct curve){&r->sums.waits[q], day->queues[q].name};
	status = waits(prefix, "Waiting time by queue", curves, queues);
	if (!status)
		status = levels(prefix, r, queues);
	return status ? status
		      : occupancy(prefix, r, at_most(day->sim.group_count));
}

/* ---- Cost against service ---- */

/* Hours of all agents, where nothing has a cost. */
static double cost_of(const struct lab_results *r, bool costs)
{
	double sum = 0;

	for (uint64_t i = 0; i < r->count; i++)
		for (uint32_t g = 0; g < r->day->sim.group_count; g++)
			sum += r->trials[i].groups[g][costs ? LAB_COST
							    : LAB_STAFFED];
	return sum / (double)r->count;
}

static int costs_picture(const char *prefix, const struct lab_results *r,
			 uint32_t count, double *values)
{
	const uint32_t all = r->day->sim.queue_count;
	const bool costs = cost_of(r, true) > 0;
	const char *x = costs ? "cost of a replication"
			      : "hours of all agents in a replication";
	struct plot *plot = plot_new(prefix, "cost");
	double least = INFINITY, most = 0, margin;
	bool beside = false;
	FILE *out;

	if (!plot)
		return plot_draw(NULL);
	out = plot_script(plot);
	plot_axes(plot, "Cost against service, all queues", x,
		  "service level (strict)", false);
	fputs("set offsets 0, 0, graph 0.1, graph 0.1\n"
	      "set format y '%.0f %%'\n",
	      out);
	for (uint32_t v = 0; v < count; v++) {
		least = fmin(least, cost_of(&r[v], costs));
		most = fmax(most, cost_of(&r[v], costs));
	}
	/* where all cost the same there is no range to take from the data */
	margin = fmax(0.1 * (most - least), 0.02 * most) + 1e-9;
	fprintf(out, "set xrange [%g:%g]\n", least - margin, most + margin);
	for (uint32_t v = 0; v < count; v++) {
		const double cost = cost_of(&r[v], costs);
		uint32_t before = 0, alike = 0;
		const size_t n = lab_values(
			&r[v], all, (enum lab_figure)(LAB_LEVEL + 2), values);
		const struct lab_estimate e =
			lab_estimate(values, n, r->day->confidence);

		/* those of one cost stand beside each other around it */
		for (uint32_t i = 0; i < count; i++)
			if (fabs(cost_of(&r[i], costs) - cost) <
			    BESIDE * margin) {
				before += i < v;
				alike++;
			}
		beside |= alike > 1;
		fprintf(out, "$cost%u << EOD\n%g %g %g\nEOD\n", v,
			cost + (before - (alike - 1) / 2.0) * BESIDE * margin,
			100 * e.mean, isnan(e.half) ? 0 : 100 * e.half);
	}
	/* nobody is to read a difference out of that */
	if (beside)
		fprintf(out,
			"set xlabel '%s (those of one cost stand side by "
			"side)'\n",
			x);
	for (uint32_t v = 0; v < count; v++) {
		fprintf(out,
			"%s$cost%u with yerrorbars pt 7 ps 1.2 lt %u "
			"title ",
			NEXT(v), v, v % PLOT_CURVES_MAX + 1);
		plot_text(plot, r[v].name);
	}
	fputc('\n', out);
	return plot_draw(plot);
}

int plot_compare(const char *prefix, const struct lab_results *r,
		 uint32_t count)
{
	const uint32_t all = r->day->sim.queue_count;
	struct curve curves[PLOT_CURVES_MAX];
	double *values = calloc(r->count, sizeof(*values));
	int status;

	if (!values)
		return plot_draw(NULL);
	for (uint32_t v = 0; v < at_most(count); v++)
		curves[v] = (struct curve){&r[v].sums.waits[all], r[v].name};
	status = waits(prefix, "Waiting time, all queues", curves,
		       at_most(count));
	if (!status)
		status = costs_picture(prefix, r, count, values);
	free(values);
	return status;
}

int plot_staff(const char *prefix, const struct plot_point *points,
	       uint32_t count, struct plot_point found, const char *value)
{
	struct plot *plot = plot_new(prefix, "cost");
	FILE *out;

	if (!plot)
		return plot_draw(NULL);
	out = plot_script(plot);
	plot_axes(plot, "Staffings that were tried", "cost", value, false);
	fputs("set offsets graph 0.05, graph 0.05, graph 0.05, graph 0.05\n",
	      out);
	/* no part is more than all */
	if (value[strlen(value) - 1] == '%')
		fputs("set yrange [*:100]\n", out);
	for (int good = 0; good < 2; good++) {
		fprintf(out, "$tried%d << EOD\nNaN NaN\n", good);
		for (uint32_t i = 0; i < count; i++) {
			const double times = points[i].cost / found.cost;

			if (points[i].good == good && times > COST_LEAST &&
			    times < COST_MOST && !isnan(points[i].value))
				fprintf(out, "%g %g\n", points[i].cost,
					points[i].value);
		}
		fputs("EOD\n", out);
	}
	fprintf(out, "$found << EOD\nNaN NaN\n%g %g\n", found.cost,
		found.value);
	fputs("EOD\nplot $tried0 with points pt 2 ps 0.8 lt 2 title 'not "
	      "enough', \\\n  $tried1 with points pt 6 ps 0.9 lt 1 title "
	      "'enough', \\\n  $found with points pt 7 ps 1.4 lt 3 title "
	      "'found'\n",
	      out);
	return plot_draw(plot);
}
