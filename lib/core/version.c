#include <usher/version.h>

const char *usher_version(void)
{
	return USHER_VERSION_STRING;
}

uint32_t usher_version_number(void)
{
	return USHER_VERSION_MAJOR << 16 | USHER_VERSION_MINOR << 8 |
	       USHER_VERSION_PATCH;
}
