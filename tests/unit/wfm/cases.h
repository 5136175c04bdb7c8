/* Cases of tests that run in a program with others. */
#ifndef UNIT_WFM_CASES_H
#define UNIT_WFM_CASES_H

#include <check.h>

TCase *inverses_case(void);

#endif
