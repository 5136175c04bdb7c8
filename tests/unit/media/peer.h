/* A phone of few words for the tests: one UDP socket that speaks RTP. */
#ifndef TESTS_MEDIA_PEER_H
#define TESTS_MEDIA_PEER_H

#include <check.h>
#include <media/engine.h>
#include <opus.h>

/* Loopback addresses of this process's own, so that runs beside each other
 * do not meet. */
const char *test_ip(int which);
#define MEDIA_IP    test_ip(77)
#define PEER_IP     test_ip(78)
#define STRANGER_IP test_ip(79)

#define PEER_KEYS 256

struct peer {
	int fd;
	int rtcp_fd;
	uint16_t port;
	uint16_t to_port;
	uint32_t ssrc;
	uint16_t seq;
	uint32_t ts;
	double phase;
	double second, second_phase; /* a frequency beside; 0: none */
	enum usher__mcodec codec;
	uint8_t pt;
	OpusEncoder *enc; /* 48 kHz; NULL: it speaks G.711 */
	OpusDecoder *dec;
	struct usher__srtp *srtp_tx, *srtp_rx; /* NULL: in clear */

	/* What was received. */
	struct usher__rtp last;
	uint32_t packets;
	uint32_t markers;
	uint32_t gaps;    /* steps of seq other than one */
	uint32_t ts_gaps; /* steps of audio ts other than a frame */
	uint32_t ssrcs;
	uint8_t payload[2048]; /* of the last packet */
	int16_t pcm[80000];
	size_t samples;
	struct peer_key {
		struct usher__rtp rtp;
		uint8_t payload[4];
	} keys[PEER_KEYS]; /* what came with type 101 */
	size_t key_count;
};

/* An engine on MEDIA_IP with a small range of ports. */
struct usher__media *media_up(uint32_t threads);
struct usher__media *media_with(const struct usher__media_opts *opts);

void peer_open(struct peer *p);
void peer_open_at(struct peer *p, const char *ip);
void peer_close(struct peer *p);

/* A leg whose remote is the peer, and the peer's destination the leg. */
uint64_t peer_leg(struct usher__media *m, struct peer *p,
		  const struct usher__mleg_params *params);
void peer_params(const struct peer *p, struct usher__mleg_params *params);

/* Sends frames of 20 ms in real time, each with n frames of a tone, and
 * receives meanwhile. freq 0: receives only. Several peers at a time. */
struct voice {
	struct peer *peer;
	double freq;
};
void talk(const struct voice *voices, size_t count, int frames);

/* From now on it speaks Opus. */
#define OPUS_PT 111
void peer_opus(struct peer *p);
uint32_t peer_clock(const struct peer *p); /* timestamps in 125 us */
/* The next 20 ms of a tone as a packet. Returns its length. */
#define PEER_PACKET_MAX 1400
size_t peer_frame(struct peer *p, double freq, double level, uint8_t *packet);
void peer_send_tone(struct peer *p, double freq);
void peer_send(struct peer *p, const void *buf, size_t n);
size_t peer_packet(struct peer *p, uint8_t *buf, uint8_t pt,
		   const void *payload, size_t n);
void peer_send_digit(struct peer *p, uint8_t pt, char digit, int packets);
void peer_receive(struct peer *p);
void peer_forget(struct peer *p);

/* The last 0.3 s that the peer heard. */
void peer_heard(const struct peer *p, struct usher__mheard *heard);

/* Waits for an event of a type, dropping others; fails after two seconds. */
void await_event(struct usher__media *m, enum usher__mev_type type,
		 struct usher__mevent *ev);
int count_events(struct usher__media *m, enum usher__mev_type type);
void sleep_ms(int ms);

/* Commands are asynchronous: waits until the leg's thread has done them. */
void settle(void);

/* A file of the test, removed when the process ends. */
const char *temp_path(const char *name);
void write_wav(const char *path, int rate, int channels, int format,
	       double freq, double seconds);

#endif
