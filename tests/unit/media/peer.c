#include "peer.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <media/clock.h>
#include <media/g711.h>
#include <media/srtp.h>
#include <poll.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

const char *test_ip(int which)
{
	static char ips[3][32];
	char *ip = ips[which % 3];
	int pid = getpid();

	snprintf(ip, sizeof(ips[0]), "127.%d.%d.%d", which, pid >> 8 & 255,
		 pid & 255);
	return ip;
}

static struct usher__media *engine; /* the last one made */

struct usher__media *media_with(const struct usher__media_opts *opts)
{
	struct usher__media *m = NULL;

	ck_assert_int_eq(usher__media_new(&m, opts, NULL), 0);
	engine = m;
	return m;
}

struct usher__media *media_up(uint32_t threads)
{
	const struct usher__media_opts opts = {
		.bind_ip = MEDIA_IP,
		.port_min = 20000,
		.port_max = 20199,
		.threads = threads,
	};

	return media_with(&opts);
}

static int bound(const char *ip, uint16_t *port)
{
	union usher__maddr addr;
	socklen_t size = sizeof(addr);
	int fd;

	ck_assert_int_eq(usher__maddr_parse(ip, *port, &addr), 0);
	fd = socket(addr.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(fd, 0);
	if (bind(fd, &addr.sa, sizeof(addr)) < 0) {
		close(fd);
		return -1;
	}
	ck_assert_int_eq(getsockname(fd, &addr.sa, &size), 0);
	*port = ntohs(addr.in.sin_port);
	return fd;
}

void peer_open_at(struct peer *p, const char *ip)
{
	memset(p, 0, sizeof(*p));
	for (p->rtcp_fd = -1; p->rtcp_fd < 0;) {
		uint16_t next;

		p->port = 0;
		p->fd = bound(ip, &p->port);
		ck_assert_int_ge(p->fd, 0);
		next = (uint16_t)(p->port + 1);
		p->rtcp_fd = next ? bound(ip, &next) : -1;
		if (p->rtcp_fd < 0)
			close(p->fd);
	}
	p->ssrc = 0x1000u + p->port;
	p->seq = 65500; /* wraps within every test */
	p->ts = 0xffffff00u;
}

void peer_open(struct peer *p)
{
	peer_open_at(p, PEER_IP);
}

void peer_close(struct peer *p)
{
	opus_encoder_destroy(p->enc);
	opus_decoder_destroy(p->dec);
	usher__srtp_free(p->srtp_tx);
	usher__srtp_free(p->srtp_rx);
	close(p->fd);
	close(p->rtcp_fd);
}

void peer_params(const struct peer *p, struct usher__mleg_params *params)
{
	usher__mleg_params_init(params);
	params->remote_ip = PEER_IP;
	params->remote_port = p->port;
	params->te_tx_pt = 101;
	params->te_rx_pt = 101;
	params->codec = p->codec;
	params->tx_pt = p->pt;
	if (p->codec != USHER__OPUS)
		return;
	params->rx_pt[USHER__OPUS] = OPUS_PT;
	params->te_rate = 48000;
}

uint64_t peer_leg(struct usher__media *m, struct peer *p,
		  const struct usher__mleg_params *params)
{
	struct usher__mleg_params own;
	uint64_t leg;

	peer_params(p, &own);
	ck_assert_int_eq(usher__mleg_new(m, NULL, &leg, &p->to_port), 0);
	ck_assert_int_eq(usher__mleg_set(m, leg, params ? params : &own), 0);
	return leg;
}

void peer_send(struct peer *p, const void *buf, size_t n)
{
	union usher__maddr addr;

	ck_assert_int_eq(usher__maddr_parse(MEDIA_IP, p->to_port, &addr), 0);
	sendto(p->fd, buf, n, 0, &addr.sa, sizeof(addr.in));
}

size_t peer_packet(struct peer *p, uint8_t *buf, uint8_t pt,
		   const void *payload, size_t n)
{
	struct usher__rtp rtp = {
		.pt = pt,
		.seq = p->seq++,
		.ts = p->ts,
		.ssrc = p->ssrc,
	};

	usher__rtp_header(buf, &rtp);
	memcpy(buf + USHER__RTP_HEADER, payload, n);
	return USHER__RTP_HEADER + n;
}

void peer_opus(struct peer *p)
{
	int err;

	p->codec = USHER__OPUS;
	p->pt = OPUS_PT;
	p->enc = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &err);
	ck_assert_ptr_nonnull(p->enc);
	p->dec = opus_decoder_create(8000, 1, &err);
	ck_assert_ptr_nonnull(p->dec);
}

uint32_t peer_clock(const struct peer *p)
{
	return p->codec == USHER__OPUS ? 6 : 1;
}

size_t peer_frame(struct peer *p, double freq, double level, uint8_t *packet)
{
	uint32_t n = 160 * peer_clock(p);
	double turn = 2 * M_PI * freq / (8000 * peer_clock(p));
	double other = 2 * M_PI * p->second / (8000 * peer_clock(p));
	uint8_t payload[1275];
	int16_t pcm[960];
	int length = 160;
	size_t size;

	for (uint32_t i = 0; i < n; i++) {
		double v = sin(p->phase);

		if (p->second > 0)
			v += sin(p->second_phase);
		pcm[i] = (int16_t)lrint(level * v);
		p->phase = fmod(p->phase + turn, 2 * M_PI);
		p->second_phase = fmod(p->second_phase + other, 2 * M_PI);
	}
	if (p->codec == USHER__OPUS)
		length = opus_encode(p->enc, pcm, (int)n, payload,
				     sizeof(payload));
	else
		usher__g711_encode(p->codec, pcm, n, payload);
	ck_assert_int_gt(length, 0);
	size = peer_packet(p, packet, p->pt, payload, (size_t)length);
	p->ts += n;
	return size;
}

void peer_send_tone(struct peer *p, double freq)
{
	uint8_t packet[PEER_PACKET_MAX];

	peer_send(p, packet, peer_frame(p, freq, 7000, packet));
}

void peer_send_digit(struct peer *p, uint8_t pt, char digit, int packets)
{
	uint8_t packet[USHER__RTP_HEADER + 4];
	uint8_t payload[4];

	for (int i = 1; i <= packets; i++) {
		usher__telev_write(
			payload, (uint8_t)usher__telev_event(digit),
			i == packets,
			(uint16_t)(160 * peer_clock(p) * (uint32_t)i));
		peer_send(p, packet, peer_packet(p, packet, pt, payload, 4));
	}
	p->ts += 160 * peer_clock(p) * (uint32_t)packets;
}

/* Samples of 8 kHz that a packet has; 0: it is no sound. */
static size_t samples_of(struct peer *p, const struct usher__rtp *rtp,
			 const uint8_t *payload, int16_t *pcm)
{
	int n;

	if (rtp->pt == OPUS_PT && p->dec) {
		n = opus_decode(p->dec, payload, (opus_int32)rtp->length, pcm,
				960, 0);
		ck_assert_int_gt(n, 0);
		return (size_t)n;
	}
	if (rtp->pt != 0 && rtp->pt != 8)
		return 0;
	usher__g711_decode(rtp->pt == 8 ? USHER__PCMA : USHER__PCMU, payload,
			   rtp->length, pcm);
	return rtp->length;
}

static void took(struct peer *p, const struct usher__rtp *rtp,
		 const uint8_t *packet)
{
	const uint8_t *payload = packet + rtp->offset;
	int16_t pcm[2048];
	size_t n = samples_of(p, rtp, payload, pcm);

	if (p->packets && rtp->ssrc != p->last.ssrc)
		p->ssrcs++;
	if (p->packets && (uint16_t)(rtp->seq - p->last.seq) != 1)
		p->gaps++;
	if (p->packets && n && rtp->ts - p->last.ts != n * peer_clock(p))
		p->ts_gaps++;
	p->packets++;
	p->markers += rtp->marker;
	p->last = *rtp;
	memcpy(p->payload, payload, rtp->length);
	if (rtp->pt == 101 && p->key_count < PEER_KEYS) {
		p->keys[p->key_count].rtp = *rtp;
		memcpy(p->keys[p->key_count++].payload, payload, 4);
	}
	if (p->samples + n > sizeof(p->pcm) / sizeof(p->pcm[0]))
		return;
	memcpy(p->pcm + p->samples, pcm, n * sizeof(*pcm));
	p->samples += n;
}

void peer_receive(struct peer *p)
{
	uint8_t packet[2048];
	struct usher__rtp rtp;
	ssize_t n;

	while ((n = recv(p->fd, packet, sizeof(packet), MSG_DONTWAIT)) > 0) {
		size_t length = (size_t)n;

		if (p->srtp_rx)
			ck_assert_int_eq(usher__srtp_unprotect(
						 p->srtp_rx, packet, &length),
					 0);
		ck_assert_int_eq(usher__rtp_parse(packet, length, &rtp), 0);
		took(p, &rtp, packet);
	}
}

void peer_forget(struct peer *p)
{
	peer_receive(p);
	p->packets = p->markers = p->gaps = p->ts_gaps = p->ssrcs = 0;
	p->samples = p->key_count = 0;
}

void sleep_ms(int ms)
{
	usleep((useconds_t)ms * 1000);
}

/* Is there something that a leg has not read? */
static bool packets_wait(void)
{
	for (uint32_t i = 0; i < engine->slot_count; i++) {
		struct usher__mleg *leg = engine->slots[i].leg;
		struct pollfd p = {.events = POLLIN};

		if (!leg)
			continue;
		p.fd = leg->rtp.fd;
		if (poll(&p, 1, 0) > 0)
			return true;
	}
	return false;
}

/* A thread reads its door at the end of a round: when it has read twice, what
 * it had begun before is done. */
static void await_rounds(struct usher__mworker *w)
{
	const uint64_t one = 1;

	for (int i = 0; i < 2; i++) {
		struct pollfd p = {.fd = w->door.fd, .events = POLLIN};

		ck_assert_int_eq(write(p.fd, &one, sizeof(one)), sizeof(one));
		while (poll(&p, 1, 0) > 0)
			sleep_ms(1);
	}
}

/* What has been sent is handled, also on machines that are busy. */
static void await_packets(void)
{
	for (int i = 0; i < 1000 && packets_wait(); i++)
		sleep_ms(2);
	for (uint32_t i = 0; i < engine->thread_count; i++)
		await_rounds(&engine->workers[i]);
}

void talk(const struct voice *voices, size_t count, int frames)
{
	int64_t at = usher__media_now_us();

	for (int i = 0; i < frames; i++) {
		int64_t now;

		for (size_t v = 0; v < count; v++) {
			if (voices[v].freq > 0)
				peer_send_tone(voices[v].peer, voices[v].freq);
		}
		at += 20000;
		now = usher__media_now_us();
		if (at > now)
			usleep((useconds_t)(at - now));
		for (size_t v = 0; v < count; v++)
			peer_receive(voices[v].peer);
	}
	await_packets();
	for (size_t v = 0; v < count; v++)
		peer_receive(voices[v].peer);
}

void peer_heard(const struct peer *p, struct usher__mheard *heard)
{
	size_t n = p->samples < 2400 ? p->samples : 2400;

	usher__tone_find(p->pcm + p->samples - n, n, heard);
}

void settle(void)
{
	for (uint32_t i = 0; i < engine->thread_count; i++) {
		struct usher__mworker *w = &engine->workers[i];
		bool idle = false;

		while (!idle) {
			pthread_mutex_lock(&w->lock);
			idle = w->command_count == 0;
			pthread_mutex_unlock(&w->lock);
			sleep_ms(1);
		}
	}
	await_packets();
	sleep_ms(30);
}

void await_event(struct usher__media *m, enum usher__mev_type type,
		 struct usher__mevent *ev)
{
	int64_t until = usher__media_now_us() + 2000000;

	while (usher__media_now_us() < until) {
		while (usher__media_next(m, ev)) {
			if (ev->type == type)
				return;
		}
		sleep_ms(2);
	}
	ck_abort_msg("no event %d came", (int)type);
}

int count_events(struct usher__media *m, enum usher__mev_type type)
{
	struct usher__mevent ev;
	int count = 0;

	while (usher__media_next(m, &ev))
		count += ev.type == type;
	return count;
}

/* --- files ------------------------------------------------------------ */

static char temp_dir[64];

static void temp_remove(void)
{
	DIR *dir = opendir(temp_dir);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(temp_dir);
}

const char *temp_path(const char *name)
{
	static char paths[8][160];
	static unsigned next;
	char *path = paths[next++ % 8];

	if (!temp_dir[0]) {
		strcpy(temp_dir, "/tmp/usher-media-XXXXXX");
		ck_assert_ptr_nonnull(mkdtemp(temp_dir));
		atexit(temp_remove);
	}
	snprintf(path, sizeof(paths[0]), "%s/%s", temp_dir, name);
	return path;
}

void write_wav(const char *path, int rate, int channels, int format,
	       double freq, double seconds)
{
	SF_INFO info = {
		.samplerate = rate,
		.channels = channels,
		.format = format,
	};
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	float frame[16];

	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < (int)(seconds * rate); i++) {
		for (int c = 0; c < channels; c++)
			frame[c] =
				(float)(0.2 * sin(2 * M_PI * freq * i / rate));
		sf_writef_float(file, frame, 1);
	}
	sf_close(file);
}
