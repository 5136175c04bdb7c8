/* Verbs of the voice driver: what they have in common, and those that sound.c
 * gives to voice.c's table. */
#ifndef USHER_LIB_DRIVERS_VOICE_VERB_H
#define USHER_LIB_DRIVERS_VOICE_VERB_H

#include "drivers/voice/hub.h"

/* The driver's leg, or NULL. */
struct voice_leg *usher__voice_verb_leg(void *arg, uint64_t id);
/* The media port of a leg, or 0. */
uint64_t usher__voice_verb_port(void *arg, uint64_t id);

/* A verb is carried out only when its outcome can be told: else it would have
 * happened although the center heard that it was not taken. */
int usher__voice_verb_begin(struct usher__reserve *outcome);
/* Carried out, or not: then it was not taken, and there is no outcome. */
int usher__voice_verb_done(struct usher__voice *voice, uint64_t req,
			   struct usher__reserve *outcome, int err);

/* As usher/channel.h has them. */
int usher__voice_prompt(void *arg, uint64_t req, uint64_t id,
			const struct usher_channel_prompt *prompt);
int usher__voice_quiet(void *arg, uint64_t req, uint64_t id);
int usher__voice_digits(void *arg, uint64_t req, uint64_t id,
			const char *text);
int usher__voice_send(void *arg, uint64_t req, uint64_t id, const char *text);
int usher__voice_join(void *arg, uint64_t req, uint64_t id, uint64_t other);
int usher__voice_part(void *arg, uint64_t req, uint64_t id, uint64_t other);
int usher__voice_mix(void *arg, uint64_t req, uint64_t id,
		     const struct usher_channel_mix *mix);
int usher__voice_mute(void *arg, uint64_t req, uint64_t id, int mute);
int usher__voice_hold(void *arg, uint64_t req, uint64_t id,
		      const struct usher_channel_prompt *music);
int usher__voice_resume(void *arg, uint64_t req, uint64_t id);
int usher__voice_record(void *arg, uint64_t req, uint64_t id,
			const struct usher_channel_record *record);
int usher__voice_record_stop(void *arg, uint64_t record_req, uint64_t id);
int usher__voice_record_pause(void *arg, uint64_t record_req, uint64_t id,
			      int paused);
int usher__voice_without(void *arg, uint64_t id, int text, int video);

#endif
