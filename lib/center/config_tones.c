/* Whose tones callers hear. */
#include "center/config.h"
#include "drivers/voice/voice.h"

int usher_config_tones(struct usher_config *config, const char *country,
		       struct usher_error *err)
{
	const char *name = country;
	int code;

	if (!config)
		return usher_error_set(err, USHER_EINVAL, "nothing given");
	if (country && (!*country || !usher__voice_tones_known(country)))
		return usher_error_set(err, USHER_EINVAL,
				       "no tones of '%.16s' are known",
				       country);
	code = usher__config_own(config, &name);
	if (code)
		return usher_error_set(err, code, "out of memory");
	config->tones = name;
	return 0;
}
