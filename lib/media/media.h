/* The media engine: RTP legs that are bridged, play, record and hear digits.
 *
 * Threads. One thread owns an engine (the signaling thread) and is the only
 * one that calls the functions below, unless a comment says otherwise. n media
 * threads receive and send, one file thread decodes sounds and writes
 * recordings; all three kinds block every signal. Functions that change
 * something post a command and return; what happened comes back as an event.
 * None of them waits for a file or the network; only bridging two legs of
 * different media threads waits, for the turn in hand of one of them.
 *
 * Ids. Legs, plays and recordings are numbers that are never used again: a
 * stale one is USHER_ENOENT. Zero is never an id.
 */
#ifndef USHER_MEDIA_MEDIA_H
#define USHER_MEDIA_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <usher/error.h>
#include "media/opus.h"

/* Limits, each enforced where the comment says. */
#define USHER__MEDIA_THREADS_MAX 64    /* media threads of an engine */
#define USHER__MEDIA_LEGS_MAX    32768 /* port pairs there can be */
#define USHER__MEDIA_EVENTS_DEF  8192  /* default capacity for events */
#define USHER__MEDIA_COMMANDS_MAX                                             \
	65536                            /* unread by one thread; then EAGAIN \
					  */
#define USHER__MPLAY_ITEMS_MAX      64   /* items in one play */
#define USHER__MPLAY_DIGITS_MAX     64   /* digits in one item */
#define USHER__MEDIA_PATH_MAX       1024 /* bytes of a file name, with NUL */
#define USHER__SOUND_MAX_MS         900000 /* longest sound that is played */
#define USHER__SOUND_CACHE_BYTES    (64u << 20) /* decoded, kept when unused */
#define USHER__SOUND_CHANNELS_MAX   8
#define USHER__SOUND_RATE_MIN       4000
#define USHER__SOUND_RATE_MAX       192000
#define USHER__MREC_MAX             8192       /* recordings at a time */
#define USHER__MREC_MAX_MS          43200000   /* longest recording: 12 h */
#define USHER__MREC_QUEUE_BYTES     (8u << 20) /* audio waiting for the disk */
#define USHER__MREC_LATE_MS         500 /* audio later than this is lost */
#define USHER__MLEG_PACKETS_PER_S   500 /* RTP taken; more are dropped */
#define USHER__MLEG_DIGITS_PER_S    20 /* more received ones are counted away */
#define USHER__MLEG_STRANGE_PACKETS 25   /* not believed, until it is told */
#define USHER__MROOM_LEGS_MAX       32   /* in one room */
#define USHER__MVIDEO_PACKETS_PER_S 4000 /* taken of a video leg */
#define USHER__MVIDEO_ASK_MS        300  /* between pictures asked for */
#define USHER__MTEXT_IN             8192 /* text of a leg not yet read */
#define USHER__MTEXT_SAY_MAX        4096 /* bytes said at a time */

struct usher__media; /* the engine */

enum usher__mcodec {
	USHER__PCMU = 0,
	USHER__PCMA = 1,
	USHER__OPUS = 2,
	USHER__MCODECS = 3
};

/* What this side may do, bit 0 send and bit 1 receive. A peer that says
 * a=sendonly makes our direction RECVONLY. */
enum usher__mdir {
	USHER__INACTIVE = 0,
	USHER__SENDONLY = 1,
	USHER__RECVONLY = 2,
	USHER__SENDRECV = 3
};

/* Are digits listened for in sound? AUTO: where telephone-event was not agreed
 * upon. ALWAYS: beside it too, for peers that agree and do not send it; what a
 * peer sends both ways is told once. The limits are those of dtmf.c. */
enum usher__minband_mode {
	USHER__INBAND_AUTO = 0,
	USHER__INBAND_ALWAYS = 1,
	USHER__INBAND_NEVER = 2
};

/* SRTP's suites, and a master key with its salt; see lib/media/srtp.h. */
enum usher__srtp_suite {
	USHER__SRTP_NONE = 0,
	USHER__SRTP_SHA1_80 = 1, /* AES_CM_128_HMAC_SHA1_80 */
	USHER__SRTP_SHA1_32 = 2  /* AES_CM_128_HMAC_SHA1_32 */
};

#define USHER__SRTP_KEY     30 /* bytes: AES-128 key and salt */
#define USHER__SRTP_MKI_MAX 4
struct usher__srtp_key {
	uint8_t suite; /* enum usher__srtp_suite */
	uint8_t bytes[USHER__SRTP_KEY];
	/* Its name (MKI), which stands in each packet of whoever sends by it;
	 * 0 bytes: none. Ours have none. */
	uint8_t mki_len;
	uint8_t mki[USHER__SRTP_MKI_MAX];
};

#define USHER__NO_PT 0xff /* a payload type that was not negotiated */

/* --- the engine ------------------------------------------------------- */

struct usher__media_opts {
	const char *bind_ip; /* numeric, IPv4 or IPv6; NULL: 0.0.0.0 */
	uint16_t port_min;   /* first port; 0: 16384. Pairs are even and odd */
	uint16_t port_max;   /* last port, inclusive; 0: 32767 */
	uint32_t threads;    /* media threads; 0: 1 */
	uint32_t event_capacity; /* 0: USHER__MEDIA_EVENTS_DEF */
	uint32_t sound_max_ms;   /* 0: USHER__SOUND_MAX_MS */
	/* Rings the owner's doorbell when events came into an empty queue.
	 * Called on media and file threads, must not block. May be NULL. */
	void (*notify)(void *arg);
	void *notify_arg;
	/* Says on the owner's thread that media threads are to be woken by
	 * usher__media_wake(), soon: then one wake-up does for all that a turn
	 * asks of legs. NULL: they are woken at once, each time. */
	void (*to_wake)(void *arg);
	void *to_wake_arg;
};

/* Starts the threads. USHER_EINVAL, USHER_ENOMEM, USHER_EIO. */
int usher__media_new(struct usher__media **ret,
		     const struct usher__media_opts *opts,
		     struct usher_error *err);

/* Closes all legs, ends all recordings (their files are complete), joins the
 * threads and forgets undrained events. NULL is fine. */
void usher__media_free(struct usher__media *m);

/* Has the media threads do what was asked of them. */
void usher__media_wake(struct usher__media *m);

/* Counters of the whole engine. */
struct usher__media_stats {
	uint32_t legs;
	uint32_t records;
	uint64_t events_lost;  /* dropped for want of room; never an end */
	uint64_t sound_bytes;  /* decoded sounds in memory */
	uint64_t rec_drops;    /* packets not recorded: the disk is slow */
	uint64_t ticks_missed; /* 20 ms ticks that a media thread skipped */
	/* Of all legs since the start; a leg that is being freed may show
	 * late, but none of these falls. */
	uint64_t rx_packets;
	uint64_t tx_packets;
	uint64_t rx_dropped; /* malformed, from elsewhere, unwanted */
};
void usher__media_stats(struct usher__media *m,
			struct usher__media_stats *stats);

/* --- events ----------------------------------------------------------- */

enum usher__mev_type {
	USHER__MEV_FIRST_PACKET = 1, /* leg: first valid RTP since new or since
					the remote address changed */
	USHER__MEV_DIGIT = 2,        /* leg, digit */
	USHER__MEV_PLAY_DONE = 3,    /* leg, play, reason, item, error */
	USHER__MEV_REC_DONE = 4, /* rec, reason, duration_ms, path, error */
	USHER__MEV_TONE = 5, /* leg, heard: the tone heard began, changed or,
			       with freq_hz 0, ended (metered legs only) */
	USHER__MEV_TEXT = 6, /* leg: there is something for usher__mtext_read
			      */
	USHER__MEV_STRANGER = 7 /* leg, source: USHER__MLEG_STRANGE_PACKETS
				   came from addresses that are not believed,
				   the last from there; once a leg */
};

enum usher__mreason {
	USHER__MR_END = 1,      /* played to its end; recording: max_ms */
	USHER__MR_STOPPED = 2,  /* by usher__mleg_stop, usher__mrec_stop */
	USHER__MR_REPLACED = 3, /* by a later play on the leg */
	USHER__MR_DIGIT = 4,    /* stop_on_digit */
	USHER__MR_CLOSED = 5,   /* the leg or the engine was freed */
	USHER__MR_ERROR = 6,    /* see error and text */
	USHER__MR_SILENCE = 7   /* recording: silence_ms passed */
};

struct usher__msource {
	uint8_t ip[16];
	uint8_t ip_len; /* 4 or 16 */
	uint16_t port;
};

struct usher__mheard {
	uint32_t windows;   /* measured so far: zero means nothing heard yet */
	uint16_t freq_hz;   /* strongest frequency; 0: no tone */
	int16_t level_db10; /* tenths of dBm0 of the whole signal; silence:
			       -960 */
	uint16_t purity;    /* 0..1000: part of the power that is the tone */
	uint16_t reserved;
};

struct usher__mevent {
	enum usher__mev_type type;
	enum usher__mreason reason;
	uint64_t leg;
	uint64_t play;
	uint64_t rec;
	int64_t at_us;        /* monotonic, microseconds: when it happened */
	uint32_t duration_ms; /* PLAY_DONE: played; REC_DONE: in the file */
	uint16_t item;        /* PLAY_DONE: index of the last item touched */
	char digit;           /* '0'..'9' '*' '#' 'A'..'D' */
	int error;            /* USHER_E…, 0 unless reason is ERROR */
	union {
		struct usher__mheard heard;   /* TONE */
		struct usher__msource source; /* STRANGER */
	};
	const char *path; /* REC_DONE; PLAY_DONE: the file at fault, or NULL;
			     borrowed until the next usher__media_next; else
			     NULL */
	const char *text; /* ERROR: why, static storage; else NULL */
};

/* Takes the next event: 1 with *ev written, or 0 when there is none. Each
 * accepted play and recording gives exactly one DONE, also when its leg or
 * file goes away; these have their place reserved and are never lost. */
int usher__media_next(struct usher__media *m, struct usher__mevent *ev);

/* --- legs ------------------------------------------------------------- */

/* What a leg carries. Text and video have a leg of their own beside that of
 * sound; what is said here of sound (plays, rooms, recordings, digits, meters,
 * scores) does not hold for them. */
enum usher__mkind {
	USHER__MKIND_AUDIO = 0,
	USHER__MKIND_TEXT = 1, /* T.140 by RFC 4103 */
	USHER__MKIND_VIDEO = 2 /* relayed as it is */
};

struct usher__mleg_opts {
	const char *bind_ip; /* NULL: the engine's. IPv4 and IPv6 legs can be
				bridged */
	uint64_t near; /* a leg this one will be bridged with, or 0: they get
			  the same media thread. A stale one is ignored */
	enum usher__mkind kind;
};

/* Binds an even RTP and odd RTCP port at once and returns the even one.
 * Nothing is sent and what comes in is dropped until usher__mleg_set.
 * opts may be NULL. USHER_EFULL when the range is exhausted, USHER_EINVAL,
 * USHER_EIO, USHER_ENOMEM. */
int usher__mleg_new(struct usher__media *m,
		    const struct usher__mleg_opts *opts, uint64_t *ret_leg,
		    uint16_t *ret_port);

/* Frees a leg: play ends (CLOSED), bridge and recording let go of it. Its
 * ports are given back when its media thread has closed them. A stale id is
 * nothing. Events of the leg that are already queued still come. */
void usher__mleg_free(struct usher__media *m, uint64_t leg);

/* A text leg's payload types. */
struct usher__mtext_params {
	uint8_t t140_tx, red_tx; /* that we send: either may be NO_PT */
	uint8_t t140_rx, red_rx; /* accepted, or NO_PT */
	uint8_t repeats;         /* generations that we send in red */
	uint16_t cps; /* characters a second that the peer takes; 0: 30 */
};

/* A video leg's. Two legs are relayed if their codecs are the same. */
struct usher__mvideo_params {
	uint8_t codec;        /* a number of the owner's choice */
	uint8_t tx_pt, rx_pt; /* or NO_PT */
	uint8_t feedback;     /* what the peer takes: USHER__FB_… bits of
				 feedback.h */
};

struct usher__mleg_params {
	const char *remote_ip;     /* numeric; NULL or port 0: not known yet,
				      then only the latch gives it */
	const char *source_ip;     /* numeric: where its signaling comes from,
				      and so may its RTP, from any port;
				      NULL: only remote_ip is believed */
	uint16_t remote_port;      /* RTP */
	uint16_t remote_rtcp_port; /* 0: remote_port + 1 */
	enum usher__mcodec codec;  /* what we send */
	uint8_t tx_pt;             /* payload type that we send it with */
	/* Types accepted, or USHER__NO_PT. Opus and G.711 have other clocks,
	 * so only those count that have the clock of codec. */
	uint8_t rx_pt[USHER__MCODECS];
	uint8_t te_tx_pt; /* telephone-event that we send, or NO_PT */
	uint8_t te_rx_pt; /* telephone-event accepted, or NO_PT */
	uint32_t te_rate; /* what its durations count: 8000, 48000; 0: 8000 */
	struct usher__opus_wish opus; /* of the peer's */
	uint8_t ptime_ms; /* of what we make: 10..60; 0: 20. Opus takes 20
			     for what it cannot */
	enum usher__mdir direction;
	bool any_source; /* believe whoever sends the first RTP */
	bool rtcp_mux; /* RTCP goes by RTP's port (RFC 5761); remote_rtcp_port
			  counts for nothing */
	enum usher__minband_mode inband;
	/* SRTP: keys of what we send and of what comes, both or none. One that
	 * stays the same keeps its numbers. Suite NONE: in clear. */
	struct usher__srtp_key srtp_tx, srtp_rx;
	struct usher__mtext_params text;   /* of a text leg */
	struct usher__mvideo_params video; /* of a video leg */
};

/* PCMU as 0, PCMA as 8 accepted too, no telephone-event, 20 ms, SENDRECV. */
void usher__mleg_params_init(struct usher__mleg_params *params);

/* Sets all of the above; again at each new answer (hold, new address).
 * A changed address undoes the latch. USHER_ENOENT, USHER_EINVAL (address no
 * number or, if remote, of another family; ptime), USHER_ENOMEM,
 * USHER_EAGAIN. */
int usher__mleg_set(struct usher__media *m, uint64_t leg,
		    const struct usher__mleg_params *params);

struct usher__mleg_stats {
	uint64_t rx_packets; /* valid RTP taken */
	uint64_t rx_bytes;   /* payload */
	uint64_t tx_packets;
	uint64_t tx_bytes;
	uint64_t tx_numbers; /* given to these and to what a relay never got */
	uint64_t rx_bad;     /* malformed RTP or RTCP */
	uint64_t rx_wrong_pt;
	uint64_t rx_wrong_source; /* from an address that is not believed */
	uint64_t rx_over;         /* beyond USHER__MLEG_PACKETS_PER_S */
	uint64_t rx_unwanted;     /* before set, or while we do not receive */
	uint64_t rx_forged;       /* SRTP: wrong tag, or none */
	uint64_t rx_replayed;     /* SRTP: came before, or too late to tell */
	uint64_t tx_errors;
	uint64_t digits_ignored; /* over USHER__MLEG_DIGITS_PER_S, or no digit
				  */
	uint64_t rec_drops;      /* not recorded: the disk is slow */
	int64_t heard_us;        /* monotonic: the last valid RTP; 0: none */
	int32_t rx_lost;         /* RFC 3550 cumulative, over all SSRCs */
	uint32_t rx_jitter_us;
	int32_t peer_lost; /* what the peer reports of our stream */
	uint32_t peer_jitter_us;
	uint32_t rtt_us;          /* by RTCP; 0: not known */
	uint16_t rx_sources;      /* SSRCs seen one after the other */
	bool latched;             /* to a source other than the one signaled */
	uint32_t peer_reports;    /* blocks about our stream that can be */
	enum usher__mcodec codec; /* that the scores are of: its last one */
	/* Mean opinion scores by quality.c, times 100: of what we receive,
	 * and of what the peer does; 0: not known. */
	uint16_t mos100;
	uint16_t peer_mos100;
	/* The ratings R that they come from, times 10; 0: not known. */
	uint16_t r10;
	uint16_t peer_r10;
};

/* Thread: owner. USHER_ENOENT. */
int usher__mleg_stats(struct usher__media *m, uint64_t leg,
		      struct usher__mleg_stats *stats);

/* The rating R of the E-model for a conversation by this codec with this delay
 * one way and this part of its packets lost; and its score, times 100. Pure,
 * any thread. */
double usher__rating(enum usher__mcodec codec, double delay_ms, double loss);
uint16_t usher__mos(enum usher__mcodec codec, double delay_ms, double loss);

/* Fills in the scores that follow from the rest. Pure, any thread. */
void usher__mleg_rate(struct usher__mleg_stats *stats);

/* Relays between two legs, packet by packet, translating PCMU and PCMA and
 * payload types; where one has Opus and the other has not, by way of a mix.
 * Either leg's former bridge or room ends. While a leg plays, it hears the
 * play and not its partner; the bridge goes on underneath. USHER_ENOENT,
 * USHER_EINVAL, USHER_ENOMEM, USHER_EAGAIN. */
int usher__media_bridge(struct usher__media *m, uint64_t a, uint64_t b);

/* Ends the bridge that the leg is in, if any. */
int usher__media_unbridge(struct usher__media *m, uint64_t leg);

/* --- text --------------------------------------------------------------- */

/* Text to a text leg's peer, at most USHER__MTEXT_SAY_MAX bytes of UTF-8; it
 * goes as fast as the peer takes it. '\n' begins a new line, '\b' erases the
 * character before; other controls are left out. USHER_ENOENT, USHER_EINVAL
 * (no text leg, too long), USHER_EFULL (too much waits), USHER_ENOMEM,
 * USHER_EAGAIN. */
int usher__mtext_say(struct usher__media *m, uint64_t leg, const char *text,
		     size_t n);

/* What has come since, in the order of typing, as lib/media/t140.h says of
 * plain text; USHER__MTEXT_IN bytes at most. 0: nothing, or no text leg. */
size_t usher__mtext_read(struct usher__media *m, uint64_t leg, char *text,
			 size_t size);

/* --- rooms ------------------------------------------------------------ */

enum usher__mrole {
	USHER__MROLE_TALK = 1,   /* hears and is heard by all who talk */
	USHER__MROLE_LISTEN = 2, /* hears all who talk */
	USHER__MROLE_WHISPER = 3 /* hears all who talk, is heard by one leg */
};

struct usher__mroom_opts {
	uint64_t room;       /* a number of the owner's choice; 0: leave */
	uint64_t space;      /* whose numbers they are, for several owners */
	uint64_t whisper_to; /* WHISPER: a leg in the room */
	enum usher__mrole role;
};

/* Puts a leg into a room, changes its part there, or takes it out; it leaves
 * its bridge or the room that it had. Two who talk and nobody else are
 * relayed as if bridged, unless only one of them has Opus; otherwise each
 * hears the sum of those who talk, less itself, over a jitter buffer, and the
 * change goes unheard. A leg that plays
 * hears that instead. Bridging a leg takes it out of its room. When the leg
 * leaves that somebody whispers to, that one listens. USHER_ENOENT (leg, or
 * whisper_to is not in the room), USHER_EINVAL, USHER_EFULL
 * (USHER__MROOM_LEGS_MAX), USHER_ENOMEM, USHER_EAGAIN. */
int usher__media_room(struct usher__media *m, uint64_t leg,
		      const struct usher__mroom_opts *opts);

/* What a leg says is neither heard by others nor recorded, until it is told
 * otherwise; its keys are reported, but not passed on. */
int usher__mleg_mute(struct usher__media *m, uint64_t leg, bool on);

/* --- playing ---------------------------------------------------------- */

enum usher__mitem_kind {
	USHER__MI_FILE = 1,    /* path */
	USHER__MI_TONE = 2,    /* freq_hz, mod_hz, level_db, on_ms, off_ms,
				  duration_ms */
	USHER__MI_SILENCE = 3, /* duration_ms */
	USHER__MI_DIGITS = 4   /* digits by RFC 4733, as tones when the peer
				  has no telephone-event; on_ms, off_ms */
};

struct usher__mitem {
	enum usher__mitem_kind kind;
	const char *path;
	const char *digits;   /* 0-9 * # A-D and , for a pause of 500 ms */
	uint16_t freq_hz[2];  /* 0: none */
	uint16_t mod_hz;      /* by which the first is modulated, alone; 0 */
	int16_t level_db;     /* of each frequency, dBm0, negative; 0: -13 */
	uint16_t on_ms;       /* tone: 0 with off_ms 0: steady; digits: 100 */
	uint16_t off_ms;      /* digits: 60 */
	uint32_t duration_ms; /* 0: tone and silence without end */
};

/* Items ready to use. */
extern const struct usher__mitem usher__mitem_ringback; /* 425 Hz, 1 s in 5 */
extern const struct usher__mitem usher__mitem_busy; /* 425 Hz, 0.5 in 1 s */
extern const struct usher__mitem usher__mitem_congestion; /* 0.25 in 0.5 s */
extern const struct usher__mitem usher__mitem_beep; /* 1 kHz, 0.3 s, once */

#define USHER__MPLAY_FOREVER UINT32_MAX

struct usher__mplay_opts {
	const struct usher__mitem *items; /* copied, with their texts */
	uint32_t item_count;
	uint32_t repeat; /* times more after the first; MPLAY_FOREVER: music */
	uint32_t max_ms; /* 0: no limit; then reason END */
	bool stop_on_digit;
};

/* Plays a list of items to a leg; a running play ends with REPLACED. Playing
 * a missing, broken or too long file ends the play with an ERROR event.
 * ret_play may be NULL. USHER_ENOENT, USHER_EINVAL, USHER_ENOMEM,
 * USHER_EAGAIN (drain the events). */
int usher__mleg_play(struct usher__media *m, uint64_t leg,
		     const struct usher__mplay_opts *opts, uint64_t *ret_play);

/* Stops a play; 0 for whichever runs. One that is over already is no error. */
int usher__mleg_stop(struct usher__media *m, uint64_t leg, uint64_t play);

/* --- recording -------------------------------------------------------- */

struct usher__mrec_opts {
	uint8_t channels;    /* 1 or 2; 0: 2 */
	bool paused;         /* begin paused: nothing is kept before resume */
	uint32_t max_ms;     /* 0: USHER__MREC_MAX_MS */
	uint32_t silence_ms; /* 0: none; so much without speech ends it */
	int16_t silence_db;  /* dBm0 below which it is silence; 0: -45 */
};

/* Makes a WAV file (16 bits, 8 kHz), which must not exist yet; its header is
 * right at any moment. The clock of the recording starts now, and silence
 * stands wherever nothing is heard. opts may be NULL. USHER_EINVAL,
 * USHER_EFULL, USHER_ENOMEM, USHER_EAGAIN; a file that cannot be made ends it
 * with an ERROR event. */
int usher__mrec_new(struct usher__media *m, const char *path,
		    const struct usher__mrec_opts *opts, uint64_t *ret_rec);

/* What is received from the leg goes into a channel (0: left, customer;
 * 1: right, agent) of the recording. A leg feeds one recording; a later
 * attach takes it over; rec 0 detaches. Several legs may follow each other in
 * a channel (transfer). */
int usher__mrec_attach(struct usher__media *m, uint64_t rec, uint64_t leg,
		       uint32_t channel);

/* The same of what a leg hears from those it is bridged or in a room with,
 * whispers left out, and so without prompts and music. */
int usher__mrec_attach_heard(struct usher__media *m, uint64_t rec,
			     uint64_t leg, uint32_t channel);

/* Paused time is left out of the file, in both channels alike: nothing that
 * comes after pause has returned, nor what waits anywhere when resume is
 * called. */
int usher__mrec_pause(struct usher__media *m, uint64_t rec);
int usher__mrec_resume(struct usher__media *m, uint64_t rec);

/* Completes the file; REC_DONE follows. */
int usher__mrec_stop(struct usher__media *m, uint64_t rec);

/* --- measuring -------------------------------------------------------- */

/* Measures what a leg receives in windows of 100 ms: for tests and probes, it
 * costs a few kB and some CPU. TONE events follow. */
int usher__mleg_meter(struct usher__media *m, uint64_t leg, bool on);

/* What was heard last. USHER_ENOENT; USHER_ESTATE when not metered. */
int usher__mleg_heard(struct usher__media *m, uint64_t leg,
		      struct usher__mheard *heard);

/* Power of one frequency in pcm by Goertzel's algorithm, in dBm0; -96 or so
 * for none. Pure, any thread. */
double usher__tone_level(const int16_t *pcm, size_t n, uint32_t rate,
			 double freq_hz);

/* Level of everything in pcm, dBm0. Pure, any thread. */
double usher__pcm_level(const int16_t *pcm, size_t n);

/* Finds the strongest tone between 100 Hz and 3,600 Hz (rate 8,000) in at
 * least 400 samples. Pure, any thread. heard->windows is set to 1. */
void usher__tone_find(const int16_t *pcm, size_t n,
		      struct usher__mheard *heard);

#endif
