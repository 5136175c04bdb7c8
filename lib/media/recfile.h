/* One recording: packets in, a WAV file out. On the file thread only. */
#ifndef USHER_MEDIA_RECFILE_H
#define USHER_MEDIA_RECFILE_H

#include "media/media.h"
#include "media/rtp.h"

struct usher__recfile;

/* Only memory: the file is made by usher__recfile_start. now_us is where its
 * clock starts. USHER_ENOMEM. */
int usher__recfile_new(struct usher__recfile **ret, uint64_t rec,
		       const char *path, const struct usher__mrec_opts *opts,
		       int64_t now_us);
void usher__recfile_free(struct usher__recfile *file);
uint64_t usher__recfile_rec(const struct usher__recfile *file);

/* 0 or USHER_EIO with *why. */
int usher__recfile_start(struct usher__recfile *file, const char **why);

void usher__recfile_pause(struct usher__recfile *file, int64_t at_us);
void usher__recfile_resume(struct usher__recfile *file, int64_t at_us);

/* In place of a time: what was said before, for the decoder alone. */
#define USHER__RECFILE_PRIME INT64_MIN

/* A packet that arrived at at_us; payload is rtp->length bytes of codec. */
void usher__recfile_audio(struct usher__recfile *file, uint32_t channel,
			  int64_t at_us, const struct usher__rtp *rtp,
			  enum usher__mcodec codec, const uint8_t *payload);

/* Writes what is old enough at at_us, or all of it. */
void usher__recfile_advance(struct usher__recfile *file, int64_t at_us,
			    bool all);

/* Why it should end now: END, SILENCE, ERROR (with *why), or 0. */
enum usher__mreason usher__recfile_over(const struct usher__recfile *file,
					const char **why);
uint32_t usher__recfile_duration_ms(const struct usher__recfile *file);

#endif
