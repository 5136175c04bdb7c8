/* A leg: its parameters, its streams, what it counts, and which of it belongs
 * to its owner and which to its thread. */
#ifndef USHER_MEDIA_MLEG_H
#define USHER_MEDIA_MLEG_H

#include <stdatomic.h>
#include <sys/queue.h>
#include "media/addr.h"
#include "media/media.h"
#include "media/order.h"
#include "media/post.h"
#include "media/room.h"
#include "media/rtp.h"
#include "media/timeline.h"

#define USHER__MRATE       8000    /* samples a second, everywhere */
#define USHER__MRTCP_US    5000000 /* between reports of a leg */
#define USHER__MPTIME_MIN  10
#define USHER__MPTIME_MAX  60
#define USHER__MFEED_LOCAL 0
#define USHER__MFEED_NONE  UINT64_MAX
#define USHER__MFRAME_MAX  (USHER__MPTIME_MAX * USHER__MRATE / 1000)

struct usher__meter;
struct usher__mevent;
struct usher__mheard;
struct usher__minband;
struct usher__mopus;
struct usher__mpiece;
struct usher__mtap;
struct usher__mtext;
struct usher__mvideo;
struct usher__mworker;
struct usher__play;
struct usher__srtp;

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
	uint16_t seq;   /* of the next packet */
	uint16_t fed;   /* of video: numbers since the feed began, or many */
	uint64_t given; /* bit n: number seq - 1 - n is taken */
	uint32_t ts;    /* of the last packet */
	int64_t at_us;  /* when it was sent */
	uint64_t feed;  /* leg that is relayed, or one of FEED_… */
	uint32_t feed_ssrc;
	uint16_t seq_offset; /* added to the feed's */
	uint32_t ts_offset;
	uint16_t feed_seq;     /* highest of the feed */
	uint16_t stray_seq;    /* after the last that was far behind */
	bool strayed;          /* there was one */
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
	uint64_t press_for; /* leg that it was with when the last key went
			       down; 0: nobody */
	union usher__maddr latch; /* family 0: not latched */
	union usher__maddr latch_rtcp;
	bool first_told;
	int32_t lost_before; /* of sources that are gone */
	int64_t second_us;   /* began then; in it were reported and taken: */
	uint16_t digits;
	uint16_t packets;
	uint16_t strange; /* of who is not believed; no more once told */
	uint32_t sr_mid;  /* middle of the last SR's NTP time */
	int64_t sr_us;
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
	leg->tx.given = count < 64 ? leg->tx.given << count | 1 : 1;
	leg->tx.fed = count < USHER__RTP_DROPOUT - leg->tx.fed
			      ? (uint16_t)(leg->tx.fed + count)
			      : USHER__RTP_DROPOUT;
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

/* events.c: of a leg, to its owner. */
void usher__mleg_event(struct usher__mworker *w, struct usher__mleg *leg,
		       struct usher__mevent *ev);

/* leg.c */
void usher__mleg_command(struct usher__mworker *w, struct usher__mcmd *cmd);
void usher__mleg_close(struct usher__mworker *w, struct usher__mleg *leg);
void usher__mleg_sweep(struct usher__mworker *w, struct usher__mleg *leg);

/* inband.c */
int usher__inband_new(struct usher__minband **ret);
void usher__inband_start(struct usher__minband *in);
void usher__inband_audio(struct usher__mworker *w, struct usher__mleg *leg,
			 const struct usher__mpiece *piece);
/* A digit came as an event: was it told already, as sound? */
bool usher__inband_told(struct usher__mworker *w, struct usher__mleg *leg,
			char digit);

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

#endif
