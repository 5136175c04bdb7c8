#include <stdlib.h>
#include "suites.h"

int main(void)
{
	Suite *suite = suite_create("media-paths");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, paths_case());
	suite_add_tcase(suite, lines_case());
	suite_add_tcase(suite, moved_case());
	suite_add_tcase(suite, numbers_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
