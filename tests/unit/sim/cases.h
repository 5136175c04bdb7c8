/* Cases of tests that run in a program with others. */
#ifndef UNIT_SIM_CASES_H
#define UNIT_SIM_CASES_H

#include <check.h>

TCase *customers_case(void);
TCase *record_callback_case(void);
TCase *record_patience_case(void);
TCase *several_by_hand_case(void);
TCase *staff_parts_case(void);

#endif
