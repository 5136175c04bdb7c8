/* Pictures, SVG and PNG, drawn by gnuplot. */
#ifndef LAB_PLOT_H
#define LAB_PLOT_H

#include "lab.h"

/* Most curves in a picture: more colors are not told apart. */
#define PLOT_CURVES_MAX 8

struct plot;

/* Picture PREFIX-NAME.svg and .png; NULL without memory. */
struct plot *plot_new(const char *prefix, const char *name);
/* gnuplot's commands and data go here. */
FILE *plot_script(struct plot *plot);
/* A text within gnuplot's quotes. */
void plot_text(struct plot *plot, const char *text);
/* Axes; with `percent` the second one shows parts from 0 to 1. */
void plot_axes(struct plot *plot, const char *title, const char *x,
	       const char *y, bool percent);
/* Draw it and free it. 0, or the status; says why. */
int plot_draw(struct plot *plot);

/* There is no gnuplot; says so. */
bool plot_missing(void);
/* Of a day: waiting times, levels and occupancy over the day. */
int plot_run(const char *prefix, const struct lab_results *r);
/* Of several: waiting times, and cost against service. */
int plot_compare(const char *prefix, const struct lab_results *r,
		 uint32_t count);

/* What a search for staff tried. */
struct plot_point {
	double cost, value;
	bool good;
};

int plot_staff(const char *prefix, const struct plot_point *points,
	       uint32_t count, struct plot_point found, const char *value);

#endif
