/* Lines as they are: what a listener of a mix hears of somebody whose packets
 * get lost, come late, out of order, by another clock or from a new source;
 * and that reports tell just what was done to them. On a time of the test's
 * own.
 *
 * The voice is a tone of 500 Hz, 0.8 s in each second. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "suites.h"
#include "world.h"

#define S  1000000 /* microseconds */
#define MS 1000

#define SECONDS_MAX 150
#define LATE_MAX    8 /* packets on their way at a time */
#define LEVEL       7000
#define PIECE       80 /* samples: 10 ms */

struct line {
	int seconds;
	int loss;      /* in a hundred, at random */
	int jitter_ms; /* late by up to so much, not in order */
	int ppm;       /* its clock is faster */
	int sources;   /* SSRCs one after another; 0: one */
	/* What is heard of it. */
	double off_db; /* from the level that was said, at most */
	double gone;   /* pieces without sound, of a hundred */
	int delay_ms;  /* from a packet's sending, median, at most */
	int grows_ms;  /* from the first seconds to the last, at most */
	bool opus;
};

static const struct line lines[] = {
	{20, 0, 0, 0, 0, 0.2, 0, 21, 1, false},
	{40, 1, 0, 0, 0, 0.2, 0, 21, 1, false},
	{40, 5, 0, 0, 0, 0.3, 0.2, 21, 1, false},
	{40, 10, 0, 0, 0, 0.4, 0.4, 21, 1, false},
	{40, 20, 0, 0, 0, 0.6, 1, 21, 21, false},
	{40, 0, 60, 0, 0, 0.2, 0, 81, 21, false},
	{40, 5, 60, 0, 0, 0.3, 0.2, 81, 21, false},
	{40, 20, 60, 0, 0, 0.7, 1.5, 101, 21, false},
	{150, 0, 0, 200, 0, 0.2, 0, 21, 21, false},
	{150, 0, 0, -200, 0, 0.2, 0, 21, 21, false},
	{40, 2, 30, 200, 0, 0.3, 0.2, 61, 21, false},
	{40, 0, 0, 0, 8, 0.2, 0.1, 21, 1, false},
	{40, 5, 40, 0, 8, 0.3, 0.4, 61, 21, false},
	{20, 0, 0, 0, 0, 0.5, 0, 31, 1, true},
	{20, 5, 0, 0, 0, 0.6, 0.6, 21, 1, true},
	{20, 10, 40, 0, 0, 1.3, 2.5, 61, 21, true},
};
#define LINES (sizeof(lines) / sizeof(lines[0]))

static struct world world;
static int16_t pcm[SECONDS_MAX * 8000 + 16000];
static size_t samples;

/* Packets on their way. */
static struct late {
	int64_t at_us;
	size_t n;
	uint8_t bytes[PEER_PACKET_MAX];
} way[LATE_MAX];
static size_t way_count;

static struct party *party(int i)
{
	return &world.parties[i];
}

static void listen_until(int64_t us)
{
	struct peer *p = &party(1)->peer;

	world_run(&world, us);
	ck_assert_uint_le(samples + p->samples, sizeof(pcm) / sizeof(pcm[0]));
	memcpy(pcm + samples, p->pcm, p->samples * sizeof(pcm[0]));
	samples += p->samples;
	p->samples = 0;
}

/* What is due by then arrives. */
static void arrive_until(int64_t us)
{
	while (way_count) {
		size_t next = 0;

		for (size_t i = 1; i < way_count; i++) {
			if (way[i].at_us < way[next].at_us)
				next = i;
		}
		if (way[next].at_us > us)
			break;
		listen_until(way[next].at_us);
		world_take(&world, party(0), way[next].bytes, way[next].n);
		way[next] = way[--way_count];
	}
	listen_until(us);
}

static double uniform(void)
{
	return rand() / (RAND_MAX + 1.0);
}

/* Speaks over the line; returns how many packets got lost, the last one never
 * does. */
static int speak(const struct line *line, int64_t start_us)
{
	int frames = line->seconds * 50, lost = 0;
	double step = 20000 * (1 - line->ppm / 1e6);
	struct peer *p = &party(0)->peer;

	for (int i = 0; i < frames; i++) {
		int64_t sent = start_us + (int64_t)(i * step);
		bool keep = i == 0 || i == frames - 1;
		struct late *late;

		arrive_until(sent);
		late = &way[way_count];
		if (line->sources && i && i % (frames / line->sources) == 0) {
			p->ssrc++;
			p->seq = (uint16_t)rand();
			p->ts = (uint32_t)rand() * 3u;
			keep = true;
		}
		late->n = peer_frame(p, 500, i % 50 < 40 ? LEVEL : 0,
				     late->bytes);
		/* The last one of a source is there, too: nobody would miss
		 * it. */
		keep |= line->sources &&
			(i + 1) % (frames / line->sources) == 0;
		if (!keep && uniform() * 100 < line->loss) {
			lost++;
			continue;
		}
		late->at_us = sent + (int64_t)(uniform() * line->jitter_ms *
					       (keep ? 0 : MS));
		ck_assert_uint_lt(++way_count, LATE_MAX);
	}
	arrive_until(start_us + line->seconds * (int64_t)S + 500 * MS);
	return lost;
}

static bool loud(size_t at)
{
	return usher__pcm_level(pcm + at, PIECE) > -25;
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int median(int *v, int n)
{
	int copy[SECONDS_MAX];

	memcpy(copy, v, (size_t)n * sizeof(*v));
	qsort(copy, (size_t)n, sizeof(*copy), by_value);
	return copy[n / 2];
}

/* When the sound of each second began to be heard, from its sending on. */
static void delays(const struct line *line, int64_t start_us, int64_t tick_us,
		   int *ms)
{
	for (int k = 0; k < line->seconds; k++) {
		double sent_us = (double)start_us +
				 50.0 * k * 20000 * (1 - line->ppm / 1e6);
		size_t from = (size_t)((sent_us - (double)tick_us) / 125);
		size_t at = from;

		while (at + 8 < samples && usher__pcm_level(pcm + at, 8) < -25)
			at += 8;
		ms[k] = (int)((at - from) / 8);
	}
}

static void assert_sound(const struct line *line, const int *ms,
			 int64_t start_us, int64_t tick_us)
{
	double power = 0, pieces = 0, gone = 0;

	/* The first second is when it learns the line. */
	for (int k = 1; k < line->seconds; k++) {
		double sent_us = (double)start_us +
				 50.0 * k * 20000 * (1 - line->ppm / 1e6);
		size_t from = (size_t)((sent_us - (double)tick_us) / 125) +
			      (size_t)ms[k] * 8 + 800;

		for (size_t at = from; at < from + 4800; at += PIECE) {
			power += pow(10,
				     usher__pcm_level(pcm + at, PIECE) / 10);
			gone += !loud(at);
			pieces++;
		}
	}
	ck_assert_double_eq_tol(10 * log10(power / pieces),
				20 * log10(LEVEL / USHER__PEAK_0DBM0),
				line->off_db);
	ck_assert_double_le(100 * gone / pieces, line->gone);
}

START_TEST(line__is_mended_and_its_delay_does_not_grow)
{
	const struct line *line = &lines[_i];
	const int64_t tick_us = 1 * S, start_us = 1 * S + 13 * MS;
	struct usher__rtcp_block block;
	const struct usher__mcounts *counts;
	int ms[SECONDS_MAX], lost, first, last;

	srand((unsigned)_i + 1);
	samples = way_count = 0;
	world_open(&world, tick_us);
	for (int i = 0; i < 3; i++) {
		world_party(&world, i, 0, 0);
		if (line->opus && i == 0) {
			world_opus(&world, 0);
			opus_encoder_ctl(party(0)->peer.enc,
					 OPUS_SET_COMPLEXITY(0));
		}
		world_join(&world, i, USHER__MROLE_TALK, 0);
	}
	lost = speak(line, start_us);

	/* What reports say is what was done. */
	counts = &party(0)->leg.counts;
	ck_assert_int_eq(usher__mread(counts->rx_lost), lost);
	ck_assert_uint_eq(usher__mread(counts->rx_packets),
			  (unsigned)(line->seconds * 50 - lost));
	ck_assert_uint_eq(usher__mread(counts->rx_sources),
			  line->sources ? line->sources : 1);
	usher__rtcp_block_of(&party(0)->leg.rx.source, &block);
	if (!line->sources) {
		ck_assert_int_eq(block.lost, lost);
		ck_assert_uint_eq(block.fraction,
				  (unsigned)lost * 256 /
					  (unsigned)(line->seconds * 50));
	}
	/* Of two that are late by up to j at random, a third of j. */
	ck_assert_double_eq_tol(usher__mread(counts->rx_jitter_us) / 1000.0,
				line->jitter_ms / 3.0,
				line->jitter_ms / 5.0 + 0.2);

	delays(line, start_us, tick_us, ms);
	assert_sound(line, ms, start_us, tick_us);
	first = median(ms + 2, 8);
	last = median(ms + line->seconds - 8, 8);
	ck_assert_int_le(first, line->delay_ms);
	ck_assert_int_le(last, line->delay_ms);
	ck_assert_int_le(last, first + line->grows_ms);
	world_close(&world);
}
END_TEST

TCase *lines_case(void)
{
	TCase *tc = tcase_create("lines");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, line__is_mended_and_its_delay_does_not_grow, 0,
			    (int)LINES);
	return tc;
}
