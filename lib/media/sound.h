/* Sound files as 8 kHz mono samples in memory, shared by all that play them.
 */
#ifndef USHER_MEDIA_SOUND_H
#define USHER_MEDIA_SOUND_H

#include <media/media.h>

struct usher__sound {
	const int16_t *pcm;
	size_t samples;
};

struct usher__sounds; /* the cache */

int usher__sounds_new(struct usher__sounds **ret, uint32_t max_ms);

/* Every sound must have been released. */
void usher__sounds_free(struct usher__sounds *sounds);

/* Decodes a file, or finds it decoded already and unchanged since; reads the
 * disk, so it is for the file thread. On success *ret stays until released.
 * On error *why says what is wrong, in static storage. */
int usher__sound_get(struct usher__sounds *sounds, const char *path,
		     const struct usher__sound **ret, const char **why);

/* Thread: any. NULL is fine. */
void usher__sound_release(struct usher__sounds *sounds,
			  const struct usher__sound *sound);

/* Bytes of samples in memory. Thread: any. */
uint64_t usher__sounds_bytes(struct usher__sounds *sounds);

/* Decodes a whole file into new memory, for the cache and for tests.
 * USHER_ENOENT, USHER_EPROTO (no sound file), USHER_EFULL (too long),
 * USHER_EIO, USHER_ENOMEM. */
int usher__sound_decode(const char *path, uint32_t max_ms, int16_t **ret_pcm,
			size_t *ret_samples, const char **why);

/* What an errno says of a file that cannot be opened, in static storage. */
const char *usher__sound_unopened(int error);

#endif
