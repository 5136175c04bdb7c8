/* A strict reader of OpenMetrics text, for tests. */
#ifndef TESTS_UNIT_HTTP_OPENMETRICS_H
#define TESTS_UNIT_HTTP_OPENMETRICS_H

#include <stddef.h>

/*
 * Read an exposition as OpenMetrics 1.0 defines it: families in one piece,
 * TYPE before samples, suffixes that fit the type, units as suffix of the
 * name, escaped labels, no label set twice, numbers, "# EOF" and nothing
 * after it.
 *
 * Returns NULL when it is valid, else a complaint in a static buffer.
 */
const char *openmetrics_complaint(const char *text, size_t len);

/* Value of the sample with exactly this name and label text; -1: none. */
double openmetrics_value(const char *text, const char *sample);

#endif
