#ifndef TESTS_MEDIA_SUITES_H
#define TESTS_MEDIA_SUITES_H

#include <check.h>

TCase *legs_case(void);

#endif
