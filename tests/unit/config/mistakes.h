/* Mistakes in a file, as a part of the tests of configurations. */
#ifndef TEST_CONFIG_MISTAKES_H
#define TEST_CONFIG_MISTAKES_H

#include <check.h>

TCase *mistakes_case(void);

#endif
