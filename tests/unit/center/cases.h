/* Tests that run in a program with others, on the same scene. */
#ifndef CASES_H
#define CASES_H

#include <check.h>

void callback_kill_tests(TCase *tc);
void conference_tests(TCase *tc);

#endif
