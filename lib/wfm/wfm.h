/*
 * What the staffing formulas share.
 *
 * One model stands for all: Poisson arrivals, n agents, exponential handle
 * times, exponential patience or none, a waiting room or none. Times are in
 * handle times throughout. In the unit "probability that all agents are
 * taken and nobody waits" it has three masses,
 *
 *   below  some agent is free                  loss.c
 *   queue  who comes has to wait and gets in   queue.c
 *   full   the waiting room is full            room.c
 *
 * and the queue has a density over the wait that lies before who comes (the
 * virtual wait), whatever he then does. Every figure is a sum of positive
 * parts of these: nothing is ever the difference of two near numbers.
 *
 * Masses are natural logarithms, as they go from e^-10^6 to e^10^10. A mass
 * of zero is -INFINITY.
 */
#ifndef USHER_WFM_H
#define USHER_WFM_H

#include <usher/erlang.h>

struct wfm_model {
	double n;      /* agents; need not be whole */
	double a;      /* offered load in erlangs */
	double gap;    /* n - a, with all its digits */
	double leave;  /* handle time by patience; 0: nobody gives up */
	double room;   /* places to wait; INFINITY: no limit */
	double handle; /* in seconds */
};

/* Exponent of a density: -g u - k h(e u), or, round the peak at u0,
 * -k h(e (u - u0)); and with a room the logarithm of the chance that a
 * Poisson number of mean a (1 - exp(-e u)) / e is below it. */
struct wfm_curve {
	double g, k, e, u0;
	double a, room;
	int centered;
};

struct wfm_point {
	double log, slope, bend; /* bend: minus the second derivative */
};

/* Integrals of the density over a span of virtual waits. */
enum wfm_mass {
	WFM_ALL,      /* of the density */
	WFM_SERVED,   /* of those who are still there after it */
	WFM_GONE,     /* of those who gave up before it */
	WFM_LATER,    /* of those who gave up, but after the span began */
	WFM_SERVED_U, /* wait of the served */
	WFM_WAIT_U,   /* wait of all */
	WFM_GONE_U,   /* wait of those who gave up */
	WFM_MASSES
};

struct wfm_span {
	double log[WFM_MASSES];
};

/* The three masses and what the density is relative to. */
struct wfm_state {
	double below, queue, full, total;
	struct wfm_curve curve;
};

/* special.c */
double usher__wfm_h(double t);
double usher__wfm_log1pmx(double z);
double usher__wfm_deviance(double z, double y, double gap);
double usher__wfm_stirling(double x);
double usher__wfm_add(double a, double b);
double usher__wfm_erfcx(double x);

/* gamma.c */
double usher__wfm_sure(double room);
double usher__wfm_poisson(double room, double w, double *hazard);

/* curve.c */
void usher__wfm_point(const struct wfm_curve *c, double u,
		      struct wfm_point *p);
void usher__wfm_integrate(const struct wfm_curve *c, double lo, double hi,
			  struct wfm_span *ret);

/* loss.c */
double usher__wfm_below(double n, double a, double gap);

/* room.c */
double usher__wfm_full(const struct wfm_model *m, double queue, int centered);

/* queue.c */
void usher__wfm_state(const struct wfm_model *m, struct wfm_state *s);
void usher__wfm_spans(const struct wfm_model *m, struct wfm_state *s,
		      const double *cut, int cuts, struct wfm_span *span);

/* figures.c */
int usher__wfm_stable(const struct wfm_model *m);
void usher__wfm_figures(const struct wfm_model *m,
			const struct usher_erlang_opts *o,
			struct usher_erlang_figures *f);

/* percentile.c */
double usher__wfm_longer(const struct wfm_model *m, int32_t whose, double t);

/* solve.c */
double usher__wfm_solve(double (*f)(void *arg, double x), void *arg, double x,
			double step, double min, double max);

/* erlang.c */
int usher__wfm_load(struct usher_erlang_opts *load,
		    const struct usher_erlang_opts *opts,
		    struct usher_error *err);
void usher__wfm_model(const struct usher_erlang_opts *load,
		      struct wfm_model *m);
void usher__wfm_values(const struct usher_erlang_opts *load,
		       struct usher_erlang_figures *f);

#endif
