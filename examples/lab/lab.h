/*
 * The lab: what its commands share.
 *
 *   main      one table of commands
 *   day       a file with queues, groups and laws, read into options
 *   trial     one replication, measured
 *   bench     many of them on all cores; the same numbers on any
 *   figure    what is measured, and how it is said
 *   report    tables, JSON and CSV
 *   plot      pictures through gnuplot
 */
#ifndef LAB_H
#define LAB_H

#include <stdbool.h>
#include <stdio.h>

#include <usher/sim.h>

#define LAB_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Commands ---- */

/* Gives the status of the process: 0, 1 for what could not be done, 2 for
 * what was asked wrongly. argv[0] is the command's name. */
typedef int lab_main(int argc, char **argv);

lab_main lab_run, lab_compare, lab_erlang, lab_replay, lab_staff;

/* Print what goes wrong with its place: file:line:column: message. Gives the
 * status 1. */
int lab_failed(const struct usher_error *err);
/* The same of what was asked wrongly. Gives the status 2. */
int lab_wrong(const char *command, const char *fmt, ...) USHER_PRINTF(2, 3);
/* The same of what getopt_long() gave '?' or ':' for. */
int lab_wrong_option(const char *command, int c, char **argv);

/* A number, a part (0.8 or 80%), a time (20s, 1.5m, 08:30), a rate (120/h)
 * out of text. 0, or -1 when it is none. */
int lab_number(const char *text, double *ret);
int lab_part(const char *text, double *ret);
int lab_seconds(const char *text, double *ret);
int lab_rate(const char *text, double *ret);
/* A whole number from min to max. */
int lab_count(const char *text, uint64_t min, uint64_t max, uint64_t *ret);

/* ---- Figures ---- */

enum lab_figure {
	LAB_ARRIVED,
	LAB_ENTERED,
	LAB_ANSWERED,
	LAB_ABANDONED,
	LAB_BLOCKED,
	LAB_WAITED,
	LAB_LEVEL, /* the first of five, in the order of the variants */
	LAB_ASA = LAB_LEVEL + 5,
	LAB_WAIT,
	LAB_P50,
	LAB_P80,
	LAB_P90,
	LAB_P95,
	LAB_P99,
	LAB_LONGEST,
	LAB_AHT,
	LAB_RETRIED,
	LAB_CALLBACKS,
	LAB_DIALED,
	LAB_REACHED,
	LAB_CLOSED,
	LAB_LED,
	LAB_MISMATCHED,
	LAB_WAITING, /* when it ended */
	LAB_FIGURES
};

enum lab_unit { LAB_CONTACTS, LAB_PART, LAB_TIME, LAB_MONEY };

struct lab_figure_name {
	const char *name;  /* in files */
	const char *title; /* in tables */
	enum lab_unit unit;
	bool optional; /* only shown where it is not zero */
};

extern const struct lab_figure_name lab_figures[LAB_FIGURES];

/* What a search for staff calls it (enum usher_sim_figure); 0: it does not. */
int32_t lab_sim_figure(enum lab_figure figure);

/* What a group does. */
enum lab_group_figure {
	LAB_OCCUPANCY,
	LAB_HANDLED, /* contacts an agent */
	LAB_STAFFED, /* hours of all agents */
	LAB_COST,
	LAB_GROUP_FIGURES
};

extern const struct lab_figure_name lab_group_figures[LAB_GROUP_FIGURES];

/* What a group does with one kind of channel. */
enum lab_kind_figure {
	LAB_KIND_HANDLED,   /* contacts an agent */
	LAB_KIND_OCCUPANCY, /* with at least one of the kind */
	LAB_KIND_AT_ONCE,   /* while there is one */
	LAB_KIND_STILL,     /* of the time with an agent: interrupted */
	LAB_KIND_FIGURES
};

extern const struct lab_figure_name lab_kind_figures[LAB_KIND_FIGURES];

/* ---- Days ---- */

#define LAB_NAME_MAX         64
#define LAB_VARIANTS_MAX     32
#define LAB_REPLICATIONS_MAX 100000

/* What a target says: a figure of a queue, or of all. */
struct lab_target {
	const char *queue; /* NULL: over all of them */
	uint32_t index;    /* of the queue; the number of queues: over all */
	enum lab_figure figure;
	double limit;
	double from_s, to_s; /* of a part of the day; both 0: of all of it */
};

/* What staffing may do with a group. */
struct lab_range {
	uint32_t least, most;
	double per_hour; /* cost of an agent */
};

struct lab_day {
	const char *title;
	struct usher_sim_opts sim;
	struct usher_sim_queue *queues;
	struct usher_sim_group *groups;
	struct lab_range *ranges; /* one a group */
	struct lab_target *targets;
	uint32_t target_count;
	uint64_t replications;
	double warmup_s, duration_s, interval_s, confidence;
	void *text;        /* what names are borrowed from */
	void **parts;      /* allocations that end with it */
	size_t part_count; /* of them */
	/* for compare */
	struct lab_variant *variants;
	uint32_t variant_count;
	bool expected; /* ask what people are told */
	/* channels of the queues, where agents have several contacts at once;
	 * none elsewhere */
	const char *kinds[USHER_CHANNELS_MAX];
	uint32_t kind_count;
};

/* A day with something else: what is NULL or zero stays. */
struct lab_variant {
	const char *name;
	const char *policy; /* of all queues */
	const char *contact_order;
	const char **policies;  /* by queue, entries may be NULL */
	const uint32_t *agents; /* by group; UINT32_MAX: stays */
};

/* Read a file. 0, or an error that names file, line and column. */
int lab_day_open(struct lab_day **ret, const char *path,
		 struct usher_error *err);
void lab_day_free(struct lab_day *day);
/* Only what lab_day_alloc() gave. */
void lab_day_parts_free(struct lab_day *day);
/* Zeroed memory that ends with the day, or NULL. */
void *lab_day_alloc(struct lab_day *day, size_t count, size_t size);
/* Change the day itself. 0, USHER_ENOMEM. */
int lab_day_vary(struct lab_day *day, const struct lab_variant *variant);
/* Index of a queue or group; UINT32_MAX when there is none. */
uint32_t lab_day_queue(const struct lab_day *day, const char *name);
uint32_t lab_day_group(const struct lab_day *day, const char *name);

/* ---- Trials ---- */

/* Contacts by the time of day at which they came. */
struct lab_slot {
	uint64_t came, answered, within;
	int64_t wait_us; /* of all */
};

struct lab_group_slot {
	int64_t occupied_us, available_us;
};

/* Upper ends of a histogram's steps are a little apart, as parts. */
#define LAB_STEPS 2048

struct lab_histogram {
	int64_t longest_us;
	uint64_t none;              /* did not wait at all */
	uint64_t counts[LAB_STEPS]; /* waited so long, by logarithm */
};

/* Ways to tell how long somebody will wait: ours, the place in the queue, the
 * last wait. */
#define LAB_WAYS 3

struct lab_expected {
	double squares[LAB_WAYS]; /* of what was told less what came */
	double waits_s;
	uint64_t count;
};

/* Of one replication: rows of queues and then one over all; groups. */
struct lab_trial {
	double (*figures)[LAB_FIGURES];
	double (*groups)[LAB_GROUP_FIGURES];
	double (*kinds)[LAB_KIND_FIGURES];  /* by group and then kind */
	struct lab_slot *slots;             /* by queue and then time */
	struct lab_group_slot *group_slots; /* likewise */
	struct lab_histogram *waits;        /* by queue, and over all */
	struct lab_expected *expected;      /* by queue */
	double cost;
};

/* How many slots a period has. */
uint32_t lab_slots(const struct lab_day *day);
/* Make room; and run replication number `number`. */
int lab_trial_init(struct lab_trial *trial, const struct lab_day *day);
void lab_trial_done(struct lab_trial *trial);
int lab_trial_run(struct lab_trial *trial, const struct lab_day *day,
		  uint64_t number, struct usher_error *err);

void lab_histogram_add(struct lab_histogram *h, int64_t wait_us);
void lab_histogram_sum(struct lab_histogram *to,
		       const struct lab_histogram *from);
/* The wait that so large a part does not exceed; NAN of nobody. */
double lab_histogram_quantile(const struct lab_histogram *h, double part);
uint64_t lab_histogram_total(const struct lab_histogram *h);
/* The wait at which a step begins. */
double lab_histogram_edge(uint32_t step);

/* ---- Many trials ---- */

/* One kept trial: figures alone. */
struct lab_kept {
	double (*figures)[LAB_FIGURES];
	double (*groups)[LAB_GROUP_FIGURES];
	double (*kinds)[LAB_KIND_FIGURES];
	struct lab_expected *expected;
	double cost;
};

/* What the replications of a day gave. */
struct lab_results {
	const struct lab_day *day;
	const char *name;
	uint64_t count;
	struct lab_kept *trials; /* by number */
	struct lab_trial sums;   /* slots and waits of all of them */
};

/* Cores of this machine, for threads that are not told. */
unsigned lab_cores(void);

/*
 * Run the replications of some days on some threads. What is given depends on
 * neither their number nor their order. With `title` progress is shown where
 * standard error is a terminal.
 */
struct lab_bench {
	struct lab_results *results;
	uint32_t count; /* of results: day and name are the caller's */
	unsigned threads;
	const char *title;
};

int lab_bench_run(struct lab_bench *bench, struct usher_error *err);
void lab_results_done(struct lab_results *results);

/* Call one(ctx, i) for every i below count, on so many threads. */
void lab_each(unsigned threads, uint64_t count,
	      void (*one)(void *ctx, uint64_t i), void *ctx,
	      const char *title);

/* A value of every replication; count of them that are defined. row: a queue,
 * or the number of queues for all; or a group. */
size_t lab_values(const struct lab_results *r, uint32_t row,
		  enum lab_figure figure, double *values);
size_t lab_group_values(const struct lab_results *r, uint32_t group,
			enum lab_group_figure figure, double *values);
size_t lab_kind_values(const struct lab_results *r, uint32_t group,
		       uint32_t kind, enum lab_kind_figure figure,
		       double *values);

/* ---- Reports ---- */

enum lab_format { LAB_TABLE, LAB_JSON, LAB_CSV };

/* What all commands that simulate may be told. */
struct lab_options {
	const char *const *files;
	uint32_t file_count;
	enum lab_format format;
	const char *output; /* file, or NULL for standard output */
	const char *plot;   /* what the names of pictures begin with */
	unsigned threads;   /* 0: one a core */
	/* instead of what the file says; NULL stays */
	const char *replications, *seed, *warmup, *duration, *confidence;
	const char *policy, *contact_order, *load;
	const char *agents[LAB_VARIANTS_MAX]; /* GROUP=NUMBER */
	uint32_t agent_count;
	bool expected;        /* run: what people are told */
	bool over_day;        /* run: the parts of the day instead */
	const char *restarts; /* staff: of the search */
	const char *policies; /* compare: a list with commas */
};

#define LAB_OPTIONS_HELP                                                      \
	"  --replications N     how many; --seed N, --warmup T, --duration "  \
	"T\n"                                                                 \
	"  --confidence P       of the intervals: 95%\n"                      \
	"  --policy NAME        of all queues; --order NAME: of the center\n" \
	"  --agents GROUP=N     so many in this group\n"                      \
	"  --load X             arrivals times X\n"                           \
	"  --threads N          instead of one a core; changes no number\n"   \
	"  --json, --csv        instead of a table; -o FILE: into a file\n"

/* Read argv; help is printed on --help. -1: go on; else the status. */
int lab_options(struct lab_options *o, int argc, char **argv,
		const char *help);
/* Read a day's file and change what the options say. 0 or the status. */
int lab_options_day(const struct lab_options *o, const char *command,
		    const char *path, struct lab_day **ret);
/* Where 0 stands for what is usual: no time at all. */
#define LAB_INSTANT_S 1e-6
/* How long a queue's contacts may wait, as its level counts. */
double lab_target_s(const struct usher_sim_queue *queue);
/* Where the report goes; lab_close() gives 0 or the status. */
FILE *lab_open(const struct lab_options *o);
int lab_close(const struct lab_options *o, FILE *out);

/* Mean and interval of what is defined: half is NAN of fewer than two. */
struct lab_estimate {
	double mean, half;
	size_t count;
};

struct lab_estimate lab_estimate(const double *values, size_t count,
				 double confidence);

/* "12.3 s", "81.2 %", "120.5": into text. */
void lab_say(char *text, size_t size, enum lab_unit unit, double value);
/* A line with the thresholds of service levels. */
void lab_say_targets(const struct lab_day *day, FILE *out);
/* "12.3 ±0.4 s" */
void lab_say_estimate(char *text, size_t size, enum lab_unit unit,
		      const struct lab_estimate *e);

/* What groups do with each kind of channel, where there are any: a table, an
 * array of a group's object, rows. */
int lab_kinds_table(const struct lab_results *r, double *values, FILE *out);
void lab_kinds_json(const struct lab_results *r, uint32_t group,
		    double *values, FILE *out);
void lab_kinds_csv(const struct lab_results *r, uint32_t group, double *values,
		   FILE *out);
/* Parts of the day, with figures of all replications together. 0 or
 * USHER_ENOMEM. */
int lab_over_day(const struct lab_results *r, enum lab_format format,
		 FILE *out);
/* For how many hours a part of the day was measured in each replication: from
 * the warm-up on, as often as the period comes round. */
double lab_slot_hours(const struct lab_day *day, uint32_t slot);
void lab_json_estimate(FILE *out, const char *name,
		       const struct lab_estimate *e);
void lab_csv_estimate(FILE *out, const char *what, const char *name,
		      const char *figure, const struct lab_estimate *e);

/* A text in quotes, escaped. */
void lab_json_text(FILE *out, const char *text);
/* A number, or null where it is undefined. */
void lab_json_number(FILE *out, double value);
void lab_csv_text(FILE *out, const char *text);
void lab_csv_number(FILE *out, double value);

/* Tables whose columns are as wide as they have to be. */
struct lab_table;
struct lab_table *lab_table_new(uint32_t columns);
/* The next cell, row by row; NULL is an empty one. */
void lab_table_cell(struct lab_table *table, const char *text);
/* Print and free it; the first column to the left, the others to the right.
 * 0 or USHER_ENOMEM. */
int lab_table_print(struct lab_table *table, FILE *out);

#endif
