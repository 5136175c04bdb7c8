#include <stdlib.h>
#include "suites.h"

int main(void)
{
	Suite *suite = suite_create("media-opus");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, opuscodec_case());
	suite_add_tcase(suite, opus_case());
	suite_add_tcase(suite, press_case());
	suite_add_tcase(suite, noise_case());
	suite_add_tcase(suite, order_case());
	suite_add_tcase(suite, disorder_case());
	suite_add_tcase(suite, tones_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
