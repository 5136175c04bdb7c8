/* A configuration file of a stranger: an error with a place, or a
 * configuration; never a crash, a leak or a long wait. */
#include <assert.h>

#include <config/config.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct usher_error err = {0};
	struct usher__conf *conf;

	if (usher__conf_parse(&conf, "fuzz.yaml", (const char *)data, size,
			      NULL, &err)) {
		assert(err.code < 0 && err.message[0]);
		return 0;
	}
	usher__conf_free(conf);
	return 0;
}
