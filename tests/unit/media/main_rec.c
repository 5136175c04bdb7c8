/* In a program of its own, since these tests wait for real time. */
#include <stdlib.h>
#include "suites.h"

int main(void)
{
	Suite *suite = suite_create("media-rec");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, recfile_case());
	suite_add_tcase(suite, rec_case());
	suite_add_tcase(suite, hostile_case());
	suite_add_tcase(suite, meanwhile_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
