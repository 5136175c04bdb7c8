/* Sound files from strangers: a second of samples at most comes out. */
#include <media/sound.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why = NULL;
	int16_t *pcm = NULL;
	size_t samples = 0;
	char path[64];
	int fd = memfd_create("sound", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (usher__sound_decode(path, 1000, &pcm, &samples, &why)) {
		if (!why)
			abort();
	} else if (!pcm || !samples || samples > 8000 + 1024) {
		abort();
	}
	free(pcm);
	close(fd);
	return 0;
}
