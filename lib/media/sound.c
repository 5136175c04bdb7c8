/* The cache of decoded sounds: one copy of the music for every caller who
 * hears it. A sound is known by its path, and by its file's size and time of
 * change; unused ones stay, least recently used going first, while all of
 * them are under USHER__SOUND_CACHE_BYTES. */
#include "media/sound.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>

struct entry {
	struct usher__sound sound; /* first: what the user holds */
	TAILQ_ENTRY(entry) link;
	uint32_t refs;
	bool stale; /* the file has changed: free when unused */
	off_t size;
	struct timespec mtime;
	ino_t inode;
	char path[];
};

struct usher__sounds {
	pthread_mutex_t lock;
	TAILQ_HEAD(, entry) entries; /* least recently used first */
	uint64_t bytes;
	uint32_t max_ms;
};

int usher__sounds_new(struct usher__sounds **ret, uint32_t max_ms)
{
	struct usher__sounds *sounds = calloc(1, sizeof(*sounds));

	if (!sounds)
		return USHER_ENOMEM;
	pthread_mutex_init(&sounds->lock, NULL);
	TAILQ_INIT(&sounds->entries);
	sounds->max_ms = max_ms;
	*ret = sounds;
	return 0;
}

static void entry_free(struct usher__sounds *sounds, struct entry *entry)
{
	TAILQ_REMOVE(&sounds->entries, entry, link);
	sounds->bytes -= entry->sound.samples * sizeof(int16_t);
	free((void *)entry->sound.pcm);
	free(entry);
}

void usher__sounds_free(struct usher__sounds *sounds)
{
	struct entry *entry;

	if (!sounds)
		return;
	while ((entry = TAILQ_FIRST(&sounds->entries)))
		entry_free(sounds, entry);
	pthread_mutex_destroy(&sounds->lock);
	free(sounds);
}

static void trim(struct usher__sounds *sounds)
{
	struct entry *entry = TAILQ_FIRST(&sounds->entries);

	while (entry) {
		struct entry *next = TAILQ_NEXT(entry, link);
		bool over = sounds->bytes > USHER__SOUND_CACHE_BYTES;

		if (!entry->refs && (entry->stale || over))
			entry_free(sounds, entry);
		entry = next;
	}
}

static bool same_file(const struct entry *entry, const struct stat *st)
{
	return entry->size == st->st_size && entry->inode == st->st_ino &&
	       entry->mtime.tv_sec == st->st_mtim.tv_sec &&
	       entry->mtime.tv_nsec == st->st_mtim.tv_nsec;
}

static const struct usher__sound *find(struct usher__sounds *sounds,
				       const char *path, const struct stat *st)
{
	const struct usher__sound *found = NULL;
	struct entry *entry;

	pthread_mutex_lock(&sounds->lock);
	TAILQ_FOREACH(entry, &sounds->entries, link)
	{
		if (entry->stale || strcmp(entry->path, path) != 0)
			continue;
		if (same_file(entry, st)) {
			entry->refs++;
			TAILQ_REMOVE(&sounds->entries, entry, link);
			TAILQ_INSERT_TAIL(&sounds->entries, entry, link);
			found = &entry->sound;
		} else {
			entry->stale = true;
			trim(sounds);
		}
		break;
	}
	pthread_mutex_unlock(&sounds->lock);
	return found;
}

static int insert(struct usher__sounds *sounds, const char *path,
		  const struct stat *st, int16_t *pcm, size_t samples,
		  const struct usher__sound **ret)
{
	size_t length = strlen(path) + 1;
	struct entry *entry = calloc(1, sizeof(*entry) + length);
	int16_t *fit;

	if (!entry)
		return USHER_ENOMEM;
	fit = realloc(pcm, samples * sizeof(*pcm));
	entry->sound = (struct usher__sound){fit ? fit : pcm, samples};
	entry->refs = 1;
	entry->size = st->st_size;
	entry->mtime = st->st_mtim;
	entry->inode = st->st_ino;
	memcpy(entry->path, path, length);

	pthread_mutex_lock(&sounds->lock);
	TAILQ_INSERT_TAIL(&sounds->entries, entry, link);
	sounds->bytes += samples * sizeof(int16_t);
	trim(sounds);
	pthread_mutex_unlock(&sounds->lock);
	*ret = &entry->sound;
	return 0;
}

int usher__sound_get(struct usher__sounds *sounds, const char *path,
		     const struct usher__sound **ret, const char **why)
{
	struct stat st;
	int16_t *pcm;
	size_t samples;
	int rc;

	if (stat(path, &st) < 0) {
		*why = usher__sound_unopened(errno);
		return USHER_ENOENT;
	}
	*ret = find(sounds, path, &st);
	if (*ret)
		return 0;

	rc = usher__sound_decode(path, sounds->max_ms, &pcm, &samples, why);
	if (rc)
		return rc;
	rc = insert(sounds, path, &st, pcm, samples, ret);
	if (rc) {
		free(pcm);
		*why = "out of memory";
	}
	return rc;
}

void usher__sound_release(struct usher__sounds *sounds,
			  const struct usher__sound *sound)
{
	struct entry *entry = (struct entry *)sound;

	if (!entry)
		return;
	pthread_mutex_lock(&sounds->lock);
	entry->refs--;
	if (entry->stale || sounds->bytes > USHER__SOUND_CACHE_BYTES)
		trim(sounds);
	pthread_mutex_unlock(&sounds->lock);
}

uint64_t usher__sounds_bytes(struct usher__sounds *sounds)
{
	uint64_t bytes;

	pthread_mutex_lock(&sounds->lock);
	bytes = sounds->bytes;
	pthread_mutex_unlock(&sounds->lock);
	return bytes;
}
