/* What the files of this room share: the engine, its threads, legs, plays and
 * recordings, and which thread each field belongs to. */
#ifndef USHER_MEDIA_ENGINE_H
#define USHER_MEDIA_ENGINE_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>
#include "media/events.h"
#include "media/filer.h"
#include "media/media.h"
#include "media/order.h"
#include "media/play.h"
#include "media/room.h"
#include "media/rtp.h"
#include "media/sound.h"
#include "media/t140.h"
#include "media/timeline.h"
#include "media/tone.h"

#define USHER__MRATE       8000 /* samples a second, everywhere */
#define USHER__MTICK_MS    20
#define USHER__MPART_MS    (USHER__MTICK_MS / USHER__MTICK_PARTS)
#define USHER__MTICK_PARTS 4 /* of a tick: rooms and players are spread */
#define USHER__MRTCP_US    5000000 /* between reports of a leg */
#define USHER__MPTIME_MIN  10
#define USHER__MPTIME_MAX  60
#define USHER__MFEED_LOCAL 0
#define USHER__MFEED_NONE  UINT64_MAX
#define USHER__MFRAME_MAX  (USHER__MPTIME_MAX * USHER__MRATE / 1000)

union usher__maddr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* --- commands to a media thread --------------------------------------- */

struct usher__mleg;
struct usher__meter;
struct usher__minband;
struct usher__mopus;
struct usher__srtp;

enum usher__mcmd_type {
	USHER__MC_ADD,
	USHER__MC_CLOSE,
	USHER__MC_DETACH, /* to move to another thread; cond is signaled */
	USHER__MC_SET,
	USHER__MC_PLAY,
	USHER__MC_STOP,
	USHER__MC_RECORD,
	USHER__MC_RECORD_HEARD,
	USHER__MC_METER,
	USHER__MC_MUTE,
	USHER__MC_ROOM,
	USHER__MC_EAR,
	USHER__MC_SAY
};

/* Text on its way to a leg. */
struct usher__msaid {
	size_t len;
	char text[];
};

/* Parameters of a leg as its thread wants them. */
struct usher__mparams {
	union usher__maddr rtp; /* family 0: unknown */
	union usher__maddr rtcp;
	union usher__maddr source; /* of the signaling; only the host counts */
	uint8_t codec;
	uint8_t tx_pt;
	uint8_t rx_pt[USHER__MCODECS];
	uint8_t te_tx_pt;
	uint8_t te_rx_pt;
	bool te_fast; /* its durations count 48 kHz */
	uint8_t ptime_ms;
	uint8_t direction;
	bool any_source;
	bool mux;    /* RTCP on RTP's port */
	bool inband; /* digits are listened for */
	struct usher__opus_wish opus;
	bool srtp;
	bool new_rx, new_tx; /* the two below are to be taken */
	struct usher__srtp *srtp_rx, *srtp_tx;
	struct usher__mtext_params text;
	struct usher__mvideo_params video;
};

struct usher__mcmd {
	STAILQ_ENTRY(usher__mcmd) link;
	struct usher__mleg *leg;
	enum usher__mcmd_type type;
	bool embedded; /* part of a leg: not freed by itself */
	uint32_t channel;
	union {
		struct usher__mparams *params;
		struct usher__play *play;
		uint64_t play_id;
		struct usher__mtap *tap;
		struct usher__meter *meter;
		struct usher__mjoin *join;
		struct usher__msaid *said;
		bool *done;
	} u;
};

STAILQ_HEAD(usher__mcmds, usher__mcmd);

/* --- legs ------------------------------------------------------------- */

/* A descriptor in a thread's epoll set. */
struct usher__mport {
	struct usher__mleg *leg; /* NULL: the thread's own */
	int fd;
};

/* Counters: written by the leg's thread, read by the owner. */
struct usher__mcounts {
	_Atomic uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	_Atomic uint64_t tx_numbers;
	_Atomic uint64_t rx_bad, rx_wrong_pt, rx_wrong_source, rx_unwanted;
	_Atomic uint64_t rx_over, rx_forged, rx_replayed;
	_Atomic uint64_t tx_errors, digits_ignored, rec_drops;
	_Atomic int64_t heard_us;
	_Atomic int32_t rx_lost, peer_lost;
	_Atomic uint32_t rx_jitter_us, peer_jitter_us, rtt_us, peer_reports;
	_Atomic uint16_t rx_sources;
	_Atomic bool latched;
};

/* What a payload type stands for, beside the codecs. */
enum usher__mtype {
	USHER__MT_EVENT = -1,
	USHER__MT_NOISE = -2, /* comfort noise, RFC 3389: a sign of life */
	USHER__MT_UNKNOWN = -3
};

/* A single writer needs no locked instruction. */
#define usher__mcount(counter, n)                                             \
	atomic_store_explicit(                                                \
		&(counter),                                                   \
		atomic_load_explicit(&(counter), memory_order_relaxed) + (n), \
		memory_order_relaxed)
#define usher__mgauge(counter, v)                                             \
	atomic_store_explicit(&(counter), (v), memory_order_relaxed)
#define usher__mread(counter)                                                 \
	atomic_load_explicit(&(counter), memory_order_relaxed)

/* A press that is passed on between legs of different clocks. */
struct usher__mpress {
	uint32_t ssrc;
	uint32_t ts;     /* of it, or of its present segment */
	uint32_t before; /* what its segments before that one lasted */
	uint32_t out_ts;
	int64_t until_us; /* no sound beside it before then */
	uint16_t seq;     /* newest of it, as it came */
	uint8_t event;
	bool began;
	bool ended;
};

/* The stream that a leg sends: one SSRC, and sequence and timestamps that go
 * on whatever feeds it. */
struct usher__mtx {
	uint32_t ssrc;
	uint16_t seq;  /* of the next packet */
	uint16_t base; /* first of the present feed */
	uint32_t ts;   /* of the last packet */
	int64_t at_us; /* when it was sent */
	uint64_t feed; /* leg that is relayed, or one of FEED_… */
	uint32_t feed_ssrc;
	uint16_t seq_offset; /* added to the feed's */
	uint32_t ts_offset;
	uint16_t feed_seq;     /* highest of the feed */
	uint32_t frame;        /* timestamps of the last packet */
	uint32_t rtcp_packets; /* at the last report */
	int64_t rtcp_at_us;    /* when the next is due */
	struct usher__mpress press;
	struct usher__timeline timeline; /* of what is taped */
};

struct usher__mrx {
	struct usher__rtp_source source;
	struct usher__timeline timeline;
	struct usher__telev telev;
	bool pressed_before; /* the last key: it is not for whom it is with now
			      */
	union usher__maddr latch; /* family 0: not latched */
	union usher__maddr latch_rtcp;
	bool first_told;
	int32_t lost_before; /* of sources that are gone */
	int64_t second_us;   /* began then; in it were reported and taken: */
	uint16_t digits;
	uint16_t packets;
	uint32_t sr_mid; /* middle of the last SR's NTP time */
	int64_t sr_us;
};

/* What a text leg has beside. */
struct usher__mtext {
	struct usher__mleg *leg;
	_Atomic uint32_t queued; /* bytes said and not sent */

	pthread_mutex_t lock; /* guards the three below */
	char in[USHER__MTEXT_IN];
	uint32_t in_len;
	bool in_lost; /* there was no room for it */

	/* Its thread's. */
	LIST_ENTRY(usher__mtext) typing; /* while something is to be sent */
	bool types;
	bool begun;
	struct usher__t140_rx rx;
	struct usher__t140_tx tx;
};

LIST_HEAD(usher__mtexts, usher__mtext);

/* What a video leg has beside; its thread's. */
struct usher__mvideo {
	bool fresh;       /* it was bridged, and nothing was relayed since */
	uint8_t fir_seq;  /* of the next one to its peer */
	int64_t asked_us; /* its peer, for a picture */
};

struct usher__mleg {
	/* The owner's. */
	uint64_t id;
	enum usher__mkind kind;
	struct usher__mtext *text;   /* of a text leg; freed with it */
	struct usher__mvideo *video; /* of a video leg; the same */
	struct usher__mworker *worker;
	uint32_t pair;                 /* index of the port pair */
	int family;                    /* of its sockets */
	struct usher__meter *meter;    /* freed with the leg */
	struct usher__minband *inband; /* the same; its thread's while set */
	struct usher__mopus *opus;     /* likewise */
	uint8_t codec; /* as posted; USHER__MCODECS: none yet */
	struct usher__srtp_key srtp_rx_key, srtp_tx_key; /* as posted */
	struct usher__mcmd add;
	struct usher__mcmd close;
	struct usher__mplace place;
	SLIST_ENTRY(usher__mleg) dead; /* under the engine's lock */

	struct usher__mcounts counts;

	/* Its thread's, from ADD to CLOSE. */
	struct usher__mport rtp;
	struct usher__mport rtcp;
	LIST_ENTRY(usher__mleg) link;
	LIST_ENTRY(usher__mleg) playing;
	bool set;
	bool metering;
	uint8_t tap_channel;
	struct usher__mparams params;
	struct usher__srtp *srtp_rx, *srtp_tx; /* freed with the leg */
	struct usher__mtx tx;
	struct usher__mrx rx;
	struct usher__order order; /* used if usher__mleg_orders() */
	struct usher__mleg *peer;
	struct usher__play *play;
	struct usher__mtap *tap;   /* takes what it says */
	struct usher__mtap *heard; /* takes what it hears from others */
	uint8_t heard_channel;
	bool muted;
	struct usher__mseat seat;
};

/* Timestamps in 125 us. */
static inline uint32_t usher__mcodec_clock(int codec)
{
	return codec == USHER__OPUS ? USHER__OPUS_CLOCK : 1;
}

static inline uint32_t usher__mleg_clock(const struct usher__mleg *leg)
{
	return usher__mcodec_clock(leg->params.codec);
}

/* The same of the durations of its telephone-events. */
static inline uint32_t usher__mleg_te_clock(const struct usher__mleg *leg)
{
	return leg->params.te_fast ? USHER__OPUS_CLOCK : 1;
}

/* Timestamps from one segment of a press to its next. */
static inline uint32_t usher__mleg_te_step(const struct usher__mleg *leg)
{
	return USHER__TELEV_LONGEST * usher__mleg_clock(leg) /
	       usher__mleg_te_clock(leg);
}

/* Is what it sends put in order? G.711 without a listener for digits is so
 * by the timestamps of its samples, in jitter buffers and recordings. */
static inline bool usher__mleg_orders(const struct usher__mleg *leg)
{
	return leg->params.codec == USHER__OPUS || leg->params.inband;
}

/* That number was given to a packet, and to those before it that were lost on
 * their way to us: whoever is sent the stream misses them, too. */
static inline void usher__mleg_numbered(struct usher__mleg *leg, uint16_t seq)
{
	uint16_t count = (uint16_t)(seq + 1 - leg->tx.seq);

	leg->tx.seq = (uint16_t)(leg->tx.seq + count);
	usher__mcount(leg->counts.tx_numbers, count);
}

/* The number of a packet of our own making. */
static inline uint16_t usher__mleg_number(struct usher__mleg *leg)
{
	uint16_t seq = leg->tx.seq;

	usher__mleg_numbered(leg, seq);
	return seq;
}

LIST_HEAD(usher__mlegs, usher__mleg);
SLIST_HEAD(usher__mdead, usher__mleg);

/* --- threads ---------------------------------------------------------- */

struct usher__mworker {
	struct usher__media *m;
	pthread_t thread;
	bool running;
	_Atomic uint32_t load; /* legs, for choosing a thread */

	pthread_mutex_t lock; /* guards the three below */
	pthread_cond_t cond;
	struct usher__mcmds commands;
	uint32_t command_count;
	bool quit;
	bool to_wake; /* the owner's: it has commands and does not know */

	struct usher__mport epoll; /* only fd */
	struct usher__mport door;
	struct usher__mport tick;
	struct usher__mport sweep;
	bool ticking;
	uint32_t part;      /* of the present tick */
	uint32_t next_part; /* of the next room that mixes */
	int64_t now_us;     /* of the present turn */
	struct usher__mlegs legs;
	struct usher__mlegs players;
	struct usher__mrooms rooms; /* that mix */
	struct usher__mtexts typing;
	struct usher__order_places places; /* of G.711 out of order */
	struct usher__ordered *placed;
	uint8_t packet[USHER__RTP_PACKET_MAX + 1];
};

struct usher__mslot {
	struct usher__mleg *leg; /* NULL: free */
	uint32_t generation;
	uint32_t next_free;
};

struct usher__media {
	union usher__maddr bind;
	uint16_t port_min;
	uint32_t pairs;
	uint32_t thread_count;
	uint64_t random; /* state for SSRCs and the like; the owner's */
	uint64_t next_play;
	uint64_t next_bridge;
	struct usher__sine sine;
	char cname[24];
	void (*to_wake)(void *arg);
	void *to_wake_arg;

	/* The owner's tables. */
	struct usher__mslot *slots;
	uint32_t slot_count;
	uint32_t slot_free; /* index + 1; 0: none */
	uint32_t leg_count;
	struct usher__mtotals {
		uint64_t rx_packets, tx_packets, rx_dropped;
	} past, told; /* of legs that are gone; what was said last */
	uint8_t *pair_used;
	uint32_t pair_next;
	struct usher__mrecs *recs;
	struct usher__mroom *rooms; /* by key */

	pthread_mutex_t lock; /* guards dead */
	struct usher__mdead dead;

	struct usher__mevents events;
	struct usher__sounds *sounds;
	struct usher__filer *filer;
	_Atomic uint64_t ticks_missed;
	struct usher__mworker *workers;
};

/* clock.c */
/* Monotonic time in microseconds. */
int64_t usher__media_now_us(void);
uint64_t usher__media_ntp(void);
/* Has a timerfd ring each period; 0: never. */
void usher__media_timer(int fd, uint32_t period_ms);

/* addr.c */
int usher__maddr_parse(const char *ip, uint16_t port,
		       union usher__maddr *addr);
bool usher__maddr_equal(const union usher__maddr *a,
			const union usher__maddr *b);
bool usher__maddr_same_host(const union usher__maddr *a,
			    const union usher__maddr *b);

/* worker.c */
int usher__mworker_start(struct usher__mworker *w, struct usher__media *m);
void usher__mworker_stop(struct usher__mworker *w);

/* clock.c: has the 20 ms timer run while anything plays or mixes. */
void usher__mworker_clock(struct usher__mworker *w);

/* events.c: of a leg, to its owner. */
void usher__mleg_event(struct usher__mworker *w, struct usher__mleg *leg,
		       struct usher__mevent *ev);

/* leg.c */
void usher__mleg_command(struct usher__mworker *w, struct usher__mcmd *cmd);
void usher__mleg_close(struct usher__mworker *w, struct usher__mleg *leg);
void usher__mleg_sweep(struct usher__mworker *w, struct usher__mleg *leg);

/* press.c */
/* Passes a telephone-event on to the other one of two who talk in a mix. */
void usher__mleg_press(struct usher__mworker *w, struct usher__mleg *from,
		       const struct usher__rtp *rtp, const uint8_t *payload);
/* A telephone-event that is relayed: changes timestamp and duration if theirs
 * count otherwise. False: it is not to be sent. */
bool usher__mleg_press_relay(struct usher__mleg *to,
			     const struct usher__mleg *from,
			     const struct usher__rtp *in, uint8_t *payload,
			     struct usher__rtp *out);

/* crypt.c */
/* Makes what new keys of a leg need; afterwards they are its keys. */
int usher__mparams_crypt(struct usher__mleg *leg,
			 const struct usher__mleg_params *in,
			 struct usher__mparams *out);
void usher__mparams_free(struct usher__mparams *params);
/* On its thread: hands over what is new. */
void usher__mleg_crypt(struct usher__mleg *leg, struct usher__mparams *params);
void usher__mleg_uncrypt(struct usher__mleg *leg); /* it is going */
/* Opens what came, in place; false: counted and to be dropped. */
bool usher__mleg_open(struct usher__mleg *leg, uint8_t *packet, size_t *n);
/* Closes what goes, in place; false: not to be sent. */
bool usher__mleg_seal(struct usher__mleg *leg, uint8_t *packet, size_t *n,
		      bool rtcp);

/* inband.c */
int usher__inband_new(struct usher__minband **ret);
void usher__inband_start(struct usher__minband *in);
void usher__inband_audio(struct usher__mworker *w, struct usher__mleg *leg,
			 const struct usher__mpiece *piece);
/* A digit came as an event: was it told already, as sound? */
bool usher__inband_told(struct usher__mworker *w, struct usher__mleg *leg,
			char digit);

/* textleg.c */
int usher__mtext_new(struct usher__mleg *leg);
void usher__mtext_free(struct usher__mtext *text); /* NULL is fine */
/* On its thread: parameters have changed; text from its owner; a packet; 20
 * ms of a leg that has something to send; now and then; it goes away. */
void usher__mtext_set(struct usher__mworker *w, struct usher__mleg *leg);
void usher__mtext_said(struct usher__mworker *w, struct usher__mleg *leg,
		       const struct usher__msaid *said);
void usher__mtext_take(struct usher__mworker *w, struct usher__mleg *leg,
		       const struct usher__rtp *rtp,
		       const union usher__maddr *from);
void usher__mtext_tick(struct usher__mworker *w, struct usher__mtext *text);
void usher__mtext_sweep(struct usher__mworker *w, struct usher__mleg *leg);
void usher__mtext_stop(struct usher__mworker *w, struct usher__mleg *leg);

/* video.c */
int usher__mvideo_new(struct usher__mleg *leg);
void usher__mvideo_fresh(struct usher__mleg *leg);
void usher__mvideo_take(struct usher__mworker *w, struct usher__mleg *leg,
			const struct usher__rtp *rtp,
			const union usher__maddr *from);
/* Reports that came, n bytes in the thread's buffer. */
void usher__mvideo_rtcp(struct usher__mworker *w, struct usher__mleg *leg,
			size_t n);

/* latch.c */
/* May packets come from there? */
bool usher__mleg_believes(const struct usher__mleg *leg,
			  const union usher__maddr *from);
/* A packet that is valid: its source is believed from now on. */
void usher__mleg_latch(struct usher__mworker *w, struct usher__mleg *leg,
		       const struct usher__rtp *rtp,
		       const union usher__maddr *from);

/* rx.c: a packet of n bytes is in the thread's buffer */
void usher__mleg_take_rtp(struct usher__mworker *w, struct usher__mleg *leg,
			  size_t n, const union usher__maddr *from);
void usher__mleg_take_rtcp(struct usher__mworker *w, struct usher__mleg *leg,
			   size_t n, const union usher__maddr *from);
/* False when none waited. */
bool usher__mleg_rx_rtp(struct usher__mworker *w, struct usher__mleg *leg);
void usher__mleg_rx_rtcp(struct usher__mworker *w, struct usher__mleg *leg);

/* send.c */
const union usher__maddr *usher__mleg_dest(const struct usher__mleg *leg);
bool usher__mleg_can_send(const struct usher__mleg *leg);
void usher__mleg_send(struct usher__mleg *leg, const uint8_t *packet,
		      size_t payload);
/* Is it known where to? */
bool usher__mleg_can_send_rtcp(const struct usher__mleg *leg);
/* If it is known where to. */
void usher__mleg_send_rtcp(struct usher__mleg *leg, const uint8_t *packet,
			   size_t n);

/* tx.c */
/* Sends a packet that came to from, with its header rewritten in place; type
 * is its codec or one of enum usher__mtype. */
void usher__mleg_relay(struct usher__mworker *w, struct usher__mleg *to,
		       const struct usher__mleg *from, uint8_t *packet,
		       const struct usher__rtp *in, int type);
/* The timestamp of the next frame of our own making, of so many samples. */
uint32_t usher__mleg_local(struct usher__mworker *w, struct usher__mleg *leg,
			   uint32_t frame, bool *ret_marker);
void usher__mleg_report(struct usher__mworker *w, struct usher__mleg *leg);

/* tape.c: a packet that a leg is sent goes into who records what it hears */
void usher__mleg_tape(struct usher__mworker *w, struct usher__mleg *leg,
		      const struct usher__rtp *rtp, int codec,
		      const uint8_t *payload);

/* player.c */
/* A digit was pressed at the other end. */
void usher__mleg_digit(struct usher__mworker *w, struct usher__mleg *leg,
		       char digit);
/* Sends n samples of our own making; false when nothing may be sent. */
bool usher__mleg_frame(struct usher__mworker *w, struct usher__mleg *leg,
		       const int16_t *pcm, size_t n);
/* A leg begins or ceases to play. */
void usher__mworker_playing(struct usher__mworker *w, struct usher__mleg *leg,
			    bool on);
void usher__mleg_tick(struct usher__mworker *w, struct usher__mleg *leg);
void usher__mleg_play_begin(struct usher__mworker *w, struct usher__mleg *leg,
			    struct usher__play *play);
void usher__mleg_play_end(struct usher__mworker *w, struct usher__mleg *leg,
			  enum usher__mreason reason, int error,
			  const char *text);

/* meter.c */
int usher__meter_new(struct usher__meter **ret);
void usher__meter_audio(struct usher__mworker *w, struct usher__mleg *leg,
			const int16_t *pcm, size_t n);
void usher__meter_read(struct usher__meter *meter,
		       struct usher__mheard *heard);

/* rec.c */
int usher__mrecs_new(struct usher__mrecs **ret);
void usher__mrecs_free(struct usher__mrecs *recs);
uint32_t usher__mrecs_count(const struct usher__mrecs *recs);
/* A DONE is handed to the owner: gives it its path. */
void usher__mrecs_done(struct usher__mrecs *recs, struct usher__mevent *ev);
void usher__mrecs_reap(struct usher__mrecs *recs);

/* legs.c */
/* Also for what else of an engine has to differ from others'. */
uint64_t usher__media_random(struct usher__media *m);
/* Takes back the legs that their threads have closed. */
void usher__media_reap(struct usher__media *m);
/* What a leg has counted, added to totals. */
void usher__mtotals_add(struct usher__mtotals *totals,
			const struct usher__mleg *leg);

#include "media/post.h"
#include "media/samples.h"

#endif
