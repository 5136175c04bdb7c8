/* What a media thread costs: relayed, translated, transcoded and recorded
 * calls, mixes of three, playing legs, and opening a port pair. CPU time is
 * that of the media thread alone, and the kernel's part of it (a system call a
 * packet received, one a packet sent) stands beside it; the packets come from
 * a thread beside it. A call is two legs and 100 packets a second.
 *
 * With the word quick: one round of each, in a few seconds. With the word
 * delay: only how long sound takes through a relay and a mix. */
#include <math.h>
#include <media/clock.h>
#include <media/engine.h>
#include <media/g711.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CALLS   300
#define ROUNDS  3
#define SECONDS 1
#define PARTIES 3
#define OPUS    60       /* of calls or legs with Opus: they cost more */
#define TIMES   (40 * 4) /* that a delay is measured: of 16 frames 4 */

static const char media_ip[] = "127.0.88.1";
static const char peer_ip[] = "127.0.88.2";

static int rounds = ROUNDS;
static int calls = CALLS;

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v)
{
	qsort(v, (size_t)rounds, sizeof(*v), by_value);
	return v[rounds / 2];
}

static int64_t cpu_ns(const struct usher__media *m)
{
	struct timespec ts;
	clockid_t clock;

	pthread_getcpuclockid(m->workers[0].thread, &clock);
	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Seconds that the thread spent in the kernel; its clock's id has its own. */
static double kernel_s(const struct usher__media *m)
{
	char path[64], line[512] = "", *at;
	unsigned long user, kernel;
	clockid_t clock;
	FILE *f;

	pthread_getcpuclockid(m->workers[0].thread, &clock);
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat",
		 (int)~(clock >> 3));
	f = fopen(path, "r");
	if (f && !fgets(line, sizeof(line), f))
		line[0] = '\0';
	if (f)
		fclose(f);
	at = strrchr(line, ')');
	if (!at || sscanf(at + 1,
			  " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu "
			  "%lu",
			  &user, &kernel) != 2)
		return 0;
	return (double)kernel / (double)sysconf(_SC_CLK_TCK);
}

static void must(int rc, const char *what)
{
	if (rc) {
		fprintf(stderr, "%s: %s\n", what, usher_strerror(rc));
		exit(1);
	}
}

struct bench {
	struct usher__media *m;
	int peer; /* one socket is every phone */
	uint16_t peer_port;
	uint64_t legs[2 * CALLS];
	uint16_t ports[2 * CALLS];
	/* What the even and the odd ones speak, and 20 ms of it. */
	enum usher__mcodec codecs[2];
	uint8_t said[2][USHER__OPUS_PACKET_MAX];
	size_t said_n[2];
};

static void speak(struct bench *b, int which, enum usher__mcodec codec)
{
	struct usher__opus_enc *enc;
	int16_t pcm[160];

	b->codecs[which] = codec;
	for (int i = 0; i < 160; i++)
		pcm[i] = (int16_t)(4000 * sin(i * 0.3) + 900 * sin(i * 1.9));
	if (codec != USHER__OPUS) {
		usher__g711_encode(codec, pcm, 160, b->said[which]);
		b->said_n[which] = 160;
		return;
	}
	must(usher__opus_enc_new(&enc), "opus");
	for (int i = 0; i < 10; i++)
		b->said_n[which] =
			usher__opus_encode(enc, pcm, 160, b->said[which]);
	usher__opus_enc_free(enc);
}

static void bench_open(struct bench *b)
{
	const struct usher__media_opts opts = {.bind_ip = media_ip};
	union usher__maddr addr;
	socklen_t size = sizeof(addr);
	int buffer = 1 << 20;

	must(usher__media_new(&b->m, &opts, NULL), "media");
	b->peer = socket(AF_INET, SOCK_DGRAM, 0);
	usher__maddr_parse(peer_ip, 0, &addr);
	must(bind(b->peer, &addr.sa, sizeof(addr.in)), "bind");
	getsockname(b->peer, &addr.sa, &size);
	b->peer_port = ntohs(addr.in.sin_port);
	setsockopt(b->peer, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
}

static double open_legs(struct bench *b)
{
	struct usher__mleg_params params;
	int64_t before = usher__media_now_us();
	double us;

	for (int i = 0; i < 2 * calls; i++)
		must(usher__mleg_new(b->m, NULL, &b->legs[i], &b->ports[i]),
		     "leg");
	us = (double)(usher__media_now_us() - before) / (2 * calls);
	for (int i = 0; i < 2 * calls; i++) {
		usher__mleg_params_init(&params);
		params.remote_ip = peer_ip;
		params.remote_port = b->peer_port;
		params.codec = b->codecs[i & 1];
		params.rx_pt[USHER__OPUS] = 96;
		params.tx_pt = params.rx_pt[params.codec];
		must(usher__mleg_set(b->m, b->legs[i], &params), "set");
	}
	return us;
}

static void close_legs(struct bench *b)
{
	struct usher__mevent ev;

	for (int i = 0; i < 2 * calls; i++)
		usher__mleg_free(b->m, b->legs[i]);
	usleep(50000);
	while (usher__media_next(b->m, &ev))
		;
}

static void drain(int fd)
{
	char buf[256];

	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

/* Each phone says a frame each 20 ms, spread over the 20 ms. */
static void talk(struct bench *b, int frames)
{
	uint8_t packet[USHER__RTP_HEADER + USHER__OPUS_PACKET_MAX];
	int64_t start = usher__media_now_us();
	union usher__maddr to;

	usher__maddr_parse(media_ip, 0, &to);
	for (int f = 0; f < frames; f++) {
		for (int i = 0; i < 2 * calls; i++) {
			bool opus = b->codecs[i & 1] == USHER__OPUS;
			struct usher__rtp rtp = {
				.pt = opus                              ? 96
				      : b->codecs[i & 1] == USHER__PCMA ? 8
									: 0,
				.seq = (uint16_t)f,
				.ts = (uint32_t)f * (opus ? 960 : 160),
				.ssrc = (uint32_t)i + 1,
			};
			size_t n = b->said_n[i & 1];

			usher__rtp_header(packet, &rtp);
			memcpy(packet + USHER__RTP_HEADER, b->said[i & 1], n);
			to.in.sin_port = htons(b->ports[i]);
			sendto(b->peer, packet, USHER__RTP_HEADER + n, 0,
			       &to.sa, sizeof(to.in));
			if (i % 16)
				continue;
			drain(b->peer);
			while (usher__media_now_us() - start <
			       f * 20000 + i * 20000 / (2 * calls))
				usleep(50);
		}
	}
}

/* Packets of all legs so far, sent and, where asked for, received. A relay
 * sends what came; a mix, one each 20 ms from its beginning, whoever talks, so
 * what is lost there is what did not come. */
static uint64_t count(struct bench *b, uint64_t *ret_came)
{
	struct usher__mleg_stats stats;
	uint64_t sent = 0, came = 0;

	for (int i = 0; i < 2 * calls; i++) {
		must(usher__mleg_stats(b->m, b->legs[i], &stats), "stats");
		sent += stats.tx_packets;
		came += stats.rx_packets;
	}
	if (ret_came)
		*ret_came = came;
	return sent;
}

static void record(struct bench *b, int round)
{
	char path[64];
	uint64_t rec;

	for (int i = 0; i < calls; i++) {
		snprintf(path, sizeof(path), "/tmp/usher-bench-%d-%d-%d.wav",
			 getpid(), round, i);
		must(usher__mrec_new(b->m, path, NULL, &rec), "rec");
		usher__mrec_attach(b->m, rec, b->legs[2 * i], 0);
		usher__mrec_attach(b->m, rec, b->legs[2 * i + 1], 1);
	}
	usleep(300000);
	for (int i = 0; i < calls; i++) {
		snprintf(path, sizeof(path), "/tmp/usher-bench-%d-%d-%d.wav",
			 getpid(), round, i);
		unlink(path);
	}
}

static void bench_relay(struct bench *b, const char *name,
			enum usher__mcodec first, enum usher__mcodec second,
			bool recorded)
{
	double cost[ROUNDS], lost[ROUNDS], open_us[ROUNDS], kernel[ROUNDS];
	const bool mixed = (first == USHER__OPUS) != (second == USHER__OPUS);

	speak(b, 0, first);
	speak(b, 1, second);

	for (int r = 0; r < rounds; r++) {
		int frames = 50 * SECONDS;
		int64_t before;
		uint64_t n, came;

		open_us[r] = open_legs(b);
		for (int i = 0; i < calls; i++)
			usher__media_bridge(b->m, b->legs[2 * i],
					    b->legs[2 * i + 1]);
		if (recorded)
			record(b, r);
		usleep(50000);
		n = count(b, NULL);
		before = cpu_ns(b->m);
		kernel[r] = -kernel_s(b->m);
		talk(b, frames);
		usleep(50000);
		n = count(b, &came) - n;
		kernel[r] = 1e11 * (kernel[r] + kernel_s(b->m)) /
			    (double)(cpu_ns(b->m) - before);
		cost[r] = (double)(cpu_ns(b->m) - before) / 1000 / (double)n;
		lost[r] = 100 - 100.0 * (double)(mixed ? came : n) /
					(2.0 * calls * frames);
		close_legs(b);
	}
	printf("%-32s %8.2f us/packet %8.0f calls/core %5.1f %% lost "
	       "%4.0f %% in the kernel\n",
	       name, median(cost), 1e6 / (100 * median(cost)), median(lost),
	       median(kernel));
	if (!recorded && first == second && second == USHER__PCMU)
		printf("%-32s %8.2f us\n", "open a port pair",
		       median(open_us));
}

/* A mix is three legs, 150 packets a second in and as many out. */
static void bench_mix(struct bench *b, const char *name,
		      enum usher__mcodec first, enum usher__mcodec second)
{
	double cost[ROUNDS], late[ROUNDS], kernel[ROUNDS];

	speak(b, 0, first);
	speak(b, 1, second);

	for (int r = 0; r < rounds; r++) {
		struct usher__media_stats stats;
		int frames = 50 * SECONDS;
		int64_t before;
		uint64_t n;

		open_legs(b);
		for (int i = 0; i < 2 * calls; i++) {
			const struct usher__mroom_opts opts = {
				.room = (uint64_t)(1 + i / PARTIES),
				.role = USHER__MROLE_TALK,
			};

			must(usher__media_room(b->m, b->legs[i], &opts),
			     "room");
		}
		usleep(50000);
		usher__media_stats(b->m, &stats);
		late[r] = -(double)stats.ticks_missed;
		n = count(b, NULL);
		before = cpu_ns(b->m);
		kernel[r] = -kernel_s(b->m);
		talk(b, frames);
		n = count(b, NULL) - n;
		kernel[r] = 1e11 * (kernel[r] + kernel_s(b->m)) /
			    (double)(cpu_ns(b->m) - before);
		cost[r] = (double)(cpu_ns(b->m) - before) / 1000 / (double)n;
		usher__media_stats(b->m, &stats);
		late[r] += (double)stats.ticks_missed;
		close_legs(b);
	}
	printf("%-32s %8.2f us/packet %8.0f mixes/core %5.0f ticks missed "
	       "%4.0f %% in the kernel\n",
	       name, median(cost), 1e6 / (50 * PARTIES * median(cost)),
	       median(late), median(kernel));
}

/* A packet of sound before that time? */
static bool heard(struct bench *b, uint8_t *packet, size_t size,
		  int64_t until_us)
{
	struct pollfd fd = {.fd = b->peer, .events = POLLIN};
	int64_t us;

	while ((us = until_us - usher__media_now_us()) > 0) {
		const struct timespec wait = {.tv_nsec = us * 1000};

		if (ppoll(&fd, 1, &wait, NULL) > 0 &&
		    recv(b->peer, packet, size, MSG_DONTWAIT) > 80)
			return true;
	}
	return false;
}

/* Says a frame, every fourth of them loud. Microseconds from a loud one to
 * what it became, when that came now; else less than nothing. */
static double delay_once(struct bench *b, int f, int64_t *loud_us)
{
	uint8_t packet[USHER__RTP_HEADER + 160];
	const bool loud = f % 4 == 3;
	const struct usher__rtp rtp = {
		.seq = (uint16_t)f,
		.ts = (uint32_t)f * 160,
		.ssrc = 1,
	};
	int64_t sent = usher__media_now_us();
	union usher__maddr to;
	double us = -1;

	if (loud)
		*loud_us = sent;
	memset(packet, loud ? 0x10 : 0xff, sizeof(packet));
	usher__rtp_header(packet, &rtp);
	usher__maddr_parse(media_ip, b->ports[0], &to);
	sendto(b->peer, packet, sizeof(packet), 0, &to.sa, sizeof(to.in));
	while (heard(b, packet, sizeof(packet), sent + 20000)) {
		if (*loud_us && packet[80] < 0x40) {
			us = (double)(usher__media_now_us() - *loud_us);
			*loud_us = 0;
		}
	}
	return us;
}

/* One who talks, alone on the thread, at several phases to its ticks. */
static void bench_delay(struct bench *b, const char *name, bool mixed)
{
	double us[TIMES];
	int count = 0;

	for (int r = 0; r < (rounds > 1 ? TIMES / 4 : 2); r++) {
		int64_t loud_us = 0;

		open_legs(b);
		for (int i = 0; i < (mixed ? 3 : 2); i++) {
			const struct usher__mroom_opts opts = {
				.room = 1,
				.role = USHER__MROLE_TALK,
			};

			must(usher__media_room(b->m, b->legs[i], &opts),
			     "room");
		}
		usleep((useconds_t)(50000 + 3700 * r % 20000));
		for (int f = 0; f < 16; f++) {
			double once = delay_once(b, f, &loud_us);

			if (once >= 0 && count < TIMES)
				us[count++] = once;
		}
		close_legs(b);
	}
	if (!count)
		return;
	qsort(us, (size_t)count, sizeof(*us), by_value);
	printf("%-32s %8.2f ms median %8.2f ms at 95 %% %8.2f ms most, "
	       "of %d\n",
	       name, us[count / 2] / 1000, us[count * 95 / 100] / 1000,
	       us[count - 1] / 1000, count);
}

static void bench_play(struct bench *b, const char *name,
		       const struct usher__mitem *item)
{
	const struct usher__mplay_opts opts = {item, 1, USHER__MPLAY_FOREVER,
					       0, false};
	double cost[ROUNDS];

	for (int r = 0; r < rounds; r++) {
		int64_t before;
		uint64_t n;

		open_legs(b);
		for (int i = 0; i < 2 * calls; i++)
			must(usher__mleg_play(b->m, b->legs[i], &opts, NULL),
			     "play");
		usleep(200000);
		n = count(b, NULL);
		before = cpu_ns(b->m);
		for (int i = 0; i < 100 * SECONDS; i++) {
			drain(b->peer);
			usleep(10000);
		}
		n = count(b, NULL) - n;
		cost[r] = (double)(cpu_ns(b->m) - before) / 1000 / (double)n;
		close_legs(b);
	}
	printf("%-32s %8.2f us/tick   %8.0f legs/core\n", name, median(cost),
	       1e6 / (50 * median(cost)));
}

static void delays(struct bench *b)
{
	calls = PARTIES;
	speak(b, 0, USHER__PCMU);
	speak(b, 1, USHER__PCMU);
	bench_delay(b, "delay of a relay", false);
	bench_delay(b, "delay of a mix", true);
	calls = CALLS;
}

static int close_all(struct bench *b)
{
	usher__media_free(b->m);
	close(b->peer);
	return 0;
}

int main(int argc, char **argv)
{
	static struct bench b;
	char music[64];
	struct usher__mitem file = {.kind = USHER__MI_FILE, .path = music};

	snprintf(music, sizeof(music), "/tmp/usher-bench-%d.au", getpid());
	if (argc > 1 && !strcmp(argv[1], "quick"))
		rounds = 1;
	bench_open(&b);
	if (argc > 1 && !strcmp(argv[1], "delay")) {
		delays(&b);
		return close_all(&b);
	}
	printf("%d calls or %d mixes (with Opus %d and %d), %d rounds of "
	       "%d s, medians; CPU of the media thread\n",
	       CALLS, 2 * CALLS / PARTIES, OPUS, 2 * OPUS / PARTIES, rounds,
	       SECONDS);
	bench_relay(&b, "relay", USHER__PCMU, USHER__PCMU, false);
	bench_relay(&b, "relay, PCMU to PCMA", USHER__PCMU, USHER__PCMA,
		    false);
	bench_relay(&b, "relay, Opus", USHER__OPUS, USHER__OPUS, false);
	bench_relay(&b, "relay, recorded", USHER__PCMU, USHER__PCMU, true);
	bench_mix(&b, "mix of three", USHER__PCMU, USHER__PCMU);
	calls = OPUS;
	bench_relay(&b, "Opus to PCMU, transcoded", USHER__OPUS, USHER__PCMU,
		    false);
	bench_mix(&b, "mix of three, Opus", USHER__OPUS, USHER__OPUS);
	calls = CALLS;
	delays(&b);
	{
		FILE *f = fopen(music, "w");
		static const uint8_t head[24] = {
			'.', 's', 'n', 'd', 0, 0, 0,  24, 255, 255, 255, 255,
			0,   0,   0,   1,   0, 0, 31, 64, 0,   0,   0,   1};

		fwrite(head, 1, sizeof(head), f);
		for (int i = 0; i < 80000; i++)
			fputc(i & 127, f);
		fclose(f);
	}
	bench_play(&b, "music from a file", &file);
	bench_play(&b, "ringback tone", &usher__mitem_ringback);
	unlink(music);
	return close_all(&b);
}
