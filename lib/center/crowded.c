/* Where something of the host has run out, ports of sound or legs, the next
 * agent cannot be rung either. Without a pause each who is free would be
 * offered each who waits, as fast as that goes, and all of it be recorded.
 *
 *   rung at once ──no room──▶ CROWDED ──room, and nobody waits──▶ rung at once
 *
 * In between offers stand and wait in their order. The first is tried each
 * TRY_MS, and when it rings the next at once. An offer whose time is up is
 * withdrawn before that counts for its agent. Newcomers are refused as long as
 * one waits: they would take what becomes free, and nobody be answered.
 */
#include <stdlib.h>

#include "center/center.h"
#include "center/crowded.h"
#include "center/hostcall.h"
#include "sip/loop.h"

#define TRY_MS  1000u
#define LATE_US (2 * (int64_t)TRY_MS * 1000)

struct waits {
	uint64_t offer;
	int64_t deadline_us;
};

struct crowded {
	struct usher__timer *timer; /* running: crowded */
	struct waits *waits;
	size_t count, cap;
	usher__crowded_ring *ring;
};

static void take(struct crowded *c, size_t at)
{
	c->count--;
	for (; at < c->count; at++)
		c->waits[at] = c->waits[at + 1];
}

static void next(struct usher_center *center)
{
	struct crowded *c = center->crowded;
	uint64_t offer;

	while (c->count) {
		offer = c->waits[0].offer;
		take(c, 0);
		if (c->ring(center, offer, false))
			return;
	}
	usher__timer_cancel(c->timer);
}

static void late(struct usher_center *center)
{
	struct crowded *c = center->crowded;
	uint64_t offer;
	size_t i = 0;

	while (i < c->count) {
		if (c->waits[i].deadline_us - center->now_us >= LATE_US) {
			i++;
			continue;
		}
		offer = c->waits[i].offer;
		take(c, i);
		(void)c->ring(center, offer, true);
	}
}

static void try_first(void *arg)
{
	struct usher_center *center = arg;
	struct crowded *c = center->crowded;

	center->now_us = usher__center_clock(center);
	usher__timer_start(c->timer, TRY_MS);
	late(center);
	next(center);
	center->turn(center);
}

void usher__crowded_lack(struct usher_center *center)
{
	struct crowded *c = center->crowded;

	/* Without memory for it nobody waits, and all are tried. */
	if (!c) {
		c = calloc(1, sizeof(*c));
		if (!c)
			return;
		if (usher__timer_new(&c->timer, center->host->loop, try_first,
				     center)) {
			free(c);
			return;
		}
		center->crowded = c;
	}
	usher__timer_start(c->timer, TRY_MS);
}

void usher__crowded_room(struct usher_center *center)
{
	struct crowded *c = center->crowded;

	if (c && usher__timer_running(c->timer))
		next(center);
}

bool usher__crowded_wait(struct usher_center *center, uint64_t offer,
			 int64_t deadline_us, usher__crowded_ring *ring)
{
	struct crowded *c = center->crowded;
	struct waits *grown;

	if (!c || !usher__timer_running(c->timer) ||
	    deadline_us - center->now_us < LATE_US)
		return false;
	if (c->count == c->cap) {
		grown = realloc(c->waits, (2 * c->cap + 16) * sizeof(*grown));
		if (!grown)
			return false;
		c->waits = grown;
		c->cap = 2 * c->cap + 16;
	}
	c->ring = ring;
	c->waits[c->count++] = (struct waits){offer, deadline_us};
	return true;
}

/* Its customer may have left since, and what that held is free. */
static bool stands(const struct usher_center *center, uint64_t id)
{
	struct usher_offer_info offer = {.size = sizeof(offer)};

	return !usher_acd_offer_info(center->acd, id, &offer) &&
	       offer.state == USHER_OFFER_RINGING;
}

bool usher__crowded(struct usher_center *center)
{
	struct crowded *c = center->crowded;

	if (!c || !usher__timer_running(c->timer))
		return false;
	while (c->count && !stands(center, c->waits[0].offer))
		take(c, 0);
	return c->count;
}

void usher__crowded_free(struct usher_center *center)
{
	struct crowded *c = center->crowded;

	if (!c)
		return;
	usher__timer_free(c->timer);
	free(c->waits);
	free(c);
	center->crowded = NULL;
}
