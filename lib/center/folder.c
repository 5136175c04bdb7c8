/* Folders for what a center keeps. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <usher/error.h>

#include "center/journal.h"

#define FOLDER_MAX 1024

int usher__folder_make(const char *path)
{
	char part[FOLDER_MAX];
	size_t len = strlen(path);
	char *p;

	if (!len || len >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return USHER_EINVAL;
	}
	memcpy(part, path, len + 1);
	/* One above that cannot be made may be there, and unreadable: only
	 * the last one counts. */
	for (p = strchr(part + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = 0;
		(void)mkdir(part, 0700);
		*p = '/';
	}
	return mkdir(part, 0700) && errno != EEXIST ? USHER_EIO : 0;
}
